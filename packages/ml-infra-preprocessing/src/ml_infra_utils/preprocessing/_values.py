"""Plain values: which are missing, which are numbers, and how a value is told in an error."""

from __future__ import annotations

from typing import Any


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
    is_element = getattr(value, "ndim", None) == 0 and hasattr(value, "item")
    item = value.item() if is_element else value
    if is_number(item):
        return item
    raise TypeError(f"data[{index}] must be a number, got {described(value)}")


def described(value: object) -> str:
    """Return a short text of `value` and its type, for an error."""
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def python_number(value: Any) -> Any:
    """Return a number of NumPy as that of Python, and anything else as it is."""
    return value.item() if hasattr(value, "item") else value
