"""Scores of a classifier: how its predictions agree with the true labels.

Every function takes predictions first and labels second. A class is any hashable value,
and classes are compared by equality.
"""

from __future__ import annotations

from operator import eq
from typing import Hashable, Iterable, NamedTuple

from ml_infra_utils.metrics._validation import as_pair

__all__ = ["accuracy", "precision", "recall", "f1_score"]


def accuracy(predictions: Iterable[Hashable], labels: Iterable[Hashable]) -> float:
    """Return the fraction of predictions that equal their label.

    Parameters
    ----------
    predictions, labels : iterable of hashable, shape (n,)
        Predicted and true class of each example. Generators are read once.

    Returns
    -------
    float
        Correct / total, in [0, 1]; 0.0 for no examples.

    Raises
    ------
    ValueError
        If the lengths differ.
    TypeError
        If either is a string, a set, a mapping or not iterable.

    Examples
    --------
    >>> accuracy(["cat", "dog", "cat", "cat"], ["cat", "dog", "dog", "cat"])
    0.75
    """
    predicted, actual = as_pair(predictions, labels)
    return _ratio(sum(map(eq, predicted, actual)), len(actual))


def precision(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
) -> float:
    """Return the fraction of positive predictions that are right.

    Parameters
    ----------
    predictions, labels : iterable of hashable, shape (n,)
        Predicted and true class of each example. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.

    Returns
    -------
    float
        TP / (TP + FP), in [0, 1]; 0.0 if nothing was predicted positive.

    Raises
    ------
    ValueError
        If the lengths differ.
    TypeError
        If predictions or labels is a string, a set, a mapping or not iterable.

    Examples
    --------
    >>> precision([1, 1, 1, 0], [1, 0, 1, 1])
    0.6666666666666666
    >>> precision(["spam", "ham"], ["spam", "spam"], positive_class="spam")
    1.0
    """
    counts = _one_vs_rest(predictions, labels, positive_class)
    return _ratio(counts.true_positives, counts.true_positives + counts.false_positives)


def recall(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
) -> float:
    """Return the fraction of positive labels that were found.

    Parameters
    ----------
    predictions, labels : iterable of hashable, shape (n,)
        Predicted and true class of each example. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.

    Returns
    -------
    float
        TP / (TP + FN), in [0, 1]; 0.0 if no label is positive.

    Raises
    ------
    ValueError
        If the lengths differ.
    TypeError
        If predictions or labels is a string, a set, a mapping or not iterable.

    Examples
    --------
    >>> recall([1, 1, 0, 0], [1, 0, 1, 1])
    0.3333333333333333
    """
    counts = _one_vs_rest(predictions, labels, positive_class)
    return _ratio(counts.true_positives, counts.true_positives + counts.false_negatives)


def f1_score(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
) -> float:
    """Return the harmonic mean of precision and recall.

    It is computed from the counts, as 2 TP / (2 TP + FP + FN), and not from the two rounded
    ratios.

    Parameters
    ----------
    predictions, labels : iterable of hashable, shape (n,)
        Predicted and true class of each example. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.

    Returns
    -------
    float
        F1 in [0, 1]; 0.0 where precision and recall are both 0.

    Raises
    ------
    ValueError
        If the lengths differ.
    TypeError
        If predictions or labels is a string, a set, a mapping or not iterable.

    Examples
    --------
    >>> f1_score([1, 1, 0, 0], [1, 0, 1, 1])
    0.4
    """
    counts = _one_vs_rest(predictions, labels, positive_class)
    twice_hits = 2 * counts.true_positives
    return _ratio(twice_hits, twice_hits + counts.false_positives + counts.false_negatives)


class _Counts(NamedTuple):
    true_positives: int
    false_positives: int
    false_negatives: int


def _one_vs_rest(
    predictions: Iterable[Hashable], labels: Iterable[Hashable], positive_class: Hashable
) -> _Counts:
    predicted, actual = as_pair(predictions, labels)
    hits = list(zip(predicted, actual)).count((positive_class, positive_class))
    return _Counts(
        true_positives=hits,
        false_positives=predicted.count(positive_class) - hits,
        false_negatives=actual.count(positive_class) - hits,
    )


def _ratio(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else 0.0
