"""Errors of predicted numbers.

Every function takes predictions first and labels second, sums up the errors, and takes the
property of the same name of `RegressionErrors`. To compute several scores, sum up once.
"""

from __future__ import annotations

from ml_infra_utils.metrics._states.one_score import regression_score

__all__ = [
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "r2_score",
]


@regression_score
def mean_absolute_error() -> None:
    """Return the mean of the absolute errors.

    Parameters
    ----------
    predictions, labels : sequence, array or column of numbers, shape (n,)
        Predicted and true value of each example. Generators are read once.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float
        In the unit of the labels; nan for no examples.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a weight is negative.
    TypeError
        If a value is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> mean_absolute_error([2.0, 5.0, 4.0], [1.0, 5.0, 6.0])
    1.0
    """


@regression_score
def mean_squared_error() -> None:
    """Return the mean of the squared errors.

    Parameters
    ----------
    predictions, labels : sequence, array or column of numbers, shape (n,)
        Predicted and true value of each example. Generators are read once.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float
        In the squared unit of the labels; nan for no examples.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a weight is negative.
    TypeError
        If a value is not a number, or a string, set or mapping was passed for the sequence.

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
    predictions, labels : sequence, array or column of numbers, shape (n,)
        Predicted and true value of each example. Generators are read once.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float
        In the unit of the labels; nan for no examples.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a weight is negative.
    TypeError
        If a value is not a number, or a string, set or mapping was passed for the sequence.

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
    predictions, labels : sequence, array or column of numbers, shape (n,)
        Predicted and true value of each example. Generators are read once.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float
        At most 1; 0 for always predicting the mean. Where all labels are equal, 1.0 for no error
        and 0.0 otherwise; nan for fewer than two examples.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a weight is negative.
    TypeError
        If a value is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> r2_score([1.0, 2.0, 4.0], [1.0, 2.0, 3.0])
    0.5
    """
