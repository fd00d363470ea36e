"""The columns of a frame of pandas: of NumPy, with masks, or of PyArrow."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ml_infra_utils.preprocessing._containers.columns import (
    PLAIN,
    Block,
    Columns,
    by_type,
    kind_of_numbers,
    together,
)
from ml_infra_utils.preprocessing._limits import BLOCK, REORDERED
from ml_infra_utils.preprocessing._values import is_missing, is_number, is_single, python_number
from ml_infra_utils.preprocessing._words import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ml_infra_utils.preprocessing._containers.columns import Written

_COPIES_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3
# Columns of numbers that are read by their values, and come back as plain floats.
_DECODED = "decoded"
_NESTED = frozenset(["ListType", "LargeListType", "FixedSizeListType", "StructType", "MapType"])
_WITHOUT_COPY: dict[str, Any] = {} if _COPIES_ON_WRITE else {"copy": False}


def columns_of(data: Any) -> tuple[Columns, bool, Callable[[Any], Any]] | None:
    """Return the columns of what came in, whether it is a series, and how it comes back."""
    if isinstance(data, pd.DataFrame):
        return PandasColumns(data), False, lambda frame: frame
    if isinstance(data, pd.Series):

        def series_of(frame: Any) -> Any:
            return data._constructor(frame.iloc[:, 0], **_WITHOUT_COPY).__finalize__(data)

        return PandasColumns(data.to_frame(0)), True, series_of
    return None


class PandasColumns(Columns):
    """The columns of a frame of pandas."""

    def __init__(self, frame: pd.DataFrame) -> None:
        if not frame.columns.is_unique:
            twice = frame.columns[frame.columns.duplicated()].unique().tolist()
            raise ValueError(f"data must name each column once, got {listed(twice)} twice")
        if not _COPIES_ON_WRITE:
            frame = _with_native_bytes(frame)
        self.names, self.rows = frame.columns.tolist(), len(frame)
        self._given = frame
        self._types = frame.dtypes.tolist()
        encoded = {each for each in set(self._types) if _is_encoded(each)}
        self._decoded = _decoded(frame, encoded, self._types) if encoded else {}
        if self._decoded:
            frame = frame.copy(deep=False)
            for place, column in self._decoded.items():
                frame.isetitem(place, column)
            self._types = frame.dtypes.tolist()
        self.frame = frame
        kinds = set(self._types)
        self.unreadable = self._places({each for each in kinds if each.kind == "c"}, kinds)
        self.numeric = self._places({each for each in kinds if _family(each)}, kinds)

    def _places(self, chosen: set[Any], kinds: set[Any]) -> Sequence[int]:
        """Return the places of columns of the chosen types; a frame is seldom of more than one."""
        if len(chosen) == len(kinds):
            return range(len(self._types))
        return [p for p, each in enumerate(self._types) if each in chosen] if chosen else ()

    def blocks(self, places: Sequence[int]) -> list[Block]:
        blocks = []
        kinds: Sequence[Any] = self._types
        if self._decoded:
            kinds = [(each, place in self._decoded) for place, each in enumerate(kinds)]
        for kind, some in by_type(places, kinds).items():
            each, is_decoded = kind if self._decoded else (kind, False)
            family = _family(each)
            fitting = max(1, together(self.rows) // 2)  # they are copied twice
            if family == "Arrow":
                from ml_infra_utils.preprocessing._containers import arrow_columns

                dtype, read = arrow_columns.numpy_dtype(each.pyarrow_dtype), self._read_arrow
            elif family == "masked":
                dtype, read = each.numpy_dtype, self._read_masked
            else:
                dtype, read = each, self._read_plain
                if is_decoded:
                    family = _DECODED
                elif self._is_one_array(some):
                    fitting = len(some)
            blocks.append(Block(some, dtype, family, read, fitting))
        return blocks

    def column(self, place: int) -> pd.Series:
        return self.frame.iloc[:, place]

    def nulls(self, places: Sequence[int]) -> Any:
        return self._some(places).isna().to_numpy()

    def is_nested(self, place: int) -> Any:
        column, dtype = self._given.iloc[:, place], self._given.dtypes.iloc[place]
        if hasattr(dtype, "pyarrow_dtype"):
            return type(dtype.pyarrow_dtype).__name__ in _NESTED
        return _is_object(dtype) and not is_single(_first(column))

    def value(self, place: int, row: int) -> Any:
        return python_number(self._given.iat[row, place])

    def listed(self, place: int) -> Any:
        return self._given.iloc[:, place].tolist()

    def kind(self, place: int) -> str:
        each = self._types[place]
        return kind_of_numbers(each, _empty) if _family(each) else super().kind(place)

    def replaced(self, written: Sequence[Written]) -> pd.DataFrame:
        places = [place for each in written for place in each.places]
        chosen = set(places)
        others = [place for place in range(len(self.names)) if place not in chosen]
        if len(written) == 1 and not others:
            result = self._part(written[0])
        elif _COPIES_ON_WRITE or self.rows * len(self.names) <= REORDERED:
            parts = [self._part(each) for each in written]
            if others:
                parts.append(self._given.take(others, axis=1))
            result = pd.concat(parts, axis=1, **_WITHOUT_COPY)
            result = result.take(np.argsort(places + others), axis=1)
        else:
            result = self._one_by_one(written, others)
        result.columns = self.frame.columns
        if type(self.frame) is not pd.DataFrame:
            result = self.frame._constructor(result)  # which pandas documents for subclasses
        return result.__finalize__(self.frame)

    def _some(self, places: Sequence[int]) -> pd.DataFrame:
        return self.frame if len(places) == len(self.names) else self.frame.take(places, axis=1)

    def _is_one_array(self, places: Sequence[int]) -> bool:
        """Tell whether the frame is one array, so that to read it is no copy."""
        if len(places) < len(self.names):
            return False
        if self.rows * len(places) <= BLOCK:
            return True
        first, last = (self.column(place).to_numpy() for place in (0, -1))
        return first.base is not None and first.base is last.base

    def _read_plain(self, places: Sequence[int]) -> tuple[np.ndarray, None]:
        if len(places) == 1:  # without a copy
            return self.column(places[0]).to_numpy()[:, None], None
        return self._some(places).to_numpy(), None

    def _read_masked(self, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray | None]:
        frame, dtype = self._some(places), self._types[places[0]].numpy_dtype
        if dtype.kind == "f":
            return frame.to_numpy(dtype, na_value=np.nan), None
        nulls = frame.isna().to_numpy()
        return frame.to_numpy(dtype, na_value=0), nulls if nulls.any() else None

    def _read_arrow(self, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray | None]:
        from ml_infra_utils.preprocessing._containers.arrow_columns import values_of

        return values_of(self._arrow(places))

    def _arrow(self, places: Sequence[int]) -> list[Any]:
        """Return columns as PyArrow has them."""
        return [column.array.__arrow_array__() for _, column in self._some(places).items()]

    def _part(self, written: Written) -> pd.DataFrame:
        """Return new values of some columns of a family as a frame."""
        if written.family in (PLAIN, _DECODED):
            return pd.DataFrame(written.values, self.frame.index, copy=False)
        columns = dict(enumerate(self._each(written)))
        return pd.DataFrame(columns, self.frame.index, copy=False)

    def _each(self, written: Written) -> Iterable[Any]:
        """Return new values of some columns of a family as an array for each."""
        places, family, values = written
        if family in (PLAIN, _DECODED):
            return values.T
        if family == "Arrow":
            from ml_infra_utils.preprocessing._containers.arrow_columns import arrays_of

            return map(pd.arrays.ArrowExtensionArray, arrays_of(values, self._arrow(places)))
        array = pd.arrays.FloatingArray if values.dtype.kind == "f" else pd.arrays.IntegerArray
        return map(array, values.T, self.nulls(places).T)

    def _one_by_one(self, written: Sequence[Written], others: Sequence[int]) -> pd.DataFrame:
        """Return the columns in order, each an array of its own, without a copy of the new ones."""
        columns: dict[int, Any] = dict.fromkeys(range(len(self.names)))
        for each in written:
            columns.update(zip(each.places, self._each(each)))
        for place in others:
            columns[place] = self._given.iloc[:, place].copy()
        return pd.DataFrame(columns, self.frame.index, copy=False)


def _with_native_bytes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without columns of swapped bytes: pandas 2 cannot take such by their place."""
    swapped = {
        name: dtype.newbyteorder("=")
        for name, dtype in zip(frame.columns, frame.dtypes)
        if isinstance(dtype, np.dtype) and not dtype.isnative
    }
    return frame.astype(swapped) if swapped else frame


