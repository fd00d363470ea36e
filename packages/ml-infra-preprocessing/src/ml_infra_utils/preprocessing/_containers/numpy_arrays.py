"""The container of a NumPy array."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._containers.base import Container, checked_axis, feature_numbers
from ml_infra_utils.preprocessing._formulas import Scalars
from ml_infra_utils.preprocessing._kernels import bins, moments, percentiles
from ml_infra_utils.preprocessing._kernels.integers import holds
from ml_infra_utils.preprocessing._kernels.transforms import Doubt, apply
from ml_infra_utils.preprocessing._limits import BLOCK
from ml_infra_utils.preprocessing._predicates import Infinite, Missing, Mistyped
from ml_infra_utils.preprocessing._statistics import (
    ColumnPlaces,
    ColumnStatistics,
    Measured,
    Places,
    Statistics,
)
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_infra_utils.preprocessing._containers.base import Suspect
    from ml_infra_utils.preprocessing._distributions import Distribution
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate


def numpy_array(data: Any, axis: int | None, out: Any) -> NumPyArray:
    """Return the container of a NumPy array.

    Raises
    ------
    TypeError
        If it does not hold real numbers, or is masked, or a matrix.
    ValueError
        If it has no axis, or not the one to scale along.
    """
    if type(data) is not np.ndarray:
        if isinstance(data, np.ma.MaskedArray):
            raise TypeError(
                "data must not be masked, got a MaskedArray; pass data.filled(numpy.nan)"
            )
        if isinstance(data, np.matrix):
            raise TypeError("data must be an array, got a numpy.matrix; pass numpy.asarray(data)")
    if data.dtype.kind not in "biuf":
        hint = "; pass data.astype(float) if they are numbers" if data.dtype.kind == "O" else ""
        raise TypeError(f"data must hold real numbers, got an array of dtype {data.dtype}{hint}")
    if data.ndim == 0:
        raise ValueError(f"data must have an axis, got the single value {data!r}")
    return NumPyArray(data, axis, out)


class NumPyArray(Container):
    """A NumPy array of real numbers."""

    xp: Any

    def __init__(self, native: np.ndarray, axis: int | None = 0, out: Any = None) -> None:
        self.native = native
        self.out = out
        self.n_axes = native.ndim
        self.axis = checked_axis(axis, native.ndim)
        self.x = _numbers(native) if native.ndim == 1 else self._samples(native)[0]
        self.is_one = self.n_axes == 1 or axis is None
        self.xp = Scalars if self.is_one else np
        self.layout = self.x.dtype, self.n_axes
        self.n_features = 1 if self.is_one else math.prod(self.x.shape[1:])

    @property
    def is_empty(self) -> bool:
        return not self.native.size

    def extrema(self) -> list[Statistics]:
        extrema = moments.extrema(self.x, self.axis)
        if extrema.origin is not None:  # only a summary needs exact integers
            extrema = extrema._replace(low=extrema.low * 1.0, high=extrema.high * 1.0)
        return [extrema]

    def moments(self) -> list[Statistics]:
        return [moments.moments(self.x, self.axis)]

    def quickly_standardized(self) -> np.ndarray | None:
        if self.out is not None or self.n_axes != 1:
            return None
        short = moments.short_moments(self.x)
        if short is None:
            return None
        _, deviation, deviations = short
        deviations *= 1.0 / deviation
        return deviations

    def summary(self) -> list[ColumnStatistics]:
        return self.measured().columns()

    def measured(self) -> Measured:
        if self.native.ndim > 2:
            raise ValueError(f"data must have one or two axes, got {self.native.ndim}")
        statistics, count = self.all_statistics(), self.n_features
        kind, dtype = str(self.native.dtype), self.x.dtype

        def columns() -> list[ColumnStatistics]:
            each = described_features(statistics[0], count, dtype)
            return [ColumnStatistics(place, kind, one) for place, one in enumerate(each)]

        return Measured(columns, self.layout, statistics)

    def distributions(self) -> list[Distribution | None]:
        columns = [self.x] if self.is_one else self.x.reshape(len(self.x), -1).T
        return list(bins.distributions(columns))

    def all_statistics(self) -> list[Statistics]:
        """Return what `extrema` and `moments` do, extrema of integers from an origin if need be."""
        if self.is_empty:
            return [Statistics(0, 0)]
        return [moments.summary(self.x, self.axis)]

    def features(self, statistics: Sequence[Statistics]) -> Sequence[Statistics]:
        return [of_features(statistics, self.x.dtype)]

    def per_feature(self, statistics: Sequence[Statistics]) -> list[Statistics]:
        each = zip(*(np.broadcast_to(a, self.n_features).tolist() for a in statistics[0][:4]))
        return [Statistics(*one) for one in each]

    def numpy_columns(self) -> list[Any]:
        return list(self.x.T)

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        return [percentiles.bounds(self.x, self.axis, lower, upper, method)]

    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> Any:
        return self._written(steps[0], float_dtype(self.x.dtype), suspect)

    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> Any:
        ((_, _, low, high, *_),) = bounds
        dtype, step = clipped(self.native.dtype, low, high)
        return self._written([step], dtype, suspect)

    def find(self, predicate: Predicate, limit: int) -> Places:
        count = 0
        first: list[tuple[Any, Any]] = []
        for start, mask in masks_of(self.native, predicate):
            number = int(np.count_nonzero(mask))
            count += number
            for place in np.argwhere(mask)[: limit - len(first)] if number else ():
                index = (int(place[0]) + start, *map(int, place[1:]))
                value = self.native[index].item()
                first.append((index if self.n_axes > 1 else index[0], value))
        return Places(len(self.native), (ColumnPlaces(None, count, tuple(first)),))

    def any(self, predicate: Predicate) -> bool:
        return any(mask.any() for _, mask in masks_of(self.native, predicate))

    def name_features(self, chosen: Sequence[Any]) -> str:
        return "" if self.is_one else feature_numbers(np.flatnonzero(chosen[0]).tolist())

    def _samples(self, *arrays: np.ndarray) -> list[np.ndarray]:
        """Return views of arrays with samples along the first axis, or all along the only one."""
        views = list(map(_numbers, arrays))
        if self.axis == 0:
            return views
        if self.axis is not None:
            return [np.moveaxis(view, self.axis, 0) for view in views]
        if self.native.flags.f_contiguous:
            views = [view.T for view in views]
        if all(view.flags.c_contiguous for view in views):
            views = [view.reshape(-1) for view in views]
        return views

    def _written(self, steps: Sequence[Step], dtype: Any, suspect: Suspect | None) -> Any:
        out = self.out
        if out is None:
            out = np.empty_like(self.native, dtype=dtype, subok=False)
        else:
            _check_out(out, self.native, np.dtype(dtype))
        if self.n_axes == 1:
            apply(self.x, steps, _numbers(out))
            return out
        samples, (results,) = self.x, self._samples(out)
        if samples.ndim != results.ndim:  # only one of them has a flat view
            samples, results = self._samples(self.native, out)
        doubt = apply(samples, steps, results, prove=suspect is not None)
        if suspect is not None and doubt:
            suspect(doubt == Doubt.INFINITE)
        return out


def _numbers(x: np.ndarray) -> np.ndarray:
    return x.view(np.uint8) if x.dtype == bool else x


def masks_of(x: np.ndarray, predicate: Predicate) -> Iterator[tuple[int, np.ndarray]]:
    """Yield where a predicate holds, in blocks with their first samples."""
    is_finite = isinstance(predicate, (Infinite, Missing))
    if is_finite and x.dtype.kind != "f":
        return
    height = max(1, BLOCK * len(x) // max(1, x.size))
    for start in range(0, len(x), height):
        block = x[start : start + height]
        if isinstance(predicate, Mistyped):
            yield start, np.full(block.shape, predicate.holds_for(type(block.flat[0].item())))
        else:
            # Compared in float64, a bound is not rounded to a narrower type.
            narrow = not is_finite and block.dtype.kind == "f" and block.dtype.itemsize < 8
            yield start, predicate.of_array(block.astype(float) if narrow else block, np)


def float_dtype(dtype: np.dtype) -> np.dtype:
    """Return the dtype of what is scaled: floats keep theirs, in the byte order of the machine."""
    return dtype.newbyteorder("=") if dtype.kind == "f" else np.dtype(np.float64)


def described_features(statistics: Statistics, count: int, dtype: np.dtype) -> list[Statistics]:
    """Return the statistics of each feature as Python numbers: the extrema of integers as such."""
    number = float if dtype.kind == "f" else int
    figures = (
        [None] * count if figure is None else np.broadcast_to(figure, count).tolist()
        for figure in statistics
    )
    return [
        Statistics(n, missing, number(low), number(high), *rest) if n else Statistics(0, missing)
        for n, missing, low, high, *rest in zip(*figures)
    ]


def of_features(statistics: Sequence[Statistics], dtype: np.dtype) -> Statistics:
    """Return statistics of one feature each as arrays of an entry a feature.

    Integers stay integers where the dtype of the data holds them all. Of features of which some
    have no origin or no half of a deviation, these have 0.
    """

    def row(figures: Sequence[Any]) -> np.ndarray | None:
        known = sum(figure is not None for figure in figures)
        if known < len(figures):
            if not known:
                return None
            figures = [0 if figure is None else figure for figure in figures]
        whole = dtype.kind in "iu" and holds(dtype, *figures)
        array = np.array(figures, dtype if whole else None)
        # Other programs write large floats into documents without a point.
        return array.astype(float) if array.dtype == object else array

    return Statistics(*map(row, zip(*statistics)))


def clipped(dtype: np.dtype, low: Any, high: Any) -> tuple[np.dtype, Step]:
    """Return the dtype of values clipped to bounds, and the step with bounds that it holds."""
    if np.ndim(low) == 0 and low != low:
        return float_dtype(dtype), ("multiply", np.nan)
    low, high = np.asarray(low), np.asarray(high)
    if dtype.kind == "f":
        return dtype, ("clip", low, high)
    if "f" in (low.dtype.kind, high.dtype.kind):
        return np.dtype(np.float64), ("clip", low, high)
    least, most = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    lows, highs = ([int(end) for end in ends.ravel()] for ends in (low, high))
    if max(lows) > most or min(highs) < least:
        return np.result_type(low.dtype, high.dtype, dtype), ("clip", low, high)
    kind = np.uint8 if dtype.kind == "b" else dtype
    low, high = (
        np.array([min(max(end, least), most) for end in each], kind).reshape(ends.shape)
        for each, ends in ((lows, low), (highs, high))
    )
    return dtype, ("clip", low, high)


def _check_out(out: Any, native: np.ndarray, dtype: np.dtype) -> None:
    if not isinstance(out, np.ndarray) or isinstance(out, np.ma.MaskedArray):
        raise TypeError(f"out must be a NumPy array, got {described(out)}")
    if out.shape != native.shape or out.dtype != dtype:
        raise ValueError(
            f"out must have shape {native.shape} and dtype {dtype}, "
            f"got shape {out.shape} and dtype {out.dtype}"
        )
    if not out.flags.writeable:
        raise ValueError("out must be writeable, got a read-only array")
    same = out is native or out.__array_interface__ == native.__array_interface__
    if not same and np.shares_memory(out, native):
        raise ValueError("out must be data itself or not overlap it, got a view of a part")
