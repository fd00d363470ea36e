"""What every kind of container can do, and which kind came in.

A public function says once what came in and then speaks to a `Container` only.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_infra_utils.preprocessing._affine import Statistics, Step
    from ml_infra_utils.preprocessing._predicates import Predicate
    from ml_infra_utils.preprocessing.findings import Findings
    from ml_infra_utils.preprocessing.summary import ColumnSummary

_FRAMES = frozenset(
    (
        *("cudf", "dask", "duckdb", "ibis", "modin", "narwhals"),
        *("pandas", "polars", "pyarrow", "pyspark", "sqlframe"),
    )
)
_ARRAYS = frozenset(["cupy", "dask", "jax", "jaxlib", "torch"])


class Container(ABC):
    """A container of one or more features.

    Statistics come as a list. What is one feature, or a column of a frame, has an entry of Python
    numbers; the features of an array of more dimensions share one entry of arrays.
    """

    ops: Any
    is_lazy = False
    n_axes = 1
    n_features = 1
    names: Sequence[str] | None = None
    has_names = True
    all_names: Sequence[str] = ()

    @property
    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is no value; False where only a query would tell."""

    @abstractmethod
    def extrema(self) -> list[Statistics]:
        """Return count, missing, low and high, in floats or exact integers."""

    @abstractmethod
    def moments(self) -> list[Statistics]:
        """Return count, missing, mean and sample deviation, 0 exactly if all are equal."""

    def quickly_standardized(self) -> Any:
        """Return the container standardized by n - 1 where that is simple, else None."""
        return None

    @abstractmethod
    def summary(self) -> list[ColumnSummary]:
        """Return everything about each feature."""

    def features(self, found: Sequence[Statistics]) -> Sequence[Statistics]:
        """Return statistics of one feature each in the form of this container."""
        return found

    def per_feature(self, found: Sequence[Statistics]) -> list[Statistics]:
        """Return count, missing, low and high of one feature each, as Python numbers."""
        return list(found)

    def numpy_columns(self) -> list[Any]:
        """Return each feature as a NumPy array."""
        raise NotImplementedError

    @abstractmethod
    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        """Return count, missing, and two percentiles as low and high."""

    @abstractmethod
    def apply(self, steps: Sequence[Sequence[Step]]) -> Any:
        """Return the container transformed to floats; missing values stay."""

    @abstractmethod
    def clip(self, bounds: Sequence[Statistics]) -> Any:
        """Return the container with its values within [low, high]; missing values stay."""

    @abstractmethod
    def find(self, predicate: Predicate, limit: int) -> Findings:
        """Return where the predicate holds, the first `limit` places of each column."""

    @abstractmethod
    def any(self, predicate: Predicate) -> bool:
        """Tell whether the predicate holds anywhere."""

    def name_features(self, chosen: Sequence[Any]) -> str:
        """Name the chosen features, if there are several; an entry is a bool or an array."""
        if self.names is None:
            return ""
        return "columns " + ", ".join(repr(n) for n, is_so in zip(self.names, chosen) if is_so)


def container_of(
    data: Any,
    *,
    axis: int | None = 0,
    columns: Any = None,
    out: Any = None,
    numeric: bool = True,
) -> Container:
    """Return the container that `data` is; `numeric` ones hold numbers only."""
    kind = type(data)
    if kind is not list and kind is not tuple:
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(data, (numpy.ndarray, numpy.generic)):
            _refuse("columns", columns, "frames")
            if numeric or data.dtype.kind in "biuf":
                return _kind("_arrays", "numpy_array")(data, axis, out)
            data = data.ravel().tolist()
        _refuse("out", out, "NumPy arrays")
        roots = {base.__module__.partition(".")[0] for base in kind.__mro__}
        if not _ARRAYS.isdisjoint(roots) or hasattr(data, "__array_namespace__"):
            import array_api_compat

            if array_api_compat.is_array_api_obj(data):
                _refuse("columns", columns, "frames")
                from ml_infra_utils.preprocessing._array_api import Array

                return Array(data, axis)
        if not _FRAMES.isdisjoint(roots):
            from ml_infra_utils.preprocessing._frames import frame_of

            if (frame := frame_of(data, columns, numeric)) is not None:
                _refuse("axis", axis or None, "arrays")
                return frame
    _refuse("axis", axis or None, "arrays")
    _refuse("out", out, "NumPy arrays")
    _refuse("columns", columns, "frames")
    return _kind("_sequences", "values")(data)


@lru_cache(maxsize=None)
def _kind(module: str, name: str) -> Callable[..., Container]:
    # An import statement, each time, takes longer than what follows it for short data.
    kind: Callable[..., Container] = getattr(import_module(f"{__package__}.{module}"), name)
    return kind


def checked_axis(axis: int | None, ndim: int) -> int | None:
    """Return the axis counted from the front.

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If there is no such axis.
    """
    if axis is None:
        return None
    if not hasattr(axis, "__index__"):
        raise TypeError(f"axis must be an integer or None, got {axis!r} ({type(axis).__name__})")
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis={axis!r} does not exist, data has {ndim} axes")
    return axis % ndim


def feature_numbers(places: Sequence[int]) -> str:
    """Name the first of some features by their numbers."""
    more = f", ... ({len(places)} in all)" if len(places) > 10 else ""
    return "features " + ", ".join(map(str, places[:10])) + more


def _refuse(name: str, value: object, what: str) -> None:
    if value is not None:
        raise TypeError(f"{name} is for {what}, got {name}={value!r}")
