"""What the states read from JSON, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ConfusionMatrix, RegressionErrors

STATES: list[Any] = [
    ConfusionMatrix(["a"], [[1]]),
    ours.MultilabelCounts.from_dict(
        {
            "schema": "ml-infra-metrics/multilabel-counts",
            "version": 1,
            "classes": ["a"],
            "counts": [[1, 2, 2]],
            "total": 3,
            "exact": 1,
        }
    ),
    ours.PairedComparison(1, 2, 3, 4),
    ours.ScoreHistogram([1], [2]),
    RegressionErrors.from_predictions([1.0], [2.0]),
]
every_state = pytest.mark.parametrize("state", STATES, ids=lambda state: type(state).__name__)


@every_state
@pytest.mark.parametrize("version", [2, True, 1.0, "1", None])
def test_only_the_version_that_is_known_is_read(state: Any, version: Any) -> None:
    with pytest.raises(ValueError, match=r"data\['version'\] must be 1, got"):
        type(state).from_dict({**state.to_dict(), "version": version})


@every_state
def test_an_unknown_entry_is_refused(state: Any) -> None:
    with pytest.raises(ValueError, match="data has the unknown entry 'note'; expected schema"):
        type(state).from_dict({**state.to_dict(), "note": "x"})


@every_state
def test_a_missing_entry_is_named(state: Any) -> None:
    for name in state.to_dict():
        data = {key: value for key, value in state.to_dict().items() if key != name}
        with pytest.raises(ValueError, match=rf"data\['{name}'\] must be"):
            type(state).from_dict(data)


@pytest.mark.parametrize(
    "count",
    ["3", "1/0", "/2", "3/", "-1/2", "1.5", "1/2/3", "\u0661/\u0662", "9" * 5000 + "/7", 1.0, None],
)
def test_a_count_that_is_no_integer_or_fraction_is_refused(count: Any) -> None:
    data = {**ConfusionMatrix(["a"], [[1]]).to_dict(), "cells": [[0, 0, count]]}
    with pytest.raises(ValueError, match=r"data\['cells'\]\[0\]\[2\] must be .* as a fraction"):
        ConfusionMatrix.from_dict(data)


def test_a_number_beyond_floats_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"data\['squared'\] must be a finite number of at least 0"
    ):
        RegressionErrors.from_dict({**RegressionErrors().to_dict(), "squared": 10**400})
