"""A fitted clipper: exact bounds, and sketches of them that stream and merge."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.pipeline import make_pipeline

from ml_infra_utils.preprocessing import OutlierClipper, StandardScaler, clip_outliers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) * [1, 10, 100] + [0, 5, 1000]


def with_sketch(**params):
    return OutlierClipper(sketch_size=200, **params)


def test_a_sketch_is_within_its_rank_error():
    x = RNG.permutation(100_000).astype(float)[:, None]
    parts = [with_sketch().fit(part) for part in np.array_split(x, 5)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    assert 0.0 == OutlierClipper().fit(x).rank_error_
    assert 0.0133 == pytest.approx(merged.rank_error_, abs=1e-4)
    assert abs(merged.lower_bounds_[0] - 5_000) <= 2 * merged.rank_error_ * 100_000
    assert abs(merged.upper_bounds_[0] - 95_000) <= 2 * merged.rank_error_ * 100_000


def test_exact_percentiles_are_not_fitted_in_parts():
    assert not hasattr(OutlierClipper(), "partial_fit")
    with pytest.raises(AttributeError, match="an integer for partial_fit, got None"):
        OutlierClipper().partial_fit(X)


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasketches", None)
    with pytest.raises(ImportError, match=r"pip install 'ml-infra-preprocessing\[sketch\]'"):
        with_sketch().fit(X)
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    with pytest.raises(ImportError, match=r"pip install 'ml-infra-preprocessing\[sketch\]'"):
        with_sketch().partial_fit(pl.DataFrame({"a": [1.0, 2.0]}))


def test_a_sketch_takes_a_batch_whose_column_is_missing():
    gap = np.array([[1.0, np.nan], [2.0, np.nan]])
    clipper = with_sketch(nan_policy="omit")
    with pytest.raises(ValueError, match="Cannot fit only missing values: feature 1"):
        clipper.fit(gap)
    clipper.partial_fit(gap)
    with pytest.raises(ValueError, match="Cannot transform only missing values: feature 1"):
        clipper.transform(gap)
    clipper.partial_fit([[3.0, 5.0], [np.nan, 7.0]])
    assert ([1, 5], [3, 7]) == (clipper.lower_bounds_.tolist(), clipper.upper_bounds_.tolist())


def test_a_sketch_propagates_what_was_missing_over_merges_and_states():
    gap, full = np.array([[1.0, np.nan], [2.0, 4.0]]), np.array([[1.0, 2.0]])
    merged = with_sketch(nan_policy="propagate").fit(gap)
    merged = OutlierClipper.from_dict(merged.to_dict()).partial_fit(full)
    merged = with_sketch(nan_policy="propagate").fit(full).merge(merged)
    np.testing.assert_array_equal([[1, np.nan]], merged.transform(full))


def test_a_sketch_size_that_is_set_later_counts_from_the_next_fit_on():
    exact, sketched = OutlierClipper().fit(X), with_sketch().fit(X)
    exact.set_params(sketch_size=200)
    sketched.set_params(sketch_size=None)
    assert 0.0 == exact.rank_error_
    assert 0.0133 == pytest.approx(sketched.rank_error_, abs=1e-4)
    with pytest.raises(ValueError, match="must be set before the first fit, got a fit without"):
        exact.partial_fit(X)


def test_a_clip_has_no_way_back():
    assert not hasattr(OutlierClipper(), "inverse_transform")
    assert not hasattr(make_pipeline(OutlierClipper()), "inverse_transform")
    assert hasattr(make_pipeline(StandardScaler()), "inverse_transform")


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", ">i2"])
def test_a_clipper_bounds_integers_of_every_type(dtype):
    x = np.arange(100).astype(dtype)[:, None]
    assert x.dtype == OutlierClipper().fit_transform(x).dtype
    np.testing.assert_array_equal(clip_outliers(x), OutlierClipper().fit_transform(x))


def test_bounds_beyond_a_narrow_type_do_not_wrap_around():
    fitted = OutlierClipper().fit(np.arange(1000)[:, None])
    result = fitted.transform(np.array([[-5], [100], [127]], np.int8))
    assert ([49, 100, 127], np.int8) == (result.ravel().tolist(), result.dtype)
    above = OutlierClipper().fit(np.arange(1000, 2000)[:, None])
    assert [1049, 1049] == above.transform(np.array([[1], [2]], np.uint8)).ravel().tolist()


@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_a_warning_is_that_of_the_line_that_called(method):
    with pytest.warns(UserWarning, match="look like fractions") as caught:
        getattr(OutlierClipper(0.05, 0.95), method)(np.arange(8.0).reshape(4, 2))
    assert {__file__} == {each.filename for each in caught}
