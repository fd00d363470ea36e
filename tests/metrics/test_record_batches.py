"""A batch of PyArrow is taken wherever a table of it is."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pyarrow as pa
import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    MultilabelCounts,
    PairedComparison,
    RegressionErrors,
    ScoreHistogram,
    accuracy,
    log_loss,
    mean_squared_error,
    roc_auc,
)

COLUMNS = {"a": [1, 0, 1], "b": [1, 1, 0], "p": [0.5, 0.25, 1.0], "y": [1, 0, 0]}
FLAGS = {"b": [0, 1, 0], "a": [1, 1, 0]}  # names in another order
CHANCES = {"0": [0.75, 0.25, 0.5], "1": [0.25, 0.75, 0.5]}

TAKEN: dict[str, Callable[[Any], Any]] = {
    "matrix": lambda of: ConfusionMatrix.from_frame(of(COLUMNS), "a", "y", "b"),
    "histogram": lambda of: ScoreHistogram.from_frame(of(COLUMNS), "p", "y"),
    "errors": lambda of: RegressionErrors.from_frame(of(COLUMNS), "p", "y"),
    "comparison": lambda of: PairedComparison.from_frame(of(COLUMNS), "a", "b", "y"),
    "labels": lambda of: MultilabelCounts.from_frame(of(COLUMNS), ["a"], ["b"]),
    "indicators": lambda of: MultilabelCounts.from_indicators(
        of(FLAGS), of({"a": [1, 0, 1], "b": [0, 1, 1]})
    ),
    "indicators beside an array": lambda of: accuracy(
        of(FLAGS), np.array([[0, 1], [1, 1], [1, 1]])
    ),
    "counts": lambda of: ConfusionMatrix(counts=of({"cat": [3, 1], "dog": [0, 2]})),
    "probabilities": lambda of: log_loss(of(CHANCES), ["0", "1", "1"]),
    "scores": lambda of: roc_auc(of(CHANCES), ["0", "1", "1"], average=None),
    "targets": lambda of: mean_squared_error(of(CHANCES), of(CHANCES), average=None),
}


@pytest.mark.parametrize("make", TAKEN.values(), ids=TAKEN)
def test_a_batch_gives_what_its_table_gives(make: Callable[[Any], Any]) -> None:
    assert make(pa.table) == make(pa.RecordBatch.from_pydict)


@pytest.mark.parametrize("of", [pa.table, pa.RecordBatch.from_pydict])
def test_a_batch_is_no_column(of: Any) -> None:
    with pytest.raises(ValueError, match="must be one-dimensional, got a data frame"):
        ScoreHistogram.from_probabilities(of(COLUMNS), [1, 0, 0])
