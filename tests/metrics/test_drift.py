"""Drift of scores and classes between a reference and what comes after it."""

from __future__ import annotations

import json
import math
import pickle
from collections import Counter
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.metrics import (
    ClassificationMeter,
    ConfusionMatrix,
    DriftError,
    DriftReport,
    Interval,
    ScoreHistogram,
    drift,
)

BEFORE = ConfusionMatrix.from_predictions(["a"] * 60 + ["b"] * 40, ["a"] * 50 + ["b"] * 50)
AFTER = ConfusionMatrix.from_predictions(["a"] * 90 + ["c"] * 10, ["a"] * 50 + ["b"] * 50)
RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 2_000)
SCORES = np.clip(RANDOM.normal(0.4 + 0.2 * LABELS, 0.15), 0, 1)
HISTOGRAM = ScoreHistogram.from_probabilities(SCORES, LABELS, bins=100)

classes = st.lists(st.integers(0, 4), min_size=1, max_size=30)
counts = st.lists(st.integers(0, 5), min_size=4, max_size=40).filter(any)


def of_counts(positives: list[int]) -> ScoreHistogram:
    return ScoreHistogram(positives, positives[::-1])


def test_a_matrix_drifts_by_labels_predictions_and_pairs() -> None:
    report = drift(BEFORE, AFTER)
    assert ["pairs", "predictions"] == report.drifted
    assert ["pairs", "predictions", "labels"] == [row.name for row in report]
    assert (("c",), ("b",)) == (report["predictions"].new, report["predictions"].gone)
    assert (0.0, 0.0, ()) == (report["labels"].psi, report["labels"].js, report["labels"].problems)
    assert (("b", "c"),) == report["pairs"].new[:1]


def test_a_histogram_drifts_by_its_probabilities_and_labels() -> None:
    shifted = ScoreHistogram.from_probabilities(np.clip(SCORES + 0.2, 0, 1), LABELS, bins=100)
    report = drift(HISTOGRAM, shifted)
    assert {"probabilities", "positives", "negatives"} == set(report.drifted)
    assert 0 == report["labels"].psi
    more = ScoreHistogram([4 * n for n in HISTOGRAM.positives], HISTOGRAM.negatives)
    report = drift(HISTOGRAM, more, psi=0.3)
    assert ["labels"] == report.drifted
    assert 0 == report["positives"].psi == report["negatives"].psi < report["probabilities"].psi


def test_the_index_of_classes_is_that_of_their_shares() -> None:
    row = drift({"x": 60, "y": 40}, Counter(x=30, y=70))["classes"]
    expected = (0.6 - 0.3) * math.log(0.6 / 0.3) + (0.4 - 0.7) * math.log(0.4 / 0.7)
    assert row.psi == pytest.approx(expected)
    distance = pytest.importorskip("scipy.spatial.distance").jensenshannon
    assert row.js == pytest.approx(distance([0.6, 0.4], [0.3, 0.7], base=2))


def test_the_groups_of_bins_are_tenths_of_the_reference() -> None:
    half = ScoreHistogram([2] * 50 + [0] * 50, [0] * 100)
    row = drift(ScoreHistogram([1] * 100, [0] * 100), half)["positives"]
    expected = [(0.1 - 0.2) * math.log(0.1 / 0.2)] * 5 + [(0.1 - 1e-4) * math.log(0.1 / 1e-4)] * 5
    assert row.psi == pytest.approx(sum(expected))


def test_what_lies_beyond_the_reference_is_a_group_of_its_own() -> None:
    middle = [0, 0, 1, 1, 0, 0]
    for outside in ([9, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 9]):
        row = drift(ScoreHistogram(middle, middle), ScoreHistogram(outside, outside))["positives"]
        assert (0.5 - 1 / 11) * math.log(0.5 * 11) * 2 < row.psi
        assert "positives" in drift(of_counts(middle), of_counts(outside)).drifted


