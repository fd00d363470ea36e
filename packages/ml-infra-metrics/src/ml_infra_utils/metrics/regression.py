"""Errors of predicted numbers.

Every function takes predictions first and labels second, sums up the errors, and takes the
property of the same name of `RegressionErrors`. To compute several scores, sum up once. Tables
have a target in each column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, overload

from ml_infra_utils.metrics._formulas.medians import weighted_median
from ml_infra_utils.metrics._options import check_alpha
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.columns import as_list, same_length
from ml_infra_utils.metrics._reading.numbers import as_numbers, as_weights
from ml_infra_utils.metrics._states.regression_errors import RegressionErrors
from ml_infra_utils.metrics._states.regression_score import over_targets, regression_score

if TYPE_CHECKING:
    from typing import Literal

    from ml_infra_utils.metrics._states.regression_score import Averaging, Targets
    from ml_infra_utils.metrics._types import NumbersLike

__all__ = [
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "r2_score",
    "mean_absolute_percentage_error",
    "weighted_absolute_percentage_error",
    "symmetric_mean_absolute_percentage_error",
    "median_absolute_error",
    "mean_pinball_loss",
    "mean_error",
    "max_error",
]


@regression_score
def mean_absolute_error() -> None:
    """Return the mean of the absolute errors.

    Parameters
    ----------
    predictions, labels : sequence, array or column of numbers, shape (n,) or (n, t)
        Predicted and true value of each example. Generators are read once. Of several targets,
        an array, a data frame or rows with a column for each; columns of two frames are paired
        by name.
    average : {"macro", None}, or sequence of numbers, shape (t,), default "macro"
        The mean over the targets, or the mean by these weights; None for a dict from each
        target, by the name or number of its column, to its score.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float or dict
        In the unit of the labels; nan for no examples.

    Raises
    ------
    ValueError
        If lengths or numbers of targets differ, a value is not finite, or a weight is negative.
    TypeError
        If a value is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> mean_absolute_error([2.0, 5.0, 4.0], [1.0, 5.0, 6.0])
    1.0
    >>> mean_absolute_error([[2.0, 5.0], [4.0, 9.0]], [[1.0, 5.0], [6.0, 3.0]], average=None)
    {0: 1.5, 1: 3.0}
    """


@regression_score
def mean_squared_error() -> None:
    """Return the mean of the squared errors.

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        In the squared unit of the labels; nan for no examples.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> mean_squared_error([2.0, 5.0, 3.0], [1.0, 5.0, 6.0])
    3.3333333333333335
    """


@regression_score
def root_mean_squared_error() -> None:
    """Return the square root of the mean of the squared errors.

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        In the unit of the labels; nan for no examples. Of several targets the mean of the roots.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> root_mean_squared_error([2.0, 5.0], [1.0, 6.0])
    1.0
    """


@regression_score
def r2_score() -> None:
    """Return the fraction of the variance of the labels that the predictions explain.

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        At most 1; 0 for always predicting the mean. Where all labels are equal, 1.0 for no error
        and 0.0 otherwise; nan for fewer than two examples.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> r2_score([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """


@regression_score
def mean_absolute_percentage_error() -> None:
    """Return the mean of the absolute errors, each over its absolute label (MAPE).

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        A fraction, not percent, at least 0 (Makridakis 1993); nan for no examples. A label of 0
        counts as 2.2e-16, as in scikit-learn, so that its error makes the mean huge: see
        `weighted_absolute_percentage_error`.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> mean_absolute_percentage_error([2.0, 5.0], [1.0, 4.0])
    0.625
    """


@regression_score
def weighted_absolute_percentage_error() -> None:
    """Return the sum of the absolute errors over that of the absolute labels (WAPE).

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        A fraction, at least 0 (Kolassa and Schütz 2007); nan where all labels are 0.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> weighted_absolute_percentage_error([2.0, 5.0], [1.0, 4.0])
    0.4
    """


@regression_score
def symmetric_mean_absolute_percentage_error() -> None:
    """Return the mean of the absolute errors, each over the mean of both sizes (sMAPE).

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        ``2 |p - y| / (|p| + |y|)``, in [0, 2] (Makridakis 1993): 0 for a prediction of 0 of a label
        of 0; nan for no examples.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> symmetric_mean_absolute_percentage_error([3.0, 5.0], [1.0, 5.0])
    0.5
    """


@overload
def median_absolute_error(
    predictions: Targets,
    labels: Targets,
    *,
    average: None,
    sample_weight: NumbersLike | None = ...,
) -> dict[Hashable, float]: ...


@overload
def median_absolute_error(
    predictions: Targets,
    labels: Targets,
    *,
    average: Literal["macro"] | NumbersLike = ...,
    sample_weight: NumbersLike | None = ...,
) -> float: ...


@takes_y
def median_absolute_error(
    predictions: Targets,
    labels: Targets,
    *,
    average: Averaging = "macro",
    sample_weight: NumbersLike | None = None,
) -> float | dict[Hashable, float]:
    """Return the median of the absolute errors, which few large ones do not move.

    Medians of parts do not merge, so this is a function only; no state has it.

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        In the unit of the labels; the mean of the two middle errors of an even number, and of
        those on both sides of half of the weight. nan for no examples.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> median_absolute_error([2.0, 5.0, 4.0], [1.0, 5.0, 60.0])
    1.0
    """

    def of_target(guesses: Any, truths: Any) -> float:
        predicted, actual = as_numbers(guesses, "predictions"), as_numbers(truths, "labels")
        same_length(len(predicted), len(actual))
        n = len(actual)
        weights = [1.0] * n if sample_weight is None else as_list(as_weights(sample_weight, n))
        errors = (abs(p - y) for p, y in zip(as_list(predicted), as_list(actual)))
        return weighted_median(errors, weights)

    return over_targets(of_target, predictions, labels, average)


@overload
def mean_pinball_loss(
    predictions: Targets,
    labels: Targets,
    *,
    alpha: float = ...,
    average: None,
    sample_weight: NumbersLike | None = ...,
) -> dict[Hashable, float]: ...


@overload
def mean_pinball_loss(
    predictions: Targets,
    labels: Targets,
    *,
    alpha: float = ...,
    average: Literal["macro"] | NumbersLike = ...,
    sample_weight: NumbersLike | None = ...,
) -> float: ...


@takes_y
def mean_pinball_loss(
    predictions: Targets,
    labels: Targets,
    *,
    alpha: float = 0.5,
    average: Averaging = "macro",
    sample_weight: NumbersLike | None = None,
) -> float | dict[Hashable, float]:
    """Return the mean loss of predictions of a quantile.

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.
    alpha : float, default 0.5
        The quantile that is predicted, in [0, 1]. A prediction that is too low by one costs
        alpha, one that is too high 1 - alpha.

    Returns
    -------
    float or dict
        In the unit of the labels, at least 0 (Koenker and Bassett 1978); with an alpha of 0.5
        half the mean absolute error. nan for no examples.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`, or if alpha is not in [0, 1].

    Examples
    --------
    >>> round(mean_pinball_loss([2.0, 5.0], [1.0, 7.0], alpha=0.9), 3)
    0.95
    """
    check_alpha(alpha)

    def of_target(guesses: Any, truths: Any) -> float:
        errors = RegressionErrors.from_predictions(guesses, truths, sample_weight=sample_weight)
        return errors.mean_pinball_loss(alpha=alpha)

    return over_targets(of_target, predictions, labels, average)


@regression_score
def mean_error() -> None:
    """Return the mean of prediction minus label, which is the bias.

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        In the unit of the labels: above 0 where predictions are too high. nan for no examples.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> mean_error([2.0, 5.0, 4.0], [1.0, 5.0, 6.0])
    -0.3333333333333333
    """


@regression_score
def max_error() -> None:
    """Return the largest absolute error.

    Parameters
    ----------
    predictions, labels, average, sample_weight
        As for `mean_absolute_error`.

    Returns
    -------
    float or dict
        In the unit of the labels; nan for no examples. Examples of weight 0 do not count.

    Raises
    ------
    ValueError, TypeError
        As for `mean_absolute_error`.

    Examples
    --------
    >>> max_error([2.0, 5.0, 4.0], [1.0, 5.0, 6.0])
    2.0
    """
