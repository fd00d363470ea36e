"""A warning of an undefined score points at the line of the caller."""

from __future__ import annotations

import warnings
from typing import Any, Callable

import numpy as np
import pytest

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ConfusionMatrix, ScoreHistogram, UndefinedMetricWarning

MATRIX = ConfusionMatrix(["a"], [[3]])
NEGATIVES = ScoreHistogram([0, 0], [1, 2])

UNDEFINED: dict[str, Callable[[], Any]] = {
    "precision": lambda: ours.precision(["a"], ["a"]),
    "recall of arrays": lambda: ours.recall(np.array([0]), np.array([0])),
    "fbeta_score": lambda: ours.fbeta_score(["a"], ["a"], beta=2),
    "specificity": lambda: ours.specificity(["a"], ["a"]),
    "jaccard": lambda: ours.jaccard(["a"], ["a"]),
    "method": lambda: MATRIX.f1_score(),
    "method with beta": lambda: MATRIX.fbeta_score(beta=2),
    "interval": lambda: MATRIX.interval("precision"),
    "roc_auc": lambda: ours.roc_auc([0.5], [1]),
    "average_precision": lambda: ours.average_precision([0.5], [0]),
    "log_loss": lambda: ours.log_loss([0.5], [0]),
    "histogram": lambda: NEGATIVES.roc_auc(),
    "bounds": lambda: NEGATIVES.bounds("average_precision"),
    "from_probabilities": lambda: ScoreHistogram.from_probabilities([0.5], [0]),
}


@pytest.mark.parametrize("score", UNDEFINED.values(), ids=UNDEFINED)
def test_it_points_at_the_line_of_the_caller(score: Callable[[], Any]) -> None:
    with pytest.warns(UndefinedMetricWarning) as record:
        score()
    place = score.__code__
    assert [(place.co_filename, place.co_firstlineno)] == [(w.filename, w.lineno) for w in record]


def test_a_module_of_a_caller_whose_name_begins_like_ours_is_not_ours() -> None:
    names = {"__name__": "ml_infra_utils.metrics_of_mine", "precision": ours.precision}
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        exec(compile("\nprecision(['a'], ['a'])", "mine.py", "exec"), names)
    assert [("mine.py", 2)] == [(warning.filename, warning.lineno) for warning in record]
