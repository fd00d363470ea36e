"""Fitted scalers: scikit-learn's protocol, merging, and state as plain JSON."""

from __future__ import annotations

import json
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.preprocessing
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
    clip_outliers,
    normalize,
    standardize,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) * [1, 10, 100] + [0, 5, 1000]
NAMES = ["a", "b", "c"]
SCALERS = [MinMaxScaler, StandardScaler, OutlierClipper]
GOLDEN = Path(__file__).parent / "golden"
each_scaler = pytest.mark.parametrize("scaler", SCALERS)


def with_sketch(**params):
    return OutlierClipper(sketch_size=200, **params)


@pytest.mark.parametrize(
    ("ours", "theirs", "attributes"),
    [
        (
            MinMaxScaler((-2, 3)),
            sklearn.preprocessing.MinMaxScaler((-2, 3)),
            "data_min_ data_max_ data_range_ scale_ min_ n_samples_seen_ n_features_in_",
        ),
        (
            StandardScaler(ddof=0),
            sklearn.preprocessing.StandardScaler(),
            "mean_ var_ scale_ n_samples_seen_ n_features_in_",
        ),
    ],
)
def test_attributes_and_results_are_those_of_scikit_learn(ours, theirs, attributes):
    ours.fit(X)
    theirs.fit(X)
    for name in attributes.split():
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), err_msg=name)
    held_out = X[:5] * 2
    np.testing.assert_allclose(theirs.transform(held_out), ours.transform(held_out))
    np.testing.assert_allclose(held_out, ours.inverse_transform(theirs.transform(held_out)))


@pytest.mark.parametrize(
    ("scaler", "function"),
    [(MinMaxScaler, normalize), (StandardScaler, standardize), (OutlierClipper, clip_outliers)],
)
def test_a_fit_transforms_its_own_data_as_the_function_does(frame, columns_of, scaler, function):
    np.testing.assert_allclose(function(X), scaler().fit_transform(X), rtol=1e-12)
    data = frame(dict(zip(NAMES, X.T.tolist())))
    result = columns_of(scaler().fit(data).transform(data))
    for name, values in columns_of(function(data)).items():
        assert values == pytest.approx(result[name])


def test_held_out_values_are_clipped_on_request():
    train, test = np.array([[0.0], [10.0]]), np.array([[-5.0], [5.0], [20.0]])
    assert [-0.5, 0.5, 2.0] == MinMaxScaler().fit(train).transform(test).ravel().tolist()
    clipped = MinMaxScaler((1, 3), clip=True).fit(train).transform(test)
    assert [1, 2, 3] == clipped.ravel().tolist()


@pytest.mark.parametrize("make", [MinMaxScaler, StandardScaler, with_sketch])
def test_parts_streamed_or_merged_are_one_fit(make):
    whole = make().fit(X)
    streamed = make()
    for part in np.array_split(X, 7):
        streamed.partial_fit(part)
    parts = [make().fit(part) for part in np.array_split(X, 4)]
    merged = parts[0].merge(parts[1]).merge(parts[2].merge(parts[3]))
    for each in (streamed, merged):
        np.testing.assert_allclose(whole.transform(X), each.transform(X), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(make().fit(parts_of(X, 4)[0]).transform(X), parts[0].transform(X))


def parts_of(x, n):
    return np.array_split(x, n)


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=30, unique=True), st.integers(2, 10))
def test_merging_is_associative_to_the_last_digits(values, cut):
    x = np.array(values)[:, None]
    a, b, c = (StandardScaler(on_constant="zero").fit(p) for p in np.array_split(x, 3))
    left, right = a.merge(b).merge(c), a.merge(b.merge(c))
    np.testing.assert_allclose(left.mean_, right.mean_, rtol=1e-13, atol=1e-9 * cut / cut)
    np.testing.assert_allclose(left.scale_, right.scale_, rtol=1e-12)


def test_two_batches_of_huge_values_have_a_finite_mean():
    scaler = StandardScaler().partial_fit([[1e308], [1.2e308]]).partial_fit([[1e308], [-1.2e308]])
    assert [5e307] == pytest.approx(scaler.mean_.tolist())
    assert np.isfinite(scaler.transform([[1e308]])).all()
    assert [math.inf] == MinMaxScaler().fit([[1.7e308], [-1.7e308]]).data_range_.tolist()


