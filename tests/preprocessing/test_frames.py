"""Frames and series: what stays, what is picked, and what is refused."""

from __future__ import annotations

import datetime
import math

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.preprocessing import (
    check_data_types,
    check_missing_values,
    clip_outliers,
    find_missing_values,
    find_out_of_range,
    find_type_mismatches,
    normalize,
    standardize,
    summarize,
    validate_range,
)

TABLE = {"a": [1.0, 3.0, 2.0], "name": ["x", "y", "z"], "b": [10, 30, 20], "c": [5.0, 6.0, 9.0]}
FUNCTIONS = [normalize, standardize, clip_outliers]
each_function = pytest.mark.parametrize("function", FUNCTIONS)


def test_numeric_columns_are_scaled_and_others_stay(frame, columns_of):
    result = columns_of(normalize(frame(TABLE)))
    assert list(TABLE) == list(result)
    assert result == {**TABLE, "a": [0, 1, 0.5], "b": [0, 1, 0.5], "c": [0, 0.25, 1]}


@each_function
def test_the_kind_of_frame_stays_and_the_data_too(frame, columns_of, function):
    data = frame(TABLE)
    assert type(data) is type(function(data))
    assert columns_of(data) == TABLE


@each_function
@pytest.mark.parametrize("columns", ["a", ["a"], ("a",)])
def test_only_picked_columns_change(frame, columns_of, function, columns):
    result = columns_of(function(frame(TABLE), columns=columns))
    assert function(TABLE["a"]) == pytest.approx(result.pop("a"))
    assert result == {name: values for name, values in TABLE.items() if name != "a"}


@each_function
@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ("nam", ValueError, "among 'a', 'name', .*, got 'nam'; did you mean 'name'"),
        (
            ["a", "price"],
            ValueError,
            "columns must be among 'a', 'name', .*, got 'price'",
        ),
        ("name", TypeError, "columns must be numeric, got 'name' of type String"),
        ([], ValueError, "columns must name at least one column"),
    ],
)
def test_wrong_columns_are_named(frame, function, columns, error, message):
    with pytest.raises(error, match=message):
        function(frame(TABLE), columns=columns)


@each_function
def test_a_frame_without_numbers_is_refused(frame, function):
    with pytest.raises(TypeError, match="data must have a numeric column, got"):
        function(frame({"name": ["x"]}))


@each_function
def test_an_empty_frame_is_refused(frame, function):
    with pytest.raises(ValueError, match=r"Cannot .* empty data"):
        function(frame({"a": [1.0], "b": ["x"]})[:0])


def test_constant_columns_are_named(frame, columns_of):
    data = frame({"a": [1.0, 1.0], "b": [1.0, 2.0], "c": [7, 7]})
    with pytest.raises(ValueError, match="identical, cannot normalize: columns 'a', 'c';"):
        normalize(data)
    with pytest.raises(
        ValueError, match="deviation is zero, cannot standardize: columns 'a', 'c';"
    ):
        standardize(data)
    assert [0, 0] == columns_of(standardize(data, on_constant="zero"))["c"]
    with pytest.raises(
        ValueError, match="less than the number of values, got 2: columns 'a', 'b', 'c'"
    ):
        standardize(data, ddof=2)


def test_missing_columns_are_named(frame):
    data = frame({"a": [1.0, 2.0], "b": [math.nan, math.nan]})
    with pytest.raises(ValueError, match="must have no missing values, got 2 in column 'b'"):
        normalize(data)
    with pytest.raises(ValueError, match="Cannot standardize only missing values: column 'b'"):
        standardize(data, nan_policy="omit")


