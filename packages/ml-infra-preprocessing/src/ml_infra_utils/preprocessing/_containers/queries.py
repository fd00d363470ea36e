"""The container of a query of an engine, and of what narwhals knows beside.

That is a frame in memory where NumPy is not installed, or of a library that has no blocks here.

One aggregation query gives the statistics of all columns, and a transform adds one expression for
each column, so that what is lazy stays lazy.
"""

from __future__ import annotations

import datetime
import decimal
import math
import operator
import sys
from typing import TYPE_CHECKING, Any

import narwhals as nw

from ml_infra_utils.preprocessing._containers.base import Container
from ml_infra_utils.preprocessing._containers.chosen_columns import chosen_columns, refuse_nested
from ml_infra_utils.preprocessing._containers.collected import collected, row_of, rows_of
from ml_infra_utils.preprocessing._containers.counted import (
    bools_by_column,
    is_text,
    kind_of_times,
    numbers_by_column,
    texts_by_column,
    times_by_column,
)
from ml_infra_utils.preprocessing._containers.lists import Values
from ml_infra_utils.preprocessing._formulas import Scalars
from ml_infra_utils.preprocessing._limits import (
    EXACT_INTEGER,
    FAR_FROM_ZERO,
    HALF_INTEGER,
    LARGEST_EXPONENT,
    SAFE_DEVIATIONS,
)
from ml_infra_utils.preprocessing._predicates import Mistyped, integer_limits
from ml_infra_utils.preprocessing._statistics import (
    ColumnPlaces,
    ColumnStatistics,
    Places,
    Statistics,
)
from ml_infra_utils.preprocessing._values import python_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_infra_utils.preprocessing._containers.base import Suspect
    from ml_infra_utils.preprocessing._distributions import Distribution
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate

SERIES = "value"

_OPERATORS = {
    "add": operator.add,
    "divide": operator.truediv,
    "multiply": operator.mul,
    "subtract": operator.sub,
}
_PYTHON_TYPES = (
    (nw.Boolean, bool),
    (nw.String, str),
    (nw.Categorical, str),
    (nw.Enum, str),
    (nw.Datetime, datetime.datetime),
    (nw.Date, datetime.date),
    (nw.Duration, datetime.timedelta),
    (nw.Time, datetime.time),
    (nw.Binary, bytes),
    (nw.Decimal, decimal.Decimal),
    (nw.List, list),
    (nw.Array, list),
    (nw.Struct, dict),
)


