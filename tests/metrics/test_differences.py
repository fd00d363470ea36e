"""Differences of two models by any score: interval, decision, and decisions by slice."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import (
    ConfusionMatrix,
    PairedComparison,
    ScoreDifference,
    Slices,
    UndefinedMetricWarning,
    compare,
)


def drawn(
    n: int, right: tuple[float, float], shares: list[float], seed: int, together: float = 0.5
) -> tuple[Any, Any, Any]:
    """Draw predictions of two models, right so often, which err together, and labels."""
    generator = np.random.default_rng(seed)
    k, labels = len(shares), generator.choice(len(shares), n, p=shares)
    common, columns = generator.normal(size=n), []
    for share in right:
        own = math.sqrt(together) * common + math.sqrt(1 - together) * generator.normal(size=n)
        wrong = (labels + 1 + generator.integers(0, k - 1, n)) % k
        columns.append(np.where(own < stats.norm.ppf(share), labels, wrong))
    return columns[0], columns[1], labels


A, B, LABELS = drawn(300, (0.85, 0.75), [0.5, 0.3, 0.2], 1)
SCORES: list[dict[str, Any]] = [
    {"score": "f1_score", "average": "macro"},
    {"score": "f1_score", "positive_class": 2},
    {"score": "precision", "average": "weighted"},
    {"score": "fbeta_score", "average": "micro", "beta": 2.0},
    {"score": "balanced_accuracy"},
    {"score": "matthews_corrcoef"},
]
scores = pytest.mark.parametrize("options", SCORES, ids=lambda options: options["score"])


@scores
@pytest.mark.parametrize("container", [np.array, list, pl.Series])
def test_both_scores_are_those_of_the_functions(options: dict[str, Any], container: Any) -> None:
    difference = compare(container(A), container(B), container(LABELS), **options)
    named = {key: value for key, value in options.items() if key != "score"}
    score = getattr(ours, options["score"])
    assert score(A, LABELS, **named) == difference.a
    assert score(B, LABELS, **named) == difference.b
    assert difference.a - difference.b == difference.difference
    assert 300 == difference.total


def correlation_told_by(difference: ScoreDifference, a: Any, b: Any) -> float:
    """Solve Zou's interval for the correlation."""
    x, y = difference.a - a.low, b.high - difference.b
    reach = difference.difference - difference.interval().low
    return float((x * x + y * y - reach * reach) / (2 * x * y))


@scores
def test_the_correlation_is_that_of_brute_force(options: dict[str, Any]) -> None:
    """The delta method cell by cell over label, a and b, with an example more of each class."""
    named = {key: value for key, value in options.items() if key != "score"}
    cells = np.zeros((3, 3, 3))
    np.add.at(cells, (LABELS, A, B), 1.0)
    n = cells.sum()
    shares = (cells + 1 / 9) / (n + 3)

    def score(table: Any, axis: int) -> float:
        counts = np.round(table.sum(axis=axis) * 2**30).tolist()
        return float(getattr(ConfusionMatrix(range(3), counts), options["score"])(**named))

    slopes = np.zeros((2, 3, 3, 3))
    for cell in np.ndindex(3, 3, 3):
        step = np.zeros((3, 3, 3))
        step[cell] = 1e-4
        for side, axis in enumerate((2, 1)):
            change = score(shares + step, axis) - score(shares - step, axis)
            slopes[(side, *cell)] = change / 2e-4
    slopes -= (slopes * shares).sum(axis=(1, 2, 3), keepdims=True)
    moments = np.einsum("sijk,tijk,ijk->st", slopes, slopes, shares)
    expected = moments[0, 1] / math.sqrt(moments[0, 0] * moments[1, 1])
    ends = [
        ConfusionMatrix.from_predictions(column, LABELS).interval(options["score"], **named)
        for column in (A, B)
    ]
    got = correlation_told_by(compare(A, B, LABELS, **options), *ends)
    assert pytest.approx(expected, abs=1e-3) == got


