"""Plain values: which are missing, which are numbers, and what JSON makes of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ml_infra_utils.preprocessing._tables import printable
from ml_infra_utils.preprocessing._words import described

# One name must not make a table wider than a screen.
_LONGEST_NAME = 80


def is_missing(value: Any) -> bool:
    """Tell whether a value is None, a NaN of any kind, `pandas.NA` or `pandas.NaT`."""
    if value is None:
        return True
    try:
        differs = value != value
    except ArithmeticError:  # a signaling Decimal NaN refuses to be compared
        return True
    try:
        return bool(differs)
    except (TypeError, ValueError):  # the comparison gave pandas.NA, or an array
        return differs is value


def is_number(value: Any) -> bool:
    """Tell whether a value is a real number of Python."""
    if isinstance(value, (int, float)):
        return True
    from decimal import Decimal
    from numbers import Real

    return isinstance(value, (Real, Decimal))


def is_single_type(kind: type) -> bool:
    """Tell whether all objects of a type are single values."""
    if issubclass(kind, (str, bytes, bytearray)):
        return True
    return not (
        hasattr(kind, "__len__")
        or hasattr(kind, "__dataclass_fields__")
        or hasattr(kind, "model_fields")  # of pydantic
        or issubclass(kind, Iterator)
    )


def is_single(value: Any) -> bool:
    """Tell whether a value is a single one, and no row of values."""
    if is_single_type(type(value)):
        return True
    return getattr(value, "ndim", None) == 0 and not getattr(value.dtype, "names", None)


def place_told(place: Any) -> str:
    """Return a position as it is written behind the data: ``[3]``, ``[3]['a']``."""
    places = place if isinstance(place, tuple) else (place,)
    return "".join(f"[{each!r}]" for each in places)


def number(value: Any, index: Any) -> Any:
    """Return the value at an index of data, or a tuple of them, as a Python number.

    Raises
    ------
    TypeError
        If it is not a real number.
    """
    # A list may hold elements of an array or a tensor, such as losses.
    is_element = getattr(value, "ndim", None) == 0 and hasattr(value, "item")
    item = value.item() if is_element else value
    if is_number(item):
        return item
    if hasattr(type(item), "__float__") and not hasattr(type(item), "__len__"):
        try:
            return float(item)
        except TypeError:  # a complex number has the method on Python 3.8 and 3.9
            pass
    raise TypeError(f"data{place_told(index)} must be a number, got {described(value)}")


def python_number(value: Any) -> Any:
    """Return a number of NumPy as that of Python, and anything else as it is."""
    return value.item() if hasattr(value, "item") else value


def name_as_cell(name: Any) -> str:
    """Return the name of a column for a table: in one line, and cut if it is very long."""
    text = printable(str(name))
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def name_as_json(name: Any) -> Any:
    """Return the name of a column as JSON has it: a text, a number, or a list of a tuple.

    Raises
    ------
    ValueError
        If it is something else, such as a date.
    """
    name = python_number(name)
    if isinstance(name, tuple):
        return [name_as_json(each) for each in name]
    if isinstance(name, (str, int)) or (isinstance(name, float) and math.isfinite(name)):
        return name
    raise ValueError(
        "names of columns must be texts, numbers or tuples of them to be in a document, got "
        f"{described(name)}; rename the columns"
    )


def name_from_json(name: Any) -> Any:
    """Return the name that `name_as_json` wrote."""
    return tuple(map(name_from_json, name)) if isinstance(name, list) else name


def as_json(value: Any) -> Any:
    """Return a value as JSON has it; what JSON does not have, as NaN, becomes its text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [as_json(each) for each in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def is_within(number: int, least: int | None, most: int | None) -> bool:
    """Tell whether a number lies within limits, of which None is none."""
    return (least is None or number >= least) and (most is None or number <= most)


def told_limits(least: Any, most: Any) -> str:
    """Return limits in words."""
    if least == most:
        return f"{least}"
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if least is None else f"{least} to {most}"
