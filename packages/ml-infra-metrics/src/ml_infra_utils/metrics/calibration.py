"""How far predicted probabilities are from observed frequencies.

Every function takes probabilities first and labels second, and compares both in bins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Iterable

from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT, check_choice
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.columns import column_of
from ml_infra_utils.metrics._reading.ignored import without
from ml_infra_utils.metrics._reading.numbers import as_integer, bits_of, scaled
from ml_infra_utils.metrics._scoring import bins as binning
from ml_infra_utils.metrics._scoring.scored_labels import read_scored_labels

if TYPE_CHECKING:
    from typing import Literal

    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike

__all__ = [
    "expected_calibration_error",
    "maximum_calibration_error",
    "root_mean_square_calibration_error",
]


@takes_y
def expected_calibration_error(
    probabilities: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    bins: int = 10,
    strategy: Literal["uniform", "quantile"] = "uniform",
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the mean distance of predicted probability and observed frequency.

    Parameters
    ----------
    probabilities : sequence, array or column of numbers, shape (n,)
        Predicted probability of the positive class, in [0, 1].
    labels, positive_class, ignore, sample_weight
        As for `roc_auc`.
    bins : int, default 10
        How many bins there are.
    strategy : {"uniform", "quantile"}, default "uniform"
        Bins of equal width of [0, 1]: each holds its lower end, the last both, and a probability
        that its float type cannot tell from an edge lies on it. Or bins of equal mass: about as
        many examples, or as much weight, in each (Nixon et al. 2019); equal probabilities are
        in one bin.

    Returns
    -------
    float
        The distances of the bins weighted by their examples (Naeini, Cooper and Hauskrecht
        2015), in [0, 1], less is better; nan for no examples.

    Raises
    ------
    ValueError
        If lengths differ, a probability is not in [0, 1], a weight is negative, the strategy is
        unknown, or there is not at least one bin.
    TypeError
        If a probability is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> round(expected_calibration_error([0.9, 0.9, 0.2, 0.2], [1, 1, 0, 1]), 4)
    0.2
    >>> expected_calibration_error([0.1, 0.2, 0.3, 0.4], [0, 1, 0, 1], bins=2, strategy="quantile")
    0.25
    """
    return _error(
        "mean", probabilities, labels, positive_class, bins, strategy, ignore, sample_weight
    )


@takes_y
def maximum_calibration_error(
    probabilities: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    bins: int = 10,
    strategy: Literal["uniform", "quantile"] = "uniform",
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the largest distance of predicted probability and observed frequency.

    Parameters
    ----------
    probabilities, labels, positive_class, bins, strategy, ignore, sample_weight
        As for `expected_calibration_error`.

    Returns
    -------
    float
        The distance of the worst bin (Naeini, Cooper and Hauskrecht 2015), in [0, 1], less is
        better; nan for no examples. A bin of few examples may be far off by chance: bins of
        equal mass have none such.

    Raises
    ------
    ValueError, TypeError
        As for `expected_calibration_error`.

    Examples
    --------
    >>> round(maximum_calibration_error([0.9, 0.9, 0.2, 0.2], [1, 1, 0, 1]), 4)
    0.3
    """
    return _error(
        "maximum", probabilities, labels, positive_class, bins, strategy, ignore, sample_weight
    )


@takes_y
def root_mean_square_calibration_error(
    probabilities: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    bins: int = 10,
    strategy: Literal["uniform", "quantile"] = "uniform",
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the root of the mean squared distance of probability and observed frequency.

    Parameters
    ----------
    probabilities, labels, positive_class, bins, strategy, ignore, sample_weight
        As for `expected_calibration_error`.

    Returns
    -------
    float
        The squared distances of the bins weighted by their examples, and the root of their sum
        (Hendrycks, Mazeika and Dietterich 2019), in [0, 1], less is better; nan for no examples.

    Raises
    ------
    ValueError, TypeError
        As for `expected_calibration_error`.

    Examples
    --------
    >>> round(root_mean_square_calibration_error([0.9, 0.9, 0.2, 0.2], [1, 1, 0, 1]), 4)
    0.2236
    """
    return _error(
        "root mean square",
        probabilities,
        labels,
        positive_class,
        bins,
        strategy,
        ignore,
        sample_weight,
    )


def _error(
    norm: str,
    probabilities: Any,
    labels: Any,
    positive_class: Hashable,
    bins: int,
    strategy: str,
    ignore: Any,
    sample_weight: Any,
) -> float:
    bins = as_integer(bins, "bins", least=1)
    check_choice("strategy", strategy, ("uniform", "quantile"))
    labels, probabilities, sample_weight = without(ignore, labels, probabilities, sample_weight)
    p, hits, weights = read_scored_labels(
        column_of(probabilities), column_of(labels), positive_class, sample_weight, "probabilities"
    )
    weights = None if weights is None else scaled(weights)
    sums = binning.sums_by_bin(
        p, hits, weights, bins=bins, bits=bits_of(probabilities), strategy=strategy
    )
    return binning.calibration_error(binning.calibration_points(*sums), norm)
