"""What distributions share: how often values were met, one by one or in bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ml_infra_utils.preprocessing._words import shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


class DistributionError(Exception):
    """A document has an entry that no distribution has; says where, and what must be there."""

    def __init__(self, path: Sequence[str | int], expected: str, got: Any) -> None:
        super().__init__(path, expected, got)
        self.path: tuple[str | int, ...] = tuple(path)
        self.expected: str = expected
        self.got: str = shortened(got)


class Between(NamedTuple):
    """A number or a date that is known between two bounds, and exactly if they are equal.

    Parameters
    ----------
    least, most : int, float, date or datetime
        The bounds.
    """

    least: Any
    most: Any

    @property
    def middle(self) -> Any:
        """The middle of the two."""
        least, most = self
        return least if least == most else least + (most - least) / 2


@dataclass(frozen=True)
class ValueCount:
    """A value, and how often it was met.

    Parameters
    ----------
    value : str, bool, float, date or datetime
        The value; of a text longer than 100 characters, how it begins.
    count : Between
        How often.
    """

    value: Any
    count: Between


class Bin(NamedTuple):
    """How many numbers fell into a bin, the smallest and the largest of them."""

    rows: int
    low: float
    high: float


class Binned:
    """Counts by bins, of what has an order."""

    def _in_order(self) -> Collection[Bin]:
        """Return the bins in the order of their values."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(each.rows for each in self._in_order())

    def quantile(self, share: float) -> Between:
        """Return bounds of the smallest value that at least this share does not exceed."""
        return self._at(max(1, math.ceil(share * self.count)))

    def _at(self, rank: int) -> Between:
        """Return bounds of the value that has a rank, from 1."""
        before = 0
        for each in self._in_order():
            if rank == before + 1:
                return self._between(each.low, each.low)
            if rank == before + each.rows:
                return self._between(each.high, each.high)
            if rank < before + each.rows:
                return self._between(each.low, each.high)
            before += each.rows
        return Between(math.nan, math.nan)

    def _between(self, low: float, high: float) -> Between:
        return Between(self._value(low), self._value(high))

    def _value(self, number: float) -> Any:
        """Return a value as users know it."""
        return number

    def distinct(self) -> Between:
        """Return how many different values there are."""
        least = sum(1 if each.low == each.high else 2 for each in self._in_order())
        most = sum(1 if each.low == each.high else each.rows for each in self._in_order())
        return Between(least, most)

    def top(self) -> list[ValueCount]:
        """Return the values that are alone in their bins, the most frequent first."""
        alone = [
            ValueCount(self._value(each.low), Between(each.rows, each.rows))
            for each in self._in_order()
            if each.low == each.high
        ]
        return sorted(alone, key=lambda one: -one.count.least)


def joined(parts: Iterable[tuple[int, Bin]]) -> dict[int, Bin]:
    """Return bins by their numbers: those of one number become one."""
    bins: dict[int, Bin] = {}
    for key, each in parts:
        if key in bins:
            count, low, high = bins[key]
            each = Bin(count + each.rows, min(low, each.low), max(high, each.high))
        bins[key] = each
    return bins
