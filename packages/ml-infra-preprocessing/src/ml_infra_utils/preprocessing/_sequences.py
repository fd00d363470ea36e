"""Plain Python values: taking them in, telling what is wrong with them."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

_POSITIONS_SHOWN = 5


def values_of(data: Iterable[Any]) -> Sequence[Any]:
    """Take the values of `data` once, in order.

    Raises
    ------
    TypeError
        If `data` is text, bytes, a mapping or a set, or cannot be iterated.
    """
    if isinstance(data, (list, tuple)):
        return data
    if isinstance(data, (str, bytes, bytearray, dict, set, frozenset)):
        raise TypeError(f"data must be a sequence of values, got {described(data)}")
    try:
        return list(data)
    except TypeError:
        raise TypeError(f"data must be a sequence of values, got {described(data)}") from None


def is_missing(value: Any) -> bool:
    """Tell whether `value` is None, a NaN of any kind, `pandas.NA` or `pandas.NaT`."""
    if value is None:
        return True
    try:
        differs = value != value
    except ArithmeticError:  # a signaling Decimal NaN refuses to be compared
        return True
    try:
        return bool(differs)
    except (TypeError, ValueError):  # pandas.NA compares to itself; an array to an array
        return differs is value


def is_number(value: Any) -> bool:
    """Tell whether `value` is a real number of Python."""
    if isinstance(value, (int, float)):
        return True
    from decimal import Decimal
    from numbers import Real

    return isinstance(value, (Real, Decimal))


def number(value: Any, index: int) -> Any:
    """Return `value` as a Python number.

    Raises
    ------
    TypeError
        If `value` is not a real number; the message holds `index` and the value.
    """
    # An element taken from an array or a tensor, so that a list of losses works.
    item = value.item() if getattr(value, "ndim", None) == 0 else value
    if is_number(item):
        return item
    raise TypeError(f"data[{index}] must be a number, got {described(value)}")


def numbers(values: Sequence[Any]) -> Sequence[Any]:
    """Return `values` if they are plain numbers without NaN, else as Python numbers.

    Raises
    ------
    TypeError
        If one is not a number.
    ValueError
        If some are missing.
    """
    # A sum of exact type int or float proves in one C loop that every value is a number of the
    # standard library, and a finite one that there is no NaN and no infinity among them.
    try:
        total = sum(values)
    except (TypeError, ArithmeticError):
        total = None
    if type(total) is int or (type(total) is float and math.isfinite(total)):
        return values
    missing = [i for i, value in enumerate(values) if is_missing(value)]
    if missing:
        raise ValueError(
            f"data has {_counted(missing, 'missing value')} (None or NaN): drop or fill them first"
        )
    return [number(value, i) for i, value in enumerate(values)]


def finite_numbers(values: Sequence[Any]) -> Sequence[float]:
    """Return `values` as finite floats, or as ints if all are; errors as for `numbers`.

    Raises
    ------
    ValueError
        If one is infinite, or too large for a float.
    """
    taken = numbers(values)
    if taken is values:
        return taken
    if all(isinstance(value, int) for value in taken):
        return taken
    found = [_float(value, i) for i, value in enumerate(taken)]
    infinite = [i for i, value in enumerate(found) if value in (math.inf, -math.inf)]
    if infinite:
        raise ValueError(
            f"data has {_counted(infinite, 'infinite value')}: drop or clip them first"
        )
    return found


def are_ints(values: Sequence[Any]) -> bool:
    """Tell whether all `values`, finite numbers, are ints."""
    return type(sum(values)) is int


def rescaled(values: Sequence[float]) -> list[float]:
    """Divide by the power of two that brings the largest magnitude near 1, which is exact."""
    if are_ints(values):
        unit = 1 << int(max(map(abs, values))).bit_length()
        return [value / unit for value in values]
    exponent = math.frexp(max(map(abs, values)))[1]
    return [math.ldexp(value, -exponent) for value in values]


def described(value: object) -> str:
    """Return a short text of `value` and its type, for an error."""
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def _float(value: Any, index: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"data[{index}] is too large for a float: {described(value)}") from None


def _counted(positions: Sequence[int], noun: str) -> str:
    shown = ", ".join(map(str, positions[:_POSITIONS_SHOWN]))
    more = ", ..." if len(positions) > _POSITIONS_SHOWN else ""
    if len(positions) == 1:
        return f"1 {noun}, at index {shown}"
    return f"{len(positions)} {noun}s, at index {shown}{more}"