def test_the_covariance_of_areas_is_that_of_all_pairs() -> None:
    """DeLong, DeLong and Clarke-Pearson 1988, from the kernel of each positive and negative."""
    generator = np.random.default_rng(3)
    labels = np.array([1] * 25 + [0] * 40)
    a = (generator.normal(size=65) + labels).round(1)
    b = (a + generator.normal(size=65)).round(1)
    parts = []
    for x in (a, b):
        pairs = np.subtract.outer(x[labels == 1], x[labels == 0])
        kernel = (pairs > 0) + 0.5 * (pairs == 0)
        parts.append((kernel.mean(), kernel.mean(axis=1), kernel.mean(axis=0)))
    covariance = np.cov(parts[0][1], parts[1][1]) / 25 + np.cov(parts[0][2], parts[1][2]) / 40
    difference = compare(a, b, labels, score="roc_auc")
    assert pytest.approx((parts[0][0], parts[1][0])) == (difference.a, difference.b)
    ends = []
    for (area, *_), variance in zip(parts, covariance.diagonal()):
        worth = min(area * (1 - area) / variance, 65)
        z = stats.norm.ppf(0.975)
        centre = (area + z * z / (2 * worth)) / (1 + z * z / worth)
        half = math.sqrt(area * (1 - area) / worth + z * z / (4 * worth**2)) * z
        half /= 1 + z * z / worth
        ends.append(ours.Interval(centre - half, centre + half))
    expected = covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
    assert pytest.approx(expected) == correlation_told_by(difference, *ends)


@pytest.mark.parametrize(
    ("n", "right", "shares", "options"),
    [
        (150, (0.85, 0.8), [0.7, 0.3], {}),
        (200, (0.85, 0.8), [0.5, 0.25, 0.15, 0.1], {"average": "macro"}),
    ],
)
def test_intervals_of_f1_hold_the_true_difference(
    n: int, right: tuple[float, float], shares: list[float], options: dict[str, Any]
) -> None:
    options = {"score": "f1_score", **options}
    true = compare(*drawn(100_000, right, shares, 1), **options).difference
    held = 0
    for seed in range(120):
        low, high = compare(*drawn(n, right, shares, seed), **options).interval()
        held += low <= true <= high
    assert 0.91 * 120 <= held


def scores_of(positives: int, negatives: int, shifts: tuple[float, float], seed: int) -> Any:
    generator = np.random.default_rng(seed)
    labels = np.array([1] * positives + [0] * negatives)
    common = generator.normal(size=len(labels))
    return (*(s * labels + common + generator.normal(size=len(labels)) for s in shifts), labels)


def test_intervals_of_areas_hold_the_true_difference() -> None:
    true = float(np.subtract(*stats.norm.cdf(np.array([2.0, 1.5]) / 2)))
    held = 0
    for seed in range(150):
        difference = compare(*scores_of(25, 100, (2.0, 1.5), seed), score="roc_auc")
        held += difference.interval().low <= true <= difference.interval().high
    assert 0.91 * 150 <= held


@pytest.mark.parametrize("score", ["f1_score", "roc_auc"])
def test_equal_models_are_rarely_called_different(score: Any) -> None:
    wrong = 0
    for seed in range(120):
        data = (
            scores_of(60, 90, (1.5, 1.5), seed)
            if score == "roc_auc"
            else drawn(200, (0.8, 0.8), [0.6, 0.4], seed)
        )
        wrong += compare(*data, score=score).decide(margin=0.01) in ("better", "worse")
    assert wrong <= (0.05 + 0.05) * 120


def test_many_equal_slices_make_few_false_alarms() -> None:
    slices, alarms = np.arange(1000) % 10, 0
    for seed in range(30):
        data = drawn(1000, (0.8, 0.8), [0.6, 0.4], seed)
        decisions = compare(*data, score="f1_score", by=slices).decide(margin=0.01)
        alarms += any(row.decision in ("better", "worse") for row in decisions)
    assert alarms <= (0.05 + 0.09) * 30


@given(seed=st.integers(0, 10**6), n=st.integers(2, 40))
def test_the_p_value_agrees_with_the_interval_and_both_turn_with_the_models(
    seed: int, n: int
) -> None:
    a, b, labels = drawn(n, (0.9, 0.6), [0.5, 0.5], seed)
    forth = compare(a, b, labels, score="f1_score", average="macro")
    back = compare(b, a, labels, score="f1_score", average="macro")
    low, high = forth.interval()
    assert -1 <= low <= forth.difference <= high <= 1
    assert pytest.approx((-high, -low)) == back.interval()
    assert (forth.p_value < 0.05) == (not low <= 0 <= high)
    assert 0 <= forth.p_value <= 1
    assert pytest.approx(forth.p_value) == back.p_value


