"""Columns: exact integers, nulls, both ends, and what counts as a column."""

from __future__ import annotations

from decimal import Decimal

import narwhals as nw
import numpy as np
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
)

SERIES = {
    "pandas": pd.Series,
    "pandas nullable": lambda values: pd.Series(values, dtype="Int64"),
    "pandas pyarrow": lambda values: pd.Series(values, dtype="int64[pyarrow]"),
    "polars": pl.Series,
    "pyarrow": lambda values: pa.chunked_array([values]),
    "pyarrow array": pa.array,
}
TABLES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "pyarrow": pa.table,
}
each_series = pytest.mark.parametrize("series", SERIES.values(), ids=list(SERIES))
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


@each_series
def test_integers_are_exact_whatever_their_span(series, listed):
    assert listed(normalize(series([-(2**63), 0, 2**63 - 1]))) == pytest.approx([0, 0.5, 1])
    assert listed(normalize(series([-(2**62) - 5, 2**62 + 5, 0])))[:2] == [0, 1]
    assert [0, 0.3, 1] == listed(normalize(series([2**60, 2**60 + 300, 2**60 + 1000])))
    assert listed(standardize(series([2**60, 2**60 + 1, 2**60 + 2]))) == [-1, 0, 1]


@pytest.mark.parametrize("series", [SERIES[kind] for kind in SERIES if kind != "pandas"])
def test_a_null_does_not_round_the_other_integers(series, listed):
    data = series([2**60, None, 2**60 + 1, 2**60 + 100])
    assert [0, None, 0.01, 1] == listed(normalize(data, nan_policy="omit"))
    (clipped,) = summarize(clip_outliers(data, 40, 100, nan_policy="omit")).columns
    assert (2**60 + 1, 2**60 + 100, 1) == (clipped.min, clipped.max, clipped.missing)


@pytest.mark.parametrize("table", [TABLES[kind] for kind in TABLES if kind != "pandas"])
def test_whole_extrema_are_whole_numbers_in_a_summary(table):
    found = summarize(table({"a": [2**60 + 3, None, 1]}))["a"]
    assert (1, 2**60 + 3) == (found.min, found.max)
    assert isinstance(found.max, int)


def test_unsigned_integers_past_the_signed_ones_are_exact(listed):
    values = [2**63, 2**63 + 2, 2**63 + 5]
    for data in (
        pa.chunked_array([pa.array(values, pa.uint64())]),
        pl.Series(values, dtype=pl.UInt64),
        pd.Series(values, dtype="uint64"),
    ):
        assert [0, 0.4, 1] == listed(normalize(data))
        assert 2 == find_out_of_range(data, 0, 2**63).total
        assert values[:1] * 2 == listed(clip_outliers(data, 0, 20))[:2]


@pytest.mark.parametrize("feature_range", [(0, 1), (0.1, 0.7), (-3, 7)])
@each_table
def test_both_ends_are_reached_exactly(table, feature_range, columns_of):
    random = np.random.default_rng(0)
    columns = {str(i): random.normal(0, 10.0 ** (i % 9), 5).tolist() for i in range(200)}
    result = columns_of(normalize(table(columns), feature_range=feature_range))
    assert {feature_range} == {(min(values), max(values)) for values in result.values()}


@each_table
def test_tiny_numbers_are_scaled(table, columns_of):
    result = columns_of(normalize(table({"a": [0.0, 1e-310, 3e-310]})))
    assert [0, 1 / 3, 1] == pytest.approx(result["a"])


@each_table
def test_values_far_from_zero_keep_their_digits(table, columns_of):
    random = np.random.default_rng(1)
    values = (1e12 + random.normal(0, 1e-2, 50)).tolist()
    result = columns_of(standardize(table({"a": values, "b": values})))["b"]
    assert standardize(values) == pytest.approx(result, abs=1e-9)


def test_a_query_asks_once_more_for_all_columns_that_need_it(monkeypatch):
    collected = []
    collect = pl.LazyFrame.collect
    monkeypatch.setattr(
        pl.LazyFrame,
        "collect",
        lambda *args, **kwargs: collected.append(1) or collect(*args, **kwargs),
    )
    far = [1e8, 1e8 + 1e-3, 1e8 + 2e-3]
    standardize(pl.LazyFrame({"a": far, "b": far, "c": [1.0, 2, 3], "d": [2**60, 2**60 + 1, 0]}))
    assert 2 == len(collected)


def test_an_array_and_a_batch_of_arrow_come_back_as_such():
    array, batch = pa.array([1, None, 3]), pa.record_batch({"a": [1, None, 3], "s": list("xyz")})
    assert check_missing_values(array)
    assert check_missing_values(batch)
    assert not check_data_types(array, str)
    scaled = normalize(array, nan_policy="omit")
    assert isinstance(scaled, pa.Array)
    assert [0, None, 1] == scaled.to_pylist()
    scaled = normalize(batch, nan_policy="omit")
    assert isinstance(scaled, pa.RecordBatch)
    assert {"a": [0, None, 1], "s": ["x", "y", "z"]} == scaled.to_pydict()


def test_subclasses_of_frames_and_series_are_frames_and_series():
    class Table(pd.DataFrame):
        pass

    class Column(pd.Series):
        pass

    assert check_missing_values(Table({"a": [1.0, None, 3.0]}))
    assert check_missing_values(Column([1.0, None]))
    assert [0, 1] == normalize(Table({"a": [1.0, 3.0]}))["a"].tolist()


