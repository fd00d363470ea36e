"""Percentiles are those of sorted values, whatever the sample says that brackets them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml_infra_utils.preprocessing import clip_outliers
from ml_infra_utils.preprocessing._kernels import percentiles

RNG = np.random.default_rng(0)


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


@pytest.mark.parametrize("sample", [[2.5, 2.75], [-9.0, -8.0], [1e5, 2e5], [0.0, 19_999.0], [7.0]])
@pytest.mark.parametrize("place", [(1, 0.0), (9_000, 0.0), (9_000, 0.5), (20_000, 0.0)])
def test_a_sample_that_misleads_is_no_harm(monkeypatch, sample, place):
    x = RNG.permutation(20_000).astype(float)
    begin = percentiles._Search.begin

    def misled(search):
        search.sample = np.array(sample)
        begin(search)

    monkeypatch.setattr(percentiles._Search, "begin", misled)
    assert [place[0] - 1 + place[1]] == percentiles._percentiles(x, [place], x.size)


@pytest.mark.parametrize("kept", [1, 100, 1000])
@pytest.mark.parametrize("method", ["nearest_rank", "linear"])
def test_few_values_are_kept_of_very_many(monkeypatch, kept, method):
    x = RNG.normal(size=300_000)
    lengths = []
    keep = percentiles._Search.keep

    def counted(search, values, rng):
        keep(search, values, rng)
        lengths.append(sum(map(len, search.kept)))

    monkeypatch.setattr(percentiles, "KEPT", kept)
    monkeypatch.setattr(percentiles._Search, "keep", counted)
    for percents in ((5, 95), (0, 50), (99.5, 100)):
        names = {"nearest_rank": "inverted_cdf", "linear": "linear"}
        expected = np.percentile(x, percents, method=names[method])
        found = percentiles.bounds(x, 0, *percents, method)
        assert expected.tolist() == pytest.approx([float(found.low), float(found.high)], rel=1e-12)
    assert max(lengths) < 2 * max(kept, 300)


@pytest.mark.parametrize("shape", [(50, 200), (3, 40_000), (200, 3)])
@pytest.mark.parametrize("method", ["nearest_rank", "linear"])
def test_columns_with_missing_values_have_percentiles_of_their_own(shape, method):
    x = RNG.normal(size=shape)
    x[RNG.random(shape) < 0.3] = np.nan
    x[:, 1] = np.nan
    found = percentiles.bounds(x, 0, 20, 70, method)
    for i in (0, 1, 2, shape[1] - 1):
        present = x[:, i][~np.isnan(x[:, i])]
        assert (present.size, shape[0] - present.size) == (found.count[i], found.missing[i])
        expected = [np.nan, np.nan]
        if present.size:
            alone = percentiles.bounds(present, 0, 20, 70, method)
            expected = [float(alone.low), float(alone.high)]
        np.testing.assert_array_equal(expected, [found.low[i], found.high[i]])
