"""The types of columns: what the cells of a file mean.

A column is of the first type that all cells of the first batch have: integers, numbers, true and
false, text. Integers may become numbers later on; anything else is an error that names the place.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._commands.running import CommandError
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from typing import Collection, Mapping

MISSING = frozenset(["", "NA", "N/A", "NaN", "nan", "null", "NULL"])
"""What is no value in a column of numbers; in a column of text only an empty cell is none."""

BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# What begins with a zero, as 007 does, is a name and no number.
LEADING_ZERO = re.compile(r"^\s*[+-]?0\d", re.MULTILINE)
INTEGER = re.compile(r"\s*[+-]?(?:0|[1-9]\d*)\s*")
NUMBER = re.compile(
    r"\s*[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity)\s*", re.I
)
WORDS = {int: "an integer", float: "a number", bool: "true or false", str: "text"}


class Types:
    """The types of the columns of a file, which its first batch decides."""

    def __init__(self, name: str, text: Collection[str], raw: Collection[str] | None) -> None:
        self._name = name
        self._text = text
        self._raw = raw
        self._types: dict[str, type | None] = {}

    def read(self, columns: Mapping[str, Any], lines: Sequence[int]) -> dict[str, Any]:
        """Return the values that the cells of columns mean: arrays, where cells are sure of one."""
        return {name: self._read(name, cells, lines) for name, cells in columns.items()}

    def _read(self, name: str, cells: Any, lines: Sequence[int]) -> Any:
        if self._raw is not None and name not in self._raw:
            return list(cells)
        kind = self._types.get(name)
        if not isinstance(cells, Sequence):  # an array of them
            if kind is not None and (array := cells.values_of(kind)) is not None:
                return array
            cells = list(cells)
        if name in self._text:
            kind = str
        elif kind is None:
            kind = _kind_of_cells(cells)
        elif kind in (int, float) and (quick := _quickly(kind, cells)) is not None:
            return quick
        elif kind is int and any(NUMBER.fullmatch(c) and not INTEGER.fullmatch(c) for c in cells):
            kind = float
        self._types[name] = kind
        if kind is None:
            return [None] * len(cells)
        if kind is str:
            return [cell or None for cell in cells]
        values: list[Any] = []
        for cell, line in zip(cells, lines):
            if cell in MISSING:
                values.append(None)
            elif kind is bool and cell in BOOLS:
                values.append(BOOLS[cell])
            elif kind is not bool and NUMBER.fullmatch(cell):
                values.append(kind(cell))
            else:
                raise self._wrong(name, kind, cell, f"line {line}")
        return values

    def check(
        self, columns: dict[str, list[Any]], lines: Sequence[int], what: str = "line"
    ) -> dict[str, list[Any]]:
        """Return columns of values, once each has the type that its column had before."""
        for name, values in columns.items():
            if self._raw is not None and name not in self._raw:
                continue
            if name in self._text:
                columns[name] = [None if value is None else str(value) for value in values]
                continue
            kind = self._types.get(name)
            for place, value in enumerate(values):
                other = type(value)
                if value is None or other is kind:
                    continue
                if value != value:
                    values[place] = None
                elif other not in WORDS:
                    raise self._wrong(name, None, value, f"{what} {lines[place]}")
                elif kind is None or (kind is int and other is float):
                    kind = other
                elif not (kind is float and other is int):
                    raise self._wrong(name, kind, value, f"{what} {lines[place]}")
            self._types[name] = kind
        return columns

    def _wrong(self, name: str, kind: type | None, value: Any, place: str) -> CommandError:
        expected = "a number, text, true, false or null"
        hint = ""
        if kind is not None:
            expected = f"{WORDS[kind]} like those before"
            hint = f"; --text {name} reads the column as text"
        return CommandError(
            f"{self._name}: {place}, column {name!r} must be {expected}, "
            f"got {described(value)}{hint}"
        )


def _kind_of_cells(cells: Sequence[str]) -> type | None:
    """Return the first type that all cells have; None if there is no value."""
    values = [cell for cell in cells if cell not in MISSING]
    if not values:
        return None
    if all(map(INTEGER.fullmatch, values)):
        return int
    if all(map(NUMBER.fullmatch, values)):
        return float
    return bool if all(value in BOOLS for value in values) else str


def _quickly(kind: type, cells: Sequence[str]) -> list[Any] | None:
    """Return numbers, if the cells are nothing else; None if they need a closer look."""
    try:
        values = list(map(kind, cells))
    except ValueError:
        return None
    # Python reads 1_000, 007 and nan as numbers.
    text = "\n".join(cells)
    is_odd = "_" in text or "n" in text or "N" in text or LEADING_ZERO.search(text)
    return None if is_odd else values


def as_plain(value: Any) -> Any:
    """Return a value of a Parquet file as one that JSON has: times become text."""
    if value is None or isinstance(value, (bool, int, float, str, list, dict)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
