"""Confidence intervals hold the true score as often as they say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.metrics import ConfusionMatrix, UndefinedMetricWarning

# Probabilities of (label, prediction), and the number of examples.
BALANCED = ([[0.55, 0.10], [0.10, 0.25]], 200)
RARE = ([[0.90, 0.03], [0.02, 0.05]], 300)
ACCURATE = ([[0.60, 0.01], [0.01, 0.38]], 150)
VERY_RARE = ([[0.95, 0.03], [0.01, 0.01]], 200)
FEW = ([[0.88, 0.05], [0.02, 0.05]], 50)
THREE = ([[0.30, 0.05, 0.02], [0.04, 0.25, 0.03], [0.02, 0.04, 0.25]], 150)

SCORES: list[tuple[str, dict[str, Any]]] = [
    ("accuracy", {}),
    ("precision", {}),
    ("recall", {}),
    ("specificity", {}),
    ("jaccard", {}),
    ("f1_score", {}),
    ("fbeta_score", {"beta": 2.0}),
    ("balanced_accuracy", {}),
    ("matthews_corrcoef", {}),
    ("cohen_kappa", {}),
    ("f1_score", {"average": "macro"}),
    ("precision", {"average": "weighted"}),
    ("specificity", {"average": "micro"}),
]


@pytest.mark.parametrize("design", [BALANCED, RARE, VERY_RARE, FEW, ACCURATE, THREE])
@pytest.mark.parametrize(("score", "options"), SCORES)
def test_simulated_coverage(
    score: str, options: dict[str, Any], design: tuple[list[list[float]], int]
) -> None:
    probabilities, n = np.array(design[0]), design[1]
    k, rounds = len(probabilities), 200
    truth = ConfusionMatrix(range(k), np.rint(probabilities * 100).astype(int).tolist())
    expected = getattr(truth, score)(**options)
    draws = np.random.default_rng(7).multinomial(n, probabilities.ravel(), size=rounds)
    held = 0
    for counts in draws.reshape(rounds, k, k).tolist():
        low, high = ConfusionMatrix(range(k), counts).interval(score, **options)
        held += low <= expected <= high
    # Three standard errors of 200 rounds below 95 %; wider than stated is no defect.
    assert held / rounds >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / rounds)


@pytest.mark.parametrize(("score", "options"), SCORES)
def test_interval_holds_the_estimate_and_narrows_with_examples(
    score: str, options: dict[str, Any]
) -> None:
    few = ConfusionMatrix([0, 1], [[50, 9], [7, 34]])
    many = sum([few] * 16, ConfusionMatrix())
    low, high = few.interval(score, **options)
    narrow_low, narrow_high = many.interval(score, **options)
    assert low < getattr(few, score)(**options) < high
    assert pytest.approx((high - low) / 4, rel=0.15) == narrow_high - narrow_low


def test_wilson_of_a_proportion() -> None:
    """Newcombe 1998, Statistics in Medicine 17: 81 of 263 gives 0.2553 to 0.3662."""
    low, high = ConfusionMatrix([0, 1], [[0, 182], [0, 81]]).interval("accuracy")
    assert (0.2553, 0.3662) == (round(low, 4), round(high, 4))


@pytest.mark.parametrize(("score", "options"), SCORES)
def test_a_perfect_score_is_not_certain(score: str, options: dict[str, Any]) -> None:
    low, high = ConfusionMatrix([0, 1], [[10, 0], [0, 10]]).interval(score, **options)
    assert 1.0 == high
    assert 0.3 < low < 0.95


def test_more_confidence_is_a_wider_interval() -> None:
    matrix = ConfusionMatrix([0, 1], [[50, 9], [7, 34]])
    widths = [high - low for low, high in (matrix.interval("f1_score", c) for c in (0.8, 0.99))]
    assert widths[0] < widths[1]


def test_without_examples_the_interval_is_the_whole_range() -> None:
    empty = ConfusionMatrix()
    assert (0.0, 1.0) == empty.interval("accuracy")
    assert (0.0, 1.0) == empty.interval("f1_score")
    assert (0.0, 1.0) == empty.interval("precision", average="macro")
    assert (-1.0, 1.0) == empty.interval("matthews_corrcoef")


def test_a_class_that_never_occurs_is_warned_of() -> None:
    with pytest.warns(UndefinedMetricWarning, match="positive_class 1 never occurs"):
        assert (0.0, 1.0) == ConfusionMatrix(["a"], [[3]]).interval("precision")


def test_one_class_only() -> None:
    low, high = ConfusionMatrix(["a"], [[30]]).interval("precision", average="macro")
    assert 0.85 < low < high == 1.0


@pytest.mark.parametrize(
    ("score", "options", "message"),
    [
        ("sharpness", {}, "score must be one of 'accuracy', .* got 'sharpness'"),
        ("accuracy", {"confidence": 95}, "confidence must be between 0 and 1, .* got 95"),
        ("precision", {"average": None}, "average must be one of 'binary' or an average"),
        ("accuracy", {"confidence": "0.95"}, "confidence must be between 0 and 1, .* got '0.95'"),
        ("fbeta_score", {"beta": math.nan}, "beta must be a finite number"),
    ],
)
def test_wrong_options_are_refused(score: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix([0, 1], [[5, 1], [1, 5]]).interval(score, **options)


def test_sums_of_weights_have_no_interval() -> None:
    with pytest.raises(
        ValueError, match="counts must be whole for an interval, got sums of weights"
    ):
        ConfusionMatrix([0, 1], [[0.5, 1], [1, 5]]).interval("accuracy")


@pytest.mark.parametrize(("score", "options"), SCORES)
@given(counts=st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_no_small_sample_is_certain(score: str, options: dict[str, Any], counts: list[int]) -> None:
    matrix = ConfusionMatrix([0, 1], [counts[:2], counts[2:]])
    low, high = matrix.interval(score, **options)
    wilson_low, wilson_high = ConfusionMatrix([0, 1], [[0, 0], [0, 240]]).interval("accuracy")
    assert high - low >= wilson_high - wilson_low
    assert low <= getattr(matrix, score)(**options) <= high


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ([[10, 0], [0, 0]], "fbeta_score"),
        ([[48, 2], [0, 0]], "matthews_corrcoef"),
        ([[10, 0], [0, 0]], "cohen_kappa"),
    ],
)
def test_a_score_that_is_undefined_may_be_any(counts: list[list[int]], score: str) -> None:
    interval = ConfusionMatrix([0, 1], counts).interval(score, beta=2.0)
    assert (0.0 if score == "fbeta_score" else -1.0, 1.0) == interval


def test_fbeta_of_one_has_the_interval_of_f1() -> None:
    matrix = ConfusionMatrix([0, 1], [[50, 9], [7, 34]])
    assert matrix.interval("f1_score") == matrix.interval("fbeta_score", beta=1.0)
