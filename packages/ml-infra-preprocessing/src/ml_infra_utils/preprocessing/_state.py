"""What every state does in the same way: it adds up, becomes JSON text, and shows as a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from ml_infra_utils.preprocessing import _documents, _tables
from ml_infra_utils.preprocessing._words import MOST_NAMES, described, listed, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

StateT = TypeVar("StateT", bound="State")

# A `repr` is one line of so many characters at most.
_LINE = 200


class Shown:
    """A value that shows as a table."""

    # So many columns of the table, from the left, hold names.
    _name_columns = 1

    def _headline(self) -> str:
        """Return the line above the table, if there is one."""
        return ""

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        """Return the head and the rows of the table."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self._shown("\n", self._headline(), _tables.as_text)

    def to_markdown(self) -> str:
        """Return the value as a table in Markdown, for a comment on a pull request."""
        return self._shown("\n\n", self._headline(), _tables.as_markdown)

    def _repr_html_(self) -> str:
        headline = self._headline()
        return self._shown("", headline and f"<p>{escape(headline)}</p>", _tables.as_html)

    def _shown(self, between: str, headline: str, as_table: Any) -> str:
        head, rows = self._table()
        table = as_table(head, rows, names=self._name_columns) if rows or not headline else ""
        return between.join(filter(None, (headline, table)))


class State(Shown):
    """A value that is computed from data, and merges with that of other data."""

    def merge(self: StateT, other: StateT) -> StateT:
        """Return the state of the data of both."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the state as a document: plain JSON that says what it is."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls: type[StateT], document: Mapping[str, Any]) -> StateT:
        """Return the state that `to_dict` wrote."""
        raise NotImplementedError

    def __add__(self: StateT, other: StateT) -> StateT:
        return self.merge(other) if type(other) is type(self) else NotImplemented

    def __radd__(self: StateT, other: int) -> StateT:
        # The built-in `sum` begins with 0.
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def to_json(self) -> str:
        """Return the document of `to_dict` as JSON text."""
        return _documents.write_json(self.to_dict())

    @classmethod
    def from_json(cls: type[StateT], text: str | bytes) -> StateT:
        """Return the state that `to_json` wrote.

        Raises
        ------
        ValueError
            If the text is no JSON, or `from_dict` refuses the document.
        """
        return cls.from_dict(_documents.read_json(text))


def in_line(text: str) -> str:
    """Return a text cut to the length of a `repr`."""
    return text if len(text) <= _LINE else f"{text[: _LINE - 1]}…"


def check_same_class(one: State, other: object) -> None:
    """Check that what shall merge with a state is a state of its class.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if type(other) is not type(one):
        raise TypeError(f"other must be a {type(one).__name__}, got {described(other)}")


def check_same_names(what: str, mine: Sequence[Any], theirs: Sequence[Any]) -> None:
    """Check that two states are of the same columns or features, as `what` calls them.

    Raises
    ------
    ValueError
        If they are not; the message names those that differ.
    """
    if list(mine) == list(theirs):
        return
    differences = [
        f"only {which} has {_first_of(names)}"
        for which, names in (
            ("the first", [name for name in mine if name not in set(theirs)]),
            ("the second", [name for name in theirs if name not in set(mine)]),
        )
        if names
    ]
    if not differences:
        a, b = next(pair for pair in zip(mine, theirs) if pair[0] != pair[1])
        differences = [f"the first has {shortened(a)} where the second has {shortened(b)}"]
    raise ValueError(f"{what} must be the same in a merge, but {' and '.join(differences)}")


def _first_of(names: Sequence[Any]) -> str:
    """List half as many names as an error may hold, since it holds those of two states."""
    most = MOST_NAMES // 2
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return listed(names[:most]) + more
