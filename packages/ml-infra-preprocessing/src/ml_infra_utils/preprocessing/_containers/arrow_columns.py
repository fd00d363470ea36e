"""The columns of a table of PyArrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml_infra_utils.preprocessing._containers.columns import (
    Block,
    Columns,
    by_type,
    kind_of_numbers,
    together,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_infra_utils.preprocessing._containers.columns import Written


def columns_of(data: Any) -> tuple[Columns, bool, Callable[[Any], Any]] | None:
    """Return the columns of what came in, whether it is a series, and how it comes back."""
    if isinstance(data, pa.Table):
        return ArrowColumns(data), False, lambda table: table
    if isinstance(data, pa.RecordBatch):
        table = pa.Table.from_batches([data])
        return ArrowColumns(table), False, lambda table: table.combine_chunks().to_batches()[0]
    if isinstance(data, pa.ChunkedArray):
        return ArrowColumns(pa.table({"": data})), True, lambda table: table.column(0)
    if isinstance(data, pa.Array):
        table = pa.table({"": data})
        return ArrowColumns(table), True, lambda table: table.column(0).combine_chunks()
    return None


class ArrowColumns(Columns):
    """The columns of a table of PyArrow."""

    def __init__(self, table: pa.Table) -> None:
        self._given = table
        for place, each in enumerate(table.schema.types):
            if is_encoded(each):
                column = decoded(table.column(place))
                table = table.set_column(
                    place, table.schema.field(place).with_type(column.type), column
                )
        self.frame = table
        self.names, self.rows = table.column_names, len(table)
        self._types = table.schema.types
        self.numeric = [place for place, each in enumerate(self._types) if is_numeric(each)]

    def blocks(self, places: Sequence[int]) -> list[Block]:
        return [
            Block(some, numpy_dtype(each), None, self._read, together(self.rows))
            for each, some in by_type(places, self._types).items()
        ]

    def column(self, place: int) -> pa.ChunkedArray:
        return self.frame.column(place)

    def nulls(self, places: Sequence[int]) -> np.ndarray:
        return side_by_side([nulls_of(self.column(place)) for place in places])

    def is_nested(self, place: int) -> Any:
        return pa.types.is_nested(self._types[place])

    def value(self, place: int, row: int) -> Any:
        return self.column(place)[row].as_py()

    def listed(self, place: int) -> Any:
        return self.column(place).to_pylist()

    def kind(self, place: int) -> str:
        each = self._types[place]
        return kind_of_numbers(each, _empty) if is_numeric(each) else super().kind(place)

    def replaced(self, written: Sequence[Written]) -> pa.Table:
        columns, fields = self._given.columns, list(self._given.schema)
        for places, _, values in written:
            for new, place in zip(arrays_of(values, list(map(self.column, places))), places):
                columns[place], fields[place] = new, fields[place].with_type(new.type)
        schema = pa.schema(fields, self._given.schema.metadata)
        return pa.Table.from_arrays(columns, schema=schema)

    def _read(self, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray | None]:
        return values_of([self.column(place) for place in places])


def _empty(kind: pa.DataType) -> pa.ChunkedArray:
    return pa.chunked_array([], kind)


def is_numeric(kind: pa.DataType) -> Any:
    """Tell whether a type is one of numbers."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def is_encoded(kind: pa.DataType) -> Any:
    """Tell whether a type keeps each different value once, or each run of equal ones."""
    return pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind)


def decoded(column: Any) -> Any:
    """Return an encoded column with every value."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return pc.run_end_decode(column)


def numpy_dtype(kind: pa.DataType) -> np.dtype:
    """Return the dtype of the values that are read of columns of a type of numbers."""
    return np.dtype(float if pa.types.is_decimal(kind) else kind.to_pandas_dtype())


def values_of(columns: Sequence[pa.ChunkedArray]) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the values and the nulls of columns of one type, as a block reads them."""
    if pa.types.is_integer(columns[0].type) and any(column.null_count for column in columns):
        filled = side_by_side([column.fill_null(0).to_numpy() for column in columns])
        return filled, side_by_side(list(map(nulls_of, columns)))
    if pa.types.is_decimal(columns[0].type):
        columns = [column.cast(pa.float64()) for column in columns]
    return side_by_side([column.to_numpy() for column in columns]), None


def nulls_of(column: pa.ChunkedArray) -> np.ndarray:
    """Return where a column is null."""
    nulls: np.ndarray = column.is_null().to_numpy()
    return nulls


def side_by_side(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Return arrays as the columns of one."""
    return arrays[0][:, None] if len(arrays) == 1 else np.array(arrays).T


def arrays_of(values: np.ndarray, originals: Sequence[Any]) -> list[pa.Array]:
    """Return each column of values as an array, null where the original is."""
    rows = np.ascontiguousarray(values.T)
    whole = pa.array(rows.reshape(-1))
    arrays = []
    for place, original in enumerate(originals):
        new = whole.slice(place * len(original), len(original))
        if original.null_count:
            new = pa.array(rows[place], mask=nulls_of(original))
        arrays.append(new)
    return arrays
