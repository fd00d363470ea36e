"""The container of a list of Python values, with kernels in plain Python."""

from __future__ import annotations

import math
import operator
import struct
import sys
from bisect import bisect_left
from collections.abc import Mapping, Set
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.base import Container
from ml_infra_utils.preprocessing._distributions import numbers_of
from ml_infra_utils.preprocessing._formulas import Scalars, interpolate, rank_of
from ml_infra_utils.preprocessing._limits import (
    EXACT_DIFFERENCE,
    EXACT_INTEGER,
    LARGEST_FLOAT,
    PACKED_LENGTH,
    PACKED_PIECE,
    SHORT_LENGTH,
    SQUARED_EXPONENT,
)
from ml_infra_utils.preprocessing._statistics import (
    ColumnPlaces,
    ColumnStatistics,
    Places,
    Statistics,
)
from ml_infra_utils.preprocessing._values import is_missing, number, python_number
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np

    from ml_infra_utils.preprocessing._containers.base import Suspect
    from ml_infra_utils.preprocessing._containers.numpy_arrays import NumPyArray
    from ml_infra_utils.preprocessing._distributions import Distribution
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate

_NUMBERS = frozenset([bool, float, int])

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "divide": operator.truediv,
    "minimum": min,
    "multiply": operator.mul,
    "offset": operator.sub,
    "subtract": operator.sub,
}


def values_of(data: Iterable[Any]) -> Sequence[Any]:
    """Return the values of data in order; an iterator is read to its end.

    Raises
    ------
    TypeError
        If `data` is text, bytes, a mapping or a set, or cannot be iterated.
    """
    if isinstance(data, (list, tuple)):
        return data
    if isinstance(data, (str, bytes, bytearray, Mapping, Set)):
        raise TypeError(f"data must be a sequence of values, got {described(data)}")
    try:
        iterator = iter(data)
    except TypeError:
        raise TypeError(f"data must be a sequence of values, got {described(data)}") from None
    return list(iterator)


def finite_sum(values: Sequence[Any]) -> float | None:
    """Return the sum of values if it proves that all are finite numbers; None proves nothing."""
    # `sum` is one loop in C. If its result is exactly an int or a float, every value is a number of
    # the standard library; and if it is finite, there is no NaN and no infinity among them.
    if not values or type(values[0]) not in _NUMBERS:
        return None
    try:
        total = sum(values)
    except (TypeError, ArithmeticError, RuntimeWarning):  # the last is NumPy's, made an error
        return None
    if type(total) is int or (type(total) is float and math.isfinite(total)):
        return total
    return None


def quickly_normalized(values: list[Any]) -> list[float] | None:
    """Return a short list of plain numbers scaled to [0, 1]; None of any other list."""
    # In a short list, each call of a function takes longer than the work itself, so `finite_sum` is
    # not called; and sorting is faster than looking for the smallest and for the largest value.
    if not 0 < len(values) < SHORT_LENGTH or type(values[0]) not in _NUMBERS:
        return None
    try:
        total = sum(values)
    except (TypeError, ArithmeticError, RuntimeWarning):
        return None
    kind = type(total)
    if (kind is not float and kind is not int) or total != total:
        return None
    ordered = sorted(values)
    low = ordered[0]
    spread = ordered[-1] - low
    if kind is float:
        spread = float(spread)  # there may be a Fraction among floats
    elif not -EXACT_DIFFERENCE < low < EXACT_DIFFERENCE:
        return None
    return [(value - low) / spread for value in values] if 0 < spread < EXACT_DIFFERENCE else None


