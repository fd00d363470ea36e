"""Mean and deviation of weighted values."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ml_infra_utils.preprocessing._formulas import sum_and_rest
from ml_infra_utils.preprocessing._kernels.integers import is_wide, unsigned
from ml_infra_utils.preprocessing._limits import SQUARED_EXPONENT


class Weighted(NamedTuple):
    """What is known of the values of one feature whose weight is not 0.

    The deviation is that of a sample (ddof = 1) of `count` values whose weights are brought to a
    mean of 1; 0 of a single value. What the rounding of the mean left out is its residual. Half of
    the deviation is known, if that is larger than a float holds.
    """

    count: Any  # a tuple has a method of this name
    missing: int
    weight: float
    low: Any = None
    high: Any = None
    mean: float | None = None
    deviation: float | None = None
    residual: float = 0.0
    half_deviation: float | None = None


def weighted(x: np.ndarray, weights: np.ndarray) -> Weighted:
    """Return what is known of weighted values, of which NaN is missing."""
    used = weights > 0
    x, weights = x[used], weights[used]
    is_missing = x != x
    missing = int(np.count_nonzero(is_missing))
    if missing:
        x, weights = x[~is_missing], weights[~is_missing]
    count = len(x)
    if not count:
        return Weighted(0, missing, 0.0)
    low, high, total = x.min().item(), x.max().item(), float(np.sum(weights))
    if not (math.isfinite(low) and math.isfinite(high)):
        return Weighted(count, missing, total, low, high, math.nan, math.nan)
    # Multiplied by a power of two, so that nothing overflows or underflows.
    exponent = math.frexp(max(-low, high, key=abs))[1]
    start = low
    if is_wide(x):
        exponent, above = 0, (unsigned(x) - unsigned(low)).astype(np.float64)
    elif abs(exponent) < SQUARED_EXPONENT:
        exponent, above = 0, x.astype(np.float64) - low
    else:
        start = math.ldexp(low, -exponent)
        above = np.ldexp(x.astype(np.float64), -exponent) - start
    shares = weights / weights.max()
    shares /= np.sum(shares)
    relative = float(np.sum(above * shares))
    variance = float(np.sum((above - relative) ** 2 * shares))
    deviation = math.sqrt(variance * (count / (count - 1))) if count > 1 else 0.0
    mean, residual = (math.ldexp(each, exponent) for each in sum_and_rest(start, relative))
    half = math.ldexp(deviation, exponent - 1)
    deviation = half * 2.0 if exponent > 0 else math.ldexp(deviation, exponent)
    figures = low, high, mean, deviation, residual, half if deviation == math.inf else None
    return Weighted(count, missing, total, *figures)
