"""NumPy kernels: by blocks that stay in the cache, so that memory beyond the result stays small.

Each takes samples along axis 0: shape (n,), with Python scalars for statistics, or (n, p), with
arrays of shape (p,). Missing values (NaN) are left out of every statistic.
"""

from __future__ import annotations

import math

import numpy as np

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from ml_infra_utils.preprocessing._affine import Step

# Elements of a block: 1 MiB of float64, what a core's second-level cache holds.
BLOCK = 128 * 1024
# Elements of a row whose moments are taken at once: OpenBLAS starts threads for longer dots.
_ROW = 8 * 1024
# Short rows are viewed as longer ones, since a ufunc pays for every row that it starts.
_TILED = 4 * 1024
_FLOAT64 = np.dtype(np.float64)
_minimum, _maximum, _sum = np.minimum.reduce, np.maximum.reduce, np.add.reduce
# Deviations within these bounds have squares that neither overflow nor lose digits.
_SAFE = (1e-140, 1e150)
# The largest sample that brackets an order statistic.
_SAMPLE = 32 * 1024

_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "clip": np.clip,
    "divide": np.divide,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "subtract": np.subtract,
}


def _offset(x: np.ndarray, origin: Any, out: np.ndarray, dtype: Any = None) -> None:  # noqa: ARG001
    """Subtract from 64-bit integers exactly: unsigned arithmetic wraps around to what is right."""
    start = np.uint64(origin % 2**64) if isinstance(origin, int) else origin.view(np.uint64)
    out[...] = x.view(np.uint64) - start


_UFUNCS["offset"] = _offset


def apply(x: np.ndarray, steps: Sequence[Step], out: np.ndarray) -> None:
    """Write into `out` what the steps, each a name of a ufunc and its operands, make of `x`."""
    if x.dtype is _FLOAT64 is out.dtype and x.ndim == 1:
        for source, target in _pairs(x, out):
            for name, *operands in steps:
                _UFUNCS[name](source, *operands, out=target)
                source = target
        return
    # Affine steps work in float64 whatever the float dtype is; clipped values keep their dtype.
    wide = np.result_type(out.dtype, np.float64) if out.dtype.kind == "f" else out.dtype
    scratch = None if out.dtype == wide else np.empty(min(out.size, BLOCK), wide)
    for source, result, fit in _matched(x, out):
        target = result if scratch is None else scratch[: result.size].reshape(result.shape)
        for name, *operands in steps:
            _UFUNCS[name](source, *map(fit, operands), out=target, dtype=wide)
            source = target
        if target is not result:
            result[...] = target


def extrema(x: np.ndarray) -> tuple[Any, Any, Any, Any]:
    """Return count, missing, minimum and maximum, the two NaN where every value is missing."""
    if x.ndim == 1 and x.size <= BLOCK:
        low, high = _minimum(x).item(), _maximum(x).item()
        if low == low:
            return x.size, 0, low, high
    low, high = _extrema(x, np.minimum, np.maximum)
    if x.dtype.kind != "f" or not (low != low if x.ndim == 1 else np.isnan(low).any()):
        return len(x), 0, low, high
    missing = sum(np.count_nonzero(np.isnan(x[rows]), axis=0) for rows in rows_of(x))
    return (len(x) - missing, missing, *_extrema(x, np.fmin, np.fmax))


def count_missing(x: np.ndarray) -> int:
    """Return the number of NaN of `x`, of shape (n,)."""
    if x.dtype.kind != "f" or not any(np.isnan(np.minimum.reduce(x[rows])) for rows in rows_of(x)):
        return 0
    return sum(int(np.count_nonzero(np.isnan(x[rows]))) for rows in rows_of(x))


def moments(x: np.ndarray, origin: Any = None) -> tuple[Any, Any, Any, Any]:
    """Return count, missing, mean and sample standard deviation (0 for a single value).

    Blocks are combined as by Chan, Golub and LeVeque (1983). Where squares would overflow or
    underflow, or the mean is so large that its rounding spoils the deviation, a second pass
    takes the values relative to their minimum. Of infinite data the mean is not finite.
    """
    if origin is not None:
        count, mean, deviation = _moments(x, [("offset", origin)])
        return count, 0, mean, deviation
    if (short := short_moments(x)) is not None:
        return x.size, 0, *short[:2]
    with np.errstate(all="ignore"):
        count, mean, deviation = _moments(x)
        if x.ndim == 1:
            safe = max(_SAFE[0], 1e-7 * abs(mean)) < deviation < _SAFE[1]
        else:
            floor = np.maximum(_SAFE[0], 1e-7 * np.abs(mean))
            safe = bool(((floor < deviation) & (deviation < _SAFE[1])).all())
        if safe:
            return count, len(x) - count, mean, deviation
        count, missing, low, high = extrema(x)
        finite = np.isfinite(low) & np.isfinite(high)
        start, end = np.where(finite, low, 0.0), np.where(finite, high, 0.0)
        exponent = np.frexp(np.maximum(np.abs(start), np.abs(end)))[1]
        unit = np.ldexp(1.0, np.clip(-exponent, -1000, 1000))
        _, mean, deviation = _moments(x, [("multiply", unit), ("subtract", start * unit)])
        mean = np.where(finite, (start * unit + mean) / unit, np.nan)
        deviation = np.where(finite, deviation / unit, np.nan)
        if x.ndim == 1:
            mean, deviation = mean.item(), deviation.item()
        return count, missing, mean, deviation


