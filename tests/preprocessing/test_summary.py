"""Summaries: mergeable in any order, plain JSON, readable."""

from __future__ import annotations

import functools
import math
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml_infra_utils.preprocessing import Summary, summarize

columns = hnp.arrays(
    np.float64, st.integers(0, 40), elements=st.floats(-1e6, 1e6) | st.just(math.nan)
)
LARGEST = sys.float_info.max
COUNTS = ("count", "missing", "min", "max")


def close(a, b):
    """Whether the exact figures agree, and the others to the last digits of the data."""
    exact = [getattr(a[0], name) == getattr(b[0], name) for name in COUNTS]
    if a[0].mean is None or b[0].mean is None:
        return all(exact) and a[0].mean is b[0].mean
    tolerance = 1e-12 * max(1.0, abs(a[0].min), abs(a[0].max))
    return all(exact) and all(
        math.isclose(getattr(a[0], name), getattr(b[0], name), rel_tol=1e-9, abs_tol=tolerance)
        for name in ("mean", "std")
    )


@given(columns, columns)
def test_a_merge_is_the_summary_of_all_data(first, second):
    whole = summarize(np.concatenate([first, second]))
    assert close(whole, summarize(first).merge(summarize(second)))


@given(columns, columns, columns)
def test_the_order_of_merges_does_not_matter(first, second, third):
    a, b, c = map(summarize, (first, second, third))
    assert close(a.merge(b).merge(c), a.merge(b.merge(c)))
    assert close(a.merge(b), b.merge(a))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(1, 10))
