"""Formulas: from statistics to the steps that transform values.

They are written once, for Python floats and for arrays of one entry a feature. What the two do not
share, `where`, `all`, `any` and `isfinite`, comes from `xp`: an array namespace, or `Scalars`.

A step is a tuple: the name of an elementwise operation, and its operands. Steps apply one after
the other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._limits import SPREADS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._statistics import Statistics

    Step = tuple[Any, ...]

_INVERSES = {
    "add": "subtract",
    "divide": "multiply",
    "multiply": "divide",
    "offset": "add",
    "subtract": "add",
}


class Scalars:
    """The array namespace of Python numbers, as far as formulas need one."""

    all = bool
    any = bool
    isfinite = math.isfinite

    @staticmethod
    def where(condition: bool, yes: float, no: float) -> float:
        """Return one of two numbers."""
        return yes if condition else no


def to_unit_range(statistics: Statistics, xp: Any) -> list[Step]:
    """Return the steps from [low, high] to [0, 1]; both ends are reached exactly.

    A constant becomes 0, and a value beside it its distance from the constant.
    """
    low, high = statistics.low, statistics.high
    half = high * 0.5 - low * 0.5  # the whole could overflow
    limit, down = _spreads(half)
    huge = half > limit
    scaled = _from_origin(statistics)
    if xp.any(huge):
        unit = xp.where(huge, half * 0 + down, half * 0 + 1.0)
        low, high = low * unit, high * unit
        scaled.append(("multiply", unit))
    spread = _one_where_zero(high - low, xp)
    return [*scaled, ("subtract", low), ("divide", spread)]


def deviation_by(statistics: Statistics, ddof: float, xp: Any) -> Any:
    """Return the standard deviation that divides by n - ddof."""
    if ddof == 1:
        return statistics.deviation
    ddof = ddof.item() if hasattr(ddof, "item") else ddof
    share = (statistics.count - 1) / (statistics.count - ddof)
    # NumPy takes this power of an array as a root, and the power of C may differ in the last digit.
    root = share**0.5 if hasattr(share, "dtype") else math.sqrt(share)
    deviation, half = statistics.deviation, statistics.half_deviation
    if half is None:
        return deviation * root
    # By n - 1 it is larger than a float holds, by n - ddof it may not be.
    return xp.where(deviation == math.inf, half * (root * 2.0), deviation * root)


def to_unit_deviation(
    statistics: Statistics, ddof: float, xp: Any, with_mean: bool = True, with_std: bool = True
) -> list[Step]:
    """Return the steps to mean 0 and a standard deviation, by n - ddof, of 1.

    A constant becomes 0, and a value beside it its distance from the constant. Without one of the
    two, nothing is subtracted, or the unit stays.
    """
    if not with_mean:
        statistics = statistics._replace(mean=statistics.mean * 0.0, origin=None)
    mean = statistics.mean
    spread = (
        _one_where_zero(deviation_by(statistics, ddof, xp), xp) if with_std else mean * 0.0 + 1.0
    )
    scaled = _from_origin(statistics)
    limit, down = _spreads(spread)
    huge, tiny = spread > limit, spread < 1 / limit
    if xp.any(huge) or xp.any(tiny):
        one = spread * 0 + 1.0
        unit = xp.where(huge, one * down, xp.where(tiny, one / down, one))
        mean, spread = mean * unit, spread * unit
        scaled.append(("multiply", unit))
    return [*scaled, ("subtract", mean), ("multiply", 1.0 / spread)]


def to_unit_spread(
    statistics: Statistics, xp: Any, with_centering: bool, with_scaling: bool, unit: float
) -> list[Step]:
    """Return the steps to a middle, the mean, of 0 and a difference of high and low of `unit`.

    If the difference is 0, a value becomes its distance from the middle. Without one of the two,
    nothing is subtracted, or the unit stays.
    """
    middle = statistics.mean * (1.0 if with_centering else 0.0)
    low, high = (end * (1.0 if with_scaling else 0.0) for end in (statistics.low, statistics.high))
    half = high * 0.5 - low * 0.5  # the whole could overflow
    limit, down = _spreads(half)
    huge = half > limit
    steps: list[Step] = []
    if xp.any(huge):
        factor = xp.where(huge, half * 0 + down, half * 0 + 1.0)
        middle, low, high = middle * factor, low * factor, high * factor
        steps.append(("multiply", factor))
    spread = (high - low) / unit if unit != 1 else high - low
    return [*steps, ("subtract", middle), ("divide", _one_where_zero(spread, xp))]


def normal_spread(percents: tuple[float, float]) -> float:
    """Return the difference of two quantiles of the normal distribution, in deviations."""
    from statistics import NormalDist

    lower, upper = (NormalDist().inv_cdf(percent / 100) for percent in percents)
    return upper - lower


def sum_and_rest(a: float, b: float) -> tuple[float, float]:
    """Return the sum of two numbers as a float, and what the rounding left out (Knuth, 1997)."""
    if isinstance(a, int):
        b += a - int(float(a))
        a = float(a)
    total = a + b
    if not math.isfinite(total):
        return total, 0.0
    part = total - a
    return total, (a - (total - part)) + (b - part)


def rank_of(count: int, percent: float, method: str) -> tuple[int, float]:
    """Return where a percentile lies: a rank, from 1, and the fraction of the way to the next.

    `nearest_rank` is definition 1 and `linear` definition 7 of Hyndman and Fan (1996).
    """
    if isinstance(percent, int):
        share: Any = percent
    else:  # in decimals, as it was written: in floats, 1000 * 2.01 / 100 is less than 20.1
        from fractions import Fraction

        share = Fraction(str(percent))
    if method == "nearest_rank":
        return max(1, math.ceil(count * share / 100)), 0.0
    place = (count - 1) * share / 100
    return int(place) + 1, float(place - int(place))


def interpolate(low: Any, high: Any, fraction: float, xp: Any) -> Any:
    """Return the point a fraction of the way from `low` to `high`.

    If one of them is infinite, it is the nearer one.
    """
    finite = xp.isfinite(low) & xp.isfinite(high)
    nearer = low if fraction < 0.5 else high
    start, end = (xp.where(finite, each, 0.0) for each in (low, high))
    half = (end * 0.5 - start * 0.5) * fraction  # the whole could overflow
    return xp.where(finite, start + half + half, nearer)


def unit_to_range(ends: tuple[float, float], clip: bool = False) -> list[Step]:
    """Return the steps from [0, 1] to a range; both ends are reached exactly."""
    low, high = ends
    steps: list[Step] = [("clip", 0.0, 1.0)] if clip else []
    if (low, high) == (0, 1):
        return steps
    width = high - low
    while low + width < high:  # the difference was rounded down
        width *= 1 + 2.0**-52
    steps += [("multiply", width), ("add", low)]
    return [*steps, ("minimum", high)] if low + width > high else steps


def inverse(steps: Sequence[Step]) -> list[Step]:
    """Return the steps back; what was clipped stays clipped."""
    return [
        (_INVERSES[name], *operands) for name, *operands in reversed(steps) if name in _INVERSES
    ]


def _one_where_zero(spread: Any, xp: Any) -> Any:
    """Return spreads to divide by: constant features keep their distances."""
    constant = spread == 0
    return xp.where(constant, spread + 1.0, spread) if xp.any(constant) else spread


def _spreads(figure: Any) -> tuple[float, float]:
    """Return the largest spread of a figure's type to divide by, and a power of two for others."""
    # Devices and libraries without float64 have statistics of float32.
    is_narrow = str(getattr(figure, "dtype", "")).endswith("float32")
    return SPREADS["float32" if is_narrow else "float64"]


def _from_origin(statistics: Statistics) -> list[Step]:
    return [] if statistics.origin is None else [("offset", statistics.origin)]