@pytest.mark.parametrize(
    "made",
    [list, np.array, partial(pl.DataFrame, orient="row"), pd.DataFrame],
    ids=["list", "NumPy", "Polars", "pandas"],
)
def test_a_batch_whose_deviation_no_float_holds_is_read_back_and_followed_by_others(made):
    scaler = StandardScaler().partial_fit(made([[1.7e308, 1.0], [-1.7e308, 2.0]]))
    with pytest.raises(ValueError, match="deviation must be at most the largest float"):
        scaler.transform(made([[0.0, 1.5]]))
    scaler = StandardScaler.from_json(scaler.to_json()).partial_fit(made([[0.0, 1.5]] * 5))
    assert [1.7e308 / 3**0.5] == pytest.approx(scaler.scale_[:1].tolist())
    by_count = StandardScaler(ddof=0).fit(made([[1.7e308, 1.0], [-1.7e308, 2.0]]))
    assert [1.7e308] == pytest.approx(by_count.scale_[:1].tolist())
    huge = np.asarray(by_count.transform(made([[1.7e308, 1.0], [-1.7e308, 2.0]])))[:, 0]
    assert [1.0, -1.0] == pytest.approx(huge.tolist())


def test_batches_of_float32_accumulate_in_float64():
    batch = np.full((1000, 1), 16777216.0, np.float32)
    batch[0] = 16777218.0
    scaler = StandardScaler()
    for _ in range(50):
        scaler.partial_fit(batch)
    assert 16777216.002 == pytest.approx(scaler.mean_[0], rel=1e-12)


@each_scaler
def test_missing_values_follow_the_policy(scaler):
    gaps = X.copy()
    gaps[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"no missing values, got 1 at index \(3, 1\)"):
        scaler().fit(gaps)
    with pytest.raises(ValueError, match=r"no missing values, got 1 at index \(3, 1\)"):
        scaler().fit(X).transform(gaps)
    omitted = scaler(nan_policy="omit").fit(gaps).transform(gaps)
    assert [(3, 1)] == list(zip(*np.nonzero(np.isnan(omitted))))
    propagated = scaler(nan_policy="propagate").fit(gaps).transform(X)
    assert np.isnan(propagated[:, 1]).all()
    assert not np.isnan(propagated[:, [0, 2]]).any()


def test_an_all_missing_column_is_refused_unless_more_comes():
    x = np.array([[1.0, np.nan], [2.0, np.nan]])
    with pytest.raises(ValueError, match="only missing values: feature 1"):
        StandardScaler(nan_policy="omit").fit(x)
    scaler = StandardScaler(nan_policy="omit").partial_fit(x)
    with pytest.raises(ValueError, match="only missing values: feature 1"):
        scaler.transform(x)
    scaler.partial_fit([[np.nan, 5.0], [np.nan, 6.0], [3.0, 7.0]])
    assert [3, 3] == [column.count for column in scaler.summary_]
    assert 3 == scaler.n_samples_seen_
    assert 6.0 == scaler.mean_[1]


@pytest.mark.parametrize("scaler", [MinMaxScaler, StandardScaler])
def test_constant_features_follow_the_policy(scaler):
    x = np.column_stack([X[:, 0], np.full(60, 0.1)])
    with pytest.raises(ValueError, match="feature 1; on_constant='zero'"):
        scaler().fit(x)
    fitted = scaler(on_constant="zero").fit(x)
    assert {0.0} == set(fitted.transform(x)[:, 1])
    assert 1.0 == fitted.scale_[1]
    np.testing.assert_allclose(x, fitted.inverse_transform(fitted.transform(x)))


@each_scaler
@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([1.0, 2.0], ValueError, "Expected 2D array, got 1D array instead"),
        (pd.Series([1.0, 2.0]), ValueError, "got 1D array instead"),
        (iter([[1.0], [2.0]]), TypeError, r"X must be an array, .* got .*; write list\(X\)"),
        (np.zeros((0, 3)), ValueError, r"0 sample\(s\)"),
        (np.zeros((3, 0)), ValueError, r"0 feature\(s\)"),
        (np.array([[1j]]), ValueError, "Complex data not supported"),
        (np.array([[object()]]), TypeError, "dtype object"),
        ([["a"], ["b"]], TypeError, "must hold real numbers"),
        (
            pd.DataFrame({"a": [1.0, 2.0], "s": ["x", "y"]}),
            TypeError,
            "must be numeric, got others, 's'",
        ),
        (pl.DataFrame({"a": [1.0]})[:0], ValueError, r"0 sample\(s\)"),
    ],
)
def test_what_is_no_table_of_numbers_is_refused(scaler, data, error, message):
    with pytest.raises(error, match=message):
        scaler().fit(data)


@each_scaler
def test_ragged_rows_are_refused(scaler):
    message = "rows of X must have one length, got |Expected 2D array"  # the latter of old NumPy
    with pytest.raises(ValueError, match=message):
        scaler().fit([[1.0, 2.0], [3.0]])