class Query(Container):
    """Columns that narwhals' expressions work on; those that are not chosen stay as they are."""

    xp = Scalars
    restored: Callable[[Any], Any] | None = None

    def __init__(
        self,
        frame: Any,
        columns: str | Sequence[str] | None,
        numeric: bool,
        native: Any = None,
        series: Any = None,
    ) -> None:
        self.frame, self.native, self.series = frame, native, series
        self.is_lazy = isinstance(frame, nw.LazyFrame)
        self.schema = dict(frame.collect_schema())
        numbers = [name for name, kind in self.schema.items() if kind.is_numeric() or not numeric]
        self.chosen = chosen_columns(columns, self.schema, numbers, self.schema.__getitem__)
        self.names = None if series is not None else self.chosen
        self.all_names = list(self.schema)
        self.n_axes = 1 if series is not None else 2
        self.n_features = len(self.chosen)

    @property
    def is_empty(self) -> bool:
        return not self.is_lazy and (not self.schema or len(self.frame) == 0)

    def find(self, predicate: Predicate, limit: int) -> Places:
        columns = []
        if self.is_lazy:
            rows, counts = self._counted(predicate)
            columns = [ColumnPlaces(name, n) for name, n in zip(self.chosen, counts)]
            return Places(rows, tuple(columns))
        for name in self.chosen:
            values = self.frame[name]
            if isinstance(predicate, Mistyped):
                (column,) = Values(values.to_list()).find(predicate, limit).columns
                count, first = column.number, column.first
            else:
                places = self._places(predicate, name)
                count = len(places)
                first = tuple((int(p), python_number(values[int(p)])) for p in places[:limit])
            columns.append(ColumnPlaces(name if self.names else None, count, first))
        return Places(len(self.frame), tuple(columns))

    def extrema(self) -> list[Statistics]:
        return [_relative(each) for each in self._query(("min", "max"), self.chosen)]

    def moments(self) -> list[Statistics]:
        return [_relative(each) for each in self._moments(self.chosen)]

    def summary(self) -> list[ColumnStatistics]:
        numbers = [name for name in self.chosen if self.schema[name].is_numeric()]
        columns = []
        for name, each in zip(self.chosen, self._moments(numbers)):
            label, kind = self._label(name), str(self.schema[name])
            if name in numbers:
                origin = each.origin or 0
                each = each._replace(low=each.low - origin, high=each.high - origin)
                columns.append(ColumnStatistics(label, kind, each))
            else:
                columns.append(ColumnStatistics(label, kind, Statistics(each.count, each.missing)))
        return columns

    def distributions(self) -> list[Distribution | None]:
        kinds = self.schema
        each: dict[str, Distribution] = {}
        if numbers := [name for name in self.chosen if kinds[name].is_numeric()]:
            columns = {name: self._present(name) for name in numbers}
            each.update(numbers_by_column(self.frame, columns, rows_of))
        if texts := [name for name in self.chosen if is_text(kinds[name])]:
            each.update(texts_by_column(self.frame, texts, rows_of))
        if bools := [name for name in self.chosen if kinds[name] == nw.Boolean]:
            each.update(bools_by_column(self.frame, bools, rows_of))
        times = {name: kind for name in self.chosen if (kind := kind_of_times(kinds[name]))}
        if times:
            each.update(times_by_column(self.frame, times, rows_of))
        return [each.get(name) for name in self.chosen]

    def numpy_columns(self) -> list[Any]:
        frame = self._collected()
        return [frame[name].cast(nw.Float64).to_numpy() for name in self.chosen]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        frame = self._collected()  # an exact percentile needs the values
        return [_bounds(frame[name], lower, upper, method) for name in self.chosen]

    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> Any:
        if suspect is not None:
            suspect(True)
        return self._with(
            [
                self._narrow(self._transformed(name, each), name)
                for name, each in zip(self.chosen, steps)
            ]
        )

    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> Any:
        if suspect is not None:
            suspect(True)
        clipped = []
        for name, (_, _, low, high, *_) in zip(self.chosen, bounds):
            column = nw.col(name)
            if low != low:
                clipped.append(self._narrow(self._wide(name) * low, name))
            elif self.schema[name].is_integer() and isinstance(low, int) and isinstance(high, int):
                least, most = integer_limits(self.schema[name])
                if low > most or high < least:
                    column = column.cast(nw.Int64)
                else:
                    low, high = max(low, least), min(high, most)
                clipped.append(_clipped(column, low, high, column.is_null()).alias(name))
            else:
                within = self._expression(self._wide(name), [("clip", low, high)])
                clipped.append(self._narrow(within, name))
        return self._with(clipped)

    def any(self, predicate: Predicate) -> bool:
        if isinstance(predicate, Mistyped):
            return any(column.number for column in self.find(predicate, 1).columns)
        return any(self._counted(predicate)[1])

    def _label(self, name: str) -> Any:
        return name if self.series is None else self.series.name or 0

    def _with(self, columns: Sequence[Any]) -> Any:
        result: Any = self.frame.with_columns(*columns)
        if self.series is not None:
            result = result[SERIES].alias(self.series.name)
        if isinstance(self.native, (nw.Series, nw.DataFrame, nw.LazyFrame)):
            return result
        native = result.to_native()
        if self.series is None and result.implementation.is_pandas():
            major = int(sys.modules["pandas"].__version__.partition(".")[0])
            native = native if major >= 3 else native.copy()  # 3 copies on write
        if attributes := getattr(self.native, "attrs", None):  # of pandas
            native.attrs = dict(attributes)
        return native if self.restored is None else self.restored(native)

    def _places(self, predicate: Any, name: str) -> Any:
        mask = self.frame.select(self._mask(predicate, name).alias(name))
        return mask[name].arg_true().to_list()

    def _counted(self, predicate: Any) -> tuple[int, list[int]]:
        """Return the number of rows, and for each column in how many the predicate holds."""
        sums = (self._mask(predicate, name).cast(nw.Int64).sum() for name in self.chosen)
        row = self._queried([count.alias(f"{place} places") for place, count in enumerate(sums)])
        return row["rows"], [int(row[f"{i} places"] or 0) for i in range(len(self.chosen))]

    def _mask(self, predicate: Any, name: str) -> nw.Expr:
        column, dtype = nw.col(name), self.schema[name]
        if not isinstance(predicate, Mistyped):
            if dtype.is_nested():
                refuse_nested(name, dtype)
            mask: nw.Expr = predicate.of_column(column, dtype)
            return mask
        kind = _python_type(dtype)
        wrong = kind is None or predicate.holds_for(kind)
        nulls = column.is_null()
        return (~nulls & wrong) | (nulls & predicate.holds_for(type(None)))

    def _collected(self) -> Any:
        frame = self.frame.select(*self.chosen)
        return collected(frame) if self.is_lazy else frame

    def _wide(self, name: str) -> nw.Expr:
        column = nw.col(name)
        return column if self.schema[name] == nw.Float64 else column.cast(nw.Float64)

    def _narrow(self, column: nw.Expr, name: str) -> nw.Expr:
        dtype = self.schema[name]
        return (column.cast(dtype) if dtype.is_float() else column).alias(name)

    def _transformed(self, name: str, steps: Sequence[Step]) -> nw.Expr:
        (first, *operands), *rest = steps
        if first != "offset":
            return self._expression(self._wide(name), steps)
        return self._expression(self._from_origin(name, *operands), rest)

    def _from_origin(self, name: str, origin: Any) -> nw.Expr:
        """Return a column less an origin: exactly, if both are 64-bit integers of one type."""
        column, dtype = nw.col(name), self.schema[name]
        if dtype not in (nw.Int64, nw.UInt64) or not _holds(dtype, origin):
            return self._wide(name) - float(origin)
        # In halves nothing overflows, and only the last sum is rounded.
        upper = column // HALF_INTEGER
        lower = (column - upper * HALF_INTEGER).cast(nw.Float64) - float(origin % HALF_INTEGER)
        upper = upper.cast(nw.Float64) - float(origin // HALF_INTEGER)
        return upper * float(HALF_INTEGER) + lower

    def _present(self, name: str) -> nw.Expr:
        column = self._wide(name)
        if not self.schema[name].is_float():
            return column
        return nw.when(~column.is_nan()).then(column)

    def _expression(self, column: nw.Expr, steps: Sequence[Step]) -> nw.Expr:
        for name, *operands in steps:
            if name in ("clip", "minimum"):
                low, high = operands if name == "clip" else (None, operands[0])
                column = _clipped(column, low, high, column.is_null() | column.is_nan())
                continue
            operand: Any = float(operands[0])
            if name == "divide" and self.frame.implementation.is_polars():
                # Polars multiplies by the reciprocal of a literal, which rounds and overflows. It
                # divides by a column.
                operand = (column == column).cast(nw.Float64) * operand
            column = _OPERATORS[name](column, operand)
        return column

    def _queried(self, columns: Sequence[nw.Expr]) -> dict[str, Any]:
        row = row_of(self.frame.select(nw.len().alias("rows"), *columns))
        return {name: python_number(value) for name, value in row.items()}

    def _query(self, wanted: Sequence[str], numbers: Sequence[str]) -> list[Statistics]:
        columns = []
        for place, name in enumerate(self.chosen):
            if name not in numbers:
                columns.append(nw.col(name).count().alias(f"{place} count"))
                continue
            present = self._present(name)
            columns.append(present.count().alias(f"{place} count"))
            whole = nw.col(name) if self.schema[name].is_integer() else present
            for what in wanted:
                column = whole if what in ("min", "max") else present
                columns.append(getattr(column, what)().alias(f"{place} {what}"))
        row = self._queried(columns)
        statistics = []
        for place, name in enumerate(self.chosen):
            count = row[f"{place} count"]
            number = int if self.schema[name].is_integer() else float
            figures = [row.get(f"{place} {what}") for what in wanted]
            ends = [math.nan if end is None else number(end) for end in figures[:2]]
            rest = [math.nan if figure is None else float(figure) for figure in figures[2:]]
            statistics.append(Statistics(count, row["rows"] - count, *ends, *rest))
        return statistics

    def _moments(self, numbers: Sequence[str]) -> list[Statistics]:
        """Return statistics whose mean, but not whose extrema, is relative to the origin."""
        statistics = self._query(("min", "max", "mean", "std"), numbers)
        again = {}
        for place, (name, each) in enumerate(zip(self.chosen, statistics)):
            if name not in numbers or not (math.isfinite(each.low) and math.isfinite(each.high)):
                continue
            if each.low == each.high:
                origin = _origin(each)
                mean = float(each.low - (origin or 0))
                statistics[place] = each._replace(mean=mean, deviation=0.0, origin=origin)
            elif (shift_and_scale := _shift_and_scale(each)) is not None:
                again[place] = shift_and_scale
        if not again:
            return statistics
        columns = []
        for place, (origin, unit, _) in again.items():
            column = self._shifted_and_scaled(self.chosen[place], origin, unit)
            columns.append(column.mean().alias(f"{place} mean"))
            columns.append(column.std().alias(f"{place} std"))
        row = self._queried(columns)
        for place, (origin, unit, is_relative) in again.items():
            mean, deviation = row[f"{place} mean"], row[f"{place} std"] / unit
            each = statistics[place]
            if is_relative:
                mean /= unit
                statistics[place] = each._replace(mean=mean, deviation=deviation, origin=origin)
            else:
                mean = (mean + origin * unit) / unit
                half = row[f"{place} std"] / (unit * 2) if deviation == math.inf else None
                statistics[place] = each._replace(
                    mean=mean, deviation=deviation, half_deviation=half
                )
        return statistics

    def _shifted_and_scaled(self, name: str, origin: Any, unit: float) -> nw.Expr:
        if isinstance(origin, int):
            return self._from_origin(name, origin)
        column: nw.Expr = self._present(name) * unit - origin * unit
        return column


def _clipped(column: nw.Expr, low: Any, high: Any, missing: nw.Expr) -> nw.Expr:
    # Engines take NaN for larger than every number, and some replace a null by a bound.
    return nw.when(missing).then(column).otherwise(column.clip(low, high))


def _holds(dtype: Any, number: Any) -> bool:
    least, most = integer_limits(dtype)
    return isinstance(number, int) and least <= number <= most


def _bounds(series: Any, lower: float, upper: float, method: str) -> Statistics:
    if series.dtype.is_decimal():
        series = series.cast(nw.Float64)
    missing = int(series.null_count())
    (bounds,) = _values(series.drop_nulls()).bounds(lower, upper, method)
    low, high = python_number(bounds.low), python_number(bounds.high)
    return bounds._replace(missing=bounds.missing + missing, low=low, high=high)


def _values(present: Any) -> Container:
    if sys.modules.get("numpy") is None:
        return Values(present.to_list())
    from ml_infra_utils.preprocessing._containers.numpy_arrays import NumPyArray

    return NumPyArray(present.to_numpy())


def _origin(statistics: Statistics) -> Any:
    """Return the smallest integer, if floats would round some of them."""
    low, high = statistics.low, statistics.high
    return low if isinstance(low, int) and max(-low, high) > EXACT_INTEGER else None


def _shift_and_scale(statistics: Statistics) -> tuple[Any, float, bool] | None:
    """Return an origin and a factor with which moments keep their digits, if they need them.

    The last entry says whether the mean has to stay relative to the origin to keep its own.
    """
    low, high, deviation = statistics.low, statistics.high, statistics.deviation
    if (origin := _origin(statistics)) is not None:
        return origin, 1.0, True
    is_safe = SAFE_DEVIATIONS[0] < deviation < SAFE_DEVIATIONS[1]
    largest = max(-low, high)
    # An engine may find no deviation where values differ in their last digits only.
    spread, middle = (deviation, abs(statistics.mean)) if is_safe else (high - low, largest)
    if spread <= FAR_FROM_ZERO * middle:
        is_near = SAFE_DEVIATIONS[0] < spread < SAFE_DEVIATIONS[1]
        unit = 1.0 if is_near else _power_of_two(spread)
        return float(low), unit, True
    return None if is_safe else (float(low), _power_of_two(largest), False)


def _power_of_two(figure: float) -> float:
    """Return a power of two whose product with a figure is about 1."""
    exponent = -math.frexp(figure)[1]
    return 2.0 ** max(-LARGEST_EXPONENT, min(LARGEST_EXPONENT, exponent))


def _relative(statistics: Statistics) -> Statistics:
    """Return statistics with extrema that are floats, relative to the origin if there is one."""
    origin = _origin(statistics) if statistics.origin is None else statistics.origin
    low, high = (float(end - (origin or 0)) for end in (statistics.low, statistics.high))
    return statistics._replace(low=low, high=high, origin=origin)


def _python_type(dtype: Any) -> type[Any] | None:
    if dtype.is_integer():
        return int
    if dtype.is_float():
        return float
    return next((kind for known, kind in _PYTHON_TYPES if dtype == known), None)
