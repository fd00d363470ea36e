"""Ship or not: the interval of a difference, a decision with a margin, and thresholds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from sklearn.metrics import precision_recall_curve

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    PairedComparison,
    ScoreHistogram,
    UndefinedMetricWarning,
)


def z_of(only_a: int, only_b: int, n: int, delta: float) -> float:
    """Return Tango's statistic from the likelihood itself, maximized under the difference."""

    def loss(p_b: float) -> float:
        shares = (
            (only_a, p_b + delta),
            (only_b, p_b),
            (n - only_a - only_b, 1 - 2 * p_b - delta),
        )
        return -sum(k * math.log(max(p, 1e-300)) for k, p in shares if k)

    least, most = max(0.0, -delta), (1 - delta) / 2
    p_b = optimize.minimize_scalar(loss, bounds=(least, most), options={"xatol": 1e-12}).x
    variance = n * (2 * p_b + delta - delta * delta)
    return float((only_a - only_b - n * delta) / math.sqrt(variance))


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(9, 2, 100), (12, 30, 80), (40, 41, 1000)])
def test_at_the_ends_of_the_interval_the_likelihoods_statistic_is_z(
    only_a: int, only_b: int, n: int
) -> None:
    low, high = PairedComparison(0, only_a, only_b, n - only_a - only_b).interval(0.9)
    z = stats.norm.ppf(0.95)
    assert pytest.approx(z, abs=1e-4) == z_of(only_a, only_b, n, low)
    assert pytest.approx(-z, abs=1e-4) == z_of(only_a, only_b, n, high)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_interval_holds_the_difference_and_turns_with_it(a: int, b: int, both: int) -> None:
    comparison = PairedComparison(both, a, b, 0)
    low, high = comparison.interval()
    assert -1 <= low <= comparison.accuracy_difference <= high <= 1
    assert pytest.approx((-high, -low), abs=1e-9) == PairedComparison(both, b, a, 0).interval()


def drawn(only_a: float, only_b: float, n: int, seed: int) -> list[PairedComparison]:
    both = (1 - only_a - only_b) * 0.9
    generator = np.random.default_rng(seed)
    shares = [both, only_a, only_b, 1 - both - only_a - only_b]
    return [PairedComparison(*map(int, row)) for row in generator.multinomial(n, shares, 2000)]


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(0.1, 0.1, 200), (0.03, 0.02, 300)])
def test_intervals_hold_the_true_difference_as_often_as_they_say(
    only_a: float, only_b: float, n: int
) -> None:
    intervals = [comparison.interval() for comparison in drawn(only_a, only_b, n, 3)]
    held = sum(low <= only_a - only_b <= high for low, high in intervals) / len(intervals)
    assert 0.935 <= held <= 0.975


@pytest.mark.parametrize(
    ("only_a", "only_b", "wrong"),
    [
        (0.05, 0.05, ("better", "worse")),
        (0.05, 0.06, ("better", "not worse")),
    ],
)
def test_a_wrong_decision_is_as_rare_as_stated(
    only_a: float, only_b: float, wrong: tuple[str, ...]
) -> None:
    """Equal models, and one that is worse by just the margin: errors of 2.5 % a side."""
    decisions = [comparison.decide(margin=0.01) for comparison in drawn(only_a, only_b, 1000, 4)]
    stated = 0.025 * (2 if "worse" in wrong else 1)
    assert sum(decision in wrong for decision in decisions) / len(decisions) <= stated + 0.01


@pytest.mark.parametrize(
    ("counts", "decision"),
    [
        ((9000, 210, 120, 670), "better"),
        ((9000, 120, 125, 755), "not worse"),
        ((9000, 120, 310, 570), "worse"),
        ((80, 9, 8, 3), "undecided"),
        ((0, 0, 0, 0), "undecided"),
    ],
)
def test_decisions(counts: Any, decision: str) -> None:
    assert decision == PairedComparison(*counts).decide(margin=0.01)


@pytest.mark.parametrize("margin", [-0.01, 1, math.nan, "0.1", None])
def test_a_margin_that_is_none_is_refused(margin: Any) -> None:
    with pytest.raises(ValueError, match="margin must be at least 0 and below 1"):
        PairedComparison(1, 1, 1, 1).decide(margin=margin)


@pytest.mark.parametrize(
    ("positives", "negatives", "shift", "least"), [(100, 100, 1.0, 0.93), (20, 200, 1.5, 0.91)]
)
def test_intervals_of_an_area_hold_the_true_area(
    positives: int, negatives: int, shift: float, least: float
) -> None:
    generator = np.random.default_rng(7)
    true = float(stats.norm.cdf(shift / math.sqrt(2)))
    held = 0
    labels = np.repeat([1, 0], [positives, negatives])
    for _ in range(300):
        scores = np.append(generator.normal(shift, 1, positives), generator.normal(0, 1, negatives))
        low, high = ScoreHistogram.from_probabilities(stats.norm.cdf(scores), labels).interval()
        held += low <= true <= high
    assert least <= held / 300


HISTOGRAM = ScoreHistogram.from_probabilities(
    [0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.05], [1, 1, 0, 1, 0, 1, 0, 0], bins=10
)


@pytest.mark.parametrize("threshold", [0, 0.1, 0.5, 0.7, 0.9, 1.0])
def test_the_matrix_at_a_threshold_is_that_of_the_predictions(threshold: float) -> None:
    probabilities = [0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.05]
    predictions = [int(p >= threshold) for p in probabilities]
    expected = ConfusionMatrix.from_predictions(
        predictions, [1, 1, 0, 1, 0, 1, 0, 0], classes=[0, 1]
    )
    assert expected == HISTOGRAM.at(threshold)


def test_the_best_threshold_is_that_of_the_curve() -> None:
    probabilities = [0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.05]
    precision, recall, _ = precision_recall_curve([1, 1, 0, 1, 0, 1, 0, 0], probabilities)
    best = max(2 * p * r / (p + r) for p, r in zip(precision, recall) if p + r)
    assert pytest.approx((0.4, best)) == HISTOGRAM.best_f1()
    assert pytest.approx((0.6, 0.75)) == HISTOGRAM.precision_at(0.7)
    assert (0.4, 2.0) == HISTOGRAM.least_cost()
    assert (0.8, 2.0) == HISTOGRAM.least_cost(false_positive=10)


def test_all_are_predicted_at_0_and_none_at_1() -> None:
    assert 1.0 == HISTOGRAM.at(0).recall()
    assert 0.0 == HISTOGRAM.at(1).recall()


@pytest.mark.parametrize("threshold", [-0.1, 1.5, math.nan, "0.5", None])
def test_a_threshold_outside_of_0_to_1_is_refused(threshold: Any) -> None:
    with pytest.raises(ValueError, match=r"threshold must be in \[0, 1\]"):
        HISTOGRAM.at(threshold)


def test_what_a_histogram_cannot_tell_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the end of one of 10 bins, such as 0.3, got 0.33"):
        HISTOGRAM.at(0.33)
    with pytest.raises(ValueError, match="recall must be above 0 and at most 1, got 0 "):
        HISTOGRAM.precision_at(0)
    with pytest.raises(ValueError, match="false_negative must be a finite number of at least 0"):
        HISTOGRAM.least_cost(false_negative=-1)
    with pytest.warns(UndefinedMetricWarning, match="no label is positive"):
        assert all(map(math.isnan, ScoreHistogram([0], [3]).best_f1()))
