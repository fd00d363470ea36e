"""Leave out the examples whose label is padding, or a class that does not count."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from typing import Any, Sequence

from ml_infra_utils.metrics._reading.classes import as_ignored
from ml_infra_utils.metrics._reading.columns import (
    as_known_frame,
    column_of,
    is_array,
    on_host,
)


def without(ignore: Any, labels: Any, *columns: Any) -> tuple[Any, ...]:
    """Return labels and columns without the examples whose label is one of `ignore`.

    Each stays what it is: a list, an array on its device, a column or a frame with its names.
    Columns of another length than the labels stay whole, so that who reads them says so.

    Raises
    ------
    ValueError
        If the labels are a table.
    TypeError
        If `ignore` is no class, or the labels are none.
    """
    ignored = as_ignored(ignore)
    if not ignored:
        return (labels, *columns)
    if column_of(labels).is_table:
        raise ValueError("ignore must be None for a table of labels, got classes to leave out")
    passed = [list(each) if isinstance(each, Iterator) else each for each in (labels, *columns)]
    read = column_of(passed[0]).read("labels")
    n = read.length
    if any(each is not None and _length(each) not in (n, None) for each in passed):
        return tuple(passed)
    kept = [label not in ignored for label in read.to_list()]
    if all(kept):
        return tuple(passed)
    return tuple(None if each is None else _chosen(each, kept) for each in passed)


def _length(values: Any) -> int | None:
    if hasattr(values, "shape"):
        return int(values.shape[0]) if len(values.shape) else None
    return len(values) if hasattr(values, "__len__") else None


def _chosen(values: Any, kept: Sequence[bool]) -> Any:
    """Return the values, or rows, that are kept."""
    if isinstance(values, (list, tuple)):
        return list(compress(values, kept))
    if is_array(values):
        return _chosen_of_array(values, kept)
    import narwhals as nw

    known: Any = nw.from_native(as_known_frame(values), allow_series=True, pass_through=True)
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    if isinstance(known, (nw.DataFrame, nw.Series)):
        return known.filter(list(kept)).to_native()
    return list(compress(values, kept))


def _chosen_of_array(array: Any, kept: Sequence[bool]) -> Any:
    import array_api_compat
    import numpy as np

    places = np.flatnonzero(kept)
    if hasattr(array, "__dask_graph__") or not hasattr(array, "__dlpack_device__"):
        return on_host(array)[places]
    xp = array_api_compat.array_namespace(array)
    device = array_api_compat.device(array)
    return xp.take(array, xp.asarray(places, device=device), axis=0)
