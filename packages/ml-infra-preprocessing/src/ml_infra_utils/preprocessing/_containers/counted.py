"""How values are spread, counted by expressions of narwhals: on engines, and texts everywhere."""

from __future__ import annotations

import datetime
import math
import sys
from collections import Counter
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any

import narwhals as nw

from ml_infra_utils.preprocessing._counts import Bin
from ml_infra_utils.preprocessing._distributions import (
    Texts,
    key_of,
    numbers_in_bins,
    texts_of,
)
from ml_infra_utils.preprocessing._limits import BIN_BITS, BINS_OF_OCTAVE, LONGEST_TEXT, MOST_TEXTS
from ml_infra_utils.preprocessing._times import (
    AWARE,
    DATE,
    EARLIEST,
    LATEST,
    NAIVE,
    Times,
    shift_of,
    times_of,
    unit_of,
)
from ml_infra_utils.preprocessing._values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_infra_utils.preprocessing._distributions import Numbers

    Rows = Callable[[Any], list[Any]]

_COLUMN, _VALUE, _KEY, _COUNT = "column", "value", "key", "count"
# Exponents of two of a float64 that has all its digits.
_EXPONENTS = (-1022, 1023)
_INFINITE = key_of(math.inf)
# All bits of an integer of 64 but its sign.
_HIGHEST = (1 << 63) - 1


def numbers_by_column(
    frame: Any, columns: Mapping[str, nw.Expr], rows_of: Rows
) -> dict[str, Numbers]:
    """Return the distributions of columns of floats without NaN, by one query."""
    value = nw.col(_VALUE)
    # A union of queries, one a column: narwhals unpivots a table of DuckDB on the default
    # connection only.
    bins = [
        _with_keys(frame.select((column + 0.0).alias(_VALUE)).filter(~value.is_null()))
        .group_by(_KEY)
        .agg(value.count().alias(_COUNT), value.min().alias("low"), value.max().alias("high"))
        .with_columns(nw.lit(place).alias(_COLUMN))
        .select(_COLUMN, _KEY, _COUNT, "low", "high")
        for place, column in enumerate(columns.values())
    ]
    found: list[list[tuple[int, int, float, float]]] = [[] for _ in columns]
    for place, key, count, low, high in rows_of(nw.concat(bins)):
        found[place].append((int(key), int(count), float(low), float(high)))
    return {name: numbers_in_bins(partial(iter, each)) for name, each in zip(columns, found)}


def texts_by_column(frame: Any, names: Sequence[str], rows_of: Rows) -> dict[str, Texts]:
    """Return the distributions of columns of texts, by two queries."""
    schema = frame.collect_schema()
    totals, tops = [], []
    for place, name in enumerate(names):
        text = nw.col(name)
        if schema[name] != nw.String:  # a cast of objects of pandas would make None a text
            text = text.cast(nw.String)
        length = text.str.len_chars()
        totals += [length.count().alias(f"{place} count")]
        totals += [length.min().alias(f"{place} min"), length.max().alias(f"{place} max")]
        tops.append(
            frame.select(text.str.slice(0, LONGEST_TEXT).alias(_VALUE))
            .filter(~nw.col(_VALUE).is_null())
            .group_by(_VALUE)
            .agg(nw.len().alias(_COUNT))
            .with_columns(
                (nw.col(_COUNT).cast(nw.Int64) * -1).alias(_KEY), nw.lit(place).alias(_COLUMN)
            )
            .sort(_KEY, _VALUE)
            .head(MOST_TEXTS + 1)
        )
    (row,) = rows_of(frame.select(*totals))
    counts: list[list[tuple[str, int]]] = [[] for _ in names]
    # Dask cannot leave out a column by which it has sorted.
    for value, count, _, place in rows_of(nw.concat(tops)):
        counts[place].append((value, int(count)))
    return {
        name: texts_of(_ordered(counts[place]), *_lengths(*row[3 * place : 3 * place + 3]))
        for place, name in enumerate(names)
    }


