"""One small state of each kind, from fixed data, and what reading its document gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import jsonschema
import numpy as np

import ml_infra_utils.metrics
from ml_infra_utils.metrics import (
    ConfusionMatrix,
    MultilabelCounts,
    RegressionErrors,
    ScoreHistogram,
    compare,
)

SCHEMAS = Path(ml_infra_utils.metrics.__file__).parent / "schemas"
State = TypeVar("State")

STATES: dict[str, Any] = {
    "confusion-matrix": ConfusionMatrix.from_predictions(
        ["cat", 1, None, ("a", True)] * 2,
        ["cat", "cat", None, ("a", True)] * 2,
        sample_weight=[1, 2, 3, 4, 1, 1, 1, 0.25],
    ),
    "multilabel-counts": MultilabelCounts.from_indicators(
        np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0]]),
        np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 0, 0]]),
        sample_weight=[0.5, 2, 3, 4],
    ),
    "paired-comparison": compare([1, 1, 0, 0, 2], [1, 0, 1, 0, 1], [1, 1, 0, 1, 2]),
    "regression-errors": RegressionErrors.from_predictions(
        [1.5, 2.0, 7.0], [1.0, 4.0, 7.5], sample_weight=[1, 0.5, 2]
    ),
    "score-histogram": ScoreHistogram.from_probabilities(
        [0.9, 0.8, 0.4, 0.1, 1.0], [1, 0, 1, 0, 1], bins=4, sample_weight=[1, 2, 3, 0.125, 1]
    ),
}
KINDS = {kind: type(state) for kind, state in STATES.items()}


def schema_of(kind: str) -> Any:
    """Return the schema in the package."""
    return json.loads((SCHEMAS / f"{kind}-1.schema.json").read_text(encoding="utf-8"))


def read_back(state: State) -> State:
    """Return what the JSON of a state is read as, once it satisfies the schema."""
    any_state: Any = state
    text = any_state.to_json()
    kind = json.loads(text)["schema"].split("/")[1]
    jsonschema.validate(json.loads(text), schema_of(kind))
    return any_state.from_json(text)
