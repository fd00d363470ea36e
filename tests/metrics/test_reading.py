"""What was passed is asked once what it is."""

from __future__ import annotations

import sys
from typing import Any, Callable

import numpy as np
import pandas as pd
import pytest

from ml_infra_utils.metrics import (
    ClassificationMeter,
    ConfusionMatrix,
    RegressionErrors,
    ScoreHistogram,
    accuracy,
    average_precision,
    brier_score,
    cohen_kappa,
    compare,
    expected_calibration_error,
    f1_score,
    log_loss,
    roc_auc,
    roc_curve,
)

TWO_COLUMNS: list[Callable[..., object]] = [
    accuracy,
    f1_score,
    cohen_kappa,
    ConfusionMatrix.from_predictions,
    ClassificationMeter().update,
    ScoreHistogram.from_probabilities,
    RegressionErrors.from_predictions,
    roc_auc,
    average_precision,
    roc_curve,
    brier_score,
    log_loss,
    expected_calibration_error,
]
ZEROS_AND_ONES = [0, 1, 1, 0] * 30


def times_asked(call: Callable[[], object]) -> int:
    """Return how often a call asks whether something is a NumPy array."""
    asked: list[object] = []

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "is_numpy":
            asked.append(frame.f_locals["values"])

    outer = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(outer)
    return len(asked)


@pytest.mark.parametrize("container", [np.array, pd.Series])
@pytest.mark.parametrize("function", TWO_COLUMNS, ids=lambda function: function.__qualname__)
def test_a_column_is_asked_once_whether_it_is_an_array(
    function: Callable[..., object], container: Any
) -> None:
    first, second = container(ZEROS_AND_ONES), container(ZEROS_AND_ONES[::-1])
    assert 2 == times_asked(lambda: function(first, second))


@pytest.mark.parametrize("function", TWO_COLUMNS, ids=lambda function: function.__qualname__)
def test_a_list_is_not_asked(function: Callable[..., object]) -> None:
    assert 0 == times_asked(lambda: function(ZEROS_AND_ONES, ZEROS_AND_ONES[::-1]))


@pytest.mark.parametrize("score", ["accuracy", "f1_score", "roc_auc"])
def test_columns_of_two_models_are_asked_once(score: Any) -> None:
    a, b, labels = (np.roll(ZEROS_AND_ONES, shift) for shift in (0, 1, 2))
    assert 3 == times_asked(lambda: compare(a, b, labels, score=score))
