"""Scores with a row for each example and a column for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Iterable, NamedTuple, Sequence

from ml_infra_utils.metrics._counting.pairs import classes_of
from ml_infra_utils.metrics._limits import ERROR_OF_A_ROW
from ml_infra_utils.metrics._reading.classes import as_classes, in_order
from ml_infra_utils.metrics._reading.columns import (
    Column,
    column_names,
    column_of,
    is_array,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._reading.indicators import as_indicators, places_of
from ml_infra_utils.metrics._reading.numbers import as_weights, scaled
from ml_infra_utils.metrics._scoring.scored_labels import ScoredLabels
from ml_infra_utils.metrics._undefined import warn
from ml_infra_utils.metrics._words import counted, described, listed, shortened

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class ScoredTable(NamedTuple):
    """Scores with a column for each class or label, and whether each cell is a true one."""

    names: Sequence[Hashable]
    scores: npt.NDArray[np.float64]
    hits: npt.NDArray[np.bool_]
    weights: npt.NDArray[np.float64] | None
    is_multilabel: bool

    def mean(self, losses: npt.NDArray[np.float64]) -> float:
        """Return the weighted mean of a loss of each row; nan for no rows."""
        return ScoredLabels(losses, self.hits, self.weights).mean(losses)


def is_table(scores: Column) -> bool:
    """Say whether there is a row of scores for each example."""
    if scores.is_list:
        return bool(scores.values) and isinstance(scores.values[0], (list, tuple))
    return scores.is_table


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
) -> tuple[Sequence[Hashable], npt.NDArray[np.intp]]:
    """Return the class of each column of a table of scores, and the column of each label.

    Without classes, the names of a data frame's columns are; where there are none, integers from
    0 are columns themselves, and as many other labels as there are columns are sorted.
    """
    import numpy as np

    actual = column_of(labels).read("labels")
    n, width = shape
    if actual.length != n:
        raise ValueError(
            f"{name} and labels must have same length, got {n} rows and {actual.length} labels"
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
    return names, np.array([index[label] for label in actual.to_list()], dtype=np.intp)


def read_rows_of_probabilities(
    probabilities: Any, *, sum_to_1: bool = True
) -> npt.NDArray[np.float64]:
    """Return a table of numbers in [0, 1]; rows that do not sum to 1 warn, and are divided."""
    table = read_table(probabilities, "probabilities")
    import numpy as np

    wrong = (table < 0) | (table > 1)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"probabilities must be in [0, 1], got {float(table[row, column])!r} at row {row}, "
            f"column {column}"
        )
    sums = table.sum(axis=1)
    unequal = np.abs(sums - 1) > ERROR_OF_A_ROW
    if not sum_to_1 or not unequal.any():
        return table
    if not sums.all():
        row = int(sums.argmin())
        raise ValueError(
            f"probabilities must have rows that sum to 1, got a sum of 0.0 in row {row}; drop "
            "such rows, or give each class a probability"
        )
    row = int(unequal.argmax())
    warn(
        f"probabilities must have rows that sum to 1, got a sum of {float(sums[row])!r} in "
        f"row {row}: each row is divided by its sum; divide them yourself if that is meant, "
        "or pass a column for each class that may occur"
    )
    divided: npt.NDArray[np.float64] = table / sums[:, None]
    return divided


def read_scored_table(
    scores: Any,
    labels: Any,
    classes: Iterable[Hashable] | None,
    sample_weight: Any,
    name: str = "scores",
) -> ScoredTable:
    """Return a table of scores, or of probabilities if it is named so, with its labels."""
    is_multilabel = column_of(labels).is_table
    if not is_table(column_of(scores)):
        raise ValueError(
            f"{name} must be a table with a column for each class or label, got one column; pass "
            "average='binary' for the score of one class"
        )
    if name == "probabilities":
        table = read_rows_of_probabilities(scores, sum_to_1=not is_multilabel)
    else:
        table = read_table(scores, name)
    import numpy as np

    names: Sequence[Hashable]
    if is_multilabel:
        names, table, hits = _of_labels(table, scores, labels, classes, name)
    else:
        names, columns = columns_of(labels, classes, scores, table.shape, name)
        hits = columns[:, None] == np.arange(table.shape[1])
    weights = None
    if sample_weight is not None:
        weights = np.asarray(scaled(as_weights(sample_weight, len(table))))
    return ScoredTable(names, table, hits, weights, is_multilabel)


def _of_labels(
    table: npt.NDArray[np.float64],
    scores: Any,
    labels: Any,
    classes: Iterable[Hashable] | None,
    name: str,
) -> tuple[Sequence[Hashable], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the names of labels, their scores and flags; columns of two frames by name."""
    if classes is not None:
        raise ValueError(
            f"classes must be None for a table of labels, got {described(classes)}; name the "
            "columns instead"
        )
    _, hits = as_indicators(labels, "labels")
    same_length(len(table), len(hits), (name, "labels"))
    if table.shape != hits.shape:
        raise ValueError(
            f"{name} and labels must have one column for each label, "
            f"got {table.shape[1]} and {hits.shape[1]} columns"
        )
    scored, named = column_names(scores), column_names(labels)
    if scored and named and scored != named:
        table = table[:, places_of(scored, named, (name, "labels"))]
    return named or scored or range(table.shape[1]), table, hits
