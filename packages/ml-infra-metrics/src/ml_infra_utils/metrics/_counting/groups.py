"""One GROUP BY on any table that narwhals knows: slices, their order, and the columns named."""

from __future__ import annotations

from typing import Any, Hashable, Iterable, Iterator, Mapping, Sequence

from ml_infra_utils.metrics._reading.classes import is_hashable, is_missing
from ml_infra_utils.metrics._reading.columns import as_known_frame
from ml_infra_utils.metrics._words import described, listed, nearest, shortened


def as_table(frame: Any) -> Any:
    """Return a data frame, or a table of an engine, as one of narwhals."""
    import narwhals as nw

    frame = as_known_frame(frame)
    table: Any = nw.from_native(frame, pass_through=True)
    if table is frame and not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise TypeError(
            f"frame must be a data frame or a table of an engine, got {described(frame)}"
        )
    return table


def check_columns(
    known: Sequence[str], wanted: Mapping[str, str | None], by: Sequence[str]
) -> None:
    """Raise unless every argument names a column; one that is None needs none."""
    columns = {name: column for name, column in wanted.items() if column is not None}
    for name, column in {**columns, **{f"by[{i}]": each for i, each in enumerate(by)}}.items():
        if column not in known:
            raise ValueError(
                f"{name} must name one of the columns {listed(known)}, got {described(column)}"
                f"{nearest(column, known)}"
            )


def check_hashable(table: Any, column: str, holds: str) -> None:
    """Raise if a column holds values that are no keys, such as lists."""
    import narwhals as nw

    dtype = table.collect_schema()[column]
    kind = dtype if dtype.is_nested() else None
    if dtype == nw.Object and isinstance(table, nw.DataFrame):  # pandas: any Python values
        kind = next((type(x).__name__ for x in table[column] if not is_hashable(x)), None)
    if kind is not None:
        raise TypeError(f"column {shortened(column)} must hold {holds}, got values of type {kind}")


def group(
    table: Any,
    by: Sequence[str],
    keys: Mapping[str, Any],
    values: Mapping[str, Any],
    results: Mapping[str, Any],
) -> Iterator[Mapping[str, Any]]:
    """Yield a row of results for each slice, ``by_0`` and so on, and each combination of keys.

    Keys and values are expressions of the table's columns, results aggregate values by name.
    Where there is neither slice nor key, the one row is that of the whole table.
    """
    import narwhals as nw

    for column in by:
        check_hashable(table, column, "what names a slice")
    all_keys = {f"by_{i}": nw.col(column) for i, column in enumerate(by)}
    all_keys.update(keys)
    columns = {**all_keys, **values} or {"any": nw.lit(1)}
    selected = table.select(*(column.alias(name) for name, column in columns.items()))
    names = list(all_keys)
    groups = selected.group_by(*names).agg(**results) if names else selected.select(**results)
    if isinstance(groups, nw.LazyFrame):
        groups = groups.collect()
    wanted = [*names, *results]
    for row in groups.select(*wanted).iter_rows():
        yield dict(zip(wanted, row))


def key_of(value: Any) -> Hashable:
    """Return the value of a slice as one of Python; None for a missing one."""
    if value is None or is_missing(value):
        return None
    return value.item() if hasattr(value, "item") else value  # type: ignore[no-any-return]  # of Any


def ordered(keys: Iterable[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Return the keys sorted, by type and text if they do not compare, what is missing last."""
    try:
        return sorted(keys, key=lambda key: [(x is None, 0 if x is None else x) for x in key])
    except TypeError:
        return sorted(keys, key=lambda key: [(x is None, type(x).__name__, repr(x)) for x in key])