@pytest.mark.parametrize("score", ["f1_score", "roc_auc"])
def test_a_model_beside_itself_is_not_worse_only_if_there_are_enough_examples(score: Any) -> None:
    few: Any = ([1, 0, 1], [1, 0, 1], [1, 0, 0])
    many: Any = (few[0] * 5000, few[1] * 5000, few[2] * 5000)
    assert "undecided" == compare(*few, score=score).decide(margin=0.01)
    assert "not worse" == compare(*many, score=score).decide(margin=0.01)
    assert 1.0 == compare(*many, score=score).p_value


@pytest.mark.parametrize("container", [list, np.array, pl.Series, pd.Series])
def test_slices_are_those_of_the_rows_and_decide_together(container: Any) -> None:
    by = container(["it", "de", "fr"] * 100)
    slices = compare(A, B, LABELS, score="f1_score", average="macro", by=by)
    assert ["de", "fr", "it"] == list(slices)
    part = np.arange(300) % 3 == 1
    alone = compare(A[part], B[part], LABELS[part], score="f1_score", average="macro")
    assert (alone.a, alone.b) == (slices["de"].a, slices["de"].b)
    decisions = slices.decide(margin=0.02)
    level = 1 - 0.05 / 3
    assert alone.interval(level) == (decisions[0].low, decisions[0].high)
    whole = compare(A, B, LABELS, score="f1_score", average="macro")
    assert whole.interval() == (decisions.overall.low, decisions.overall.high)
    assert whole.decide(margin=0.02) == decisions.overall.decision
    assert "difference" == slices.scores().score


def test_a_missing_slice_is_none_the_last() -> None:
    by = pd.Series(["b", None, "a"] * 100)
    assert ["a", "b", None] == list(compare(A, B, LABELS, by=by))
    assert [1.5, None] == list(compare([1, 0], [1, 1], [1, 0], by=[math.nan, 1.5]))


def test_slices_of_a_frame_decide_as_those_of_columns() -> None:
    by = np.array(["it", "de"] * 150)
    frame = pl.DataFrame({"a": A, "b": B, "y": LABELS, "by": by})
    of_frame = PairedComparison.from_frame(frame, "a", "b", "y", by="by")
    assert dict(compare(A, B, LABELS, by=by)) == dict(of_frame)
    assert str(of_frame.decide(margin=0.05)) == str(compare(A, B, LABELS, by=by).decide(0.05))


def test_decisions_show_themselves() -> None:
    good, bad = PairedComparison(900, 60, 5, 35), PairedComparison(900, 5, 60, 35)
    decisions = Slices({"de": good, "it": bad}).decide(margin=0.01)
    assert ["better", "worse"] == [row.decision for row in decisions]
    assert ["it"] == decisions.worse
    assert "<SliceDecisions of 2 slices, worse in ['it']>" == repr(decisions)
    assert "Worse in 'it'. Margin 0.01; the intervals of the 2 slices hold together" in str(
        decisions
    )
    assert "| it | -0.055 | " in decisions.to_markdown()
    assert "<td" in decisions._repr_html_()
    assert ["slice", "difference", "low", "high", "support", "decision"] == list(
        pd.DataFrame(decisions).columns
    )


def test_a_difference_shows_itself_travels_and_does_not_change() -> None:
    difference = compare(A, B, LABELS, score="f1_score", average="macro")
    assert "<ScoreDifference of f1_score: 0.8174 minus 0.7209, total 300>" == repr(difference)
    assert "correlation by the delta method), p-value" in str(difference)
    assert "| a minus b |" in difference.to_markdown()
    assert "<td" in difference._repr_html_()
    for same in (pickle.loads(pickle.dumps(difference)), copy.deepcopy(difference)):
        assert str(difference) == str(same)
    with pytest.raises(AttributeError, match="a ScoreDifference is immutable, cannot set 'a'"):
        difference.a = 1.0
    with pytest.raises(TypeError, match="make a ScoreDifference with compare"):
        ScoreDifference()


