"""What a check looks for: each predicate for a Python value, an array and a column.

All have the same methods, so that containers need not know which one they were given.
"""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._values import is_missing, is_number, number, python_number
from ml_infra_utils.preprocessing._words import described, shortened

if TYPE_CHECKING:
    import narwhals as nw


class Missing:
    """A value is None or NaN."""

    noun = "missing value"
    numeric = False

    def of_value(self, value: Any, index: Any) -> bool:  # noqa: ARG002  # the protocol has it
        return is_missing(value)

    def of_array(self, x: Any, xp: Any) -> Any:
        return xp.isnan(x)

    def of_column(self, column: nw.Expr, dtype: Any) -> nw.Expr:
        return _or_nan(column.is_null(), column, dtype)


class Infinite:
    """A value is infinite."""

    noun = "infinite value"
    numeric = True

    def of_value(self, value: Any, index: Any) -> bool:  # noqa: ARG002  # the protocol has it
        return not is_missing(value) and value in (math.inf, -math.inf)

    def of_array(self, x: Any, xp: Any) -> Any:
        return xp.isinf(x)

    def of_column(self, column: nw.Expr, dtype: Any) -> nw.Expr:  # noqa: ARG002  # the protocol has it
        return (column == math.inf) | (column == -math.inf)


class Outside:
    """A value lies outside of a range; a missing value does too, unless it is left out.

    The bounds are compared exactly: for each type of numbers, they become the outermost numbers
    of this type that still lie within. `closed` says which of them belong to the range.
    """

    noun = "value out of range"
    numeric = True

    def __init__(
        self, min_val: Any, max_val: Any, are_missing: bool = True, closed: str = "both"
    ) -> None:
        self.low: int | float | Fraction = _exact("min_val", min_val)
        self.high: int | float | Fraction = _exact("max_val", max_val)
        if self.low > self.high:
            raise ValueError(
                f"min_val must be at most max_val, got min_val={shortened(min_val)} "
                f"and max_val={shortened(max_val)}"
            )
        self.are_missing = are_missing
        self.is_above: bool = closed in ("right", "neither")
        self.is_below: bool = closed in ("left", "neither")
        low = _float_from(self.low, self.is_above)
        self._floats: tuple[float, float] = low, -_float_from(-self.high, self.is_below)

    def of_value(self, value: Any, index: Any) -> bool:
        if is_missing(value):
            return self.are_missing
        return not self.holds(number(value, index))

    def holds(self, value: Any) -> bool:
        """Tell whether a number lies within."""
        if not self.low <= value <= self.high:
            return False
        return not ((self.is_above and value == self.low) or (self.is_below and value == self.high))

    def of_array(self, x: Any, xp: Any) -> Any:
        low, high = self._floats
        with suppress(TypeError, ValueError):  # it holds no integers
            low, high = self._integers(int(xp.iinfo(x.dtype).min), int(xp.iinfo(x.dtype).max))
        return ~((x >= low) & (x <= high)) if self.are_missing else (x < low) | (x > high)

    def of_column(self, column: nw.Expr, dtype: Any) -> nw.Expr:
        low, high = self._floats
        if dtype.is_integer():
            low, high = self._integers(*integer_limits(dtype))
        elif dtype.is_float():  # or an engine would round the bounds to a narrower type
            import narwhals as nw

            column = column.cast(nw.Float64)
        outside = (column < low) | (column > high)
        if self.are_missing:
            return _or_nan(outside | column.is_null(), column, dtype)
        outside = outside & ~column.is_nan() if dtype.is_float() else outside
        return outside.fill_null(False)

    def within(self, column: nw.Expr, dtype: Any) -> nw.Expr:
        """Return where a number lies within; False or null where it is missing."""
        low, high = self._floats
        if dtype.is_integer():
            limits = integer_limits(dtype)
            low, high = self._integers(*limits)
            # One comparison is quicker than two.
            if low == limits[0]:
                return column <= high
            return column >= low if high == limits[1] else column.is_between(low, high)
        import narwhals as nw

        column = column if dtype == nw.Float64 else column.cast(nw.Float64)
        # Engines take NaN for larger than every number, so that the upper end leaves it out.
        return column <= high if low == -math.inf else column.is_between(low, high)

    def _integers(self, least: int, most: int) -> tuple[float, float]:
        """Return the range of integers from `least` to `most` that lie within; (1, 0) if none."""
        low = least if self.low < least else math.ceil(self.low) if self.low <= most else most + 1
        high = (
            most if self.high > most else math.floor(self.high) if self.high >= least else least - 1
        )
        low += self.is_above and low == self.low
        high -= self.is_below and high == self.high
        return (low, high) if low <= most and high >= least else (1, 0)


class Mistyped:
    """A value is not an instance of a type."""

    noun = "value of another type"
    numeric = False

    def __init__(self, expected_type: type[Any] | tuple[type[Any], ...]) -> None:
        try:
            isinstance(None, expected_type)
        except TypeError:
            raise TypeError(
                f"expected_type must be a type or a tuple of types, got {described(expected_type)}"
            ) from None
        self.expected = expected_type

    def of_value(self, value: Any, index: Any) -> bool:  # noqa: ARG002  # the protocol has it
        return not isinstance(value, self.expected)

    def holds_for(self, kind: type[Any]) -> bool:
        """Tell whether all values of a column are of another type than expected."""
        return not issubclass(kind, self.expected)


def integer_limits(dtype: Any) -> tuple[int, int]:
    """Return the least and the largest integer of a type of narwhals."""
    bits = int(str(dtype).lstrip("UInt"))
    return (
        (0, 2**bits - 1)
        if dtype.is_unsigned_integer()
        else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )


def _or_nan(holds: nw.Expr, column: nw.Expr, dtype: Any) -> nw.Expr:
    # A comparison with a null is null itself. NaN is another value than null in some libraries.
    return holds.fill_null(True) | column.is_nan().fill_null(True) if dtype.is_float() else holds


def _exact(name: str, bound: Any) -> Any:
    """Return a bound as a number that Python compares exactly with every other."""
    if not is_number(bound):
        raise TypeError(f"{name} must be a number, got {described(bound)}")
    if is_missing(bound):
        raise ValueError(f"{name} must be a number, got {described(bound)}")
    bound = python_number(bound)
    if isinstance(bound, Decimal):  # of which a negative may be rounded
        return Fraction(bound) if bound.is_finite() else float(bound)
    return bound


def _float_from(bound: Any, is_above: bool = False) -> float:
    """Return the smallest float that is at least a bound, or above it."""
    try:
        nearest = float(bound)
    except OverflowError:
        nearest = math.inf if bound > 0 else -math.inf
    if nearest > bound or (nearest == bound and not is_above):
        return nearest
    if nearest == 0:
        return 5e-324  # the smallest of all
    (bits,) = struct.unpack("<q", struct.pack("<d", nearest))
    following: float = struct.unpack("<d", struct.pack("<q", bits + (1 if nearest > 0 else -1)))[0]
    return following


if TYPE_CHECKING:
    from typing import Union

    Predicate = Union[Missing, Infinite, Outside, Mistyped]
