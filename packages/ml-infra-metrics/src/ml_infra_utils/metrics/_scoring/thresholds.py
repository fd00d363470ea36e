"""Which threshold of scores in bins to choose: by F1, by recall, or by what errors cost.

Positives and negatives are counts, or exact sums of weights, by bin of equal width in [0, 1],
from the lowest. What is predicted positive lies in the bins from the threshold on.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Hashable, Iterator, Sequence

from ml_infra_utils.metrics._exact_sums import exact_count, simplest
from ml_infra_utils.metrics._options import check_share
from ml_infra_utils.metrics._scoring.bins import edge_of
from ml_infra_utils.metrics._undefined import warn_undefined

if TYPE_CHECKING:
    from ml_infra_utils.metrics._exact_sums import Count

    Counts = Sequence[Count]


def cells_at(
    threshold: Any, positives: Counts, negatives: Counts
) -> dict[tuple[Hashable, Hashable], Count]:
    """Return how often labels 0 and 1 are predicted as 0 and 1; raise within a bin."""
    index = edge_of(threshold, len(positives))
    cells: dict[tuple[Hashable, Hashable], Count] = {
        (0, 0): sum(negatives[:index]),
        (0, 1): sum(negatives[index:]),
        (1, 0): sum(positives[:index]),
        (1, 1): sum(positives[index:]),
    }
    return {pair: simplest(n) for pair, n in cells.items() if n}


def best_f1(positives: Counts, negatives: Counts) -> tuple[float, float]:
    """Return the threshold of the largest F1, the lowest of several, and that F1."""
    if not any(positives):
        return _no_positives("best_f1")
    whole = sum(positives)
    return max(
        (
            (edge, float(Fraction(2 * found, found + alarms + whole)))
            for edge, found, alarms in _thresholds(positives, negatives)
        ),
        key=itemgetter(1),
    )


def precision_at(recall: float, positives: Counts, negatives: Counts) -> tuple[float, float]:
    """Return the threshold of the largest precision with a recall, the highest, and it."""
    check_share("recall", recall)
    if not any(positives):
        return _no_positives("precision_at")
    least = recall * sum(positives)
    return max(
        (float(Fraction(found, found + alarms)), edge)
        for edge, found, alarms in _thresholds(positives, negatives)
        if found and found >= least
    )[::-1]


def least_cost(
    positives: Counts, negatives: Counts, false_positive: float, false_negative: float
) -> tuple[float, float]:
    """Return the threshold of the least total cost, the lowest of several, and that cost."""
    costs = {"false_positive": false_positive, "false_negative": false_negative}
    alarm, miss = (exact_count(cost, partial(str, name)) for name, cost in costs.items())
    whole = sum(positives)
    return min(
        (
            (edge, float(alarm * alarms + miss * (whole - found)))
            for edge, found, alarms in _thresholds(positives, negatives)
        ),
        key=itemgetter(1),
    )


def _thresholds(positives: Counts, negatives: Counts) -> Iterator[tuple[float, Count, Count]]:
    """Yield each threshold with the positives and negatives from it on; 1.0 has none."""
    found = list(accumulate(positives[::-1], initial=0))[::-1]
    alarms = list(accumulate(negatives[::-1], initial=0))[::-1]
    return ((i / len(positives), *counts) for i, counts in enumerate(zip(found, alarms)))


def _no_positives(score: str) -> tuple[float, float]:
    warn_undefined(f"{score} is nan: no label is positive")
    return math.nan, math.nan