def test_classes_beyond_the_twenty_most_frequent_are_one_group() -> None:
    before: dict[Any, int] = {i: 100 - i for i in range(30)}
    swapped = {**before, 28: before[29], 29: before[28]}
    assert 0 == drift(before, swapped)["classes"].psi
    assert 0 < drift(before, {**before, 0: 1})["classes"].psi


@given(counts)
def test_nothing_has_drifted_from_itself(positives: list[int]) -> None:
    for state in (of_counts(positives), BEFORE, dict(enumerate(positives))):
        report = drift(state, state, psi=0, js=0, ks=0)
        assert not report
        assert {(0.0, 0.0)} == {(row.psi, row.js) for row in report if row.psi is not None}
        report.raise_if_any()


@given(classes, classes, st.randoms())
def test_neither_order_nor_partition_of_the_examples_changes_anything(
    reference: list[int], current: list[int], order: Any
) -> None:
    def state(values: list[int]) -> ConfusionMatrix:
        return ConfusionMatrix.from_predictions(values, values[::-1])

    before, after = state(reference), state(current)
    report = drift(before, after)
    pairs = list(zip(current, current[::-1]))
    order.shuffle(pairs)
    parts = [
        ConfusionMatrix.from_predictions([p for p, _ in part], [y for _, y in part])
        for part in (pairs[:7], pairs[7:])
    ]
    assert report == drift(before, sum(parts))


@given(counts, st.integers(2, 5), st.sampled_from([0.5, 3.0]))
def test_the_number_of_examples_changes_no_distance(
    positives: list[int], times: int, weight: float
) -> None:
    current = of_counts(positives[1:] + positives[:1])
    many = ScoreHistogram([n * times for n in positives], [n * times for n in positives[::-1]])
    report = drift(of_counts(positives), current)
    for other in (many, ScoreHistogram([n * weight for n in positives], many.negatives)):
        again = drift(other, current)["positives"]
        assert report["positives"].ks == pytest.approx(again.ks)
        assert report["positives"][3:5] == pytest.approx(again[3:5])


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=40),
    st.sampled_from([1, 2, 10, 100]),
)
def test_the_kolmogorov_smirnov_distance_lies_within_its_bounds(rows: Any, bins: int) -> None:
    sides = [[row[i] / 100 for row in rows] for i in (0, 1)]
    exact = max(
        abs(sum(p <= place for p in sides[0]) - sum(p <= place for p in sides[1])) / len(rows)
        for place in sides[0] + sides[1]
    )
    histograms = [
        ScoreHistogram.from_probabilities(side, [1] * len(side), bins=bins) for side in sides
    ]
    low, high = drift(*histograms)["probabilities"].ks
    assert low - 1e-12 <= exact <= high + 1e-12 <= 1 + 1e-12


def test_a_bin_hides_up_to_all_that_it_holds() -> None:
    one, other = (ScoreHistogram.from_probabilities([p], [1], bins=1) for p in (0.1, 0.9))
    assert Interval(0.0, 1.0) == drift(one, other)["probabilities"].ks


class Grade(Enum):
    LOW, MIDDLE, HIGH = "low", "middle", "high"


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [
        ({1: 5, 2: 5, 3: 0}, {1: 0, 2: 5, 3: 5}, 0.5),
        ({Grade.LOW: 1, Grade.HIGH: 1}, {Grade.HIGH: 1}, 0.5),
        ({"a": 1}, {"b": 1}, None),
    ],
)
def test_classes_have_a_distance_where_they_have_an_order(
    before: Any, after: Any, distance: float | None
) -> None:
    row = next(iter(drift(before, after)))
    assert row.ks == (None if distance is None else (distance, distance))


def test_declared_classes_and_categories_have_an_order() -> None:
    order = ["low", "middle", "high"]
    sides = [["low", "middle"], ["middle", "high"]]
    declared = [ConfusionMatrix.from_predictions(side, side, classes=order) for side in sides]
    frames = [pd.Series(pd.Categorical(side, order, ordered=True)) for side in sides]
    columns = [ConfusionMatrix.from_predictions(side, side) for side in frames]
    for before, after in (declared, columns):
        assert (0.5, 0.5) == drift(before, after)["labels"].ks
        assert drift(before, after)["pairs"].ks is None