@pytest.mark.parametrize("make", [pl.DataFrame, pl.LazyFrame, pa.table])
def test_null_and_nan_are_both_missing_and_stay_what_they_are(make):
    data = make({"a": [1.0, None, math.nan, 3.0], "n": [1, None, 3, 5]})
    with pytest.raises(ValueError, match="must have no missing values, got 3\n  2 in column 'a'"):
        normalize(data)
    result = nw.from_native(normalize(data, nan_policy="omit")).lazy().collect()
    first, null, nan, last = result["a"].to_list()
    assert (0.0, None, 1.0) == (first, null, last)
    assert math.isnan(nan)
    assert [0.0, None, 0.5, 1.0] == result["n"].to_list()
    clipped = nw.from_native(clip_outliers(data, 0, 50, nan_policy="omit")).lazy().collect()
    assert (1.0, None) == tuple(clipped["a"].to_list()[:2])
    assert [1, None, 3, 3] == clipped["n"].to_list()


@pytest.mark.usefixtures("numpy_or_not")
def test_frames_are_the_same_without_numpy(columns_of):
    data = {"a": [3.0, None, 4.0, 1e15, 1e15 + 1], "b": [5, 1, 2, None, 2**40]}
    for make in (pl.DataFrame, pl.LazyFrame):
        for transform in FUNCTIONS:
            result = columns_of(transform(make(data), nan_policy="omit"))
            for name, values in data.items():
                assert transform(values, nan_policy="omit") == pytest.approx(result[name])
        (column, _) = summarize(make(data))
        assert (4, 1) == (column.count, column.missing)
    narrow = {"c": [1e15, 1e15 + 1, 1e15 + 2], "d": [1e308, 1.5e308, -1e308], "e": [1.5, 1.5, 1.5]}
    for make in (pl.DataFrame, pl.LazyFrame):
        result = columns_of(standardize(make(narrow), on_constant="zero"))
        assert [-1, 0, 1] == result["c"]
        assert standardize(narrow["d"]) == pytest.approx(result["d"])
        assert [0, 0, 0] == result["e"]


@each_function
def test_a_series_keeps_index_and_name(function):
    data = pd.Series([1.0, 2.0, 4.0], index=["x", "y", "z"], name="price")
    result = function(data)
    assert ["x", "y", "z"] == list(result.index)
    assert "price" == result.name
    assert "price" == function(pl.Series("price", [1.0, 2.0, 4.0])).name
    assert function(data.rename(None)).name is None
    with pytest.raises(TypeError, match="columns must be None for a series, got"):
        function(data, columns="price")


def test_the_float_type_of_a_column_stays():
    data = pl.DataFrame(
        {"a": [1.0, 2.0, 4.0], "n": [1, 2, 4]}, schema={"a": pl.Float32, "n": pl.Int8}
    )
    for function in (normalize, standardize):
        assert [pl.Float32, pl.Float64] == function(data).dtypes
    assert [pl.Float32, pl.Int8] == clip_outliers(data).dtypes
    assert [pl.Float32, pl.Float64] == clip_outliers(data, 10, 90, method="linear").dtypes


@pytest.mark.parametrize("dtype", ["Float64", "Int64", "float64[pyarrow]"])
def test_nullable_pandas_columns_keep_their_gaps(dtype):
    data = pd.Series([1, None, 3], dtype=dtype)
    assert [0.0, None, 1.0] == [
        None if pd.isna(v) else v for v in normalize(data, nan_policy="omit")
    ]
    with pytest.raises(ValueError, match="must have no missing values, got 1 at index 1"):
        normalize(data)


def test_pandas_columns_that_are_no_text_work():
    data = pd.DataFrame([[1.0, 5], [3.0, 6]], columns=[0, "b"])
    expected = pd.DataFrame([[0.0, 0.0], [1.0, 1.0]], columns=[0, "b"])
    pd.testing.assert_frame_equal(expected, normalize(data))
    pd.testing.assert_frame_equal(expected.assign(b=[5, 6]), normalize(data, columns=0))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_integers_past_the_exact_floats_stay_apart(make, columns_of):
    data = make({"t": [2**60, 2**60 + 1, 2**60 + 2]})
    assert [0, 0.5, 1] == columns_of(normalize(data))["t"]
    assert [-1, 0, 1] == columns_of(standardize(data))["t"]
    assert (2**60, 2**60 + 2) == (summarize(data)["t"].min, summarize(data)["t"].max)


