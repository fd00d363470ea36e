"""The container of any other array of the Array-API standard, with kernels in its terms."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._affine import Statistics, between, rank_of
from ml_infra_utils.preprocessing._container import Container, checked_axis, feature_numbers
from ml_infra_utils.preprocessing._predicates import Missing, Mistyped
from ml_infra_utils.preprocessing.findings import ColumnFindings, Findings
from ml_infra_utils.preprocessing.summary import column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._affine import Step
    from ml_infra_utils.preprocessing._predicates import Predicate
    from ml_infra_utils.preprocessing.summary import ColumnSummary

_OPERATORS = {
    "add": operator.add,
    "divide": operator.truediv,
    "multiply": operator.mul,
    "offset": operator.sub,
    "subtract": operator.sub,
}


class Array(Container):
    """An array whose namespace array-api-compat knows; statistics keep its number of axes."""

    def __init__(self, native: Any, axis: int | None = 0) -> None:
        import array_api_compat

        xp = array_api_compat.array_namespace(native)
        self.native, self.xp = native, xp
        if not xp.isdtype(native.dtype, ("bool", "integral", "real floating")):
            raise TypeError(f"data must hold real numbers, got an array of dtype {native.dtype}")
        if native.ndim == 0:
            raise ValueError(f"data must have an axis, got the single value {native!r}")
        self.axis = checked_axis(axis, native.ndim)
        device = array_api_compat.device(native)
        floats = xp.__array_namespace_info__().dtypes(kind="real floating", device=device)
        own = native.dtype if xp.isdtype(native.dtype, "real floating") else None
        self.dtype = own or xp.zeros(1, device=device).dtype
        # Wide enough for statistics, where the device has it.
        self.wide = floats.get("float64", self.dtype)
        self.missing = xp.isnan(native) if own else xp.zeros_like(native, dtype=xp.bool)
        self.ops = xp
        self.n_axes = native.ndim
        self.n_features = int(native.shape[1]) if native.ndim == 2 else 1

    @property
    def is_empty(self) -> bool:
        return 0 in self.native.shape

    def extrema(self) -> list[Statistics]:
        count, missing = self._counts()
        low, high = self._extrema()
        return [Statistics(count, missing, low, high)]

    def moments(self) -> list[Statistics]:
        xp, axis = self.xp, self.axis
        count, missing = self._counts()
        low, high = self._extrema()
        finite = xp.logical_and(xp.isfinite(low), xp.isfinite(high))
        one, zero = xp.ones_like(low), xp.zeros_like(low)
        start = xp.where(finite, low, zero)
        end = xp.where(finite, high, zero)
        # Relative to the minimum and by a power of two, nothing overflows, and a large mean
        # does not spoil a small deviation.
        largest = xp.where(xp.abs(start) > xp.abs(end), xp.abs(start), xp.abs(end))
        unit = xp.where(largest > 2.0**400, one * 2.0**-600, one)
        tiny = xp.logical_and(largest > 0, largest < 2.0**-400)
        unit = xp.where(tiny, one * 2.0**600, unit)
        total = xp.astype(count, self.wide)
        used = xp.logical_and(~self.missing, xp.isfinite(xp.astype(self.native, self.wide)))
        x = xp.astype(self.native, self.wide) * unit - start * unit
        x = xp.where(used, x, xp.zeros_like(x))
        mean = xp.sum(x, axis=axis, keepdims=True) / xp.where(total > 0, total, one)
        x = xp.where(used, x - mean, xp.zeros_like(x))
        squares = xp.sum(x * x, axis=axis, keepdims=True)
        deviation = (squares / xp.where(total > 1, total - 1, one)) ** 0.5 / unit
        # Of a mean far from the values' spread, only the distance from an origin has its digits.
        far = xp.logical_and(deviation > 0, deviation <= 1e-7 * xp.abs(start))
        origin = xp.where(far, start, zero)
        mean = xp.where(far, mean / unit, (mean + start * unit) / unit)
        unknown = xp.full_like(mean, xp.nan)
        mean, deviation = (xp.where(finite, a, unknown) for a in (mean, deviation))
        return [Statistics(total, missing, low - origin, high - origin, mean, deviation, origin)]

    def summary(self) -> list[ColumnSummary]:
        if self.native.ndim > 2:
            raise ValueError(f"data must have one or two axes, got {self.native.ndim}")
        (found,) = self.moments()
        kind = str(self.native.dtype).rpartition(".")[2]  # of the library's name and the type's
        columns = []
        for place in range(int(self.native.shape[1]) if self.native.ndim == 2 else 1):
            flat = (self.xp.reshape(figure, (-1,))[place] for figure in found)
            columns.append(column_of(place, kind, Statistics(*map(_item, flat))))
        return columns

    def features(self, found: Sequence[Statistics]) -> Sequence[Statistics]:
        return [Statistics(*(None if a[0] is None else self._row(a) for a in zip(*found)))]

    def per_feature(self, found: Sequence[Statistics]) -> list[Statistics]:
        flat = [self.xp.reshape(figure, (-1,)) for figure in found[0][:4]]
        return [Statistics(*(_item(a[i]) for a in flat)) for i in range(self.n_features)]

    def numpy_columns(self) -> list[Any]:
        import numpy as np

        columns = (self.native[:, place] for place in range(self.n_features))
        return [np.array([_item(value) for value in column]) for column in columns]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        xp = self.xp
        count, missing = self._counts()
        x = self.native if self.axis is not None else xp.reshape(self.native, (-1,))
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
            end = None
            for n in counts:
                rank, fraction = rank_of(n, percent, method) if n else (1, 0.0)
                found = _taken(ordered, rank - 1, axis)
                if fraction:
                    following = _taken(ordered, rank, axis)
                    found, following = (xp.astype(a, self.wide) for a in (found, following))
                    found = between(found, following, fraction, xp)
                found = xp.reshape(found, count.shape)
                if not n:  # of nothing but missing values
                    found = xp.full_like(found, xp.nan)
                end = found if end is None else xp.where(count == n, found, end)
            ends.append(end)
        return [Statistics(count, missing, *ends)]

    def apply(self, steps: Sequence[Sequence[Step]]) -> Any:
        xp = self.xp
        x = xp.astype(self.native, self.wide)
        for name, *operands in steps[0]:
            if name == "clip":
                x = self._clipped(x, *operands)
            elif name == "minimum":
                x = xp.where(x > operands[0], xp.full_like(x, operands[0]), x)
            else:
                x = _OPERATORS[name](x, operands[0])
        return xp.astype(x, self.dtype)

    def clip(self, bounds: Sequence[Statistics]) -> Any:
        ((_, _, low, high, *_),) = bounds
        xp = self.xp
        if xp.isdtype(low.dtype, "real floating"):
            clipped = self._clipped(xp.astype(self.native, self.wide), low, high)
            clipped = xp.where(xp.isnan(low), xp.full_like(clipped, xp.nan), clipped)
            return xp.astype(clipped, self.dtype)
        return self._clipped(self.native, low, high)

    def find(self, predicate: Predicate, limit: int) -> Findings:
        mask = self._mask(predicate)
        places = self.xp.nonzero(mask)
        count = int(places[0].shape[0])
        first = []
        for i in range(min(limit, count)):
            index = tuple(int(axis[i]) for axis in places)
            first.append((index if self.n_axes > 1 else index[0], _item(self.native[index])))
        rows = int(self.native.shape[0])
        return Findings(predicate.noun, rows, (ColumnFindings(None, count, tuple(first)),))

    def any(self, predicate: Predicate) -> bool:
        return bool(self.xp.any(self._mask(predicate)))

    def name_features(self, chosen: Sequence[Any]) -> str:
        if chosen[0].size == 1 or self.native.ndim == 1:
            return ""
        (places,) = self.xp.nonzero(self.xp.reshape(chosen[0], (-1,)))
        return feature_numbers([int(place) for place in places])

    def _row(self, figures: Sequence[float]) -> Any:
        import array_api_compat

        device = array_api_compat.device(self.native)
        row = self.xp.asarray([float(f) for f in figures], dtype=self.wide, device=device)
        return self.xp.reshape(row, (1, -1))

    def _mask(self, predicate: Predicate) -> Any:
        xp = self.xp
        if isinstance(predicate, Missing):
            return self.missing
        if isinstance(predicate, Mistyped):
            wrong = predicate.holds_for(type(_item(xp.reshape(self.native, (-1,))[0])))
            return xp.full(self.native.shape, wrong, dtype=xp.bool)
        return predicate.of_array(xp.astype(self.native, self.wide), xp)

    def _counts(self) -> tuple[Any, Any]:
        xp = self.xp
        missing = xp.sum(xp.astype(self.missing, xp.int64), axis=self.axis, keepdims=True)
        present = xp.astype(~self.missing, xp.int64)
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


def _item(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else float(value)
