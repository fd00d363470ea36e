"""How much an area under the ROC curve varies (DeLong, DeLong and Clarke-Pearson 1988)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Sequence

from ml_infra_utils.metrics._formulas.intervals import Interval, wilson


def auc_interval(
    positives: Sequence[float], negatives: Sequence[float], confidence: float
) -> Interval:
    """Return Wilson's interval for as many examples as the area's variance is worth.

    What is passed are counts at each score, from the lowest. Where the classes hardly overlap,
    the variance seen is too small: the smaller class bounds the number of examples then.
    """
    p, n = float(sum(positives)), float(sum(negatives))
    if not p or not n:
        return Interval(0.0, 1.0)
    return interval_of_area(*area_and_variance(positives, negatives), p, n, confidence)


def interval_of_area(
    area: float, variance: float, positives: float, negatives: float, confidence: float
) -> Interval:
    """Return the interval of an area of known variance among so many positives and negatives."""
    worth = area * (1 - area) / variance if variance > 0 else math.inf
    most = positives + negatives if 0 < area < 1 else min(positives, negatives)
    return wilson(area, min(worth, most), confidence)


def area_and_variance(
    positives: Sequence[float], negatives: Sequence[float]
) -> tuple[float, float]:
    """Return the area, ties counted half, and its variance from counts at each score."""
    p, n = float(sum(positives)), float(sum(negatives))
    below = above = 0.0
    of_positives, of_negatives = [], []
    rows = [row for row in zip(positives, negatives) if any(row)]
    positives, negatives = zip(*rows)
    for more, less in rows:
        of_positives.append((below + less / 2) / n)  # the negatives that such a positive beats
        below += less
        of_negatives.append(1 - (above + more / 2) / p)
        above += more
    area = math.fsum(w * v for w, v in zip(positives, of_positives)) / p
    spreads = (
        math.fsum(w * (v - area) ** 2 for w, v in zip(weights, values)) / max(total - 1, 1) / total
        for weights, values, total in ((positives, of_positives, p), (negatives, of_negatives, n))
    )
    return area, sum(spreads)


class PairedAreas(NamedTuple):
    """The areas of two scores of the same examples, and how much they vary."""

    areas: tuple[float, float]
    variances: tuple[float, float]
    covariance: float

    @property
    def correlation(self) -> float:
        """The correlation of the areas; 0 where one of them does not vary."""
        a, b = map(math.sqrt, self.variances)
        return max(-1.0, min(1.0, self.covariance / a / b)) if a and b else 0.0


def paired_areas(a: Any, b: Any, hits: Any) -> PairedAreas:
    """Return the areas of two scores of the same positives and negatives, with covariance."""
    import numpy as np

    flags = np.asarray(hits, dtype=bool)
    shares = [_shares_beaten(np.asarray(scores, dtype=np.float64), flags) for scores in (a, b)]
    areas = [float(of_positives.mean()) for of_positives, _ in shares]
    products = np.zeros((2, 2))
    for sides in zip(*shares):
        spread = np.array([side - side.mean() for side in sides])
        count = spread.shape[1]
        products += spread @ spread.T / max(count - 1, 1) / count
    variances = products.diagonal().tolist()
    return PairedAreas((areas[0], areas[1]), (variances[0], variances[1]), float(products[0, 1]))


def _shares_beaten(scores: Any, flags: Any) -> tuple[Any, Any]:
    """Return which share of negatives each positive beats, and of positives each negative."""
    import numpy as np

    positives, negatives = scores[flags], scores[~flags]
    shares = []
    for own, others in ((positives, np.sort(negatives)), (negatives, np.sort(positives))):
        below = np.searchsorted(others, own, side="left")
        shares.append((below + np.searchsorted(others, own, side="right")) / (2 * len(others)))
    return shares[0], 1 - shares[1]
