"""Count columns of a data frame or of a table in an engine with one GROUP BY."""

from __future__ import annotations

import math
from itertools import chain
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Mapping, Sequence

from ml_infra_utils.metrics._counting.groups import (
    as_table,
    check_columns,
    check_hashable,
    group,
    key_of,
    ordered,
)
from ml_infra_utils.metrics._exact_sums import exact_sum, simplest
from ml_infra_utils.metrics._reading.classes import is_missing, order_of, plain_class
from ml_infra_utils.metrics._words import counted, shortened

if TYPE_CHECKING:
    from typing import Dict, Tuple

    from ml_infra_utils.metrics._exact_sums import Count

    Cells = Dict[Tuple[Hashable, ...], Count]


def count_frame(
    frame: Any,
    columns: Mapping[str, str],
    by: Sequence[str],
    sample_weight: str | None,
    bin_of: Any = None,
) -> dict[tuple[Hashable, ...], Cells]:
    """Return how often classes meet in each slice of any table that narwhals knows, in order.

    Parameters
    ----------
    columns : mapping
        The columns of classes by the argument that names them; cells have their order.
    by : sequence of str
        The columns that slice the table.
    sample_weight : str or None
        The column of weights.
    bin_of : tuple or None
        A column of probabilities and a number of bins, whose indices are the last of a cell.
    """
    import narwhals as nw

    table = as_table(frame)
    schema = table.collect_schema()
    wanted = {**columns, "sample_weight": sample_weight}
    if bin_of is not None:
        wanted["probabilities"] = bin_of[0]
    check_columns(schema.names(), wanted, by)
    for column in columns.values():
        check_hashable(table, column, "classes")
    keys = {f"class_{i}": nw.col(column) for i, column in enumerate(columns.values())}
    values, results = {}, {"n": nw.len()}
    if bin_of is not None:
        numbers = number_column(bin_of[0], "probabilities", schema)
        keys["bin"] = bin_expression(numbers, bin_of[1], schema[bin_of[0]])
        values["probability"] = numbers
        results["example"] = nw.col("probability").min()
    if sample_weight is not None:
        values["weight"] = number_column(sample_weight, "sample_weight", schema)
        weight = nw.col("weight")
        results.update(known=weight.count(), least=weight.min(), total=weight.sum())
    slices: dict[tuple[Hashable, ...], Cells] = {}
    for row in group(table, by, keys, values, results):
        slice_ = tuple(row[f"by_{i}"] for i in range(len(by)))
        n = int(row["n"])
        cell: tuple[Hashable, ...] = tuple(
            _class_of(row[f"class_{i}"], column, n) for i, column in enumerate(columns.values())
        )
        if bin_of is not None:
            cell += (_bin_index(row["bin"], bin_of[0], n, row["example"]),)
        count = n if sample_weight is None else weight_of(sample_weight, row)
        cells = slices.setdefault(tuple(map(key_of, slice_)), {})
        cells[cell] = simplest(cells.get(cell, 0) + count)
    return {key: slices[key] for key in ordered(slices)}


def order_in_frame(frame: Any, columns: Iterable[str]) -> tuple[Hashable, ...]:
    """Return the categories of columns, in order, where their types or the frame have them."""
    table = as_table(frame)
    schema = table.collect_schema()
    orders = (_order_of(table, column, schema[column]) for column in columns)
    return tuple(dict.fromkeys(chain.from_iterable(orders)))


def _order_of(table: Any, column: str, dtype: Any) -> tuple[Hashable, ...]:
    import narwhals as nw

    if dtype in (nw.Categorical, nw.Enum) and isinstance(table, nw.DataFrame):
        return order_of(table[column].to_native())
    return order_of(SimpleNamespace(dtype=dtype)) if dtype == nw.Enum else ()


def number_column(column: str, argument: str, schema: Any) -> Any:
    """Return a column of numbers as floats."""
    import narwhals as nw

    if not schema[column].is_numeric():
        raise TypeError(
            f"{argument} must name a column of numbers, got {shortened(column)}, "
            f"which is of type {schema[column]}"
        )
    # Divided, as PyArrow casts no integers above 2**53.
    return (nw.col(column) / 1).cast(nw.Float64)


def bin_expression(numbers: Any, bins: int, dtype: Any) -> Any:
    """Return the index of the bin of a probability; nothing where it is none.

    A bin begins at its lower end rounded to the type of the column, so that 0.7 in float32 lies
    in the bin that 0.7 in float64 lies in.
    """
    import narwhals as nw

    def end(index: Any) -> Any:
        exact = index / (known * 0 + bins)  # Polars multiplies by the inverse of one number.
        return exact.cast(nw.Float32).cast(nw.Float64) if dtype == nw.Float32 else exact

    known = nw.when((numbers >= 0) & (numbers <= 1)).then(numbers)
    product = known * bins
    index: Any = product - product % 1
    # The product may be rounded up or down: 0.29 * 100 is less than 29.
    index = nw.when(end(index) > known).then(index - 1).otherwise(index)
    index = nw.when(end(index + 1) <= known).then(index + 1).otherwise(index)
    last = known * 0 + (bins - 1)  # narwhals for Python 3.8 takes no number where there is no row
    return nw.when(index > last).then(last).otherwise(index)


def _bin_index(value: Any, column: str, n: int, example: Any) -> int:
    if value is None or is_missing(value):
        got = "missing values" if example is None or is_missing(example) else repr(float(example))
        raise ValueError(
            f"column {shortened(column)} must hold probabilities in [0, 1], "
            f"got {got} in {counted(n, 'row')}"
        )
    return int(value)


def _class_of(value: Any, column: str, n: int) -> Hashable:
    if value is None or is_missing(value):
        raise ValueError(
            f"column {shortened(column)} must have no missing values, "
            f"got them in {counted(n, 'row')}; filter them out, or give them a class first"
        )
    return plain_class(value, lambda: f"column {shortened(column)}, in {counted(n, 'row')},")


def weight_of(column: str, row: Mapping[str, Any]) -> Count:
    """Return the sum of the weights of a group, once they are weights."""
    where, n, known = f"column {shortened(column)}", int(row["n"]), int(row["known"])
    least, total = row["least"], row["total"]
    if known != n:
        missing = counted(n - known, "row")
        raise ValueError(f"{where} must have no missing weights, got them in {missing}")
    if least < 0:
        raise ValueError(f"{where} must hold weights of at least 0, got {least!r}")
    if not math.isfinite(total):
        raise ValueError(f"{where} must hold finite weights, got a sum of {total!r}")
    return exact_sum([total])
