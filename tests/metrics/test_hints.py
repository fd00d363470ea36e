"""What an error says to do next is right: done, it gives the right number."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
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
