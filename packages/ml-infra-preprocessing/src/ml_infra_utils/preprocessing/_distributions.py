"""How the values of a column are spread: numbers and dates by bins, and texts one by one.

All merge by addition, in any order. The bins are the same for the same numbers in every library
and in every engine.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Union

from ml_infra_utils.preprocessing._counts import (
    Between,
    Bin,
    Binned,
    DistributionError,
    ValueCount,
    joined,
)
from ml_infra_utils.preprocessing._formulas import Scalars, interpolate, rank_of
from ml_infra_utils.preprocessing._limits import (
    BIN_BITS,
    LARGEST_FLOAT,
    LONGEST_TEXT,
    MOST_BINS,
    MOST_TEXTS,
)
from ml_infra_utils.preprocessing._times import Times
from ml_infra_utils.preprocessing._values import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

_HIGHEST_BIT = 1 << 63


class Numbers(Binned):
    """Counts of numbers by bins.

    Bins are numbered by the bits of the numbers in them, in their order. Those with a number
    nearer to zero than `floor` are one, with the number 0.

    To make two thousand bins takes longer than to count a hundred thousand numbers, so a function
    may return them, which is called only when somebody asks for one.
    """

    def __init__(
        self, bins: Mapping[int, Bin] | Callable[[], Mapping[int, Bin]], floor: int = 0
    ) -> None:
        self._bins, self._least_floor = bins, floor

    def __reduce__(self) -> tuple[Any, ...]:
        return Numbers, (self.bins, self.floor)

    @cached_property
    def bins(self) -> dict[int, Bin]:
        """The bins by their numbers, in order."""
        bins: Any = self._met.items()
        if self.floor:
            parts = ((0 if abs(key) < self.floor else key, each) for key, each in bins)
            bins = joined(parts).items()
        return dict(sorted(bins))

    def _in_order(self) -> Collection[Bin]:
        return self.bins.values()

    @cached_property
    def floor(self) -> int:
        """The number, without its sign, of the first bin that is kept beside the one of zero."""
        return max(self._least_floor, _floor(self._met))

    @cached_property
    def _met(self) -> Mapping[int, Bin]:
        return self._bins() if callable(self._bins) else self._bins

    def merge(self, other: Numbers) -> Numbers:
        """Return the distribution of the numbers of both."""
        bins = joined(chain(self.bins.items(), other.bins.items()))
        return Numbers(bins, max(self.floor, other.floor))

    def percentile(self, percent: float, method: str) -> Between:
        """Return bounds of a percentile: a number of the data, or a point between two."""
        rank, fraction = rank_of(self.count, percent, method)
        low = self._at(rank)
        if not fraction:
            return low
        ends = zip(low, self._at(rank + 1))
        return Between(*(interpolate(*pair, fraction, Scalars) for pair in ends))

    def document(self) -> dict[str, Any]:
        """Return the distribution as plain JSON."""
        bins = [
            [each.rows, *map(as_json, dict.fromkeys((each.low, each.high)))]
            for each in self.bins.values()
        ]
        return {"floor": self.floor, "bins": bins}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Numbers:
        """Return the distribution of a document.

        Raises
        ------
        DistributionError
            If it has bins that no numbers have.
        """
        bins: dict[int, Bin] = {}
        floor, last = document["floor"], -math.inf
        for place, (count, *ends) in enumerate(document["bins"]):
            low, high = float(ends[0]), float(ends[-1])
            key, high_key = (0 if abs(k) < floor else k for k in (key_of(low), key_of(high)))
            if key != high_key or not low <= high or (count == 1 and low != high):
                raise DistributionError(("bins", place), "of numbers of one bin", ends)
            if key in bins or low < last:
                raise DistributionError(("bins", place), "above the bins before", ends)
            bins[key], last = Bin(count, low, high), high
        return cls(bins, floor)


class Texts:
    """Counts of texts and other single values, the most frequent of each reading one by one.

    Parameters
    ----------
    counts
        For each value that is listed, how often it was met where it was listed, and how often at
        most in all readings in which it was cut.
    hidden
        How many values were met that are not counted in `counts`.
    cut
        How often a value that is in no reading's list was met at most.
    lengths
        The number of characters of the shortest and of the longest text; None if there is none.
    """

    def __init__(
        self,
        counts: Mapping[Any, tuple[int, int]],
        hidden: int = 0,
        cut: int = 0,
        lengths: tuple[int, int] | None = None,
    ) -> None:
        self.counts: dict[Any, tuple[int, int]] = dict(counts)
        self.hidden: int = hidden
        self.cut: int = cut
        self.lengths: tuple[int, int] | None = lengths

    @property
    def count(self) -> int:
        """How many values there are."""
        listed: int = sum(count for count, _ in self.counts.values())
        return listed + self.hidden

    def merge(self, other: Texts) -> Texts:
        """Return the distribution of the values of both."""
        counts = {
            value: (
                self.counts.get(value, (0, 0))[0] + other.counts.get(value, (0, 0))[0],
                self.counts.get(value, (0, self.cut))[1]
                + other.counts.get(value, (0, other.cut))[1],
            )
            for value in {**self.counts, **other.counts}
        }
        ends = [each for each in (self.lengths, other.lengths) if each is not None]
        lengths = (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
        return Texts(counts, self.hidden + other.hidden, self.cut + other.cut, lengths)

    def distinct(self) -> Between:
        """Return how many different values there are."""
        return Between(len(self.counts), len(self.counts) + self.hidden)

    def top(self) -> list[ValueCount]:
        """Return the values, the most frequent first."""
        counts = [
            ValueCount(value, Between(count, count + min(more, self.hidden)))
            for value, (count, more) in self.counts.items()
        ]
        return sorted(counts, key=lambda one: (-one.count.least, str(one.value)))

    def document(self) -> dict[str, Any]:
        """Return the distribution as plain JSON."""
        ordered = sorted(self.counts.items(), key=lambda one: (-one[1][0], str(one[0])))
        values = [[value, *counts] for value, counts in ordered]
        lengths = None if self.lengths is None else list(self.lengths)
        return {"values": values, "hidden": self.hidden, "cut": self.cut, "lengths": lengths}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Texts:
        """Return the distribution of a document.

        Raises
        ------
        DistributionError
            If it has counts that no values have.
        """
        counts: dict[Any, tuple[int, int]] = {}
        hidden, cut, lengths = (document[key] for key in ("hidden", "cut", "lengths"))
        for place, (value, count, more) in enumerate(document["values"]):
            if value in counts:
                raise DistributionError(("values", place), "met once", value)
            if more > cut:
                raise DistributionError(("values", place, 2), f"at most cut, {cut}", more)
            counts[value] = count, more
        if cut > hidden:
            raise DistributionError(("cut",), f"at most hidden, {hidden}", cut)
        if lengths is not None and lengths[0] > lengths[1]:
            raise DistributionError(("lengths",), "in order", lengths)
        return cls(counts, hidden, cut, None if lengths is None else tuple(lengths))


Distribution = Union[Numbers, Texts, Times]


def key_of(number: float) -> int:
    """Return the number of the bin of a number: the top bits of its float64, with its sign."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", number))
    key: int = (bits & (_HIGHEST_BIT - 1)) >> BIN_BITS
    return -key if bits & _HIGHEST_BIT else key