def _empty(dtype: Any) -> pd.Series:
    return pd.Series([], dtype=dtype)


def _is_encoded(dtype: Any) -> bool:
    """Tell whether a type does not say how its values are kept, or that they are numbers."""
    if hasattr(dtype, "pyarrow_dtype"):
        from ml_infra_utils.preprocessing._containers.arrow_columns import is_encoded

        return bool(is_encoded(dtype.pyarrow_dtype))
    if isinstance(dtype, pd.CategoricalDtype):
        return dtype.categories is not None and dtype.categories.dtype.kind in "iuf"
    return _is_object(dtype) or (isinstance(dtype, pd.SparseDtype) and dtype.subtype.kind in "iuf")


def _is_object(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind == "O"


def _decoded(frame: pd.DataFrame, encoded: set[Any], types: list[Any]) -> dict[int, Any]:
    """Return the values of columns that hold numbers, but are not of a type of numbers."""
    columns = {}
    for place, each in enumerate(types):
        if each in encoded:
            values = _values(frame.iloc[:, place])
            if values is not None:
                columns[place] = values
    return columns


def _values(column: pd.Series) -> Any:
    """Return the values of an encoded column; None of objects that are no numbers."""
    dtype = column.dtype
    if hasattr(dtype, "pyarrow_dtype"):
        from ml_infra_utils.preprocessing._containers.arrow_columns import decoded

        return pd.arrays.ArrowExtensionArray(decoded(column.array.__arrow_array__()))
    if not _is_object(dtype):
        return np.asarray(column)
    first = _first(column)
    if first is None or isinstance(first, bool) or not is_number(first):
        return None
    objects = column.tolist()
    kinds = {kind for kind in set(map(type, objects)) if not issubclass(kind, (int, float))}
    numbers = objects
    if kinds:
        numbers = [math.nan if is_missing(each) else each for each in objects]
        if not all(map(is_number, numbers)):
            return None
    with suppress(OverflowError):
        if set(map(type, numbers)) == {int}:
            return np.array(numbers, np.int64)
    try:
        return np.array(list(map(float, numbers)))
    except OverflowError:
        return None


def _first(column: pd.Series) -> Any:
    """Return the first value of a column that is not missing."""
    return next((each for each in column.array if not is_missing(each)), None)


def _family(dtype: Any) -> str | None:
    """Return how columns of a type of numbers are kept; None if they are no numbers."""
    if hasattr(dtype, "pyarrow_dtype"):
        from ml_infra_utils.preprocessing._containers.arrow_columns import is_numeric

        return "Arrow" if is_numeric(dtype.pyarrow_dtype) else None
    if dtype.kind not in "iuf" or hasattr(dtype, "subtype"):
        return None
    return PLAIN if isinstance(dtype, np.dtype) else "masked"
