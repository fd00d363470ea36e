"""ScoreHistogram: mergeable scores of probabilities, with bounds that hold."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ScoreHistogram, UndefinedMetricWarning

SCORES = ["roc_auc", "average_precision", "brier_score", "expected_calibration_error"]
rows = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=2, max_size=60)


def of(rows: list[tuple[float, int]], bins: int = 1000) -> ScoreHistogram:
    return ScoreHistogram.from_probabilities([p for p, _ in rows], [y for _, y in rows], bins=bins)


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("bins", [10, 50, 1000])
@given(rows=rows)
def test_bounds_hold_the_exact_score_and_the_estimate(
    score: str, bins: int, rows: list[tuple[float, int]]
) -> None:
    assume({label for _, label in rows} == {0, 1})
    exact = getattr(ours, score)([p for p, _ in rows], [y for _, y in rows])
    histogram = of(rows, bins)
    low, high = histogram.bounds(score)
    assert low - 1e-12 <= exact <= high + 1e-12
    assert low <= getattr(histogram, score)() <= high


@pytest.mark.parametrize("score", SCORES)
def test_a_thousand_bins_give_three_decimals(score: str) -> None:
    generator = np.random.default_rng(3)
    probabilities = generator.beta(2, 3, 100_000)
    labels = (generator.random(100_000) < probabilities).astype(int)
    histogram = ScoreHistogram.from_probabilities(probabilities, labels)
    exact = getattr(ours, score)(probabilities, labels)
    low, high = histogram.bounds(score)
    assert pytest.approx(exact, abs=5e-4) == getattr(histogram, score)()
    assert low <= exact <= high
    assert high - low <= 3e-3


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@given(rows=rows, cut=st.integers(0, 60))
def test_parts_add_up_to_the_whole(rows: list[tuple[float, int]], cut: int) -> None:
    merged = sum([of(rows[cut:]), of(rows[:cut])])
    assert of(rows) == merged
    assert hash(of(rows)) == hash(merged)
    assert len(rows) == merged.total


def test_lists_and_arrays_give_the_same_bins() -> None:
    probabilities = [i / 100 for i in range(101)]
    labels = [i % 2 for i in range(101)]
    from_list = ScoreHistogram.from_probabilities(probabilities, labels, bins=100)
    from_array = ScoreHistogram.from_probabilities(np.array(probabilities), labels, bins=100)
    assert from_list == from_array


def test_curves_are_those_of_binned_scores() -> None:
    histogram = ScoreHistogram([0, 1, 0, 3], [2, 1, 0, 0])
    assert [0.0, 0.0, 1 / 3, 1.0] == histogram.roc_curve().false_positive_rate
    assert [0.75, 0.25, 0.0] == histogram.precision_recall_curve().thresholds
    assert [0.125, 0.375, 0.875] == histogram.calibration_curve(bins=4).mean_probability


def test_calibration_bins_divide_those_of_the_histogram() -> None:
    with pytest.raises(ValueError, match="bins must divide the 4 bins of the histogram, got 3"):
        ScoreHistogram([1] * 4, [1] * 4).expected_calibration_error(bins=3)


def test_one_kind_of_label_only() -> None:
    positives, negatives = ScoreHistogram([0, 1], [0, 0]), ScoreHistogram([0, 0], [0, 1])
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is nan: no label is negative"):
        assert math.isnan(positives.roc_auc())
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is nan: no label is positive"):
        assert math.isnan(negatives.roc_auc())
    with pytest.warns(UndefinedMetricWarning, match="average_precision is nan"):
        assert math.isnan(negatives.average_precision())
    with pytest.raises(ValueError, match="a ROC curve needs a positive and a negative label"):
        positives.roc_curve()
    with pytest.raises(ValueError, match="a precision-recall curve needs a positive label"):
        negatives.precision_recall_curve()


def test_no_examples_score_nan() -> None:
    empty = ScoreHistogram([0] * 10, [0] * 10)
    assert all(math.isnan(getattr(empty, score)()) for score in SCORES)
    assert all(math.isnan(end) for end in empty.bounds("roc_auc"))


def test_unknown_score_is_refused() -> None:
    with pytest.raises(ValueError, match=r"score must be one of roc_auc, .* got 'f1_score'"):
        ScoreHistogram([1], [1]).bounds("f1_score")


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@given(rows=rows)
def test_json_round_trip_obeys_the_schema(rows: list[tuple[float, int]]) -> None:
    data = json.loads(json.dumps(of(rows).to_dict()))
    folder = Path(ours.__file__).parent / "schemas"
    schema = (folder / "score-histogram-1.schema.json").read_text(encoding="utf-8")
    jsonschema.validate(data, json.loads(schema))
    assert of(rows) == ScoreHistogram.from_dict(data)


@pytest.mark.parametrize(
    ("positives", "negatives", "message"),
    [
        ([1, -1], [0, 0], r"positives\[1\] must be an integer of at least 0, got -1"),
        ([1, 1], [0, 0.5], r"negatives\[1\] must be an integer of at least 0, got 0\.5"),
        ([1], [0, 0], "the same number of bins, at least 1, got 1 and 2"),
        ([], [], "the same number of bins, at least 1, got 0 and 0"),
    ],
)
def test_wrong_counts_are_refused(positives: Any, negatives: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ScoreHistogram(positives, negatives)
    data = {**ScoreHistogram([1], [1]).to_dict(), "positives": positives, "negatives": negatives}
    with pytest.raises(ValueError, match=message):
        ScoreHistogram.from_dict(data)


def test_only_histograms_of_equal_bins_are_added() -> None:
    with pytest.raises(ValueError, match="only histograms of equal bins add up, got 1 and 2 bins"):
        ScoreHistogram([1], [1]) + ScoreHistogram([1, 0], [1, 0])
    with pytest.raises(TypeError):
        ScoreHistogram([1], [1]) + 1


def test_it_is_an_immutable_value() -> None:
    histogram = ScoreHistogram([1, 2], [3, 4])
    with pytest.raises(AttributeError, match="immutable"):
        histogram.bins = 3
    assert histogram == pickle.loads(pickle.dumps(histogram))
    assert histogram != 3
    assert "<ScoreHistogram of 2 bins, total 10>" == repr(histogram)
