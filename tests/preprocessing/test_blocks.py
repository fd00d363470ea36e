"""Frames in memory give what arrays give, to the last digit, whatever their columns are made of."""

from __future__ import annotations

import math
import sys
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
    clip_outliers,
    find_missing_values,
    normalize,
    standardize,
    summarize,
)

RNG = np.random.default_rng(0)
SCALERS = [
    StandardScaler(nan_policy="omit", on_constant="zero"),
    MinMaxScaler(nan_policy="omit", on_constant="zero", clip=True),
    OutlierClipper(nan_policy="omit"),
]


def names(x):
    return [f"c{i}" for i in range(x.shape[1])]


def unconsolidated(x):
    columns = [pd.DataFrame({name: x[:, i]}) for i, name in enumerate(names(x))]
    return pd.concat(columns, axis=1)


KINDS = {
    "pandas": lambda x: pd.DataFrame(x, columns=names(x)),
    "pandas of columns": unconsolidated,
    "pandas nullable": lambda x: pd.DataFrame(x, columns=names(x)).astype("Float64"),
    "pandas of Arrow": lambda x: pd.DataFrame(x, columns=names(x)).astype("float64[pyarrow]"),
    "polars": lambda x: pl.DataFrame(dict(zip(names(x), x.T.copy()))),
    "polars in pieces": lambda x: pl.DataFrame({n: x[:, i].copy() for i, n in enumerate(names(x))}),
    "pyarrow": lambda x: pa.table(dict(zip(names(x), np.ascontiguousarray(x.T)))),
    "pyarrow in chunks": lambda x: pa.concat_tables(
        [pa.table(dict(zip(names(x), np.ascontiguousarray(part.T)))) for part in (x[:1], x[1:])]
    ),
}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def array_of(frame):
    """The values of a frame of floats; nulls are NaN."""
    if isinstance(frame, pa.Table):
        return np.array([column.to_numpy() for column in frame.columns]).T
    if isinstance(frame, pl.DataFrame):
        return frame.to_numpy()
    return frame.to_numpy(float, na_value=np.nan)


@each_kind
@settings(max_examples=25)
@given(
    x=arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6),
        elements=st.floats(-1e6, 1e6) | st.just(np.nan),
    )
)
def test_a_fitted_scaler_gives_what_it_gives_for_arrays(kind, x):
    x[0] = np.arange(x.shape[1])  # no feature is missing in all
    for scaler in SCALERS:
        scaler.fit(pd.DataFrame(x, columns=names(x)))
        with pytest.warns(UserWarning, match="X does not have valid feature names"):
            expected = scaler.transform(x)
        np.testing.assert_array_equal(expected, array_of(scaler.transform(kind(x))))


@each_kind
@pytest.mark.parametrize("shape", [(1, 40), (300, 30), (140_000, 2), (5000, 60)])
def test_frames_of_every_shape_are_scaled_as_arrays(kind, shape):
    x = RNG.normal(size=shape)
    fitted = np.vstack([x, x + 1.0])
    for scaler in SCALERS:
        scaler.fit(kind(fitted))
        result = array_of(scaler.transform(kind(x)))
        with pytest.warns(UserWarning, match="X does not have valid feature names"):
            np.testing.assert_array_equal(scaler.transform(x), result)
    if len(x) > 1:
        np.testing.assert_array_equal(normalize(x), array_of(normalize(kind(x))))
        np.testing.assert_array_equal(clip_outliers(x), array_of(clip_outliers(kind(x))))
        np.testing.assert_allclose(standardize(x), array_of(standardize(kind(x))), atol=1e-12)


def test_columns_of_many_types_are_scaled_each_in_its_own():
    n = 50
    data = {
        "i8": np.arange(n, dtype="i1"),
        "text": [str(i) for i in range(n)],
        "f4": RNG.normal(size=n).astype("f4"),
        "i64": RNG.integers(-(2**62), 2**62, n),
        "f8": RNG.normal(size=n),
        "f4 too": RNG.normal(size=n).astype("f4"),
        "flag": [i % 3 == 0 for i in range(n)],
    }
    numbers = [name for name in data if name not in ("text", "flag")]
    for make in (pd.DataFrame, pl.DataFrame, pa.table):
        for function in (normalize, standardize, clip_outliers):
            result = function(make(data))
            columns = result.column_names if make is pa.table else list(result.columns)
            assert list(data) == columns
            for name in data:
                column = result[name].to_numpy()
                if name in numbers:
                    expected = function(data[name])
                    assert expected.dtype == column.dtype
                    np.testing.assert_allclose(expected, column, rtol=1e-6, atol=1e-6)
                else:
                    assert data[name] == column.tolist()


def test_long_integers_beside_nulls_stay_apart():
    values = [2**60, None, 2**60 + 1, 2**60 + 2]
    for data in (
        pl.DataFrame({"a": values}),
        pa.table({"a": values}),
        pd.DataFrame({"a": pd.array(values, "Int64")}),
    ):
        (column,) = summarize(data)
        assert (3, 1, 2**60, 2**60 + 2) == (column.count, column.missing, column.min, column.max)
        first, gap, *rest = _listed(normalize(data, nan_policy="omit"))
        assert (0.0, 0.5, 1.0) == (first, *rest)
        assert gap is None or gap is pd.NA


