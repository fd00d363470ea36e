"""What an error says to do next is right: done, it gives the right number."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest

import ml_infra_utils.metrics as ours

PROBABILITIES = np.array([[0.2, 0.8], [0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
LABELS = np.array([1, 0, 1, 0])
LOGITS = np.array([[0.2, 3.1, -2.0], [4.0, 0.1, 0.2], [-1.0, 0.0, 2.5], [0.0, 0.3, 0.1]])
CLASSES = np.array([1, 0, 2, 0])
HINTS: list[tuple[Callable[[Any, Any], float], Any, Any, str, Callable[[Any], Any], float]] = [
    (ours.roc_auc, PROBABILITIES, LABELS, "[:, 1]", lambda x: x[:, 1], 0.75),
    (ours.average_precision, PROBABILITIES, LABELS, "[:, 1]", lambda x: x[:, 1], 5 / 6),
    (ours.expected_calibration_error, PROBABILITIES, LABELS, "[:, 1]", lambda x: x[:, 1], 0.35),
    (ours.accuracy, LOGITS, CLASSES, "argmax(axis=1)", lambda x: x.argmax(axis=1), 0.75),
    (ours.balanced_accuracy, LOGITS, CLASSES, "argmax(axis=1)", lambda x: x.argmax(axis=1), 5 / 6),
    (ours.accuracy, PROBABILITIES[:, 1], LABELS, "score >= 0.5", lambda x: x >= 0.5, 0.75),
    (ours.accuracy, CLASSES[:, None], CLASSES, "ravel()", lambda x: x.ravel(), 1.0),
]


@pytest.mark.parametrize(("score", "values", "labels", "hint", "step", "expected"), HINTS)
def test_the_hint_of_an_error_gives_the_right_number(
    score: Any, values: Any, labels: Any, hint: str, step: Any, expected: float
) -> None:
    with pytest.raises(ValueError, match="must be") as caught:
        score(values, labels)
    assert hint in str(caught.value)
    assert score(step(values), labels) == pytest.approx(expected)


AS_FRAMES = [pd.DataFrame, pl.from_numpy]
OF_SCORES = [ours.roc_auc, ours.average_precision, ours.roc_curve, ours.expected_calibration_error]
OF_CLASSES = [ours.accuracy, ours.cohen_kappa, ours.ConfusionMatrix.from_predictions]


@pytest.mark.parametrize("frame", AS_FRAMES)
@pytest.mark.parametrize("score", OF_SCORES)
def test_a_frame_of_probabilities_wants_the_column_of_the_positive_class(
    score: Any, frame: Any
) -> None:
    probabilities = frame(PROBABILITIES)
    with pytest.raises(ValueError, match="; pass the column of the positive class"):
        score(probabilities, LABELS)
    column = probabilities[probabilities.columns[1]]
    assert str(score(PROBABILITIES[:, 1], LABELS)) == str(score(column, LABELS))


@pytest.mark.parametrize("score", OF_SCORES)
def test_rows_of_probabilities_want_the_column_of_the_positive_class(score: Any) -> None:
    rows = PROBABILITIES.tolist()
    with pytest.raises((TypeError, ValueError), match=r"for instance \[row\[1\] for row in rows\]"):
        score(rows, LABELS)
    column = [row[1] for row in rows]
    assert str(score(PROBABILITIES[:, 1], LABELS)) == str(score(column, LABELS))


@pytest.mark.parametrize("frame", AS_FRAMES)
@pytest.mark.parametrize("score", OF_CLASSES)
def test_a_frame_of_logits_wants_the_class_of_the_highest(score: Any, frame: Any) -> None:
    logits = frame(LOGITS)
    with pytest.raises(ValueError, match=r"numpy.argmax\(frame, axis=1\)"):
        score(logits, CLASSES)
    assert score(np.argmax(LOGITS, axis=1), CLASSES) == score(np.argmax(logits, axis=1), CLASSES)


@pytest.mark.parametrize("score", OF_CLASSES)
def test_rows_of_logits_want_the_class_of_the_highest(score: Any) -> None:
    rows = LOGITS.tolist()
    with pytest.raises(TypeError, match=r"of rows of scores those of numpy.argmax\(rows, axis=1\)"):
        score(rows, CLASSES)
    assert score(np.argmax(LOGITS, axis=1), CLASSES) == score(np.argmax(rows, axis=1), CLASSES)


def test_masks_of_classes_are_compared_cell_by_cell() -> None:
    mask, truth = np.array([[0, 1], [2, 2]]), np.array([[0, 1], [2, 0]])
    with pytest.raises(ValueError, match=r"labels must hold 0 and 1, got 2 .* both as ravel\(\)"):
        ours.accuracy(mask, truth)
    assert ours.accuracy(mask.ravel(), truth.ravel()) == 0.75


def test_a_table_of_weights_wants_a_column() -> None:
    weights = np.array([[1.0, 5.0], [2.0, 6.0], [1.0, 7.0], [4.0, 8.0]])
    with pytest.raises(ValueError, match=r"sample_weight must be .* for instance \[:, 0\]"):
        ours.accuracy(LABELS, LABELS[::-1], sample_weight=weights)
    assert 0.0 == ours.accuracy(LABELS, 1 - LABELS, sample_weight=weights[:, 0])


def test_tables_of_scores_to_compare_want_the_column_of_the_positive_class() -> None:
    with pytest.raises(ValueError, match=r"a must be one-dimensional, .* \[:, 1\]"):
        ours.compare(PROBABILITIES, PROBABILITIES, LABELS, score="roc_auc")
    best = PROBABILITIES[:, 1]
    assert 0.75 == ours.compare(best, best, LABELS, score="roc_auc").a


def test_a_table_of_targets_wants_one_of_them() -> None:
    table = np.array([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match=r"predictions must be .* for instance \[:, 0\]"):
        ours.RegressionErrors.from_predictions(table, table)
    assert 2 == ours.RegressionErrors.from_predictions(table[:, 0], table[:, 0]).count
