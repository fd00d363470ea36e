"""Areas under the curves of several classes or labels, and their averages."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, Callable, Hashable, NamedTuple, Sequence

from ml_infra_utils.metrics._options import check_choice
from ml_infra_utils.metrics._scoring import areas
from ml_infra_utils.metrics._undefined import warn_undefined
from ml_infra_utils.metrics._words import counted, listed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ml_infra_utils.metrics._scoring.score_tables import ScoredTable

    Floats = npt.NDArray[np.float64]


class Area(NamedTuple):
    """An area under a curve of one class against the rest."""

    of: Callable[[areas.Ranking], float]
    needs_negatives: bool

    def of_columns(self, scores: Any, hits: Any, weights: Floats | None) -> Floats:
        """Return the area of each column, nan where it is undefined."""
        import numpy as np

        rankings = [areas.rank(*column, weights) for column in zip(scores.T, hits.T)]
        return np.array(
            [
                math.nan
                if areas.missing_label(ranking, needs_negatives=self.needs_negatives)
                else self.of(ranking)
                for ranking in rankings
            ]
        )


AREAS = {
    "roc_auc": Area(areas.area_under_roc, needs_negatives=True),
    "average_precision": Area(areas.average_precision, needs_negatives=False),
}


def averaged(name: str, table: ScoredTable, average: str | None) -> float | dict[Hashable, float]:
    """Return an average of the areas of all columns, each against the rest; None for a dict."""
    choices = ("macro", "weighted", "micro", *(["samples"] if table.is_multilabel else []), None)
    check_choice("average", average, choices, " for a table")
    if not len(table.scores):
        return dict.fromkeys(table.names, math.nan) if average is None else math.nan
    area, (names, scores, hits, weights, _) = AREAS[name], table
    if average == "samples":
        values = area.of_columns(scores.T, hits.T, None)
        rows = counted(sum(map(math.isnan, values.tolist())), "row")
        return _mean(name, values, weights, rows)
    if average == "micro":
        scores, hits = scores.reshape(-1, 1), hits.reshape(-1, 1)
        weights = None if weights is None else weights.repeat(len(names))
        return _mean(name, area.of_columns(scores, hits, weights), None, "all decisions")
    values = area.of_columns(scores, hits, weights)
    undefined = _undefined(values, names)
    if average is None:
        _warn(name, values, undefined)
        return dict(zip(names, values.tolist()))
    return _mean(name, values, _support(table) if average == "weighted" else None, undefined)


def one_versus_one(table: ScoredTable, average: str | None) -> float:
    """Return the mean area of all pairs of classes (Hand and Till 2001)."""
    import numpy as np

    check_choice("average", average, ("macro", "weighted"), " for multi_class='ovo'")
    if table.is_multilabel:
        raise ValueError("multi_class must be 'ovr' for a table of labels, got 'ovo'")
    if not len(table.scores):
        return math.nan
    support, pairs = _support(table), list(combinations(range(len(table.names)), 2))
    values = np.array([_area_of_pair(table, pair) for pair in pairs])
    weights = np.array([support[a] + support[b] for a, b in pairs])
    names = [(table.names[a], table.names[b]) for a, b in pairs]
    return _mean(
        "roc_auc", values, weights if average == "weighted" else None, _undefined(values, names)
    )


def _area_of_pair(table: ScoredTable, pair: tuple[int, int]) -> float:
    """Return the mean of the areas of two columns among the examples of their classes."""
    columns = list(pair)
    rows = table.hits[:, columns].any(axis=1)
    weights = None if table.weights is None else table.weights[rows]
    scores, hits = table.scores[rows][:, columns], table.hits[rows][:, columns]
    return float(AREAS["roc_auc"].of_columns(scores, hits, weights).mean())


def _support(table: ScoredTable) -> Floats:
    """Return the number of labels of each column, or the sum of their weights."""
    import numpy as np

    weights = np.ones(len(table.hits)) if table.weights is None else table.weights
    support: Floats = weights @ table.hits
    return support


def _mean(name: str, values: Floats, weights: Floats | None, undefined: str) -> float:
    """Return the weighted mean of the areas that are defined."""
    import numpy as np

    _warn(name, values, undefined)
    is_defined = ~np.isnan(values)
    shares = np.ones(len(values)) if weights is None else weights
    total = shares[is_defined].sum()
    return float(values[is_defined] @ shares[is_defined] / total) if total else math.nan


def _undefined(values: Floats, names: Sequence[Hashable]) -> str:
    return listed(name for name, value in zip(names, values.tolist()) if math.isnan(value))


def _warn(name: str, values: Floats, undefined: str) -> None:
    """Warn of areas that are nan; `undefined` says whose."""
    if any(map(math.isnan, values.tolist())):
        missing = "positive or no negative" if AREAS[name].needs_negatives else "positive"
        warn_undefined(
            f"{name} is nan for {undefined}: there is no {missing} label; averages leave that out"
        )
