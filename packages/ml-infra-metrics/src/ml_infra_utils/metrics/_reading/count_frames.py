"""Data frames of counts: a row for each label, a column for each prediction."""

from __future__ import annotations

from typing import Any, Hashable, Iterable, Sequence

from ml_infra_utils.metrics._reading.classes import as_classes, one_order
from ml_infra_utils.metrics._reading.columns import as_known_frame, column_names
from ml_infra_utils.metrics._words import counted, described, listed


def read_count_frame(
    frame: Any, classes: Sequence[Hashable]
) -> tuple[tuple[Hashable, ...], list[list[Any]]]:
    """Return the classes, and their counts in their order.

    An index names the labels and columns the predictions, unless they are numbers of positions;
    what has neither row nor column was never counted. Without classes, these names are they.
    """
    frame = frame.collect() if hasattr(frame, "collect") else frame  # a lazy one of Polars
    rows = _rows_of(frame)
    labels, predictions = _index_of(frame), as_classes(column_names(frame), "counts.columns")
    names = tuple(classes) or one_order(labels, predictions) or tuple(range(len(rows)))
    places = _places(labels, names, len(rows), "row")
    across = _places(predictions, names, len(rows[0]) if rows else 0, "column")
    counts = [[0] * len(names) for _ in names]
    for i, row in zip(places, rows):
        for j, count in zip(across, row):
            counts[i][j] = count
    return names, counts


def _rows_of(frame: Any) -> Sequence[Sequence[Any]]:
    if hasattr(frame, "itertuples"):  # pandas, whose names of columns may be any objects
        return list(frame.itertuples(index=False, name=None))
    import narwhals as nw

    table: Any = nw.from_native(as_known_frame(frame))
    rows: Sequence[Sequence[Any]] = table.rows()
    return rows


def _index_of(frame: Any) -> tuple[Hashable, ...]:
    """Return what the index names; nothing where there is none, or it numbers the rows."""
    index = tuple(getattr(frame, "index", ()))
    return () if index == tuple(range(len(index))) else as_classes(index, "counts.index")


def _places(
    found: Sequence[Hashable], names: Sequence[Hashable], size: int, kind: str
) -> Iterable[int]:
    """Return which class each row, or column, is of."""
    index = {name: i for i, name in enumerate(names)}
    unknown = [name for name in found if name not in index]
    if unknown:
        raise ValueError(
            f"counts must have a {kind} for each of the classes {listed(names)}, got one for "
            f"{described(unknown[0])}"
        )
    if not found and size != len(names):
        raise ValueError(
            f"counts must have a {kind} for each of {counted(len(names), 'class', 'classes')}, "
            f"got {counted(size, kind)} without names"
        )
    return [index[name] for name in found] if found else range(size)