def bools_by_column(frame: Any, names: Sequence[str], rows_of: Rows) -> dict[str, Texts]:
    """Return the distributions of columns of bools, by one query."""
    totals = []
    for place, name in enumerate(names):
        column = nw.col(name)
        totals.append(column.cast(nw.Int64).sum().alias(f"{place} true"))
        totals.append(column.count().alias(f"{place} count"))
    (row,) = rows_of(frame.select(*totals))
    return {
        name: _bools(int(yes or 0), int(count))
        for name, yes, count in zip(names, row[::2], row[1::2])
    }


def times_by_column(frame: Any, kinds: Mapping[str, str], rows_of: Rows) -> dict[str, Times]:
    """Return the distributions of columns of dates and times, by two queries."""
    implementation = frame.implementation
    is_known = implementation.is_duckdb() or implementation.is_polars() or implementation.is_dask()
    if isinstance(frame, nw.LazyFrame) and not is_known:  # narwhals has no numbers of times there
        return {}
    value = nw.col(_VALUE)
    columns = [_numbered(frame, name, kind) for name, kind in kinds.items()]
    ends = [
        column.select(value.min().alias("low"), value.max().alias("high"))
        .with_columns(nw.lit(place).alias(_COLUMN))
        .select(_COLUMN, "low", "high")
        for place, column in enumerate(columns)
    ]
    bins, shifts = [], [0] * len(columns)
    for place, low, high in rows_of(nw.concat(ends)):
        if is_missing(low):
            continue
        shift = shifts[place] = shift_of(int(low), int(high))
        start = int(low) >> shift << shift
        bins.append(
            columns[place]
            .with_columns(((value - start) // (1 << shift)).alias(_KEY))
            .group_by(_KEY)
            .agg(value.count().alias(_COUNT), value.min().alias("low"), value.max().alias("high"))
            .with_columns(nw.lit(place).alias(_COLUMN))
            .select(_COLUMN, _COUNT, "low", "high")
        )
    found: list[dict[int, Bin]] = [{} for _ in columns]
    for place, *each in rows_of(nw.concat(bins)) if bins else ():
        count, low, high = map(int, each)
        found[place][low >> shifts[place]] = Bin(count, low, high)
    return {
        name: Times(kind, shift, each)
        for (name, kind), shift, each in zip(kinds.items(), shifts, found)
    }


def _numbered(frame: Any, name: str, kind: str) -> Any:
    """Return a column of dates or times as a frame of their numbers, without missing ones."""
    if frame.implementation.is_duckdb():
        quoted = '"{}"'.format(name.replace('"', '""'))
        time = quoted if kind == AWARE else f"{quoted}::TIMESTAMP"
        end = f"CASE WHEN {quoted} > '1970-01-01' THEN {LATEST} ELSE {EARLIEST} END"
        number = f"CASE WHEN isfinite({quoted}) THEN epoch_us({time}) ELSE {end} END"
        native = frame.to_native().filter(f"{quoted} IS NOT NULL").project(f"{number} AS {_VALUE}")
        numbers = nw.from_native(native)
    else:
        column = nw.col(name)
        present = frame.filter(~column.is_null())
        numbers = present.select(column.dt.timestamp("us").cast(nw.Int64).alias(_VALUE))
    within = _within(nw.col(_VALUE), EARLIEST, LATEST) // unit_of(kind)
    return numbers.select(within.alias(_VALUE))


def single_values(series: Any, listed: Callable[[], Any]) -> Texts | Times | None:
    """Return the distribution of a series of texts, bools or dates in memory; None of others.

    `listed` returns the values as objects.
    """
    if series.dtype == nw.Object:
        return single_objects([each for each in listed() if not is_missing(each)])
    if kind := kind_of_times(series.dtype):
        from ml_infra_utils.preprocessing._kernels.bins import times

        return times(series.drop_nulls().dt.timestamp("us").to_numpy().astype("int64"), kind)
    by_column = bools_by_column if series.dtype == nw.Boolean else texts_by_column
    if series.dtype != nw.Boolean and not is_text(series.dtype):
        return None
    frame = series.alias(_VALUE).to_frame()
    return by_column(frame, [_VALUE], lambda each: list(each.rows()))[_VALUE]


def is_text(dtype: Any) -> bool:
    """Tell whether a type holds texts."""
    return bool(dtype == nw.String or dtype == nw.Categorical or dtype == nw.Enum)


def kind_of_times(dtype: Any) -> str | None:
    """Return what a type of dates or times holds; None of another type."""
    if dtype == nw.Date:
        return DATE
    if dtype == nw.Datetime:
        return NAIVE if getattr(dtype, "time_zone", None) is None else AWARE
    return None


def single_objects(values: Sequence[Any]) -> Texts | Times | None:
    """Return the distribution of texts and bools, or of dates; None if there are other values."""
    if values and all(isinstance(each, datetime.date) for each in values):
        return times_of(values)
    if not all(isinstance(each, (str, bool)) for each in values):
        return None
    lengths = [len(each) for each in values if isinstance(each, str)]
    told = Counter(each if isinstance(each, bool) else each[:LONGEST_TEXT] for each in values)
    ends = (min(lengths), max(lengths)) if lengths else None
    return texts_of(_ordered(told.items()), len(values), ends)


def _bools(yes: int, count: int) -> Texts:
    counts = [(value, n) for value, n in ((True, yes), (False, count - yes)) if n]
    return texts_of(_ordered(counts), count)


def _ordered(counts: Any) -> list[tuple[Any, int]]:
    return sorted(counts, key=lambda each: (-each[1], str(each[0])))


def _lengths(count: Any, least: Any, most: Any) -> tuple[int, tuple[int, int] | None]:
    return int(count), (int(least), int(most)) if count else None


def _with_keys(frame: Any) -> Any:
    """Add the number of the bin of each float: from its bits, where an engine shows them."""
    implementation = frame.implementation
    if implementation.is_duckdb():
        bits = f"{_VALUE}::DOUBLE::BIT::BIGINT"
        size = f"(({bits} & {_HIGHEST}) >> {BIN_BITS})"
        key = f"CASE WHEN {bits} < 0 THEN -{size} ELSE {size} END"
        return nw.from_native(frame.to_native().project(f"{_VALUE}, {key} AS {_KEY}"))
    if implementation.is_polars():
        polars = sys.modules["polars"]
        value = polars.col(_VALUE)
        if (
            "dtype" in signature(value.reinterpret).parameters
        ):  # older ones leave floats as they are
            bits = value.cast(polars.Float64).reinterpret(dtype=polars.Int64)
            size = (bits & _HIGHEST) // (1 << BIN_BITS)
            key = polars.when(bits < 0).then(-size).otherwise(size).alias(_KEY)
            return nw.from_native(frame.to_native().with_columns(key))
    return frame.with_columns(_key(nw.col(_VALUE)).alias(_KEY))


def _key(value: nw.Expr) -> nw.Expr:
    """Return the number of the bin of a float, which is that of its bits, by arithmetic.

    A logarithm that is rounded to the next integer at a power of two gives the same: there, the
    end of one octave is the beginning of the next.
    """
    least, most = _EXPONENTS
    size = value.abs()
    exponent = _floor(_within(size, 2.0**least, sys.float_info.max).log(2.0))
    exponent = _within(exponent, float(least), float(most))
    share = _within(size, 0.0, sys.float_info.max) / nw.lit(2.0) ** exponent
    key = (exponent - float(least)) * BINS_OF_OCTAVE + _floor(share * BINS_OF_OCTAVE)
    key = nw.when(size > sys.float_info.max).then(nw.lit(float(_INFINITE))).otherwise(key)
    return nw.when(value < 0.0).then(key * -1.0).otherwise(key)


def _within(column: nw.Expr, low: float, high: float) -> nw.Expr:
    # Not every engine clips in the version of narwhals for Python 3.8.
    column = nw.when(column < low).then(nw.lit(low)).otherwise(column)
    return nw.when(column > high).then(nw.lit(high)).otherwise(column)


def _floor(column: nw.Expr) -> nw.Expr:
    # narwhals for Python 3.8 has no floor, and the remainder in DuckDB is rounded.
    return column.floor() if hasattr(column, "floor") else column - column % 1.0