class Values(Container):
    """A sequence of Python values, of which None and NaN are missing."""

    xp = Scalars

    def __init__(self, values: Any) -> None:
        self.values = values
        self._present: Sequence[Any] = values
        self._array: NumPyArray | None = None

    @property
    def is_empty(self) -> bool:
        return not self.values

    def extrema(self) -> list[Statistics]:
        self._take_floats()
        if self._array is None or self._array.x.dtype.kind == "f":
            return [self._extrema()]
        return self._array.extrema()

    def moments(self) -> list[Statistics]:
        self._take_floats()
        sums: Any = _Sums
        numbers: Any = self._present
        if self._array is not None:
            from ml_infra_utils.preprocessing._kernels import exact_sums as sums

            numbers = self._array.x
        statistics = self._extrema()
        low, high = statistics.low, statistics.high
        largest = max(-low, high)
        if isinstance(low, int) and high - low > LARGEST_FLOAT:
            low, high = float(low), float(high)
            self._present = numbers = [float(value) for value in self._present]
        # A mean far from zero leaves few digits for the deviations. This difference is exact.
        elif high - low < largest / 2 or (isinstance(low, int) and largest > EXACT_DIFFERENCE):
            numbers = sums.less(numbers, low)
            if self._array is None:
                self._present = numbers
            statistics = statistics._replace(origin=low, low=0, high=high - low)
            low, high = statistics.low, statistics.high
        mean, deviation, half = _moments(numbers, low, high, sums)
        return [statistics._replace(mean=mean, deviation=deviation, half_deviation=half)]

    def quickly_standardized(self) -> list[float] | None:
        # As in `quickly_normalized`, the general way takes longer than the work itself.
        values = self.values
        if not 1 < len(values) < PACKED_LENGTH or finite_sum(values) is None:
            return None
        low, high = min(values), max(values)
        largest = max(-low, high)
        if not 1 / EXACT_DIFFERENCE < largest < EXACT_DIFFERENCE:
            return None
        if high - low < largest / 2:
            values = [value - low for value in values]
        mean = math.fsum(values) / len(values)
        deviations = [value - mean for value in values]
        squares = math.fsum(map(operator.mul, deviations, deviations))
        deviation = math.sqrt(squares / (len(values) - 1))
        if not deviation > 1 / EXACT_DIFFERENCE:
            return None
        factor = 1.0 / deviation
        return [each * factor for each in deviations]

    def summary(self) -> list[ColumnStatistics]:
        kinds = " | ".join(sorted({type(x).__name__ for x in self.values if not is_missing(x)}))
        (statistics,) = self.moments()
        return [ColumnStatistics(0, kinds, statistics)]

    def distributions(self) -> list[Distribution | None]:
        array = _array_of_numbers(self.values)
        if array is not None:
            return array.distributions()
        return [numbers_of(each for each in self.values if not is_missing(each))]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        array = _array_of_numbers(self.values)
        if array is None and finite_sum(self.values) is None:
            self._present = self._numbers(number)
        present = self._present
        count, missing = len(present), len(self.values) - len(present)
        if not count:
            return [Statistics(0, missing, math.nan, math.nan)]
        if array is not None:
            (bounds,) = array.bounds(lower, upper, method)
            known: list[Any] = []
            with suppress(ValueError):  # a Fraction may differ from its float
                for percent, end in zip((lower, upper), bounds[2:4]):
                    is_between = rank_of(count, percent, method)[1] > 0
                    # An end of the list itself, so that ints stay ints.
                    known.append(python_number(end) if is_between else present[present.index(end)])
                return [Statistics(count, missing, *known)]
        ordered = sorted(present)
        ends = (percentile(ordered, p, method) for p in (lower, upper))
        return [Statistics(count, missing, *ends)]

    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> list[Any]:
        if suspect is not None:
            suspect(True)
        (each,) = steps
        if self._array is not None:
            transformed: list[Any] = self._array.apply(steps).tolist()
            return transformed
        if each and each[0][0] == "offset":  # the statistics have taken the origin away already
            each = each[1:]
        return self._in_place(_applied(self._present, each))

    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> list[Any]:
        if suspect is not None:
            suspect(True)
        ((_, _, low, high, *_),) = bounds
        if low != low:
            return self._in_place([low] * len(self._present))
        return self._in_place([low if x < low else high if x > high else x for x in self._present])

    def find(self, predicate: Predicate, limit: int) -> Places:
        holds = predicate.of_value
        places = (i for i, value in enumerate(self.values) if holds(value, i))
        first = tuple((i, self.values[i]) for i in islice(places, limit))
        column = ColumnPlaces(None, len(first) + sum(1 for _ in places), first)
        return Places(len(self.values), (column,))

    def any(self, predicate: Predicate) -> bool:
        holds = predicate.of_value
        return any(holds(value, i) for i, value in enumerate(self.values))

    def _in_place(self, changed: list[Any]) -> list[Any]:
        """Return changed values with the missing values at their places."""
        if len(changed) == len(self.values):
            return changed
        remaining = iter(changed)
        return [value if is_missing(value) else next(remaining) for value in self.values]

    def _take_floats(self) -> None:
        """Set `_present` to the values that are not missing: floats, or ints if all are ints."""
        self._array = _array_of_numbers(self.values)
        if self._array is not None or finite_sum(self.values) is not None:
            return
        present = self._numbers(number)
        if not all(isinstance(value, int) for value in present):
            present = self._numbers(_float)
        self._present = present

    def _numbers(self, convert: Callable[[Any, int], Any]) -> list[Any]:
        return [convert(x, i) for i, x in enumerate(self.values) if not is_missing(x)]

    def _extrema(self) -> Statistics:
        if self._array is not None:
            x = self._array.x
            # The first of equal values, as `min` and `max` give it: 0.0 and -0.0 are equal.
            return Statistics(len(x), 0, x[x.argmin()].item(), x[x.argmax()].item())
        present = self._present
        count, missing = len(present), len(self.values) - len(present)
        if not count:
            return Statistics(0, missing, math.nan, math.nan)
        low, high = min(present), max(present)
        if isinstance(low, int) and isinstance(high, int):
            if max(-low, high) > LARGEST_FLOAT:
                self._numbers(_float)  # raises
            if isinstance(sum(present), int):
                return Statistics(count, missing, low, high)
        return Statistics(count, missing, float(low), float(high))


def values(data: Iterable[Any]) -> Values:
    """Return the container of a sequence or an iterator."""
    return Values(values_of(data))


