"""Percentiles are those of sorted values, whatever a random sample of them says."""

from __future__ import annotations

import math
import tracemalloc
import warnings

import numpy as np
import pytest

from ml_infra_utils.preprocessing import OutlierClipper, clip_outliers

RNG = np.random.default_rng(0)
# The names of our methods in NumPy.
METHODS = {"nearest_rank": "inverted_cdf", "linear": "linear"}


@pytest.mark.parametrize("lower", [0, 3])
def test_integers_are_interpolated_at_either_end(lower):
    for x in (np.arange(10), np.array([[1, 5], [2, 6], [4, 7]])):
        expected = np.clip(x, *np.percentile(x, [lower, 95], axis=0))
        np.testing.assert_allclose(expected, clip_outliers(x, lower, 95, method="linear"))


def test_a_percentile_between_infinities_is_the_nearer_one():
    x = [-math.inf] * 5 + list(range(95))
    for data in (x, np.array(x)):
        assert -math.inf == clip_outliers(data, 1.5, 90, method="linear")[0]


@pytest.mark.parametrize("size", [1000, 50_000, 300_000])
@pytest.mark.parametrize("kind", ["normal", "few values", "sorted", "periodic", "gaps", "integers"])
def test_percentiles_are_those_of_a_sort(size, kind):
    x = {
        "normal": RNG.normal(size=size),
        "few values": RNG.choice([0.0, 1.0, 2.0], size, p=[0.05, 0.9, 0.05]),
        "sorted": np.arange(size, dtype=float),
        "periodic": np.arange(size, dtype=float) % 64,
        "gaps": np.where(RNG.random(size) < 0.3, np.nan, RNG.normal(size=size)),
        "integers": RNG.integers(-5, 5, size),
    }[kind]
    ordered = np.sort(x[~np.isnan(x)])
    for lower, upper in ((0, 100), (5, 95), (25, 50), (0.01, 99.99)):
        ranks = [max(1, int(np.ceil(ordered.size * p / 100 - 1e-9))) for p in (lower, upper)]
        result = clip_outliers(x, lower, upper, nan_policy="omit")
        np.testing.assert_array_equal(np.clip(x, *ordered[[r - 1 for r in ranks]]), result)
        linear = clip_outliers(x, lower, upper, nan_policy="omit", method="linear")
        np.testing.assert_allclose(np.clip(x, *np.percentile(ordered, [lower, upper])), linear)


@pytest.mark.parametrize("kind", [float, np.float32])
def test_percentiles_of_few_values_among_many_missing(kind):
    x = np.full(100_000, np.nan, kind)
    x[::40_000] = [3, 1, 2]
    result = clip_outliers(x, 0, 50, nan_policy="omit")
    assert [2, 1, 2] == result[::40_000].tolist()
    x[:] = np.nan
    assert np.isnan(clip_outliers(x, nan_policy="propagate")).all()
    table = np.column_stack([x, np.arange(100_000)])
    assert 95_000 - 1 == np.nanmax(clip_outliers(table, nan_policy="propagate"))


# How a sample is drawn, so that data can be made that misleads it.
def places_of_the_sample(size):
    return np.random.default_rng(0).integers(0, size, min(32 * 1024, size // 64))


@pytest.mark.parametrize(
    "sampled",
    [
        lambda n: np.full(n, 7.0),
        lambda n: np.full(n, -1e9),
        lambda n: np.full(n, 1e9),
        lambda n: np.where(np.arange(n) % 2, -1e9, 1e9),
        lambda n: np.linspace(2.5, 2.75, n),
        lambda n: np.r_[np.zeros(n // 2), np.full(n - n // 2, 1e5)],
    ],
    ids=["one value", "too small", "too large", "both ends", "narrow", "a jump"],
)
@pytest.mark.parametrize("percents", [(0, 45), (44.9, 45.0001), (99.5, 100)])
@pytest.mark.parametrize("method", METHODS)
def test_a_sample_that_misleads_does_no_harm(sampled, percents, method):
    x = RNG.permutation(100_000).astype(float)
    places = places_of_the_sample(x.size)
    x[places] = sampled(places.size)
    expected = np.percentile(x, percents, method=METHODS[method])
    result = clip_outliers(x, *percents, method=method)
    np.testing.assert_allclose(np.clip(x, *expected), result, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_of_very_many_values_only_a_share_is_kept(method):
    x = RNG.normal(size=5_000_000)
    percents = (40, 60)
    expected = np.percentile(x, percents, method=METHODS[method])
    out = np.empty_like(x)
    tracemalloc.start()
    clip_outliers(x, *percents, method=method, out=out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 4 * 2**20
    np.testing.assert_allclose(np.clip(x, *expected), out, rtol=1e-12)


@pytest.mark.parametrize("shape", [(50, 200), (3, 40_000), (200, 3), (20_000, 3)])
@pytest.mark.parametrize("method", METHODS)
def test_columns_with_missing_values_have_percentiles_of_their_own(shape, method):
    x = RNG.normal(size=shape)
    x[RNG.random(shape) < 0.3] = np.nan
    x[0] = 0.5  # no column is of missing values alone
    together = clip_outliers(x, 20, 70, nan_policy="omit", method=method)
    for i in (0, 1, 2, shape[1] - 1):
        alone = clip_outliers(x[:, i].copy(), 20, 70, nan_policy="omit", method=method)
        np.testing.assert_array_equal(alone, together[:, i])


@pytest.mark.parametrize("rows", [50, 20_000])
@pytest.mark.parametrize("method", METHODS)
def test_a_column_of_missing_values_alone_leaves_the_others(rows, method):
    x = RNG.normal(size=(rows, 3))
    x[:, 1] = np.nan
    result = clip_outliers(x, 20, 70, nan_policy="propagate", method=method)
    assert np.isnan(result[:, 1]).all()
    for i in (0, 2):
        alone = clip_outliers(x[:, i].copy(), 20, 70, method=method)
        np.testing.assert_array_equal(alone, result[:, i])


@pytest.mark.parametrize("percentiles", [(0.05, 0.95), (0, 0.5), (0.25, 1)])
def test_percentiles_that_look_like_fractions_warn_and_name_the_unit(percentiles):
    with pytest.warns(UserWarning, match="look like fractions; both are in percent: pass"):
        clip_outliers([1, 2, 3], *percentiles)
    with pytest.warns(UserWarning, match="look like fractions; both are in percent: pass"):
        OutlierClipper(*percentiles).fit([[1.0], [2.0], [3.0]])


@pytest.mark.parametrize("percentiles", [(0, 1), (0.5, 99.5), (0.05, 1.5)])
def test_other_percentiles_do_not_warn(percentiles):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clip_outliers([1, 2, 3], *percentiles)
