"""How far the scores of two classifiers of the same examples vary together, from counts.

The covariance comes from the delta method over multinomial counts of label and both predictions,
as the variance of one score does in `intervals`. The same examples are added: one of each class,
shared by all pairs of predictions.
"""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING, Callable, Iterable, Mapping, Sequence

from ml_infra_utils.metrics._formulas.counts import Margins
from ml_infra_utils.metrics._formulas.intervals import gradient_of, with_added

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.counts import Real

    Score = Callable[[Margins], float]
    Triples = Mapping["tuple[int, int, int]", int]


def correlation(
    score: Score, a: Margins, b: Margins, triples: Triples, *, of_one_class: bool = False
) -> float:
    """Return the correlation of a score of two classifiers; 0 where one of them is constant.

    `triples` holds the counts by index of the label, of a's and of b's prediction. A score of one
    class finds it by its index; others look at the classes that were met only.
    """
    n, k = float(a.total), len(a.hits)
    added = k / (n + k)  # the share of the added examples
    of_a, of_b = (_Slopes(score, each, of_one_class) for each in (a, b))
    seen = [(count / n, of_a.at(i, j), of_b.at(i, m)) for (i, j, m), count in triples.items()]

    def mean(of_seen: Iterable[float], of_added: float) -> float:
        return (1 - added) * math.fsum(of_seen) + added * of_added

    mean_a = mean((p * x for p, x, _ in seen), of_a.mean)
    mean_b = mean((p * y for p, _, y in seen), of_b.mean)
    variance_a = mean((p * x * x for p, x, _ in seen), of_a.mean_square) - mean_a**2
    variance_b = mean((p * y * y for p, _, y in seen), of_b.mean_square) - mean_b**2
    together = math.fsum(map(mul, of_a.by_label, of_b.by_label)) / k
    covariance = mean((p * x * y for p, x, y in seen), together) - mean_a * mean_b
    if variance_a <= 0 or variance_b <= 0:
        return 0.0
    return max(-1.0, min(1.0, covariance / math.sqrt(variance_a) / math.sqrt(variance_b)))


class _Slopes:
    """How much a score of the classes that were met changes with each pair of classes."""

    def __init__(self, score: Score, margins: Margins, of_one_class: bool) -> None:
        sums = enumerate(zip(margins.predicted, margins.actual))
        met = [i for i, (p, y) in sums if p or y or of_one_class]
        self._gradient = gradient_of(lambda m: score(_only(m, met)), with_added(margins))
        places = range(len(margins.hits))
        rows = [[self.at(label, prediction) for prediction in places] for label in places]
        self.by_label = [math.fsum(row) / len(row) for row in rows]
        self.mean = math.fsum(self.by_label) / len(rows)
        self.mean_square = math.fsum(x * x for row in rows for x in row) / len(rows) ** 2

    def at(self, label: int, prediction: int) -> float:
        """Return the slope of a cell of the matrix."""
        gradient = self._gradient
        hit = gradient.hits[label] if label == prediction else 0.0
        return float(hit + gradient.actual[label] + gradient.predicted[prediction] + gradient.total)


def _only(margins: Margins, places: Sequence[int]) -> Margins:
    def chosen(values: Sequence[Real]) -> list[Real]:
        return [values[i] for i in places]

    return Margins(
        chosen(margins.hits), chosen(margins.predicted), chosen(margins.actual), margins.total
    )
