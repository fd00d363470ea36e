"""What comes of a query when an engine is asked."""

from __future__ import annotations

from typing import Any

import narwhals as nw


def rows_of(frame: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query, or of a frame in memory."""
    if isinstance(frame, nw.LazyFrame):
        if frame.implementation.is_duckdb():  # which needs PyArrow for a frame, but not for rows
            rows: list[tuple[Any, ...]] = frame.to_native().fetchall()
            return rows
        frame = collected(frame)
    return list(frame.rows())


def row_of(frame: Any) -> dict[str, Any]:
    """Return the only row, by the names of its columns."""
    (row,) = rows_of(frame)
    return dict(zip(frame.collect_schema().names(), row))


def collected(frame: Any) -> Any:
    """Return a query as a frame in memory.

    Raises
    ------
    ModuleNotFoundError
        If a library is not installed that the engine needs for it.
    """
    try:
        return frame.collect()
    except ModuleNotFoundError as error:
        engine = frame.implementation.name.capitalize()
        raise ModuleNotFoundError(
            f"a query of {engine} must be collected by {error.name}, which is not installed: "
            f"pip install {error.name}",
            name=error.name,
        ) from error
