"""What checks read of arrays that are no plain ones: records, sparse, stored in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._containers.chosen_columns import chosen_columns
from ml_infra_utils.preprocessing._containers.lists import Values
from ml_infra_utils.preprocessing._containers.numpy_arrays import NumPyArray, masks_of
from ml_infra_utils.preprocessing._predicates import Mistyped
from ml_infra_utils.preprocessing._statistics import ColumnPlaces, Places
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._containers.base import Container
    from ml_infra_utils.preprocessing._predicates import Predicate

# Times in these units come as integers out of an array, and NaT too.
_FINE_UNITS = ("ns", "ps", "fs", "as")


def listed(data: np.ndarray) -> Any:
    """Return the values of an array of any type as a list of Python objects."""
    if data.dtype.kind in "mM" and np.datetime_data(data.dtype)[0] in _FINE_UNITS:
        data = data.astype(f"{data.dtype.kind}8[us]")
    return np.atleast_1d(data).tolist()


class Fields:
    """A structured array: a column for each field."""

    def __init__(self, data: np.ndarray, predicate: Predicate, columns: Any) -> None:
        if data.ndim != 1:
            raise TypeError(f"data must have one axis of records, got {data.ndim}; pass a field")
        names: Sequence[str] = data.dtype.names or ()
        kinds = {name: data.dtype[name] for name in names}
        numeric = [name for name in names if not predicate.numeric or kinds[name].kind in "biuf"]
        self.names = chosen_columns(columns, names, numeric, kinds.__getitem__)
        self.fields = [_field(data[name], name) for name in self.names]
        self.rows = len(data)

    def find(self, predicate: Predicate, limit: int) -> Places:
        """Return where a predicate holds."""
        columns = []
        for name, field in zip(self.names, self.fields):
            (column,) = field.find(predicate, limit).columns
            columns.append(column._replace(name=name))
        return Places(self.rows, columns)

    def any(self, predicate: Predicate) -> bool:
        """Tell whether a predicate holds anywhere."""
        return any(field.any(predicate) for field in self.fields)


def _field(data: np.ndarray, name: str) -> Container:
    if data.dtype.kind in "biuf":
        return NumPyArray(data)
    if data.dtype.names or data.ndim > 1:
        raise TypeError(f"data must have fields of single values, got {name!r} of {data.dtype}")
    return Values(listed(data))


class Sparse:
    """A sparse matrix or array of SciPy, with the zeros that it does not store."""

    def __init__(self, data: Any) -> None:
        if data.dtype.kind not in "biuf":
            raise TypeError(f"data must hold real numbers, got a sparse one of dtype {data.dtype}")
        if data.ndim != 2:
            raise TypeError(f"data must have two axes if it is sparse, got {described(data)}")
        self.shape = data.shape
        stored = data.tocsr().tocoo()  # which adds up what is stored twice
        at = stored.row.astype(np.int64) * self.shape[1] + stored.col
        order = np.argsort(at, kind="stable")
        self.at, self.values = at[order], np.asarray(stored.data)[order]

    def find(self, predicate: Predicate, limit: int) -> Places:
        """Return where a predicate holds."""
        found: list[int] = []
        for start, mask in masks_of(self.values, predicate):
            found += (np.flatnonzero(mask) + start).tolist()
        count = len(found)
        first = [(int(self.at[i]), self.values[i].item()) for i in found[:limit]]
        if self._holds_for_zero(predicate):
            zeros = self.shape[0] * self.shape[1] - len(self.at)
            count += zeros
            # Among so many cells from the first on are enough that are not stored.
            cells = np.arange(min(self.shape[0] * self.shape[1], len(self.at) + limit))
            zero = self.values.dtype.type(0).item()
            first += [(int(i), zero) for i in np.setdiff1d(cells, self.at)[:limit].tolist()]
            first = sorted(first, key=lambda place: place[0])[:limit]
        width = self.shape[1]
        places = tuple((divmod(at, width), value) for at, value in first)
        return Places(self.shape[0], (ColumnPlaces(None, count, places),))

    def any(self, predicate: Predicate) -> bool:
        """Tell whether a predicate holds anywhere."""
        return self.find(predicate, 0).columns[0].number > 0

    def _holds_for_zero(self, predicate: Predicate) -> bool:
        zero = np.zeros(1, self.values.dtype)
        if isinstance(predicate, Mistyped):
            return predicate.holds_for(type(zero[0].item()))
        return predicate.of_value(zero[0].item(), 0)


class _Stored(NumPyArray):
    """An array that another library keeps, perhaps in a file: it is read in blocks."""

    native: Any

    def __init__(self, data: Any) -> None:
        self.native, self.n_axes = _Slices(data), data.ndim


class _Slices:
    """Slices of a stored array, as NumPy arrays."""

    def __init__(self, data: Any) -> None:
        self.data, self.dtype, self.shape = data, data.dtype, data.shape
        self.size = int(np.prod(data.shape))

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, index: Any) -> np.ndarray:
        part = self.data[index]
        return np.asarray(part.todense() if hasattr(part, "todense") else part)


def stored(data: Any) -> Container:
    """Return the cells of an array that another library keeps.

    Raises
    ------
    ValueError
        If it has no axis.
    """
    if not data.ndim:
        raise ValueError(f"data must have an axis, got the single value {data!r}")
    if np.dtype(data.dtype).kind in "biuf":
        return _Stored(data)
    raise TypeError(
        f"data must hold real numbers, got an array of dtype {data.dtype}; pass numpy.asarray(data)"
    )
