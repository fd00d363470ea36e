"""The container of a series or a frame in memory, through NumPy.

The kernels of arrays work on each column, and the result is a column of the same library.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from ml_infra_utils.preprocessing._containers.frame_base import Frame
from ml_infra_utils.preprocessing._containers.numpy_arrays import NumPyArray
from ml_infra_utils.preprocessing._predicates import Mistyped
from ml_infra_utils.preprocessing._statistics import ColumnStatistics, Statistics
from ml_infra_utils.preprocessing._values import python_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate

_UNKNOWN_TO_NUMPY = (nw.Int128, nw.UInt128)


class Loaded(Frame):
    """A frame whose columns are in memory."""

    def extrema(self) -> list[Statistics]:
        return [self._measured(name, NumPyArray.extrema) for name in self.chosen]

    def moments(self) -> list[Statistics]:
        return [self._measured(name, NumPyArray.moments) for name in self.chosen]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        def measure(array: NumPyArray) -> list[Statistics]:
            (bounds,) = array.bounds(lower, upper, method)
            return [bounds._replace(low=python_number(bounds.low), high=python_number(bounds.high))]

        return [self._measured(name, measure) for name in self.chosen]

    def summary(self) -> list[ColumnStatistics]:
        return [self._summarized(name, self.schema[name]) for name in self.chosen]

    def numpy_columns(self) -> list[Any]:
        return [self.frame[name].cast(nw.Float64).to_numpy() for name in self.chosen]

    def apply(self, steps: Sequence[Sequence[Step]]) -> Any:
        return self._with(
            [
                self._column(name, self._filled(name).apply([each]))
                for name, each in zip(self.chosen, steps)
            ]
        )

    def clip(self, bounds: Sequence[Statistics]) -> Any:
        return self._with(
            [
                self._column(name, self._filled(name).clip([each]))
                for name, each in zip(self.chosen, bounds)
            ]
        )

    def any(self, predicate: Predicate) -> bool:
        if isinstance(predicate, Mistyped):
            return any(column.number for column in self.find(predicate, 1).columns)
        return any(self._mask(predicate, name).any() for name in self.chosen)

    def _places(self, predicate: Any, name: str) -> Any:
        return self._mask(predicate, name).nonzero()[0]

    def _mask(self, predicate: Any, name: str) -> np.ndarray:
        column = self.frame[name]
        nulls = np.asarray(column.is_null().to_numpy(), bool)
        if not column.dtype.is_numeric():  # only missing values are looked for in these
            return nulls
        mask: np.ndarray = predicate.of_array(self._filled(name).native, np)
        mask[nulls] = predicate.of_value(None, 0)
        return mask

    def _summarized(self, name: str, dtype: Any) -> ColumnStatistics:
        present = self.frame[name].drop_nulls()
        count, missing = len(present), len(self.frame) - len(present)
        if not count or not dtype.is_numeric():
            return ColumnStatistics(self._label(name), str(dtype), Statistics(count, missing))
        ((_, _, statistics),) = _array(present).summary()
        statistics = statistics._replace(missing=statistics.missing + missing)
        return ColumnStatistics(self._label(name), str(dtype), statistics)

    def _measured(self, name: str, measure: Callable[[NumPyArray], list[Statistics]]) -> Statistics:
        present = self.frame[name].drop_nulls()
        missing = len(self.frame) - len(present)
        if not len(present):
            return Statistics(0, missing, *[math.nan] * 4)
        (statistics,) = measure(_array(present))
        return statistics._replace(missing=statistics.missing + missing)

    def _filled(self, name: str) -> NumPyArray:
        column = self.frame[name]
        return _array(column.fill_null(0) if column.null_count() else column)

    def _column(self, name: str, values: np.ndarray) -> Any:
        """Return a column of new values: nulls stay, and so does the family of its type."""
        original = self.frame[name]
        column = nw.new_series(name, values, backend=original.implementation)
        if original.implementation.is_pandas_like():
            native = original.head(0)
            if native.dtype != column.dtype:
                native = native.cast(column.dtype)
            native = column.to_native().astype(native.to_native().dtype)
            column = nw.from_native(native.set_axis(original.to_native().index), series_only=True)
        if not original.null_count():
            return column
        mask = f"{name} is null"  # a name that the column has not
        nulls = original.is_null().alias(mask).to_frame()
        kept = nulls.with_columns(column).select(nw.when(~nw.col(mask)).then(nw.col(name)))
        return kept[name]


def _array(column: Any) -> NumPyArray:
    if column.dtype.is_decimal() or column.dtype in _UNKNOWN_TO_NUMPY:
        column = column.cast(nw.Float64)
    return NumPyArray(column.to_numpy())
