"""Arrays of PyTorch, JAX and Dask come back as they came."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
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

DATA = np.random.default_rng(0).normal(size=(50, 3)) * [1, 10, 100]
each_function = pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])


def in_dask(dask):
    return lambda values: dask.from_array(np.asarray(values), chunks=20)


LIBRARIES = {
    "torch": lambda torch: torch.tensor,
    "jax": lambda jax: jax.numpy.asarray,
    "dask.array": in_dask,
}


@pytest.fixture
def jax():
    """JAX with numbers of 64 bits, which it otherwise makes 32."""
    jax = pytest.importorskip("jax", reason="of the engines")
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", False)


@pytest.fixture(params=LIBRARIES)
def array(request):
    """Make an array of a library from one of NumPy."""
    if request.param == "jax":
        library = request.getfixturevalue("jax")
    else:
        library = pytest.importorskip(request.param, reason="of the engines")
    return LIBRARIES[request.param](library)


@each_function
@pytest.mark.parametrize("axis", [0, 1, None])
def test_it_has_the_results_of_numpy(array, function, axis):
    x = array(DATA)
    result = function(x, axis=axis)
    assert type(x) is type(result)
    np.testing.assert_allclose(function(DATA, axis=axis), np.asarray(result), rtol=1e-12)


@each_function
@pytest.mark.parametrize("policy", ["omit", "propagate"])
def test_missing_values_follow_the_policy(array, function, policy):
    gaps = DATA.copy()
    gaps[3, 1] = np.nan
    result = function(array(gaps), nan_policy=policy)
    np.testing.assert_allclose(function(gaps, nan_policy=policy), np.asarray(result), rtol=1e-12)
    with pytest.raises(ValueError, match=r"no missing values, got 1 at index \(3, 1\)"):
        function(array(gaps))


@each_function
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_float_dtype_stays(array, function, dtype):
    x = array(DATA.astype(dtype))
    assert x.dtype == function(x).dtype


@pytest.mark.parametrize("dtype", ["i1", "i4", "i8", "u1", "?"])
def test_integers_stay_when_clipped(array, dtype):
    values = np.arange(20).astype(dtype)
    for percentiles in ((0, 50), (5, 95)):
        result = clip_outliers(array(values), *percentiles)
        assert array(values).dtype == result.dtype
        np.testing.assert_array_equal(clip_outliers(values, *percentiles), np.asarray(result))
    result = OutlierClipper().fit_transform(array(values[:, None]))
    assert array(values).dtype == result.dtype


def test_integers_past_the_exact_floats_stay_apart(array):
    x = array(2**60 + np.arange(5))
    np.testing.assert_allclose([0, 0.25, 0.5, 0.75, 1], np.asarray(normalize(x)), rtol=1e-6)
    np.testing.assert_allclose(standardize(np.arange(5.0)), np.asarray(standardize(x)), rtol=1e-6)
    assert (2**60, 2**60 + 4) == (summarize(x)[0].min, summarize(x)[0].max)


def test_a_mean_far_from_zero_costs_no_digits(array):
    offsets = 0.125 * (np.arange(40) % 8)
    result = standardize(array(1e15 + offsets))
    np.testing.assert_allclose(standardize(offsets), np.asarray(result), rtol=1e-12)


@pytest.mark.parametrize("make", [MinMaxScaler, StandardScaler, OutlierClipper])
def test_scalers_take_it(array, make):
    fitted = make().fit(array(DATA))
    expected = make().fit(DATA)
    result = fitted.transform(array(DATA))
    assert type(array(DATA)) is type(result)
    np.testing.assert_allclose(expected.transform(DATA), np.asarray(result), rtol=1e-12)
    if make is not OutlierClipper:
        merged = fitted.merge(make().fit(array(DATA)))
        np.testing.assert_allclose(fitted.scale_, merged.scale_, rtol=0.02)


def test_summaries_and_findings_take_it(array):
    gaps = DATA.copy()
    gaps[3, 1] = np.nan
    assert ((3, 1),) == tuple(at for at, _ in find_missing_values(array(gaps)).columns[0].first)
    for expected, found in zip(summarize(gaps), summarize(array(gaps))):
        assert (expected.count, expected.missing) == (found.count, found.missing)
        assert pytest.approx(expected.mean) == found.mean
        assert pytest.approx(expected.std) == found.std
    whole = array(np.array([1, 2, 9]))
    assert ((2, 9),) == find_out_of_range(whole, 1, 2).columns[0].first
    assert validate_range(whole, 1, 9)
    assert check_data_types(whole, int)
    assert 3 == find_type_mismatches(whole, float).total
    assert check_missing_values(array(gaps))


def test_nothing_is_known_of_an_empty_one(array):
    empty = array(np.zeros(0))
    assert check_data_types(empty, float)
    assert (0, 0) == (summarize(empty)[0].count, find_missing_values(empty).total)
    with pytest.raises(ValueError, match="Cannot normalize empty data"):
        normalize(empty)


@pytest.mark.parametrize("name", ["torch", "jax.numpy"])
def test_a_list_of_single_values_is_a_list_of_numbers(name):
    library = pytest.importorskip(name, reason="of the engines")
    assert [0.0, 1.0] == normalize([library.asarray(1.0), library.asarray(3.0)])


def test_a_dask_array_stays_lazy_and_its_single_values_are_no_numbers():
    dask = pytest.importorskip("dask.array", reason="of the engines")
    lazy = dask.from_array(DATA, chunks=20)
    assert lazy.chunks == standardize(lazy).chunks
    with pytest.raises(TypeError, match=r"data\[0\] must be a number, got dask\.array"):
        normalize(list(dask.from_array(np.array([1.0, 2.0]))))


def test_jax_without_64_bits_works_in_32():
    numpy = pytest.importorskip("jax.numpy", reason="of the engines")
    x = numpy.asarray([1.0, 2.0, math.nan, 4.0])
    assert "float32" == str(x.dtype) == str(standardize(x, nan_policy="omit").dtype)
    assert 1 == summarize(x)[0].missing
    np.testing.assert_array_equal([1, 2, 2], clip_outliers(numpy.asarray([1, 2, 9]), 0, 50))
