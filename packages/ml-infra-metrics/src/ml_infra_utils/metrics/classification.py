"""Scores of a classifier: how its predictions agree with the true labels.

Every function takes predictions first and labels second. A class is any hashable value,
and classes are compared by equality. Each function counts, and calls the method of the same name
of `ConfusionMatrix`, or of `MultilabelCounts` for 2-D arrays of 0 and 1. To compute several
scores, count once and call the methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.metrics._counting.pairs import pair_of
from ml_infra_utils.metrics._counting.short_lists import quick_accuracy
from ml_infra_utils.metrics._options import check_zero_division
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._states.one_score import (
    class_score,
    state_of,
)

if TYPE_CHECKING:
    from typing import Hashable, Iterable

    from ml_infra_utils.metrics._showing.report import ClassificationReport
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike

__all__ = ["accuracy", "precision", "recall", "f1_score", "hamming_loss", "classification_report"]


@quick_accuracy
@takes_y
def accuracy(
    predictions: ClassesLike,
    labels: ClassesLike,
    *,
    zero_division: float = 0.0,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the fraction of predictions that equal their label.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score of no examples.
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out, such as padding labelled -100; averages leave
        the class out, and where it was predicted for another label, that stays an error.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float
        Correct / total, in [0, 1]; of 2-D arrays, rows that are right as a whole / rows.

    Raises
    ------
    ValueError
        If the lengths differ, a value is NaN, missing or a float that is not whole, or an
        option is unknown.
    TypeError
        If a value is not hashable, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> accuracy(["cat", "dog", "cat", "cat"], ["cat", "dog", "dog", "cat"])
    0.75
    """
    check_zero_division(zero_division)
    pair = pair_of(predictions, labels)
    if ignore is None and sample_weight is None and not pair.has_table:
        pair = pair.read()
        correct = pair.count_equal()
        if correct:  # else the matrix warns if the classes are of different kinds
            return correct / pair.actual.length
    return state_of(pair, sample_weight, ignore=ignore).accuracy(zero_division=zero_division)


@class_score
def precision() -> None:
    """Return the fraction of positive predictions that are right.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    average : {"binary", "macro", "micro", "weighted", "samples", None}, default "binary"
        The score of the positive class; or over all classes the mean, the score of all
        decisions pooled, or the mean weighted by labels; None for a dict of each class's score.
        "samples", of 2-D arrays, is the mean over examples of the score of their labels.
    only : iterable of classes, optional
        The classes that averages are over, or that the dict has, in this order; by default all.
        No example is left out: what is predicted as another class stays an error.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out, such as padding labelled -100; averages leave
        the class out, and where it was predicted for another label, that stays an error.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float or dict
        TP / (TP + FP), in [0, 1].

    Warns
    -----
    UndefinedMetricWarning
        If the positive class occurs neither among predictions nor among labels.

    Raises
    ------
    ValueError
        If the lengths differ, a value is NaN, missing or a float that is not whole, or an
        option is unknown.
    TypeError
        If a value is not hashable, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> precision([1, 1, 1, 0], [1, 0, 1, 1])
    0.6666666666666666
    >>> precision(["spam", "ham"], ["spam", "spam"], positive_class="spam")
    1.0
    """


@class_score
def recall() -> None:
    """Return the fraction of positive labels that were found.

    Parameters
    ----------
    predictions, labels, positive_class, average, only, zero_division, ignore, sample_weight
        As for `precision`.

    Returns
    -------
    float or dict
        TP / (TP + FN), in [0, 1].

    Warns
    -----
    UndefinedMetricWarning
        As for `precision`.

    Raises
    ------
    ValueError, TypeError
        As for `precision`.

    Examples
    --------
    >>> recall([1, 1, 0, 0], [1, 0, 1, 1])
    0.3333333333333333
    >>> recall([0, 1, 2], [0, 1, 1], average=None)
    {0: 1.0, 1: 0.5, 2: 0.0}
    """


@class_score
def f1_score() -> None:
    """Return the harmonic mean of precision and recall.

    Parameters
    ----------
    predictions, labels, positive_class, average, only, zero_division, ignore, sample_weight
        As for `precision`.

    Returns
    -------
    float or dict
        2 TP / (2 TP + FP + FN), in [0, 1]; computed from the counts, not from the two ratios.

    Warns
    -----
    UndefinedMetricWarning
        As for `precision`.

    Raises
    ------
    ValueError, TypeError
        As for `precision`.

    Examples
    --------
    >>> f1_score([1, 1, 0, 0], [1, 0, 1, 1])
    0.4
    >>> f1_score(["a", "b", "b"], ["a", "b", "a"], average="macro")
    0.6666666666666666
    """


@takes_y
def hamming_loss(
    predictions: ClassesLike,
    labels: ClassesLike,
    *,
    zero_division: float = 0.0,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the fraction of decisions that are wrong.

    Parameters
    ----------
    predictions, labels, zero_division, ignore, sample_weight
        As for `accuracy`.

    Returns
    -------
    float
        In [0, 1], less is better (Schapire and Singer 1999). Of 2-D arrays, there is a decision
        for each label of each example; otherwise one for each example: 1 - accuracy.

    Raises
    ------
    ValueError, TypeError
        As for `accuracy`.

    Examples
    --------
    >>> hamming_loss(["cat", "dog", "cat", "cat"], ["cat", "dog", "dog", "cat"])
    0.25
    >>> import numpy as np
    >>> hamming_loss(np.array([[1, 0, 1], [0, 1, 0]]), np.array([[1, 0, 0], [0, 1, 0]]))
    0.16666666666666666
    """
    state = state_of(pair_of(predictions, labels), sample_weight, ignore=ignore)
    return state.hamming_loss(zero_division=zero_division)


@takes_y
def classification_report(
    predictions: ClassesLike,
    labels: ClassesLike,
    *,
    classes: Iterable[Hashable] | None = None,
    only: Iterable[Hashable] | None = None,
    zero_division: float = 0.0,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> ClassificationReport:
    """Return precision, recall, F1 and support of every class, and their averages.

    Parameters
    ----------
    predictions, labels, zero_division, ignore, sample_weight
        As for `precision`.
    classes : iterable of hashable, optional
        The classes that may occur, in the order of the rows; not for tables of 0 and 1. By
        default the order of categories, else sorted, as for `ConfusionMatrix.from_predictions`.
    only : iterable of classes, optional
        The classes that have a row and that averages are over, in this order; by default all.
        Where it leaves one out, the micro average stands in the place of accuracy.

    Returns
    -------
    ClassificationReport
        Prints as a table; has `to_dict`, and shows as HTML in notebooks.

    Raises
    ------
    ValueError, TypeError
        As for `precision`.

    Examples
    --------
    >>> print(classification_report(["cat", "dog", "cat"], ["cat", "dog", "dog"]))
                  precision    recall  f1-score   support
    <BLANKLINE>
             cat       0.50      1.00      0.67         1
             dog       1.00      0.50      0.67         2
    <BLANKLINE>
        accuracy                           0.67         3
       macro avg       0.75      0.75      0.67         3
    weighted avg       0.83      0.67      0.67         3
    """
    return state_of(pair_of(predictions, labels), sample_weight, classes, ignore).report(
        only=only, zero_division=zero_division
    )
