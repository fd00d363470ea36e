"""Checks that every score shares."""

from __future__ import annotations

from typing import AbstractSet as Set
from typing import Hashable, Iterable, Mapping, Sequence


def as_pair(
    predictions: Iterable[Hashable], labels: Iterable[Hashable]
) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
    """Return both as sequences of one length, each iterable read once."""
    predicted = _as_sequence(predictions, "predictions")
    actual = _as_sequence(labels, "labels")
    if len(predicted) != len(actual):
        raise ValueError(
            "Predictions and labels must have same length, "
            f"got {len(predicted)} predictions and {len(actual)} labels"
        )
    return predicted, actual


def _as_sequence(values: Iterable[Hashable], name: str) -> Sequence[Hashable]:
    if isinstance(values, (list, tuple)):
        return values
    if isinstance(values, (str, bytes)):
        raise TypeError(
            f"{name} must be a sequence of classes, got the {type(values).__name__} {values!r}; "
            f"wrap a single class in a list: [{values!r}]"
        )
    if isinstance(values, (Set, Mapping)):
        raise TypeError(
            f"{name} must be a sequence of classes in order, got a {type(values).__name__}, "
            "which has no position to compare by"
        )
    try:
        return list(values)
    except TypeError:
        raise TypeError(
            f"{name} must be a sequence of classes, got {type(values).__name__}"
        ) from None