def short_moments(x: np.ndarray) -> tuple[float, float, np.ndarray] | None:
    """Return mean, sample deviation and each deviation of few values; None where care is due."""
    if x.ndim != 1 or not 1 < x.size <= _ROW or x.dtype is not _FLOAT64:
        return None
    with np.errstate(all="ignore"):
        mean = _sum(x).item() / x.size
        deviations = np.subtract(x, mean, subok=False)
        deviation = math.sqrt(deviations.dot(deviations) / (x.size - 1))
    # Neither holds where a value is missing or infinite.
    if _SAFE[0] < deviation < _SAFE[1] and 1e-7 * abs(mean) < deviation:
        return mean, deviation, deviations
    return None


def order_statistics(x: np.ndarray, ranks: Sequence[int], count: int) -> list[Any]:
    """Return the `ranks`-th smallest (from 1) of the `count` values of `x`, of shape (n,).

    A sorted sample brackets each rank within four standard errors. One pass counts what is not
    above the low end of a bracket and collects what lies strictly within.
    """
    size = min(_SAMPLE, x.size // 128)
    if size < 128:
        return _partitioned(x, ranks)
    sample = x[np.random.default_rng(0).integers(0, x.size, size)]
    sample = np.sort(sample[sample == sample])
    brackets = [_Bracket(rank, rank / count, sample) for rank in ranks]
    masks = np.empty((2, BLOCK // 2), bool)
    for start in range(0, x.size, BLOCK // 2):
        block = x[start : start + BLOCK // 2]
        for bracket in brackets:
            bracket.take(block, *masks[:, : block.size])
    return [bracket.value(x) for bracket in brackets]


class _Bracket:
    """What is known of an order statistic: two ends, what lies below and what within."""

    def __init__(self, rank: int, share: float, sample: np.ndarray) -> None:
        margin = 4 * math.sqrt(share * (1 - share) * sample.size) + 2
        left, right = int(share * sample.size - margin), int(share * sample.size + margin)
        if sample.dtype.kind == "f":
            least, most = -np.inf, np.inf
        else:
            least, most = np.iinfo(sample.dtype).min, np.iinfo(sample.dtype).max
        self.rank = rank
        self.low = sample[left] if left >= 0 else sample.dtype.type(least)
        self.high = sample[right] if right < sample.size else sample.dtype.type(most)
        self.upto: Any = 0
        self.within = [sample[:0]]

    def take(self, block: np.ndarray, not_above: np.ndarray, inside: np.ndarray) -> None:
        np.less_equal(block, self.low, out=not_above)
        self.upto += np.count_nonzero(not_above)
        if self.low < self.high:
            np.less(block, self.high, out=inside)
            np.not_equal(inside, not_above, out=inside)
            self.within.append(block[inside])

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
    return list(np.partition(x, places)[places])


def _extrema(x: np.ndarray, minimum: np.ufunc, maximum: np.ufunc) -> tuple[Any, Any]:
    if x.ndim == 1:
        lows, highs = [], []
        for rows in rows_of(x):
            block = x[rows]
            lows.append(minimum.reduce(block))
            highs.append(maximum.reduce(block))
        return minimum.reduce(lows).item(), maximum.reduce(highs).item()
    low = high = x[0]
    for rows in rows_of(x):
        lanes, tile = _lanes(x[rows])
        for_features = (tile, x.shape[1])
        lows, highs = (f.reduce(lanes, axis=0).reshape(for_features) for f in (minimum, maximum))
        low, high = minimum(low, minimum.reduce(lows)), maximum(high, maximum.reduce(highs))
    return low, high


def _moments(x: np.ndarray, steps: Sequence[Step] = ()) -> tuple[Any, Any, Any]:
    """Return count, mean and deviation of what the steps make of `x`."""
    scratch = np.empty(min(x.size, BLOCK))
    deviations = np.empty(min(x.size, BLOCK))
    if x.ndim == 1:
        parts = []
        for rows in rows_of(x):
            block = _float64(x[rows], steps, scratch)
            whole = block.size // _ROW * _ROW
            both = (block[:whole].reshape(-1, _ROW), block[whole:].reshape(1, -1))
            parts += [_lane_moments(lanes, 1, deviations) for lanes in both if lanes.size]
        n, mean, squares = _combined(*map(np.concatenate, zip(*parts)))
        return n.item(), (mean if n else np.float64("nan")).item(), _deviation(n, squares).item()
    if x.flags.f_contiguous and len(x) >= _ROW:
        each = [[(name, operand[i]) for name, operand in steps] for i in range(x.shape[1])]
        return tuple(map(np.array, zip(*map(_moments, x.T, each))))  # type: ignore[return-value]
    groups = []
    for columns in _column_groups(x):
        group = x[:, columns]
        fitted = [(name, operand[columns]) for name, operand in steps]
        total: Any = (np.zeros((1, group.shape[1])),) * 3
        for rows in rows_of(group):
            lanes, tile = _lanes(_float64(group[rows], fitted, scratch))
            part = (a.reshape(tile, -1) for a in _lane_moments(lanes, 0, deviations))
            total = tuple(a[None] for a in _combined(*map(np.vstack, zip(total, part))))
        groups.append(total)
    n, mean, squares = (np.concatenate(a, axis=1)[0] for a in zip(*groups))
    return n.astype(np.int64), np.where(n, mean, np.nan), _deviation(n, squares)


def _lane_moments(
    lanes: np.ndarray, axis: int, scratch: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return count, mean and sum of squared deviations along an axis of (r, w) values."""
    count: Any = lanes.shape[axis]
    total = np.add.reduce(lanes, axis=axis, keepdims=True)
    missing = None
    if not np.isfinite(total).all():
        missing = np.isnan(lanes)
        count = count - np.count_nonzero(missing, axis=axis, keepdims=True)
        total = np.add.reduce(lanes, axis=axis, keepdims=True, where=~missing)
    mean = total / np.maximum(count, 1)
    deviations = scratch[: lanes.size].reshape(lanes.shape)
    np.subtract(lanes, mean, out=deviations)
    if missing is not None:
        deviations[missing] = 0
    if axis == 1:  # a matrix product of rows by themselves, which BLAS does at full speed
        squares = np.matmul(deviations[:, None, :], deviations[:, :, None]).ravel()
    else:
        squares = np.einsum("ij,ij->j", deviations, deviations)
    return np.broadcast_to(count, mean.shape).ravel(), mean.ravel(), squares


def _combined(
    counts: np.ndarray, means: np.ndarray, squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Combine moments along axis 0."""
    n = counts.sum(axis=0)
    mean = (counts * means).sum(axis=0) / np.maximum(n, 1)
    return n, mean, squares.sum(axis=0) + (counts * (means - mean) ** 2).sum(axis=0)


def _deviation(n: np.ndarray, squares: np.ndarray) -> np.ndarray:
    deviation: np.ndarray = np.sqrt(squares / np.maximum(n - 1, 1))
    return deviation


def _float64(block: np.ndarray, steps: Sequence[Step], scratch: np.ndarray) -> np.ndarray:
    if not steps and block.dtype == np.float64:
        return block if block.ndim == 2 or block.flags.c_contiguous else block.copy()
    result = scratch[: block.size].reshape(block.shape)
    if steps:
        apply(block, steps, result)
    else:
        result[...] = block
    return result


def rows_of(x: np.ndarray, reverse: bool = False) -> Iterator[slice]:
    """Yield the slices of axis 0 that make blocks.

    What is written comes in reverse, since the end, read last, may still be in the cache.
    """
    height = BLOCK
    if x.ndim == 2:
        tile = _tile(x.shape[1])
        height = max(1, BLOCK // x.shape[1] // tile * tile)
    starts = range(0, len(x), height)
    for start in reversed(starts) if reverse else starts:
        yield slice(start, start + height)


def _column_groups(x: np.ndarray) -> Iterator[slice]:
    for start in range(0, x.shape[1], _ROW):
        yield slice(start, start + _ROW)


def _tile(width: int) -> int:
    return 1 << max(0, (_TILED // width).bit_length() - 1)


def _lanes(block: np.ndarray) -> tuple[np.ndarray, int]:
    """View (r, w) as (r / tile, tile * w), where the memory allows it."""
    if not block.flags.c_contiguous:
        return block, 1
    tile = math.gcd(len(block), _tile(block.shape[1]))
    return block.reshape(-1, tile * block.shape[1]), tile


def _pairs(x: np.ndarray, out: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    if x.size <= BLOCK:
        return ((x, out),)
    return ((x[rows], out[rows]) for rows in rows_of(x, reverse=True))


def _matched(
    x: np.ndarray, out: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, Callable[[Any], Any]]]:
    """Yield blocks of `x` and `out`, and what fits an operand of shape (p,) to them."""
    if x.ndim == 1:
        for rows in rows_of(x, reverse=True):
            yield x[rows], out[rows], lambda operand: operand
        return
    fitted: dict[tuple[int, int, int], np.ndarray] = {}
    for columns in _column_groups(x):
        for rows in rows_of(x[:, columns], reverse=True):
            (source, tile), (result, result_tile) = (
                _lanes(x[rows, columns]),
                _lanes(out[rows, columns]),
            )
            if tile != result_tile:
                source, result, tile = x[rows, columns], out[rows, columns], 1

            def fit(operand: Any, columns: slice = columns, tile: int = tile) -> Any:
                if np.ndim(operand) == 0:
                    return operand
                key = (id(operand), columns.start, tile)
                if key not in fitted:
                    fitted[key] = np.tile(operand[columns], tile)
                return fitted[key]

            yield source, result, fit