def _listed(frame):
    column = frame["a"]
    return column.to_pylist() if isinstance(frame, pa.Table) else list(column)


class Prices(pd.DataFrame):
    _metadata = ["currency"]  # noqa: RUF012  # as pandas documents it

    @property
    def _constructor(self):
        return Prices


@pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])
def test_what_pandas_keeps_beside_the_values_stays(function):
    data = Prices({"a": [1.0, 2.0, 4.0], "b": ["x", "y", "z"], 1: [1, 2, 3], "1": [5, 7, 8]})
    data.index = pd.Index([5, 5, 7], name="id")
    data.columns.name = "field"
    data.currency = "EUR"
    data.attrs = {"source": "till"}
    data = data.set_flags(allows_duplicate_labels=True)
    result = function(data)
    assert isinstance(result, Prices)
    assert ("EUR", {"source": "till"}) == (result.currency, result.attrs)
    pd.testing.assert_index_equal(data.index, result.index)
    pd.testing.assert_index_equal(data.columns, result.columns)
    assert ["x", "y", "z"] == result["b"].tolist()
    unique = pd.DataFrame({"a": [1.0, 2.0]}).set_flags(allows_duplicate_labels=False)
    assert not function(unique).flags.allows_duplicate_labels
    series = pd.Series([1.0, 2.0], name="a")
    series.attrs = {"unit": "m"}
    assert {"unit": "m"} == function(series).attrs


def test_null_and_nan_stay_what_they_are_in_each_piece_of_a_tall_polars_frame():
    n = 70_000
    data = pl.DataFrame({"null": [None, 1.0, 2.0], "both": [None, math.nan, 1.0]})
    data = pl.concat([data, pl.DataFrame({"null": [3.0] * n, "both": [4.0] * n})])
    result = StandardScaler(nan_policy="omit").fit_transform(data)
    assert data.null_count().row(0) == result.null_count().row(0)
    assert (0, 1) == result.select(pl.all().is_nan().sum()).row(0)


@pytest.mark.parametrize("rows", [2, 200_000], ids=["short", "tall"])
def test_a_kept_column_is_not_shared_with_the_input(rows):
    numbers = np.arange(rows, dtype=float)
    frame = pd.DataFrame({"a": numbers, "b": np.arange(rows), "c": numbers.astype("f4")})
    result = normalize(frame, columns=["a", "c"])
    result.loc[0, "b"] = 7
    assert 0 == frame.loc[0, "b"]


def test_the_metadata_of_arrow_fields_stays():
    field = pa.field("a", pa.float64(), metadata={"unit": "m"})
    data = pa.table({"a": [1.0, 2.0]}, schema=pa.schema([field], {"source": "till"}))
    schema = normalize(data).schema
    assert {b"unit": b"m"} == schema.field("a").metadata
    assert {b"source": b"till"} == schema.metadata


def test_two_columns_of_one_name_are_refused():
    data = pd.DataFrame([[1.0, 2.0, 3.0]], columns=["a", "b", "a"])
    with pytest.raises(ValueError, match="data must name each column once, got 'a' twice"):
        normalize(data)


def test_missing_values_of_every_block_are_found():
    data = pd.DataFrame({"a": [1.0, np.nan, np.inf], "b": [1, 2, 3], "c": ["x", None, "z"]})
    data["d"] = pd.array([1, None, None], "Int64")
    findings = find_missing_values(data)
    assert [0, 1, 2] == sorted({column.count for column in findings.columns})
    assert {"a": 1, "c": 1, "d": 2} == {n: c.count for n, c in findings.by_column.items()}
    assert 1 == findings.by_column["a"].first[0][0]


def in_turns(x):
    return pd.DataFrame(
        {n: x[:, i].astype(["f8", "f4", "i8"][i % 3]) for i, n in enumerate(names(x))}
    )


@pytest.mark.parametrize(
    "make", [*map(KINDS.get, ("pandas", "pandas of columns", "polars")), in_turns]
)
@pytest.mark.parametrize("shape", [(200_000, 6), (1000, 1000)], ids=["tall", "wide"])
def test_memory_beyond_the_result_is_small(make, shape):
    data = make(RNG.normal(size=shape) * 100)
    scaler = StandardScaler().fit(data)
    tracemalloc.start()
    kept = scaler.transform(data)
    result, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert shape == kept.shape
    assert peak - result <= 4 * 2**20


@settings(max_examples=40)
@given(
    data=st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=40)
    | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=40)
)
def test_a_long_list_has_the_same_digits_with_and_without_numpy(data):
    data = data * 200
    with_numpy = [f(data, on_constant="zero") for f in (normalize, standardize)]
    numpy, sys.modules["numpy"] = sys.modules["numpy"], None
    try:
        without = [f(data, on_constant="zero") for f in (normalize, standardize)]
    finally:
        sys.modules["numpy"] = numpy
    assert without == with_numpy
