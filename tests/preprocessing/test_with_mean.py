"""A standard scaler that only centers or only scales, empty partitions, and predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.preprocessing
from sklearn import config_context
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression

from ml_infra_utils.preprocessing import MinMaxScaler, OutlierClipper, RobustScaler, StandardScaler

X = np.random.default_rng(0).normal(size=(50, 2)) * [1, 100] + [5, 1e6]
FLAGS = [(True, True), (True, False), (False, True), (False, False)]
each_flag = pytest.mark.parametrize(("with_mean", "with_std"), FLAGS)
KINDS = [
    np.array,
    lambda x: pd.DataFrame(x, columns=["a", "b"]),
    lambda x: pl.LazyFrame(x, ["a", "b"]),
]
each_scaler = pytest.mark.parametrize(
    "scaler", [MinMaxScaler, RobustScaler, StandardScaler, OutlierClipper]
)


def as_array(data):
    return np.asarray(data.collect() if isinstance(data, pl.LazyFrame) else data)


@each_flag
@pytest.mark.parametrize("make", KINDS, ids=["NumPy", "pandas", "lazy Polars"])
def test_it_centers_and_scales_as_scikit_learn_does(make, with_mean, with_std):
    ours = StandardScaler(ddof=0, with_mean=with_mean, with_std=with_std).fit(make(X))
    theirs = sklearn.preprocessing.StandardScaler(with_mean=with_mean, with_std=with_std).fit(X)
    result = as_array(ours.transform(make(X)))
    np.testing.assert_allclose(theirs.transform(X), result, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(X, as_array(ours.inverse_transform(make(result))), rtol=1e-9)
    for name in ("mean_", "scale_", "var_"):
        expected = getattr(theirs, name)
        if expected is None:
            assert getattr(ours, name) is None
        else:
            np.testing.assert_allclose(expected, getattr(ours, name), rtol=1e-9)


@each_flag
def test_a_document_and_a_dict_keep_it(with_mean, with_std):
    data = pd.DataFrame(X, columns=["a", "b"])
    fitted = StandardScaler(with_mean=with_mean, with_std=with_std).fit(data)
    read = StandardScaler.from_json(fitted.to_json())
    expected = fitted.transform(data).iloc[0].to_dict()
    assert expected == read.transform(data.iloc[0].to_dict())
    changed = read.set_params(with_mean=not with_mean).transform(data.iloc[0].to_dict())
    assert expected != changed


def test_without_a_deviation_a_constant_is_no_error():
    assert [[0], [0]] == StandardScaler(with_std=False).fit_transform(np.array([[3], [3]])).tolist()


def test_whole_numbers_past_floats_are_centered_exactly():
    data = np.array([[2**60 + 1], [2**60 + 3]])
    assert [[-1], [1]] == StandardScaler(with_std=False).fit_transform(data).tolist()


@pytest.mark.parametrize("name", ["with_mean", "with_std"])
def test_a_flag_is_true_or_false(name):
    with pytest.raises((TypeError, ValueError), match=f"^{name} must be "):
        StandardScaler(**{name: "yes"}).fit(X)


@each_scaler
@pytest.mark.parametrize(
    "make",
    [
        np.array,
        lambda x: pd.DataFrame(x, columns=["a", "b"]),
        lambda x: pd.DataFrame(x, columns=["a", "b"]).astype({"a": "Int64", "b": "float32"}),
        lambda x: pl.DataFrame(x, ["a", "b"]),
        lambda x: pa.table({"a": x[:, 0], "b": x[:, 1]}),
    ],
    ids=["NumPy", "pandas", "nullable pandas", "Polars", "PyArrow"],
)
def test_an_empty_partition_transforms_to_an_empty_one(scaler, make):
    data = make(np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]]))
    fitted = scaler().fit(data)
    result, expected = fitted.transform(data[:0]), fitted.transform(data)[:0]
    assert (type(expected), (0, 2)) == (type(result), result.shape)
    for types in ("dtypes", "schema", "dtype"):
        assert str(getattr(expected, types, "")) == str(getattr(result, types, ""))
    with pytest.raises(ValueError, match=r"^Found array with 0 sample\(s\)"):
        scaler().fit(data[:0])


@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_predictions_go_back_as_an_array(output):
    scaler = StandardScaler().set_output(transform=output).fit(pd.DataFrame({"y": X[:, 0]}))
    back = scaler.inverse_transform(np.zeros((3, 1)))
    assert isinstance(back, np.ndarray)
    np.testing.assert_allclose(X[:, 0].mean(), back)


def test_the_residuals_of_a_scaled_target_have_the_index_of_the_data():
    data = pd.DataFrame({"x": X[:, 0]}, index=range(100, 150))
    target = 3 * data["x"] + 1
    with config_context(transform_output="pandas"):
        model = TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler())
        residuals = target - model.fit(data, target).predict(data)
    np.testing.assert_allclose(0, residuals, atol=1e-9)
