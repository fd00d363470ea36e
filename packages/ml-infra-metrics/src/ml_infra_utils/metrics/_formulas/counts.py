"""Scores as formulas of counts; no container, no class names.

A ratio is a pair of numerator and denominator, so that exact counts are divided once and
0 / 0 is decided in one place.
"""

from __future__ import annotations

import math
import sys
from itertools import repeat
from typing import TYPE_CHECKING, Callable, Mapping, NamedTuple, Sequence, Tuple, Union

from ml_infra_utils.metrics._options import check_beta

if TYPE_CHECKING:
    from typing import Literal

    from ml_infra_utils.metrics._exact_sums import Count

    Averaging = Literal["macro", "micro", "weighted"]

Real = Union["Count", float]
Ratio = Tuple[Real, Real]


class ClassCounts(NamedTuple):
    """The counts of one class against all others."""

    hits: Real
    predicted: Real
    actual: Real
    total: Real


class Margins(NamedTuple):
    """The counts of every class, in the order of the classes."""

    hits: Sequence[Real]
    predicted: Sequence[Real]
    actual: Sequence[Real]
    total: Real

    def of_class(self, index: int) -> ClassCounts:
        """Return the counts of one class."""
        return ClassCounts(self.hits[index], self.predicted[index], self.actual[index], self.total)

    def each(self) -> list[ClassCounts]:
        """Return the counts of each class."""
        return list(map(ClassCounts, self.hits, self.predicted, self.actual, repeat(self.total)))

    def pooled(self) -> ClassCounts:
        """Return the sums over all classes, as if each decision were an example."""
        return ClassCounts(
            sum(self.hits), sum(self.predicted), sum(self.actual), self.total * len(self.hits)
        )


def precision(counts: ClassCounts) -> Ratio:
    """Return TP / (TP + FP), the fraction of positive predictions that are right."""
    return counts.hits, counts.predicted


def recall(counts: ClassCounts) -> Ratio:
    """Return TP / (TP + FN), the fraction of positive labels that were found."""
    return counts.hits, counts.actual


def specificity(counts: ClassCounts) -> Ratio:
    """Return TN / (TN + FP), the fraction of negative labels that were left alone."""
    negatives = counts.total - counts.actual
    return negatives - (counts.predicted - counts.hits), negatives


def jaccard(counts: ClassCounts) -> Ratio:
    """Return TP / (TP + FP + FN), the overlap of predicted and true positives."""
    return counts.hits, counts.predicted + counts.actual - counts.hits


def fbeta(beta: float) -> Callable[[ClassCounts], Ratio]:
    """Make the formula (1 + beta^2) TP / ((1 + beta^2) TP + beta^2 FN + FP).

    A beta of 0 makes precision of it, an infinite one recall.
    """
    check_beta(beta)
    # The larger of the two weights is 1, so that no beta is too large; integers stay exact.
    of_predicted: float = 1
    of_actual: float = 1
    if beta > 1:
        is_finite = beta <= sys.float_info.max
        of_predicted = max(float(beta) ** -2, sys.float_info.min) if is_finite else 0
    elif beta < 1:
        of_actual = max(float(beta) ** 2, sys.float_info.min) if beta else 0
    both = of_predicted + of_actual

    def ratio(counts: ClassCounts) -> Ratio:
        denominator = of_predicted * counts.predicted + of_actual * counts.actual
        return both * counts.hits, denominator

    return ratio


def f1(counts: ClassCounts) -> Ratio:
    """Return 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall."""
    return 2 * counts.hits, counts.predicted + counts.actual


def divide(ratio: Ratio, zero_division: float) -> float:
    """Return numerator / denominator, or zero_division where the denominator is 0."""
    numerator, denominator = ratio
    return float(numerator / denominator if denominator else zero_division)


def averaged(
    formula: Callable[[ClassCounts], Ratio],
    margins: Margins,
    average: Averaging,
    zero_division: float,
) -> float:
    """Return the average over classes.

    Classes whose score is nan are left out; where no other class is a label, the weighted
    average is the plain one.
    """
    if average == "micro":
        return divide(formula(margins.pooled()), zero_division)
    scores = [divide(formula(counts), zero_division) for counts in margins.each()]
    defined = [(score, n) for score, n in zip(scores, margins.actual) if score == score]
    if average == "macro" or not any(n for _, n in defined):
        defined = [(score, 1) for score, _ in defined]
    total = sum(n for _, n in defined)
    return divide((math.fsum(score * n for score, n in defined), total), zero_division)


def accuracy(margins: Margins) -> Ratio:
    """Correct / total."""
    return sum(margins.hits), margins.total


def balanced_accuracy(margins: Margins, *, adjusted: bool = False) -> Ratio:
    """Mean recall over the classes that occur among the labels."""
    recalls = [hits / actual for hits, actual in zip(margins.hits, margins.actual) if actual]
    mean: Ratio = math.fsum(recalls), len(recalls)
    if not adjusted or not recalls:
        return mean
    chance = 1 / len(recalls)
    return mean[0] / mean[1] - chance, 1 - chance


def matthews_corrcoef(margins: Margins) -> Ratio:
    """Give the correlation of predictions and labels for any number of classes (Gorodkin 2004)."""
    chance = sum(p * a for p, a in zip(margins.predicted, margins.actual))
    square = margins.total * margins.total
    spread = (square - sum(p * p for p in margins.predicted)) * (
        square - sum(a * a for a in margins.actual)
    )
    agreement = sum(margins.hits) * margins.total - chance
    if spread <= 0:
        return 0, 0
    # One division before the root: sums of weights may be of any scale.
    root = math.sqrt(min(agreement * agreement / spread, 1))
    return -root if agreement < 0 else root, 1


def cohen_kappa(margins: Margins) -> Ratio:
    """Agreement beyond chance over the agreement possible beyond chance (Cohen 1960)."""
    chance = sum(p * a for p, a in zip(margins.predicted, margins.actual))
    square = margins.total * margins.total
    return sum(margins.hits) * margins.total - chance, square - chance


def weighted_kappa(
    cells: Mapping[tuple[int, int], Real], margins: Margins, scale: Sequence[int], power: int
) -> Ratio:
    """Agreement beyond chance where a disagreement counts by its distance (Cohen 1968).

    `cells` holds the counts by index of the label and of the prediction, and `scale` where each
    class lies; the distance is taken to the power.
    """
    observed = sum(n * abs(scale[i] - scale[j]) ** power for (i, j), n in cells.items())
    expected = sum(
        a * p * abs(x - y) ** power
        for x, a in zip(scale, margins.actual)
        for y, p in zip(scale, margins.predicted)
    )
    return expected - observed * margins.total, expected


def shares(
    cells: Mapping[tuple[int, int], Real], margins: Margins, over: str
) -> tuple[tuple[float, ...], ...]:
    """Return the counts as fractions of their label's, of their prediction's, or of all."""
    places = range(len(margins.actual))

    def whole(i: int, j: int) -> Real:
        if over == "all":
            return margins.total
        return margins.actual[i] if over == "labels" else margins.predicted[j]

    return tuple(
        tuple(divide((cells.get((i, j), 0), whole(i, j)), 0.0) for j in places) for i in places
    )
