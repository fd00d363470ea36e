"""Curves of scores against every threshold, and the areas under them.

The core is a `Ranking`: for each distinct score, from the highest, how much weight of
positives and of negatives scores at least that. Lists give lists, long ones and arrays give
NumPy arrays; both kinds have the same formulas.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate, compress, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

from ml_infra_utils.metrics._columns import is_numpy
from ml_infra_utils.metrics._numbers import scaled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    if is_numpy(scores):
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
    if is_numpy(weights):
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
    if is_numpy(positives):
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
    if is_numpy(positives):
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


class RocCurve(NamedTuple):
    """The rates of true and false positives at each threshold, from the highest.

    Attributes
    ----------
    thresholds : list of float, shape (m,)
        Each distinct score, after infinity, at which nothing is predicted positive.
    false_positive_rate, true_positive_rate : list of float, shape (m,)
        What fraction of negatives and of positives scores at least the threshold.
    """

    thresholds: list[float]
    false_positive_rate: list[float]
    true_positive_rate: list[float]

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the curve with matplotlib and return its axes."""
        from ml_infra_utils.metrics._plots import plot_roc

        return plot_roc(self, ax, label)


class PrecisionRecallCurve(NamedTuple):
    """Precision and recall at each threshold, from the highest.

    Attributes
    ----------
    thresholds : list of float, shape (m,)
        Each distinct score.
    precision, recall : list of float, shape (m,)
        The scores of predicting positive what scores at least the threshold.
    """

    thresholds: list[float]
    precision: list[float]
    recall: list[float]

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the curve with matplotlib and return its axes."""
        from ml_infra_utils.metrics._plots import plot_precision_recall

        return plot_precision_recall(self, ax, label)


class CalibrationCurve(NamedTuple):
    """How often positives occur where they are predicted with a probability.

    Attributes
    ----------
    mean_probability : list of float, shape (m,)
        The mean predicted probability in each bin that is not empty.
    fraction_positive : list of float, shape (m,)
        The fraction of positives in it.
    weight : list of float, shape (m,)
        The number of its examples, or the sum of their weights.
    """

    mean_probability: list[float]
    fraction_positive: list[float]
    weight: list[float]

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draw the reliability diagram with matplotlib and return its axes."""
        from ml_infra_utils.metrics._plots import plot_calibration

        return plot_calibration(self, ax, label)


def roc_of(ranking: Ranking) -> RocCurve:
    """Return the rates of a ranking."""
    thresholds, positives, negatives = map(_plain, ranking)
    return RocCurve(
        [math.inf, *thresholds],
        [0.0, *(n / negatives[-1] for n in negatives)],
        [0.0, *(p / positives[-1] for p in positives)],
    )


def precision_recall_of(ranking: Ranking) -> PrecisionRecallCurve:
    """Return precision and recall of a ranking."""
    thresholds, positives, negatives = map(_plain, ranking)
    return PrecisionRecallCurve(
        thresholds,
        [p / (p + n) for p, n in zip(positives, negatives)],
        [p / positives[-1] for p in positives],
    )


def bins_of(probabilities: Any, bins: int) -> Any:
    """Return the index of each probability's bin: the last whose lower end is not above it."""
    edges = [i / bins for i in range(bins)]
    if not is_numpy(probabilities):
        return [bisect_right(edges, p) - 1 for p in probabilities]
    import numpy as np

    ends = np.array([*edges, math.inf])
    index = np.minimum((probabilities * bins).astype(np.intp), bins - 1)
    index -= probabilities < ends[index]  # a product may be rounded either way:
    index += probabilities >= ends[index + 1]  # 0.29 * 100 falls short of 29
    return index


def sums_by_bin(
    probabilities: Any, hits: Any, weights: Any, *, bins: int
) -> tuple[list[float], list[float], list[float]]:
    """Return the sums by bin of equal width: of probabilities, of positives, and of all."""
    index = bins_of(probabilities, bins)
    if is_numpy(probabilities):
        import numpy as np

        shares = np.ones(len(index), dtype=np.int64) if weights is None else weights
        return (
            np.bincount(index, weights=probabilities * shares, minlength=bins).tolist(),
            np.bincount(index, weights=hits * shares, minlength=bins).tolist(),
            np.bincount(index, weights=weights, minlength=bins).tolist(),
        )
    sums: tuple[list[float], list[float], list[float]] = ([0] * bins, [0] * bins, [0] * bins)
    for i, p, hit, weight in zip(index, probabilities, hits, weights or [1] * len(index)):
        sums[0][i] += weight * p
        sums[1][i] += weight * hit
        sums[2][i] += weight
    return sums


def calibration_of(
    probabilities: Sequence[float], positives: Sequence[float], weights: Sequence[float]
) -> CalibrationCurve:
    """Return the curve from sums by bin: of probabilities, of positives, and of all."""
    rows = [row for row in zip(probabilities, positives, weights) if row[2]]
    return CalibrationCurve(
        [p / w for p, _, w in rows], [hits / w for _, hits, w in rows], [w for _, _, w in rows]
    )


def calibration_error(curve: CalibrationCurve) -> float:
    """Return the mean distance of probability and frequency, weighted by bin (Naeini 2015)."""
    gaps = (
        w * abs(p - f)
        for p, f, w in zip(curve.mean_probability, curve.fraction_positive, curve.weight)
    )
    return math.fsum(gaps) / math.fsum(curve.weight)


def _plain(values: Any) -> list[Any]:
    return values.tolist() if is_numpy(values) else values  # type: ignore[no-any-return]  # a list