@each_scaler
def test_features_must_be_those_of_the_fit(scaler):
    data = pd.DataFrame(X, columns=NAMES)
    fitted = scaler().fit(data)
    assert NAMES == list(fitted.feature_names_in_) == list(fitted.get_feature_names_out())
    with pytest.raises(ValueError, match=r"unseen at fit time:\n- d\n.*now missing:\n- c\n"):
        fitted.transform(data.rename(columns={"c": "d"}))
    with pytest.raises(ValueError, match="same order"):
        fitted.transform(data[["b", "a", "c"]])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        fitted.transform(X)
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3"):
        scaler().fit(X).transform(X[:, :2])
    with pytest.warns(UserWarning, match="X has feature names, but"):
        scaler().fit(X).transform(data)
    assert not hasattr(fitted.fit(X), "feature_names_in_")


@each_scaler
def test_an_unfitted_one_says_so(scaler):
    for use in (
        lambda s: s.transform(X),
        lambda s: s.transform({"a": 1}),
        lambda s: s.to_dict(),
        lambda s: s.merge(scaler().fit(X)),
    ):
        with pytest.raises(ValueError, match="is not fitted yet: call fit first"):
            use(scaler())


@pytest.mark.parametrize(
    ("scaler", "message"),
    [
        (MinMaxScaler(nan_policy="drop"), "nan_policy must be one of .*, got 'drop'"),
        (MinMaxScaler(on_constant="zeros"), "got 'zeros'; did you mean 'zero'"),
        (MinMaxScaler((1, 0)), r"two finite numbers in order, got \(1, 0\) \(tuple\)"),
        (MinMaxScaler(3), "feature_range must be two finite numbers"),
        (
            StandardScaler(ddof=60),
            "must be less than the number of values, got 60: features 0, 1, 2",
        ),
        (StandardScaler(ddof="1"), "ddof must be a finite number, got '1'"),
        (OutlierClipper(95, 5), "lower_percentile=95 and upper_percentile=5"),
        (OutlierClipper(method="nearest"), "did you mean 'nearest_rank'"),
        (OutlierClipper(sketch_size=3), "sketch_size must be an integer from 8 to 65535, got 3"),
        (
            with_sketch(method="linear"),
            "method must be 'nearest_rank' where there is a sketch, got 'linear'",
        ),
    ],
)
def test_wrong_parameters_are_named_by_the_fit(scaler, message):
    with pytest.raises(ValueError, match=message):
        scaler.fit(X)


@each_scaler
def test_it_works_in_pipelines_searches_and_column_transformers(scaler):
    data, target = pd.DataFrame(X, columns=NAMES), X[:, 0] > 0
    pipeline = make_pipeline(scaler(), LogisticRegression())
    grid = {f"{scaler.__name__.lower()}__nan_policy": ["raise", "omit"]}
    assert GridSearchCV(pipeline, grid, cv=2).fit(data, target).best_score_ > 0.7
    columns = ColumnTransformer([("scaled", scaler(), ["a", "b"])], remainder="passthrough")
    expected = np.column_stack([scaler().fit_transform(X[:, :2]), X[:, 2]])
    np.testing.assert_allclose(expected, columns.fit_transform(data))
    as_frame = columns.set_output(transform="pandas").fit_transform(data)
    assert ["scaled__a", "scaled__b", "remainder__c"] == list(as_frame.columns)
    assert repr(clone(scaler(nan_policy="omit"))) == f"{scaler.__name__}(nan_policy='omit')"
    with pytest.raises(ValueError, match="Invalid parameter 'scale' for estimator"):
        scaler().set_params(scale=1)


@each_scaler
def test_the_output_is_what_was_set(scaler):
    index = range(5, 65)
    data = pd.DataFrame(X, columns=NAMES, index=index)
    fitted = scaler().fit(X)
    as_pandas = fitted.set_output(transform="pandas").transform(X)
    assert ["x0", "x1", "x2"] == list(as_pandas.columns)
    assert fitted.set_output() is fitted
    assert list(index) == list(scaler().set_output(transform="pandas").fit_transform(data).index)
    assert isinstance(fitted.set_output(transform="polars").transform(X), pl.DataFrame)
    polars = pl.DataFrame(dict(zip(NAMES, X.T)))
    lazy = scaler().fit(polars).set_output(transform="pandas").transform(polars.lazy())
    assert isinstance(lazy, pd.DataFrame)
    with config_context(transform_output="pandas"):
        assert isinstance(scaler().fit_transform(X), pd.DataFrame)
    with pytest.raises(ValueError, match="transform must be one of"):
        fitted.set_output(transform="numpy")


