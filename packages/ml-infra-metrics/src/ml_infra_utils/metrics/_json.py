"""Versioned JSON of the states, checked entry by entry when it is read."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any, Hashable, Mapping, Sequence

from ml_infra_utils.metrics._exact import Count, simplest


def header(kind: str, version: int) -> dict[str, Any]:
    """Return the two entries that say what follows."""
    return {"schema": f"ml-infra-metrics/{kind}", "version": version}


def check_header(data: object, kind: str, version: int) -> Mapping[str, Any]:
    """Return the data if it says that it is of this kind and version."""
    if not isinstance(data, Mapping):
        raise TypeError(f"data must be a dict as to_dict returns, got {type(data).__name__}")
    for key, expected in header(kind, version).items():
        if data.get(key) != expected:
            raise ValueError(
                f"data[{key!r}] must be {expected!r}, got {data.get(key)!r}; "
                "it was written by another class or a newer release"
            )
    return data


def entry(data: Mapping[str, Any], key: str) -> Sequence[Any]:
    """Return the list under the key."""
    value = data.get(key)
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"data[{key!r}] must be a list, got {value!r}")
    return value


def encode_class(value: Hashable) -> Any:
    """Return a class as JSON: strings, integers, booleans, null, and tuples of them."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, tuple):
        return {"tuple": [encode_class(item) for item in value]}
    raise TypeError(
        f"class {value!r} of type {type(value).__name__} has no form in JSON; "
        "use strings, integers, booleans, None or tuples of them as classes"
    )


def decode_class(value: Any, where: str) -> Hashable:
    """Return the class that `encode_class` wrote."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, dict) and list(value) == ["tuple"] and isinstance(value["tuple"], list):
        return tuple(decode_class(item, where) for item in value["tuple"])
    raise ValueError(
        f"{where} must be a string, an integer, a boolean, null or {{'tuple': […]}}, got {value!r}"
    )


def encode_count(count: Count) -> int | str:
    """Return an integer, or the exact sum of weights as a fraction such as "3/4"."""
    return count if isinstance(count, int) else str(count)


def decode_count(value: Any, where: str) -> Count:
    """Return the count that `encode_count` wrote."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str):
        from fractions import Fraction

        numerator, _, denominator = value.partition("/")
        if numerator.isdecimal() and denominator.isdecimal() and int(denominator):
            return simplest(Fraction(int(numerator), int(denominator)))
    raise ValueError(
        f"{where} must be an integer of at least 0, or a sum of weights as a fraction "
        f"such as '3/4', got {value!r}"
    )


def decode_integer(value: Any, where: str) -> int:
    """Return an integer of at least 0."""
    is_integer = isinstance(value, Integral) and not isinstance(value, bool)
    if is_integer and value >= 0:
        return int(value)
    raise ValueError(f"{where} must be an integer of at least 0, got {value!r}")


def decode_number(value: Any, where: str, *, signed: bool = False) -> float:
    """Return a finite number, of at least 0 unless it is signed."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number) and (signed or number >= 0):
            return number
    least = "" if signed else " of at least 0"
    raise ValueError(f"{where} must be a finite number{least}, got {value!r}")


def decode_index(value: Any, size: int, where: str) -> int:
    """Return an index below size."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < size:
        return value
    raise ValueError(f"{where} must be an index in 0..{size - 1}, got {value!r}")
