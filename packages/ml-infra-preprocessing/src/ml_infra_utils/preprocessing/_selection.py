"""Percentiles of NumPy arrays: selected, not sorted, and in one pass where values are many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._affine import Statistics, between, rank_of
from ml_infra_utils.preprocessing._blocks import BLOCK, blocks_of, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Fewer values are partitioned at once.
_FEW = 16 * 1024
# The largest sample that brackets an order statistic.
_SAMPLE = 32 * 1024


def bounds(x: np.ndarray, axis: int | None, lower: float, upper: float, method: str) -> Statistics:
    """Return count, missing, and two percentiles as low and high.

    Samples lie along axis 0; if `axis` is None, or there is no other, all values are taken as one.
    """
    percents = (lower, upper)
    if x.ndim == 1 or axis is None:
        return _bounds(x, percents, method)
    together = max(1, BLOCK // len(x)) if len(x) < _FEW else 1
    each: list[Any] = []
    for (part,), _ in parts(x, most=together):
        each += _bounds_of_columns(part.reshape(len(x), -1), percents, method)
    return Statistics(*map(np.concatenate, zip(*each)))


def _bounds_of_columns(
    x: np.ndarray, percents: Sequence[float], method: str
) -> list[tuple[np.ndarray, ...]]:
    if x.shape[1] > 1 and not np.isnan(np.minimum.reduce(x, axis=None)):
        ranks, between_them = _ranks(len(x), percents, method)
        low, high = between_them(_partitioned(x, ranks))
        return [np.broadcast_arrays(len(x), 0, low, high)]
    each = (_bounds(column, percents, method)[:4] for column in x.T)
    return [tuple(map(np.atleast_1d, one)) for one in each]


def _bounds(x: np.ndarray, percents: Sequence[float], method: str) -> Statistics:
    """Return the bounds of all values of an array of any shape."""
    count, found = x.size, None
    if count:
        ranks, between_them = _ranks(count, percents, method)
        found = _order_statistics(x, ranks, count)
    if found is None:
        count -= sum(int(np.count_nonzero(np.isnan(block))) for block in blocks_of(x))
        if not count:
            return Statistics(0, x.size, np.nan, np.nan)
        ranks, between_them = _ranks(count, percents, method)
        found = _order_statistics(x, ranks, count)
    return Statistics(count, x.size - count, *between_them(found))


def _ranks(
    count: int, percents: Sequence[float], method: str
) -> tuple[list[int], Callable[[Any], list[Any]]]:
    """Return the ranks of which percentiles are made, and how they are made of their values."""
    places = [rank_of(count, percent, method) for percent in percents]
    ranks = sorted({rank + i for rank, fraction in places for i in range(2 if fraction else 1)})

    def between_them(values: Sequence[Any]) -> list[Any]:
        at = dict(zip(ranks, values))
        return [
            between(np.float64(at[rank]), np.float64(at[rank + 1]), fraction, np)
            if fraction
            else at[rank]
            for rank, fraction in places
        ]

    return ranks, between_them


def _order_statistics(x: np.ndarray, ranks: Sequence[int], count: int) -> list[Any] | None:
    """Return the `ranks`-th smallest (from 1) of `count` values; None if less are not missing."""
    if x.size < _FEW:
        values = x.reshape(-1)
        if count == x.size and np.isnan(np.minimum.reduce(values)):
            return None
        return _partitioned(values, ranks)
    drawn = np.random.default_rng(0).integers(0, x.size, min(_SAMPLE, x.size // 64))
    sample = x[drawn if x.ndim == 1 else np.unravel_index(drawn, x.shape)]
    if count < x.size:
        sample = sample[sample == sample]
    elif np.isnan(np.minimum.reduce(sample)):
        return None
    found: dict[int, Any] = {}
    # What narrow brackets save is more than the second pass of the few ranks that they miss.
    for errors in (2.5, 8.0):
        if left := [rank for rank in ranks if rank not in found]:
            brackets = _brackets(sample, left, count, errors)
            if not _take(x, set(brackets.values()), count):
                return None
            for rank, bracket in brackets.items():
                if (value := bracket.value(rank, x)) is not None:
                    found[rank] = value
    if left := [rank for rank in ranks if rank not in found]:
        found.update(zip(left, _partitioned(x.reshape(-1), left)))
    return [found[rank] for rank in ranks]


def _brackets(
    sample: np.ndarray, ranks: Sequence[int], count: int, errors: float
) -> dict[int, _Bracket]:
    """Bracket each rank by values of a random sample, some standard errors below and above it."""
    places = []
    for rank in ranks:
        share = rank / count
        margin = errors * math.sqrt(share * (1 - share) * sample.size) + 2
        places += [int(share * sample.size - margin), int(share * sample.size + margin)]
    sample.partition(np.array([at for at in places if 0 <= at < sample.size], int))
    least, most = _ends_of(sample.dtype)
    ends = [least if at < 0 else most if at >= sample.size else sample[at] for at in places]
    pairs = list(zip(ends[::2], ends[1::2]))
    each = {pair: _Bracket(*pair) for pair in pairs}  # neighbours may share one
    return {rank: each[pair] for rank, pair in zip(ranks, pairs)}


def _take(x: np.ndarray, brackets: Iterable[_Bracket], count: int) -> bool:
    """Show all values to the brackets, in one pass; False if less than `count` are not missing."""
    masks = np.empty((2, BLOCK), bool)
    for block in blocks_of(x):
        for bracket in brackets:
            within = bracket.take(block, *masks[:, : block.size])
            if x.dtype.kind == "f" and np.isnan(within).any():
                if count == x.size:
                    return False
                within = within[within == within]
            bracket.within.append(within)
    return True


def _ends_of(dtype: Any) -> tuple[Any, Any]:
    if dtype.kind == "f":
        return dtype.type(-np.inf), dtype.type(np.inf)
    return dtype.type(np.iinfo(dtype).min), dtype.type(np.iinfo(dtype).max)


class _Bracket:
    """What is known of order statistics: two ends, what lies below and what within."""

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = low, high
        self.upto: Any = 0
        self.within: list[np.ndarray] = []

    def take(self, block: np.ndarray, not_above: np.ndarray, beyond: np.ndarray) -> np.ndarray:
        """Count what is not above the low end; return what lies strictly within, or is NaN."""
        np.less_equal(block, self.low, out=not_above)
        self.upto += np.count_nonzero(not_above)
        exceed = np.greater_equal if self.low < self.high else np.greater
        exceed(block, self.high, out=beyond)
        return block.compress(np.equal(not_above, beyond, out=beyond))

    def value(self, rank: int, x: np.ndarray) -> Any:
        """Return the `rank`-th smallest value of `x`, all taken before; None if it is elsewhere."""
        upto, within = self.upto, np.concatenate(self.within)
        if upto < rank <= upto + within.size:
            return _partitioned(within, [rank - upto])[0]
        # There may be ties at an end of the bracket; else the sample has misled.
        end = self.low if rank <= upto else self.high
        below = sum(np.count_nonzero(block < end) for block in blocks_of(x))
        if below < rank <= below + sum(np.count_nonzero(block == end) for block in blocks_of(x)):
            return end
        return None


def _partitioned(x: np.ndarray, ranks: Sequence[int]) -> list[Any]:
    places = [rank - 1 for rank in ranks]
    return list(np.partition(x, places, axis=0)[places])
