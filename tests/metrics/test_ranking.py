"""Scores of rankings agree with scikit-learn's, with definitions, and with themselves."""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score as ndcg_of_sklearn

from ml_infra_utils.metrics import mean_reciprocal_rank, ndcg_score

SCORES = [ndcg_score, mean_reciprocal_rank]
each_score = pytest.mark.parametrize("score", SCORES, ids=lambda score: score.__name__)

few = st.integers(0, 3).map(float)
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.tuples(*[st.lists(few, min_size=width, max_size=width)] * 2), min_size=1, max_size=4
    )
)
cut = st.none() | st.integers(1, 7)


@given(tables.filter(lambda rows: len(rows[0][0]) > 1), cut)
def test_ndcg_is_that_of_scikit_learn_ties_included(rows: Any, k: int | None) -> None:
    scores, relevance = zip(*rows)
    expected = ndcg_of_sklearn(relevance, scores, k=k)
    assert expected == pytest.approx(ndcg_score(scores, relevance, k=k), abs=1e-12)


@given(tables, cut)
def test_reciprocal_ranks_follow_their_definition(rows: Any, k: int | None) -> None:
    def reciprocal(scores: list[float], relevance: list[float]) -> float:
        worst_first = sorted(zip(scores, relevance), key=lambda each: (-each[0], each[1] > 0))
        ranks = (rank for rank, (_, gain) in enumerate(worst_first, 1) if gain > 0)
        rank = next(ranks, math.inf)
        return 1 / rank if rank <= (k or math.inf) else 0.0

    expected = sum(reciprocal(*row) for row in rows) / len(rows)
    assert expected == pytest.approx(mean_reciprocal_rank(*zip(*rows), k=k))


@each_score
@pytest.mark.parametrize(
    "container",
    [list, tuple, np.array, pd.DataFrame, lambda rows: pl.DataFrame(rows, orient="row")],
)
def test_every_container_scores_alike(score: Any, container: Callable[..., Any]) -> None:
    scores, relevance = [[0.9, 0.5, 0.1], [0.1, 0.3, 0.2]], [[0, 2, 1], [3, 0, 0]]
    assert score(scores, relevance) == score(container(scores), container(relevance))


@each_score
def test_rows_may_differ_in_length(score: Any) -> None:
    first, second = ([0.9, 0.5], [0, 1]), ([0.1, 0.2, 0.3, 0.4], [1, 0, 2, 0])
    expected = (score([first[0]], [first[1]]) + score([second[0]], [second[1]])) / 2
    assert expected == pytest.approx(score([first[0], second[0]], [first[1], second[1]]))


@each_score
def test_weights_count_queries(score: Any) -> None:
    scores, relevance = [[0.9, 0.5], [0.1, 0.2]], [[0, 1], [0, 1]]
    expected = score([scores[0]] * 3 + [scores[1]], [relevance[0]] * 3 + [relevance[1]])
    assert expected == pytest.approx(score(scores, relevance, sample_weight=[3, 1]))


@each_score
@pytest.mark.parametrize(("zero_division", "expected"), [(0.0, 0.5), (1.0, 1.0), (math.nan, 1.0)])
def test_a_query_without_relevant_documents_scores_what_was_asked(
    score: Any, zero_division: float, expected: float
) -> None:
    result = score([[0.9, 0.1], [0.9, 0.1]], [[1, 0], [0, 0]], zero_division=zero_division)
    assert expected == result


@each_score
def test_no_queries_score_nan(score: Any) -> None:
    assert math.isnan(score([], []))


@each_score
def test_a_cut_beyond_the_last_document_counts_all(score: Any) -> None:
    scores, relevance = [[0.9, 0.5, 0.1]], [[0, 0, 1]]
    assert score(scores, relevance) == score(scores, relevance, k=100)


def test_one_score_for_all_documents_has_found_none() -> None:
    assert mean_reciprocal_rank([[0.5] * 4], [[1, 0, 0, 0]]) == 0.25


def test_gains_of_any_size_have_a_finite_sum() -> None:
    assert ndcg_score([[2, 1], [2, 1]], [[1.7e308, 1.7e308], [1e-300, 0]]) == 1.0


@each_score
@pytest.mark.parametrize(
    ("scores", "relevance", "options", "message"),
    [
        (
            [0.9, 0.1],
            [1, 0],
            {},
            r"scores\[0\] must be the row of a query, got 0.9 \(float\); wrap .*\[scores\]",
        ),
        ([[1, 2]], [[1]], {}, r"relevance\[0\] must have a number for each of 2 scores, got 1"),
        ([[1, 2]], [[1, 1], [1, 1]], {}, "must have same length, got 1 rows of scores and 2 of"),
        ([[1, 2], [3]], [[1, 0], [-1]], {}, r"relevance\[1\]\[0\] must be at least 0, got -1.0"),
        (
            [[1, math.nan]],
            [[1, 0]],
            {},
            r"scores\[0\] must hold finite numbers, got nan at index 1",
        ),
        ([[1, 2]], [[1, 0]], {"k": 0}, "k must be an integer of at least 1, got 0"),
        ([[1, 2]], [[1, 0]], {"zero_division": 2}, "zero_division must be"),
        ([[1, 2]], [[1, 0]], {"sample_weight": [1, 2]}, "sample_weight must have one weight"),
    ],
)
def test_what_makes_no_ranking_is_named(
    score: Any, scores: Any, relevance: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        score(scores, relevance, **options)
