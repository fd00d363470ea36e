"""What is wrong with data, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_infra_utils.preprocessing._statistics import Places

__all__ = ["ColumnFindings", "Findings", "FindingsError"]

_SHOWN = 5


class FindingsError(ValueError):
    """Data was found wanting; `findings` says where."""

    def __init__(self, message: str, findings: Findings) -> None:
        super().__init__(message)
        self.findings = findings

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is rebuilt from `args` alone: a worker's would not come out of its process.
        return type(self), (*self.args, self.findings), self.__dict__


@dataclass(frozen=True)
class ColumnFindings:
    """The findings of one column.

    Parameters
    ----------
    name : str or None
        The column, None for what has no columns.
    count : int
        How many values were found.
    first : tuple of (position, value)
        The first of them. A position is an index, or one for each axis of an array. Empty where
        rows have no order, as in a database.
    """

    name: str | None
    count: int
    first: tuple[tuple[Any, Any], ...] = ()

    def __str__(self) -> str:
        text = "" if self.name is None else f" in column {self.name!r}"
        if self.first:
            where = ", ".join(f"{place} ({value!r})" for place, value in self.first[:_SHOWN])
            more = ", ..." if self.count > min(len(self.first), _SHOWN) else ""
            text += f" at index {where}{more}"
        return text.strip()


@dataclass(frozen=True)
class Findings:
    """What a check found: falsy if nothing, readable as text, plain JSON, and mergeable.

    Parameters
    ----------
    problem : str
        What was looked for, such as "missing value".
    rows : int
        How many rows were looked at.
    columns : tuple of ColumnFindings
        One for each column that was looked at, in order.

    Examples
    --------
    >>> from ml_infra_utils.preprocessing import find_missing_values
    >>> findings = find_missing_values([1.0, None, 3.0, float("nan")])
    >>> print(findings)
    2 missing values at index 1 (None), 3 (nan)
    >>> bool(findings), findings.total
    (True, 2)
    """

    problem: str
    rows: int
    columns: tuple[ColumnFindings, ...]

    @property
    def total(self) -> int:
        """How many values were found in all columns."""
        return sum(column.count for column in self.columns)

    @property
    def by_column(self) -> dict[str | None, ColumnFindings]:
        """The columns in which something was found, by name."""
        return {column.name: column for column in self.columns if column.count}

    def __bool__(self) -> bool:
        return self.total > 0

    def __str__(self) -> str:
        columns = [column for column in self.columns if column.count]
        several = self.problem.replace("value", "values", 1)
        headline = f"{self.total or 'no'} {self.problem if self.total == 1 else several}"
        if len(columns) == 1:
            return f"{headline} {columns[0]}".rstrip()
        return headline + "".join(f"\n  {column.count} {column}" for column in columns)

    def raise_if_any(self) -> None:
        """Raise one error that lists the findings.

        Raises
        ------
        FindingsError
            If there are any; it is a ValueError.
        """
        if self:
            raise FindingsError(str(self), self)

    def merge(self, other: Findings) -> Findings:
        """Return the findings of this data followed by the other's.

        Positions of `other` are counted on from the rows of this one. Each column keeps as many
        of its first findings as the longer of the two has.

        Raises
        ------
        ValueError
            If the two looked for different things or at different columns.
        """
        mine, theirs = ([c.name for c in f.columns] for f in (self, other))
        if (self.problem, mine) != (other.problem, theirs):
            raise ValueError(
                f"cannot merge findings of {self.problem!r} in columns {mine} "
                f"with those of {other.problem!r} in columns {theirs}"
            )
        limit = max((len(c.first) for f in (self, other) for c in f.columns), default=0)
        return replace(
            self,
            rows=self.rows + other.rows,
            columns=tuple(
                ColumnFindings(
                    a.name,
                    a.count + b.count,
                    (a.first + tuple((_shifted(p, self.rows), v) for p, v in b.first))[:limit],
                )
                for a, b in zip(self.columns, other.columns)
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON; a value that JSON does not have becomes its text."""
        return {
            "problem": self.problem,
            "rows": self.rows,
            "columns": [
                {
                    "name": column.name,
                    "count": column.count,
                    "first": [
                        [_listed(place), _json.plain(value)] for place, value in column.first
                    ],
                }
                for column in self.columns
            ],
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Findings:
        """Return the findings that `to_dict` wrote.

        Raises
        ------
        ValueError
            If it has missing, unknown or wrong entries.
        """
        _json.check_keys("findings", state, {"problem", "rows", "columns"})
        return cls(
            _json.text("problem", state["problem"]),
            _json.count("rows", state["rows"]),
            tuple(map(_column_from, _json.listed("columns", state["columns"]))),
        )


def findings_of(problem: str, places: Places) -> Findings:
    """Return the findings of a container."""
    return Findings(problem, places.rows, tuple(ColumnFindings(*each) for each in places.columns))


def _column_from(state: Any) -> ColumnFindings:
    _json.check_keys("a column of findings", state, {"name", "count", "first"})
    name = state["name"]
    if name is not None:
        name = _json.text("a column of findings: name", name)
    first = []
    for each in _json.listed("first", state["first"]):
        if not isinstance(each, list) or len(each) != 2:
            raise ValueError(f"first must be pairs of position and value, got {each!r}")
        place, value = each
        if isinstance(place, list):
            place = tuple(_json.count("a position", index) for index in place)
        else:
            place = _json.count("a position", place)
        first.append((place, value))
    count = _json.count("count", state["count"])
    if len(first) > count:
        raise ValueError(f"count must not be less than the {len(first)} in first, got {count}")
    return ColumnFindings(name, count, tuple(first))


def _shifted(place: Any, rows: int) -> Any:
    return (place[0] + rows, *place[1:]) if isinstance(place, tuple) else place + rows


def _listed(place: Any) -> Any:
    return list(place) if isinstance(place, tuple) else place
