"""Scores with a row for each example and a column for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Iterable, Sequence

from ml_infra_utils.metrics._counting.pairs import classes_of
from ml_infra_utils.metrics._reading.classes import as_classes, in_order
from ml_infra_utils.metrics._reading.columns import (
    as_column,
    as_list,
    column_names,
    is_array,
    is_two_dimensional,
    length,
    on_host,
)
from ml_infra_utils.metrics._words import counted, listed, shortened

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def is_table(scores: Any) -> bool:
    """Say whether there is a row of scores for each example."""
    if isinstance(scores, (list, tuple)):
        return bool(scores) and isinstance(scores[0], (list, tuple))
    return is_two_dimensional(scores)


def read_table(scores: Any, name: str) -> npt.NDArray[np.float64]:
    """Return a finite score for each example (row) and class (column)."""
    try:
        import numpy as np
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f"{name} for each class need NumPy: pip install numpy", name="numpy"
        ) from None

    try:
        table = np.asarray(on_host(scores) if is_array(scores) else scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{name} must be a table of numbers with rows of one length, got what NumPy refuses: "
            f"{shortened(error, 300)}"
        ) from None
    if table.ndim != 2:
        raise ValueError(
            f"{name} must have a row for each example and a column for each class, "
            f"got shape {table.shape}"
        )
    if not np.isfinite(table).all():
        row, column = (int(i) for i in np.argwhere(~np.isfinite(table))[0])
        raise ValueError(
            f"{name} must hold finite numbers, got {float(table[row, column])} at row {row}, "
            f"column {column}"
        )
    return table


def columns_of(
    labels: Any, classes: Iterable[Hashable] | None, scores: Any, shape: tuple[int, ...], name: str
) -> npt.NDArray[np.intp]:
    """Return the column of each label in a table of scores.

    Without classes, the names of a data frame's columns are; where there are none, integers from
    0 are columns themselves, and as many other labels as there are columns are sorted.
    """
    import numpy as np

    actual = as_column(labels, "labels")
    n, width = shape
    if length(actual) != n:
        raise ValueError(
            f"{name} and labels must have same length, got {n} rows and {length(actual)} labels"
        )
    seen, named = classes_of(actual), column_names(scores)
    names: Sequence[Hashable]
    if classes is not None:
        names = as_classes(classes)
    elif named:
        names = named
    elif all(isinstance(label, int) for label in seen):
        names = range(width)
    else:
        names = in_order(seen)
    index = {label: i for i, label in enumerate(names)}
    if len(index) != width or not seen <= index.keys():
        columns = f"columns {listed(named)}" if named else counted(width, "column")
        got = f"{columns} of {name} and labels {listed(in_order(seen))}"
        raise ValueError(
            f"classes must say whose each column is, got {got}; pass the class of each as classes="
            if classes is None
            else f"classes must name each column and every label, got {listed(names)} for {got}"
        )
    return np.array([index[label] for label in as_list(actual)], dtype=np.intp)
