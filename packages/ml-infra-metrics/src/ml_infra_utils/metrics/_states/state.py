"""What all states have in common: they do not change, merge, travel as JSON and show a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Hashable, Mapping, Sequence, Tuple, TypeVar

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.intervals import Interval

    Self = TypeVar("Self", bound="State")

Table = Tuple[Sequence[str], Sequence[Sequence[str]]]  # a head, and rows


class Scored:
    """A value that has scores, so that there may be one for each slice of a table."""

    __slots__ = ()

    _scores: ClassVar[tuple[str, ...]]  # methods and properties that score, the most usual first
    _errors: ClassVar[tuple[str, ...]] = ()  # those of them that are better the smaller they are

    @property
    def _support(self) -> float:
        """Return the number of examples, or the sum of their weights."""
        raise NotImplementedError

    def _interval_of(
        self, score: str, confidence: float, options: Mapping[str, Any]
    ) -> Interval | None:
        """Return the interval of one of the scores; None where there is no method for one."""
        raise NotImplementedError


class State(Scored):
    """A value that data are counted into; values of parts add up to that of the whole."""

    __slots__ = ()

    _ignored: frozenset[Hashable] = frozenset()  # classes that averages leave out
    _kind: ClassVar[str]  # names the schema of its documents

    def __add__(self: Self, other: object) -> Self:
        raise NotImplementedError  # each state says how it adds up

    def __radd__(self: Self, other: object) -> Self:
        return self if isinstance(other, int) and other == 0 else NotImplemented  # sum's start

    def merge(self: Self, other: Self) -> Self:
        """Return the state of the data of both, as ``+`` and ``sum`` do."""
        return self + other

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} is immutable, cannot set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} is immutable, cannot delete {name!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return a document: plain values for JSON, of the form that the package's schema tells.

        Raises
        ------
        TypeError
            If a class is not a string, integer, boolean, None or a tuple of them.
        """
        from ml_infra_utils.metrics._documents import header  # slow to import

        return {**header(self._kind), **self._entries()}

    @classmethod
    def from_dict(cls: type[Self], document: Mapping[str, Any]) -> Self:
        """Return the state that `to_dict` wrote.

        Raises
        ------
        ValueError
            If an entry is missing, unknown or wrong, such as a negative count, or the document is
            of another kind or of a newer release; the message names the entry by its path.
        """
        from ml_infra_utils.metrics._documents import read

        return cls._from_entries(read(document, cls._kind))

    def to_json(self) -> str:
        """Return the document of `to_dict` as JSON."""
        from ml_infra_utils.metrics._documents import write_json

        return write_json(self.to_dict())

    @classmethod
    def from_json(cls: type[Self], text: str | bytes) -> Self:
        """Return the state that `to_json` wrote; raises as `from_dict` does."""
        from ml_infra_utils.metrics._documents import read_json

        return cls.from_dict(read_json(text))

    def __str__(self) -> str:
        from ml_infra_utils.metrics._tables import as_text

        return as_text(*self._table())

    def to_markdown(self) -> str:
        """Return the table that `print` shows in Markdown, for a comment on a pull request."""
        from ml_infra_utils.metrics._tables import as_markdown

        return as_markdown(*self._table())

    def _repr_html_(self) -> str:
        from ml_infra_utils.metrics._tables import as_html

        return as_html(*self._table())

    def _entries(self) -> dict[str, Any]:
        """Return what a document holds beside its header."""
        raise NotImplementedError

    @classmethod
    def _from_entries(cls: type[Self], document: Mapping[str, Any]) -> Self:
        """Return the state of a document that has the form of the schema."""
        raise NotImplementedError

    def _table(self) -> Table:
        """Return the head and the rows of what people see."""
        raise NotImplementedError
