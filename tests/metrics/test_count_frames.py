"""Counts in a data frame: a row for each label, whatever the library, and never transposed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.metrics import ConfusionMatrix

COUNTS = [[5, 1], [2, 9]]
MATRIX = ConfusionMatrix(["cat", "dog"], COUNTS)
COLUMNS = {"cat": [5, 2], "dog": [1, 9]}
NUMBERED = {"column_0": [5, 2], "column_1": [1, 9]}


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame(COLUMNS),
        pl.DataFrame(COLUMNS).lazy(),
        pl.DataFrame(NUMBERED),
        pa.table(COLUMNS),
        pd.DataFrame(COLUMNS),
        pd.DataFrame(COUNTS),
        pd.DataFrame(COLUMNS, index=["cat", "dog"]),
        pd.DataFrame(COLUMNS, index=["cat", "dog"]).loc[["dog", "cat"], ["dog", "cat"]],
        pd.DataFrame(COUNTS, index=["cat", "dog"]),
    ],
)
def test_rows_are_labels_and_columns_predictions(frame: Any) -> None:
    assert MATRIX == ConfusionMatrix(["cat", "dog"], frame)
    assert MATRIX.counts == ConfusionMatrix(["cat", "dog"], frame).counts


@pytest.mark.parametrize("container", [pl.DataFrame, pa.table, pd.DataFrame])
def test_names_of_a_frame_are_the_classes(container: Any) -> None:
    assert MATRIX == ConfusionMatrix(counts=container(COLUMNS))
    if container is pd.DataFrame:
        assert ConfusionMatrix([0, 1], COUNTS) == ConfusionMatrix(counts=pd.DataFrame(COUNTS))


def test_a_crosstab_is_read_as_it_stands() -> None:
    labels, predictions = ["a", "b", "b", "c", "a"], ["a", "b", "d", "b", "d"]
    table = pd.crosstab(pd.Series(labels), pd.Series(predictions))
    expected = ConfusionMatrix.from_predictions(predictions, labels)
    assert expected == ConfusionMatrix(counts=table)
    assert ("d", "c", "b", "a") == ConfusionMatrix(list("dcba"), table).classes


@pytest.mark.parametrize(
    ("classes", "frame", "message"),
    [
        (["cat", "cow"], pd.DataFrame(COLUMNS), "a column for each of the classes 'cat', 'cow', "),
        (["a", "b"], pd.DataFrame(COUNTS, index=["a", "x"]), "a row for each .* got one for 'x'"),
        (["a", "b", "c"], pl.DataFrame(NUMBERED), "a row for each of 3 classes, got 2 rows with"),
        (["cat", "dog"], pl.DataFrame({"cat": [-1, 0], "dog": [0, 1]}), r"counts\[0\]\[0\] must"),
    ],
)
def test_frames_that_do_not_fit_the_classes_are_refused(
    classes: Any, frame: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix(classes, frame)
