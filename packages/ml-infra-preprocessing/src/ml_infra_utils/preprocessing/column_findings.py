"""The findings of one column, and the rule of a contract that they break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._limits import SHARE_ROUNDING
from ml_infra_utils.preprocessing._state import in_line
from ml_infra_utils.preprocessing._values import as_json, name_as_json
from ml_infra_utils.preprocessing._words import counted, listed, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ColumnFindings"]

# A text shows so many values of a column.
_SHOWN = 5


@dataclass(frozen=True)
class ColumnFindings:
    """The findings of one column.

    Parameters
    ----------
    name : str, int, float, tuple or None
        The column, None for data without columns.
    count : int
        How many values were found.
    first : tuple of (position, value)
        The first of them. A position is an index, or a tuple of one index for each axis of an
        array. Empty where rows have no order, as in a database.
    rule : AskedRule or None
        The rule of a contract that was asked, with `name`, `expected`, how many values were
        `looked` at, and the share that must keep it, `mostly`. None if one thing was looked for.

    Examples
    --------
    >>> from ml_infra_utils.preprocessing import find_missing_values
    >>> column = find_missing_values([1.0, None, None]).columns[0]
    >>> column.count, column.first
    (2, ((1, None), (2, None)))
    """

    name: Any
    count: int
    first: tuple[tuple[Any, Any], ...] = ()
    rule: AskedRule | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether the values that were found are so few that the rule allows them."""
        return self.count == 0 or (self.rule is not None and self.rule.allows(self.count))

    def __eq__(self, other: object) -> bool:
        # Values are compared as JSON, since a NaN that was found does not equal itself.
        if isinstance(other, ColumnFindings):
            return (self.name, self._figures()) == (other.name, other._figures())
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.count))

    def __str__(self) -> str:
        place = "" if self.name is None else f"in column {shortened(self.name)} "
        if self.rule is not None:
            place += f"{self.rule} "
        return f"{place}{self._positions()}".strip()

    def __repr__(self) -> str:
        return in_line(f"ColumnFindings({counted(self.count, 'value')} {self})")

    def _positions(self) -> str:
        if not self.first:
            return ""
        first = self.first[:_SHOWN]
        shown = ", ".join(f"{place} ({shortened(value, 40)})" for place, value in first)
        more = ", …" if self.count > min(len(self.first), _SHOWN) else ""
        return f"at index {shown}{more}"

    @property
    def _is_extra(self) -> bool:
        return self.rule is not None and self.rule.name == "extra"

    def _asked(self) -> Any:
        """Return what was asked of which column."""
        return self.name if self.rule is None else (self.name, self.rule.name, self.rule.expected)

    def _document(self) -> dict[str, Any]:
        name = None if self.name is None else name_as_json(self.name)
        return {"name": name, **self._figures()}

    def _figures(self) -> dict[str, Any]:
        first = [[_listed(place), as_json(value)] for place, value in self.first]
        figures = {"count": self.count, "first": first}
        if self.rule is None:
            return figures
        rule, expected, looked, mostly = self.rule
        return {**figures, "rule": rule, "expected": expected, "looked": looked, "mostly": mostly}


class AskedRule(NamedTuple):
    """The rule of a contract that was asked of a column."""

    name: str
    expected: str
    looked: int = 0
    mostly: float = 1.0

    def allows(self, count: int) -> bool:
        """Tell whether so many of the values that were looked at may break the rule."""
        # A share such as 0.9 of 10 may be rounded up.
        return self.looked - count >= self.mostly * self.looked * (1 - SHARE_ROUNDING)

    def __str__(self) -> str:
        share = "" if self.mostly == 1 else f", of {self.mostly:g} of {self.looked:,}"
        return f"{self.name} {self.expected}{share}".strip()


def merged(
    one: ColumnFindings, other: ColumnFindings | None, rows: int, limit: int
) -> ColumnFindings:
    """Return the findings of a column in the data of both, of which the first has so many rows."""
    if other is None:
        return one
    first = (one.first + tuple((_shifted(p, rows), v) for p, v in other.first))[:limit]
    if one.rule is None or other.rule is None:
        return ColumnFindings(one.name, one.count + other.count, first)
    rule = one.rule._replace(looked=one.rule.looked + other.rule.looked)
    # A column that both lack is one that is lacking.
    count = one.count + other.count if rule.looked else max(one.count, other.count)
    return ColumnFindings(one.name, count, first, rule)


def rule_from(column: Mapping[str, Any], path: tuple[str | int, ...]) -> AskedRule | None:
    keys = ("rule", "expected", "looked", "mostly")
    there = [key for key in keys if key in column]
    if not there:
        return None
    for key in keys:
        if key not in column:
            raise ValueError(
                f"{_documents.told(path)} must have the key {key!r}, got {listed(column)}"
            )
    rule = AskedRule(*(column[key] for key in keys))
    if column["count"] > max(rule.looked, 1):
        told = _documents.told((*path, "count"))
        raise ValueError(f"{told} must be at most looked, {rule.looked}, got {column['count']}")
    return rule


def position_from(position: Any) -> Any:
    return tuple(position) if isinstance(position, list) else position


def _shifted(place: Any, rows: int) -> Any:
    return (place[0] + rows, *place[1:]) if isinstance(place, tuple) else place + rows


def _listed(place: Any) -> Any:
    return list(place) if isinstance(place, tuple) else place
