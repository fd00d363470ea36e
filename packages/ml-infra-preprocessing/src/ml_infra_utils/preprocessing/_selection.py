"""Percentiles of NumPy arrays: selected, not sorted, and in one pass where values are many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._affine import Statistics, between, rank_of
from ml_infra_utils.preprocessing._numpy import BLOCK, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# Fewer values are partitioned at once.
_FEW = 16 * 1024
# The largest sample that brackets an order statistic.
_SAMPLE = 32 * 1024


def bounds(x: np.ndarray, lower: float, upper: float, method: str) -> Statistics:
    """Return count, missing, and two percentiles as low and high, of shape (n,) or (n, p)."""
    if x.ndim == 1:
        return _bounds(x, lower, upper, method)
    together = max(1, BLOCK // len(x)) if len(x) < _FEW else 1
    groups = (x[:, start : start + together] for start in range(0, x.shape[1], together))
    each = [_bounds(group, lower, upper, method)[:4] for group in groups]
    return Statistics(*map(np.concatenate, zip(*each)))


def _bounds(x: np.ndarray, lower: float, upper: float, method: str) -> Statistics:
    if x.ndim == 2 and x.shape[1] == 1:
        return Statistics(*map(np.atleast_1d, _bounds(x[:, 0], lower, upper, method)[:4]))
    missing: Any = 0
    ends = _percentiles(x, len(x), lower, upper, method)
    if ends is None:
        missing = sum(np.count_nonzero(np.isnan(x[rows]), axis=0) for rows in rows_of(x))
        if x.ndim == 2:
            each = [_bounds(column, lower, upper, method)[:4] for column in x.T]
            return Statistics(*map(np.array, zip(*each)))
        ends = _percentiles(x, len(x) - missing, lower, upper, method)
    found = (len(x) - missing, missing, *(ends or (np.nan, np.nan)))
    return Statistics(*(found if x.ndim == 1 else np.broadcast_arrays(*found)))


def _percentiles(
    x: np.ndarray, count: int, lower: float, upper: float, method: str
) -> list[Any] | None:
    """Return two percentiles of the `count` values that are not missing; None if less are not."""
    if not count:
        return None
    places = [rank_of(count, p, method) for p in (lower, upper)]
    ranks = sorted({rank + i for rank, fraction in places for i in range(2 if fraction else 1)})
    found = _order_statistics(x, ranks, count)
    if found is None:
        return None
    at = dict(zip(ranks, found))
    return [
        between(np.float64(at[rank]), np.float64(at[rank + 1]), fraction, np)
        if fraction
        else at[rank]
        for rank, fraction in places
    ]


def _order_statistics(x: np.ndarray, ranks: Sequence[int], count: int) -> list[Any] | None:
    """Return the `ranks`-th smallest (from 1) of `count` values; None if less are not missing.

    Of shape (n, p) every feature has its own. A random sample brackets each rank within 3.5
    standard errors. One pass counts what is not above the low end of a bracket and collects what
    lies strictly within.
    """
    if len(x) < _FEW or x.ndim == 2:
        if count == len(x) and np.isnan(np.minimum.reduce(x, axis=None)):
            return None
        return _partitioned(x, ranks)
    size = min(_SAMPLE, x.size // 64)
    sample = x[np.random.default_rng(0).integers(0, x.size, size)]
    sample = sample[sample == sample]
    places = []
    for rank in ranks:
        share = rank / count
        margin = 3.5 * math.sqrt(share * (1 - share) * sample.size) + 2
        places += [int(share * sample.size - margin), int(share * sample.size + margin)]
    sample.partition(np.array([at for at in places if 0 <= at < sample.size], int))
    least, most = _ends_of(x.dtype)
    ends = [least if at < 0 else most if at >= sample.size else sample[at] for at in places]
    brackets = [_Bracket(*each) for each in zip(ranks, ends[::2], ends[1::2])]
    masks = np.empty((2, BLOCK // 2), bool)
    for start in range(0, x.size, BLOCK // 2):
        block = x[start : start + BLOCK // 2]
        if count == len(x) and np.isnan(np.minimum.reduce(block)):
            return None
        for bracket in brackets:
            bracket.take(block, *masks[:, : block.size])
    return [bracket.value(x) for bracket in brackets]


def _ends_of(dtype: Any) -> tuple[Any, Any]:
    if dtype.kind == "f":
        return dtype.type(-np.inf), dtype.type(np.inf)
    return dtype.type(np.iinfo(dtype).min), dtype.type(np.iinfo(dtype).max)


class _Bracket:
    """What is known of an order statistic: two ends, what lies below and what within."""

    def __init__(self, rank: int, low: Any, high: Any) -> None:
        self.rank, self.low, self.high = rank, low, high
        self.upto: Any = 0
        self.within = [np.empty(0, low.dtype)]

    def take(self, block: np.ndarray, not_above: np.ndarray, inside: np.ndarray) -> None:
        np.less_equal(block, self.low, out=not_above)
        self.upto += np.count_nonzero(not_above)
        if self.low < self.high:
            np.less(block, self.high, out=inside)
            np.not_equal(inside, not_above, out=inside)
            self.within.append(block.compress(inside))

    def value(self, x: np.ndarray) -> Any:
        rank, upto, within = self.rank, self.upto, np.concatenate(self.within)
        if upto < rank <= upto + within.size:
            return _partitioned(within, [rank - upto])[0]
        # Ties at an end of the bracket; else the sample has misled, and all is partitioned.
        end = self.low if rank <= upto else self.high
        below = sum(np.count_nonzero(x[rows] < end) for rows in rows_of(x))
        if below < rank <= below + sum(np.count_nonzero(x[rows] == end) for rows in rows_of(x)):
            return end
        return _partitioned(x, [rank])[0]


def _partitioned(x: np.ndarray, ranks: Sequence[int]) -> list[Any]:
    places = [rank - 1 for rank in ranks]
    return list(np.partition(x, places, axis=0)[places])