def test_a_narwhals_frame_comes_back_as_one():
    data = nw.from_native(pl.DataFrame({"a": [1.0, 2.0]}))
    assert isinstance(normalize(data), nw.DataFrame)
    assert isinstance(normalize(data["a"]), nw.Series)
    assert isinstance(normalize(data.lazy()), nw.LazyFrame)


def test_a_lazy_fit_is_one_query(monkeypatch):
    calls = []
    collect = nw.LazyFrame.collect
    monkeypatch.setattr(
        nw.LazyFrame, "collect", lambda *a, **k: calls.append(1) or collect(*a, **k)
    )
    data = pl.LazyFrame(TABLE)
    for function in (normalize, standardize, summarize):
        calls.clear()
        function(data)
        assert [1] == calls


def test_findings_are_by_column(frame):
    data = frame({"a": [1.0, math.nan, 2.0], "s": ["x", None, None], "n": [1, 20, 3]})
    missing = find_missing_values(data)
    assert 3 == missing.total
    assert ["a", "s"] == list(missing.by_column)
    assert {"s": 2} == {
        n: c.count for n, c in find_missing_values(data, columns="s").by_column.items()
    }
    outside = find_out_of_range(data, 1, 10)
    assert {"a": 1, "n": 1} == {name: c.count for name, c in outside.by_column.items()}
    assert check_missing_values(data)
    assert not validate_range(data, 1, 10)
    types = find_type_mismatches(data, (int, float), columns=["a", "n"])
    assert types.total in (0, 1)  # a NaN may have become a null, which is no float
    assert 3 == find_type_mismatches(data, int).by_column["s"].count
    assert not check_data_types(data, (int, float))


def test_names_of_columns_do_not_get_in_the_way(frame, columns_of):
    data = frame(
        {"rows": [1.0, 2.0], "value": [3.0, 5.0], "0 count": [1.0, 4.0], "mean": [0.0, 1.0]}
    )
    assert {"rows", "value", "0 count", "mean"} == set(summarize(data).names)
    assert [-1, 1] == pytest.approx(columns_of(standardize(data, ddof=0))["rows"])
    assert not find_missing_values(data)
    assert not check_missing_values(data)
    assert [0, 1] == columns_of(normalize(data))["0 count"]


def test_eager_findings_have_positions_and_lazy_ones_have_not():
    data = pl.DataFrame({"a": [1.0, None, 30.0]})
    assert ((1, None),) == find_missing_values(data).columns[0].first
    assert () == find_missing_values(data.lazy()).columns[0].first
    assert "1 value out of range in column 'a' at index 2 (30.0)" == str(
        find_out_of_range(data.drop_nulls(), 0, 10)
    ).replace("index 1", "index 2")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], int),
        ([1.5, 2], float),
        ([True, False], bool),
        (["a", "b"], str),
        ([datetime.date(2020, 1, 1)], datetime.date),
        ([datetime.datetime(2020, 1, 1)], datetime.datetime),
        ([datetime.timedelta(1)], datetime.timedelta),
    ],
)
def test_a_typed_column_holds_what_its_values_are_in_python(values, kind):
    for data in (pl.Series(values), pl.DataFrame({"a": values}), pl.LazyFrame({"a": values})):
        assert check_data_types(data, kind)
        assert not check_data_types(data, bytes)


def test_a_summary_counts_columns_that_are_no_numbers(frame):
    summary = summarize(frame({"a": [1, 2, 6], "s": ["x", None, "z"]}))
    assert ["a", "s"] == summary.names
    assert (3, 0, 1, 6, 3.0) == tuple(
        getattr(summary["a"], f) for f in ["count", "missing", "min", "max", "mean"]
    )
    assert (2, 1, None, None) == tuple(
        getattr(summary["s"], f) for f in ["count", "missing", "min", "std"]
    )
