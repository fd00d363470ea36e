"""Arrays: axes, memory, dtypes, and scikit-learn and NumPy as oracles."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from ml_infra_utils.preprocessing import (
    clip_outliers,
    normalize,
    standardize,
    summarize,
)

RNG = np.random.default_rng(0)
FUNCTIONS = [normalize, standardize, clip_outliers]
each_function = pytest.mark.parametrize("function", FUNCTIONS)


def layouts(x):
    """The same values in every order of memory, none of them writeable."""
    padded = np.zeros(tuple(3 * n for n in x.shape), x.dtype)
    thirds = padded[(slice(None, None, 3),) * x.ndim]
    thirds[...] = x
    for each in (x, np.asfortranarray(x), thirds, x[::-1].copy()[::-1]):
        each.flags.writeable = False
        yield each


@each_function
@pytest.mark.parametrize("shape", [(50,), (40, 3), (4, 9000), (9000, 2), (20, 4, 5), (90, 1500)])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "i8", "u1", "?"])
def test_every_layout_of_memory_gives_the_same_result(function, shape, dtype):
    x = (
        (RNG.normal(size=shape) * 30 + 100).astype(dtype)
        if dtype != "?"
        else RNG.random(shape) < 0.5
    )
    x[0], x[1] = 0, 1  # no feature is constant
    expected = function(x.copy())
    for each in layouts(x):
        result = function(each)
        tolerance = 1e-5 if dtype == "f4" else 1e-11
        np.testing.assert_allclose(expected, result, rtol=tolerance, atol=tolerance)
        assert expected.dtype == result.dtype
        assert shape == result.shape


@each_function
def test_each_feature_is_transformed_on_its_own(function):
    x = RNG.normal(size=(60, 4))
    expected = np.column_stack([function(x[:, i].copy()) for i in range(4)])
    np.testing.assert_allclose(expected, function(x), rtol=1e-12)
    np.testing.assert_allclose(expected.T, function(x.T.copy(), axis=1), rtol=1e-12)
    np.testing.assert_allclose(expected.T, function(x.T.copy(), axis=-1), rtol=1e-12)
    flat = function(x.ravel().copy())
    for each in layouts(x):
        np.testing.assert_allclose(flat.reshape(x.shape), function(each, axis=None), rtol=1e-12)


@each_function
def test_the_float_dtype_stays(function):
    for dtype in (np.float16, np.float32, np.float64, np.longdouble):
        assert dtype == function(np.array([1, 2, 4], dtype)).dtype


def test_float32_is_accumulated_in_float64():
    x = np.full(3_000_000, 16.1, np.float32)
    x[0] = 16.2
    assert summarize(x)[0].mean == pytest.approx(np.mean(x, dtype=np.float64), rel=1e-12)


@pytest.mark.parametrize("x", [2**60 + np.arange(5), np.iinfo(np.int64).min + 7 * np.arange(5)])
def test_integers_past_the_exact_floats_stay_apart(x):
    assert [0, 0.25, 0.5, 0.75, 1] == normalize(x).tolist()
    both = np.column_stack([x, x])
    assert [0, 0.25, 0.5, 0.75, 1] == normalize(both)[:, 1].tolist()
    np.testing.assert_allclose(standardize(np.arange(5)), standardize(x))
    np.testing.assert_allclose(standardize(np.arange(5)), standardize(both)[:, 0])
    assert (int(x[0]), int(x[-1])) == (summarize(x)[0].min, summarize(x)[0].max)
    assert x[1:].tolist() == np.unique(clip_outliers(x, 40, 100)).tolist()
    swapped = x.astype(">i8")
    assert [0, 0.25, 0.5, 0.75, 1] == normalize(swapped).tolist()
    assert summarize(x)[0].mean == summarize(swapped)[0].mean


def test_a_mean_far_from_zero_is_subtracted_with_all_its_digits():
    offsets = 0.125 * (np.arange(400) % 8)
    for x in (1e15 + offsets, np.column_stack([offsets, 1e15 + offsets])):
        result = standardize(x)[..., -1] if x.ndim == 2 else standardize(x)
        np.testing.assert_allclose(standardize(offsets), result, rtol=1e-13)
    assert [-(0.5**0.5), 0.5**0.5] == pytest.approx(standardize(np.array([1, 1 + 2.0**-52])))


@pytest.mark.parametrize("rows", [4096, 4097, 99_999])
def test_a_mean_of_columns_is_as_precise_as_that_of_one(rows):
    x = 7e6 + RNG.normal(size=(rows, 3))
    for i, column in enumerate(summarize(x)):
        assert math.fsum(x[:, i]) / rows == pytest.approx(column.mean, rel=1e-15)


@pytest.mark.parametrize("start", [2**62, -(2**62), 2**60, 0])
@pytest.mark.parametrize("width", [10, 10**6, 10**13, 2**61])
@pytest.mark.parametrize("size", [3, 1000])
def test_long_integers_are_standardized_as_fractions_are(start, width, size):
    x = start + RNG.integers(0, width, size)
    values = [Fraction(value) for value in x.tolist()]
    mean = sum(values) / size
    variance = sum((value - mean) ** 2 for value in values) / (size - 1)
    deviation = math.sqrt(variance)
    expected = [float(value - mean) / deviation for value in values]
    for data in (x, np.column_stack([x, x]), x.tolist(), pd.Series(x), pl.Series(x)):
        result = np.asarray(standardize(data))
        result = result[:, 1] if result.ndim == 2 else result
        np.testing.assert_allclose(expected, result, rtol=2e-15, atol=1e-15)
        column = summarize(data)[0]
        assert column.std == pytest.approx(deviation, rel=1e-15)
        whole, residual = Fraction(column.mean), Fraction(column.mean_residual)
        assert abs(whole + residual - mean) <= 1e-15 * deviation


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_extrema_of_64_bit_integers_are_exact(dtype):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    for x in (np.array([low, 1, high], dtype), np.array([[low], [1], [high]], dtype)):
        assert (low, high) == (summarize(x)[0].min, summarize(x)[0].max)


@each_function
@pytest.mark.parametrize("dtype", [">f8", ">f4", ">i8", ">i4", ">u8", ">u2"])
def test_the_order_of_bytes_does_not_matter(function, dtype):
    x = np.arange(40, dtype=dtype)
    native = x.astype(x.dtype.newbyteorder("="))
    np.testing.assert_array_equal(function(native), function(x))
    both = np.column_stack([x, x]).astype(dtype)
    np.testing.assert_array_equal(function(native), function(both)[:, 1])


def test_the_whole_range_of_64_bits_is_scaled():
    x = np.array([0, 2**63, 2**64 - 1], np.uint64)
    assert [0.0, 0.5, 1.0] == normalize(x).tolist()


def test_long_doubles_past_the_largest_float_are_an_error_where_they_are_no_floats():
    x = np.array([np.longdouble("1e4000"), np.longdouble("2e4000"), np.longdouble("3e4000")])
    for data in (x, x[:, None]):
        np.testing.assert_allclose([0, 0.5, 1], normalize(data).ravel().astype(float))
        for function in (standardize, summarize):
            with pytest.raises(ValueError, match="must be at most the largest float64"):
                function(data)


@each_function
def test_out_receives_the_result(function):
    x = RNG.normal(size=(50, 3))
    expected = function(x)
    for out in (np.empty_like(x), np.asfortranarray(x), np.empty((50, 6))[:, ::2]):
        assert out is function(x, out=out)
        np.testing.assert_array_equal(expected, out)
        assert out is function(x, out=out, axis=None)
    assert x is function(x, out=x)
    np.testing.assert_array_equal(expected, x)
    deep = RNG.normal(size=(5, 4, 3))
    out = np.empty((5, 4, 6))[..., ::2]
    np.testing.assert_array_equal(function(deep), function(deep, out=out))
    np.testing.assert_array_equal(function(deep, axis=None), function(deep, axis=None, out=out))


@each_function
@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        ([0.0], TypeError, r"out must be a NumPy array, got .* \(list\)"),
        (
            np.empty(3),
            ValueError,
            r"out must have shape \(2,\) and dtype float64, got shape \(3,\)",
        ),
        (np.empty(2, "f4"), ValueError, "got .* dtype float32"),
        (np.ma.zeros(2), TypeError, r"out must be a NumPy array, got .* \(MaskedArray\)"),
        (np.broadcast_to(0.0, 2), ValueError, "out must be writeable"),
    ],
)
def test_out_that_does_not_fit_is_an_error(function, out, error, message):
    with pytest.raises(error, match=message):
        function(np.array([1.0, 2.0]), out=out)


@each_function
def test_out_must_not_overlap_data(function):
    x = np.arange(6.0)
    with pytest.raises(ValueError, match="must be data itself or not overlap it"):
        function(x[:4], out=x[1:5])


@each_function
def test_out_may_be_another_view_of_data_or_lie_between_its_values(function):
    table = np.column_stack([np.arange(50.0), np.zeros(50)])
    expected = function(np.arange(50.0))
    function(table[:, 0], out=table[:, 1])
    np.testing.assert_array_equal(expected, table[:, 1])
    x = np.arange(50.0)
    function(x, out=x[:])
    np.testing.assert_array_equal(expected, x)


def test_a_boolean_result_goes_into_booleans():
    x = np.array([True, False, True, True])
    assert x is clip_outliers(x, 30, 100, out=x)
    assert [True, True, True, True] == x.tolist()


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.array(1.0), ValueError, "data must have an axis, got the single value"),
        (np.float64(1.0), ValueError, "data must have an axis"),
        (np.array([1, None], object), TypeError, r"dtype object; pass data.astype\(float\)"),
        (np.array([1j, 2]), TypeError, "must hold real numbers, got an array of dtype complex128"),
        (np.array(["a", "b"]), TypeError, "got an array of dtype <U1"),
        (np.array(["2020-01-01"], "M8[D]"), TypeError, "got an array of dtype datetime64"),
        (np.ma.masked_array([1.0, 2.0]), TypeError, "must not be masked, got a MaskedArray; pass"),
        (np.zeros((0,)), ValueError, "Cannot .* empty data"),
        (np.zeros((0, 3)), ValueError, "Cannot .* empty data"),
        (np.zeros((3, 0)), ValueError, "Cannot .* empty data"),
    ],
)
@each_function
def test_what_is_no_numbers_is_refused(function, data, error, message):
    with pytest.raises(error, match=message):
        function(data)


def test_a_matrix_is_refused():
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix([[1.0, 2.0]])
    with pytest.raises(TypeError, match=r"numpy\.matrix; pass numpy\.asarray"):
        normalize(matrix)


@each_function
def test_arguments_for_other_containers_are_refused(function):
    with pytest.raises(TypeError, match="columns must be None unless data is a frame, got 'a'"):
        function(np.arange(3), columns="a")
    with pytest.raises(TypeError, match="out must be None unless data is a NumPy array"):
        function([1, 2], out=[])
    with pytest.raises(TypeError, match="axis must be 0 unless data is an array, got 1"):
        function([1, 2], axis=1)
    with pytest.raises(ValueError, match="axis must be from -1 to 0, as data has, got 2"):
        function(np.arange(3), axis=2)
    with pytest.raises(TypeError, match=r"axis must be an integer or None, got 1.0 \(float\)"):
        function(np.ones((2, 3)), axis=1.0)


def test_constant_features_are_named():
    x = np.array([[1.0, 5.0, 2.0], [1.0, 6.0, 2.0]])
    for function in (normalize, standardize):
        with pytest.raises(ValueError, match="features 0, 2; on_constant='zero'"):
            function(x)
        assert [0, 0] == function(x, on_constant="zero")[:, 0].tolist()
    with pytest.raises(ValueError, match=r"features 0, .* 19 and 20 more"):
        normalize(np.ones((3, 40)))


def test_missing_values_count_for_their_feature_only():
    x = np.array([[1.0, 5.0], [np.nan, 6.0], [3.0, 8.0]])
    omitted = normalize(x, nan_policy="omit")
    np.testing.assert_array_equal([[0, 0], [np.nan, 1 / 3], [1, 1]], omitted)
    propagated = standardize(x, nan_policy="propagate")
    assert np.isnan(propagated[:, 0]).all()
    np.testing.assert_allclose(standardize(x[:, 1].copy()), propagated[:, 1])
    clipped = clip_outliers(x, 50, 100, nan_policy="omit")
    np.testing.assert_array_equal([[1, 6], [np.nan, 6], [3, 8]], clipped)


shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=30)
magnitudes = st.sampled_from([1e-300, 1e-100, 1.0, 1e100, 1e300])


@st.composite
def tables(draw):
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    magnitude = draw(magnitudes) if dtype == np.float64 else 1.0
    values = st.floats(-100, 100, width=32).map(lambda value: round(value, 3))
    x = draw(hnp.arrays(np.float64, draw(shapes), elements=values)).astype(dtype) * dtype(magnitude)
    x[0], x[1] = -101 * magnitude, 101 * magnitude
    gaps = draw(hnp.arrays(bool, x.shape))
    gaps[:2] = False
    x[gaps] = np.nan
    return x[:, :: draw(st.sampled_from([1, -1]))]


def near_one(x):
    """The values scaled to where scikit-learn neither overflows nor takes them for constant."""
    return x.astype(np.float64) / np.nanmax(np.abs(x.astype(np.float64)))


@settings(max_examples=25)
@given(tables())
def test_normalize_agrees_with_scikit_learn(x):
    result = normalize(x, nan_policy="omit")
    expected = MinMaxScaler().fit_transform(near_one(x))
    np.testing.assert_allclose(expected, result, rtol=1e-5, atol=1e-6)
    assert (np.nanmin(result, axis=0) == 0).all()
    assert (np.nanmax(result, axis=0) == 1).all()


@settings(max_examples=25)
@given(tables())
def test_standardize_agrees_with_scikit_learn(x):
    expected = StandardScaler().fit_transform(near_one(x))
    result = standardize(x, nan_policy="omit", ddof=0)
    np.testing.assert_allclose(expected, result, rtol=1e-5, atol=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2).filter(lambda v: min(v) != max(v)), st.data())
def test_a_feature_range_is_reached_exactly(values, data):
    ends = st.floats(-1e6, 1e6)
    low, high = sorted(data.draw(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1])))
    for kind in (list, np.array):
        result = normalize(kind(values), feature_range=(low, high))
        assert (low, high) == (min(result), max(result))
