"""What a check reads: every container, and what iterates into rows, cell by cell.

Nothing is taken for a single value that is not one. What cannot be read is a TypeError.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.chosen_columns import chosen_columns
from ml_infra_utils.preprocessing._containers.kinds import container_of
from ml_infra_utils.preprocessing._containers.lists import Values, values_of
from ml_infra_utils.preprocessing._predicates import Mistyped
from ml_infra_utils.preprocessing._statistics import ColumnPlaces, Places
from ml_infra_utils.preprocessing._values import (
    is_missing,
    is_number,
    is_single,
    is_single_type,
    place_told,
    python_number,
)
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Protocol

    from ml_infra_utils.preprocessing._predicates import Predicate

    class Cells(Protocol):
        """What can be checked."""

        def find(self, predicate: Predicate, limit: int) -> Places:
            """Return where a predicate holds, with the first `limit` places of each column."""

        def any(self, predicate: Predicate) -> bool:
            """Tell whether a predicate holds anywhere."""


def cells_of(data: Any, predicate: Predicate, columns: Any = None) -> Cells:
    """Return the cells of data that a predicate is asked of.

    Raises
    ------
    TypeError
        If `data` is text, a mapping, a set or a grouped frame, or rows and single values are mixed.
    """
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(data, numpy.ndarray):
        from ml_infra_utils.preprocessing._containers import array_cells

        if data.dtype.names:
            return array_cells.Fields(data, predicate, columns)
        if data.dtype.kind not in "biuf" and not isinstance(data, numpy.ma.MaskedArray):
            data = array_cells.listed(data)
    elif hasattr(type(data), "tocoo"):
        from ml_infra_utils.preprocessing._containers.array_cells import Sparse

        _refuse_columns(columns)
        return Sparse(data)
    elif not isinstance(data, (list, tuple)):
        if type(data).__name__.endswith("GroupBy"):
            raise TypeError(f"data must be a frame, got {described(data)}; pass the frame itself")
        if isinstance(data, Mapping):
            raise TypeError(
                f"data must be a sequence of values, got {described(data)}; "
                "pass [data] if it is one row, or a frame"
            )
        if _is_stored(data):
            from ml_infra_utils.preprocessing._containers.array_cells import stored

            _refuse_columns(columns)
            return stored(data)
        container = container_of(data, columns=columns, numeric=predicate.numeric)
        if type(container) is not Values:
            return container
        data = container.values
    if not isinstance(data, (list, tuple)):
        return container_of(data, columns=columns, numeric=predicate.numeric)
    return _cells_of_list(data, predicate, columns)


def any_of(data: Any, predicate: Predicate, columns: Any = None) -> bool:
    """Tell whether a predicate holds for any cell; an iterator is read up to the first one."""
    if not isinstance(data, Iterator):
        return bool(cells_of(data, predicate, columns).any(predicate))
    _refuse_columns(columns)
    return any(predicate.of_value(value, place) for place, value in _read(data, predicate))


def _cells_of_list(data: Sequence[Any], predicate: Predicate, columns: Any) -> Cells:
    kinds = tuple(kind for kind in set(map(type, data)) if not is_single_type(kind))
    if kinds:
        rows = [row for row in data if isinstance(row, kinds) and not is_single(row)]
        if rows and _form(rows[0], predicate) != _SINGLE:
            is_mixed = isinstance(predicate, Mistyped) and len(rows) < len(data)
            if not is_mixed and all(_keys_of(row) is not None for row in rows):
                return Keyed(data, predicate, columns)
            _refuse_columns(columns)
            return Nested(data)
    _refuse_columns(columns)
    return Values(data)


_SINGLE, _ROW, _DICT = "a single value", "a row of values", "a dict"


def _form(value: Any, predicate: Predicate) -> str:
    """Tell what an entry is; for a check of types, what has no order is one value too."""
    if isinstance(predicate, Mistyped) and (
        isinstance(value, predicate.expected) or _is_record(value) or not _has_order(value)
    ):
        return _SINGLE
    if is_single(value):
        return _SINGLE
    return _ROW if _keys_of(value) is None else _DICT


def _is_record(value: Any) -> bool:
    """Tell whether a value has fields, but is no dict: a dataclass, or a model of pydantic."""
    return hasattr(value, "__dataclass_fields__") or hasattr(type(value), "model_fields")


def _has_order(value: Any) -> bool:
    return not isinstance(value, Set) and not hasattr(value, "columns")


class Nested:
    """Rows of values, in lists, tuples or arrays. A position has an index for each of them."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows

    def find(self, predicate: Predicate, limit: int) -> Places:
        """Return where a predicate holds."""
        holds = predicate.of_value
        count = 0
        first: list[tuple[Any, Any]] = []
        for place, value in _read(self.rows, predicate):
            if holds(value, place):
                count += 1
                if len(first) < limit:
                    first.append((place, value))
        return Places(len(self.rows), (ColumnPlaces(None, count, tuple(first)),))

    def any(self, predicate: Predicate) -> bool:
        """Tell whether a predicate holds anywhere."""
        return any(predicate.of_value(value, place) for place, value in _read(self.rows, predicate))


