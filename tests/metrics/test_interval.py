"""Confidence intervals hold the true score as often as they say."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.metrics import ConfusionMatrix, UndefinedMetricWarning

# Many examples here have more than two classes, of which 1 is scored.
pytestmark = pytest.mark.filterwarnings("ignore:positive_class is 1 by default")

# Probabilities of (label, prediction), and the number of examples.
BALANCED = ([[0.55, 0.10], [0.10, 0.25]], 200)
RARE = ([[0.90, 0.03], [0.02, 0.05]], 300)
ACCURATE = ([[0.60, 0.01], [0.01, 0.38]], 150)
VERY_RARE = ([[0.95, 0.03], [0.01, 0.01]], 200)
FEW = ([[0.88, 0.05], [0.02, 0.05]], 50)
THREE = ([[0.30, 0.05, 0.02], [0.04, 0.25, 0.03], [0.02, 0.04, 0.25]], 150)

DESIGNS = [BALANCED, RARE, VERY_RARE, FEW, ACCURATE, THREE]

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


@lru_cache(maxsize=None)  # all scores have intervals of the same matrices
def simulated(design: int) -> tuple[ConfusionMatrix, list[ConfusionMatrix]]:
    """Return the true shares of a design, in percent, and matrices of examples drawn from it."""
    probabilities, n = np.array(DESIGNS[design][0]), DESIGNS[design][1]
    k, rounds = len(probabilities), 200
    truth = ConfusionMatrix(range(k), np.rint(probabilities * 100).astype(int).tolist())
    draws = np.random.default_rng(7).multinomial(n, probabilities.ravel(), size=rounds)
    return truth, [
        ConfusionMatrix(range(k), counts) for counts in draws.reshape(rounds, k, k).tolist()
    ]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("score", "options"), SCORES)
def test_simulated_coverage(
    score: str, options: dict[str, Any], design: tuple[list[list[float]], int]
) -> None:
    truth, drawn = simulated(DESIGNS.index(design))
    expected, rounds, held = getattr(truth, score)(**options), len(drawn), 0
    for matrix in drawn:
        low, high = matrix.interval(score, **options)
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
        ("f1", {}, r"score must be one of .* got 'f1' \(str\); did you mean 'f1_score'\?"),
        ("kappa", {}, r"got 'kappa' \(str\); did you mean 'cohen_kappa'\?"),
        ("precision", {"average": "macros"}, r"got 'macros' \(str\); did you mean 'macro'\?"),
        ("sharpness", {}, "score must be one of 'accuracy', .* got 'sharpness'"),
        ("accuracy", {"confidence": 95}, "confidence must be between 0 and 1, .* got 95"),
        ("precision", {"average": None}, "average must be one of 'binary', 'macro', .* got None"),
        ("accuracy", {"confidence": "0.95"}, "confidence must be between 0 and 1, .* got '0.95'"),
        ("fbeta_score", {"beta": math.nan}, "beta must be a number of at least 0"),
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


# Ten examples are few enough that each term of the variance shows.
SMALL = [
    [[4, 1], [2, 3]],
    [[1, 3], [4, 2]],
    [[0, 1], [1, 8]],
    [[3, 1, 0], [0, 2, 1], [1, 0, 2]],
    [[1, 2, 0, 1], [0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]],
]
OF_MARGINS: list[tuple[str, dict[str, Any]]] = [
    ("balanced_accuracy", {}),
    ("matthews_corrcoef", {}),
    ("cohen_kappa", {}),
    ("fbeta_score", {"beta": 2.0}),
    ("f1_score", {"average": "macro"}),
    ("precision", {"average": "weighted"}),
    ("specificity", {"average": "micro"}),
]


def interval_by_brute_force(
    counts: list[list[int]], score: str, options: dict[str, Any]
) -> tuple[float, float]:
    """Compute the interval that the guide describes, cell by cell of the matrix."""
    k, n = len(counts), float(np.sum(counts))

    def value(cells: Any) -> float:
        # Scores do not change if all counts are multiplied, and exact counts are quick if small.
        matrix = ConfusionMatrix(range(k), np.round(np.asarray(cells) * 2**30).tolist())
        raw = float(getattr(matrix, score)(**options))
        return (1 + raw) / 2 if score in ("matthews_corrcoef", "cohen_kappa") else raw

    added = np.full((k, k), 1 / k)  # one example of each class, over all predictions alike
    share = (np.array(counts) + added) / (n + k)
    slopes = np.zeros((k, k))
    for cell in np.ndindex(k, k):
        step = np.zeros((k, k))
        step[cell] = 1e-5
        slopes[cell] = (value(share + step) - value(share - step)) / 2e-5
    variance = ((share * slopes**2).sum() - (share * slopes).sum() ** 2) / n
    expected = value(share)
    effective = min(expected * (1 - expected) / variance, n * k)
    centres = [value(counts), expected]
    if (
        options.get("average") == "macro" or score == "balanced_accuracy"
    ):  # half a right example more in each class with a label
        labelled = np.sum(counts, axis=1) > 0
        kind = np.array(counts) + np.diag(labelled / 2)
        classes = labelled.sum() if score == "balanced_accuracy" else k
        centres.append(value(kind) * classes / labelled.sum())
    ends = [wilson(centre, effective) for centre in centres]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    if score in ("matthews_corrcoef", "cohen_kappa"):
        return 2 * low - 1, 2 * high - 1
    return low, high


def wilson(proportion: float, n: float) -> tuple[float, float]:
    z = 1.959963984540054
    centre = (proportion + z * z / (2 * n)) / (1 + z * z / n)
    half = math.sqrt(proportion * (1 - proportion) / n + z * z / (4 * n * n)) * z / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


@pytest.mark.parametrize("counts", SMALL, ids=str)
@pytest.mark.parametrize(("score", "options"), OF_MARGINS)
def test_the_interval_of_few_examples_is_that_of_brute_force(
    counts: list[list[int]], score: str, options: dict[str, Any]
) -> None:
    expected = interval_by_brute_force(counts, score, options)
    got = ConfusionMatrix(range(len(counts)), counts).interval(score, **options)
    assert pytest.approx(expected, abs=2e-5) == got


def test_the_interval_of_a_correlation_of_ten_examples() -> None:
    low, high = ConfusionMatrix([0, 1], [[4, 1], [2, 3]]).interval("matthews_corrcoef")
    assert (-0.26, 0.79) == (round(low, 2), round(high, 2))


@pytest.mark.parametrize("zero_division", [0.0, 1.0, math.nan])
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("score", ["precision", "recall", "f1_score", "jaccard"])
def test_the_interval_of_an_average_follows_zero_division(
    score: str, average: str, zero_division: float
) -> None:
    """Class 2 was never predicted, class 3 never a label, and class 4 neither."""
    counts = [[30, 4, 0, 1, 0], [5, 40, 0, 0, 0], [2, 3, 0, 0, 0], [0] * 5, [0] * 5]
    matrix = ConfusionMatrix(range(5), counts)
    options: dict[str, Any] = {"average": average, "zero_division": zero_division}
    low, high = matrix.interval(score, **options)
    assert low <= getattr(matrix, score)(**options) <= high


def test_without_zero_division_a_declared_class_that_is_never_met_changes_no_interval() -> None:
    counts = [[30, 4], [5, 40]]
    met = ConfusionMatrix([0, 1], counts)
    declared = ConfusionMatrix([0, 1, 2], [[*counts[0], 0], [*counts[1], 0], [0, 0, 0]])
    for score in ("f1_score", "precision", "recall"):
        options: dict[str, Any] = {"average": "macro", "zero_division": math.nan}
        assert met.interval(score, **options) == declared.interval(score, **options)


def test_intervals_hold_where_declared_classes_are_never_met() -> None:
    generator = np.random.default_rng(11)
    shares = np.array(THREE[0]) / np.sum(THREE[0])
    hits, rows, columns = shares.diagonal(), shares.sum(axis=1), shares.sum(axis=0)
    true = float((2 * hits / (rows + columns)).mean()) * 3 / 5
    held = 0
    for _ in range(300):
        counts = np.zeros((5, 5), dtype=int)
        counts[:3, :3] = generator.multinomial(150, shares.ravel()).reshape(3, 3)
        low, high = ConfusionMatrix(range(5), counts).interval("f1_score", average="macro")
        held += low <= true <= high
    assert held >= 0.92 * 300


UNEQUAL = [0.25, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.04, 0.03, 0.03]


@pytest.mark.parametrize(
    ("right", "declared", "score"),
    [
        (0.6, 10, "f1_score"),
        (0.8, 10, "f1_score"),
        (0.9, 10, "f1_score"),
        (0.9, 10, "recall"),
        (0.9, 12, "f1_score"),
    ],
)
def test_averages_of_ten_unequal_classes_hold_as_often_as_they_say(
    right: float, declared: int, score: str
) -> None:
    """Three of 100 examples are expected in the rarest classes; 12 declares two never met."""
    shares = np.outer(UNEQUAL, np.full(10, (1 - right) / 9))
    np.fill_diagonal(shares, np.array(UNEQUAL) * right)
    scores = 2 * shares.diagonal() / (shares.sum(axis=0) + shares.sum(axis=1))
    if score == "recall":
        scores = shares.diagonal() / shares.sum(axis=1)
    true, generator, held = float(scores.sum()) / declared, np.random.default_rng(11), 0
    for _ in range(120):
        counts = np.zeros((declared, declared), dtype=int)
        counts[:10, :10] = generator.multinomial(100, shares.ravel()).reshape(10, 10)
        matrix = ConfusionMatrix(range(declared), counts.tolist())
        low, high = matrix.interval(score, average="macro")
        held += low <= true <= high
    assert held / 120 >= 0.91  # two standard errors below 0.95
