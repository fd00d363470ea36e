"""What is wrong with data, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._state import State, check_same_class, check_same_names, in_line
from ml_infra_utils.preprocessing._values import as_json, name_as_cell, name_as_json, name_from_json
from ml_infra_utils.preprocessing._words import MOST_NAMES, counted, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_infra_utils.preprocessing._statistics import Places

__all__ = ["ColumnFindings", "Findings", "FindingsError"]

# A text shows so many values of a column, and an error has so many characters at most.
_SHOWN = 5
_MOST_CHARACTERS = 800


class FindingsError(ValueError):
    """Data is not as it must be; `findings` says where.

    Examples
    --------
    >>> from ml_infra_utils.preprocessing import find_missing_values
    >>> try:
    ...     find_missing_values([1.0, None]).raise_if_any()
    ... except FindingsError as error:
    ...     print(error.findings.total, "-", error)
    1 - 1 missing value at index 1 (None)
    """

    def __init__(self, message: str, findings: Findings) -> None:
        super().__init__(message)
        self.findings = findings

    def __reduce__(self) -> tuple[Any, ...]:
        # By default an exception is rebuilt from `args` alone, so that one of a worker process
        # could not be read by its parent.
        return type(self), (*self.args, self.findings), self.__dict__


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

    def __eq__(self, other: object) -> bool:
        # Values are compared as JSON, since a NaN that was found does not equal itself.
        if isinstance(other, ColumnFindings):
            return (self.name, self._figures()) == (other.name, other._figures())
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.count))

    def __str__(self) -> str:
        place = "" if self.name is None else f"in column {shortened(self.name)} "
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

    def _document(self) -> dict[str, Any]:
        name = None if self.name is None else name_as_json(self.name)
        return {"name": name, **self._figures()}

    def _figures(self) -> dict[str, Any]:
        first = [[_listed(place), as_json(value)] for place, value in self.first]
        return {"count": self.count, "first": first}


@dataclass(frozen=True)
class Findings(State):
    """What a check found: false if nothing, readable as text, plain JSON, and mergeable.

    Findings are immutable, and equal if their documents are. They add up: `a + b` and
    `sum(parts)` are `a.merge(b)`.

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
        places: Places | None = vars(self).get("_found")
        if places is not None:
            return places.total
        return sum(column.count for column in self.columns)

    def __getattr__(self, name: str) -> Any:
        # To make an object for each of a thousand columns takes longer than to check them, so the
        # columns of a container are made when somebody asks for them.
        places = vars(self).get("_found")
        if name != "columns" or places is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        vars(self)["columns"] = columns = _columns_of(places)
        return columns

    @property
    def by_column(self) -> dict[Any, ColumnFindings]:
        """The columns in which something was found, by name."""
        return {column.name: column for column in self.columns if column.count}

    def __bool__(self) -> bool:
        return self.total > 0

    def __str__(self) -> str:
        return f"{self._number()}{''.join(self._places())}"

    def __repr__(self) -> str:
        return in_line(f"Findings({self._headline()})")

    def raise_if_any(self) -> None:
        """Raise one error that lists the findings, the first of them if there are many.

        Raises
        ------
        FindingsError
            If there are any; it is a ValueError.
        """
        if self:
            things = self._number().partition(" ")[2]
            raise FindingsError(told(self, things), self)

    def merge(self, other: Findings) -> Findings:
        """Return the findings of this data followed by the other's.

        Positions of `other` are counted on from the rows of this one, so the order of a merge
        decides about positions, and about nothing else; its grouping decides about nothing. Each
        column keeps as many of its first findings as the longer of the two has.

        Raises
        ------
        ValueError
            If the two looked for different things or at different columns.
        TypeError
            If the other is something else.
        """
        check_same_class(self, other)
        if self.problem != other.problem:
            raise ValueError(
                "findings must be of the same problem to merge, got "
                f"{shortened(self.problem)} and {shortened(other.problem)}"
            )
        mine, theirs = ([column.name for column in each.columns] for each in (self, other))
        check_same_names("columns", mine, theirs)
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
        """Return the findings as a document of plain JSON.

        A value that JSON does not have becomes its text. The form is that of the schema
        `findings-1.schema.json` in the package.

        Raises
        ------
        ValueError
            If the name of a column is no text, number or tuple of them, such as a date.
        """
        return {
            **_documents.header("findings"),
            "problem": self.problem,
            "rows": self.rows,
            "columns": [column._document() for column in self.columns],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Findings:
        """Return the findings that `to_dict` wrote.

        Raises
        ------
        ValueError
            If the document has another form, or a column has more places than findings; the
            message names the entry.
        """
        document = _documents.read(document, "findings")
        columns = []
        for place, column in enumerate(document["columns"]):
            count, first = column["count"], column["first"]
            if len(first) > count:
                path = _documents.told(("columns", place, "count"))
                raise ValueError(f"{path} must be at least {len(first)}, as first has, got {count}")
            places = tuple((_position(position), value) for position, value in first)
            columns.append(ColumnFindings(name_from_json(column["name"]), count, places))
        return cls(document["problem"], document["rows"], tuple(columns))

    def _number(self) -> str:
        things = self.problem.replace("value", "values", 1)
        return counted(self.total, self.problem, things) if self else f"no {things}"

    def _headline(self) -> str:
        return f"{self._number()} in {counted(self.rows, 'row')}"

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        return ["column", "count", "first"], [
            ["" if name is None else name_as_cell(name), f"{column.count:,}", column._positions()]
            for name, column in self.by_column.items()
        ]

    def _places(self) -> list[str]:
        """Return where the values are: a line of each column, if there are several."""
        columns = list(self.by_column.values())
        if len(columns) == 1:
            return [f" {columns[0]}".rstrip()]
        return [f"\n  {column.count:,} {column}" for column in columns]


def findings_of(problem: str, places: Places) -> Findings:
    """Return the findings of a container."""
    findings = object.__new__(Findings)
    vars(findings).update(problem=problem, rows=places.rows, _found=places)
    return findings


def _columns_of(places: Places) -> tuple[ColumnFindings, ...]:
    found = [ColumnFindings(*each) for each in places.columns]
    if places.names is None:
        return tuple(found)
    by_name = {column.name: column for column in found}
    return tuple(by_name.get(name) or _without_findings(name) for name in places.names)


def _without_findings(name: Any) -> ColumnFindings:
    # The `__init__` of a frozen dataclass takes three times as long, and there may be thousands.
    column = object.__new__(ColumnFindings)
    vars(column).update(name=name, count=0, first=())
    return column


def told(findings: Findings, things: str = "") -> str:
    """Return the number of findings, of things, and where they are, for an error.

    If there are many columns, the last ones are only counted.
    """
    text = f"{findings.total:,} {things}".rstrip()
    places = findings._places()
    for number, place in enumerate(places):
        if number == MOST_NAMES or len(text) + len(place) > _MOST_CHARACTERS:
            return f"{text}\n  and in {counted(len(places) - number, 'more column')}"
        text += place
    return text


def _position(position: Any) -> Any:
    return tuple(position) if isinstance(position, list) else position


def _shifted(place: Any, rows: int) -> Any:
    return (place[0] + rows, *place[1:]) if isinstance(place, tuple) else place + rows


def _listed(place: Any) -> Any:
    return list(place) if isinstance(place, tuple) else place
