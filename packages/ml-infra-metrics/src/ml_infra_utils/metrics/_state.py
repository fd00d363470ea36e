"""The state that predictions and labels are counted into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.metrics._columns import is_two_dimensional
from ml_infra_utils.metrics._confusion import ConfusionMatrix
from ml_infra_utils.metrics._multilabel import MultilabelCounts

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike


def is_multilabel(predictions: ClassesLike, labels: ClassesLike) -> bool:
    """Say whether one of the two is a table of indicators."""
    return is_two_dimensional(predictions) or is_two_dimensional(labels)


def state_of(
    predictions: ClassesLike,
    labels: ClassesLike,
    sample_weight: NumbersLike | None,
) -> ConfusionMatrix | MultilabelCounts:
    """Count one class an example, or in tables of indicators any number of labels."""
    if is_multilabel(predictions, labels):
        return MultilabelCounts.from_indicators(predictions, labels, sample_weight=sample_weight)
    return ConfusionMatrix.from_predictions(predictions, labels, sample_weight=sample_weight)
