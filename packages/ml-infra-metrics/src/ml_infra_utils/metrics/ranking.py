"""Scores of rankings: a query has several documents, and the best should come first.

Every function takes scores first and relevance second, a row for each query. Rows of lists may
differ in length, as the results of searches do.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Iterable, NamedTuple

from ml_infra_utils.metrics._options import check_zero_division
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.numbers import as_integer, as_numbers, as_weights, scaled
from ml_infra_utils.metrics._scoring.score_tables import read_table
from ml_infra_utils.metrics._words import described

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ml_infra_utils.metrics._types import NumbersLike, SupportsArray

    Floats = npt.NDArray[np.float64]

__all__ = ["ndcg_score", "mean_reciprocal_rank"]


@takes_y
def ndcg_score(
    scores: Iterable[Any] | SupportsArray,
    relevance: Iterable[Any] | SupportsArray,
    *,
    k: int | None = None,
    zero_division: float = 0.0,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the normalized discounted cumulative gain, the mean over queries.

    Parameters
    ----------
    scores : array, data frame or sequence of rows, shape (n, m)
        What the model says for each document of each query, in any unit; higher comes first.
        Documents of equal scores share the mean of their discounts, so that their order does
        not matter (McSherry and Najork 2008).
    relevance : array, data frame or sequence of rows, shape (n, m)
        How relevant each document is, at least 0: its gain.
    k : int, optional
        How many documents count, from the first; by default all, and of a shorter row all.
    zero_division : {0.0, 1.0, nan}, default 0.0
        The score of a query without a relevant document; nan leaves it out of the mean.
    sample_weight : sequence, array or column of numbers, shape (n,), optional
        What each query counts, at least 0; by default 1.

    Returns
    -------
    float
        In [0, 1] (Järvelin and Kekäläinen 2002); 1 if no document stands before a more relevant
        one. nan for no queries.

    Raises
    ------
    ValueError
        If the rows differ in length, a number is not finite, a relevance or a weight is
        negative, or k is not at least 1.
    TypeError
        If a value is not a number.

    Examples
    --------
    >>> round(ndcg_score([[0.9, 0.5, 0.1]], [[0, 2, 1]]), 4)
    0.6697
    >>> ndcg_score([[0.9, 0.5, 0.1], [0.2, 0.4]], [[2, 1, 0], [0, 1]], k=1)
    1.0
    """
    queries = _read_queries(scores, relevance)
    most = math.inf if k is None else as_integer(k, "k", least=1)
    gained = _gain(queries.in_order_of(queries.scores), most)
    possible = _gain(queries.in_order_of(queries.relevance), most)
    return _mean(gained, possible, queries, zero_division, sample_weight)


@takes_y
def mean_reciprocal_rank(
    scores: Iterable[Any] | SupportsArray,
    relevance: Iterable[Any] | SupportsArray,
    *,
    k: int | None = None,
    zero_division: float = 0.0,
    sample_weight: NumbersLike | None = None,
) -> float:
    """Return the mean over queries of 1 / the rank of the first relevant document.

    Parameters
    ----------
    scores : array, data frame or sequence of rows, shape (n, m)
        What the model says for each document of each query, in any unit; higher comes first.
        Of equal scores, relevant documents count as the last ones: a model that gives all
        documents one score has found none.
    relevance : array, data frame or sequence of rows, shape (n, m)
        Documents above 0 are relevant.
    k : int, optional
        How many documents count, from the first: a query whose first relevant document comes
        later scores 0. By default all.
    zero_division, sample_weight
        As for `ndcg_score`.

    Returns
    -------
    float
        In [0, 1] (Voorhees 1999); nan for no queries.

    Raises
    ------
    ValueError, TypeError
        As for `ndcg_score`.

    Examples
    --------
    >>> mean_reciprocal_rank([[0.9, 0.5, 0.1], [0.2, 0.4]], [[0, 1, 0], [0, 1]])
    0.75
    """
    queries = _read_queries(scores, relevance)
    most = math.inf if k is None else as_integer(k, "k", least=1)
    import numpy as np

    relevant = queries.relevance > 0
    best = np.full(queries.number, -np.inf)
    np.maximum.at(best, queries.rows[relevant], queries.scores[relevant])
    before = queries.scores >= best[queries.rows]
    ranks = 1 + np.bincount(queries.rows[before & ~relevant], minlength=queries.number)
    is_met = np.bincount(queries.rows[relevant], minlength=queries.number) > 0
    reciprocal: Floats = np.where((ranks <= most) & is_met, 1 / ranks, 0.0)
    return _mean(reciprocal, is_met.astype(np.float64), queries, zero_division, sample_weight)


