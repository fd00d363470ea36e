"""Scores of a classifier that classes of unequal size do not flatter.

Every function takes predictions first and labels second, counts, and calls the method of the same
name of `ConfusionMatrix`. To compute several scores, count once and call the methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._states.one_score import class_score

if TYPE_CHECKING:
    from typing import Hashable, Iterable, Literal

    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike

__all__ = ["specificity", "balanced_accuracy", "matthews_corrcoef", "cohen_kappa"]


@class_score
def specificity() -> None:
    """Return the fraction of negative labels that were left alone.

    Parameters
    ----------
    predictions, labels, positive_class, average, only, zero_division, ignore, sample_weight
        As for `precision`.

    Returns
    -------
    float or dict
        TN / (TN + FP), in [0, 1].

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
    >>> specificity([1, 1, 0, 0], [1, 0, 0, 0])
    0.6666666666666666
    """


@takes_y
def balanced_accuracy(
    predictions: ClassesLike,
    labels: ClassesLike,
    *,
    adjusted: bool = False,
    zero_division: float = 0.0,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
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
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out, such as padding labelled -100; averages leave
        the class out, and where it was predicted for another label, that stays an error.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

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
        If a value is not hashable, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 1, 1])
    0.75
    """
    matrix = ConfusionMatrix.from_predictions(
        predictions, labels, ignore=ignore, sample_weight=sample_weight
    )
    return matrix.balanced_accuracy(adjusted=adjusted, zero_division=zero_division)


@takes_y
def matthews_corrcoef(
    predictions: ClassesLike,
    labels: ClassesLike,
    *,
    zero_division: float = 0.0,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the correlation of predictions and labels.

    Parameters
    ----------
    predictions, labels, ignore, sample_weight
        As for `balanced_accuracy`.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where one class is always predicted, or is every label.

    Returns
    -------
    float
        In [-1, 1], for any number of classes (Gorodkin 2004).

    Raises
    ------
    ValueError, TypeError
        As for `balanced_accuracy`.

    Examples
    --------
    >>> matthews_corrcoef([1, 1, 0, 0], [1, 0, 0, 0])
    0.5773502691896257
    """
    matrix = ConfusionMatrix.from_predictions(
        predictions, labels, ignore=ignore, sample_weight=sample_weight
    )
    return matrix.matthews_corrcoef(zero_division=zero_division)


@takes_y
def cohen_kappa(
    predictions: ClassesLike,
    labels: ClassesLike,
    *,
    weights: Literal["linear", "quadratic"] | None = None,
    classes: Iterable[Hashable] | None = None,
    zero_division: float = 0.0,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the agreement of predictions and labels beyond chance.

    Parameters
    ----------
    predictions, labels, ignore, sample_weight
        As for `balanced_accuracy`.
    weights : {None, "linear", "quadratic"}, default None
        How a disagreement counts: all alike, or by the distance, or squared distance, of the
        two classes in their order.
    classes : iterable of hashable, optional
        The classes that may occur, in their order. By default the order of categories (pandas,
        Polars' Enum, ordered dictionaries of PyArrow, members of an `enum.Enum`), else sorted.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score where there is only one class.

    Returns
    -------
    float
        At most 1; 0 for agreement as by chance (Cohen 1960, weighted 1968).

    Raises
    ------
    ValueError, TypeError
        As for `balanced_accuracy`.

    Examples
    --------
    >>> cohen_kappa([1, 1, 0, 0], [1, 0, 0, 0])
    0.5
    >>> sizes = ["small", "medium", "large"]
    >>> cohen_kappa(["small", "large"], ["medium", "large"], weights="linear", classes=sizes)
    0.5
    """
    matrix = ConfusionMatrix.from_predictions(
        predictions, labels, classes=classes, ignore=ignore, sample_weight=sample_weight
    )
    return matrix.cohen_kappa(weights=weights, zero_division=zero_division)
