"""Tables of 0 and 1: which of any number of labels each example has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, NoReturn, Sequence

from ml_infra_utils.metrics._reading.columns import (
    as_known_frame,
    is_array,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._words import listed, shortened

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def as_indicators(values: Any, name: str) -> tuple[tuple[Hashable, ...], npt.NDArray[np.bool_]]:
    """Return the names of the columns of a data frame, none of an array, and the flags."""
    if is_array(values) or isinstance(values, (list, tuple)):
        return (), _flags(values, name)
    import narwhals as nw

    try:
        frame: Any = nw.from_native(as_known_frame(values), pass_through=True)
    except nw.exceptions.DuplicateError as error:
        raise ValueError(
            f"{name} must name each label by one column, got a name twice: {shortened(error, 300)}"
        ) from None
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, nw.DataFrame):
        return (), _flags(values, name)
    names = tuple(frame.columns)
    return names, _flags(_from_frame(frame, name), name)


def paired_indicators(
    predictions: Any, labels: Any
) -> tuple[tuple[Hashable, ...], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return the names of the labels, and predicted and true flags, paired by name if there are.

    Labels are read first: where they are one class an example, predictions are scores of classes.
    """
    names, actual = as_indicators(labels, "labels")
    guessed_names, predicted = as_indicators(predictions, "predictions")
    if names and guessed_names and names != guessed_names:
        predicted = predicted[:, places_of(guessed_names, names)]
    same_length(len(predicted), len(actual))
    if predicted.shape != actual.shape:
        raise ValueError(
            "predictions and labels must have one column for each label, "
            f"got {predicted.shape[1]} and {actual.shape[1]} columns"
        )
    return names or guessed_names or tuple(range(actual.shape[1])), predicted, actual


def _from_frame(frame: Any, name: str) -> npt.NDArray[Any]:
    import numpy as np

    block: npt.NDArray[Any] = frame.to_numpy()
    if block.dtype.kind in "biu" or (block.dtype.kind == "f" and not np.isnan(block).any()):
        return block
    for column in frame.iter_columns():
        if column.null_count():
            row = column.is_null().to_list().index(True)
            _refuse_missing(name, row, repr(column.name))
    return np.column_stack([column.to_numpy() for column in frame.iter_columns()])


def places_of(
    guessed: Sequence[Hashable],
    names: Sequence[Hashable],
    tables: tuple[str, str] = ("predictions", "labels"),
) -> list[int]:
    """Return where each of the names stands among the guessed ones."""
    if set(guessed) != set(names):
        raise ValueError(
            f"{tables[0]} and {tables[1]} must have columns of the same names, got "
            f"{listed(guessed)} and {listed(names)}; pass arrays to pair columns by position"
        )
    places = {name: i for i, name in enumerate(guessed)}
    return [places[name] for name in names]


def _refuse_missing(name: str, row: int, column: object) -> NoReturn:
    raise ValueError(
        f"{name} must have no missing values, got one at row {row}, column {column}; "
        "drop such rows, or fill in"
    )


def _flags(values: Any, name: str) -> npt.NDArray[np.bool_]:
    import numpy as np

    array = on_host(values) if is_array(values) else np.asarray(values)
    if array.ndim != 2:
        raise ValueError(
            f"{name} must be a 2-D array of 0 and 1 like the other, got shape {array.shape}; "
            "to compare one class an example, take argmax(axis=1) of the 2-D one, or "
            "numpy.argmax(frame, axis=1) of a data frame"
        )
    if np.ma.is_masked(array):
        row, column = np.argwhere(np.ma.getmaskarray(array))[0].tolist()
        _refuse_missing(name, row, column)
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        value = array.tolist()[row][column]
        raise ValueError(
            f"{name} must hold 0 and 1, got {shortened(value)} at row {row}, column {column}; "
            + (
                "for a class in each cell, pass both as ravel()"
                if array.dtype.kind in "iu"
                else "turn scores into decisions first, for instance scores >= 0.5"
            )
        )
    flags: npt.NDArray[np.bool_] = np.asarray(array != 0)
    return flags
