"""The columns of a frame in memory: how a library hands them out in blocks and takes them back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from ml_infra_utils.preprocessing._limits import READ

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import numpy as np


# The family of columns in which NaN is NaN, and no null.
PLAIN = "plain"


class Block(NamedTuple):
    """Numeric columns of one type.

    A read gives the values of some of them, of shape (rows, columns), and where they are null:
    a mask of that shape, or None. Nulls among floats are NaN, those among integers are any number.
    """

    places: Sequence[int]
    dtype: np.dtype
    family: Hashable
    read: Callable[[Sequence[int]], tuple[np.ndarray, np.ndarray | None]]
    together: int

    def pieces(self) -> Iterator[tuple[slice, Sequence[int]]]:
        """Yield which columns of the block are read at once, and their places in the frame."""
        for start in range(0, len(self.places), self.together):
            some = slice(start, start + self.together)
            yield some, self.places[some]


class Written(NamedTuple):
    """New values of columns of one family, of shape (rows, columns); NaN for nulls, if floats."""

    places: Sequence[int]
    family: Hashable
    values: np.ndarray


class Columns(ABC):
    """The columns of one frame, by their places."""

    frame: Any
    names: Sequence[Any]
    rows: int
    numeric: Sequence[int]
    # Columns of numbers that nothing here reads, such as complex ones.
    unreadable: Sequence[int] = ()

    @abstractmethod
    def blocks(self, places: Sequence[int]) -> list[Block]:
        """Return numeric columns as blocks, each of one type."""

    @abstractmethod
    def column(self, place: int) -> Any:
        """Return a column as a series of the library."""

    @abstractmethod
    def nulls(self, places: Sequence[int]) -> Any:
        """Return where columns of any type are null, of shape (rows, columns)."""

    @abstractmethod
    def replaced(self, written: Sequence[Written]) -> Any:
        """Return the frame with new values in some columns; their nulls stay nulls."""

    @abstractmethod
    def value(self, place: int, row: int) -> Any:
        """Return a value as an object of Python."""

    @abstractmethod
    def listed(self, place: int) -> Any:
        """Return the values of a column as objects of Python."""

    @abstractmethod
    def is_nested(self, place: int) -> Any:
        """Tell whether the values of a column hold others, as lists and structs do."""

    def kind(self, place: int) -> str:
        """Return the type of a column, in the words of narwhals."""
        return kind_of(self.column(place))


def kind_of(column: Any) -> str:
    """Return the type of a series of a library, in the words of narwhals."""
    return str(nw.from_native(column, series_only=True).dtype)


@lru_cache(maxsize=256)
def kind_of_numbers(dtype: Hashable, empty: Callable[[Any], Any]) -> str:
    """Return a type of numbers in the words of narwhals, which takes them from an empty series."""
    return kind_of(empty(dtype))


def together(rows: int) -> int:
    """Return how many columns fit into a block that is copied; 1 is read without a copy."""
    fitting = READ // max(1, rows)
    return fitting if fitting > 4 else 1


def by_type(places: Sequence[int], kinds: Sequence[Hashable]) -> dict[Any, Sequence[int]]:
    """Return the places of each kind of column, the kinds in order of appearance."""
    if len(places) == len(kinds) and kinds.count(kinds[0]) == len(kinds):
        return {kinds[0]: places}
    groups: dict[Any, list[int]] = {}
    for place in places:
        groups.setdefault(kinds[place], []).append(place)
    return dict(groups)


def run(places: Sequence[int]) -> slice | None:
    """Return places as a slice where they follow each other, as they mostly do."""
    if places[-1] - places[0] == len(places) - 1:
        return slice(places[0], places[-1] + 1)
    return None
