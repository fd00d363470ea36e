"""The container of a series, a frame, or a query of an engine, through narwhals.

Statistics are one aggregation query for all columns, and a transform is one expression a column,
so that what is lazy stays lazy.
"""

from __future__ import annotations

import datetime
import difflib
import math
import operator
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from ml_infra_utils.preprocessing._affine import Scalars, Statistics
from ml_infra_utils.preprocessing._container import Container
from ml_infra_utils.preprocessing._predicates import Missing, Mistyped
from ml_infra_utils.preprocessing._sequences import Values, is_missing
from ml_infra_utils.preprocessing.findings import ColumnFindings, Findings
from ml_infra_utils.preprocessing.summary import ColumnSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._affine import Step
    from ml_infra_utils.preprocessing._arrays import NumPyArray
    from ml_infra_utils.preprocessing._predicates import Predicate

_SERIES = "value"
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
)


def frame_of(data: Any, columns: Any, numeric: bool) -> Container | None:
    """Return the container of a series or frame; None if narwhals does not know it."""
    found = nw.from_native(data, pass_through=True, allow_series=True)
    if isinstance(found, nw.Series):
        if columns is not None:
            raise TypeError(f"columns is for frames, got a series and columns={columns!r}")
        return Frame(found.alias(_SERIES).to_frame(), [_SERIES], numeric, data, found)
    if isinstance(found, nw.DataFrame) and not all(isinstance(n, str) for n in found.columns):
        return _Unnamed(found.to_native(), columns, numeric)
    if isinstance(found, (nw.DataFrame, nw.LazyFrame)):
        return Frame(found, columns, numeric, data)
    return None


