"""Numbers at the ends of what floats can hold."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import Any, Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ConfusionMatrix, UndefinedMetricWarning

CLASS_SCORES: list[Callable[..., float]] = [
    ours.accuracy,
    ours.balanced_accuracy,
    ours.precision,
    ours.recall,
    ours.specificity,
    ours.f1_score,
    ours.jaccard,
    ours.matthews_corrcoef,
    ours.cohen_kappa,
]
RANK_SCORES: list[Callable[..., float]] = [ours.roc_auc, ours.average_precision]
LOSSES: list[Callable[..., float]] = [
    ours.log_loss,
    ours.brier_score,
    ours.expected_calibration_error,
]
containers = pytest.mark.parametrize("container", [list, np.array])
scales = pytest.mark.parametrize("scale", [2.0**-1072, 2.0**-500, 2.0**500, 2.0**1000])


@pytest.mark.parametrize("score", CLASS_SCORES)
@containers
@scales
def test_class_scores_do_not_depend_on_the_scale_of_the_weights(
    score: Callable[..., float], container: Any, scale: float
) -> None:
    predictions, labels = container([1, 1, 0, 0, 1]), container([1, 0, 0, 0, 0])
    weights = np.array([1.0, 0.25, 2.0, 0.5, 3.0])
    expected = score(predictions, labels, sample_weight=weights)
    assert expected == score(predictions, labels, sample_weight=container(weights * scale))


@pytest.mark.parametrize("score", RANK_SCORES + LOSSES)
@containers
@scales
def test_scores_of_probabilities_do_not_depend_on_the_scale_of_the_weights(
    score: Callable[..., float], container: Any, scale: float
) -> None:
    probabilities, labels = container([0.1, 0.4, 0.35, 0.8]), container([0, 0, 1, 1])
    weights = np.array([1.0, 0.25, 2.0, 0.5])
    expected = score(probabilities, labels, sample_weight=container(weights))
    got = score(probabilities, labels, sample_weight=container(weights * scale))
    assert pytest.approx(expected, rel=1e-15) == got


rows = st.lists(
    st.tuples(st.integers(0, 5), st.booleans(), st.sampled_from([0.0, 0.1, 1.0, 1e-10, 7e5])),
    min_size=2,
    max_size=12,
)


@containers
@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@given(rows=rows)
def test_weighted_areas_are_those_of_fractions(
    container: Any, rows: list[tuple[int, bool, float]]
) -> None:
    exact = [(score, hit, Fraction(weight)) for score, hit, weight in rows if weight]
    positives = [(score, weight) for score, hit, weight in exact if hit]
    negatives = [(score, weight) for score, hit, weight in exact if not hit]
    scores, hits, weights = map(container, zip(*rows))
    auc = ours.roc_auc(scores, hits, True, sample_weight=weights)
    precision = ours.average_precision(scores, hits, True, sample_weight=weights)
    found, others = (sum(weight for _, weight in rows) for rows in (positives, negatives))
    if not found:
        assert math.isnan(auc)
        assert math.isnan(precision)
        return
    at_least = [
        [sum(w for other, w in rows if other >= score) for score, _ in positives]
        for rows in (positives, negatives)
    ]
    expected = sum(w * p / (p + n) for (_, w), p, n in zip(positives, *at_least)) / found
    assert pytest.approx(float(expected), rel=1e-12) == precision
    assert 0 <= precision <= 1
    if not others:
        assert math.isnan(auc)
        return
    wins = sum(
        v * w * (Fraction(1, 2) if score == other else score > other)
        for score, v in positives
        for other, w in negatives
    )
    assert pytest.approx(float(wins / found / others), abs=1e-14) == auc
    assert 0 <= auc <= 1


@given(rows=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
def test_the_area_of_unweighted_examples_is_rounded_once(rows: list[tuple[int, bool]]) -> None:
    scores, hits = [score for score, _ in rows], [hit for _, hit in rows]
    pairs = [(p, n) for p, hit in rows if hit for n, other in rows if not other]
    expected = sum(2 * (p > n) + (p == n) for p, n in pairs) / (2 * len(pairs) or math.nan)
    for container in (list, np.array):
        got = ours.roc_auc(container(scores), hits, True)
        assert expected == got or not pairs


@pytest.mark.parametrize("score", RANK_SCORES)
@containers
def test_weights_that_are_all_zero_leave_nothing_to_score(
    score: Callable[..., float], container: Any
) -> None:
    assert math.isnan(score(container([0.1, 0.9]), [0, 1], sample_weight=container([0.0, 0.0])))


@pytest.mark.parametrize(
    ("score", "labels", "missing"),
    [
        (ours.roc_auc, [0, 1], "positive"),
        (ours.roc_auc, [1, 0], "negative"),
        (ours.average_precision, [0, 1], "positive"),
    ],
)
@pytest.mark.parametrize("weights", [[1.0, 0.0], [1e300, 1e-300]])
@containers
def test_labels_without_weight_beside_the_others_are_said(
    score: Callable[..., float], labels: list[int], missing: str, weights: Any, container: Any
) -> None:
    with pytest.warns(
        UndefinedMetricWarning, match=f"the {missing} labels have no weight compared"
    ):
        got = score(container([0.1, 0.9]), labels, sample_weight=container(weights))
    assert math.isnan(got)


@pytest.mark.parametrize("score", [*CLASS_SCORES, *RANK_SCORES, *LOSSES, ours.r2_score])
@containers
def test_weights_whose_sum_is_no_float_are_refused(
    score: Callable[..., float], container: Any
) -> None:
    with pytest.raises(
        ValueError, match=r"must have a sum that a float can hold, got 1e\+308 at index 0"
    ):
        score(container([0, 1]), container([0, 1]), sample_weight=container([1e308, 1e308]))


@pytest.mark.parametrize("score", [ours.roc_auc, ours.average_precision])
@containers
def test_rounded_weights_lift_no_area_above_one(
    score: Callable[..., float], container: Any
) -> None:
    random = np.random.default_rng(0)
    labels = np.arange(30) % 3 == 0
    for _ in range(100):
        scores, weights = labels + random.random(30) / 2, 10 ** random.uniform(-3, 3, 30)
        area = score(container(scores), container(labels), sample_weight=container(weights))
        assert 1 - 1e-14 < area <= 1


@containers
def test_whole_weights_are_floats_in_every_container(container: Any) -> None:
    weights = container([2**53 + 1])
    matrix = ConfusionMatrix.from_predictions(container([1]), container([1]), sample_weight=weights)
    assert 2**53 == matrix.total


@given(
    cells=st.lists(st.integers(0, 10**6), min_size=9, max_size=9),
    scale=st.sampled_from([1, 10**40, 10**80]),
)
def test_matthews_corrcoef_is_the_root_of_an_exact_fraction(cells: list[int], scale: int) -> None:
    counts = [[n * scale for n in cells[i : i + 3]] for i in (0, 3, 6)]
    matrix = ConfusionMatrix(range(3), counts)
    total, correct = sum(cells), cells[0] + cells[4] + cells[8]
    labels = [sum(cells[i : i + 3]) for i in (0, 3, 6)]
    predictions = [sum(cells[i::3]) for i in range(3)]
    covariance = correct * total - sum(a * b for a, b in zip(labels, predictions))
    variances = [total**2 - sum(n * n for n in margin) for margin in (labels, predictions)]
    square = Fraction(covariance**2, variances[0] * variances[1] or 1)
    expected = math.copysign(math.sqrt(square), covariance)
    assert pytest.approx(expected, rel=1e-15) == matrix.matthews_corrcoef()
    assert -1 <= matrix.matthews_corrcoef() <= 1


@given(
    counts=st.tuples(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50)),
    beta=st.floats(0, 10) | st.sampled_from([0, 1, 2, 1e-200, 1e100, 1e154, 1e200, np.int64(3)]),
)
def test_fbeta_is_that_of_fractions_for_any_beta(counts: tuple[int, int, int], beta: Any) -> None:
    hits, false_alarms, misses = counts
    square = Fraction(float(beta)) ** 2
    expected = (1 + square) * hits / ((1 + square) * hits + square * misses + false_alarms)
    matrix = ConfusionMatrix([0, 1], [[3, false_alarms], [misses, hits]])
    assert pytest.approx(float(expected), rel=1e-15) == matrix.fbeta_score(beta=beta)


@pytest.mark.parametrize("beta", [1e-200, 1.0, 1e200, sys.float_info.max])
def test_fbeta_is_defined_where_a_class_is_predicted_or_a_label(beta: float) -> None:
    assert 0.0 == ours.fbeta_score([1, 0], [0, 0], beta=beta, zero_division=1.0)
    assert 0.0 == ours.fbeta_score([0, 0], [1, 0], beta=beta, zero_division=1.0)


@pytest.mark.parametrize("beta", [math.inf, 10**400])
def test_an_infinite_beta_makes_recall_of_an_f_score(beta: float) -> None:
    guesses, labels = [1, 1, 0, 0, 2], [1, 0, 1, 1, 2]
    matrix = ConfusionMatrix.from_predictions(guesses, labels)
    every: list[dict[str, Any]] = [{"positive_class": 1}, {"average": "macro"}, {"average": None}]
    for options in every:
        expected = ours.recall(guesses, labels, **options)
        assert expected == ours.fbeta_score(guesses, labels, beta=beta, **options)
        assert expected == matrix.fbeta_score(beta=beta, **options)
    assert 0.0 == ours.fbeta_score([1, 0], [0, 0], 1, beta=beta)


@pytest.mark.parametrize("beta", ["1", None, math.nan, -1, -math.inf])
def test_beta_that_is_no_number_of_at_least_zero_is_refused(beta: Any) -> None:
    with pytest.raises(ValueError, match="beta must be a number of at least 0, got"):
        ours.fbeta_score([1], [1], beta=beta)


@pytest.mark.parametrize("zero_division", [0, 1, True])
def test_what_is_undefined_is_a_float(zero_division: Any) -> None:
    assert float is type(ours.precision([0], [0], 0, zero_division=zero_division))
    assert float is type(ours.precision([0], [0], 1, zero_division=zero_division))


WITH_BINS: list[Callable[..., Any]] = [
    ours.expected_calibration_error,
    ours.calibration_curve,
    ours.ScoreHistogram.from_probabilities,
]


@pytest.mark.parametrize("score", WITH_BINS)
@pytest.mark.parametrize("bins", [0, -1, 2.0, True, "3", None])
def test_bins_that_are_no_positive_integer_are_refused(
    score: Callable[..., Any], bins: Any
) -> None:
    with pytest.raises(ValueError, match="bins must be an integer of at least 1, got"):
        score([0.5], [1], bins=bins)


@pytest.mark.parametrize("score", WITH_BINS)
def test_integers_of_numpy_are_integers(score: Callable[..., Any]) -> None:
    assert score([0.1, 0.7], [0, 1], bins=2) == score([0.1, 0.7], [0, 1], bins=np.int64(2))
    table = [[0.1, 0.9], [0.6, 0.4]]
    assert 0.5 == ours.top_k_accuracy(table, [0, 0], k=np.int64(1))
