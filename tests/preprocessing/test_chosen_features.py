"""Scalers of some columns of a frame, and features whose names are no texts."""

from __future__ import annotations

import datetime
import json
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    summarize,
)

SCALERS = [MinMaxScaler, RobustScaler, StandardScaler, OutlierClipper]
each_scaler = pytest.mark.parametrize("scaler", SCALERS)
TABLE = {
    "id": ["x", "y", "z"],
    "a": [1.0, 2.0, 4.0],
    "key": [7, 8, 9],
    "b": [10.0, 40.0, 20.0],
}
FRAMES = {
    "pandas": pd.DataFrame,
    "Polars": pl.DataFrame,
    "PyArrow": pa.table,
    "lazy Polars": pl.LazyFrame,
}
each_frame = pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)


def listed(frame):
    """Return a frame of any library as a dict of lists."""
    frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    if isinstance(frame, pd.DataFrame):
        return frame.to_dict("list")
    return frame.to_pydict() if isinstance(frame, pa.Table) else frame.to_dict(as_series=False)


@each_frame
@each_scaler
def test_the_columns_that_are_not_chosen_pass_through(make, scaler):
    expected = scaler().fit(pd.DataFrame({"b": TABLE["b"], "a": TABLE["a"]}))
    expected = expected.transform(pd.DataFrame({"b": TABLE["b"], "a": TABLE["a"]}))
    result = listed(scaler(columns=["b", "a"]).fit_transform(make(TABLE)))
    assert ["id", "a", "key", "b"] == list(result)
    assert (TABLE["id"], TABLE["key"]) == (result["id"], result["key"])
    for name in ("a", "b"):
        np.testing.assert_allclose(expected[name], result[name], rtol=1e-14)


@each_frame
@each_scaler
def test_chosen_columns_are_found_by_name_and_come_back(make, scaler):
    fitted = scaler(columns=["a", "b"]).fit(make(TABLE))
    moved = {"b": TABLE["b"], "more": TABLE["id"], "a": TABLE["a"]}
    result = listed(fitted.transform(make(moved)))
    expected = listed(fitted.transform(make(TABLE)))
    assert ["b", "more", "a"] == list(result)
    assert (expected["a"], expected["b"]) == (result["a"], result["b"])
    if scaler is not OutlierClipper:
        np.testing.assert_allclose(TABLE["b"], listed(fitted.inverse_transform(make(result)))["b"])


@each_scaler
def test_what_was_chosen_is_kept_by_documents_copies_and_pickles(scaler):
    fitted = scaler(columns="b").fit(pd.DataFrame(TABLE))
    for same in (type(fitted).from_json(fitted.to_json()), pickle.loads(pickle.dumps(fitted))):
        expected = fitted.transform(pd.DataFrame(TABLE))
        pd.testing.assert_frame_equal(expected, same.transform(pd.DataFrame(TABLE)))
        assert {"id": 1, "b": 10.0}.keys() == same.transform({"id": 1, "b": 10.0}).keys()
    assert "b" == clone(fitted).columns
    assert ["b"] == list(fitted.get_feature_names_out())
    assert list(TABLE) == list(fitted.get_feature_names_out(list(TABLE)))


def test_batches_and_merges_have_the_same_columns():
    parts = [pd.DataFrame(TABLE), pd.DataFrame(TABLE).iloc[::-1, ::-1]]
    streamed = MinMaxScaler(columns=["a", "b"])
    for part in parts:
        streamed.partial_fit(part)
    merged = sum(MinMaxScaler(columns=["a", "b"]).fit(part) for part in parts)
    assert merged.to_dict() == streamed.to_dict()
    with pytest.raises(ValueError, match=r"^columns must be the same in a merge"):
        merged.merge(MinMaxScaler(columns=["a"]).fit(parts[0]))


def test_a_column_that_is_named_twice_is_an_error():
    with pytest.raises(ValueError, match="columns must name each column once, got 'a' twice"):
        MinMaxScaler(columns=["a", "a"]).fit(pd.DataFrame(TABLE))


