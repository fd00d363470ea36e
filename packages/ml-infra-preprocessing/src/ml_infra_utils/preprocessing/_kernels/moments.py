"""Extrema, means and deviations of arrays, block by block, so that little memory is needed.

Samples lie along axis 0. Statistics of an array of shape (n,), or of all values (axis=None), are
Python numbers; those of an array of more axes are arrays with an entry for each feature. Missing
values (NaN) are left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._kernels.blocks import blocks_of, lanes_of, parts, rows_of
from ml_infra_utils.preprocessing._kernels.integers import is_wide, unsigned
from ml_infra_utils.preprocessing._kernels.transforms import apply
from ml_infra_utils.preprocessing._limits import (
    BLOCK,
    DOT_LENGTH,
    EXACT_INTEGER,
    FAR_FROM_ZERO,
    LARGEST_EXPONENT,
    NEAR_ZERO,
    NEAR_ZERO_LENGTH,
    SAFE_DEVIATIONS,
    WAITING_MEANS,
)
from ml_infra_utils.preprocessing._statistics import Statistics
from ml_infra_utils.preprocessing._values import python_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_infra_utils.preprocessing._formulas import Step

_FLOAT64 = np.dtype(np.float64)
_minimum, _maximum, _sum = np.minimum.reduce, np.maximum.reduce, np.add.reduce


def extrema(x: np.ndarray, axis: int | None = 0) -> Statistics:
    """Return count, missing, minimum and maximum; the latter two are NaN if there is no value."""
    if x.ndim == 1:
        lows: Any = x
        highs: Any = x
        if x.size > BLOCK:
            lows, highs = zip(*((_minimum(block), _maximum(block)) for block in blocks_of(x)))
        low, high = _minimum(lows).item(), _maximum(highs).item()
        if low == low:
            return _relative(Statistics(x.size, 0, low, high), x)
    (ends,) = _passed(x, _Extrema, axis=axis)
    return _relative(ends, x)


def moments(x: np.ndarray, axis: int | None = 0) -> Statistics:
    """Return count, missing, mean and sample standard deviation (0 for a single value).

    If squares overflow or underflow, or the mean is so large that rounding spoils the deviation, a
    second pass takes the values relative to their minimum. Infinite data has no finite mean.
    """
    if (short := short_moments(x)) is not None:
        return Statistics(x.size, 0, mean=short[0], deviation=short[1])
    if is_wide(x):
        return summary(x, axis)
    with np.errstate(all="ignore"):
        (spread,) = _passed(x, _Moments, axis=axis)
        if _is_safe(spread):
            return spread
        return _from_minimum(x, extrema(x, axis), axis)


def summary(x: np.ndarray, axis: int | None = 0) -> Statistics:
    """Return all statistics in one pass, or in two where `moments` takes two."""
    with np.errstate(all="ignore"):
        ends, spread = _passed(x, _Extrema, _Moments, axis=axis)
        ends = _relative(ends, x)
        if ends.origin is None and _is_safe(spread):
            return spread._replace(low=ends.low, high=ends.high)
        return _from_minimum(x, ends, axis)


def _is_safe(spread: Statistics) -> bool:
    """Tell whether moments of one pass have kept their digits."""
    floor = np.maximum(SAFE_DEVIATIONS[0], FAR_FROM_ZERO * np.abs(spread.mean))
    return bool(((floor < spread.deviation) & (spread.deviation < SAFE_DEVIATIONS[1])).all())


def _relative(ends: Statistics, x: np.ndarray) -> Statistics:
    """Return extrema as floats, or relative to an origin if they are integers that floats round."""
    is_one = not isinstance(ends.low, np.ndarray)
    if is_one and x.dtype.kind == "f":
        return ends
    low, high = ends.low, ends.high
    # As floats they may have been rounded down to the limit.
    if is_wide(x) and (np.maximum(low * -1.0, high * 1.0) >= EXACT_INTEGER).any():
        span = high - low if is_one else unsigned(high) - unsigned(low)
        return ends._replace(low=span * 0, high=span, origin=low)
    if is_one:
        return ends._replace(low=float(low), high=float(high))
    wide = np.result_type(x.dtype, np.float64)
    return ends._replace(low=low.astype(wide), high=high.astype(wide))


def _from_minimum(x: np.ndarray, ends: Statistics, axis: int | None) -> Statistics:
    """Return all statistics with moments taken relative to the minimum."""
    if x.dtype.kind == "f" and x.dtype.itemsize > 8:
        largest = np.maximum(np.abs(ends.low), np.abs(ends.high))
        if np.any(np.isfinite(largest) & (largest > np.finfo(np.float64).max)):
            raise ValueError(
                "data must be at most the largest float64, 1.8e308, got larger values; "
                "scale it down first"
            )
    if ends.origin is not None:
        (from_minimum,) = _passed(x, _Moments, axis=axis, steps=[("offset", ends.origin)])
        return ends._replace(mean=from_minimum.mean, deviation=from_minimum.deviation)
    finite = np.isfinite(ends.low) & np.isfinite(ends.high)
    start, end = np.where(finite, ends.low, 0.0) * 1.0, np.where(finite, ends.high, 0.0) * 1.0
    exponent = np.frexp(np.maximum(np.abs(start), np.abs(end)))[1]
    unit = np.ldexp(1.0, np.clip(-exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT))
    steps = [("multiply", unit), ("subtract", start * unit)]
    (from_minimum,) = _passed(x, _Moments, axis=axis, steps=steps)
    deviation = np.where(finite, from_minimum.deviation / unit, np.nan)
    is_huge = np.isinf(deviation)
    half = np.where(is_huge, from_minimum.deviation / (unit * 2), 0.0) if is_huge.any() else None
    # If the values lie close together and far from zero, only a mean relative to an origin has
    # enough digits.
    far = finite & (deviation > 0) & (deviation <= FAR_FROM_ZERO * np.abs(start))
    origin = np.where(far, start, 0.0)
    mean = np.where(far, from_minimum.mean / unit, (start * unit + from_minimum.mean) / unit)
    mean = np.where(finite, mean, np.nan)
    figures: Any = (ends.low - origin, ends.high - origin, mean, deviation)
    figures = (*figures, origin if far.any() else None, half)
    if not isinstance(ends.low, np.ndarray):
        figures = map(python_number, figures)
    return Statistics(ends.count, ends.missing, *figures)


def short_moments(x: np.ndarray) -> tuple[float, float, np.ndarray] | None:
    """Return mean, sample deviation, and each value less the mean, of few and simple values.

    Return None if values are many, missing, infinite or of another type, or if digits are lost.
    """
    if x.ndim != 1 or not 1 < x.size <= BLOCK or x.dtype is not _FLOAT64:
        return None
    with np.errstate(all="ignore"):
        mean = _sum(x).item() / x.size
        deviations = np.subtract(x, mean, subok=False)
        if x.size <= DOT_LENGTH:
            squares = deviations.dot(deviations)
        else:
            rows = (
                deviations[start : start + DOT_LENGTH] for start in range(0, x.size, DOT_LENGTH)
            )
            squares = sum(row.dot(row) for row in rows)
        deviation = math.sqrt(squares / (x.size - 1))
    # The comparisons are false if a value is missing or infinite.
    safe = SAFE_DEVIATIONS[0] < deviation < SAFE_DEVIATIONS[1]
    return (mean, deviation, deviations) if safe and deviation > FAR_FROM_ZERO * abs(mean) else None


def _passed(
    x: np.ndarray, *kinds: Any, axis: int | None = 0, steps: Sequence[Step] = ()
) -> list[Statistics]:
    """Return each kind of statistics of transformed values, in one pass."""
    scratch = np.empty((2 if steps else 1, min(x.size, BLOCK)))

    def measured(
        blocks: Iterable[Any], count: int, steps: Sequence[Step] = (), axis: int = 0
    ) -> list[Any]:
        each = [kind(scratch[0]) for kind in kinds]
        for block in blocks:
            if steps:
                block = _stepped(block, steps, scratch[1])
            elif block.ndim == 2:  # NumPy reduces strided rows value by value
                block = np.ascontiguousarray(block)
            for statistics in each:
                statistics.add(block, axis)
        return [statistics.result(count) for statistics in each]

    if x.ndim == 1 or axis is None:
        parts_of_features = measured(blocks_of(x), x.size, steps)
        return [Statistics(*map(python_number, one)) for one in parts_of_features]
    parts_of_features = []
    for (part,), features in parts(x):
        if part.strides[0] == part.itemsize and len(part) >= DOT_LENGTH:
            for i, place in enumerate(np.ndindex(part.shape[1:]), features.start):
                column = part[(slice(None), *place)]
                one = measured(blocks_of(column), len(x), _of_features(steps, i))
                parts_of_features.append(one)
        elif part.ndim == 2 and part.strides[0] == part.itemsize and not steps:
            columns, together = part.T, max(1, BLOCK // len(part))
            for start in range(0, len(columns), together):
                some = columns[start : start + together]
                parts_of_features.append(measured([some], len(x), axis=1))
        else:
            width = features.stop - features.start
            blocks = (part[rows].reshape(-1, width) for rows in rows_of(part))
            parts_of_features.append(measured(blocks, len(x), _of_features(steps, features)))
    return [Statistics(*map(_joined, zip(*each))) for each in zip(*parts_of_features)]


class _Extrema:
    """Minimum and maximum of blocks, and how many values are missing.

    Blocks have shape (n,) or (n, p), or (p, n) with the samples along axis 1.
    """

    def __init__(self, _scratch: np.ndarray) -> None:
        self.shape: tuple[int, ...] = ()
        self.missing: Any = 0
        self.ends: dict[int, list[Any]] = {}  # by the length of the rows that were reduced

    def add(self, block: np.ndarray, axis: int) -> None:
        self.shape = block.shape[:1] if axis else block.shape[1:]
        lanes = block if axis else lanes_of(block)
        ends = [f.reduce(lanes, axis=axis) for f in (np.minimum, np.maximum)]
        if block.dtype.kind == "f" and np.isnan(ends[0]).any():
            self.missing = self.missing + np.count_nonzero(np.isnan(block), axis=axis)
            ends = [f.reduce(lanes, axis=axis) for f in (np.fmin, np.fmax)]
        known = self.ends.get(ends[0].size, ends)
        self.ends[ends[0].size] = [f(*two) for f, *two in zip((np.fmin, np.fmax), known, ends)]

    def result(self, count: int) -> tuple[Any, ...]:
        shape = (-1, *self.shape)
        low, high = (
            f.reduce(np.concatenate([end.reshape(shape) for end in ends]), axis=0)
            for f, ends in zip((np.fmin, np.fmax), zip(*self.ends.values()))
        )
        missing = np.broadcast_to(self.missing, low.shape)
        return count - missing, missing, low, high


class _Moments:
    """Count, mean and sum of squared deviations of blocks, which are as those of `_Extrema`.

    Those of short rows are combined by the formula of Chan, Golub and LeVeque (1983).
    """

    def __init__(self, scratch: np.ndarray) -> None:
        self.shape: tuple[int, ...] = ()
        self.scratch = scratch
        self.parts: list[tuple[np.ndarray, ...]] = []
        self.is_near = True  # whether all means so far were near to zero

    def add(self, block: np.ndarray, axis: int) -> None:
        self.shape = block.shape[:1] if axis else block.shape[1:]
        if block.dtype != np.float64 or not block.flags.c_contiguous:
            wide = self.scratch[: block.size].reshape(block.shape)
            wide[...] = block
            block = wide
        if block.ndim == 2:
            self._add_lanes(block if axis else lanes_of(block), axis)
            return
        whole = block.size // DOT_LENGTH * DOT_LENGTH
        for lanes in (block[:whole].reshape(-1, DOT_LENGTH), block[whole:].reshape(1, -1)):
            if lanes.size:
                self._add_lanes(lanes, 1)

    def _add_lanes(self, lanes: np.ndarray, axis: int) -> None:
        total = np.add.reduce(lanes, axis=axis)
        count, missing = np.full(total.shape, lanes.shape[axis]), None
        if not np.isfinite(total).all():
            missing = np.isnan(lanes)
            count -= np.count_nonzero(missing, axis=axis)
            total = np.add.reduce(lanes, axis=axis, where=~missing)
        mean = total / np.maximum(count, 1)
        if self.is_near and missing is None and lanes.shape[axis] >= NEAR_ZERO_LENGTH:
            squares = _squares(lanes, axis)
            about_mean = squares - total * mean
            self.is_near = bool((squares <= NEAR_ZERO * about_mean).all())
        else:
            self.is_near = False
        if not self.is_near:
            deviations = self.scratch[: lanes.size].reshape(lanes.shape)
            np.subtract(lanes, mean[:, None] if axis else mean, out=deviations)
            if missing is not None:
                deviations[missing] = 0
            about_mean = _squares(deviations, axis)
        shape = (-1, *self.shape)
        self.parts.append(tuple(a.reshape(shape) for a in (count, mean, about_mean)))
        if len(self.parts) > 1 and len(self.parts) * mean.size > WAITING_MEANS:
            self.parts = [tuple(figure[None] for figure in self._combined())]

    def _combined(self) -> tuple[np.ndarray, ...]:
        counts, means, squares = map(np.concatenate, zip(*self.parts))
        if len(counts) == 1:
            return counts[0], means[0], squares[0]
        count = counts.sum(axis=0)
        start = means[0]
        mean = start + (counts * (means - start)).sum(axis=0) / np.maximum(count, 1)
        return count, mean, squares.sum(axis=0) + (counts * (means - mean) ** 2).sum(axis=0)

    def result(self, count: int) -> tuple[Any, ...]:
        present, mean, squares = self._combined()
        deviation = np.sqrt(squares / np.maximum(present - 1, 1))
        mean = np.where(present, mean, np.nan)
        return present, count - present, None, None, mean, deviation


def _squares(lanes: np.ndarray, axis: int) -> Any:
    """Return the sum of squares of each row, or of each column."""
    if axis == 1:  # a matrix product of each row with itself runs at the full speed of BLAS
        return np.matmul(lanes[:, None, :], lanes[:, :, None]).ravel()
    return np.einsum("ij,ij->j", lanes, lanes)


def _of_features(steps: Sequence[Step], features: Any) -> list[Step]:
    return [(name, operand[features]) for name, operand in steps]


def _stepped(block: np.ndarray, steps: Sequence[Step], scratch: np.ndarray) -> np.ndarray:
    result = scratch[: block.size].reshape(block.shape)
    apply(block, steps, result)
    return result


def _joined(parts: Sequence[Any]) -> Any:
    return None if parts[0] is None else np.concatenate([np.atleast_1d(part) for part in parts])
