"""Scale values to a range, to a standard deviation, or into percentiles."""

from __future__ import annotations

import math

from ml_infra_utils.preprocessing import _sequences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, SupportsFloat, TypeVar

    NumberT = TypeVar("NumberT", bound=SupportsFloat)

__all__ = ["clip_outliers", "normalize", "standardize"]


def normalize(data: Iterable[SupportsFloat]) -> list[float]:
    """Scale values linearly so that the smallest becomes 0.0 and the largest 1.0.

    Both ends are reached exactly, the order is kept, and a span too large for a float still
    gives finite results.

    Parameters
    ----------
    data : iterable of numbers
        Shape (n,). Ints, floats, `Decimal`, `Fraction`, or scalars of an array library.
        An iterator is taken once.

    Returns
    -------
    list of float
        Shape (n,), without unit, in [0, 1].

    Raises
    ------
    ValueError
        If `data` is empty, all values are equal, or some are missing or infinite (the message
        says where).
    TypeError
        If a value is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> normalize([1, 2, 3, 4, 5])
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    values = _sequences.values_of(data)
    if not values:
        raise ValueError("Cannot normalize empty data")
    values = _sequences.finite_numbers(values)
    low, high = min(values), max(values)
    if low == high:
        raise ValueError(f"All values are identical, cannot normalize: each is {low!r}")
    span = _difference(high, low)
    if span == math.inf:
        return normalize(_sequences.rescaled(values))
    return [(value - low) / span for value in values]


def standardize(data: Iterable[SupportsFloat]) -> list[float]:
    """Shift and scale values to mean 0 and sample standard deviation 1.

    The deviation divides by n - 1 (ddof = 1), as `statistics.stdev` does; scikit-learn's
    `StandardScaler` divides by n. The two-pass formula is stable: a large mean does not
    spoil a small deviation.

    Parameters
    ----------
    data : iterable of numbers
        Shape (n,). Ints, floats, `Decimal`, `Fraction`, or scalars of an array library.
        An iterator is taken once.

    Returns
    -------
    list of float
        Shape (n,), in standard deviations from the mean.

    Raises
    ------
    ValueError
        If `data` is empty, its deviation is zero (a single value too), or some values are
        missing or infinite (the message says where).
    TypeError
        If a value is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> [round(value, 3) for value in standardize([2, 4, 6, 8])]
    [-1.162, -0.387, 0.387, 1.162]
    """
    values = _sequences.values_of(data)
    if not values:
        raise ValueError("Cannot standardize empty data")
    values = _sequences.finite_numbers(values)
    low = min(values)
    if low == max(values):
        raise ValueError(
            f"Standard deviation is zero, cannot standardize: each value is {low!r} "
            f"({len(values)} in all)"
        )
    if _sequences.are_ints(values):  # the exact shift keeps ints past 2**53 apart
        values = [value - low for value in values]
    deviations, deviation = _moments(values)
    # Outside of this range the steps above round or overflow; scaling by 2**k changes no result.
    if not 2.0**-900 < deviation < math.inf:
        deviations, deviation = _moments(_sequences.rescaled(values))
    return [value / deviation for value in deviations]


def clip_outliers(
    data: Iterable[NumberT], lower_percentile: float = 5, upper_percentile: float = 95
) -> list[NumberT]:
    """Replace values below or above two percentiles by those percentiles.

    The bounds are nearest-rank percentiles (`inverted_cdf` in NumPy; definition 1 of Hyndman
    and Fan, 1996): the ceil(n * p / 100)-th smallest value. So they are values of the data,
    and ints stay ints.

    Parameters
    ----------
    data : iterable of numbers
        Shape (n,). Infinities are numbers here. An iterator is taken once.
    lower_percentile, upper_percentile : float, default 5 and 95
        In percent, 0 <= lower < upper <= 100.

    Returns
    -------
    list
        Shape (n,), the values themselves within the bounds, in the unit of `data`; [] for
        empty data.

    Raises
    ------
    ValueError
        If the percentiles are out of order or range, or values are missing.
    TypeError
        If a value or a percentile is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> clip_outliers([1, 2, 3, 4, 1000], lower_percentile=20, upper_percentile=80)
    [1, 2, 3, 4, 4]
    """
    try:
        in_order = 0 <= lower_percentile < upper_percentile <= 100
    except TypeError:
        raise TypeError(
            "lower_percentile and upper_percentile must be numbers, "
            f"got {lower_percentile!r} and {upper_percentile!r}"
        ) from None
    if not in_order:
        raise ValueError(
            "percentiles must satisfy 0 <= lower_percentile < upper_percentile <= 100, "
            f"got lower_percentile={lower_percentile!r} and upper_percentile={upper_percentile!r}"
        )
    values: Sequence[Any] = _sequences.values_of(data)
    if not values:
        return []
    _sequences.numbers(values)
    ordered = sorted(values)
    low = ordered[_nearest_rank(len(values), lower_percentile) - 1]
    high = ordered[_nearest_rank(len(values), upper_percentile) - 1]
    return [low if value < low else high if value > high else value for value in values]


def _moments(values: Sequence[float]) -> tuple[list[float], float]:
    try:
        mean = math.fsum(values) / len(values)
        deviations = [value - mean for value in values]
    except OverflowError:
        return [], math.inf
    return deviations, math.hypot(*deviations) / math.sqrt(len(values) - 1)


def _nearest_rank(count: int, percentile: float) -> int:
    if isinstance(percentile, int):
        return max(1, -(-count * percentile // 100))
    # Exact in decimal, as it was written: in floats, 1000 * 2.01 / 100 lies below 20.1.
    from fractions import Fraction

    return max(1, math.ceil(count * Fraction(str(percentile)) / 100))


def _difference(high: float, low: float) -> float:
    try:
        return float(high - low)
    except OverflowError:  # of ints, which divide exactly at any size
        return high - low
