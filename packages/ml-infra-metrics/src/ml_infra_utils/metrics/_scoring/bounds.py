"""Scores of examples of which only the bin is known: an estimate, and the bounds of the score.

Positives and negatives are counts, or exact sums of weights, by bin of equal width in [0, 1],
from the lowest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Callable, NamedTuple, Sequence

from ml_infra_utils.metrics._exact_sums import rounded
from ml_infra_utils.metrics._limits import (
    LEAST_PROBABILITY,
    MOST_NEGATIVES_PER_POSITIVE,
    ROUNDING_OF_A_MEAN,
)
from ml_infra_utils.metrics._options import check_choice
from ml_infra_utils.metrics._scoring import areas
from ml_infra_utils.metrics._scoring import bins as binning
from ml_infra_utils.metrics._undefined import warn_undefined

if TYPE_CHECKING:
    from ml_infra_utils.metrics._exact_sums import Count

    Counts = Sequence[Count]


class Bounded(NamedTuple):
    """An estimate, and the ends between which the exact score lies."""

    estimate: float
    low: float
    high: float


UNDEFINED = Bounded(math.nan, math.nan, math.nan)


def _widened(estimate: float, low: float, high: float, most: float = 1.0) -> Bounded:
    """Move the ends apart, within [0, most], by the rounding errors of the exact score."""
    return Bounded(
        estimate,
        max(0.0, min(low, estimate) - ROUNDING_OF_A_MEAN),
        min(most, max(high, estimate) + ROUNDING_OF_A_MEAN),
    )


def ranking(positives: Counts, negatives: Counts) -> areas.Ranking:
    """Return the ranking of the bins that are not empty, by their lower ends."""
    thresholds, at_least = [], []
    above_positive: Count = 0
    above_negative: Count = 0
    for i in reversed(range(len(positives))):
        if positives[i] or negatives[i]:
            above_positive += positives[i]
            above_negative += negatives[i]
            thresholds.append(i / len(positives))
            at_least.append((rounded(above_positive), rounded(above_negative)))
    return areas.Ranking(thresholds, *map(list, zip(*at_least)))


def calibration_points(positives: Counts, negatives: Counts, bins: int) -> binning.Columns:
    """Return the points of fewer bins, with the middle of each bin for its probabilities."""
    width = len(positives)
    if width % bins:
        raise ValueError(f"bins must divide the {width} bins of the histogram, got {bins}")
    step = width // bins
    total = [p + n for p, n in zip(positives, negatives)]
    probabilities = [n * (i + 0.5) / width for i, n in enumerate(total)]
    return binning.calibration_points(
        *(
            [math.fsum(values[i : i + step]) for i in range(0, width, step)]
            for values in (probabilities, positives, total)
        )
    )


def roc_auc(positives: Counts, negatives: Counts) -> Bounded:
    """Treat scores in one bin as ties.

    At worst the negatives of each bin score above its positives; at best it is the other way.
    """
    higher: Count = 0  # pairs in which the positive is in the higher bin
    tied: Count = 0  # and those in the same bin
    above: Count = 0
    for p, n in zip(reversed(positives), reversed(negatives)):
        higher += above * n
        tied += p * n
        above += p
    pairs = sum(positives) * sum(negatives)
    low, area, high = (float((2 * higher + k * tied) / (2 * pairs)) for k in (0, 1, 2))
    if {*map(type, positives), *map(type, negatives)} == {int}:
        return Bounded(area, low, high)  # the exact area is rounded once, as these are
    return _widened(area, low, high)


def average_precision(positives: Counts, negatives: Counts) -> Bounded:
    """Treat scores in one bin as ties.

    At best the positives of a bin tie above its negatives. At worst they come one by one, of
    any weight, after the negatives: the sum of their precisions is at least the integral of
    (hits + t) / (total + t) over their weight t.
    """
    found = sum(positives)
    low = high = 0.0
    hits = total = 0.0  # above the bin
    for positive, negative in zip(reversed(positives), reversed(negatives)):
        p, n = (
            float(positive / found),
            float(min(negative, MOST_NEGATIVES_PER_POSITIVE * found) / found),
        )
        if p:
            misses = total + n - hits
            low += p - misses * math.log1p(p / (total + n)) if misses else p
            high += p * (hits + p) / (total + p)
        hits, total = hits + p, total + n + p
    return _widened(areas.average_precision(ranking(positives, negatives)), low, high)


def log_loss(positives: Counts, negatives: Counts) -> Bounded:
    """Take the middles of the bins for the probabilities."""
    return _mean_loss(
        positives,
        negatives,
        lambda p: -math.log(max(p, LEAST_PROBABILITY)),
        most=math.inf,
    )


def brier_score(positives: Counts, negatives: Counts) -> Bounded:
    """Take the middles of the bins for the probabilities."""
    return _mean_loss(positives, negatives, lambda p: (1 - p) ** 2, most=1.0)


def calibration_error(norm: str) -> Callable[[Counts, Counts], Bounded]:
    """Take the middles of the bins for the probabilities; all norms move as far as these may."""

    def error_of(positives: Counts, negatives: Counts) -> Bounded:
        error = binning.calibration_error(calibration_points(positives, negatives, 10), norm)
        half = 0.5 / len(positives)
        return _widened(error, error - half, error + half)

    return error_of


def _mean_loss(
    positives: Counts, negatives: Counts, loss: Callable[[float], float], *, most: float
) -> Bounded:
    """Return the mean of a loss that falls with the probability of the true class."""
    total, bins = sum(positives) + sum(negatives), len(positives)

    def mean(share: float) -> float:
        """Place each example at this share of the way from the wrong end of its bin."""
        return math.fsum(
            float(p / total) * loss((i + share) / bins)
            + float(n / total) * loss((bins - 1 - i + share) / bins)
            for i, (p, n) in enumerate(zip(positives, negatives))
        )

    return _widened(mean(0.5), mean(1.0), mean(0.0), most)


SCORES = {
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "log_loss": log_loss,
    "brier_score": brier_score,
    "expected_calibration_error": calibration_error("mean"),
    "maximum_calibration_error": calibration_error("maximum"),
    "root_mean_square_calibration_error": calibration_error("root mean square"),
}


def bounded(score: str, positives: Counts, negatives: Counts) -> Bounded:
    """Return a score by its name; nan where it is undefined, of which the areas warn."""
    check_choice("score", score, SCORES)
    has_positives, has_negatives = any(positives), any(negatives)
    if not (has_positives or has_negatives):
        return UNDEFINED
    missing = None
    if score in ("roc_auc", "average_precision") and not has_positives:
        missing = "positive"
    if score == "roc_auc" and not has_negatives:
        missing = "negative"
    if missing is not None:
        warn_undefined(f"{score} is nan: no label is {missing}")
        return UNDEFINED
    return SCORES[score](positives, negatives)
