"""The container of a series, a frame, or a query of an engine, through narwhals."""

from __future__ import annotations

import difflib
import sys
from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import narwhals as nw

from ml_infra_utils.preprocessing._affine import Scalars
from ml_infra_utils.preprocessing._container import Container
from ml_infra_utils.preprocessing._predicates import Mistyped
from ml_infra_utils.preprocessing._sequences import Values, described
from ml_infra_utils.preprocessing.findings import ColumnFindings, Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_infra_utils.preprocessing._predicates import Predicate

_SERIES = "value"


def frame_of(data: Any, columns: Any, numeric: bool) -> Container | None:
    """Return the container of a series or frame; None if narwhals does not know it."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(data, (arrow.Array, arrow.RecordBatch)):
        return _of_chunk(data, columns, numeric, arrow)
    found = nw.from_native(data, pass_through=True, allow_series=True)
    if isinstance(found, nw.Series):
        if columns is not None:
            raise TypeError(f"columns is for frames, got a series and columns={columns!r}")
        if numeric and not found.dtype.is_numeric():
            name = f" {found.name!r}" if found.name else ""
            raise TypeError(f"the series{name} is not numeric, its type is {found.dtype}")
        return _kind(found)(found.alias(_SERIES).to_frame(), [_SERIES], numeric, data, found)
    if isinstance(found, nw.DataFrame) and not all(isinstance(n, str) for n in found.columns):
        return _of_unnamed(found.to_native(), columns, numeric)
    if isinstance(found, (nw.DataFrame, nw.LazyFrame)):
        return _kind(found)(found, columns, numeric, data)
    if type(data).__module__.startswith("dask.") and hasattr(data, "to_frame"):
        raise TypeError("data is a Dask series: pass data.to_frame(), which stays lazy")
    return None


class Frame(Container):
    """Columns of a frame; those that are not chosen stay as they are."""

    ops = Scalars
    restored: Callable[[Any], Any] | None = None

    def __init__(
        self,
        frame: Any,
        columns: str | Sequence[str] | None,
        numeric: bool,
        native: Any = None,
        series: Any = None,
    ) -> None:
        self.frame, self.native, self.series = frame, native, series
        self.is_lazy = isinstance(frame, nw.LazyFrame)
        self.schema = dict(frame.collect_schema())
        self.chosen = _chosen(self.schema, columns, numeric)
        self.names = None if series is not None else self.chosen
        self.all_names = list(self.schema)
        self.n_axes = 1 if series is not None else 2
        self.n_features = len(self.chosen)

    @property
    def is_empty(self) -> bool:
        return not self.is_lazy and (not self.schema or len(self.frame) == 0)

    def find(self, predicate: Predicate, limit: int) -> Findings:
        found = []
        for name in self.chosen:
            values = self.frame[name]
            if isinstance(predicate, Mistyped):
                (column,) = Values(values.to_list()).find(predicate, limit).columns
                count, first = column.count, column.first
            else:
                places = self._places(predicate, name)
                count = len(places)
                first = tuple((int(p), python(values[int(p)])) for p in places[:limit])
            found.append(ColumnFindings(name if self.names else None, count, first))
        return Findings(predicate.noun, len(self.frame), tuple(found))

    @abstractmethod
    def _places(self, predicate: Any, name: str) -> Any:
        """Return where the predicate holds in a column that is in memory, as a list or an array."""

    def _label(self, name: str) -> Any:
        return name if self.series is None else self.series.name or 0

    def _with(self, columns: Sequence[Any]) -> Any:
        result: Any = self.frame.with_columns(*columns)
        if self.series is not None:
            result = result[_SERIES].alias(self.series.name)
        if isinstance(self.native, (nw.Series, nw.DataFrame, nw.LazyFrame)):
            return result
        native = result.to_native()
        if self.series is None and result.implementation.is_pandas():
            major = int(sys.modules["pandas"].__version__.partition(".")[0])
            native = native if major >= 3 else native.copy()  # 3 copies on write
        if attributes := getattr(self.native, "attrs", None):  # of pandas
            native.attrs = dict(attributes)
        return native if self.restored is None else self.restored(native)


def _kind(found: Any) -> type[Frame]:
    if not isinstance(found, nw.LazyFrame) and "numpy" in sys.modules:
        from ml_infra_utils.preprocessing._loaded import Loaded

        return Loaded
    from ml_infra_utils.preprocessing._queries import Query

    return Query


def _of_chunk(data: Any, columns: Any, numeric: bool, arrow: Any) -> Container | None:
    """Return the container of an array or a batch of PyArrow: one of a single chunk meanwhile."""
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
    """Return the container of a pandas frame whose names are not all text: they are meanwhile."""
    if columns is not None:
        columns = [str(c) for c in ([columns] if isinstance(columns, (str, int)) else columns)]
    named = nw.from_native(native.set_axis([str(name) for name in native.columns], axis=1))
    frame = _kind(named)(named, columns, numeric)
    frame.has_names = False
    frame.restored = lambda result: result.set_axis(native.columns, axis=1)
    return frame


def _chosen(
    schema: dict[str, Any], columns: str | Sequence[str] | None, numeric: bool
) -> list[str]:
    if columns is None:
        chosen = [name for name, dtype in schema.items() if dtype.is_numeric() or not numeric]
        if schema and not chosen:
            kinds = ", ".join(f"{name!r}: {dtype}" for name, dtype in schema.items())
            raise TypeError(f"data has no numeric column, its columns are {{{kinds}}}")
        return chosen
    if not isinstance(columns, (str, Iterable)):
        raise TypeError(f"columns must be a name or a list of names, got {described(columns)}")
    chosen = [columns] if isinstance(columns, str) else list(columns)
    if not chosen:
        raise ValueError("columns is empty: name at least one column, or pass None for all")
    for name in chosen:
        if name not in schema:
            near = difflib.get_close_matches(str(name), list(schema), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"the columns are {list(schema)}"
            raise ValueError(f"column {name!r} does not exist: {hint}")
        if numeric and not schema[name].is_numeric():
            raise TypeError(f"column {name!r} is not numeric, its type is {schema[name]}")
    return chosen


def python(value: Any) -> Any:
    """Return a number of NumPy as that of Python."""
    return value.item() if hasattr(value, "item") else value
