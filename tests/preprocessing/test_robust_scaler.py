"""A scaler by median and quartiles: what scikit-learn's does, and where it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.preprocessing
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import RobustScaler

RNG = np.random.default_rng(3)
X = RNG.normal(size=(51, 3)) * [1, 100, 1e-6] + [5, 1e6, 0]
OPTIONS = [
    {},
    {"with_centering": False},
    {"with_scaling": False},
    {"with_centering": False, "with_scaling": False},
    {"quantile_range": (10, 90.5)},
    {"quantile_range": (0, 100)},
    {"unit_variance": True},
    {"unit_variance": True, "quantile_range": (1, 50)},
]
KINDS = {
    "NumPy": np.array,
    "Fortran": np.asfortranarray,
    "pandas": lambda x: pd.DataFrame(x, columns=["a", "b", "c"]),
    "nullable": lambda x: pd.DataFrame(x, columns=["a", "b", "c"]).astype("Float64"),
    "Polars": lambda x: pl.DataFrame(x, ["a", "b", "c"]),
    "lazy Polars": lambda x: pl.LazyFrame(x, ["a", "b", "c"]),
    "PyArrow": lambda x: pa.table({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2]}),
}
each_kind = pytest.mark.parametrize("make", KINDS.values(), ids=list(KINDS))


def as_array(data):
    data = data.to_pandas() if isinstance(data, pa.Table) else data
    if isinstance(data, pd.DataFrame):
        return data.to_numpy(float, na_value=np.nan)
    return np.asarray(data.collect() if isinstance(data, pl.LazyFrame) else data, float)


@each_kind
@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_it_scales_as_scikit_learn_does(make, options):
    ours, theirs = RobustScaler(**options), sklearn.preprocessing.RobustScaler(**options)
    result = as_array(ours.fit_transform(make(X)))
    np.testing.assert_allclose(theirs.fit_transform(X), result, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(X, as_array(ours.inverse_transform(make(result))), rtol=1e-9)
    for name in ("center_", "scale_"):
        expected, found = getattr(theirs, name), getattr(ours, name)
        assert (expected is None) == (found is None)
        if expected is not None:
            np.testing.assert_allclose(expected, found, rtol=1e-12)


@each_kind
def test_missing_values_are_left_out_as_scikit_learn_leaves_them_out(make):
    x = X.copy()
    x[[3, 7], 1] = np.nan
    expected = sklearn.preprocessing.RobustScaler().fit_transform(x)
    scaler = RobustScaler(nan_policy="omit")
    np.testing.assert_allclose(expected, as_array(scaler.fit_transform(make(x))), rtol=1e-9)
    with pytest.raises(ValueError, match="data must have no missing values, got 2"):
        RobustScaler().fit(make(x))
    spread = as_array(RobustScaler(nan_policy="propagate").fit(make(x)).transform(make(X)))
    assert [False, True, False] == np.isnan(spread).all(axis=0).tolist()


def test_many_values_have_the_quartiles_of_numpy():
    x = RNG.normal(size=(200_000, 1))
    fitted = RobustScaler(quantile_range=(5, 60)).fit(x)
    assert np.median(x) == fitted.center_[0]
    np.testing.assert_allclose(np.diff(np.percentile(x, (5, 60))), fitted.scale_, rtol=1e-14)


@given(
    st.lists(st.lists(st.floats(-1.7e308, 1.7e308), min_size=2, max_size=2), min_size=3, max_size=9)
)
def test_any_feature_has_its_middle_at_0_and_its_quartiles_1_apart(rows):
    scaler = RobustScaler(on_constant="zero").fit(np.array(rows))
    low, high = (
        np.array([[getattr(each, end) for each in scaler._columns]]) for end in ("low", "high")
    )
    np.testing.assert_array_equal(0, scaler.transform(scaler.center_[None, :]))
    width = scaler.transform(high) - scaler.transform(low)
    np.testing.assert_allclose(np.where(low == high, 0, 1), width, rtol=1e-9)


def test_a_value_beside_equal_quantiles_keeps_its_distance():
    x = np.array([[0.0], [0.0], [0.0], [0.0], [7.0]])
    message = r"^The quantiles are identical, cannot scale: feature 0; on_constant='zero' shifts"
    with pytest.raises(ValueError, match=message):
        RobustScaler().fit(x)
    np.testing.assert_array_equal(x, RobustScaler(on_constant="zero").fit_transform(x))
    np.testing.assert_array_equal(x, RobustScaler(with_scaling=False).fit_transform(x))


@pytest.mark.parametrize("make", [KINDS["NumPy"], KINDS["Polars"], KINDS["lazy Polars"]])
def test_an_infinity_is_refused_though_the_quartiles_are_finite(make):
    x = X.copy()
    x[4, 2] = np.inf
    for scaler in (RobustScaler(), RobustScaler(sketch_size=200)):
        with pytest.raises(ValueError, match="data must have no infinite values, got 1"):
            scaler.fit(make(x))


def test_parts_are_fitted_and_merged_with_a_sketch():
    x = RNG.permutation(20_000).astype(float)[:, None]
    parts = [RobustScaler(sketch_size=400).fit(part) for part in np.array_split(x, 4)]
    streamed = RobustScaler(sketch_size=400)
    for part in np.array_split(x, 4):
        streamed.partial_fit(part)
    for scaler in (sum(parts), streamed):
        assert abs(scaler.center_[0] - 10_000) <= 2 * scaler.rank_error_ * 20_000
        assert abs(scaler.scale_[0] - 10_000) <= 4 * scaler.rank_error_ * 20_000


def test_exact_quantiles_do_not_merge_and_say_what_does():
    fitted = RobustScaler().fit(X)
    assert not hasattr(fitted, "partial_fit")
    with pytest.raises(ValueError, match="sketch_size must be an integer to merge, got None; 200"):
        fitted + fitted


@pytest.mark.parametrize("name", ["with_centering", "with_scaling", "unit_variance"])
def test_a_flag_is_true_or_false(name):
    with pytest.raises(ValueError, match=f"^{name} must be True or False, got 'yes'"):
        RobustScaler(**{name: "yes"}).fit(X)


@pytest.mark.parametrize("wrong", [(75, 25), (25, 25), (-1, 50), (25, 101), (25,), "ab", None, 3])
def test_a_range_is_two_percentages_in_order(wrong):
    message = "^quantile_range must be two numbers in order, from 0 to 100, got "
    with pytest.raises(ValueError, match=message):
        RobustScaler(quantile_range=wrong).fit(X)


def test_the_ends_have_no_place_in_a_normal_distribution():
    with pytest.raises(ValueError, match="in order, between 0 and 100 for unit_variance, got"):
        RobustScaler(quantile_range=(0, 50), unit_variance=True).fit(X)


def test_a_range_that_looks_like_fractions_warns_and_names_the_unit():
    message = r"^quantile_range=\(0.25, 0.75\) looks like fractions; it is in percent: pass \(25,"
    with pytest.warns(UserWarning, match=message) as caught:
        RobustScaler(quantile_range=(0.25, 0.75)).fit(X)
    assert __file__ == caught[0].filename


def test_one_that_was_read_from_a_document_scales_a_lazy_frame():
    frame = pl.DataFrame(X, schema=["a", "b", "c"])
    scaler = RobustScaler().fit(frame)
    result = RobustScaler.from_json(scaler.to_json()).transform(frame.lazy()).collect()
    np.testing.assert_allclose(scaler.transform(frame).to_numpy(), result.to_numpy())