class Frame(Container):
    """Columns of a frame; those that are not chosen stay as they are."""

    ops = Scalars

    def __init__(
        self,
        frame: Any,
        columns: str | Sequence[str] | None,
        numeric: bool,
        native: Any,
        series: Any = None,
    ) -> None:
        self.frame, self.native, self.series = frame, native, series
        self.is_lazy = isinstance(frame, nw.LazyFrame)
        self.schema = dict(frame.collect_schema())
        self.chosen = _chosen(self.schema, columns, numeric)
        self.names = None if series is not None else self.chosen
        self.all_names = list(self.schema)
        self.n_axes = 1 if series is not None else 2
        self.n_features = len(self.chosen)

    @property
    def is_empty(self) -> bool:
        return not self.is_lazy and len(self.frame) == 0

    def extrema(self) -> list[Statistics]:
        if self._in_memory:
            return [self._array(name).extrema()[0] for name in self.chosen]
        return self._query(("min", "max"), self.chosen)

    def moments(self) -> list[Statistics]:
        if self._in_memory:
            return [self._array(name).moments()[0] for name in self.chosen]
        return self._moments(self.chosen)

    def summary(self) -> list[ColumnSummary]:
        numbers = [name for name in self.chosen if self.schema[name].is_numeric()]
        if self._in_memory:
            return [self._summarized(name, name in numbers) for name in self.chosen]
        found = zip(self.chosen, self._moments(numbers))
        columns = []
        for name, each in found:
            figures: Any = each[2:6] if name in numbers and each.count else (None,) * 4
            if self.schema[name].is_integer() and each.count:
                figures = (int(each.low), int(each.high), *figures[2:])
            kind = str(self.schema[name])
            columns.append(ColumnSummary(self._label(name) or 0, kind, *each[:2], *figures))
        return columns

    def numpy_columns(self) -> list[Any]:
        frame = self.frame.select(*self.chosen)
        if self.is_lazy:
            frame = frame.collect()
        return [frame[name].cast(nw.Float64).to_numpy() for name in self.chosen]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        frame = self.frame.select(*self.chosen)
        if self.is_lazy:  # an exact percentile needs the values
            frame = frame.collect()
        return [_bounds(frame[name], lower, upper, method) for name in self.chosen]

    def apply(self, steps: Sequence[Sequence[Step]]) -> Any:
        transformed = []
        for name, each in zip(self.chosen, steps):
            column, rest = self._wide(name), list(each)
            if rest[0][0] == "offset":  # of integers, exactly
                column = (nw.col(name) - rest.pop(0)[1]).cast(nw.Float64)
            transformed.append(self._back(_expression(column, rest), name))
        return self._with(transformed)

    def clip(self, bounds: Sequence[Statistics]) -> Any:
        clipped = []
        for name, (_, _, low, high, *_) in zip(self.chosen, bounds):
            column = nw.col(name)
            if low != low:
                clipped.append(self._back(self._wide(name) * low, name))
            elif self.schema[name].is_integer() and isinstance(low, int) and isinstance(high, int):
                clipped.append(_clipped(column, low, high, column.is_null()).alias(name))
            else:
                within = _expression(self._wide(name), [("clip", low, high)])
                clipped.append(self._back(within, name))
        return self._with(clipped)

    def find(self, predicate: Predicate, limit: int) -> Findings:
        if isinstance(predicate, Mistyped):
            return self._find_mistyped(predicate, limit)
        if self.is_lazy:
            rows, counts = self._counted(predicate)
            found = [ColumnFindings(name, n) for name, n in zip(self.chosen, counts)]
            return Findings(predicate.noun, rows, tuple(found))
        marked = self.frame.select(*(mask.alias(name) for name, mask in self._masks(predicate)))
        found = []
        for name in self.chosen:
            places = [int(place) for place in marked[name].arg_true().to_list()]
            values = self.frame[name]
            first = tuple((place, _python(values[place])) for place in places[:limit])
            found.append(ColumnFindings(name if self.names else None, len(places), first))
        return Findings(predicate.noun, len(self.frame), tuple(found))

    def any(self, predicate: Predicate) -> bool:
        if isinstance(predicate, Mistyped):
            return bool(self._find_mistyped(predicate, 1))
        return any(self._counted(predicate)[1])

    def _find_mistyped(self, predicate: Mistyped, limit: int) -> Findings:
        nulls = self.find(Missing(), 0) if self.is_lazy else None
        found = []
        for place, name in enumerate(self.chosen):
            kind = _python_type(self.schema[name])
            if self.is_lazy and nulls is not None:
                wrong = kind is None or predicate.holds_for(kind)
                count = nulls.rows if wrong else nulls.columns[place].count
                found.append(ColumnFindings(name, count))
            else:
                (column,) = Values(self.frame[name].to_list()).find(predicate, limit).columns
                found.append(
                    ColumnFindings(name if self.names else None, column.count, column.first)
                )
        rows = nulls.rows if nulls is not None else len(self.frame)
        return Findings(predicate.noun, rows, tuple(found))

    def _counted(self, predicate: Any) -> tuple[int, list[int]]:
        """Return the number of rows, and in how many the predicate holds for each column."""
        sums = (mask.cast(nw.Int64).sum() for _, mask in self._masks(predicate))
        row = self._queried([count.alias(f"{place} found") for place, count in enumerate(sums)])
        return row["rows"], [int(row[f"{i} found"] or 0) for i in range(len(self.chosen))]

    def _masks(self, predicate: Any) -> list[tuple[str, nw.Expr]]:
        return [
            (name, predicate.of_column(nw.col(name), self.schema[name].is_float()))
            for name in self.chosen
        ]

    def _label(self, name: str) -> Any:
        return name if self.series is None else self.series.name

    def _wide(self, name: str) -> nw.Expr:
        column = nw.col(name)
        return column if self.schema[name] == nw.Float64 else column.cast(nw.Float64)

    def _back(self, column: nw.Expr, name: str) -> nw.Expr:
        narrow = self.schema[name] == nw.Float32
        return (column.cast(nw.Float32) if narrow else column).alias(name)

    def _with(self, columns: Sequence[nw.Expr]) -> Any:
        result: Any = self.frame.with_columns(*columns)
        if self.series is not None:
            result = result[_SERIES].alias(self.series.name)
        return (
            result
            if self.native is self.frame or self.native is self.series
            else result.to_native()
        )

    def _present(self, name: str) -> nw.Expr:
        column = self._wide(name)
        if not self.schema[name].is_float():
            return column
        return nw.when(~column.is_nan()).then(column)

    def _queried(self, columns: Sequence[nw.Expr]) -> dict[str, Any]:
        found = self.frame.select(nw.len().alias("rows"), *columns)
        (row,) = (found.collect() if self.is_lazy else found).rows(named=True)
        return {name: _python(value) for name, value in row.items()}

    @property
    def _in_memory(self) -> bool:
        return not self.is_lazy and "numpy" in sys.modules

    def _array(self, name: str) -> NumPyArray:
        import numpy as np

        from ml_infra_utils.preprocessing._arrays import NumPyArray

        column, dtype = self.frame[name], self.schema[name]
        if not (dtype.is_integer() or dtype.is_float()):
            column = column.cast(nw.Float64)
        values = column.to_numpy()
        if values.dtype.kind == "O":  # of pandas, which has its own NA
            values = np.array([math.nan if is_missing(v) else v for v in column.to_list()], float)
        return NumPyArray(values)

    def _summarized(self, name: str, is_number: bool) -> ColumnSummary:
        kind, label = str(self.schema[name]), self._label(name) or 0
        if is_number:
            return replace(self._array(name).summary()[0], name=label, type=kind)
        missing = int(self.frame[name].null_count())
        return ColumnSummary(label, kind, len(self.frame) - missing, missing)

    def _moments(self, numbers: Sequence[str]) -> list[Statistics]:
        found = self._query(("min", "max", "mean", "std"), numbers)
        return [
            self._precise(name, each) if name in numbers else each
            for name, each in zip(self.chosen, found)
        ]

    def _query(self, wanted: Sequence[str], numbers: Sequence[str]) -> list[Statistics]:
        columns = []
        for place, name in enumerate(self.chosen):
            present = self._present(name) if name in numbers else nw.col(name)
            columns.append(present.count().alias(f"{place} count"))
            if name in numbers:
                columns += [getattr(present, what)().alias(f"{place} {what}") for what in wanted]
        row = self._queried(columns)
        found = []
        for place in range(len(self.chosen)):
            count = row[f"{place} count"]
            figures = [_number(row.get(f"{place} {what}")) for what in wanted]
            found.append(Statistics(count, row["rows"] - count, *figures))
        return found

    def _precise(self, name: str, found: Statistics) -> Statistics:
        """Correct moments that overflowed, underflowed, or suffer from a large mean."""
        low, high = found.low, found.high
        if not (math.isfinite(low) and math.isfinite(high)):
            return found
        if low == high:
            return found._replace(mean=low, deviation=0.0)
        if max(1e-140, 1e-7 * abs(found.mean)) < found.deviation < 1e150:
            return found
        unit = 2.0 ** max(-1000, min(1000, -math.frexp(max(-low, high, key=abs))[1]))
        relative = self._present(name) * unit - low * unit
        row = self._queried([relative.mean().alias("mean"), relative.std().alias("std")])
        return found._replace(mean=(row["mean"] + low * unit) / unit, deviation=row["std"] / unit)


