"""Count columns of a data frame or of a table in an engine with one GROUP BY."""

from __future__ import annotations

import math
from itertools import chain
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Sequence

from ml_infra_utils.metrics._exact_sums import exact_sum, simplest
from ml_infra_utils.metrics._reading.classes import is_hashable, is_missing, order_of, plain_class
from ml_infra_utils.metrics._words import counted, described, listed, nearest, shortened

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import PairCounts
    from ml_infra_utils.metrics._exact_sums import Count


def count_frame(
    frame: Any, predictions: str, labels: str, by: Sequence[str], sample_weight: str | None
) -> tuple[dict[tuple[Hashable, ...], PairCounts], tuple[Hashable, ...]]:
    """Return the cells of each slice of any table that narwhals knows, and the classes' order."""
    import narwhals as nw

    table: Any = nw.from_native(frame, pass_through=True)
    if table is frame and not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise TypeError(
            f"frame must be a data frame or a table of an engine, got {described(frame)}"
        )
    schema = table.collect_schema()
    _check_columns(schema.names(), predictions, labels, by, sample_weight)
    for column in (labels, predictions):
        _check_hashable(table, column, schema[column])
    columns = (*by, labels, predictions)
    keys = [f"key_{i}" for i in range(len(columns))]
    selected = [nw.col(column).alias(key) for column, key in zip(columns, keys)]
    results = {"n": nw.len()}
    if sample_weight is not None:
        if not schema[sample_weight].is_numeric():
            raise TypeError(
                f"sample_weight must name a column of numbers, got {shortened(sample_weight)}, "
                f"which is of type {schema[sample_weight]}"
            )
        weight = nw.col("weight")
        # Divided, as PyArrow casts no integers above 2**53.
        selected.append((nw.col(sample_weight) / 1).cast(nw.Float64).alias("weight"))
        results.update(known=weight.count(), least=weight.min(), total=weight.sum())
    groups = table.select(*selected).group_by(*keys).agg(**results)
    if isinstance(groups, nw.LazyFrame):
        groups = groups.collect()
    slices: dict[tuple[Hashable, ...], PairCounts] = {}
    for row in groups.select(*keys, *results).iter_rows():
        *slice_, label, prediction = row[: len(keys)]
        n, *weights = row[len(keys) :]
        n = int(n)
        pair = _class_of(label, labels, n), _class_of(prediction, predictions, n)
        count = n if sample_weight is None else _weight_of(sample_weight, n, *weights)
        cells = slices.setdefault(tuple(map(_slice_key, slice_)), {})
        cells[pair] = simplest(cells.get(pair, 0) + count)
    orders = (_order_of(table, column, schema[column]) for column in (labels, predictions))
    order = tuple(dict.fromkeys(chain.from_iterable(orders)))
    return {key: slices[key] for key in _missing_last(slices)}, order


def _order_of(table: Any, column: str, dtype: Any) -> tuple[Hashable, ...]:
    """Return the categories of a column, if its type or the frame in memory has them."""
    import narwhals as nw

    if dtype in (nw.Categorical, nw.Enum) and isinstance(table, nw.DataFrame):
        return order_of(table[column].to_native())
    return order_of(SimpleNamespace(dtype=dtype)) if dtype == nw.Enum else ()


def _missing_last(keys: Iterable[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Return the keys sorted, by type and text if they do not compare, what is missing last."""
    try:
        return sorted(keys, key=lambda key: [(x is None, 0 if x is None else x) for x in key])
    except TypeError:
        return sorted(keys, key=lambda key: [(x is None, type(x).__name__, repr(x)) for x in key])


def _check_columns(
    known: Sequence[str],
    predictions: str,
    labels: str,
    by: Sequence[str],
    sample_weight: str | None,
) -> None:
    wanted = {"predictions": predictions, "labels": labels, "sample_weight": sample_weight}
    wanted.update({f"by[{i}]": column for i, column in enumerate(by)})
    for name, column in wanted.items():
        if column is not None and column not in known:
            raise ValueError(
                f"{name} must name one of the columns {listed(known)}, got {described(column)}"
                f"{nearest(column, known)}"
            )


def _check_hashable(table: Any, column: str, dtype: Any) -> None:
    import narwhals as nw

    kind = dtype if dtype.is_nested() else None
    if dtype == nw.Object and isinstance(table, nw.DataFrame):  # pandas: any Python values
        kind = next((type(x).__name__ for x in table[column] if not is_hashable(x)), None)
    if kind is not None:
        raise TypeError(f"column {shortened(column)} must hold classes, got values of type {kind}")


def _class_of(value: Any, column: str, n: int) -> Hashable:
    if value is None or is_missing(value):
        raise ValueError(
            f"column {shortened(column)} must have no missing values, "
            f"got them in {counted(n, 'row')}; filter them out, or give them a class first"
        )
    return plain_class(value, lambda: f"column {shortened(column)}, in {counted(n, 'row')},")


def _slice_key(value: Any) -> Hashable:
    if value is None or is_missing(value):
        return None
    return value.item() if hasattr(value, "item") else value  # type: ignore[no-any-return]  # of Any


def _weight_of(column: str, n: int, known: int, least: float, total: float) -> Count:
    where = f"column {shortened(column)}"
    if known != n:
        missing = counted(n - known, "row")
        raise ValueError(f"{where} must have no missing weights, got them in {missing}")
    if least < 0:
        raise ValueError(f"{where} must hold weights of at least 0, got {least!r}")
    if not math.isfinite(total):
        raise ValueError(f"{where} must hold finite weights, got a sum of {total!r}")
    return exact_sum([total])
