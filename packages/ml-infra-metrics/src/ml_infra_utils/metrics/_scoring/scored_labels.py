"""Scores with their labels, of which one class is positive."""

from __future__ import annotations

import math
import sys
from typing import Any, Hashable, NamedTuple

from ml_infra_utils.metrics._counting.pairs import classes_of
from ml_infra_utils.metrics._limits import SHORT_COLUMN_OF_SCORES
from ml_infra_utils.metrics._reading.classes import as_positive_class, in_order
from ml_infra_utils.metrics._reading.columns import (
    as_column,
    as_list,
    is_array,
    is_numpy,
    length,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._reading.numbers import as_numbers, as_probabilities, as_weights, scaled
from ml_infra_utils.metrics._undefined import warn_unseen


class ScoredLabels(NamedTuple):
    """The score of each example, whether it is positive, and its weight: lists, or arrays."""

    scores: Any
    hits: Any
    weights: Any  # None if all have the same weight

    def mean(self, losses: Any) -> float:
        """Return the weighted mean of a loss of each example; nan for no examples."""
        weights = None if self.weights is None else scaled(self.weights)
        total = len(losses) if weights is None else math.fsum(weights)
        if not total:
            return math.nan
        if is_numpy(losses):
            weighted = losses if weights is None else losses * weights
            return float(weighted.sum()) / total
        weights = weights or [1] * len(losses)
        return math.fsum(loss * weight for loss, weight in zip(losses, weights)) / total


def read_scored_labels(
    scores: Any,
    labels: Any,
    positive_class: Hashable,
    sample_weight: Any,
    name: str,
    *,
    warns: bool = True,
) -> ScoredLabels:
    """Return scores, or probabilities if they are named so, with their labels.

    Warns, unless told not to, if the positive class never occurs.
    """
    read = as_probabilities if name == "probabilities" else as_numbers
    numbers = read(scores, name)
    positive_class = as_positive_class(positive_class)
    actual = as_column(labels, "labels")
    same_length(numbers, actual, (name, "labels"))
    weights = None if sample_weight is None else as_weights(sample_weight, len(numbers))
    seen = classes_of(actual)
    if warns and seen and positive_class not in seen:
        warn_unseen(positive_class, in_order(seen))
    hits = _equal_to(actual, positive_class, seen)
    if not is_numpy(numbers) and not (
        len(numbers) > SHORT_COLUMN_OF_SCORES and "numpy" in sys.modules
    ):
        return ScoredLabels(numbers, as_list(hits), None if weights is None else as_list(weights))
    import numpy as np

    return ScoredLabels(
        np.asarray(numbers, dtype=np.float64),
        np.asarray(hits, dtype=bool),
        None if weights is None else np.asarray(weights, dtype=np.float64),
    )


def _equal_to(actual: Any, positive_class: Hashable, seen: set[Hashable]) -> Any:
    if positive_class not in seen:
        return [False] * length(actual)
    if is_array(actual):
        return on_host(actual) == positive_class
    return [label == positive_class for label in actual]