@each_scaler
def test_feature_names_out_are_checked(scaler):
    fitted = scaler().fit(X)
    assert NAMES == list(fitted.get_feature_names_out(NAMES))
    with pytest.raises(ValueError, match="length equal to number of features"):
        fitted.get_feature_names_out(["a"])
    named = scaler().fit(pd.DataFrame(X, columns=NAMES))
    with pytest.raises(ValueError, match="not equal to feature_names_in_"):
        named.get_feature_names_out(["a", "b", "d"])


@pytest.mark.parametrize("make", [*SCALERS, with_sketch])
@pytest.mark.parametrize("data", [X, pd.DataFrame(X, columns=NAMES)], ids=["array", "frame"])
def test_state_becomes_json_and_back(make, data):
    fitted = make().fit(data)
    state = json.loads(json.dumps(fitted.to_dict(), allow_nan=False))
    for again in (type(fitted).from_dict(state), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(fitted.transform(data), again.transform(data))
        assert fitted.to_dict() == again.to_dict()


@pytest.mark.parametrize(
    ("one", "other", "error", "message"),
    [
        (
            MinMaxScaler(),
            StandardScaler(),
            TypeError,
            "other must be a MinMaxScaler, got StandardScaler",
        ),
        (MinMaxScaler(), MinMaxScaler((0, 2)), ValueError, "feature_range must be the same in a"),
        (
            OutlierClipper(),
            OutlierClipper(),
            ValueError,
            "an integer to merge, got None",
        ),
    ],
)
def test_what_does_not_belong_together_does_not_merge(one, other, error, message):
    with pytest.raises(error, match=message):
        one.fit(X).merge(other.fit(X))


def test_states_of_different_features_do_not_merge():
    a, b = (
        StandardScaler().fit(pd.DataFrame(X[:, :2], columns=c)) for c in (["a", "b"], ["a", "c"])
    )
    with pytest.raises(ValueError, match="only the first has 'b' and only the second has 'c'"):
        a.merge(b)
    with pytest.raises(ValueError, match="features must be the same in a merge, got 3 and 2"):
        StandardScaler().fit(X).merge(StandardScaler().fit(X[:, :2]))


@pytest.mark.usefixtures("numpy_or_not")
def test_polars_needs_no_numpy():
    data = pl.DataFrame({"a": [1.0, 2.0, 4.0]})
    assert [1.0] == list(MinMaxScaler().fit(data).data_min_)
    assert [0, 1 / 3, 1] == pytest.approx(MinMaxScaler().fit_transform(data)["a"].to_list())
    assert ["a"] == list(MinMaxScaler().fit(data).get_feature_names_out())


@pytest.mark.parametrize("scaler", [MinMaxScaler, StandardScaler])
def test_the_way_back_checks_names_too_but_wants_none(scaler):
    data = pd.DataFrame(X, columns=NAMES)
    fitted = scaler().fit(data)
    scaled = fitted.transform(data)
    with pytest.raises(ValueError, match="same order"):
        fitted.inverse_transform(scaled[["b", "a", "c"]])
    np.testing.assert_allclose(X, fitted.inverse_transform(scaled.to_numpy()))


@each_scaler
@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_rows_become_the_frame_that_was_set(scaler, kind):
    result = scaler().set_output(transform=kind).fit_transform([[1, 2], [3, 5]])
    assert (["x0", "x1"], (2, 2)) == (list(result.columns), result.shape)


@pytest.mark.parametrize(
    "ends", [np.array([0, 2]), [0, 2], (Decimal(0), Decimal(2)), (np.float32(0), Fraction(2))]
)
def test_a_feature_range_may_be_any_two_numbers(ends):
    assert [0.0, 0.5, 2.0] == normalize([1, 2, 5], feature_range=ends)
    assert [0.0, 0.5, 2.0] == normalize(np.array([1, 2, 5]), feature_range=ends).tolist()
    scaler = MinMaxScaler(feature_range=ends).fit(np.array([[1], [5]]))
    assert [[0.5]] == scaler.transform(np.array([[2]])).tolist()


@pytest.mark.parametrize(
    "ends", [{0, 1}, {0: 1, 1: 2}, "01", (0, 10**400), (0, 1, 2), (0, math.inf)]
)
def test_a_feature_range_without_order_or_end_is_refused(ends):
    with pytest.raises(ValueError, match="feature_range must be two finite numbers in order"):
        normalize([1, 2, 5], feature_range=ends)


def test_rows_may_hold_none():
    scaler = MinMaxScaler(nan_policy="omit").fit([[1, 2], [3, None], [2, 4]])
    assert [[1, 2], [3, 4]] == [scaler.data_min_.tolist(), scaler.data_max_.tolist()]
