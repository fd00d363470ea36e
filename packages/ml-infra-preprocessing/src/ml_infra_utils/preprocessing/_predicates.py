"""What a check looks for: each predicate for a Python value, an array and a column.

All have the same methods, so that containers need not know which one they were given.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._values import is_missing, is_number, number
from ml_infra_utils.preprocessing._words import described, shortened

if TYPE_CHECKING:
    import narwhals as nw


class Missing:
    """A value is None or NaN."""

    noun = "missing value"
    numeric = False

    def of_value(self, value: Any, index: int) -> bool:  # noqa: ARG002
        return is_missing(value)

    def of_array(self, x: Any, xp: Any) -> Any:
        return xp.isnan(x)

    def of_column(self, column: nw.Expr, is_float: bool) -> nw.Expr:
        return _or_nan(column.is_null(), column, is_float)


class Infinite:
    """A value is infinite."""

    noun = "infinite value"
    numeric = True

    def of_value(self, value: Any, index: int) -> bool:  # noqa: ARG002
        return not is_missing(value) and value in (math.inf, -math.inf)

    def of_array(self, x: Any, xp: Any) -> Any:
        return xp.isinf(x)

    def of_column(self, column: nw.Expr, is_float: bool) -> nw.Expr:  # noqa: ARG002
        return (column == math.inf) | (column == -math.inf)


class Outside:
    """A value lies outside of a closed range; a missing value does too."""

    noun = "value out of range"
    numeric = True

    def __init__(self, min_val: Any, max_val: Any) -> None:
        for name, bound in (("min_val", min_val), ("max_val", max_val)):
            if not is_number(bound):
                raise TypeError(f"{name} must be a number, got {described(bound)}")
            if is_missing(bound):
                raise ValueError(f"{name} must be a number, got {described(bound)}")
        if min_val > max_val:
            raise ValueError(
                f"min_val must be at most max_val, got min_val={shortened(min_val)} "
                f"and max_val={shortened(max_val)}"
            )
        self.low: Any = min_val
        self.high: Any = max_val

    def of_value(self, value: Any, index: int) -> bool:
        return is_missing(value) or not self.low <= number(value, index) <= self.high

    def of_array(self, x: Any, xp: Any) -> Any:  # noqa: ARG002
        return ~((x >= self.low) & (x <= self.high))

    def of_column(self, column: nw.Expr, is_float: bool) -> nw.Expr:
        outside = (column < self.low) | (column > self.high) | column.is_null()
        return _or_nan(outside, column, is_float)


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

    def of_value(self, value: Any, index: int) -> bool:  # noqa: ARG002
        return not isinstance(value, self.expected)

    def holds_for(self, kind: type[Any]) -> bool:
        """Tell whether all values of a column are of another type than expected."""
        return not issubclass(kind, self.expected)


def _or_nan(holds: nw.Expr, column: nw.Expr, is_float: bool) -> nw.Expr:
    # A comparison with a null is null itself. NaN is another value than null in some libraries.
    return holds.fill_null(True) | column.is_nan().fill_null(True) if is_float else holds


if TYPE_CHECKING:
    from typing import Union

    Predicate = Union[Missing, Infinite, Outside, Mistyped]
