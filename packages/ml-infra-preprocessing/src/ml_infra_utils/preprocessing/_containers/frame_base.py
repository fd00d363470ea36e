"""What series, frames and queries of engines have in common, through narwhals."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import narwhals as nw

from ml_infra_utils.preprocessing._containers.base import Container
from ml_infra_utils.preprocessing._containers.lists import Values
from ml_infra_utils.preprocessing._formulas import Scalars
from ml_infra_utils.preprocessing._predicates import Mistyped
from ml_infra_utils.preprocessing._statistics import ColumnPlaces, Places
from ml_infra_utils.preprocessing._values import python_number
from ml_infra_utils.preprocessing._words import MOST_NAMES, described, listed, nearest, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_infra_utils.preprocessing._predicates import Predicate

SERIES = "value"


class Frame(Container):
    """A frame of which some columns are chosen; the others stay as they are."""

    xp = Scalars
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

    def find(self, predicate: Predicate, limit: int) -> Places:
        columns = []
        for name in self.chosen:
            values = self.frame[name]
            if isinstance(predicate, Mistyped):
                (column,) = Values(values.to_list()).find(predicate, limit).columns
                count, first = column.number, column.first
            else:
                places = self._places(predicate, name)
                count = len(places)
                first = tuple((int(p), python_number(values[int(p)])) for p in places[:limit])
            columns.append(ColumnPlaces(name if self.names else None, count, first))
        return Places(len(self.frame), tuple(columns))

    @abstractmethod
    def _places(self, predicate: Any, name: str) -> Any:
        """Return the rows in which a predicate holds, of a column in memory."""

    def _label(self, name: str) -> Any:
        return name if self.series is None else self.series.name or 0

    def _with(self, columns: Sequence[Any]) -> Any:
        result: Any = self.frame.with_columns(*columns)
        if self.series is not None:
            result = result[SERIES].alias(self.series.name)
        if isinstance(self.native, (nw.Series, nw.DataFrame, nw.LazyFrame)):
            return result
        native = result.to_native()
        if self.series is None and result.implementation.is_pandas():
            major = int(sys.modules["pandas"].__version__.partition(".")[0])
            native = native if major >= 3 else native.copy()  # 3 copies on write
        if attributes := getattr(self.native, "attrs", None):  # of pandas
            native.attrs = dict(attributes)
        return native if self.restored is None else self.restored(native)


def _chosen(
    schema: dict[str, Any], columns: str | Sequence[str] | None, numeric: bool
) -> list[str]:
    if columns is None:
        chosen = [name for name, dtype in schema.items() if dtype.is_numeric() or not numeric]
        if schema and not chosen:
            raise TypeError(f"data must have a numeric column, got {_types(schema, schema)}")
        return chosen
    if not isinstance(columns, (str, Iterable)):
        raise TypeError(f"columns must be a name or a list of names, got {described(columns)}")
    chosen = [columns] if isinstance(columns, str) else list(columns)
    if not chosen:
        raise ValueError("columns must name at least one column, got none; None takes all")
    for name in chosen:
        if name not in schema:
            hint = nearest(name, schema)
            raise ValueError(f"columns must be among {listed(schema)}, got {shortened(name)}{hint}")
        if numeric and not schema[name].is_numeric():
            raise TypeError(f"columns must be numeric, got {_types(schema, [name])}")
    return chosen


def _types(schema: dict[str, Any], names: Iterable[str]) -> str:
    """Tell columns with their types, for an error."""
    names = list(names)
    told = ", ".join(f"{shortened(name, 40)} of type {schema[name]}" for name in names[:MOST_NAMES])
    return f"{told} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else told