@pytest.mark.parametrize(
    ("columns", "data", "error", "message"),
    [
        ("c", pd.DataFrame(TABLE), ValueError, "columns must be among 'id', 'a', 'key', 'b', got"),
        ("id", pd.DataFrame(TABLE), TypeError, "columns must be numeric, got 'id' of type"),
        (["a", "id"], pl.LazyFrame(TABLE), TypeError, "columns must be numeric, got 'id' of type"),
        ([], pl.DataFrame(TABLE), ValueError, "columns must name at least one column"),
        (3, pl.DataFrame(TABLE), TypeError, "columns must be a name or a list of names, got 3"),
        ("a", np.eye(3), TypeError, "columns must be None unless data is a frame, got 'a'"),
        (
            "a",
            pl.DataFrame({"a": [[1], [2]]}),
            TypeError,
            "columns must be numeric, got 'a' of type List",
        ),
        ("a", pl.LazyFrame({"a": [{"b": 1}]}), TypeError, "columns must be numeric, got 'a' of ty"),
        (
            None,
            pd.DataFrame([[1, 2]], columns=["a", "a"]),
            ValueError,
            "data must name each column once, got 'a' twice",
        ),
    ],
)
def test_columns_that_cannot_be_scaled_are_refused_and_nothing_is_learned(
    columns, data, error, message
):
    scaler = MinMaxScaler(columns=columns)
    with pytest.raises(error, match=f"^{message}"):
        scaler.fit(data)
    assert not scaler.__sklearn_is_fitted__()


def test_a_chosen_column_that_a_transform_lacks_is_named():
    fitted = StandardScaler(columns=["a", "b"]).fit(pd.DataFrame(TABLE))
    with pytest.raises(ValueError, match=r"^columns must be among 'a', 'id', got 'b'"):
        fitted.transform(pd.DataFrame({"a": [1.0], "id": [2]}))


NAMES = [
    [2020, 2021],
    [("a", 1), ("a", 2)],
    ["1", 1],
    [0.5, 1.5],
    [True, "a"],
]


@each_scaler
@pytest.mark.parametrize("names", NAMES, ids=repr)
def test_names_of_any_type_are_kept(scaler, names):
    data = pd.DataFrame([[1.0, 10.0], [2.0, 30.0]], columns=pd.Index(names, tupleize_cols=False))
    fitted = scaler().fit(data)
    same = scaler.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert names == list(same.feature_names_in_) == list(fitted.feature_names_in_)
    expected = fitted.transform(data)
    pd.testing.assert_frame_equal(expected, same.transform(data))
    assert expected.iloc[0].tolist() == list(same.transform(dict(zip(names, (1.0, 10.0)))).values())
    for wrong in (data.iloc[:, ::-1], data.set_axis([2021, 2022], axis=1)):
        with pytest.raises(ValueError, match="The feature names should match"):
            same.transform(wrong)
    with pytest.raises(ValueError, match=r"^features must be the same in a merge"):
        scaler(**same.get_params()).fit(data.set_axis([2021, 2022], axis=1)).merge(same)


def test_the_levels_of_a_pivot_table_are_names():
    columns = pd.MultiIndex.from_product([["a"], ["low", "high"]])
    data = pd.DataFrame([[1.0, 10.0], [2.0, 30.0]], columns=columns)
    scaled = MinMaxScaler(columns=[("a", "high")]).fit_transform(data)
    assert [[1, 0], [2, 1]] == scaled.to_numpy().tolist()
    assert columns.equals(scaled.columns)


@each_scaler
def test_columns_that_nobody_named_have_an_order(scaler):
    data = pd.DataFrame([[1.0, 10.0], [2.0, 30.0]])
    fitted = scaler().fit(data)
    assert not hasattr(fitted, "feature_names_in_")
    with pytest.raises(ValueError, match="must be in the same order"):
        fitted.transform(data[[1, 0]])


def test_names_that_json_does_not_have_are_refused_when_a_document_is_written():
    day = datetime.date(2020, 1, 1)
    data = pd.DataFrame({day: [1.0, 2.0]})
    fitted = StandardScaler().fit(data)
    assert fitted.summary_ == summarize(data)
    for state in (fitted, summarize(data)):
        with pytest.raises(ValueError, match=r"^names of columns must be texts, .*; rename the co"):
            state.to_dict()