def test_a_list_an_array_and_its_parts_agree(values, size):
    parts = [summarize(values[i : i + size]) for i in range(0, len(values), size)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    assert close(summarize(values), merged)
    assert close(summarize(values), summarize(np.array(values)))


@pytest.mark.parametrize(
    ("first", "second"),
    [([1e308, 1e308], [1e308]), ([1.2e308, -1.2e308], [1.2e308]), ([1e200, 3e200], [2e200])],
)
def test_merges_do_not_overflow(first, second):
    (column,) = summarize(first).merge(summarize(second))
    (scaled,) = summarize([value / 2**60 for value in first + second])
    assert scaled.mean * 2**60 == pytest.approx(column.mean)
    assert scaled.std * 2**60 == pytest.approx(column.std)


@given(
    st.lists(
        st.lists(st.floats(-LARGEST, LARGEST), min_size=1, max_size=4), min_size=1, max_size=4
    ),
    st.booleans(),
)
@example([[LARGEST, -LARGEST], [0.0, 0.0]], False)
@example([[LARGEST], [-LARGEST], [LARGEST, -LARGEST], [0.0]], True)
def test_a_merge_is_finite_where_the_deviation_of_all_values_is(parts, with_numpy):
    (column,) = sum(summarize(np.array(part) if with_numpy else part) for part in parts)
    values = [value / 2 for part in parts for value in part]
    (halved,) = summarize(values)
    slack = 1e-12 * max(map(abs, values)) + sys.float_info.min
    assert halved.mean == pytest.approx(column.mean / 2, abs=slack)
    assert halved.std * 2 == pytest.approx(column.std, abs=slack * 2)
    assert halved.std == pytest.approx(column.half_std or column.std / 2, abs=slack)


def test_a_constant_stays_constant_over_merges():
    merged = part = summarize([0.1] * 3)
    for _ in range(100):
        merged = merged.merge(part)
    assert (0.1, 0.0) == (merged[0].mean, merged[0].std)


def test_types_are_collected():
    assert "float | int" == summarize([1]).merge(summarize([1.5]))[0].type
    assert "float | int" == summarize([1, 2.5, None])[0].type


def test_infinite_values_are_values():
    (column,) = summarize([1.0, math.inf])
    assert (1.0, math.inf) == (column.min, column.max)
    assert math.isnan(column.std)


def test_nothing_is_known_of_no_values():
    for data in ([], [None, None], np.array([math.nan]), np.zeros((0,))):
        (column,) = summarize(data)
        assert (0, None, None) == (column.count, column.min, column.std)


def test_it_prints_as_an_aligned_table():
    expected = """\
column  type     count  missing  min  max  mean      std
0       float64      2        1    1    3     2  1.41421
1       float64      3        0   -5   50    20  27.8388"""
    assert expected == str(summarize(np.array([[1, -5], [np.nan, 50], [3, 15]])))


def test_it_shows_as_html():
    html = summarize([1, 2])._repr_html_()
    assert html.startswith('<table><thead><tr><th scope="col">column</th>')
    assert (2, 6) == (html.count('<th scope="row">'), html.count("<td>"))


@pytest.mark.parametrize("name", [1, "1"])
def test_a_column_with_a_number_as_its_name_is_found_by_number_and_text(name):
    x = np.array([[0.0, 5.0], [1.0, 7.0]])
    for data in (x, pd.DataFrame(x)):
        assert 6 == summarize(data)[name].mean


def test_a_column_is_found_by_name():
    assert 1.5 == summarize([1, 2])[0].mean
    with pytest.raises(KeyError, match="name must be one of 'age', got 'aged'; did you mean 'age'"):
        summarize(pl.DataFrame({"age": [1]}))["aged"]


def test_different_columns_do_not_merge():
    with pytest.raises(ValueError, match=r"columns must be the same .* only the second has 1"):
        summarize([1]).merge(summarize(np.ones((2, 2))))
    one, other = pl.DataFrame({"a": [1], "b": [2]}), pl.DataFrame({"b": [1], "a": [2]})
    with pytest.raises(ValueError, match="the first has 'a' where the second has 'b'"):
        summarize(one).merge(summarize(other))


def test_more_than_two_axes_are_refused():
    with pytest.raises(ValueError, match="one or two axes, got 3"):
        summarize(np.ones((2, 2, 2)))


@pytest.mark.parametrize(
    "data",
    [
        np.array([1, 2**60 + 3]),
        np.array([-(2**63), 2**63 - 1]),
        np.array([1, 2**64 - 1], "uint64"),
        [1, 2**60 + 3],
        pl.Series([-(2**63), None, 2**63 - 1]),
        pl.LazyFrame({"a": [1, 2**60 + 3]}),
    ],
    ids=["int64", "all of int64", "uint64", "list", "nulls", "lazy"],
)
def test_extrema_of_long_integers_are_exact(data):
    (column,) = summarize(data)
    values = data.collect()["a"] if isinstance(data, pl.LazyFrame) else data
    present = [int(value) for value in values if value is not None]
    assert (min(present), max(present)) == (column.min, column.max)


def test_merges_far_from_zero_keep_the_digits_of_the_deviation():
    x = 1e15 + np.random.default_rng(0).normal(size=99)
    rows = [summarize([value]) for value in x]
    left = functools.reduce(Summary.merge, rows)[0]
    right = functools.reduce(lambda merged, row: row.merge(merged), rows[::-1])[0]
    whole = summarize(x)[0]
    for merged in (left, right):
        assert whole.std == pytest.approx(merged.std, rel=1e-12)
        offset = (merged.mean - x[0]) + merged.mean_residual
        assert np.mean(x - x[0]) == pytest.approx(offset, rel=1e-12)


def test_numbers_and_text_merge_to_a_count_in_any_order():
    numbers, text = summarize(pl.DataFrame({"a": [1, 2]})), summarize(pl.DataFrame({"a": ["x"]}))
    (merged,) = numbers.merge(text)
    assert (merged,) == text.merge(numbers).columns
    assert ("Int64 | String", 3, None) == (merged.type, merged.count, merged.mean)


def test_a_name_of_several_lines_keeps_the_table_aligned():
    assert r"a\nb\tc" in str(summarize(pl.DataFrame({"a\nb\tc": [1]})))
