"""Lists of dicts: fitted, scaled and summarized by key, with and without NumPy."""

from __future__ import annotations

import math
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    clip_outliers,
    normalize,
    standardize,
    summarize,
)

ROWS = [
    {"age": 31, "pay": 10.5, "town": "Ulm"},
    {"pay": 30.0, "age": 49},
    {"age": 40, "pay": None, "town": "Bern"},
]
SCALERS = [MinMaxScaler, StandardScaler, RobustScaler, OutlierClipper]


def test_a_summary_has_a_column_for_each_key():
    summary = summarize(ROWS)
    assert ["age", "pay", "town"] == summary.names
    assert (3, 0, 40.0) == (summary["age"].count, summary["age"].missing, summary["age"].mean)
    assert (2, 1, 20.25) == (summary["pay"].count, summary["pay"].missing, summary["pay"].mean)
    assert (2, 1, "str") == (summary["town"].count, summary["town"].missing, summary["town"].type)


def test_columns_and_distributions_are_those_of_a_frame():
    pay = summarize(ROWS, columns="pay", distributions=True)["pay"]
    expected = summarize(pd.DataFrame(ROWS), columns="pay", distributions=True)["pay"]
    assert expected.quantile(0.5) == pay.quantile(0.5)
    assert expected.distinct == pay.distinct


@pytest.mark.usefixtures("numpy_or_not")
def test_texts_of_dicts_are_counted_one_by_one():
    town = summarize(ROWS, distributions=True)["town"]
    assert {"Ulm": 1, "Bern": 1} == {each.value: each.count.least for each in town.top}


@pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])
def test_other_keys_and_the_order_of_keys_stay(function):
    result = function(ROWS, columns="age")
    assert [list(row) for row in ROWS] == [list(row) for row in result]
    assert [(row["pay"], row.get("town")) for row in ROWS] == [
        (row["pay"], row.get("town")) for row in result
    ]
    assert function([row["age"] for row in ROWS]) == [row["age"] for row in result]


@pytest.mark.parametrize("scaler", SCALERS)
def test_a_fit_of_dicts_is_that_of_a_frame(scaler):
    rows = [{"age": age, "pay": pay} for age, pay in zip(range(20), np.geomspace(1, 9, 20))]
    ours, expected = scaler().fit(rows), scaler().fit(pd.DataFrame(rows))
    assert ["age", "pay"] == list(ours.feature_names_in_)
    for row, other in zip(ours.transform(rows), expected.transform(rows)):
        assert row == pytest.approx(other, rel=1e-12, abs=1e-12)


def test_batches_may_order_their_keys_otherwise_and_have_more():
    batches = [{"a": 1, "b": 2.0}, {"a": 3, "b": 4.0}], [{"c": "x", "b": 6.0, "a": 5}]
    scaler = StandardScaler()
    for batch in batches:
        scaler.partial_fit(batch)
    assert [3.0, 4.0] == list(scaler.mean_)


def test_weights_count_rows():
    rows = [{"a": 1.0}, {"a": 4.0}]
    assert [3.0] == list(StandardScaler().fit(rows, sample_weight=[1, 2]).mean_)


@pytest.mark.parametrize("scaler", SCALERS)
@settings(max_examples=25)
@given(
    values=st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=40)
    | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=40)
)
def test_a_fit_of_dicts_has_the_same_digits_with_and_without_numpy(scaler, values):
    rows = [{"a": value} for value in values] * 20  # long enough to be packed
    kept = {"on_constant": "zero"} if scaler is not OutlierClipper else {}
    expected = scaler(**kept).fit(rows).to_json()
    sys.modules["numpy"] = None
    try:
        without = scaler(**kept).fit(rows).to_json()
    finally:
        sys.modules["numpy"] = np
    assert expected == without


@pytest.mark.parametrize(
    ("rows", "error", "expected"),
    [
        ([{"a": 1}, {"a": "x"}], TypeError, r"data\[1\]\['a'\] must be a number, got 'x' \(str\)"),
        ([{"a": 1}, 2], TypeError, r"data\[1\] must be a dict, as others are, got 2 \(int\)"),
        ([{"a": 1, "b": 2}, {"a": 2}], ValueError, "got 1 in column 'b' at index 1"),
        ([{"a": math.inf}, {"a": 2}], ValueError, "no infinite values, got 1 in column 'a'"),
        ([{"a": 1}, {"a": 1}], ValueError, "Standard deviation is zero.*: column 'a'"),
        ([{"a": 1, "t": "x"}], TypeError, "must be numeric, got others, 't'.* by columns="),
        ([{}], ValueError, r"Found array with 0 feature\(s\)"),
    ],
)
def test_what_cannot_be_fitted_is_named(rows, error, expected):
    with pytest.raises(error, match=expected):
        StandardScaler().fit(rows)


ROWS_OF_NUMBERS = [[1, 2.5, 3], [3, 4, None], [7, 1, 2]]


@pytest.mark.parametrize("kind", [StandardScaler, MinMaxScaler, RobustScaler, OutlierClipper])
def test_a_fit_of_rows_is_the_same_without_numpy(kind, monkeypatch):
    expected = kind(nan_policy="omit").fit(ROWS_OF_NUMBERS)
    document, transformed = expected.to_dict(), expected.transform(ROWS_OF_NUMBERS)
    monkeypatch.setitem(sys.modules, "numpy", None)
    scaler = kind(nan_policy="omit").fit(ROWS_OF_NUMBERS)

    assert expected.n_features_in_ == scaler.n_features_in_
    assert not hasattr(scaler, "feature_names_in_")
    assert document["features"] == scaler.to_dict()["features"]
    assert transformed == scaler.transform(ROWS_OF_NUMBERS)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([1, 2], "Expected 2D array, got 1D array"),
        ([[]], r"0 feature\(s\)"),
        ([[1], [1, 2]], "rows of X must have one length, got 1, 2"),
        ([[1], ["x"]], r"data\[1\]\[0\] must be a number, got 'x'"),
        ([[1], [None]], "data must have no missing values, got 1 in column 0 at index 1"),
    ],
)
def test_rows_that_cannot_be_fitted_are_refused_without_numpy(rows, problem, monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises((TypeError, ValueError), match=problem):
        StandardScaler().fit(rows)


@pytest.mark.parametrize("data", [{"a": 1}, {"a": [1, 2]}])
def test_a_dict_is_no_data_to_fit_and_the_error_says_what_is(data):
    with pytest.raises(TypeError, match=r"write \[X\] for one row, or make a frame of columns"):
        StandardScaler().fit(data)