def test_decimals_are_clipped_as_floats(listed):
    values = [Decimal("1.5"), Decimal(2), Decimal(4)]
    for data in (pl.Series(values), pa.chunked_array([pa.array(values)])):
        assert [1.5, 2, 2] == listed(clip_outliers(data, 0, 50))
    data = pl.Series([Decimal("1.50"), None, Decimal("4.00")])
    assert [None, None, None] == listed(clip_outliers(data, nan_policy="propagate"))


@pytest.mark.skipif(not hasattr(nw, "Float16"), reason="unknown to narwhals for Python 3.8")
def test_half_precision_stays():
    halves = np.array([1, 2, 4], "f2")
    assert np.float16 == normalize(pd.Series(halves)).dtype
    assert pa.float16() == normalize(pa.chunked_array([halves])).type
    assert 1 == find_out_of_range(pa.chunked_array([halves]), 1, 2).total


@pytest.mark.parametrize(
    ("dtype", "scaled"),
    [
        ("Int64", "Float64"),
        ("Float32", "Float32"),
        ("int64[pyarrow]", "double[pyarrow]"),
        ("int32", "float64"),
        ("float32", "float32"),
    ],
)
def test_the_family_of_pandas_types_stays(dtype, scaled):
    data = pd.Series([1, 2, 4], index=[3, 1, 2], dtype=dtype, name="n")
    result = normalize(data)
    assert (scaled, "n", [3, 1, 2]) == (str(result.dtype), result.name, result.index.tolist())
    clipped = clip_outliers(data)
    assert (dtype, [3, 1, 2]) == (str(clipped.dtype), clipped.index.tolist())


def test_a_series_that_is_not_numeric_is_called_by_its_name():
    for data in (pd.Series(["a"], name="age"), pl.Series("age", ["a"])):
        with pytest.raises(TypeError, match="data must be numeric, got the series 'age' of type"):
            normalize(data)


@pytest.mark.parametrize("table", [pd.DataFrame, pl.DataFrame, lambda: pa.table({})])
def test_a_frame_without_columns_is_empty(table):
    assert not check_missing_values(table())
    assert 0 == find_missing_values(table()).total
    assert 0 == len(summarize(table()).columns)
    with pytest.raises(ValueError, match="Cannot normalize empty data"):
        normalize(table())


def test_columns_are_names():
    with pytest.raises(
        TypeError, match=r"columns must be a name or a list of names, got 0 \(int\)"
    ):
        normalize(pl.DataFrame({"a": [1, 2]}), columns=0)


@pytest.mark.parametrize("expected", [(int, type(None)), float, list, Decimal, bytes])
def test_types_of_a_query_are_found_as_those_of_its_frame(expected):
    frame = pl.DataFrame(
        {"i": [1, None], "f": [1.0, float("nan")], "l": [[1], [2]], "d": [Decimal(1), None]}
    )
    eager, lazy = (find_type_mismatches(data, expected) for data in (frame, frame.lazy()))
    assert [c.count for c in eager.columns] == [c.count for c in lazy.columns]


def test_a_result_of_pandas_has_memory_of_its_own():
    data = pd.DataFrame({"a": [1.0, 2, 4], "b": [5.0, 6, 9], "s": ["x", "y", "z"]})
    result = normalize(data, columns="a")
    result.iloc[0, 1] = -1
    result.loc[0, "s"] = "changed"
    assert (5, "x") == (data["b"][0], data["s"][0])


@pytest.mark.usefixtures("numpy_or_not")
def test_a_result_does_not_depend_on_numpy_being_loaded():
    data = pl.Series([2**60, 2**60 + 300, 2**60 + 1000])
    assert [0, 0.3, 1] == normalize(data).to_list()
    found = summarize(data).columns[0]
    assert (2**60, 2**60 + 1000) == (found.min, found.max)


@pytest.mark.parametrize(
    "table", [pl.DataFrame, pa.table, lambda columns: pd.DataFrame(columns).convert_dtypes()]
)
def test_a_column_may_have_any_name(table, columns_of):
    for name in ("nulls", "value", "rows", "0 min", "nulls is null"):
        result = normalize(table({name: [1, None, 3]}), nan_policy="omit")
        assert {name: [0, None, 1]} == columns_of(result)


@pytest.mark.skipif(not hasattr(pl, "Int128"), reason="unknown to Polars for Python 3.8")
def test_integers_of_128_bits_are_scaled_as_floats():
    data = pl.Series([1, 2**100, 2**101], dtype=pl.Int128)
    assert [0, 0.5, 1] == normalize(data).to_list()


def test_attributes_of_pandas_stay():
    data = pd.DataFrame({"a": [1, 2]})
    data.attrs["unit"] = "m"
    assert {"unit": "m"} == normalize(data).attrs
    assert {"unit": "m"} == normalize(data["a"]).attrs


@pytest.mark.parametrize("function", [normalize, standardize, find_missing_values, summarize])
def test_a_column_named_twice_is_an_error(function):
    polars = pytest.importorskip("polars")
    with pytest.raises(ValueError, match="columns must name each column once, got 'a' twice"):
        function(polars.DataFrame({"a": [1, 2], "b": [1, 2]}), columns=["a", "b", "a"])