def percentile(ordered: Sequence[Any], percent: float, method: str) -> Any:
    """Return a percentile of sorted values."""
    rank, fraction = rank_of(len(ordered), percent, method)
    low = ordered[rank - 1]
    if not fraction:
        return ordered[bisect_left(ordered, low)]  # the first of those that are equal
    return interpolate(float(low), float(ordered[rank]), fraction, Scalars)


def _float(value: Any, index: int) -> float:
    exact = number(value, index)
    try:
        result = float(exact)
    except OverflowError:
        result = math.inf
    if math.isinf(result) and abs(exact) != math.inf:
        raise ValueError(f"data[{index}] must fit into a float, got {described(value)}")
    return result


class _Sums:
    """What the kernel `exact_sums` does with arrays, for lists."""

    @staticmethod
    def less(values: Sequence[Any], origin: Any) -> list[Any]:
        """Return values less an origin."""
        return [value - origin for value in values]

    @staticmethod
    def scaled(values: Sequence[Any], exponent: int) -> list[float]:
        """Return values multiplied by a power of two."""
        return [math.ldexp(value, exponent) for value in values]

    total = math.fsum

    @staticmethod
    def squares(values: Sequence[Any], mean: float) -> float:
        """Return the sum of the squares of deviations from a mean."""
        deviations = [value - mean for value in values]
        return math.fsum(map(operator.mul, deviations, deviations))


def _moments(values: Any, low: float, high: float, sums: Any) -> tuple[float, float, float | None]:
    """Return mean and sample standard deviation, which is exactly 0 if all values are equal.

    The last entry is half of the deviation, if that is larger than a float holds.
    """
    if low == high:
        return float(low), 0.0, None
    if not (math.isfinite(low) and math.isfinite(high)):
        return math.nan, math.nan, None
    # Multiplied by a power of two, so that the largest magnitude is near 1, no digit changes and
    # nothing overflows or underflows.
    exponent = math.frexp(max(-low, high, key=abs))[1]
    if abs(exponent) >= SQUARED_EXPONENT:
        values = sums.scaled(values, -exponent)
    else:
        exponent = 0
    mean = sums.total(values) / len(values)
    deviation = math.sqrt(sums.squares(values, mean) / (len(values) - 1))
    half = math.ldexp(deviation, exponent - 1)
    deviation = half * 2.0 if exponent > 0 else math.ldexp(deviation, exponent)
    return math.ldexp(mean, exponent), deviation, half if deviation == math.inf else None


def _applied(values: Sequence[Any], steps: Sequence[Step]) -> list[Any]:
    names = [name for name, *_ in steps]
    if names[:2] == ["subtract", "divide"]:
        (_, center), (_, spread), *steps = steps
        values = [(value - center) / spread for value in values]
    elif names[:2] == ["subtract", "multiply"]:
        (_, center), (_, factor), *steps = steps
        values = [(value - center) * factor for value in values]
    for name, *operands in steps:
        if name == "clip":
            low, high = operands
            values = [min(max(value, low), high) for value in values]
        else:
            operate, (operand,) = _OPERATORS[name], operands
            values = [operate(value, operand) for value in values]
    return list(values)


def _array_of_numbers(values: Sequence[Any]) -> NumPyArray | None:
    """Return values as an array, if they are many plain numbers and NumPy is loaded."""
    if len(values) < PACKED_LENGTH or sys.modules.get("numpy") is None:
        return None
    from ml_infra_utils.preprocessing._containers.numpy_arrays import NumPyArray

    try:
        array = _packed(values, "q") if isinstance(values[0], int) else None
        if array is None:
            array = _packed(values, "d")
    except (OverflowError, struct.error):
        return None
    if array is None:
        return None
    if array.dtype.kind == "i":
        # Python divides longer differences without rounding them first, NumPy does not.
        is_long = array.max().item() - array.min().item() > EXACT_INTEGER
        return None if is_long else NumPyArray(array)
    if max(-array.min(), array.max()) > EXACT_DIFFERENCE and any(
        type(value) is not float for value in values
    ):
        return None  # there are ints among the floats, and packing has rounded them
    return NumPyArray(array, out=array)


def _packed(values: Sequence[Any], code: str) -> np.ndarray | None:
    """Return values packed as a type, named by its code in `struct`; None if one is no number."""
    import numpy as np

    # `struct` packs a list faster than NumPy converts it. Piece by piece, the values stay in the
    # cache between their sum and their packing.
    array = np.empty(len(values), code)
    for start in range(0, len(values), PACKED_PIECE):
        piece = values if len(values) <= PACKED_PIECE else values[start : start + PACKED_PIECE]
        total = finite_sum(piece)
        if total is None or (code == "q" and isinstance(total, float)):
            return None
        # `struct.pack` would copy the references once more than the method of a `Struct` does.
        packed = struct.Struct(f"{len(piece)}{code}").pack(*piece)
        array[start : start + len(piece)] = np.frombuffer(packed, code)
    return array
