"""Which table a contract is asked of: columns of Python, or a frame of any library."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.ruled_lists import Listed
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._containers.ruled_lists import Table


def table_of(data: Any) -> Table:
    """Return the table that data is: columns of Python, or a frame.

    Raises
    ------
    TypeError
        If it is no table.
    """
    if isinstance(data, Mapping):
        return Listed({name: _listed(name, column) for name, column in data.items()})
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(data, numpy.ndarray) and data.dtype.names:
        from ml_infra_utils.preprocessing._containers.array_cells import listed

        if data.ndim == 1:
            return Listed({name: listed(data[name]) for name in data.dtype.names})
    if isinstance(data, (list, tuple, Iterator)):
        return _of_rows(list(data))
    import narwhals as nw

    frame = nw.from_native(data, pass_through=True)
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        from ml_infra_utils.preprocessing._containers.ruled_frames import Framed

        return Framed(frame, data)
    raise TypeError(
        "data must be a frame, a query, a list of dicts, a dict of lists or a structured array, "
        f"got {described(data)}"
    )


def _of_rows(rows: list[Any]) -> Listed:
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(f"data[{i}] must be a dict, got {described(row)}")
    names = dict.fromkeys(name for row in rows for name in row)
    return Listed({name: [row.get(name) for row in rows] for name in names}, rows)


def _listed(name: Any, column: Any) -> Sequence[Any]:
    if isinstance(column, (list, tuple)):
        return column
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(column, numpy.ndarray) and column.ndim == 1:
        from ml_infra_utils.preprocessing._containers.array_cells import listed

        values: list[Any] = listed(column)
        return values
    for method in ("to_list", "to_pylist", "tolist"):
        if hasattr(column, method):
            found: Sequence[Any] = getattr(column, method)()
            return found
    raise TypeError(f"data[{name!r}] must be a list of values, got {described(column)}")
