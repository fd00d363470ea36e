"""Versioned JSON of the states, checked entry by entry when it is read."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, Hashable, Mapping, Sequence

from ml_infra_utils.metrics._exact_sums import Count, simplest


def header(kind: str, version: int) -> dict[str, Any]:
    """Return the two entries that say what follows."""
    return {"schema": f"ml-infra-metrics/{kind}", "version": version}


def check_entries(
    data: object, kind: str, version: int, entries: Sequence[str]
) -> Mapping[str, Any]:
    """Return the data if it says that it is of this kind and version, and holds no more."""
    if not isinstance(data, Mapping):
        raise TypeError(f"data must be a dict as to_dict returns, got {type(data).__name__}")
    for key, expected in header(kind, version).items():
        value = data.get(key)
        if type(value) is not type(expected) or value != expected:
            raise ValueError(
                f"data[{key!r}] must be {expected!r}, got {value!r}; "
                "it was written by another class or a newer release"
            )
    known = (*header(kind, version), *entries)
    unknown = [key for key in data if key not in known]
    if unknown:
        raise ValueError(f"data has the unknown entry {unknown[0]!r}; expected {', '.join(known)}")
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
        digits = numerator + denominator
        if numerator and digits.isascii() and digits.isdecimal() and denominator.strip("0"):
            with suppress(ValueError):  # Python limits the digits that it reads
                return simplest(Fraction(int(numerator), int(denominator)))
    raise ValueError(
        f"{where} must be an integer of at least 0, or a sum of weights as a fraction "
        f"such as '3/4', got {_shortened(value)}"
    )


def decode_number(value: Any, where: str, *, signed: bool = False) -> float:
    """Return a finite number, of at least 0 unless it is signed."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and abs(value) <= sys.float_info.max and (signed or value >= 0):
        return float(value)
    least = "" if signed else " of at least 0"
    raise ValueError(f"{where} must be a finite number{least}, got {_shortened(value)}")


def decode_index(value: Any, size: int, where: str) -> int:
    """Return an index below size."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < size:
        return value
    raise ValueError(f"{where} must be an index in 0..{size - 1}, got {value!r}")


def _shortened(value: object, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"
