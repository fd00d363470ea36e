"""The container of what a scaler takes: samples of features."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.base import are_dicts
from ml_infra_utils.preprocessing._containers.kinds import container_of
from ml_infra_utils.preprocessing._values import is_missing, is_number
from ml_infra_utils.preprocessing._words import counted, described, listed

if TYPE_CHECKING:
    from ml_infra_utils.preprocessing._containers.base import Container


def samples_of(X: Any, name: str, columns: Any = None, may_be_empty: bool = False) -> Container:
    """Return the container of data of shape (n_samples, n_features), or of some columns of it.

    Raises
    ------
    ValueError
        If it has another number of axes, or no sample, or no feature.
    TypeError
        If it holds what is not a number, or is sparse.
    """
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    if type(X).__module__.partition(".")[0] == "scipy":
        raise TypeError(f"X must not be sparse, got {type(X).__name__}; pass X.toarray()")
    if kind == "c":
        raise ValueError(f"Complex data not supported by {name}: got dtype {X.dtype}")
    if isinstance(X, Iterator):
        raise TypeError(f"X must be an array, a frame or rows, got {described(X)}; write list(X)")
    if isinstance(X, Mapping):
        raise TypeError(
            f"X must be an array, a frame or rows, got {described(X)}; write [X] for one row, or "
            "make a frame of columns"
        )
    is_table = hasattr(X, "shape") or hasattr(type(X), "columns")  # tables of Ibis have the latter
    is_list = isinstance(X, (list, tuple)) and not are_dicts(X)
    if is_list or (hasattr(X, "__array__") and not is_table):
        X = _rows(X)
    container = container_of(X, columns=columns)
    container.has_names = container.has_names and not is_list
    if container.n_axes != 2:
        raise ValueError(
            f"Expected 2D array, got {container.n_axes}D array instead. Reshape your data using "
            "X.reshape(-1, 1) if it has a single feature or X.reshape(1, -1) if it is a single "
            "sample; of a series, make a frame."
        )
    if container.is_empty and not (may_be_empty and container.n_features):
        what = "sample" if container.n_features else "feature"
        shape = X.shape if hasattr(X, "shape") else (len(X), 0)
        raise ValueError(
            f"Found array with 0 {what}(s) (shape={shape}) while a minimum of 1 is required."
        )
    names = container.names or ()
    if columns is None and len(names) < len(container.all_names):
        unused = [name for name in container.all_names if name not in names]
        raise TypeError(
            f"columns of X must be numeric, got others, {listed(unused)}; name the columns to "
            "scale by columns="
        )
    return container


def weights_of(sample_weight: Any, rows: int) -> Any:
    """Return the weight of each sample as an array of floats.

    Raises
    ------
    ValueError
        If there are more or fewer weights than samples, or one is missing, negative or infinite, or
        none is positive.
    TypeError
        If one is no number.
    """
    import numpy as np

    if is_number(sample_weight):
        sample_weight = [sample_weight] * rows
    # NumPy makes texts of [1, 'x'].
    kind = object if isinstance(sample_weight, (list, tuple)) else None
    given = np.asarray(sample_weight, kind)
    if given.shape != (rows,):
        shape = f"{given.ndim} axes" if given.ndim != 1 else counted(len(given), "value")
        raise ValueError(
            f"sample_weight must have {counted(rows, 'value')}, one for each sample, got {shape}"
        )
    if given.dtype.kind not in "biuf":
        values = [math.nan if is_missing(value) else value for value in given.tolist()]
        for place, value in enumerate(values):
            if not is_number(value):
                raise TypeError(f"sample_weight[{place}] must be a number, got {described(value)}")
        given = np.array(values)
    weights = given.astype(float)
    for wrong, expected in (
        (np.isnan(weights), "have no missing values"),
        (weights < 0, "be at least 0"),
        (np.isinf(weights), "be finite"),
    ):
        if wrong.any():
            place = int(wrong.argmax())
            raise ValueError(
                f"sample_weight must {expected}, got {weights[place]:g} at index {place}"
            )
    if not weights.any():
        raise ValueError("sample_weight must have a positive value, got zeros only")
    return weights


def _rows(X: Any) -> Any:
    try:
        import numpy as np
    except ImportError:
        return _rows_without_numpy(X)
    try:
        rows = np.asarray(X)
    except ValueError:
        raise _unequal(X) from None
    if rows.dtype == object and all(is_missing(x) or is_number(x) for x in rows.flat):
        numbers = [math.nan if is_missing(x) else x for x in rows.flat]
        return np.array(numbers, float).reshape(rows.shape)
    return rows


def _rows_without_numpy(X: Any) -> Any:
    """Return rows by the numbers of their columns."""
    widths = {len(row) if isinstance(row, (list, tuple)) else None for row in X}
    if widths <= {None}:
        return X  # a single axis
    if len(widths) > 1:
        raise _unequal(X)
    return [dict(enumerate(row)) for row in X]


def _unequal(X: Any) -> ValueError:
    lengths = sorted({len(row) for row in X if hasattr(row, "__len__")})
    return ValueError(f"rows of X must have one length, got {listed(lengths)}")