class _Unnamed(Frame):
    """A frame of pandas whose columns are not all named by text: it has that text meanwhile."""

    has_names = False

    def __init__(self, native: Any, columns: Any, numeric: bool) -> None:
        if columns is not None:
            columns = [str(c) for c in ([columns] if isinstance(columns, (str, int)) else columns)]
        renamed = native.set_axis([str(name) for name in native.columns], axis=1)
        super().__init__(nw.from_native(renamed), columns, numeric, renamed)
        self.labels = native.columns

    def _with(self, columns: Sequence[nw.Expr]) -> Any:
        return super()._with(columns).set_axis(self.labels, axis=1)


def _chosen(
    schema: dict[str, Any], columns: str | Sequence[str] | None, numeric: bool
) -> list[str]:
    if columns is None:
        chosen = [name for name, dtype in schema.items() if dtype.is_numeric() or not numeric]
        if not chosen:
            kinds = ", ".join(f"{name!r}: {dtype}" for name, dtype in schema.items())
            raise TypeError(f"data has no numeric column, its columns are {{{kinds}}}")
        return chosen
    chosen = [columns] if isinstance(columns, str) else list(columns)
    if not chosen:
        raise ValueError("columns is empty: name at least one column, or pass None for all")
    for name in chosen:
        if name not in schema:
            near = difflib.get_close_matches(str(name), list(schema), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the columns are {list(schema)}"
            raise ValueError(f"column {name!r} does not exist: {hint}")
        if numeric and not schema[name].is_numeric():
            raise TypeError(f"column {name!r} is not numeric, its type is {schema[name]}")
    return chosen


def _expression(column: nw.Expr, steps: Sequence[Step]) -> nw.Expr:
    for name, *operands in steps:
        if name in ("clip", "minimum"):
            low, high = operands if name == "clip" else (None, operands[0])
            column = _clipped(column, low, high, column.is_null() | column.is_nan())
        else:
            column = _OPERATORS[name](column, operands[0])
    return column


def _clipped(column: nw.Expr, low: Any, high: Any, missing: nw.Expr) -> nw.Expr:
    # Engines order NaN above every number, and some put a bound in the place of a null.
    return nw.when(missing).then(column).otherwise(column.clip(low, high))


def _bounds(series: Any, lower: float, upper: float, method: str) -> Statistics:
    missing = int(series.null_count())
    present: Any = series.drop_nulls()
    if "numpy" in sys.modules and not (series.dtype.is_decimal()):
        from ml_infra_utils.preprocessing._arrays import NumPyArray

        (found,) = NumPyArray(present.to_numpy()).bounds(lower, upper, method)
    else:
        (found,) = Values(present.to_list()).bounds(lower, upper, method)
    low, high = _python(found.low), _python(found.high)
    return found._replace(missing=found.missing + missing, low=low, high=high)


def _python_type(dtype: Any) -> type[Any] | None:
    if dtype.is_integer():
        return int
    if dtype.is_float():
        return float
    return next((kind for known, kind in _PYTHON_TYPES if dtype == known), None)


def _python(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
