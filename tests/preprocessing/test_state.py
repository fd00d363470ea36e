"""States come from anywhere: what is read is checked to the last entry."""

from __future__ import annotations

import copy
import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from jsonschema import Draft202012Validator

import ml_infra_utils.preprocessing as package
from ml_infra_utils.preprocessing import (
    Findings,
    MinMaxScaler,
    OutlierClipper,
    StandardScaler,
    Summary,
    find_missing_values,
    summarize,
)

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 9.0]])
SCHEMA = json.loads((Path(package.__file__).parent / "schemas/state-1.schema.json").read_text())
SCALER = MinMaxScaler(nan_policy="omit").fit(X).to_dict()
CLIPPER = OutlierClipper(sketch_size=200).fit(X).to_dict()
FINDINGS = find_missing_values([1.0, None]).to_dict()
COLUMN = ("state", "columns", 0)


def changed(state, place, value):
    """Return a copy of a state with another value at a place."""
    state = copy.deepcopy(state)
    *way, last = place
    inner = state
    for key in way:
        inner = inner[key]
    inner[last] = value
    return state


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((*COLUMN, "min"), None, "column 0: min must be a number, got None"),
        ((*COLUMN, "min"), "nan", "min must not be greater than max, got nan and 4.0"),
        ((*COLUMN, "max"), -1, "min must not be greater than max, got 1.0 and -1"),
        ((*COLUMN, "max"), 10**400, "column 0: max must be a number, got 1000"),
        ((*COLUMN, "max"), "inf", "column 0: a fit has finite figures, got"),
        ((*COLUMN, "std"), -1, "column 0: std must not be negative, got -1"),
        ((*COLUMN, "count"), 0, "column 0: min, max, mean and std of no value must be null"),
        ((*COLUMN, "name"), [1], r"a column: name must be a text, got \[1\]"),
        ((*COLUMN, "name"), 1, r"columns \[1, 1\] for features \[0, 1\]"),
        ((*COLUMN, "type"), None, "column 0: type must be a text, got None"),
        (("state", "columns"), None, "columns must be a list, got None"),
        (("features",), ["a", "a"], r"features must have different names, got \['a', 'a'\]"),
        (("features",), [1, 0], "a name in features must be a text, got 1"),
        (("features",), 0, "features must be a whole number from 1 on, got 0"),
        (("params", "clip"), "x", "clip must be True or False, got 'x'"),
        (("params", "feature_range"), [1], "feature_range must be two finite numbers"),
        (("version",), True, "version must be a positive integer, got True"),
    ],
)
def test_a_wrong_entry_of_a_scaler_is_named(place, value, message):
    with pytest.raises(ValueError, match=message):
        MinMaxScaler.from_dict(changed(SCALER, place, value))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("state", "lower"), None, "state: lower must be a list, got None"),
        (("state", "lower"), [None, None], "state: lower must be a number, got None"),
        (("state", "lower"), [9.0, 9.0], "lower must not be greater than upper, got 9.0 and"),
        (
            ("state", "sketches"),
            ["AAAA", "AAAA"],
            "state: sketches must be in base64: Insufficient",
        ),
        (("state", "sketches"), ["A" * 40] * 2, "state: sketches must be in base64: Possible corr"),
        (("state", "sketches"), [], "state: sketches has 0 of 2 features"),
        (("state", "sketches"), "AAAA", "state: sketches must be a list, got 'AAAA'"),
    ],
)
def test_a_wrong_entry_of_a_clipper_is_named(place, value, message):
    with pytest.raises(ValueError, match=message):
        OutlierClipper.from_dict(changed(CLIPPER, place, value))


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("problem",), 1, "problem must be a text, got 1"),
        (("rows",), "x", "rows must be a whole number from 0 on, got 'x'"),
        (("columns",), None, "columns must be a list, got None"),
        (("columns", 0, "name"), 1, "name must be a text, got 1"),
        (("columns", 0, "count"), "x", "count must be a whole number from 0 on, got 'x'"),
        (("columns", 0, "count"), 0, "count must not be less than the 1 in first, got 0"),
        (("columns", 0, "first"), [5], "first must be pairs of position and value, got 5"),
        (("columns", 0, "first"), [[-1, None]], "a position must be a whole number"),
    ],
)
def test_a_wrong_entry_of_findings_is_named(place, value, message):
    with pytest.raises(ValueError, match=message):
        Findings.from_dict(changed(FINDINGS, place, value))


@pytest.mark.parametrize(
    ("state", "place", "value"),
    [
        (SCALER, (*COLUMN, "min"), None),
        (SCALER, (*COLUMN, "min"), "nan"),
        (SCALER, (*COLUMN, "max"), "inf"),
        (SCALER, (*COLUMN, "std"), -1),
        (SCALER, (*COLUMN, "count"), 0),
        (SCALER, ("features",), ["a", "a"]),
        (CLIPPER, ("state", "lower"), [None, None]),
        (CLIPPER, ("params", "sketch_size"), 3),
    ],
)
def test_the_schema_refuses_wrong_entries_too(state, place, value):
    validator = Draft202012Validator(SCHEMA)
    assert validator.is_valid(state)
    assert not validator.is_valid(changed(state, place, value))


@pytest.mark.parametrize("data", [[], [None], [1, math.inf], [math.inf] * 2, pl.Series(["a"])])
def test_the_schema_takes_every_summary(data):
    state = summarize(data).to_dict()
    Draft202012Validator(SCHEMA).validate(state)
    assert state == Summary.from_dict(state).to_dict()


@pytest.mark.parametrize(
    "estimator",
    [
        OutlierClipper(np.int64(5), np.int64(95)),
        OutlierClipper(sketch_size=np.int64(200)),
        MinMaxScaler(feature_range=(np.int64(0), np.float32(2)), clip=np.bool_(True)),
        MinMaxScaler(feature_range=[0, 1]),
        MinMaxScaler(feature_range=(Decimal(0), Fraction(1, 2))),
        StandardScaler(ddof=np.int64(0)),
    ],
    ids=repr,
)
def test_parameters_of_numpy_and_lists_become_json_and_merge_with_it(estimator):
    fitted = estimator.fit(X)
    again = type(fitted).from_dict(json.loads(json.dumps(fitted.to_dict())))
    np.testing.assert_array_equal(fitted.transform(X), again.transform(X))
    if hasattr(fitted, "partial_fit"):
        assert fitted.merge(again).n_features_in_ == 2


def test_a_mean_lies_between_the_extrema():
    state = StandardScaler().fit([[1.0], [3.0]]).to_dict()
    state["state"]["columns"][0]["mean"] = 1e6
    with pytest.raises(ValueError, match="mean must lie between min and max"):
        StandardScaler.from_dict(state)
