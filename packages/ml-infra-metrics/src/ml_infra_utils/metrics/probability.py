"""Scores of a classifier that predicts probabilities, or any score that ranks.

Every function takes scores first and labels second, and is exact: it sees every example. For
streams and for many machines there is `ScoreHistogram`, which merges and bounds its error.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Hashable, Iterable

from ml_infra_utils.metrics._limits import ERROR_OF_A_ROW, LEAST_PROBABILITY
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.columns import is_numpy
from ml_infra_utils.metrics._reading.numbers import as_integer, as_weights, bits_of, scaled
from ml_infra_utils.metrics._scoring import areas
from ml_infra_utils.metrics._scoring import bins as binning
from ml_infra_utils.metrics._scoring.score_tables import columns_of, is_table, read_table
from ml_infra_utils.metrics._scoring.scored_labels import ScoredLabels, read_scored_labels
from ml_infra_utils.metrics._undefined import warn, warn_undefined
from ml_infra_utils.metrics._words import shortened

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike, SupportsArray

__all__ = [
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
    "top_k_accuracy",
]


@takes_y
def roc_auc(
    scores: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = 1,
    *,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the area under the ROC curve.

    Parameters
    ----------
    scores : sequence, array or column of numbers, shape (n,)
        How likely the positive class is to the model, in any unit; higher means more likely.
    labels : sequence, array or column, shape (n,)
        True class of each example.
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float
        The probability that a positive scores above a negative, ties counted half (Hanley and
        McNeil 1982), in [0, 1]; nan, with an `UndefinedMetricWarning`, if there are only
        positives or only negatives.

    Raises
    ------
    ValueError
        If lengths differ, a score is not finite, or a weight is negative.
    TypeError
        If a score is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> roc_auc([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    0.75
    """
    scored = read_scored_labels(scores, labels, positive_class, sample_weight, "scores")
    ranking = areas.rank(*scored)
    if _is_undefined(ranking, scored, positive_class, "roc_auc", needs_negatives=True):
        return math.nan
    return areas.area_under_roc(ranking)


