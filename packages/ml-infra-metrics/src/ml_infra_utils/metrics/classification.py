"""Scores of a classifier: how its predictions agree with the true labels.

Every function takes predictions first and labels second. A class is any hashable value,
and classes are compared by equality. Each function is a thin way to the method of the same
name of `ConfusionMatrix`, or of `MultilabelCounts` for 2-D arrays of indicators: to compute
several scores, count once and call the methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Hashable, Iterable, overload

from ml_infra_utils.metrics._columns import as_column, is_two_dimensional, length
from ml_infra_utils.metrics._confusion import ConfusionMatrix
from ml_infra_utils.metrics._counting import count_equal
from ml_infra_utils.metrics._formulas import divide
from ml_infra_utils.metrics._multilabel import MultilabelCounts
from ml_infra_utils.metrics._scores import check_zero_division

if TYPE_CHECKING:
    from typing_extensions import Literal

    from ml_infra_utils.metrics._report import ClassificationReport
    from ml_infra_utils.metrics._scores import Average

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1_score",
    "fbeta_score",
    "jaccard",
    "matthews_corrcoef",
    "cohen_kappa",
    "classification_report",
]


def accuracy(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    *,
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float:
    """Return the fraction of predictions that equal their label.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score of no examples.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

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
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> accuracy(["cat", "dog", "cat", "cat"], ["cat", "dog", "dog", "cat"])
    0.75
    """
    check_zero_division(zero_division)
    if sample_weight is None and not _is_multilabel(predictions, labels):
        predictions, labels = as_column(predictions, "predictions"), as_column(labels, "labels")
        correct = count_equal(predictions, labels)
        if correct is not None:
            return divide((correct, length(labels)), zero_division)
    return _state(predictions, labels, sample_weight).accuracy(zero_division=zero_division)


def balanced_accuracy(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    *,
    adjusted: bool = False,
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float:
    """Return the mean recall over the classes that occur among the labels.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example. Generators are read once.
    adjusted : bool, default False
        Rescale so that guessing scores 0 and perfection 1.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score of no examples.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float
        In [0, 1]; adjusted, at most 1.

    Raises
    ------
    ValueError
        If the lengths differ, a value is NaN, missing or a float that is not whole, or an
        option is unknown.
    TypeError
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 1, 1])
    0.75
    """
    matrix = ConfusionMatrix.from_predictions(predictions, labels, sample_weight=sample_weight)
    return matrix.balanced_accuracy(adjusted=adjusted, zero_division=zero_division)


@overload
def precision(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: None,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> dict[Hashable, float]: ...


@overload
def precision(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: Average = ...,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> float: ...


def precision(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
    *,
    average: Average | None = "binary",
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float | dict[Hashable, float]:
    """Return the fraction of positive predictions that are right.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    average : {"binary", "macro", "micro", "weighted", None}, default "binary"
        The score of the positive class; or over all classes the mean, the score of all
        decisions pooled, or the mean weighted by labels; None for a dict of each class's score.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

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
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> precision([1, 1, 1, 0], [1, 0, 1, 1])
    0.6666666666666666
    >>> precision(["spam", "ham"], ["spam", "spam"], positive_class="spam")
    1.0
    """
    return _state(predictions, labels, sample_weight).precision(
        positive_class, average=average, zero_division=zero_division
    )


@overload
def recall(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: None,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> dict[Hashable, float]: ...


@overload
def recall(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: Average = ...,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> float: ...


def recall(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
    *,
    average: Average | None = "binary",
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float | dict[Hashable, float]:
    """Return the fraction of positive labels that were found.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    average : {"binary", "macro", "micro", "weighted", None}, default "binary"
        The score of the positive class; or over all classes the mean, the score of all
        decisions pooled, or the mean weighted by labels; None for a dict of each class's score.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float or dict
        TP / (TP + FN), in [0, 1].

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
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> recall([1, 1, 0, 0], [1, 0, 1, 1])
    0.3333333333333333
    >>> recall([0, 1, 2], [0, 1, 1], average=None)
    {0: 1.0, 1: 0.5, 2: 0.0}
    """
    return _state(predictions, labels, sample_weight).recall(
        positive_class, average=average, zero_division=zero_division
    )


@overload
def specificity(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: None,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> dict[Hashable, float]: ...


@overload
def specificity(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: Average = ...,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> float: ...


def specificity(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
    *,
    average: Average | None = "binary",
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float | dict[Hashable, float]:
    """Return the fraction of negative labels that were left alone.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    average : {"binary", "macro", "micro", "weighted", None}, default "binary"
        The score of the positive class; or over all classes the mean, the score of all
        decisions pooled, or the mean weighted by labels; None for a dict of each class's score.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float or dict
        TN / (TN + FP), in [0, 1].

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
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> specificity([1, 1, 0, 0], [1, 0, 0, 0])
    0.6666666666666666
    """
    return _state(predictions, labels, sample_weight).specificity(
        positive_class, average=average, zero_division=zero_division
    )


@overload
def f1_score(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: None,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> dict[Hashable, float]: ...


@overload
def f1_score(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: Average = ...,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> float: ...


def f1_score(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
    *,
    average: Average | None = "binary",
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float | dict[Hashable, float]:
    """Return the harmonic mean of precision and recall.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    average : {"binary", "macro", "micro", "weighted", None}, default "binary"
        The score of the positive class; or over all classes the mean, the score of all
        decisions pooled, or the mean weighted by labels; None for a dict of each class's score.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float or dict
        2 TP / (2 TP + FP + FN), in [0, 1]; computed from the counts, not from the two ratios.

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
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> f1_score([1, 1, 0, 0], [1, 0, 1, 1])
    0.4
    >>> f1_score(["a", "b", "b"], ["a", "b", "a"], average="macro")
    0.6666666666666666
    """
    return _state(predictions, labels, sample_weight).f1_score(
        positive_class, average=average, zero_division=zero_division
    )


@overload
def fbeta_score(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    beta: float,
    average: None,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> dict[Hashable, float]: ...


@overload
def fbeta_score(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    beta: float,
    average: Average = ...,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> float: ...


def fbeta_score(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
    *,
    beta: float,
    average: Average | None = "binary",
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float | dict[Hashable, float]:
    """Return the F-score in which recall counts beta times as much as precision.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    beta : float
        How many times as much recall counts; 0 gives precision.
    average : {"binary", "macro", "micro", "weighted", None}, default "binary"
        The score of the positive class; or over all classes the mean, the score of all
        decisions pooled, or the mean weighted by labels; None for a dict of each class's score.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float or dict
        (1 + beta^2) TP / ((1 + beta^2) TP + beta^2 FN + FP), in [0, 1] (van Rijsbergen 1979).

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
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> fbeta_score([1, 1, 0, 0], [1, 0, 1, 1], beta=2)
    0.35714285714285715
    """
    return _state(predictions, labels, sample_weight).fbeta_score(
        positive_class, beta=beta, average=average, zero_division=zero_division
    )


@overload
def jaccard(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: None,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> dict[Hashable, float]: ...


@overload
def jaccard(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = ...,
    *,
    average: Average = ...,
    zero_division: float = ...,
    sample_weight: Iterable[float] | None = ...,
) -> float: ...


def jaccard(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    positive_class: Hashable = 1,
    *,
    average: Average | None = "binary",
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float | dict[Hashable, float]:
    """Return the overlap of predicted and true positives.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    average : {"binary", "macro", "micro", "weighted", None}, default "binary"
        The score of the positive class; or over all classes the mean, the score of all
        decisions pooled, or the mean weighted by labels; None for a dict of each class's score.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float or dict
        TP / (TP + FP + FN), in [0, 1] (Jaccard 1912).

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
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> jaccard([1, 1, 0, 0], [1, 0, 1, 1])
    0.25
    """
    return _state(predictions, labels, sample_weight).jaccard(
        positive_class, average=average, zero_division=zero_division
    )


def matthews_corrcoef(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    *,
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float:
    """Return the correlation of predictions and labels.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example. Generators are read once.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where one class is always predicted, or is every label.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float
        In [-1, 1], for any number of classes (Gorodkin 2004).

    Raises
    ------
    ValueError
        If the lengths differ, a value is NaN, missing or a float that is not whole, or an
        option is unknown.
    TypeError
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> matthews_corrcoef([1, 1, 0, 0], [1, 0, 0, 0])
    0.5773502691896257
    """
    matrix = ConfusionMatrix.from_predictions(predictions, labels, sample_weight=sample_weight)
    return matrix.matthews_corrcoef(zero_division=zero_division)


def cohen_kappa(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    *,
    weights: Literal["linear", "quadratic"] | None = None,
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> float:
    """Return the agreement of predictions and labels beyond chance.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example. Generators are read once.
    weights : {None, "linear", "quadratic"}, default None
        How a disagreement counts: all alike, or by the distance, or squared distance, of the
        two classes in sorted order.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where there is only one class.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    float
        At most 1; 0 for agreement as by chance (Cohen 1960, weighted 1968).

    Raises
    ------
    ValueError
        If the lengths differ, a value is NaN, missing or a float that is not whole, or an
        option is unknown.
    TypeError
        If a value is not hashable, or a string, set or mapping stands for the sequence.

    Examples
    --------
    >>> cohen_kappa([1, 1, 0, 0], [1, 0, 0, 0])
    0.5
    """
    matrix = ConfusionMatrix.from_predictions(predictions, labels, sample_weight=sample_weight)
    return matrix.cohen_kappa(weights=weights, zero_division=zero_division)


def classification_report(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    *,
    zero_division: float = 0.0,
    sample_weight: Iterable[float] | None = None,
) -> ClassificationReport:
    """Return precision, recall, F1 and support of every class, and their averages.

    Parameters
    ----------
    predictions, labels : sequence, array or column, shape (n,)
        Predicted and true class of each example, or 2-D arrays of 0 and 1, shape (n, k), where
        an example has any number of k labels. Generators are read once.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where the denominator is 0; classes that score nan are left out of means.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each example counts, at least 0; by default 1.

    Returns
    -------
    ClassificationReport
        Prints as a table; has `to_dict`, and shows as HTML in notebooks.

    Raises
    ------
    ValueError
        If the lengths differ, a value is NaN, missing or a float that is not whole, or an
        option is unknown.
    TypeError
        If a value is not hashable, or a string, set or mapping stands for the sequence.

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
    return _state(predictions, labels, sample_weight).report(zero_division=zero_division)


def _is_multilabel(predictions: Iterable[Hashable], labels: Iterable[Hashable]) -> bool:
    return is_two_dimensional(predictions) or is_two_dimensional(labels)


def _state(
    predictions: Iterable[Hashable],
    labels: Iterable[Hashable],
    sample_weight: Iterable[float] | None,
) -> ConfusionMatrix | MultilabelCounts:
    if _is_multilabel(predictions, labels):
        return MultilabelCounts.from_indicators(predictions, labels, sample_weight=sample_weight)
    return ConfusionMatrix.from_predictions(predictions, labels, sample_weight=sample_weight)
