"""Columns of Python that a contract is asked of, and what comes of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ml_infra_utils.preprocessing._rules import (
    Compared,
    Different,
    InOrder,
    Present,
    are_comparable,
    kind_of_value,
)
from ml_infra_utils.preprocessing._values import is_missing, python_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from ml_infra_utils.preprocessing._rules import Rule

    class Table(Protocol):
        """What a contract can be asked of."""

        names: list[Any]
        # False of rows of which there is none: then no column is lacking.
        has_names: bool

        def judge(self, rules: Sequence[Rule], limit: int) -> tuple[int, list[Outcome]]:
            """Return the number of rows, and what came of each rule."""

        def split(self, rules: Sequence[Rule], told: Sequence[str], name: str) -> tuple[Any, Any]:
            """Return the rows that keep rules, and those that do not with what they break."""


class Outcome(NamedTuple):
    """How many values a rule was asked of, how many break it, and the first of these."""

    looked: int
    number: int
    first: tuple[tuple[Any, Any], ...] = ()


NOTHING = Outcome(0, 0)


class Listed:
    """Columns of values of Python."""

    def __init__(
        self, columns: Mapping[Any, Sequence[Any]], rows: Sequence[Any] | None = None
    ) -> None:
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name!r}: {length}" for name, length in list(lengths.items())[:5])
            raise ValueError(f"data must have columns of one length, got {told}")
        self.columns = columns
        self.names = list(columns)
        self.row_dicts = rows
        self.has_names = bool(columns) or rows is None
        self.height = next(iter(lengths.values()), len(rows or ()))

    def judge(self, rules: Sequence[Rule], limit: int) -> tuple[int, list[Outcome]]:
        """Return the number of rows, and what came of each rule."""
        return self.height, [self._outcome(rule, limit) for rule in rules]

    def _outcome(self, rule: Rule, limit: int) -> Outcome:
        looked, broken = self.broken(rule)
        values = self._values(rule)
        first = tuple((i, python_number(values(i))) for i in broken[:limit])
        return Outcome(looked, len(broken), first)

    def broken(self, rule: Rule) -> tuple[int, list[int]]:
        """Return how many values a rule was asked of, and the rows that break it."""
        names, check = rule.key or (rule.column,), rule.check
        if not all(name in self.columns for name in names):
            return 0, []
        column = self.columns[names[0]]
        if isinstance(check, Present):
            return len(column), [i for i, value in enumerate(column) if is_missing(value)]
        if isinstance(check, (Compared, Different)):
            rows = list(zip(*(self.columns[name] for name in names)))
            there = [i for i, row in enumerate(rows) if not any(map(is_missing, row))]
            if isinstance(check, Different):
                return len(there), _repeated([rows[i] for i in there], there)
            return len(there), [i for i in there if check.breaks(*rows[i])]
        there = [i for i, value in enumerate(column) if not is_missing(value)]
        if isinstance(check, InOrder):
            return len(there), _out_of_order(column, there, check.breaks_after)
        return len(there), [i for i in there if check.breaks(column[i])]

    def split(self, rules: Sequence[Rule], told: Sequence[str], name: str) -> tuple[Any, Any]:
        """Return the rows that keep rules, and those that do not with what they break."""
        if self.row_dicts is None:
            raise TypeError("frame must be a frame, a query or a list of dicts, got columns only")
        broken: dict[int, list[str]] = {}
        for rule, words in zip(rules, told):
            for i in self.broken(rule)[1]:
                broken.setdefault(i, []).append(words)
        kept = [row for i, row in enumerate(self.row_dicts) if i not in broken]
        wrong = [
            {**row, name: "; ".join(broken[i])}
            for i, row in enumerate(self.row_dicts)
            if i in broken
        ]
        return kept, wrong

    def _values(self, rule: Rule) -> Callable[[int], Any]:
        if len(rule.key) > 1:
            return lambda i: tuple(self.columns[name][i] for name in rule.key)
        name = rule.key[0] if rule.key else rule.column
        return lambda i: self.columns[name][i]


def _repeated(rows: Sequence[Any], places: Sequence[int]) -> list[int]:
    """Return the places of rows that are met before."""
    seen: set[Any] = set()
    found = []
    for place, row in zip(places, rows):
        key = tuple(_hashable(value) for value in row)
        if key in seen:
            found.append(place)
        seen.add(key)
    return found


def _hashable(value: Any) -> Any:
    value = python_number(value)
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return (kind_of_value(value) == "bool", value)  # True is not 1


def _out_of_order(column: Sequence[Any], there: Sequence[int], breaks: Any) -> list[int]:
    found = []
    for before, place in zip(there, there[1:]):
        one, other = column[before], column[place]
        if not are_comparable(kind_of_value(one), kind_of_value(other)) or breaks(other, one):
            found.append(place)
    return found
