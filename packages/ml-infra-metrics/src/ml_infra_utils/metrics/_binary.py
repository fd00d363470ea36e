"""Scores and labels of a binary decision, and of a table with a column for each class."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, Hashable, Iterable, NamedTuple, Sequence

from ml_infra_utils.metrics._classes import as_classes, as_positive_class, in_order
from ml_infra_utils.metrics._columns import (
    as_column,
    as_list,
    column_names,
    is_array,
    is_numpy,
    is_two_dimensional,
    length,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._counting import classes_of
from ml_infra_utils.metrics._numbers import as_numbers, as_probabilities, as_weights, scaled
from ml_infra_utils.metrics._scores import warn_unseen

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_SMALL = 200  # examples; longer lists become arrays if NumPy is loaded


class Binary(NamedTuple):
    """One score an example, whether it is positive, and its weight: all lists or all arrays."""

    scores: Any
    hits: Any
    weights: Any  # None if all examples weigh alike

    def mean(self, losses: Any) -> float:
        """Return the weighted mean of a loss of each example; nan for no examples."""
        weights = None if self.weights is None else scaled(self.weights)
        total = len(losses) if weights is None else math.fsum(weights)
        if not total:
            return math.nan
        if is_numpy(losses):
            weighted = losses if weights is None else losses * weights
            return float(weighted.sum()) / total
        weights = weights or [1] * len(losses)
        return math.fsum(loss * weight for loss, weight in zip(losses, weights)) / total


def read_binary(
    scores: Any,
    labels: Any,
    positive_class: Hashable,
    sample_weight: Any,
    name: str,
) -> Binary:
    """Return scores, or probabilities if they are named so, with their labels.

    Warns if the positive class never occurs.
    """
    read = as_probabilities if name == "probabilities" else as_numbers
    numbers = read(scores, name)
    positive_class = as_positive_class(positive_class)
    actual = as_column(labels, "labels")
    same_length(numbers, actual, (name, "labels"))
    weights = None if sample_weight is None else as_weights(sample_weight, len(numbers))
    seen = classes_of(actual)
    if seen and positive_class not in seen:
        warn_unseen(positive_class, in_order(seen))
    hits = _equal_to(actual, positive_class, seen)
    if not is_numpy(numbers) and not (len(numbers) > _SMALL and "numpy" in sys.modules):
        return Binary(numbers, as_list(hits), None if weights is None else as_list(weights))
    import numpy as np

    return Binary(
        np.asarray(numbers, dtype=np.float64),
        np.asarray(hits, dtype=bool),
        None if weights is None else np.asarray(weights, dtype=np.float64),
    )


def _equal_to(actual: Any, positive_class: Hashable, seen: set[Hashable]) -> Any:
    if positive_class not in seen:
        return [False] * length(actual)
    if is_array(actual):
        return on_host(actual) == positive_class
    return [label == positive_class for label in actual]


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
            f"{name} must be a table of numbers with rows of one length: {error}"
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
        columns = f"columns {list(named)!r}" if named else f"{width} columns"
        got = f"got {columns} of {name} and labels {in_order(seen)!r}"
        raise ValueError(
            f"{got}, which do not say whose each column is; pass its class as classes="
            if classes is None
            else f"classes must name each column and every label, {got} for classes={names!r}"
        )
    return np.array([index[label] for label in as_list(actual)], dtype=np.intp)