def test_a_threshold_of_each_distance_is_told_and_none_judges_nothing() -> None:
    before, after = {1: 50, 2: 50}, {1: 10, 2: 90}
    assert not drift(before, after, psi=None)
    report = drift(before, after, psi=0.1, js=0.2, ks=0.3)
    assert ("psi 0.879 > 0.1", "js 0.383 > 0.2", "ks 0.4 > 0.3") == report["classes"].problems
    with pytest.raises(DriftError, match=r"1 of 1 distribution drifted\n  classes: psi") as error:
        report.raise_if_any()
    again = pickle.loads(pickle.dumps(error.value))
    assert (str(error.value), report) == (str(again), again.report)


def test_no_examples_any_more_is_drift() -> None:
    report = drift(HISTOGRAM, ScoreHistogram([0] * 100, [0] * 100))
    assert {"no examples"} == {problem for row in report for problem in row.problems}
    assert 4 == len(report.drifted)
    only = ScoreHistogram([0] * 100, HISTOGRAM.negatives)
    assert ["no examples"] == list(drift(HISTOGRAM, only)["positives"].problems)
    assert drift(only, HISTOGRAM)["positives"].psi is None  # nothing to compare with


def test_a_report_is_plain_json_a_table_and_a_line() -> None:
    report = drift(BEFORE, AFTER)
    document = json.loads(report.to_json())
    assert "ml-infra/score-drift-report/1" == document["schema"]
    assert ["pairs", "predictions"] == document["drifted"]
    assert ["b", "c"] == document["distributions"][0]["new"][0]
    assert "DriftReport(2 of 3 distributions drifted)" == repr(report)
    for shown in (str(report), report.to_markdown(), report._repr_html_()):
        assert shown.startswith(("2 of 3", "<p>2 of 3"))
        assert shown.index("pairs") < shown.index("predictions") < shown.index("labels")
    assert [*DriftReport(list(report)[::-1])] == [*report]
    assert 3 == len(pd.DataFrame(report))
    odd = drift({(1, Grade.LOW): 1}, {None: 1}).to_dict()
    assert [[1, "<Grade.LOW: 'low'>"]] == odd["distributions"][0]["gone"]


def test_a_plot_has_a_bar_for_each_distribution_the_worst_on_top() -> None:
    axes = drift(BEFORE, AFTER).plot()
    assert ["pairs", "predictions", "labels"] == [t.get_text() for t in axes.get_yticklabels()]
    assert axes.yaxis_inverted()
    colours = [bar.get_facecolor() for bar in axes.patches]
    assert colours[0] == colours[1] != colours[2]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (({}, {"a": 1}), {}, r"reference must have examples, got \{\} \(dict\)"),
        ((ConfusionMatrix(), BEFORE), {}, "reference must have examples, got ConfusionMatrix"),
        (({"a": -1}, {"a": 1}), {}, r"reference\['a'\] must be .* got -1"),
        (({"a": 1}, {"a": math.nan}), {}, r"current\['a'\] must be .* got nan"),
        ((HISTOGRAM, ScoreHistogram([1], [1])), {}, "must have equal bins, got 100 and 1"),
        (({"a": 1}, {"a": 1}), {"psi": -0.1}, "psi must be a number of at least 0 or None, got"),
        (({"a": 1}, {"a": 1}), {"ks": "0.1"}, "ks must be a number of at least 0 or None, got"),
        (({"a": 1}, {"a": 1}), {"js": math.nan}, "js must be a number of at least 0 or None, got"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        drift(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((BEFORE, HISTOGRAM), "reference and current must be of one kind, got "),
        (([0.1], [0.2]), "reference must be a ScoreHistogram, a ConfusionMatrix or a mapping"),
        ((BEFORE, ClassificationMeter()), r"current must be a Score.*; pass its compute\(\)"),
    ],
)
def test_other_kinds_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        drift(*arguments)


def test_an_unknown_distribution_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="name must be one of 'pairs', 'predictions', 'labels', got"):
        drift(BEFORE, AFTER)["label"]
