"""What is wrong with data, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._state import State, check_same_class, check_same_names, in_line
from ml_infra_utils.preprocessing._values import (
    is_within,
    name_as_cell,
    name_from_json,
    told_limits,
)
from ml_infra_utils.preprocessing._words import MOST_NAMES, counted, shortened
from ml_infra_utils.preprocessing.column_findings import (
    AskedRule,
    ColumnFindings,
    merged,
    position_from,
    rule_from,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_infra_utils.preprocessing._statistics import Places

__all__ = ["Findings", "FindingsError"]

# An error has so many characters at most.
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
        One for each column that was looked at, in order; of a contract, one for each rule.
    rows_allowed : tuple of int or None, optional
        How many rows there must be at least and at most, if a contract says so.

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
    rows_allowed: tuple[int | None, int | None] | None = None

    @property
    def total(self) -> int:
        """How many values were found in all columns, but for those that a rule allows."""
        places: Places | None = vars(self).get("_found")
        if places is not None:
            return places.total
        return sum(column.count for column in self._counting())

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
        """The columns in which something was found, by name; of a contract, all rules together."""
        found: dict[Any, ColumnFindings] = {}
        for column in self._counting():
            known = found.get(column.name)
            if known is not None:
                first = sorted((*known.first, *column.first), key=lambda place: place[0])
                column = ColumnFindings(column.name, known.count + column.count, tuple(first))
            found[column.name] = column
        return found

    @property
    def by_rule(self) -> dict[tuple[str | None, str], ColumnFindings]:
        """What breaks a contract, by column and rule; the column is None for rules of rows."""
        return {
            (column.name, column.rule.name): column
            for column in self._counting()
            if column.rule is not None
        }

    def _counting(self) -> list[ColumnFindings]:
        """Return what was found and is not allowed."""
        found = [column for column in self.columns if not column.is_allowed]
        if self.rows_allowed is None or is_within(self.rows, *self.rows_allowed):
            return found
        rule = AskedRule("rows", f"{told_limits(*self.rows_allowed)}, got {self.rows:,}")
        return [ColumnFindings(None, 1, (), rule), *found]

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
        if self.rows_allowed != other.rows_allowed:
            raise ValueError(
                "findings must be of the same contract to merge, got rows of "
                f"{self.rows_allowed} and {other.rows_allowed}"
            )
        # Columns that a contract does not have differ between parts.
        mine, theirs = (
            [c._asked() for c in each.columns if not c._is_extra] for each in (self, other)
        )
        check_same_names("columns", mine, theirs)
        limit = max((len(c.first) for each in (self, other) for c in each.columns), default=0)
        known = {c._asked(): c for c in other.columns}
        both = [merged(c, known.pop(c._asked(), None), self.rows, limit) for c in self.columns]
        return replace(self, rows=self.rows + other.rows, columns=(*both, *known.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as a document of plain JSON.

        A value that JSON does not have becomes its text. The form is that of the schema
        `findings-1.schema.json` in the package.

        Raises
        ------
        ValueError
            If the name of a column is no text, number or tuple of them, such as a date.
        """
        document = {
            **_documents.header("findings"),
            "problem": self.problem,
            "rows": self.rows,
            "columns": [column._document() for column in self.columns],
        }
        if self.rows_allowed is not None:
            document["rows_allowed"] = list(self.rows_allowed)
        return document

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
            places = tuple((position_from(position), value) for position, value in first)
            rule = rule_from(column, ("columns", place))
            columns.append(ColumnFindings(name_from_json(column["name"]), count, places, rule))
        least, most = allowed = document.get("rows_allowed") or (None, None)
        if least is not None and most is not None and least > most:
            raise ValueError(f"rows_allowed must be in order, got {least} and {most}")
        rows_allowed = tuple(allowed) if document.get("rows_allowed") else None
        return cls(document["problem"], document["rows"], tuple(columns), rows_allowed)

    def _number(self) -> str:
        one, sep, rest = self.problem.partition(" of the ")
        things = self.problem.replace("value", "values", 1)
        if one == "breach":
            things = f"breaches{sep}{rest}"
        return counted(self.total, self.problem, things) if self else f"no {things}"

    def _headline(self) -> str:
        return f"{self._number()} in {counted(self.rows, 'row')}"

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        found = self._counting()
        names = ["" if each.name is None else name_as_cell(each.name) for each in found]
        rest = [[f"{each.count:,}", each._positions()] for each in found]
        if all(each.rule is None for each in found):
            return ["column", "count", "first"], [[n, *cells] for n, cells in zip(names, rest)]
        rules = [str(each.rule or "") for each in found]
        rows = [[name, rule, *cells] for name, rule, cells in zip(names, rules, rest)]
        return ["column", "rule", "count", "first"], rows

    def _places(self) -> list[str]:
        """Return where the values are: a line of each column, if there are several."""
        columns = self._counting()
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
