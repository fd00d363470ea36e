"""Plain JSON: how values are written, and how what was written is read, which may be anything."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection


def plain(value: Any) -> Any:
    """Return `value` as JSON has it, or its text; "nan", "inf" and "-inf" are read by `number`."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def check_keys(what: str, state: Any, expected: Collection[str]) -> None:
    """Check that a mapping has exactly the expected keys.

    Raises
    ------
    TypeError
        If it is not a mapping.
    ValueError
        If a key is missing or unknown.
    """
    if not hasattr(state, "keys"):
        raise TypeError(f"{what} must be a dict, got {state!r} ({type(state).__name__})")
    if unknown := sorted(set(state) - set(expected), key=str):
        raise ValueError(f"{what}: unknown keys {unknown}; expected {sorted(expected)}")
    if absent := sorted(set(expected) - set(state)):
        raise ValueError(f"{what}: missing keys {absent}")


def check_header(state: Any, form: str, newest: int, keys: Collection[str]) -> None:
    """Check that a state is of a form and a version that this release reads.

    Raises
    ------
    TypeError
        If it is not a mapping.
    ValueError
        If it is another form, or newer, or a key is missing or unknown.
    """
    if hasattr(state, "keys"):
        if state.get("format") != form:
            raise ValueError(f"expected a state of format {form!r}, got {state.get('format')!r}")
        version = state.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise ValueError(f"{form}: version must be a positive integer, got {version!r}")
        if version > newest:
            raise ValueError(
                f"{form}: the state has version {version}, this release reads up to {newest}: "
                "upgrade ml-infra-preprocessing"
            )
    check_keys(form, state, {"format", "version", *keys})


def listed(where: str, value: Any) -> list[Any]:
    """Return a list.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, list):
        return value
    raise ValueError(f"{where} must be a list, got {value!r}")


def text(where: str, value: Any) -> str:
    """Return a text.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, str):
        return value
    raise ValueError(f"{where} must be a text, got {value!r}")


def number(where: str, value: Any) -> Any:
    """Return a number that `plain` wrote, and a float can hold.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) <= sys.float_info.max:
            return value
    elif value in ("nan", "inf", "-inf"):
        return float(value)
    raise ValueError(f"{where} must be a number, got {value!r}")


def count(where: str, value: Any, least: int = 0) -> int:
    """Return a count.

    Raises
    ------
    ValueError
        If it is not a whole number from `least` on.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise ValueError(f"{where} must be a whole number from {least} on, got {value!r}")
