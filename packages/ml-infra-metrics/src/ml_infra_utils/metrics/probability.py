"""Scores of a classifier that predicts probabilities, or any score that ranks.

Every function takes scores first and labels second, and is exact: it sees every example. For
streams and for many machines there is `ScoreHistogram`, which merges and bounds its error.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Hashable, Iterable, overload

from ml_infra_utils.metrics._limits import LEAST_PROBABILITY
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT, check_choice
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.columns import column_of, step_to_a_column
from ml_infra_utils.metrics._reading.ignored import without
from ml_infra_utils.metrics._reading.numbers import as_integer, as_weights
from ml_infra_utils.metrics._scoring import areas
from ml_infra_utils.metrics._scoring.averaged_areas import AREAS, averaged, one_versus_one
from ml_infra_utils.metrics._scoring.score_tables import (
    columns_of,
    is_table,
    read_rows_of_probabilities,
    read_scored_table,
    read_table,
)
from ml_infra_utils.metrics._scoring.scored_labels import ScoredLabels, read_scored_labels
from ml_infra_utils.metrics._undefined import warn_undefined
from ml_infra_utils.metrics._words import shortened

if TYPE_CHECKING:
    from typing import Literal

    from ml_infra_utils.metrics._types import (
        AverageOfTables,
        ClassesLike,
        NumbersLike,
        SupportsArray,
        TableLike,
    )

__all__ = [
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "top_k_accuracy",
]


@overload
def roc_auc(
    scores: NumbersLike | TableLike,
    labels: ClassesLike,
    positive_class: Hashable = ...,
    *,
    average: None,
    multi_class: Literal["ovr", "ovo"] = ...,
    classes: Iterable[Hashable] | None = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: NumbersLike | None = ...,
) -> dict[Hashable, float]: ...


@overload
def roc_auc(
    scores: NumbersLike | TableLike,
    labels: ClassesLike,
    positive_class: Hashable = ...,
    *,
    average: AverageOfTables = ...,
    multi_class: Literal["ovr", "ovo"] = ...,
    classes: Iterable[Hashable] | None = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: NumbersLike | None = ...,
) -> float: ...


@takes_y
def roc_auc(
    scores: NumbersLike | TableLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    average: AverageOfTables | None = "binary",
    multi_class: Literal["ovr", "ovo"] = "ovr",
    classes: Iterable[Hashable] | None = None,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float | dict[Hashable, float]:
    """Return the area under the ROC curve.

    Parameters
    ----------
    scores : sequence, array or column of numbers, shape (n,) or (n, k)
        How likely the positive class is to the model, in any unit; higher means more likely. With
        another average than "binary", a table with a column for each class or label.
    labels : sequence, array or column, shape (n,); or table of 0 and 1, shape (n, k)
        True class of each example, or which of k labels it has.
    positive_class : hashable, default 1
        The class that counts as positive, for shape (n,); all others together are negative.
    average : {"binary", "macro", "weighted", "micro", "samples", None}, default "binary"
        The area of the positive class. Of a table, each column against the rest: their mean, or
        the mean weighted by labels; the area of all decisions pooled; None for a dict of each
        area. "samples", of tables of labels, is the mean over rows.
    multi_class : {"ovr", "ovo"}, default "ovr"
        Each class against the rest, or, for "macro" and "weighted", each pair of classes: among
        their examples, the mean of the areas of the two columns (Hand and Till 2001).
    classes : iterable of hashable, optional
        The class of each column, as for `log_loss`.
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out: padding such as -100, a class "O".
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        The weight of each example, at least 0; by default 1.

    Returns
    -------
    float or dict
        The probability that a positive scores above a negative, ties counted half (Hanley and
        McNeil 1982), in [0, 1]; nan, with an `UndefinedMetricWarning`, if there are only
        positives or only negatives. Averages leave out what is nan, with that warning.

    Raises
    ------
    ValueError
        If lengths or columns differ, a score is not finite, a weight is negative, or an option is
        unknown or not for such data.
    TypeError
        If a score is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> roc_auc([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    0.75
    >>> table = [[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.3, 0.4, 0.3], [0.1, 0.3, 0.6]]
    >>> roc_auc(table, ["cat", "dog", "cat", "fox"], average="macro", classes=["cat", "dog", "fox"])
    1.0
    """
    check_choice("multi_class", multi_class, ("ovr", "ovo"))
    labels, scores, sample_weight = without(ignore, labels, scores, sample_weight)
    if average == "binary" and multi_class == "ovr":
        return _of_one_column("roc_auc", scores, labels, positive_class, sample_weight)
    table = read_scored_table(scores, labels, classes, sample_weight)
    if multi_class == "ovo":
        return one_versus_one(table, average)
    return averaged("roc_auc", table, average)


@overload
def average_precision(
    scores: NumbersLike | TableLike,
    labels: ClassesLike,
    positive_class: Hashable = ...,
    *,
    average: None,
    classes: Iterable[Hashable] | None = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: NumbersLike | None = ...,
) -> dict[Hashable, float]: ...


@overload
def average_precision(
    scores: NumbersLike | TableLike,
    labels: ClassesLike,
    positive_class: Hashable = ...,
    *,
    average: AverageOfTables = ...,
    classes: Iterable[Hashable] | None = ...,
    ignore: Hashable | Iterable[Hashable] | None = ...,
    sample_weight: NumbersLike | None = ...,
) -> float: ...


@takes_y
def average_precision(
    scores: NumbersLike | TableLike,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    average: AverageOfTables | None = "binary",
    classes: Iterable[Hashable] | None = None,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float | dict[Hashable, float]:
    """Return the mean precision over the positives, each at its own score.

    Parameters
    ----------
    scores, labels, positive_class, average, classes, ignore, sample_weight
        As for `roc_auc`.

    Returns
    -------
    float or dict
        The area under the precision-recall curve without interpolation, in [0, 1]; nan, with
        an `UndefinedMetricWarning`, if there is no positive. Averages leave out what is nan.

    Raises
    ------
    ValueError, TypeError
        As for `roc_auc`.

    Examples
    --------
    >>> average_precision([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    0.8333333333333333
    >>> import numpy as np
    >>> table, labels = np.array([[0.9, 0.2], [0.4, 0.6]]), np.array([[1, 0], [1, 1]])
    >>> average_precision(table, labels, average=None)
    {0: 1.0, 1: 1.0}
    """
    labels, scores, sample_weight = without(ignore, labels, scores, sample_weight)
    if average == "binary":
        return _of_one_column("average_precision", scores, labels, positive_class, sample_weight)
    table = read_scored_table(scores, labels, classes, sample_weight)
    return averaged("average_precision", table, average)


@takes_y
def log_loss(
    probabilities: Iterable[Any] | SupportsArray,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    classes: Iterable[Hashable] | None = None,
    ignore: Hashable | Iterable[Hashable] | None = None,
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
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out: padding such as -100, a class "O".
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
    labels, probabilities, sample_weight = without(ignore, labels, probabilities, sample_weight)
    column = column_of(probabilities)
    if is_table(column):
        scored = _of_true_class(probabilities, labels, classes, sample_weight)
    else:
        scored = read_scored_labels(
            column, column_of(labels), positive_class, sample_weight, "probabilities"
        )
    p, hits, _ = scored
    if not isinstance(p, list):
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
    probabilities: Iterable[Any] | SupportsArray,
    labels: ClassesLike,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    classes: Iterable[Hashable] | None = None,
    ignore: Hashable | Iterable[Hashable] | None = None,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the mean squared distance of probability and outcome.

    Parameters
    ----------
    probabilities : sequence, array or column of numbers, shape (n,) or (n, k)
        Predicted probability of the positive class, in [0, 1]; or a table with a column for each
        class, whose rows sum to 1 as for `log_loss`, or for each label.
    labels : sequence, array or column, shape (n,); or table of 0 and 1, shape (n, k)
        True class of each example, or which of k labels it has.
    positive_class : hashable, default 1
        The class whose probability is given, for shape (n,); not used for (n, k).
    classes, ignore, sample_weight
        As for `log_loss`.

    Returns
    -------
    float
        Less is better; nan for no examples. In [0, 1] for one column. Of three classes or more,
        the sum over the columns, in [0, 2] (Brier 1950); of two, half of that sum, which is the
        score of either column; of labels, the mean over the columns.

    Warns
    -----
    UserWarning
        As for `log_loss`.

    Raises
    ------
    ValueError
        If lengths or columns differ, a probability is not in [0, 1], or a weight is negative.
    TypeError
        If a probability is not a number, or a string, set or mapping was passed for the sequence.

    Examples
    --------
    >>> brier_score([0.9, 0.2, 0.4], [1, 0, 1])
    0.13666666666666666
    >>> table = [[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]
    >>> round(brier_score(table, ["cat", "dog"], classes=["cat", "bird", "dog"]), 4)
    0.1
    """
    labels, probabilities, sample_weight = without(ignore, labels, probabilities, sample_weight)
    column = column_of(probabilities)
    if is_table(column):
        table = read_scored_table(probabilities, labels, classes, sample_weight, "probabilities")
        squares = ((table.scores - table.hits) ** 2).sum(axis=1)
        width = len(table.names)
        return table.mean(squares / (width if table.is_multilabel or width == 2 else 1))
    scored = read_scored_labels(
        column, column_of(labels), positive_class, sample_weight, "probabilities"
    )
    p, hits, _ = scored
    if not isinstance(p, list):
        return scored.mean((p - hits) ** 2)
    return scored.mean([(x - hit) ** 2 for x, hit in zip(p, hits)])


@takes_y
def top_k_accuracy(
    scores: Iterable[Any] | SupportsArray,
    labels: ClassesLike,
    *,
    k: int = 2,
    classes: Iterable[Hashable] | None = None,
    ignore: Hashable | Iterable[Hashable] | None = None,
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
        How many guesses an example has. From the number of classes on, all examples are right.
    classes, ignore, sample_weight
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
    labels, scores, sample_weight = without(ignore, labels, scores, sample_weight)
    table = read_table(scores, "scores")
    import numpy as np

    _, columns = columns_of(labels, classes, scores, table.shape, "scores")
    own = table[np.arange(len(table)), columns][:, None]
    ties = (table == own) & (np.arange(table.shape[1]) > columns[:, None])
    hits = ((table > own) | ties).sum(axis=1) < k
    weights = None if sample_weight is None else as_weights(sample_weight, len(hits))
    mean = ScoredLabels(hits, hits, weights).mean(hits)
    return 0.0 if math.isnan(mean) else mean


def _of_true_class(
    probabilities: Any, labels: Any, classes: Iterable[Hashable] | None, sample_weight: Any
) -> ScoredLabels:
    table = read_rows_of_probabilities(probabilities)
    import numpy as np

    _, columns = columns_of(labels, classes, probabilities, table.shape, "probabilities")
    weights = None if sample_weight is None else as_weights(sample_weight, len(table))
    own = table[np.arange(len(table)), columns]
    return ScoredLabels(own, np.ones(len(own), dtype=bool), weights)


def _of_one_column(
    name: str, scores: Any, labels: Any, positive_class: Hashable, sample_weight: Any
) -> float:
    column = column_of(scores)
    if is_table(column):
        raise ValueError(
            "scores must be one-dimensional for average='binary', got a table; "
            f"{step_to_a_column(scores, 'scores', 'numbers')}, or average='macro' for all classes"
        )
    area = AREAS[name]
    scored = read_scored_labels(column, column_of(labels), positive_class, sample_weight, "scores")
    ranking = areas.rank(*scored)
    missing = areas.missing_label(ranking, needs_negatives=area.needs_negatives)
    if missing is None:
        return area.of(ranking)
    if missing == "negative" and all(scored.hits):
        warn_undefined(
            f"{name} is nan: every label is the positive class {shortened(positive_class)}"
        )
    elif len(ranking.thresholds) and any(scored.hits):
        warn_undefined(
            f"{name} is nan: the {missing} labels have no weight compared with the others; "
            f"positive_class is {shortened(positive_class)}"
        )
    return math.nan
