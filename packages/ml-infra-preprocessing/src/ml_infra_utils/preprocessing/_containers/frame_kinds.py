"""Which kind of frame data is: one in memory, or a query of an engine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import narwhals as nw

from ml_infra_utils.preprocessing._containers.frame_base import SERIES, Frame
from ml_infra_utils.preprocessing._words import described, shortened

if TYPE_CHECKING:
    from ml_infra_utils.preprocessing._containers.base import Container


def frame_of(data: Any, columns: Any, numeric: bool) -> Container | None:
    """Return the container of a series or a frame; None if narwhals does not know it."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(data, (arrow.Array, arrow.RecordBatch)):
        return _of_chunk(data, columns, numeric, arrow)
    frame = nw.from_native(data, pass_through=True, allow_series=True)
    if isinstance(frame, nw.Series):
        if columns is not None:
            raise TypeError(f"columns must be None for a series, got {described(columns)}")
        if numeric and not frame.dtype.is_numeric():
            name = f" {shortened(frame.name)}" if frame.name else ""
            raise TypeError(f"data must be numeric, got the series{name} of type {frame.dtype}")
        return _kind(frame)(frame.alias(SERIES).to_frame(), [SERIES], numeric, data, frame)
    if isinstance(frame, nw.DataFrame) and not all(isinstance(n, str) for n in frame.columns):
        return _of_unnamed(frame.to_native(), columns, numeric)
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        return _kind(frame)(frame, columns, numeric, data)
    if type(data).__module__.startswith("dask.") and hasattr(data, "to_frame"):
        raise TypeError(
            "data must be a frame, got a Dask series; pass data.to_frame(), which stays lazy"
        )
    return None


def _kind(frame: Any) -> type[Frame]:
    if not isinstance(frame, nw.LazyFrame) and "numpy" in sys.modules:
        from ml_infra_utils.preprocessing._containers.frames import Loaded

        return Loaded
    from ml_infra_utils.preprocessing._containers.queries import Query

    return Query


def _of_chunk(data: Any, columns: Any, numeric: bool, arrow: Any) -> Container | None:
    """Return the container of an array or a batch of PyArrow, taken as one of a single chunk."""
    frame: Any
    if isinstance(data, arrow.Array):
        frame = frame_of(arrow.chunked_array([data]), columns, numeric)
        frame.restored = lambda result: result.combine_chunks()
    else:
        frame = frame_of(arrow.Table.from_batches([data]), columns, numeric)
        frame.restored = lambda result: result.combine_chunks().to_batches()[0]
    container: Container = frame
    return container


def _of_unnamed(native: Any, columns: Any, numeric: bool) -> Container | None:
    """Return the container of a pandas frame whose names are not all text, but taken as text."""
    if columns is not None:
        columns = [str(c) for c in ([columns] if isinstance(columns, (str, int)) else columns)]
    named = nw.from_native(native.set_axis([str(name) for name in native.columns], axis=1))
    frame = _kind(named)(named, columns, numeric)
    frame.has_names = False
    frame.restored = lambda result: result.set_axis(native.columns, axis=1)
    return frame
