"""How much an area under the ROC curve varies (DeLong, DeLong and Clarke-Pearson 1988)."""

from __future__ import annotations

import math
from typing import Sequence

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
    area, variance = area_and_variance(positives, negatives)
    worth = area * (1 - area) / variance if variance > 0 else math.inf
    return wilson(area, min(worth, p + n if 0 < area < 1 else min(p, n)), confidence)


def area_and_variance(
    positives: Sequence[float], negatives: Sequence[float]
) -> tuple[float, float]:
    """Return the area, ties counted half, and its variance from counts at each score."""
    p, n = float(sum(positives)), float(sum(negatives))
    below = above = 0.0
    of_positives, of_negatives = [], []
    for more, less in zip(positives, negatives):
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
