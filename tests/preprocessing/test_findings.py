"""Findings: readable, mergeable, plain JSON."""

from __future__ import annotations

import copy
import math
import pickle
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import (
    ColumnFindings,
    Findings,
    FindingsError,
    find_missing_values,
    find_out_of_range,
    find_type_mismatches,
)

gaps = st.lists(st.sampled_from([1.0, None]))


def test_none_are_falsy_and_raise_nothing():
    findings = find_missing_values([1, 2])
    assert not findings
    assert "no missing values" == str(findings)
    findings.raise_if_any()


def test_all_are_counted_and_the_first_kept():
    findings = find_missing_values([None] * 100, limit=3)
    assert 100 == findings.total
    assert ((0, None), (1, None), (2, None)) == findings.columns[0].first
    assert "100 missing values at index 0 (None), 1 (None), 2 (None), …" == str(findings)


def test_one_error_lists_them():
    with pytest.raises(FindingsError, match=r"2 values of another type at index 1 \('a'\), 3"):
        find_type_mismatches([1, "a", 3, None], int).raise_if_any()


def test_positions_in_an_array_have_an_index_for_each_axis():
    findings = find_out_of_range(np.array([[1, 9], [8, 2]]), 0, 5)
    assert (((0, 1), 9), ((1, 0), 8)) == findings.columns[0].first
    assert find_out_of_range(np.array([1.0, math.nan]), 0, 5).total == 1
    assert find_type_mismatches(np.array([1, 2]), str).total == 2
    assert find_missing_values(np.array([None, "a"], object)).total == 1
    assert find_missing_values(np.array(["2020-01-01", "NaT"], "M8[D]")).total == 1


def test_columns_are_listed_one_a_line():
    first = ColumnFindings("a", 2, ((0, None), (4, math.nan)))
    columns = (first, ColumnFindings("b", 0), ColumnFindings("c", 1))
    findings = Findings("missing value", 9, columns)
    expected = "3 missing values\n  2 in column 'a' at index 0 (None), 4 (nan)\n  1 in column 'c'"
    assert expected == str(findings)


@given(gaps, gaps, st.integers(0, 5))
def test_merged_findings_are_those_of_all_data(first, second, limit):
    merged = find_missing_values(first, limit=limit).merge(find_missing_values(second, limit=limit))
    whole = find_missing_values(first + second, limit=limit)
    assert (whole.total, whole.rows) == (merged.total, merged.rows)
    shown = merged.columns[0].first
    assert whole.columns[0].first[: len(shown)] == shown


def test_merged_positions_of_an_array_move_along_the_first_axis():
    findings = find_missing_values(np.array([[math.nan, 1.0]]))
    places = [place for place, _ in findings.merge(findings).columns[0].first]
    assert [(0, 0)] == places
    both = find_missing_values(np.array([[math.nan, math.nan]])).merge(findings)
    assert [(0, 0), (0, 1)] == [place for place, _ in both.columns[0].first]


def test_findings_of_different_things_do_not_merge():
    one = find_missing_values([1])
    with pytest.raises(ValueError, match="same problem to merge, got 'missing value' and 'value o"):
        one.merge(find_out_of_range([1], 0, 1))
    with pytest.raises(ValueError, match="must be the same in a merge, but only the first has Non"):
        one.merge(find_missing_values(pl.DataFrame({"a": [1]})))
    with pytest.raises(TypeError, match=r"other must be a Findings, got 0 \(int\)"):
        one.merge(0)


def test_a_negative_limit_is_refused():
    with pytest.raises(ValueError, match="limit must be at least 0, got -1"):
        find_missing_values([1], limit=-1)


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_comes_whole_out_of_another_process(again):
    with pytest.raises(FindingsError) as caught:
        find_missing_values([1, None]).raise_if_any()
    error = again(caught.value)
    assert (str(caught.value), caught.value.findings) == (str(error), error.findings)


@pytest.mark.parametrize("limit", [None, "3", 2.5])
def test_a_limit_that_is_no_whole_number_is_refused(limit):
    with pytest.raises(TypeError, match="limit must be an integer, got"):
        find_missing_values([1, None], limit=limit)


def test_columns_are_made_when_somebody_asks_for_them():
    findings = find_missing_values(np.array([1.0, math.nan]))
    assert (findings.total, bool(findings)) == (1, True)
    assert "columns" not in vars(findings)
    assert findings.columns is findings.columns
    with pytest.raises(AttributeError, match="no attribute 'colums'"):
        _ = findings.colums


def test_findings_of_a_frame_do_not_follow_its_later_changes():
    data = pd.DataFrame({f"c{i}": [1.0, math.nan, math.nan, math.nan] for i in range(3)})
    findings = find_missing_values(data, limit=2)
    data.iloc[:, :] = 0.0
    data.columns = ["x", "y", "z"]
    assert 9 == findings.total
    assert ["c0", "c1", "c2"] == [column.name for column in findings.columns]
    assert {(3, (1, 2))} == {(c.count, tuple(p for p, _ in c.first)) for c in findings.columns}


def test_the_first_findings_of_a_column_are_kept_over_blocks():
    n = 300_000
    x = np.zeros((n, 2))
    x[[5, 200_000, n - 1], 1] = np.nan
    for data in (pd.DataFrame(x), pd.DataFrame(np.asfortranarray(x))):
        first, second = find_missing_values(data, limit=2).columns
        assert (0, 3) == (first.count, second.count)
        assert [5, 200_000] == [place for place, _ in second.first]


@pytest.mark.parametrize(
    "of_columns", [pd.DataFrame, pl.DataFrame, lambda x: pd.DataFrame(x).astype("Float64")]
)
def test_more_findings_than_are_kept_are_counted_over_blocks(of_columns):
    n = 300_000
    data = of_columns({"a": np.full(n, 7.0), "b": np.arange(n) / 2})
    first, second = find_out_of_range(data, 0.5, 5.5, limit=2).columns
    assert (n, n - 11) == (first.count, second.count)
    assert ((0, 7.0), (1, 7.0)) == first.first
    assert ((0, 0.0), (12, 6.0)) == second.first


def test_findings_keep_little_of_what_is_wrong_everywhere():
    data = pd.DataFrame(np.full((2_000_000, 2), np.nan))
    tracemalloc.start()
    findings = find_missing_values(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 4_000_000 == findings.total
    assert peak <= 8 * 2**20
