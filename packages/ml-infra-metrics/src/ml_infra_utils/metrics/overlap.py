"""Scores of how far predicted and true positives overlap (Tversky 1977).

Every function takes predictions first and labels second, counts, and calls the method of the same
name of `ConfusionMatrix`, or of `MultilabelCounts` for 2-D arrays of 0 and 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Iterable, overload

from ml_infra_utils.metrics._counting.pairs import pair_of
from ml_infra_utils.metrics._formulas.counts import fbeta
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT, SCORE_BY_DEFAULT
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._states.one_score import (
    class_score,
    mean_over_samples,
    state_of,
)

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import AverageOfTables, ClassesLike, NumbersLike

__all__ = ["fbeta_score", "jaccard"]


@overload
def fbeta_score(
    predictions: ClassesLike,
    labels: ClassesLike,
    positive_class: Hashable = ...,
    *,
    beta: float,
    average: None,
    only: Iterable[Hashable] | None = ...,
    zero_division: float = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: NumbersLike | None = ...,
) -> dict[Hashable, float]: ...


@overload
def fbeta_score(
    predictions: ClassesLike,
    labels: ClassesLike,
    positive_class: Hashable = ...,
    *,
    beta: float,
    average: AverageOfTables = ...,
    only: Iterable[Hashable] | None = ...,
    zero_division: float = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: NumbersLike | None = ...,
) -> float: ...


@takes_y
def fbeta_score(
    predictions: ClassesLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    beta: float,
    average: AverageOfTables | None = "binary",
    only: Iterable[Hashable] | None = None,
    zero_division: float = SCORE_BY_DEFAULT,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float | dict[Hashable, float]:
    """Return the F-score in which recall counts beta times as much as precision.

    Parameters
    ----------
    predictions, labels, positive_class, average, only, zero_division, ignore, sample_weight
        As for `precision`.
    beta : float
        How many times as much recall counts; 0 gives precision, infinity recall.

    Returns
    -------
    float or dict
        (1 + beta^2) TP / ((1 + beta^2) TP + beta^2 FN + FP), in [0, 1] (van Rijsbergen 1979).

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
    >>> fbeta_score([1, 1, 0, 0], [1, 0, 1, 1], beta=2)
    0.35714285714285715
    """
    pair = pair_of(predictions, labels)
    if average == "samples" and pair.has_table:
        return mean_over_samples(
            fbeta(beta), predictions, labels, only, zero_division, ignore, sample_weight
        )
    state: Any = state_of(pair, sample_weight, ignore=ignore)
    score: float | dict[Hashable, float] = state.fbeta_score(
        positive_class, beta=beta, average=average, only=only, zero_division=zero_division
    )
    return score


@class_score
def jaccard() -> None:
    """Return the overlap of predicted and true positives.

    Parameters
    ----------
    predictions, labels, positive_class, average, only, zero_division, ignore, sample_weight
        As for `precision`.

    Returns
    -------
    float or dict
        TP / (TP + FP + FN), in [0, 1] (Jaccard 1912).

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
    >>> jaccard([1, 1, 0, 0], [1, 0, 1, 1])
    0.25
    """
