"""Which kind of frame or series came in: one in memory, or a query of an engine."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import narwhals as nw

from ml_infra_utils.preprocessing._containers.base import roots_of
from ml_infra_utils.preprocessing._containers.queries import SERIES, Query
from ml_infra_utils.preprocessing._words import described, shortened

if TYPE_CHECKING:
    from ml_infra_utils.preprocessing._containers.base import Container

_IN_MEMORY = {
    "pandas": "pandas_columns",
    "polars": "polars_columns",
    "pyarrow": "arrow_columns",
}


def frame_of(data: Any, columns: Any, numeric: bool) -> Container | None:
    """Return the container of a series or frame; None if it is neither."""
    native = data.to_native() if isinstance(data, (nw.DataFrame, nw.Series)) else data
    frame: Any = _in_memory(native, columns, numeric)
    if frame is None:
        return _query(data, columns, numeric)
    if native is not data:
        restored = frame.restored
        frame.restored = lambda result: nw.from_native(restored(result), allow_series=True)
    container: Container = frame
    return container


def _in_memory(data: Any, columns: Any, numeric: bool) -> Any:
    """Return the container of what is in memory; None where NumPy cannot read it."""
    module = next((_IN_MEMORY[root] for root in roots_of(data) if root in _IN_MEMORY), None)
    if module is None or _is_lazy(data) or not _has_numpy():
        return None
    known = import_module(f"{__package__}.{module}").columns_of(data)
    if known is None:
        return None
    from ml_infra_utils.preprocessing._containers import frames

    table, is_series, restored = known
    if not is_series:
        frame = frames.Frame(table, columns, numeric)
    else:
        name = getattr(data, "name", None)
        _check_series(columns, name, numeric and not table.numeric, table.kind)
        frame = frames.Series(table, name, numeric)
    frame.restored = restored
    return frame


def _is_lazy(data: Any) -> bool:
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(data, polars.LazyFrame)


def _has_numpy() -> bool:
    # It is imported if it was not: a result must not depend on what was imported before.
    try:
        import_module("numpy")
    except ImportError:
        return False
    return True


def _query(data: Any, columns: Any, numeric: bool) -> Container | None:
    """Return the container of what only narwhals knows."""
    frame = nw.from_native(data, pass_through=True, allow_series=True)
    if isinstance(frame, nw.Series):
        is_wrong = numeric and not frame.dtype.is_numeric()
        _check_series(columns, frame.name, is_wrong, lambda _: str(frame.dtype))
        return Query(frame.alias(SERIES).to_frame(), [SERIES], numeric, data, frame)
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        return Query(frame, columns, numeric, data)
    if type(data).__module__.startswith("dask.") and hasattr(data, "to_frame"):
        raise TypeError(
            "data must be a frame, got a Dask series; pass data.to_frame(), which stays lazy"
        )
    return None


def _check_series(columns: Any, name: Any, is_wrong: bool, kind: Any) -> None:
    if columns is not None:
        raise TypeError(f"columns must be None for a series, got {described(columns)}")
    if is_wrong:
        told = f" {shortened(name)}" if name else ""
        raise TypeError(f"data must be numeric, got the series{told} of type {kind(0)}")
