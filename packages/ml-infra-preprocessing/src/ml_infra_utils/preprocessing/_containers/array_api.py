"""The container of any other array of the Array-API standard, with kernels in its functions."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

from array_api_compat import array_namespace, device

from ml_infra_utils.preprocessing._containers.base import Container, checked_axis, feature_numbers
from ml_infra_utils.preprocessing._distributions import numbers_of
from ml_infra_utils.preprocessing._formulas import interpolate, rank_of
from ml_infra_utils.preprocessing._limits import (
    EXACT_INTEGER,
    FAR_FROM_ZERO,
    INT64_DIFFERENCE,
    SQUARED_SHARE,
)
from ml_infra_utils.preprocessing._predicates import Missing, Mistyped
from ml_infra_utils.preprocessing._statistics import (
    ColumnPlaces,
    ColumnStatistics,
    Places,
    Statistics,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._containers.base import Suspect
    from ml_infra_utils.preprocessing._distributions import Distribution
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate

_OPERATORS = {
    "add": operator.add,
    "divide": operator.truediv,
    "multiply": operator.mul,
    "offset": operator.sub,
    "subtract": operator.sub,
}


class Array(Container):
    """An array that array-api-compat knows; its statistics are arrays of as many axes."""

    def __init__(self, native: Any, axis: int | None = 0) -> None:
        xp = array_namespace(native)
        self.native, self.xp = native, xp
        if not xp.isdtype(native.dtype, ("bool", "integral", "real floating")):
            raise TypeError(f"data must hold real numbers, got an array of dtype {native.dtype}")
        if native.ndim == 0:
            raise ValueError(f"data must have an axis, got the single value {native!r}")
        self.axis = checked_axis(axis, native.ndim)
        where = device(native)
        info = xp.__array_namespace_info__()
        floats = info.dtypes(kind="real floating", device=where)
        own = native.dtype if xp.isdtype(native.dtype, "real floating") else None
        self.dtype = own or xp.zeros(1, device=where).dtype
        # Statistics are taken in float64, if the device has it.
        self.wide = floats.get("float64", self.dtype)
        # Some libraries do not compare or sort every type of integer, but all do 64-bit ones.
        self.whole = info.dtypes(kind="signed integer", device=where).get("int64", native.dtype)
        # JAX warns if one asks for a wider type of integer.
        self.counts = info.default_dtypes(device=where)["integral"]
        self.missing = xp.isnan(native) if own else xp.zeros_like(native, dtype=xp.bool)
        self.n_axes = native.ndim
        self.n_features = int(native.shape[1]) if native.ndim == 2 else 1

    @property
    def is_empty(self) -> bool:
        return 0 in self.native.shape

    def extrema(self) -> list[Statistics]:
        count, missing = self._counts()
        if (shifted := self._shifted()) is not None:
            return [shifted[0].extrema()[0]._replace(origin=shifted[1])]
        low, high = self._extrema()
        return [Statistics(count, missing, low, high)]

    def moments(self) -> list[Statistics]:
        xp, axis = self.xp, self.axis
        if (shifted := self._shifted()) is not None:
            return [shifted[0].moments()[0]._replace(origin=shifted[1])]
        count, missing = self._counts()
        low, high = self._extrema()
        finite = xp.logical_and(xp.isfinite(low), xp.isfinite(high))
        one, zero = xp.ones_like(low), xp.zeros_like(low)
        start = xp.where(finite, low, zero)
        end = xp.where(finite, high, zero)
        # Values relative to their minimum, multiplied by a power of two, do not overflow, and a
        # large mean does not spoil a small deviation.
        largest = xp.where(xp.abs(start) > xp.abs(end), xp.abs(start), xp.abs(end))
        bits = math.frexp(xp.finfo(self.wide).max)[1]  # 1024 in float64
        safe, shift = 2.0 ** (SQUARED_SHARE * bits), int((1 - SQUARED_SHARE) * bits)
        unit = xp.where(largest > safe, one * 2.0**-shift, one)
        tiny = xp.logical_and(largest > 0, largest < 1 / safe)
        unit = xp.where(tiny, one * 2.0**shift, unit)
        total = xp.astype(count, self.wide)
        used = xp.logical_and(~self.missing, finite)
        x = xp.astype(self.native, self.wide) * unit - start * unit
        x = xp.where(used, x, xp.zeros_like(x))
        mean = xp.sum(x, axis=axis, keepdims=True) / xp.where(total > 0, total, one)
        x = xp.where(used, x - mean, xp.zeros_like(x))
        squares = xp.sum(x * x, axis=axis, keepdims=True)
        root = (squares / xp.where(total > 1, total - 1, one)) ** 0.5
        deviation = root / unit
        half = root / (unit * 2) if xp.any(xp.isinf(deviation)) else None
        # If the values lie close together and far from zero, only a mean relative to an origin has
        # enough digits.
        far = xp.logical_and(deviation > 0, deviation <= FAR_FROM_ZERO * xp.abs(start))
        origin = xp.where(far, start, zero)
        mean = xp.where(far, mean / unit, (mean + start * unit) / unit)
        unknown = xp.full_like(mean, xp.nan)
        mean, deviation = (xp.where(finite, a, unknown) for a in (mean, deviation))
        ends = low - origin, high - origin
        return [Statistics(total, missing, *ends, mean, deviation, origin, half)]

    def summary(self) -> list[ColumnStatistics]:
        if self.native.ndim > 2:
            raise ValueError(f"data must have one or two axes, got {self.native.ndim}")
        kind = str(self.native.dtype).rpartition(".")[2]  # torch.float64 is told as float64
        number = int(self.native.shape[1]) if self.native.ndim == 2 else 1
        if self.is_empty:
            return [ColumnStatistics(place, kind, Statistics(0, 0)) for place in range(number)]
        (statistics,) = self.moments()
        columns = []
        for place in range(number):
            each = Statistics(
                *(
                    None if f is None else _item(self.xp.reshape(f, (-1,))[place])
                    for f in statistics
                )
            )
            if each.count and not self.xp.isdtype(self.native.dtype, "real floating"):
                each = each._replace(low=int(each.low), high=int(each.high))
            columns.append(ColumnStatistics(place, kind, each))
        return columns

    def distributions(self) -> list[Distribution | None]:
        xp = self.xp
        columns = xp.reshape(xp.astype(self.native, self.wide), (-1, self.n_features))
        columns = _collected(columns)
        return [
            numbers_of(value for value in map(_item, columns[:, place]) if value == value)
            for place in range(self.n_features)
        ]

    def _shifted(self) -> tuple[Array, Any] | None:
        """Return the array less its minimum, and that, if floats would round its integers."""
        xp = self.xp
        if not xp.isdtype(self.native.dtype, (xp.int64, xp.uint64)):
            return None
        low, high = self._extrema()
        rounded = xp.logical_or(low < -EXACT_INTEGER, high > EXACT_INTEGER)
        if not xp.any(rounded) or xp.any(high - low > INT64_DIFFERENCE):
            return None
        origin = xp.min(self.native, axis=self.axis, keepdims=True)
        return (Array(self.native - origin, self.axis), origin) if xp.any(origin != 0) else None

    def features(self, statistics: Sequence[Statistics]) -> Sequence[Statistics]:
        counts, *others = zip(*statistics)
        rows = map(self._row, others)
        # As floats, since the standard does not compare an array of integers with a float.
        return [Statistics(self._row([float(count) for count in counts]), *rows)]

    def per_feature(self, statistics: Sequence[Statistics]) -> list[Statistics]:
        flat = [self.xp.reshape(figure, (-1,)) for figure in statistics[0][:4]]
        return [Statistics(*(_item(a[i]) for a in flat)) for i in range(self.n_features)]

    def numpy_columns(self) -> list[Any]:
        import numpy as np

        columns = (_collected(self.native)[:, place] for place in range(self.n_features))
        return [np.array([_item(value) for value in column]) for column in columns]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        xp = self.xp
        if hasattr(self.native, "compute"):  # an exact percentile needs the values of a Dask array
            (collected,) = Array(self.native.compute(), self.axis).bounds(lower, upper, method)
            return [Statistics(*map(xp.asarray, collected[:4]))]
        count, missing = self._counts()
        x = self._comparable()
        x = x if self.axis is not None else xp.reshape(x, (-1,))
        axis = self.axis or 0
        gone = xp.reshape(self.missing, x.shape)
        if xp.any(gone):
            x = xp.where(gone, xp.full_like(x, xp.inf), x)
        ordered = xp.sort(x, axis=axis)
        counts = sorted({int(n) for n in xp.unique_values(count)})
        shape = [1] * x.ndim
        shape[axis] = -1
        ends = []
        for percent in (lower, upper):
            percentile = None
            for n in counts:
                rank, fraction = rank_of(n, percent, method) if n else (1, 0.0)
                value = _taken(ordered, rank - 1, axis)
                if fraction:
                    following = _taken(ordered, rank, axis)
                    value, following = (xp.astype(a, self.wide) for a in (value, following))
                    value = interpolate(value, following, fraction, xp)
                value = xp.reshape(value, count.shape)
                if not n:  # all values are missing
                    value = xp.full_like(value, xp.nan)
                percentile = (
                    value if percentile is None else xp.where(count == n, value, percentile)
                )
            ends.append(percentile)
        return [Statistics(count, missing, *ends)]

    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> Any:
        if suspect is not None:
            suspect(True)
        xp = self.xp
        x, rest = self.native, list(steps[0])
        if rest[0][0] == "offset" and x.dtype == rest[0][1].dtype:  # integers, exactly
            origin = rest.pop(0)[1]
            near = xp.astype(x, self.wide) - xp.astype(origin, self.wide)
            x = xp.where(xp.abs(near) < INT64_DIFFERENCE, xp.astype(x - origin, self.wide), near)
        x = xp.astype(x, self.wide)
        for name, *operands in rest:
            if name == "clip":
                x = self._clipped(x, *operands)
            elif name == "minimum":
                x = xp.where(x > operands[0], xp.full_like(x, operands[0]), x)
            else:
                x = _OPERATORS[name](x, operands[0])
        return xp.astype(x, self.dtype)

    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> Any:
        if suspect is not None:
            suspect(True)
        ((_, _, low, high, *_),) = bounds
        xp = self.xp
        if xp.isdtype(low.dtype, "real floating"):
            clipped = self._clipped(xp.astype(self.native, self.wide), low, high)
            clipped = xp.where(xp.isnan(low), xp.full_like(clipped, xp.nan), clipped)
            return xp.astype(clipped, self.dtype)
        clipped = self._clipped(self._comparable(), low, high)
        if xp.isdtype(self.native.dtype, "integral"):
            limits = xp.iinfo(self.native.dtype)
            if xp.any(xp.min(clipped) < limits.min) or xp.any(xp.max(clipped) > limits.max):
                return clipped
        return xp.astype(clipped, self.native.dtype)

    def _comparable(self) -> Any:
        """Return the array, integers in a type that every library compares and sorts."""
        xp, dtype = self.xp, self.native.dtype
        if not xp.isdtype(dtype, ("bool", "integral")) or dtype == xp.uint64:
            return self.native
        return xp.astype(self.native, self.whole if dtype != xp.bool else xp.uint8)

    def find(self, predicate: Predicate, limit: int) -> Places:
        mask = _collected(self._mask(predicate))
        places = array_namespace(mask).nonzero(mask)
        count = int(places[0].shape[0])
        first = []
        for i in range(min(limit, count)):
            index = tuple(int(axis[i]) for axis in places)
            first.append((index if self.n_axes > 1 else index[0], _item(self.native[index])))
        rows = int(self.native.shape[0])
        return Places(rows, (ColumnPlaces(None, count, tuple(first)),))

    def any(self, predicate: Predicate) -> bool:
        return bool(self.xp.any(self._mask(predicate)))

    def name_features(self, chosen: Sequence[Any]) -> str:
        if chosen[0].size == 1 or self.native.ndim == 1:
            return ""
        (places,) = self.xp.nonzero(self.xp.reshape(chosen[0], (-1,)))
        return feature_numbers([int(place) for place in places])

    def _row(self, figures: Sequence[float | None]) -> Any:
        if all(figure is None for figure in figures):
            return None
        figures = [0 if figure is None else figure for figure in figures]
        whole = all(isinstance(figure, int) for figure in figures)
        kind = self.whole if whole else self.wide
        row = self.xp.asarray(list(figures), dtype=kind, device=device(self.native))
        return self.xp.reshape(row, (1, -1))

    def _mask(self, predicate: Predicate) -> Any:
        xp = self.xp
        if isinstance(predicate, Missing):
            return self.missing
        if isinstance(predicate, Mistyped):
            kinds = {"bool": bool, "integral": int, "real floating": float}
            (kind,) = (
                known for name, known in kinds.items() if xp.isdtype(self.native.dtype, name)
            )
            wrong = predicate.holds_for(kind)
            return xp.full(self.native.shape, wrong, dtype=xp.bool)
        # As floats, the longest integers would be rounded; but not all libraries compare uint64.
        whole = xp.isdtype(self.native.dtype, "integral") and self.native.dtype != xp.uint64
        return predicate.of_array(
            self._comparable() if whole else xp.astype(self.native, self.wide), xp
        )

    def _counts(self) -> tuple[Any, Any]:
        xp = self.xp
        missing = xp.sum(xp.astype(self.missing, self.counts), axis=self.axis, keepdims=True)
        present = xp.astype(~self.missing, self.counts)
        return xp.sum(present, axis=self.axis, keepdims=True), missing

    def _extrema(self) -> tuple[Any, Any]:
        xp = self.xp
        x = xp.astype(self.native, self.wide)
        ends = []
        for reduce, beyond in ((xp.min, xp.inf), (xp.max, -xp.inf)):
            filled = xp.where(self.missing, xp.full_like(x, beyond), x)
            end = reduce(filled, axis=self.axis, keepdims=True)
            alone = xp.all(self.missing, axis=self.axis, keepdims=True)
            ends.append(xp.where(alone, xp.full_like(end, xp.nan), end))
        return ends[0], ends[1]

    def _clipped(self, x: Any, low: Any, high: Any) -> Any:
        xp = self.xp
        low, high = (
            xp.astype(end, x.dtype) if hasattr(end, "dtype") else xp.full_like(x, end)
            for end in (low, high)
        )
        x = xp.where(x < low, low, x)
        return xp.where(x > high, high, x)


def _taken(x: Any, place: int, axis: int) -> Any:
    index = [slice(None)] * x.ndim
    index[axis] = slice(place, place + 1)
    return x[tuple(index)]


def _collected(x: Any) -> Any:
    """Return the values of an array that may be lazy, as those of Dask are."""
    return x.compute() if hasattr(x, "compute") else x


def _item(value: Any) -> Any:
    value = _collected(value)
    if hasattr(value, "item"):
        return value.item()
    return int(value) if "int" in str(value.dtype) else float(value)
