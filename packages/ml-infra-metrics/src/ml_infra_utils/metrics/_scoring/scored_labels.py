"""Scores with their labels, of which one class is positive."""

from __future__ import annotations

import math
import sys
from typing import Any, Hashable, NamedTuple

from ml_infra_utils.metrics._counting.pairs import classes_of
from ml_infra_utils.metrics._limits import SHORT_COLUMN_OF_SCORES
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT
from ml_infra_utils.metrics._reading.classes import as_positive_class, in_order
from ml_infra_utils.metrics._reading.columns import (
    Column,
    as_list,
    on_host,
    same_length,
)
from ml_infra_utils.metrics._reading.numbers import as_weights, numbers_of, probabilities_of, scaled
from ml_infra_utils.metrics._undefined import warn_not_chosen, warn_unseen


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
        if isinstance(losses, list):
            weights = weights or [1] * len(losses)
            return math.fsum(loss * weight for loss, weight in zip(losses, weights)) / total
        weighted = losses if weights is None else losses * weights
        return float(weighted.sum()) / total


def read_scored_labels(
    scores: Column,
    labels: Column,
    positive_class: Hashable,
    sample_weight: Any,
    name: str,
    *,
    warns: bool = True,
) -> ScoredLabels:
    """Return scores, or probabilities if they are named so, with their labels.

    Warns, unless told not to, if the positive class never occurs, or nobody chose it of several.
    """
    numbers_from = probabilities_of if name == "probabilities" else numbers_of
    numbers = numbers_from(scores.read(name, "numbers"), name)
    positive_class = as_positive_class(positive_class)
    actual = labels.read("labels")
    same_length(len(numbers), actual.length, (name, "labels"))
    weights = None if sample_weight is None else as_weights(sample_weight, len(numbers))
    seen = classes_of(actual)
    if warns:
        warn_of_positive_class(positive_class, seen)
    hits = _equal_to(actual, positive_class, seen)
    is_long = len(numbers) > SHORT_COLUMN_OF_SCORES and "numpy" in sys.modules
    if isinstance(numbers, list) and not is_long:
        return ScoredLabels(numbers, as_list(hits), None if weights is None else as_list(weights))
    import numpy as np

    return ScoredLabels(
        np.asarray(numbers, dtype=np.float64),
        np.asarray(hits, dtype=bool),
        None if weights is None else np.asarray(weights, dtype=np.float64),
    )


def warn_of_positive_class(positive_class: Hashable, seen: set[Hashable]) -> None:
    """Warn of a positive class that never occurs, or that nobody chose of three or more."""
    if seen and positive_class not in seen:
        warn_unseen(positive_class, in_order(seen))
    elif positive_class is CLASS_BY_DEFAULT and len(seen) > 2:
        warn_not_chosen(in_order(seen))


def _equal_to(actual: Column, positive_class: Hashable, seen: set[Hashable]) -> Any:
    if positive_class not in seen:
        return [False] * actual.length
    if actual.is_list:
        return [label == positive_class for label in actual.values]
    return (actual.values if actual.is_numpy else on_host(actual.values)) == positive_class
