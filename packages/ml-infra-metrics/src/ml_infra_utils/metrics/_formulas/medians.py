"""The median of weighted numbers."""

from __future__ import annotations

import math
from typing import Iterable, Sequence


def weighted_median(values: Iterable[float], weights: Sequence[float]) -> float:
    """Return the mean of the lowest and the highest number with half of the weight on each side.

    It is nan where there is no weight.
    """
    pairs = sorted((value, weight) for value, weight in zip(values, weights) if weight)
    if not pairs:
        return math.nan
    return (_middle(pairs) + _middle(pairs[::-1])) / 2


def _middle(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the first number up to which there is at least half of the weight."""
    half = math.fsum(weight for _, weight in pairs) / 2
    passed = 0.0
    for value, weight in pairs:
        passed += weight
        if passed >= half:
            return value
    return pairs[-1][0]
