"""compare: McNemar's exact test from counts that add up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ml_infra_utils.metrics import PairedComparison, compare
from tests.metrics.states import read_back

columns = st.lists(st.tuples(*[st.sampled_from([0, 1, 2])] * 3), max_size=50)


def exact(only_a: int, only_b: int) -> float:
    n = only_a + only_b
    return float(stats.binomtest(only_a, n, 0.5).pvalue) if n else 1.0


@pytest.mark.parametrize("only_a", [0, 1, 3, 17, 70, 400, 499, 500, 501, 700])
@pytest.mark.parametrize("only_b", [0, 2, 5, 480, 501, 900, 1100])
def test_p_value_is_that_of_the_binomial_test(only_a: int, only_b: int) -> None:
    comparison = PairedComparison(10, only_a, only_b, 10)
    assert pytest.approx(exact(only_a, only_b), rel=1e-12) == comparison.p_value


@pytest.mark.parametrize(
    ("only_a", "only_b"),
    [(5_000_000, 5_004_000), (10**9, 10**9 + 10**5), (10**6, 10**6), (0, 5000), (12, 2000)],
)
def test_p_value_of_millions_of_disagreements(only_a: int, only_b: int) -> None:
    expected = 2 * float(stats.binom.cdf(min(only_a, only_b), only_a + only_b, 0.5))
    comparison = PairedComparison(0, only_a, only_b, 0)
    assert pytest.approx(min(1.0, expected), rel=1e-6, abs=1e-300) == comparison.p_value


@pytest.mark.parametrize("container", [list, np.array])
@given(rows=columns)
def test_counts(container: Any, rows: list[tuple[int, int, int]]) -> None:
    a, b, labels = ([row[i] for row in rows] for i in range(3))
    comparison = compare(container(a), container(b), container(labels))
    assert sum(x == label for x, _, label in rows) == (
        comparison.both_right + comparison.only_a_right
    )
    assert sum(x != label == y for x, y, label in rows) == comparison.only_b_right
    assert len(rows) == comparison.total
    assert compare(b, a, labels).p_value == comparison.p_value
    assert compare(b, a, labels).accuracy_difference == -comparison.accuracy_difference


@given(rows=columns, cut=st.integers(0, 50))
def test_parts_add_up_to_the_whole(rows: list[tuple[int, int, int]], cut: int) -> None:
    def of(part: list[tuple[int, int, int]]) -> PairedComparison:
        return compare(*([row[i] for row in part] for i in range(3)))

    assert of(rows) == sum([of(rows[cut:]), of(rows[:cut])], PairedComparison())


@pytest.mark.parametrize("value", [-1, 1.5, True, None, "3"])
def test_counts_are_integers_of_at_least_zero(value: Any) -> None:
    with pytest.raises(ValueError, match="only_b_right must be an integer of at least 0, got"):
        PairedComparison(1, 2, value, 4)


def test_lengths_are_both_said() -> None:
    with pytest.raises(ValueError, match="B and labels must have same length, got 1 b and 2 label"):
        compare([1, 2], [1], [1, 2])


def test_values_that_are_no_classes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"b\[0\] must be a class, got nan"):
        compare([1], [math.nan], [1])


@pytest.mark.parametrize("extra", [0, 1])
def test_equal_disagreements_say_nothing_however_many(extra: int) -> None:
    assert 1.0 == PairedComparison(0, 10**18, 10**18 + extra, 0).p_value


def test_integers_of_numpy_become_those_of_python() -> None:
    comparison = PairedComparison(*np.array([3, 200, 100, 5], dtype=np.uint8))
    assert 308 == comparison.total
    assert comparison == read_back(comparison)


@pytest.mark.parametrize("score", ["accuracy", "f1_score", "roc_auc"])
def test_a_comparison_takes_no_weights_and_says_why(score: Any) -> None:
    taken: Any = compare  # as who does not look at types
    message = r"sample_weight must be None for a comparison, got a list: .* count examples"
    with pytest.raises(ValueError, match=message):
        taken([1, 0], [1, 1], [1, 1], score=score, sample_weight=[1.0, 2.0])
    assert compare([1], [0], [1]) == taken([1], [0], [1], sample_weight=None)


def test_a_comparison_in_a_table_takes_no_weights() -> None:
    table = pl.DataFrame({"a": [1], "b": [0], "y": [1]})
    any_arguments: Any = PairedComparison.from_frame
    with pytest.raises(ValueError, match=r"sample_weight must be None .*, got a str"):
        any_arguments(table, "a", "b", "y", sample_weight="w")
