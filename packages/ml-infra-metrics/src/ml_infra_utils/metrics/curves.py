"""Curves of a classifier that predicts probabilities, or any score that ranks.

Every function takes scores first and labels second, and returns a value that has a ``plot``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Hashable, Iterable

from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT, check_choice
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.columns import column_of
from ml_infra_utils.metrics._reading.ignored import without
from ml_infra_utils.metrics._reading.numbers import as_integer, bits_of
from ml_infra_utils.metrics._scoring import areas
from ml_infra_utils.metrics._scoring import bins as binning
from ml_infra_utils.metrics._scoring.scored_labels import read_scored_labels
from ml_infra_utils.metrics._showing.threshold_curves import (
    CalibrationCurve,
    PrecisionRecallCurve,
    RocCurve,
)
from ml_infra_utils.metrics._undefined import warn_no_label
from ml_infra_utils.metrics._words import shortened

if TYPE_CHECKING:
    from typing import Literal

    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike

__all__ = ["roc_curve", "precision_recall_curve", "calibration_curve"]


@takes_y
def roc_curve(
    scores: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> RocCurve:
    """Return the rates of false and true positives at every threshold.

    Parameters
    ----------
    scores, labels, positive_class, ignore, sample_weight
        As for `roc_auc`.

    Returns
    -------
    RocCurve
        Named tuple of lists, from the highest threshold; ``plot()`` draws it. A rate among no
        labels is nan.

    Warns
    -----
    UndefinedMetricWarning
        If there is no label of a kind that the curve needs.

    Raises
    ------
    ValueError
        As for `roc_auc`.
    TypeError
        As for `roc_auc`.

    Examples
    --------
    >>> roc_curve([0.9, 0.4, 0.4, 0.1], [1, 0, 1, 0]).true_positive_rate
    [0.0, 0.5, 1.0, 1.0]
    """
    labels, scores, sample_weight = without(ignore, labels, scores, sample_weight)
    ranking = areas.rank(
        *read_scored_labels(
            column_of(scores), column_of(labels), positive_class, sample_weight, "scores"
        )
    )
    missing = areas.missing_label(ranking, needs_negatives=True)
    warn_no_label("roc_curve", missing, f", positive_class is {shortened(positive_class)}")
    return RocCurve(*areas.roc_points(ranking))


@takes_y
def precision_recall_curve(
    scores: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> PrecisionRecallCurve:
    """Return precision and recall at every threshold.

    Parameters
    ----------
    scores, labels, positive_class, ignore, sample_weight
        As for `roc_auc`.

    Returns
    -------
    PrecisionRecallCurve
        Named tuple of lists, from the highest threshold; ``plot()`` draws it. A rate among no
        labels is nan.

    Warns
    -----
    UndefinedMetricWarning
        If there is no label of a kind that the curve needs.

    Raises
    ------
    ValueError
        As for `roc_auc`.
    TypeError
        As for `roc_auc`.

    Examples
    --------
    >>> precision_recall_curve([0.9, 0.4, 0.4, 0.1], [1, 0, 1, 0]).precision
    [1.0, 0.6666666666666666, 0.5]
    """
    labels, scores, sample_weight = without(ignore, labels, scores, sample_weight)
    ranking = areas.rank(
        *read_scored_labels(
            column_of(scores), column_of(labels), positive_class, sample_weight, "scores"
        )
    )
    missing = areas.missing_label(ranking, needs_negatives=False)
    named = f", positive_class is {shortened(positive_class)}"
    warn_no_label("precision_recall_curve", missing, named)
    return PrecisionRecallCurve(*areas.precision_recall_points(ranking))


@takes_y
def calibration_curve(
    probabilities: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    bins: int = 10,
    strategy: Literal["uniform", "quantile"] = "uniform",
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> CalibrationCurve:
    """Return how often positives occur where they are predicted with a probability.

    Parameters
    ----------
    probabilities, labels, positive_class, bins, strategy, ignore, sample_weight
        As for `expected_calibration_error`.

    Returns
    -------
    CalibrationCurve
        Named tuple of lists with an entry for each bin that is not empty; ``plot()`` draws the
        reliability diagram.

    Raises
    ------
    ValueError, TypeError
        As for `expected_calibration_error`.

    Examples
    --------
    >>> calibration_curve([0.9, 0.9, 0.2, 0.2], [1, 1, 0, 1])
    CalibrationCurve(mean_probability=[0.2, 0.9], fraction_positive=[0.5, 1.0], weight=[2, 2])
    """
    bins = as_integer(bins, "bins", least=1)
    check_choice("strategy", strategy, ("uniform", "quantile"))
    labels, probabilities, sample_weight = without(ignore, labels, probabilities, sample_weight)
    scored = read_scored_labels(
        column_of(probabilities), column_of(labels), positive_class, sample_weight, "probabilities"
    )
    sums = binning.sums_by_bin(*scored, bins=bins, bits=bits_of(probabilities), strategy=strategy)
    return CalibrationCurve(*binning.calibration_points(*sums))
