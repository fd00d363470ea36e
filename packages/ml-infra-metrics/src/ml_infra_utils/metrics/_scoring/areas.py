"""Scores at every threshold, and the areas under their curves.

The core is a `Ranking`: for each distinct score, from the highest, how much weight of
positives and of negatives scores at least that. Lists give lists, long ones and arrays give
NumPy arrays; both kinds have the same formulas.
"""

from __future__ import annotations

import math
from itertools import accumulate, compress, groupby
from operator import itemgetter
from typing import Any, List, NamedTuple, Tuple

from ml_infra_utils.metrics._reading.numbers import scaled

Points = Tuple[List[float], List[float], List[float]]


class Ranking(NamedTuple):
    """Weights of positives and negatives at or above each distinct score, highest first."""

    thresholds: Any
    positives: Any
    negatives: Any


def rank(scores: Any, hits: Any, weights: Any) -> Ranking:
    """Return the ranking of scores, of which `hits` says which belong to positives.

    Examples of weight 0 are no thresholds.
    """
    if weights is not None:
        scores, hits, weights = _weighing(scores, hits, weights)
    if not len(scores):
        return Ranking([], [], [])
    if not isinstance(scores, list):
        return _rank_arrays(scores, hits, weights)
    rows = sorted(zip(scores, hits, weights or [1] * len(scores)), key=itemgetter(0), reverse=True)
    thresholds, positives, negatives = [], [], []
    for score, group in groupby(rows, key=itemgetter(0)):
        members = list(group)
        thresholds.append(score)
        positives.append(sum(weight for _, hit, weight in members if hit))
        negatives.append(sum(weight for _, hit, weight in members if not hit))
    return Ranking(thresholds, list(accumulate(positives)), list(accumulate(negatives)))


def _weighing(scores: Any, hits: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Scale the weights, and drop those of 0."""
    weights = scaled(weights)
    if not isinstance(weights, list):
        return scores[weights > 0], hits[weights > 0], weights[weights > 0]
    scores, hits, weights = (list(compress(column, weights)) for column in (scores, hits, weights))
    return scores, hits, weights


def _rank_arrays(scores: Any, hits: Any, weights: Any) -> Ranking:
    import numpy as np

    order = np.argsort(scores, kind="stable")[::-1]
    scores, hits = scores[order], hits[order]
    ends = np.append(np.flatnonzero(scores[1:] != scores[:-1]), len(scores) - 1)
    shares = np.ones(len(scores), dtype=np.int64) if weights is None else weights[order]
    positives = np.cumsum(shares * hits)[ends]
    negatives = np.cumsum(shares * ~hits)[ends]
    return Ranking(scores[ends], positives, negatives)


def area_under_roc(ranking: Ranking) -> float:
    """Return the probability that a positive scores above a negative, ties counted half."""
    _, positives, negatives = ranking
    if not isinstance(positives, list):
        import numpy as np

        widths = np.diff(negatives, prepend=0)
        heights = positives + np.concatenate(([0], positives[:-1]))
        doubled = (widths * heights).sum().item()
        total = positives[-1].item() * negatives[-1].item()
    else:
        previous = zip([0, *positives], [0, *negatives])
        doubled = sum(
            (n - last_n) * (p + last_p)
            for (last_p, last_n), p, n in zip(previous, positives, negatives)
        )
        total = positives[-1] * negatives[-1]
    return float(min(doubled / (2 * total), 1.0))  # sums of weights are rounded


def average_precision(ranking: Ranking) -> float:
    """Return the mean, over positives, of the precision at the positive's score."""
    _, positives, negatives = ranking
    if not isinstance(positives, list):
        import numpy as np

        found = np.diff(positives, prepend=0)
        keep = found > 0
        precision = positives[keep] / (positives[keep] + negatives[keep])
        total = float((found[keep] * precision).sum())
    else:
        rows = zip(positives, [0, *positives], negatives)
        total = math.fsum((p - last) * (p / (p + n)) for p, last, n in rows if p > last)
    return min(total / float(positives[-1]), 1.0)  # sums of weights are rounded


def missing_label(ranking: Ranking, *, needs_negatives: bool) -> str | None:
    """Return which kind of label a score needs and does not have."""
    if not len(ranking.positives) or not ranking.positives[-1]:
        return "positive"
    return "negative" if needs_negatives and not ranking.negatives[-1] else None


def roc_points(ranking: Ranking) -> Points:
    """Return thresholds from infinity, and the rates of false and true positives at each."""
    thresholds, positives, negatives = map(_as_list, ranking)
    return (
        [math.inf, *thresholds],
        _shares([0, *negatives]),
        _shares([0, *positives]),
    )


def precision_recall_points(ranking: Ranking) -> Points:
    """Return thresholds, and precision and recall at each."""
    thresholds, positives, negatives = map(_as_list, ranking)
    return (
        thresholds,
        [p / (p + n) for p, n in zip(positives, negatives)],
        _shares(positives),
    )


def _shares(sums: list[Any]) -> list[float]:
    """Return running sums as fractions of the last; nan where that is 0."""
    whole = sums[-1] if sums else 0
    return [part / whole if whole else math.nan for part in sums]


def _as_list(values: Any) -> list[Any]:
    return values if isinstance(values, list) else values.tolist()
