"""Which kind of container data is.

A public function asks once; from then on it knows a `Container` only.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.base import are_dicts, roots_of
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_infra_utils.preprocessing._containers.base import Container

_FRAMES = frozenset(
    (
        *("cudf", "dask", "duckdb", "ibis", "modin", "narwhals"),
        *("pandas", "polars", "pyarrow", "pyspark", "sqlframe"),
    )
)
_ARRAYS = frozenset(["cupy", "dask", "jax", "jaxlib", "torch"])


def container_of(
    data: Any,
    *,
    axis: int | None = 0,
    columns: Any = None,
    out: Any = None,
    numeric: bool = True,
) -> Container:
    """Return the container of data; if it is `numeric`, columns of other types are left out."""
    kind = type(data)
    if kind is not list and kind is not tuple:
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(data, (numpy.ndarray, numpy.generic)):
            _refuse("columns", columns, "None unless data is a frame")
            if numeric or data.dtype.kind in "biuf":
                return _kind("numpy_arrays", "numpy_array")(data, axis, out)
            data = data.ravel().tolist()
        _refuse("out", out, "None unless data is a NumPy array")
        roots = roots_of(data)
        if not _ARRAYS.isdisjoint(roots) or hasattr(kind, "__array_namespace__"):
            import array_api_compat

            if array_api_compat.is_array_api_obj(data):
                _refuse("columns", columns, "None unless data is a frame")
                from ml_infra_utils.preprocessing._containers.array_api import Array

                return Array(data, axis)
        if not _FRAMES.isdisjoint(roots):
            from ml_infra_utils.preprocessing._containers.frame_kinds import frame_of

            if (frame := frame_of(data, columns, numeric)) is not None:
                _refuse("axis", axis or None, "0 unless data is an array")
                return frame
    _refuse("axis", axis or None, "0 unless data is an array")
    _refuse("out", out, "None unless data is a NumPy array")
    if are_dicts(data):
        return _kind("records", "Records")(data, columns, numeric)
    _refuse("columns", columns, "None unless data has names")
    return _kind("lists", "values")(data)


@lru_cache(maxsize=None)
def _kind(module: str, name: str) -> Callable[..., Container]:
    # For short data, an import statement would take longer than all that follows it.
    kind: Callable[..., Container] = getattr(import_module(f"{__package__}.{module}"), name)
    return kind


def _refuse(name: str, value: object, expected: str) -> None:
    if value is not None:
        raise TypeError(f"{name} must be {expected}, got {described(value)}")
