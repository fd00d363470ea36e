"""What a fit has learned keeps the digits that the functions keep, for held-out values too."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
    normalize,
    standardize,
)

START = 2**60  # as time stamps in nanoseconds are
STAMPS = [START, START + 1, START + 3]
HELD_OUT = [START - 3, START + 6, START]
FRAMES = {
    "numpy": lambda values: np.array(values)[:, None],
    "numpy other endian": lambda values: np.array(values, ">i8")[:, None],
    "pandas": lambda values: pd.DataFrame({"a": values}),
    "polars": lambda values: pl.DataFrame({"a": values}),
    "polars lazy": lambda values: pl.LazyFrame({"a": values}),
}
if find_spec("array_api_strict"):  # not for Python 3.8
    import array_api_strict

    FRAMES["array-api-strict"] = lambda values: array_api_strict.asarray([[v] for v in values])
each_kind = pytest.mark.parametrize("kind", FRAMES.values(), ids=list(FRAMES))
both = pytest.mark.parametrize(
    ("scaler", "function"), [(MinMaxScaler, normalize), (StandardScaler, standardize)]
)


def flat(result):
    found = result.collect() if isinstance(result, pl.LazyFrame) else result
    if isinstance(found, pl.DataFrame):
        return found["a"].to_list()
    return np.asarray(found).ravel().tolist()


@each_kind
@both
def test_long_integers_are_scaled_as_small_ones(kind, scaler, function):
    small = scaler().fit(np.array([0.0, 1, 3])[:, None])
    for fitted in (
        scaler().fit(kind(STAMPS)),
        scaler().partial_fit(kind(STAMPS[:2])).partial_fit(kind(STAMPS[2:])),
        scaler().partial_fit(kind(STAMPS[:1])).merge(scaler().partial_fit(kind(STAMPS[1:]))),
        scaler.from_dict(json.loads(json.dumps(scaler().fit(kind(STAMPS)).to_dict()))),
    ):
        assert function([0, 1, 3]) == pytest.approx(flat(fitted.transform(kind(STAMPS))))
        expected = small.transform(np.array([-3.0, 6, 0])[:, None]).ravel()
        assert expected.tolist() == pytest.approx(flat(fitted.transform(kind(HELD_OUT))))


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_the_whole_range_of_long_integers_is_scaled(dtype):
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    fitted = MinMaxScaler().fit(np.array([[low], [high]], dtype))
    share = (2**62 - low) / (high - low)
    found = fitted.transform(np.array([[low], [2**62], [high]], dtype)).ravel()
    assert [0, share, 1] == pytest.approx(found.tolist())


@pytest.mark.parametrize("other", ["int8", "int32", "float32", "float64", "uint64"])
def test_held_out_values_may_be_of_another_type(other):
    fitted = StandardScaler().fit(np.array(STAMPS)[:, None])
    held_out = np.array([[1], [100]], other)
    np.testing.assert_allclose(fitted.transform([[1], [100]]), fitted.transform(held_out), 1e-6)


@both
def test_features_near_and_far_from_zero_are_scaled_together(scaler, function):
    x = np.random.default_rng(0).normal([0, 1e15, -1e12], size=(200, 3))
    streamed = scaler()
    for row in x:
        streamed.partial_fit(row[None])
    for fitted in (scaler().fit(x), streamed):
        np.testing.assert_allclose(function(x), fitted.transform(x), atol=1e-9)
        np.testing.assert_allclose(x, fitted.inverse_transform(fitted.transform(x)), rtol=1e-12)


def test_the_factor_of_a_tiny_range_is_infinite_without_a_warning():
    assert [math.inf] == MinMaxScaler().fit([[0.0], [1e-310]]).scale_.tolist()


@pytest.mark.parametrize("ddof", [2, 3])
def test_nothing_is_known_of_a_deviation_of_too_few_samples(ddof):
    scaler = StandardScaler(ddof=ddof).partial_fit([[1.0], [3.0]])
    assert np.isnan([*scaler.scale_, *scaler.var_]).all()
    with pytest.raises(ValueError, match=f"must be less than the number of values, got {ddof}"):
        scaler.transform([[1.0]])


@both
def test_a_feature_with_a_missing_value_propagates_whatever_the_others_are(scaler, function):
    x = np.array([[1.0], [1.0], [np.nan]])
    expected = function(x, nan_policy="propagate")
    np.testing.assert_array_equal(expected, scaler(nan_policy="propagate").fit_transform(x))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32", "uint64", ">i2", "bool"])
def test_bounds_beyond_a_narrow_type_do_not_wrap_around(dtype):
    clipper = OutlierClipper().fit(np.arange(-100_000, 100_000)[:, None])
    x = np.array([[0], [1]], dtype)
    assert (x.tolist(), x.dtype) == (clipper.transform(x).tolist(), x.dtype)


def test_bounds_that_a_narrow_type_has_not_widen_it():
    clipper = OutlierClipper().fit(np.arange(200, 1000)[:, None])
    assert [[239], [239]] == clipper.transform(np.array([[-5], [127]], "int8")).tolist()


def test_bounds_of_long_unsigned_integers_are_exact():
    x = np.array([[5, 2**63 + 1], [7, 2**63 + 3], [9, 2**63 + 5]], "uint64")
    clipped = OutlierClipper(40, 60).fit_transform(x)
    assert ([[7, 2**63 + 3]] * 3, x.dtype) == (clipped.tolist(), clipped.dtype)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int16, pl.UInt32, pl.Int64, pl.UInt64, pl.Float64])
def test_a_frame_of_another_type_is_scaled_and_clipped_alike(dtype, lazy):
    held_out = pl.DataFrame({"a": [1, 100, None]}, {"a": dtype})
    held_out = held_out.lazy() if lazy else held_out
    scaler = MinMaxScaler(nan_policy="omit").fit(pl.DataFrame({"a": STAMPS}))
    expected = [*((value - START) / 3 for value in (1, 100)), None]
    assert expected == pytest.approx(flat(scaler.transform(held_out)), nan_ok=True)
    for low, high in ((-100_000, 100_000), (200, 300)):
        clipper = OutlierClipper(0, 100, nan_policy="omit")
        clipper.fit(pl.DataFrame({"a": [low, high]}))
        clipped = clipper.transform(held_out)
        assert [max(1, low), max(100, low), None] == flat(clipped)


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt64])
@pytest.mark.parametrize("lazy", [False, True])
def test_the_whole_range_of_a_column_is_scaled(dtype, lazy):
    ends = np.iinfo(str(dtype()).lower())
    values = [ends.min, ends.min // 2 + ends.max // 2, ends.max]
    data = pl.DataFrame({"a": values}, {"a": dtype})
    data = data.lazy() if lazy else data
    for result in (MinMaxScaler().fit_transform(data), normalize(data)):
        assert [0, 0.5, 1] == pytest.approx(flat(result), abs=1e-9)


def test_means_of_long_integers_keep_their_fraction():
    data = np.array([[2**60, 2**61], [2**60 + 3, 2**61 + 5]])
    expected = [[-0.5, -0.5], [0.5, 0.5]]
    np.testing.assert_allclose(expected, StandardScaler().fit_transform(data) / 2**0.5, rtol=1e-15)


@pytest.mark.parametrize("make", [np.array, pd.DataFrame], ids=["NumPy", "pandas"])
@pytest.mark.parametrize("scaler", [MinMaxScaler((-1, 3)), StandardScaler(ddof=0)], ids=repr)
def test_a_feature_far_from_zero_is_scaled_beside_one_of_a_huge_range(scaler, make):
    x = np.array([[1.7e308, 2.0**53 + 2], [-1.7e308, 2.0**53]])
    alone = [scaler.fit(make(x[:, [place]])).transform(make(x[:, [place]])) for place in (0, 1)]
    together = np.asarray(scaler.fit(make(x)).transform(make(x)))
    np.testing.assert_allclose(np.hstack(alone), together)
    np.testing.assert_allclose([1.0, -1.0], np.interp(together[:, 1], together[::-1, 1], [-1, 1]))
