"""Percentiles of NumPy arrays, without sorting.

Few values are partitioned. Of many values, a random sample gives two bounds that a percentile
probably lies between; one reading of all values counts those up to the lower bound, and keeps
those between the two. The percentile is found among them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._formulas import interpolate, rank_of
from ml_infra_utils.preprocessing._kernels.blocks import blocks_of, parts
from ml_infra_utils.preprocessing._limits import BLOCK, KEPT, READINGS, SAMPLE, SELECTED_LENGTH
from ml_infra_utils.preprocessing._statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def bounds(x: np.ndarray, axis: int | None, lower: float, upper: float, method: str) -> Statistics:
    """Return count, missing, and two percentiles as low and high.

    Samples lie along axis 0. If `axis` is None, or there is no other axis, all values are one
    sample.
    """

    def places(count: int) -> list[tuple[int, float]]:
        return [rank_of(count, percent, method) for percent in (lower, upper)]

    if x.ndim == 1 or axis is None:
        return _bounds(x, places)
    if len(x) < SELECTED_LENGTH:
        each = [
            _bounds_of_columns(part.reshape(len(x), -1), places)
            for (part,), _ in parts(x, most=max(1, BLOCK // len(x)))
        ]
    else:
        columns = (_bounds(part.reshape(-1), places)[:4] for (part,), _ in parts(x, most=1))
        each = [tuple(np.atleast_1d(figure) for figure in column) for column in columns]
    return Statistics(*map(np.concatenate, zip(*each)))


def _bounds_of_columns(
    x: np.ndarray, places: Callable[[int], list[tuple[int, float]]]
) -> tuple[np.ndarray, ...]:
    """Return the bounds of columns; columns with equally many missing values are taken together."""
    if not np.isnan(np.minimum.reduce(x, axis=None)):
        return tuple(np.broadcast_arrays(len(x), 0, *_partitioned(x, places(len(x)))))
    counts = len(x) - np.count_nonzero(np.isnan(x), axis=0)
    chosen, ends = [], []
    for count in np.unique(counts).tolist():
        chosen.append(np.flatnonzero(counts == count))
        some = x[:, chosen[-1]]
        ends.append(_partitioned(some, places(count)) if count else [some[0], some[0]])
    order = np.argsort(np.concatenate(chosen))
    low, high = (np.concatenate(each)[order] for each in zip(*ends))
    return counts, len(x) - counts, low, high


def _bounds(x: np.ndarray, places: Callable[[int], list[tuple[int, float]]]) -> Statistics:
    """Return the bounds of all values of an array of any shape."""
    count = x.size
    ends = _percentiles(x, places(count), count) if count else None
    if ends is None:
        count -= sum(int(np.count_nonzero(np.isnan(block))) for block in blocks_of(x))
        if not count:
            return Statistics(0, x.size, np.nan, np.nan)
        ends = _percentiles(x, places(count), count)
    return Statistics(count, x.size - count, *ends)


def _percentiles(x: np.ndarray, places: Sequence[tuple[int, float]], count: int) -> Any:
    """Return what lies at places among `count` values; None if more of the values are missing."""
    if x.size < SELECTED_LENGTH:
        values = x.reshape(-1)
        is_incomplete = count == x.size and np.isnan(np.minimum.reduce(values))
        return None if is_incomplete else _partitioned(values, places)
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, x.size, min(SAMPLE, x.size // 64))
    sample = x[drawn if x.ndim == 1 else np.unravel_index(drawn, x.shape)]
    if count < x.size:
        sample = sample[sample == sample]
    elif np.isnan(np.minimum.reduce(sample)):
        return None
    searches = {place: _Search(place, sample, count) for place in places}
    readings = 0
    while active := [search for search in searches.values() if search.ranks]:
        if readings == READINGS:
            return _partitioned(x.reshape(-1), places)
        readings += 1
        if not _read(x, active, count == x.size, rng):
            return None
    return [searches[place].percentile() for place in places]


def _read(
    x: np.ndarray, searches: Sequence[_Search], whole: bool, rng: np.random.Generator
) -> bool:
    """Show all values to the searches.

    If they are the `whole`, none of them may be missing: then return False at the first one.
    """
    masks = np.empty((2, BLOCK), bool)
    for search in searches:
        search.begin()
    for block in blocks_of(x):
        for search in searches:
            within = search.within(block, whole, *masks[:, : block.size])
            if whole and x.dtype.kind == "f" and np.count_nonzero(np.isnan(within)):
                return False
            search.keep(within, rng)
    for search in searches:
        search.end(x)
    return True


def _partitioned(x: np.ndarray, places: Sequence[tuple[int, float]]) -> list[Any]:
    ranks = sorted({rank for place in places for rank in _ranks_of(*place)})
    indices = [rank - 1 for rank in ranks]
    values = dict(zip(ranks, np.partition(x, indices, axis=0)[indices]))
    return [_mixed([values[rank] for rank in _ranks_of(*place)], place[1]) for place in places]


def _ranks_of(rank: int, fraction: float) -> list[int]:
    return [rank, rank + 1] if fraction else [rank]


def _mixed(values: Sequence[Any], fraction: float) -> Any:
    if not fraction:
        return values[0]
    low, high = (np.asarray(value, np.float64) for value in values)
    return interpolate(low, high, fraction, np)


class _Search:
    """The search for one percentile: which ranks are not found yet, and a sample around them.

    `count` values lie strictly between two ends, the sample is drawn from these, and `below` values
    are not above the lower end.
    """

    def __init__(self, place: tuple[int, float], sample: np.ndarray, count: int) -> None:
        self.ranks = _ranks_of(*place)
        self.fraction = place[1]
        self.found: dict[int, Any] = {}
        self.sample, self.below, self.count = sample, 0, count
        self.ends = _ends_of(sample.dtype)
        # The margin in standard errors. A wider one would cost more in each reading than a second
        # reading costs, which is seldom needed.
        self.errors = 2.5

    def percentile(self) -> Any:
        """Return the percentile, once the values of all ranks are found."""
        return _mixed([self.found[rank] for rank in sorted(self.found)], self.fraction)

    def begin(self) -> None:
        """Choose two values of the sample, or the ends, that the ranks probably lie between."""
        size = self.sample.size
        at = []
        for rank, way in ((self.ranks[0], -1), (self.ranks[-1], 1)):
            share = (rank - self.below) / self.count
            margin = self.errors * math.sqrt(share * (1 - share) * size) + 2
            at.append(int(share * size + way * margin))
        self.sample.partition(np.array([place for place in at if 0 <= place < size], int))
        self.low, self.high = (
            self.sample[place] if 0 <= place < size else end for place, end in zip(at, self.ends)
        )
        self.kept_share = min(1.0, KEPT * max(1, size) / ((at[1] - at[0]) * self.count))
        self.upto = self.n_within = 0
        self.kept: list[np.ndarray] = []

    def within(
        self, block: np.ndarray, whole: bool, not_above: np.ndarray, inside: np.ndarray
    ) -> np.ndarray:
        """Count the values up to the lower bound, and return those between the bounds.

        In a block that is `whole`, missing values are returned too, so that they are noticed.
        """
        np.less_equal(block, self.low, out=not_above)
        self.upto += int(np.count_nonzero(not_above))
        if whole:  # neither up to the lower bound, nor from the upper bound on: NaN is neither
            exceed = np.greater_equal if self.low < self.high else np.greater
            np.equal(not_above, exceed(block, self.high, out=inside), out=inside)
        else:  # below the upper bound, but not up to the lower bound: NaN is not below
            np.greater(np.less(block, self.high, out=inside), not_above, out=inside)
        return block.compress(inside)

    def keep(self, values: np.ndarray, rng: np.random.Generator) -> None:
        """Keep values between the bounds, or a share of them if all would be too many."""
        self.n_within += values.size
        self.kept.append(
            values if self.kept_share == 1 else values[rng.random(values.size) < self.kept_share]
        )

    def end(self, x: np.ndarray) -> None:
        """Find the ranks among the values that were kept, or choose where to look next."""
        kept = np.concatenate(self.kept)
        self.kept.clear()
        inside = [rank for rank in self.ranks if 0 < rank - self.upto <= self.n_within]
        if self.kept_share == 1:
            places = np.array([rank - self.upto - 1 for rank in inside], int)
            kept.partition(places)
            self.found.update(zip(inside, kept[places]))
        for rank in set(self.ranks).difference(inside):
            end = self.low if rank <= self.upto else self.high
            first = sum(int(np.count_nonzero(block < end)) for block in blocks_of(x))
            ties = sum(int(np.count_nonzero(block == end)) for block in blocks_of(x))
            if first < rank <= first + ties:
                self.found[rank] = end
        self.ranks = [rank for rank in self.ranks if rank not in self.found]
        if self.kept_share < 1 and self.ranks == inside:
            self.sample, self.below, self.count = kept, self.upto, self.n_within
            self.ends = self.low, self.high
        else:  # if a rank is left, the sample has misled: look again with a wider margin
            self.errors *= 4


def _ends_of(dtype: Any) -> tuple[Any, Any]:
    if dtype.kind == "f":
        return dtype.type(-np.inf), dtype.type(np.inf)
    return dtype.type(np.iinfo(dtype).min), dtype.type(np.iinfo(dtype).max)
