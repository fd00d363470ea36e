"""Differences of two models: of scores of their predictions, and of areas of their scores."""

from __future__ import annotations

import math
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Hashable, Sequence

from ml_infra_utils.metrics._counting.pairs import Pair, integers_of
from ml_infra_utils.metrics._formulas.intervals import OF_CLASS, Interval, score_by_name
from ml_infra_utils.metrics._formulas.paired import correlation
from ml_infra_utils.metrics._reading.classes import as_positive_class, plain_class
from ml_infra_utils.metrics._scoring.delong import interval_of_area, paired_areas
from ml_infra_utils.metrics._scoring.scored_labels import read_scored_labels
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._states.score_difference import ScoreDifference
from ml_infra_utils.metrics._undefined import warn_undefined

if TYPE_CHECKING:
    from ml_infra_utils.metrics._reading.columns import Column
    from ml_infra_utils.metrics._states.score_difference import Ends
    from ml_infra_utils.metrics._types import Average


def difference_of_scores(
    a: Column,
    b: Column,
    labels: Column,
    *,
    score: str,
    positive_class: Hashable,
    average: Average,
    beta: float,
) -> ScoreDifference:
    """Return the difference of a score of two matrices, whose joint counts tell the correlation."""
    columns = {name: integers_of(column, name) for name, column in zip("ab", (a, b))}
    actual = integers_of(labels, "labels")
    for name, predicted in columns.items():
        Pair(predicted, actual, (name, "labels")).counted()  # refuses what is not a class
    cells = Counter(zip(*map(_plain, (actual, *columns.values()))))
    options: dict[str, Any] = {"beta": beta} if score == "fbeta_score" else {}
    if score in OF_CLASS:
        options.update(positive_class=positive_class, average=average)
    matrices, both = _matrices(cells)
    of_one_class = score in OF_CLASS and average == "binary"
    if of_one_class:  # that may occur in one of the two only
        matrices = both
    values = [getattr(matrix, score)(**options) for matrix in matrices]
    index = {name: i for i, name in enumerate(both[0].classes)}
    chosen = as_positive_class(positive_class)
    together: float = 0.0
    ends: Sequence[Ends] = UNKNOWN
    if cells and not (of_one_class and chosen not in index):
        if score in OF_CLASS:
            options["positive_class"] = chosen  # warned of once
        ends = [partial(matrix.interval, score, **options) for matrix in matrices]
        formula = score_by_name(score, index.get(chosen), average, beta, 0.0)
        triples = {(index[y], index[x], index[z]): n for (y, x, z), n in cells.items()}
        of_a, of_b = (matrix._margins for matrix in both)
        together = correlation(formula, of_a, of_b, triples, of_one_class=of_one_class)
    method = "Zou, correlation by the delta method"
    return ScoreDifference._of(
        score, values[0], values[1], sum(cells.values()), ends, together, method
    )


def difference_of_areas(
    a: Column, b: Column, labels: Column, *, positive_class: Hashable
) -> ScoreDifference:
    """Return the difference of the areas under the ROC curves of two scores."""
    scored = [
        read_scored_labels(scores, labels, positive_class, None, name)
        for name, scores in (("a", a), ("b", b))
    ]
    hits, total = scored[0].hits, len(scored[0].hits)
    p = int(sum(hits))
    method = "Zou, covariance by DeLong"
    if not 0 < p < total:
        if p:
            warn_undefined("roc_auc is nan: every label is the positive class")
        return ScoreDifference._of("roc_auc", math.nan, math.nan, total, UNKNOWN, 0.0, method)
    paired = paired_areas(scored[0].scores, scored[1].scores, hits)
    ends = [
        partial(interval_of_area, area, variance, float(p), float(total - p))
        for area, variance in zip(paired.areas, paired.variances)
    ]
    return ScoreDifference._of("roc_auc", *paired.areas, total, ends, paired.correlation, method)


def _matrices(
    cells: Counter[Any],
) -> tuple[list[ConfusionMatrix], list[ConfusionMatrix]]:
    """Return the matrices of a and of b, with the classes of each, and with those of both."""
    pairs: tuple[Counter[Any], Counter[Any]] = (Counter(), Counter())
    for (label, *predicted), n in cells.items():
        for side, prediction in zip(pairs, predicted):
            side[label, prediction] += n
    own = [ConfusionMatrix._from_pairs(None, dict(each)) for each in pairs]
    classes = (own[0] + own[1]).classes
    both = [ConfusionMatrix._from_pairs(classes, dict(each), declared=True) for each in pairs]
    return own, both


def _plain(column: Column) -> Sequence[Hashable]:
    values = column.to_list()
    if column.is_numpy and column.values.dtype.kind in "biu":
        return values
    return [plain_class(value, str) for value in values]


def _unknown(confidence: float) -> Interval:  # noqa: ARG001  # the intervals of scores take it
    return Interval(0.0, 1.0)


UNKNOWN: Sequence[Ends] = [_unknown, _unknown]