def test_areas_of_one_kind_of_label_are_undecided_with_a_warning() -> None:
    with pytest.warns(UndefinedMetricWarning, match="roc_auc is nan: every label is the positive"):
        difference = compare([0.1, 0.2], [0.2, 0.1], [1, 1], score="roc_auc")
    assert "undecided" == difference.decide()
    assert math.isnan(difference.difference)
    assert math.isnan(difference.p_value)


@pytest.mark.parametrize("name", ["a", "m", "z"])
def test_the_name_of_a_class_that_only_one_model_predicts_changes_nothing(name: str) -> None:
    generator = np.random.default_rng(1)
    labels = generator.choice(["l", "p"], 200)
    guesses = [np.where(generator.random(200) < 0.8, labels, "p").tolist() for _ in "ab"]
    others = [name if guess == "l" and i % 9 == 0 else guess for i, guess in enumerate(guesses[1])]
    known = ["x" if guess == name else guess for guess in others]
    expected, found = (
        compare(guesses[0], each, labels, score="f1_score", positive_class="p").interval()
        for each in (known, others)
    )
    assert expected == pytest.approx(found, rel=1e-12)


@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
def test_a_positive_class_that_only_one_model_predicts_is_undecided() -> None:
    difference = compare([0, 0], [0, 1], [0, 0], score="f1_score")
    assert "undecided" == difference.decide(margin=0.01)


def test_a_positive_class_that_never_occurs_is_undecided_with_a_warning() -> None:
    with pytest.warns(UndefinedMetricWarning, match="positive_class 7 never occurs"):
        difference = compare(A, B, LABELS, score="f1_score", positive_class=7)
    assert (-1.0, 1.0) == difference.interval()
    assert "undecided" == difference.decide()


@pytest.mark.parametrize("score", ["f1_score", "roc_auc"])
def test_no_examples_are_undecided(score: Any) -> None:
    options: dict[str, Any] = {"average": "macro"} if score == "f1_score" else {}
    assert "undecided" == compare([], [], [], score=score, **options).decide()
    assert 0 == len(compare([], [], [], score=score, **options, by=[]))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"score": "f1"}, ValueError, "score must be one of .* got 'f1'.*mean 'f1_score'"),
        ({"score": "f1_score", "average": None}, ValueError, "average must be one of 'binary'"),
        ({"score": "fbeta_score", "beta": -1, "average": "macro"}, ValueError, "beta must be"),
        ({"by": ["a"]}, ValueError, "By and labels must have same length, got 1 by and 300 labels"),
        ({"by": "country"}, TypeError, r"by must be a sequence of .*, got 'country' \(str\)"),
    ],
)
def test_wrong_options_are_refused(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        compare(A, B, LABELS, **options)


def test_wrong_columns_are_refused() -> None:
    with pytest.raises(ValueError, match=r"b\[1\] must be a class, got nan"):
        compare([1, 1], [1, math.nan], [1, 0], score="f1_score")
    with pytest.raises(ValueError, match="A and labels must have same length, got 1 a and 2 label"):
        compare([0.5], [0.5, 0.1], [1, 0], score="roc_auc")
    with pytest.raises(ValueError, match="a must hold finite numbers, got inf at index 0"):
        compare([math.inf, 1.0], [0.5, 0.1], [1, 0], score="roc_auc")


@pytest.mark.parametrize("margin", [-0.01, 1, math.nan, "0.1", None])
def test_a_margin_that_is_none_is_refused(margin: Any) -> None:
    with pytest.raises(ValueError, match="margin must be at least 0 and below 1"):
        compare(A, B, LABELS, score="f1_score", average="macro").decide(margin=margin)
    with pytest.raises(ValueError, match="margin must be at least 0 and below 1"):
        compare(A, B, LABELS, by=LABELS).decide(margin=margin)


def test_only_comparisons_decide() -> None:
    frame = pl.DataFrame({"a": A, "y": LABELS, "by": LABELS})
    with pytest.raises(TypeError, match="slices must be of comparisons to decide, got slices of C"):
        ConfusionMatrix.from_frame(frame, "a", "y", by="by").decide()
    with pytest.raises(ValueError, match="slices must be at least one to decide, got none"):
        compare([], [], [], by=[]).decide()