def numbers_in_bins(bins: Callable[[], Iterable[tuple[int, int, float, float]]]) -> Numbers:
    """Return the distribution of numbers that were counted: by the number of a bin, what it has."""
    return Numbers(lambda: joined((key, Bin(rows, low, high)) for key, rows, low, high in bins()))


def numbers_of(values: Iterable[Any]) -> Numbers:
    """Return the distribution of Python numbers, none of which is missing."""
    counts = Counter(map(_as_float, values)).items()
    return Numbers(joined((key_of(each), Bin(count, each, each)) for each, count in counts))


def texts_of(counts: Sequence[tuple[Any, int]], rows: int, lengths: Any = None) -> Texts:
    """Return the distribution of values that were counted, all or the most frequent first.

    `rows` is how many values there are, those that were not counted included.
    """
    kept, cut = counts[:MOST_TEXTS], counts[MOST_TEXTS : MOST_TEXTS + 1]
    told: Counter[Any] = Counter()
    for value, count in kept:
        told[_as_value(value)] += count
    listed = {value: (count, 0) for value, count in told.items()}
    return Texts(listed, rows - sum(told.values()), cut[0][1] if cut else 0, lengths)


def _as_float(number: Any) -> float:
    try:
        return float(number) + 0.0  # one zero
    except OverflowError:  # an integer beyond the floats
        return float(LARGEST_FLOAT if number > 0 else -LARGEST_FLOAT)


def _as_value(value: Any) -> Any:
    """Return a value as JSON has it."""
    return value if isinstance(value, bool) else str(value)[:LONGEST_TEXT]


def _floor(bins: Mapping[int, Bin]) -> int:
    """Return the bin, counted from zero, nearer than which bins are too many to be kept."""
    apart = sorted((abs(key) for key in bins if key), reverse=True)
    return apart[MOST_BINS - 1] + 1 if len(apart) >= MOST_BINS else 0