class _Queries(NamedTuple):
    """The documents of all queries, one after the other."""

    scores: Floats
    relevance: Floats
    rows: npt.NDArray[np.intp]  # the query of each document
    number: int  # of queries

    def in_order_of(self, keys: Floats) -> tuple[_Queries, Floats]:
        """Return the documents of each query from the largest key on, with their keys."""
        import numpy as np

        order = np.lexsort((-keys, self.rows))
        sorted_queries = _Queries(
            self.scores[order], self.relevance[order], self.rows[order], self.number
        )
        return sorted_queries, keys[order]


def _read_queries(scores: Any, relevance: Any) -> _Queries:
    try:
        import numpy as np
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "scores of rankings need NumPy: pip install numpy", name="numpy"
        ) from None

    flat_scores, lengths = _read_rows(scores, "scores")
    flat_relevance, others = _read_rows(relevance, "relevance")
    if len(lengths) != len(others):
        raise ValueError(
            "Scores and relevance must have same length, "
            f"got {len(lengths)} rows of scores and {len(others)} of relevance"
        )
    if (lengths != others).any():
        row = int((lengths != others).argmax())
        raise ValueError(
            f"relevance[{row}] must have a number for each of {lengths[row]} scores, "
            f"got {others[row]}"
        )
    rows = np.repeat(np.arange(len(lengths)), lengths)
    if (flat_relevance < 0).any():
        place = int((flat_relevance < 0).argmax())
        row = int(rows[place])
        raise ValueError(
            f"relevance[{row}][{place - int(lengths[:row].sum())}] must be at least 0, "
            f"got {float(flat_relevance[place])!r}"
        )
    # Only ratios within a query matter: as shares of the largest, sums of gains do not overflow.
    largest = np.zeros(len(lengths))
    np.maximum.at(largest, rows, flat_relevance)
    shares = flat_relevance / np.where(largest > 0, largest, 1.0)[rows]
    return _Queries(flat_scores, shares, rows, len(lengths))


def _read_rows(values: Any, name: str) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return the numbers of all rows, and how many each row has."""
    if not isinstance(values, (list, tuple)):
        table = read_table(values, name)
        import numpy as np

        return table.ravel(), np.full(len(table), table.shape[1])
    import numpy as np

    for row, entry in enumerate(values):
        if not hasattr(entry, "__len__"):
            raise TypeError(
                f"{name}[{row}] must be the row of a query, got {described(entry)}; "
                f"wrap a single query in a list: [{name}]"
            )
    rows = [
        np.asarray(as_numbers(entry, f"{name}[{row}]"), dtype=np.float64)
        for row, entry in enumerate(values)
    ]
    lengths = np.array([len(row) for row in rows], dtype=np.intp)
    return np.concatenate([np.empty(0), *rows]), lengths


def _gain(ordered: tuple[_Queries, Floats], most: float) -> Floats:
    """Return the discounted gain of each query; documents with one key share their discounts."""
    import numpy as np

    queries, keys = ordered
    starts = np.searchsorted(queries.rows, np.arange(queries.number))
    ranks = np.arange(len(keys)) - starts[queries.rows]
    discounts = np.where(ranks < most, 1 / np.log2(ranks + 2), 0.0)
    is_new = np.ones(len(keys), dtype=bool)
    is_new[1:] = (keys[1:] != keys[:-1]) | (queries.rows[1:] != queries.rows[:-1])
    groups = np.cumsum(is_new) - 1
    gains = np.bincount(groups, queries.relevance) / np.bincount(groups)
    shared = gains * np.bincount(groups, discounts)
    return np.bincount(queries.rows[is_new], shared, queries.number).astype(np.float64, copy=False)


def _mean(
    gained: Floats, possible: Floats, queries: _Queries, zero_division: float, sample_weight: Any
) -> float:
    """Return the weighted mean over queries of what was gained of what was possible."""
    import numpy as np

    check_zero_division(zero_division)
    is_defined = possible > 0
    scores = np.full(queries.number, float(zero_division))
    np.divide(gained, possible, out=scores, where=is_defined)
    weights = np.ones(queries.number)
    if sample_weight is not None:
        weights = np.asarray(scaled(as_weights(sample_weight, queries.number)))
    if math.isnan(zero_division):
        scores, weights = scores[is_defined], weights[is_defined]
    total = weights.sum()
    return float(np.minimum(scores, 1.0) @ weights / total) if total else math.nan
