"""Exact sums of weights.

A float is an integer times a power of two, so sums of floats are kept as exact rationals:
they do not depend on the order of the examples or of the merges.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping, Sequence, Union

from ml_infra_utils.metrics._limits import HALF_OF_A_FLOAT, HALVES_IN_A_SUM
from ml_infra_utils.metrics._words import described

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy as np
    import numpy.typing as npt

Count = Union[int, "Fraction"]


def exact_sum(values: Iterable[float]) -> Count:
    """Return the sum of ints and floats without rounding."""
    from fractions import Fraction  # slow to import, and only weights need it

    ratios = [value.as_integer_ratio() for value in values]
    scale = max((denominator for _, denominator in ratios), default=1)
    total = sum(numerator * (scale // denominator) for numerator, denominator in ratios)
    return simplest(Fraction(total, scale))


def exact_sums(codes: npt.NDArray[Any], values: npt.NDArray[np.float64], size: int) -> list[Count]:
    """Return the sum of the values of each code in 0..size-1, without rounding."""
    from fractions import Fraction

    import numpy as np

    sums = [0] * size  # in units of 2**lowest
    lowest = int(np.frexp(values)[1].min(initial=0)) - 53
    for start in range(0, len(codes), HALVES_IN_A_SUM):
        mantissas, exponents = np.frexp(values[start : start + HALVES_IN_A_SUM])
        integers = np.ldexp(mantissas, 53).astype(np.int64)
        present, places = np.unique(exponents, return_inverse=True)
        bins = places * size + codes[start : start + HALVES_IN_A_SUM]
        high = np.bincount(bins, weights=integers >> HALF_OF_A_FLOAT)
        low = np.bincount(bins, weights=integers & ((1 << HALF_OF_A_FLOAT) - 1))
        found = np.flatnonzero(high + low)
        shifts = (present[found // size] - (53 + lowest)).tolist()
        halves = (half[found].astype(np.int64).tolist() for half in (high, low))
        for code, shift, upper, lower in zip((found % size).tolist(), shifts, *halves):
            sums[code] += ((upper << HALF_OF_A_FLOAT) + lower) << shift
    scale = 1 << -lowest
    return [simplest(Fraction(total, scale)) if total else 0 for total in sums]


def sums_of_codes(codes: Any, weights: Any, size: int) -> Sequence[Count]:
    """Return how often each code in 0..size-1 occurs, or the sum of its weights.

    Codes and weights are lists, or NumPy arrays.
    """
    if not isinstance(codes, list):
        import numpy as np

        if weights is not None:
            return exact_sums(codes, weights, size)
        counts: list[Count] = np.bincount(codes, minlength=size).tolist()
        return counts
    if weights is None:
        found: Mapping[int, Count] = Counter(codes)
    else:
        groups: dict[int, list[float]] = {}
        for code, weight in zip(codes, weights):
            groups.setdefault(code, []).append(weight)
        found = {code: exact_sum(group) for code, group in groups.items()}
    return [found.get(code, 0) for code in range(size)]


def exact_count(value: Any, where: Callable[[], str]) -> Count:
    """Return a number of at least 0 as an integer or fraction, or say where another stands."""
    if type(value) is int and value >= 0:  # most are, and a fraction takes long to make
        return value
    from fractions import Fraction
    from numbers import Real

    if hasattr(type(value), "item"):  # a scalar of NumPy or PyTorch
        value = value.item()
    number = isinstance(value, Real) and not isinstance(value, bool)
    if number and value >= 0 and value != math.inf:
        return simplest(Fraction(value))
    raise (ValueError if number else TypeError)(
        f"{where()} must be a finite number of at least 0, got {described(value)}"
    )


def simplest(value: Count) -> Count:
    """Return a whole number as an int."""
    return value.numerator if value.denominator == 1 else value


def rounded(value: Count | float) -> float:
    """Return a count in full, a sum of weights that is not whole as a float."""
    return value if isinstance(value, int) else float(value)