class Keyed:
    """Rows that are dicts or records: a column for each key. A key that a row lacks is None."""

    def __init__(self, rows: Sequence[Any], predicate: Predicate, columns: Any) -> None:
        for i, row in enumerate(rows):
            if is_single(row) and not is_missing(row):
                raise TypeError(f"data[{i}] must be a dict, as others are, got {described(row)}")
        self.rows = [{} if is_single(row) else _mapping(row) for row in rows]
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        numeric = [name for name in names if not predicate.numeric or self._has_numbers(name)]
        self.names = chosen_columns(columns, names, numeric, self._kind)

    def find(self, predicate: Predicate, limit: int) -> Places:
        """Return where a predicate holds."""
        columns = []
        for name in self.names:
            found = [(i, value) for i, value in self._column(name, predicate)]
            columns.append(ColumnPlaces(name, len(found), tuple(found[:limit])))
        return Places(len(self.rows), columns)

    def any(self, predicate: Predicate) -> bool:
        """Tell whether a predicate holds anywhere."""
        return any(True for name in self.names for _ in self._column(name, predicate))

    def _column(self, name: Any, predicate: Predicate) -> Iterator[tuple[int, Any]]:
        for i, row in enumerate(self.rows):
            value = row.get(name)
            _check_single(value, (i, name), predicate)
            if predicate.of_value(value, (i, name)):
                yield i, value

    def _first(self, name: Any) -> Any:
        values = (row[name] for row in self.rows if name in row)
        return next((value for value in values if not is_missing(value)), None)

    def _has_numbers(self, name: Any) -> bool:
        first = self._first(name)
        return first is None or is_number(first) or hasattr(first, "__float__")

    def _kind(self, name: Any) -> str:
        return type(self._first(name)).__name__


def _read(rows: Iterable[Any], predicate: Predicate) -> Iterator[tuple[Any, Any]]:
    """Yield the position and the value of each cell, row by row.

    Raises
    ------
    TypeError
        If some entries are rows and others are single values, or a row has no order.
    """
    form = ""
    known: dict[Any, None] = {}
    for i, row in enumerate(rows):
        kind = _form(row, predicate)
        if kind == _SINGLE and is_missing(row):
            yield i, row
            continue
        form = form or kind
        if kind != form and not isinstance(predicate, Mistyped):
            raise TypeError(f"data[{i}] must be {form}, as others are, got {described(row)}")
        if kind == _SINGLE or kind != form:
            yield i, row
            continue
        if kind == _ROW:
            yield from _read_row(row, (i,), predicate)
            continue
        mapping = _mapping(row)
        for name in {**known, **mapping}:
            value = mapping.get(name)
            _check_single(value, (i, name), predicate)
            if not predicate.numeric or is_missing(value) or is_number(value):
                yield (i, name), value
        known.update(dict.fromkeys(mapping))


def _read_row(row: Any, place: tuple[Any, ...], predicate: Predicate) -> Iterator[tuple[Any, Any]]:
    for i, value in enumerate(_listed(row, place)):
        here = (*place, i)
        kind = _form(value, predicate)
        if kind == _SINGLE:
            yield here, value
        elif kind == _DICT:
            _check_single(value, here, predicate)
        else:
            yield from _read_row(value, here, predicate)


def _keys_of(row: Any) -> Callable[[], Iterable[Any]] | None:
    """Return how the keys of a row are read, if it has some: a dict, or a record."""
    if isinstance(row, Mapping):
        return row.keys
    names = getattr(getattr(row, "dtype", None), "names", None)
    if names:
        return lambda: names
    has_values = hasattr(row, "tolist") or hasattr(row, "to_list") or hasattr(row, "columns")
    keys: Any = None if has_values else getattr(row, "keys", None)
    return keys if callable(keys) else None


def _mapping(row: Any) -> Mapping[Any, Any]:
    if isinstance(row, Mapping):
        return row
    keys: Any = _keys_of(row)
    return {key: python_number(row[key]) for key in keys()}


def _listed(row: Any, place: tuple[Any, ...]) -> Any:
    if isinstance(row, (list, tuple)):
        return row
    if _is_record(row) or not _has_order(row):
        raise TypeError(
            f"data{place_told(place)} must be a value or a row of values, got {described(row)}"
            f"{'; pass a list of dicts' if _is_record(row) else ''}"
        )
    for name in ("tolist", "to_list", "to_pylist"):
        if hasattr(row, name):
            return getattr(row, name)()
    return values_of(row)


def _check_single(value: Any, place: tuple[Any, ...], predicate: Predicate) -> None:
    if is_single(value) or isinstance(predicate, Mistyped):
        return
    raise TypeError(
        f"data{place_told(place)} must be a single value, got {described(value)}; "
        "check what it holds on its own"
    )


def _is_stored(data: Any) -> bool:
    """Tell whether data is an array of another library, in memory or not, as those of zarr."""
    root = type(data).__module__.partition(".")[0]
    return root in ("h5py", "sparse", "xarray", "zarr") and all(
        hasattr(data, name) for name in ("shape", "dtype", "ndim")
    )


def _refuse_columns(columns: Any) -> None:
    if columns is not None:
        raise TypeError(f"columns must be None unless data has names, got {described(columns)}")
