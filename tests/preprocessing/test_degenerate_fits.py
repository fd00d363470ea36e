"""What a degenerate fit does to values that it has not seen."""

from __future__ import annotations

import math
from importlib.util import find_spec

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.preprocessing import MinMaxScaler, OutlierClipper, StandardScaler

TABLES = {
    "numpy": lambda values: np.array(values)[:, None],
    "numpy beside others": lambda values: np.column_stack([values, np.arange(len(values))]),
    "float32": lambda values: np.array(values, "f4")[:, None],
    "rows": lambda values: [[value] for value in values],
    "pandas": lambda values: pd.DataFrame({"a": values}),
    "polars": lambda values: pl.DataFrame({"a": values}),
    "polars lazy": lambda values: pl.LazyFrame({"a": values}),
    "pyarrow": lambda values: pa.table({"a": values}),
}
if find_spec("array_api_strict"):  # not for Python 3.8
    import array_api_strict

    TABLES["array-api-strict"] = lambda values: array_api_strict.asarray([[v] for v in values])
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
both = pytest.mark.parametrize("scaler", [MinMaxScaler, StandardScaler])


def first_of(result):
    """The first column of a table, as a list."""
    if isinstance(result, pl.LazyFrame):
        result = result.collect()
    if isinstance(result, (pl.DataFrame, pa.Table)):
        return result["a"].to_numpy().tolist()
    if hasattr(result, "__dlpack__") and not isinstance(result, np.ndarray):
        return np.from_dlpack(result)[:, 0].tolist()
    return np.asarray(result)[:, 0].tolist()


@each_table
@both
@pytest.mark.parametrize("constant", [5.0, 0.0, -0.0, -3.0])
def test_a_value_beside_a_constant_keeps_its_distance_and_its_sign(table, scaler, constant):
    fitted = scaler(on_constant="zero").fit(table([constant, constant, constant]))
    held_out = [constant, constant - 2, constant + 0.5]
    assert [0.0, -2.0, 0.5] == first_of(fitted.transform(table(held_out)))
    back = fitted.inverse_transform(table([0.0, -2.0, 0.5]))
    assert held_out == first_of(back)


@each_table
def test_a_constant_becomes_the_low_end_and_a_value_beside_it_keeps_the_scale(table):
    scaler = MinMaxScaler((-1, 3), on_constant="zero").fit(table([5.0, 5.0]))
    assert [-1, 3, -9] == first_of(scaler.transform(table([5.0, 6.0, 3.0])))
    clipped = MinMaxScaler((-1, 3), on_constant="zero", clip=True).fit(table([5.0, 5.0]))
    assert [-1, 3, -1] == first_of(clipped.transform(table([5.0, 9.0, 3.0])))


@both
@pytest.mark.parametrize("constant", [2**60 + 1, -(2**60) - 1])
@pytest.mark.parametrize(
    "table", [TABLES[name] for name in ("numpy", "pandas", "polars", "polars lazy")]
)
def test_an_integer_beside_a_long_constant_keeps_its_distance(table, scaler, constant):
    fitted = scaler(on_constant="zero").fit(table([constant] * 3))
    held_out = [constant, constant - 2, constant + 5]
    assert [0.0, -2.0, 5.0] == first_of(fitted.transform(table(held_out)))


@both
@pytest.mark.parametrize(("constant", "beside"), [(2**63 - 1, 2**63 - 3), (-(2**63), 2 - 2**63)])
@pytest.mark.parametrize("table", [TABLES[name] for name in ("numpy", "pandas", "polars")])
def test_so_does_one_beside_the_end_of_its_type(table, scaler, constant, beside):
    fitted = scaler(on_constant="zero").fit(table([constant] * 3))
    assert [0.0, beside - constant] == first_of(fitted.transform(table([constant, beside])))


@both
@pytest.mark.parametrize("constant", [1e-300, 1e300, -1e300])
def test_a_huge_and_a_tiny_constant_become_zero(scaler, constant):
    fitted = scaler(on_constant="zero").fit(np.full((4, 1), constant))
    held_out = np.array([[constant], [2 * constant], [-constant]])
    assert [0.0, constant, -2 * constant] == fitted.transform(held_out).ravel().tolist()


@each_table
@both
def test_a_fit_of_one_row_is_one_of_a_constant(table, scaler):
    with pytest.raises(ValueError, match=r"\(n_samples=1\); on_constant='zero'"):
        scaler().fit(table([7.0]))
    fitted = scaler(on_constant="zero").fit(table([7.0]))
    assert [-1.0, 0.0] == first_of(fitted.transform(table([6.0, 7.0])))


@each_table
def test_a_clipper_of_a_constant_clips_all_values_to_it(table):
    fitted = OutlierClipper().fit(table([5.0, 5.0, 5.0]))
    assert [5.0, 5.0, 5.0] == first_of(fitted.transform(table([4.0, 5.0, 6.0])))


@pytest.mark.parametrize("scaler", [MinMaxScaler, StandardScaler, OutlierClipper])
@pytest.mark.parametrize("table", [TABLES["numpy"], TABLES["pandas"], TABLES["polars"]])
def test_nothing_becomes_of_a_feature_that_had_a_gap_and_propagates_it(table, scaler):
    fitted = scaler(nan_policy="propagate").fit(table([1.0, math.nan, 3.0]))
    assert np.isnan(first_of(fitted.transform(table([1.0, 2.0])))).all()


@pytest.mark.parametrize("scaler", [MinMaxScaler, StandardScaler])
def test_the_attributes_of_a_constant_are_those_of_scikit_learn(scaler):
    from sklearn import preprocessing

    x = np.array([[5.0, 1.0], [5.0, 3.0]])
    mine = scaler(on_constant="zero", **({"ddof": 0} if scaler is StandardScaler else {})).fit(x)
    theirs = getattr(preprocessing, scaler.__name__)().fit(x)
    names = [name for name in dir(theirs) if name.endswith("_") and not name.startswith("_")]
    for name in names:
        values = getattr(theirs, name), getattr(mine, name)
        np.testing.assert_allclose(*values, rtol=1e-15, err_msg=name)


LEARNED = {
    MinMaxScaler: ["data_min_", "data_max_", "data_range_", "scale_", "min_", "n_samples_seen_"],
    StandardScaler: ["mean_", "var_", "scale_", "n_samples_seen_"],
    OutlierClipper: ["lower_bounds_", "upper_bounds_", "rank_error_"],
}
# None, unless a summary was fitted.
OF_SUMMARIES = {OutlierClipper: {"errors_"}}


@pytest.mark.parametrize(
    ("scaler", "name"), [(scaler, name) for scaler, names in LEARNED.items() for name in names]
)
def test_an_attribute_of_what_was_not_learned_says_so(scaler, name):
    from sklearn.exceptions import NotFittedError

    assert not hasattr(scaler(), name)
    with pytest.raises(NotFittedError, match="is not fitted yet: call fit first"):
        getattr(scaler(), name)
    assert hasattr(scaler().fit([[1], [2]]), name)


def test_these_are_all_attributes_that_are_computed():
    for scaler, names in LEARNED.items():
        computed = {
            name
            for kind in scaler.__mro__
            for name, value in vars(kind).items()
            if isinstance(value, property) and name.endswith("_")
        }
        assert computed == {*names, "feature_names_in_", *OF_SUMMARIES.get(scaler, ())}