@takes_y
def average_precision(
    scores: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = 1,
    *,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the mean precision over the positives, each at its own score.

    Parameters
    ----------
    scores, labels, positive_class, sample_weight
        As for `roc_auc`.

    Returns
    -------
    float
        The area under the precision-recall curve without interpolation, in [0, 1]; nan, with
        an `UndefinedMetricWarning`, if there is no positive.

    Raises
    ------
    ValueError, TypeError
        As for `roc_auc`.

    Examples
    --------
    >>> average_precision([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    0.8333333333333333
    """
    scored = read_scored_labels(scores, labels, positive_class, sample_weight, "scores")
    ranking = areas.rank(*scored)
    if _is_undefined(ranking, scored, positive_class, "average_precision", needs_negatives=False):
        return math.nan
    return areas.average_precision(ranking)


@takes_y
def log_loss(
    probabilities: Iterable[Any] | SupportsArray,
    labels: ClassesLike,
    positive_class: Hashable = 1,
    *,
    classes: Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the mean negative logarithm of the probability given to the true class.

    Parameters
    ----------
    probabilities : sequence, array or column of numbers, shape (n,) or (n, k)
        Predicted probability of the positive class, in [0, 1]; or an array, data frame or
        sequence of rows with a column for each class, whose rows sum to 1. A sum within 1/128
        of 1, as rounding to bfloat16 gives, is taken as it is, whatever the container.
    labels : sequence, array or column, shape (n,)
        True class of each example.
    positive_class : hashable, default 1
        The class whose probability is given, for shape (n,); not used for (n, k).
    classes : iterable of hashable, optional
        The class of each column, for shape (n, k). By default a data frame names its columns,
        and every label must be a name; without names, labels that are integers are numbers of
        columns from 0, and columns are k other labels sorted, if all of them occur.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float
        In nats, at least 0, less is better; nan for no examples. A probability of 0 counts as
        2.2e-16, so that one confident error does not make the mean infinite.

    Warns
    -----
    UserWarning
        If a row does not sum to 1 within 1/128: all rows are divided by their sums then.

    Raises
    ------
    ValueError
        If lengths differ, a probability is not in [0, 1], a row sums to 0, a label has no column,
        or a weight is negative.
    TypeError
        If a probability is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> round(log_loss([0.9, 0.2, 0.4], [1, 0, 1]), 4)
    0.4149
    >>> import numpy as np
    >>> table = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    >>> round(log_loss(table, ["cat", "dog"], classes=["cat", "bird", "dog"]), 4)
    0.2899
    """
    if is_table(probabilities):
        scored = _of_true_class(probabilities, labels, classes, sample_weight)
    else:
        scored = read_scored_labels(
            probabilities, labels, positive_class, sample_weight, "probabilities"
        )
    p, hits, _ = scored
    if is_numpy(p):
        import numpy as np

        return scored.mean(
            -np.log(np.clip(np.where(hits, p, 1 - p), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
        )
    truths = (x if hit else 1 - x for x, hit in zip(p, hits))
    return scored.mean(
        [-math.log(min(max(x, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)) for x in truths]
    )


@takes_y
def brier_score(
    probabilities: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = 1,
    *,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the mean squared distance of probability and outcome.

    Parameters
    ----------
    probabilities : sequence, array or column of numbers, shape (n,)
        Predicted probability of the positive class, in [0, 1].
    labels, positive_class, sample_weight
        As for `roc_auc`.

    Returns
    -------
    float
        In [0, 1], less is better (Brier 1950); nan for no examples.

    Raises
    ------
    ValueError
        If lengths differ, a probability is not in [0, 1], or a weight is negative.
    TypeError
        If a probability is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> brier_score([0.9, 0.2, 0.4], [1, 0, 1])
    0.13666666666666666
    """
    scored = read_scored_labels(
        probabilities, labels, positive_class, sample_weight, "probabilities"
    )
    p, hits, _ = scored
    if is_numpy(p):
        return scored.mean((p - hits) ** 2)
    return scored.mean([(x - hit) ** 2 for x, hit in zip(p, hits)])


@takes_y
def expected_calibration_error(
    probabilities: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable = 1,
    *,
    bins: int = 10,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the mean distance of predicted probability and observed frequency.

    Parameters
    ----------
    probabilities, labels, positive_class, sample_weight
        As for `brier_score`.
    bins : int, default 10
        How many bins of equal width [0, 1] has; each holds its lower end, the last both.
        A probability that its float type cannot tell from an edge lies on it.

    Returns
    -------
    float
        The distances of the bins weighted by their examples (Naeini, Cooper and Hauskrecht
        2015), in [0, 1], less is better; nan for no examples.

    Raises
    ------
    ValueError
        As for `brier_score`, or if there is not at least one bin.
    TypeError
        As for `brier_score`.

    Examples
    --------
    >>> round(expected_calibration_error([0.9, 0.9, 0.2, 0.2], [1, 1, 0, 1]), 4)
    0.2
    """
    bins = as_integer(bins, "bins", least=1)
    p, hits, weights = read_scored_labels(
        probabilities, labels, positive_class, sample_weight, "probabilities"
    )
    weights = None if weights is None else scaled(weights)
    sums = binning.sums_by_bin(p, hits, weights, bins=bins, bits=bits_of(probabilities))
    return binning.calibration_error(binning.calibration_points(*sums))


@takes_y
def top_k_accuracy(
    scores: Iterable[Any] | SupportsArray,
    labels: ClassesLike,
    *,
    k: int = 2,
    classes: Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the fraction of examples whose true class is among the k best scores.

    Parameters
    ----------
    scores : array, data frame or sequence of rows, shape (n, c)
        How likely each class is to the model, in any unit; higher means more likely. Of equal
        scores that of the later column ranks first.
    labels : sequence, array or column, shape (n,)
        True class of each example.
    k : int, default 2
        How many guesses an example has.
    classes, sample_weight
        As for `log_loss`.

    Returns
    -------
    float
        In [0, 1]; 0.0 for no examples.

    Raises
    ------
    ValueError
        If lengths differ, scores are not a finite 2-D table, a label has no column, k is not
        at least 1, or a weight is negative.

    Examples
    --------
    >>> top_k_accuracy([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1]], [1, 2, 2])
    0.6666666666666666
    """
    k = as_integer(k, "k", least=1)
    table = read_table(scores, "scores")
    import numpy as np

    columns = columns_of(labels, classes, scores, table.shape, "scores")
    own = table[np.arange(len(table)), columns][:, None]
    ties = (table == own) & (np.arange(table.shape[1]) > columns[:, None])
    hits = ((table > own) | ties).sum(axis=1) < k
    weights = None if sample_weight is None else as_weights(sample_weight, len(hits))
    mean = ScoredLabels(hits, hits, weights).mean(hits)
    return 0.0 if math.isnan(mean) else mean


def _of_true_class(
    probabilities: Any, labels: Any, classes: Iterable[Hashable] | None, sample_weight: Any
) -> ScoredLabels:
    table = read_table(probabilities, "probabilities")
    import numpy as np

    wrong = (table < 0) | (table > 1)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"probabilities must be in [0, 1], got {float(table[row, column])!r} at row {row}, "
            f"column {column}"
        )
    sums = table.sum(axis=1)
    unequal = np.abs(sums - 1) > ERROR_OF_A_ROW
    if not sums.all():
        row = int(sums.argmin())
        raise ValueError(
            f"probabilities must have rows that sum to 1, got a sum of 0.0 in row {row}; drop "
            "such rows, or give each class a probability"
        )
    if unequal.any():
        row = int(unequal.argmax())
        warn(
            f"probabilities must have rows that sum to 1, got a sum of {float(sums[row])!r} in "
            f"row {row}: each row is divided by its sum; divide them yourself if that is meant, "
            "or pass a column for each class that may occur"
        )
        table = table / sums[:, None]
    columns = columns_of(labels, classes, probabilities, table.shape, "probabilities")
    weights = None if sample_weight is None else as_weights(sample_weight, len(table))
    own = table[np.arange(len(table)), columns]
    return ScoredLabels(own, np.ones(len(own), dtype=bool), weights)


def _is_undefined(
    ranking: areas.Ranking,
    scored: ScoredLabels,
    positive_class: Hashable,
    name: str,
    *,
    needs_negatives: bool,
) -> bool:
    missing = areas.missing_label(ranking, needs_negatives=needs_negatives)
    if missing == "negative" and all(scored.hits):
        warn_undefined(
            f"{name} is nan: every label is the positive class {shortened(positive_class)}"
        )
    elif missing is not None and len(ranking.thresholds) and any(scored.hits):
        warn_undefined(
            f"{name} is nan: the {missing} labels have no weight compared with the others; "
            f"positive_class is {shortened(positive_class)}"
        )
    return missing is not None
