"""Documents: their form is fixed, and what is read is checked to the last entry."""

from __future__ import annotations

import copy
import json
import math
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from jsonschema import Draft202012Validator

import ml_infra_utils.preprocessing as package
from ml_infra_utils.preprocessing import (
    Column,
    Contract,
    Findings,
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    Summary,
    find_missing_values,
    find_out_of_range,
    find_type_mismatches,
    summarize,
)

GOLDEN = Path(__file__).parent / "golden"
SCHEMAS = Path(package.__file__).parent / "schemas"
KINDS = {
    "contract": Contract,
    "summary": Summary,
    "findings": Findings,
    "min-max-scaler": MinMaxScaler,
    "standard-scaler": StandardScaler,
    "outlier-clipper": OutlierClipper,
    "robust-scaler": RobustScaler,
}
X = np.array([[1.0, 30.0], [2.0, 10.0], [3.0, 20.0]])  # of deviations 1 and 10, exactly
STATES = {
    "contract": Contract(
        {
            "user": Column("text", nullable=False, pattern="[a-z]+", length=(1, None)),
            "age": Column("integer", range=(0, 130), closed="left", mostly=0.99),
            "start": Column(range=(date(2020, 1, 1), None), monotonic="increasing"),
            "end": Column(range=(None, datetime(2030, 1, 1, 12)), unique=True, required=False),
            "kind": Column(values=("a", 1, 2.5, True)),
        },
        rows=(1, None),
        key=("user", "start"),
        where=["start <= end"],
        extra=False,
        mostly=0.5,
        notes=["A note."],
    ),
    "summary": summarize(pl.DataFrame({"a": [1, 2, 3, None], "b": ["x", "y", None, None]})),
    "findings": find_out_of_range(pl.DataFrame({"a": [1.0, 9.0, None], "b": [0, 1, 2]}), 0, 5),
    "min-max-scaler": MinMaxScaler((-1, 1), clip=True, nan_policy="omit").fit(X),
    "standard-scaler": StandardScaler(ddof=0).fit(pl.DataFrame(X, schema=["a", "b"])),
    "outlier-clipper": OutlierClipper(10, 90, sketch_size=8).fit(X),
    "robust-scaler": RobustScaler(quantile_range=(10, 90), unit_variance=True, sketch_size=8).fit(
        X
    ),
}


def schema_of(kind):
    return json.loads((SCHEMAS / f"{kind}-1.schema.json").read_text())


def is_valid(document):
    kind = document["schema"].split("/")[1]
    return Draft202012Validator(schema_of(kind)).is_valid(document)


def changed(document, place, value):
    """Return a copy of a document with another value at a place, or without it."""
    document = copy.deepcopy(document)
    *way, last = place
    inner = document
    for key in way:
        inner = inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return document


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_has_the_form_that_is_fixed_for_ever(kind):
    golden = json.loads((GOLDEN / f"{kind}-1.json").read_text())
    assert golden == STATES[kind].to_dict()
    assert golden == KINDS[kind].from_dict(golden).to_dict()
    assert golden == KINDS[kind].from_json(json.dumps(golden)).to_dict()


def test_there_is_a_schema_and_a_golden_document_of_each_kind():
    assert sorted(KINDS) == sorted(path.name[: -len("-1.json")] for path in GOLDEN.iterdir())
    assert sorted(KINDS) == sorted(path.name.split("-1.schema")[0] for path in SCHEMAS.iterdir())


def test_scalers_describe_the_features_alike():
    one, other = schema_of("min-max-scaler"), schema_of("standard-scaler")
    assert one["$defs"] == other["$defs"]
    for key in ("features", "summary"):
        assert one["properties"][key] == other["properties"][key]


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_a_schema_satisfy_it_and_merge(kind):
    examples = schema_of(kind)["examples"]
    assert len(examples) >= 2
    states = [KINDS[kind].from_dict(example) for example in examples]
    assert examples == [state.to_dict() for state in states]
    assert all(map(is_valid, examples))
    if hasattr(states[0], "merge"):
        assert is_valid(sum(states[:2]).to_dict())


@pytest.mark.parametrize(
    "state",
    [
        *STATES.values(),
        summarize([]),
        summarize([None]),
        summarize([1, math.inf]),
        summarize([math.inf, -math.inf]),
        summarize([math.inf] * 2),
        summarize([2**60 + 1, 2**60 + 3]),
        summarize(np.array([[1.0, -math.inf], [2.0, 1.0]])),
        summarize(pl.Series(["a"])),
        find_missing_values([math.nan, None]),
        find_missing_values(np.array([[math.nan]])),
        find_out_of_range([10**400, math.inf, 1], 0, 5),
        find_type_mismatches([[1, math.nan], {1: 2}, 1 + 2j, "a", b"b"], int),
        MinMaxScaler(nan_policy="propagate").fit([[1, None], [2, 3]]),
        MinMaxScaler().fit([[1.7e308], [-1.7e308]]),
        StandardScaler(ddof=0).fit(np.array([[1.7e308, 1.0], [-1.7e308, 2.0]])),
        find_missing_values(pd.DataFrame([[None] * 3], columns=[2020, ("a", 1), 0.5])),
        OutlierClipper(method="linear").fit(X),
        OutlierClipper().fit([[math.inf], [-math.inf], [1]]),
        OutlierClipper(nan_policy="propagate").fit([[1, None], [2, 3]]),
        OutlierClipper(Decimal("2.5"), Fraction(195, 2)).fit(X),
        StandardScaler().fit(X, sample_weight=[1, 2.5, 0]),
        RobustScaler(with_centering=False, columns="a").fit(pl.DataFrame(X, schema=["a", "b"])),
        RobustScaler(nan_policy="propagate").fit([[1, None], [2, 3]]),
    ],
    ids=repr,
)
def test_every_state_is_read_back_as_it_was_written(state):
    document = json.loads(state.to_json())
    assert document == state.to_dict()
    assert is_valid(document)
    assert document == type(state).from_dict(document).to_dict()


SCALER = STATES["min-max-scaler"].to_dict()
CLIPPER = STATES["outlier-clipper"].to_dict()
ROBUST = STATES["robust-scaler"].to_dict()
FINDINGS = STATES["findings"].to_dict()
CONTRACT = STATES["contract"].to_dict()
BREACHES = Contract({"x": Column(range=(0, 5))}, rows=1).find({"x": [7, 9]}).to_dict()
BREACHES["columns"] = BREACHES["columns"][1:]
SUMMARY = STATES["summary"].to_dict()
WEIGHTED = StandardScaler().fit(X, sample_weight=[1, 2.5, 0]).to_dict()
COLUMN = ("summary", "columns", 0)


@pytest.mark.parametrize(
    ("document", "place", "value", "message"),
    [
        # Of every kind.
        (SCALER, ("schema",), "ml-infra/summary/1", "schema must be 'ml-infra/min-max-scaler/1'"),
        (
            SCALER,
            ("schema",),
            "ml-infra/min-max-scaler/2",
            "a newer release wrote it: pip install --upgrade ml-infra-preprocessing",
        ),
        (SCALER, ("schema",), ..., "the document must have the key 'schema'"),
        (SCALER, ("sumary",), 1, "no keys but .*, got 'sumary'; did you mean 'summary'"),
        # Of a scaler.
        (SCALER, (*COLUMN, "min"), None, r"summary.columns\[0\].min must be a number, as other"),
        (SCALER, (*COLUMN, "min"), "nan", r"summary.columns\[0\].min must be a finite number"),
        (SCALER, (*COLUMN, "min"), math.nan, r"summary.columns\[0\].min must be a finite number"),
        (SCALER, (*COLUMN, "min"), 9, r"summary.columns\[0\].min must be at most max, 3.0, got 9"),
        (SCALER, (*COLUMN, "max"), -1, r"columns\[0\].min must be at most max, -1, got 1.0"),
        (SCALER, (*COLUMN, "max"), 10**400, r"columns\[0\].max must be a finite number"),
        (SCALER, (*COLUMN, "max"), "inf", r"columns\[0\].max must be a finite number"),
        (SCALER, (*COLUMN, "mean"), 1e6, r"columns\[0\].mean must be from min to max, 1.0 to 3.0"),
        (SCALER, (*COLUMN, "mean"), None, r"columns\[0\].mean must be a number, as other figures"),
        (SCALER, (*COLUMN, "std"), -1, r"columns\[0\].std must be a finite number or null of at"),
        (SCALER, (*COLUMN, "count"), 0, r"columns\[0\].count must be at least 1, since there are"),
        (SCALER, (*COLUMN, "count"), -1, r"columns\[0\].count must be an integer of at least 0"),
        (SCALER, (*COLUMN, "count"), True, r"columns\[0\].count must be an integer .*, got True"),
        (SCALER, (*COLUMN, "name"), [None], r"columns\[0\].name\[0\] must be a text or a finite"),
        (SCALER, (*COLUMN, "name"), 1, r"columns\[0\].name must be 0, as features says, got 1"),
        (SCALER, (*COLUMN, "type"), None, r"columns\[0\].type must be a text, got None"),
        (SCALER, (*COLUMN, "type"), ..., r"summary.columns\[0\] must have the key 'type', got"),
        (SCALER, ("summary", "columns"), None, "summary.columns must be a list, got None"),
        (SCALER, ("summary", "columns"), [], "summary.columns must have 2 entries, as features"),
        (SCALER, ("features",), ["a", "a"], r"features\[1\] must be met once, got 'a' again"),
        (SCALER, ("features",), ["a", None], r"features\[1\] must be a text or a finite n"),
        (SCALER, ("features",), 0, "features must be an integer of at least 1 or a list"),
        (SCALER, ("features",), 7, "summary.columns must have 7 entries, as features says, got 2"),
        (SCALER, ("params", "clip"), "x", r"params.clip must be true or false, got 'x' \(str\)"),
        (SCALER, ("params", "feature_range"), [1], "params.feature_range must be a list of at le"),
        (SCALER, ("params", "feature_range"), [1, 0], "params.feature_range must be two finite nu"),
        (SCALER, ("params", "on_constant"), ..., "params must have the key 'on_constant', got"),
        # Of a clipper.
        (CLIPPER, ("lower_bounds",), None, "lower_bounds must be a list, got None"),
        (CLIPPER, ("lower_bounds", 1), None, r"lower_bounds\[1\] must be a finite number or one"),
        (CLIPPER, ("lower_bounds", 0), 9.0, r"lower_bounds\[0\] must be at most upper_bounds\[0\]"),
        (CLIPPER, ("lower_bounds", 0), "nan", r"lower_bounds\[0\] must be at most upper_bounds"),
        (CLIPPER, ("upper_bounds",), [1], "upper_bounds must have 2 entries, as features says"),
        (CLIPPER, ("sketches",), [], "sketches must have 2 entries, as features says, got 0"),
        (CLIPPER, ("sketches",), "AAAA", r"sketches must be a list or null, got 'AAAA' \(str\)"),
        (CLIPPER, ("sketches", 1), "AAAA", r"sketches\[1\] must be a sketch in base64, got 'AAAA'"),
        (CLIPPER, ("sketches", 0), "?", r"sketches\[0\] must be a sketch in base64, got '\?'"),
        (CLIPPER, ("sketches", 0), "A" * 40, r"sketches\[0\] must be a sketch in base64"),
        (CLIPPER, ("params", "sketch_size"), 3, "params.sketch_size must be an integer or null of"),
        (CLIPPER, ("params", "method"), "linear", "params.method must be 'nearest_rank' where th"),
        (CLIPPER, ("params", "lower_percentile"), 95, "params.lower_percentile must be less than"),
        # Of a scaler of weighted samples.
        (WEIGHTED, (*COLUMN, "weight"), 0, r"columns\[0\].weight must be above 0, since there are"),
        (
            WEIGHTED,
            (*COLUMN, "weight"),
            -1,
            r"columns\[0\].weight must be a finite number of at le",
        ),
        (WEIGHTED, (*COLUMN, "weight"), None, r"columns\[0\].weight must be a finite number of at"),
        # Of a robust scaler.
        (
            ROBUST,
            ("medians", 0),
            9.0,
            r"medians\[0\] must be at most upper_quantiles\[0\], 3.0, go",
        ),
        (
            ROBUST,
            ("medians", 0),
            0.5,
            r"lower_quantiles\[0\] must be at most medians\[0\], 0.5, go",
        ),
        (ROBUST, ("medians", 1), "inf", r"medians\[1\] must be a finite number or one of 'nan'"),
        (ROBUST, ("params", "quantile_range"), [9, 1], "params.quantile_range must be two numbers"),
        (ROBUST, ("params", "quantile_range"), [0, 9], "two numbers in order, between 0 and 100"),
        # Of findings.
        (FINDINGS, ("problem",), 1, r"problem must be a text, got 1 \(int\)"),
        (FINDINGS, ("rows",), "x", r"rows must be an integer of at least 0, got 'x' \(str\)"),
        (FINDINGS, ("columns",), None, "columns must be a list, got None"),
        (FINDINGS, ("columns", 0, "name"), {}, r"columns\[0\].name must be .* or null, got {}"),
        (FINDINGS, ("columns", 0, "count"), "x", r"columns\[0\].count must be an integer of at"),
        (FINDINGS, ("columns", 0, "count"), 0, r"columns\[0\].count must be at least 2, as first"),
        (FINDINGS, ("columns", 0, "first", 0), 5, r"columns\[0\].first\[0\] must be a list of"),
        (FINDINGS, ("columns", 0, "first", 0, 0), -1, r"first\[0\]\[0\] must be an integer of"),
        (FINDINGS, ("columns", 0, "first", 0, 1), math.nan, r"first\[0\]\[1\] must be a text or"),
        # Of a contract.
        (CONTRACT, ("schema",), "ml-infra/contract/2", "schema must be .*; a newer release wrote"),
        (CONTRACT, ("columns", "age", "rnage"), [0, 1], "'rnage'; did you mean 'range'"),
        (
            CONTRACT,
            ("columns", "age", "range"),
            [9, 1],
            r"columns\.age\.range must be in order, got",
        ),
        (CONTRACT, ("columns", "age", "dtype"), "int", r"columns\.age\.dtype must be one of"),
        (
            CONTRACT,
            ("columns", "user", "pattern"),
            "(",
            r"columns\.user\.pattern must be a regular",
        ),
        (
            CONTRACT,
            ("columns", "start", "range", 0),
            "2020-13-01",
            r"start\.range must be dates of",
        ),
        (CONTRACT, ("rows",), [5, 1], "rows must be in order, got 5 and 1"),
        (CONTRACT, ("key", 1), "age_", "key must be about columns of the contract"),
        (CONTRACT, ("where", 0, 1), "=", r"where\[0\]\[1\] must be one of"),
        # Of findings of a contract.
        (BREACHES, ("columns", 0, "looked"), ..., r"columns\[0\] must have the key 'looked', got"),
        (BREACHES, ("columns", 0, "looked"), 0, r"columns\[0\].count must be at most looked, 0"),
        (BREACHES, ("columns", 0, "mostly"), 0, r"columns\[0\].mostly must be a finite number"),
        (BREACHES, ("rows_allowed",), [5, 1], "rows_allowed must be in order, got 5 and 1"),
        # Of a summary.
        (
            SUMMARY,
            ("columns", 0, "std"),
            None,
            r"columns\[0\].std must be a number, as other figures",
        ),
        (SUMMARY, ("columns", 0, "min"), "nan", r"columns\[0\].min must be a finite number or nu"),
    ],
)
def test_a_wrong_entry_is_named_by_its_path(document, place, value, message):
    kind = KINDS[document["schema"].split("/")[1]]
    with pytest.raises(ValueError, match=message) as caught:
        kind.from_dict(changed(document, place, value))
    assert len(str(caught.value)) <= 1000


@pytest.mark.parametrize("kind", KINDS.values())
def test_what_is_no_document_is_refused(kind):
    with pytest.raises(ValueError, match=r"the document must be an object, got 3 \(int\)"):
        kind.from_dict(3)
    with pytest.raises(ValueError, match="text must be JSON, got 'x'"):
        kind.from_json("x")


@pytest.mark.parametrize(
    ("document", "place", "value"),
    [
        (SCALER, (*COLUMN, "min"), "nan"),
        (SCALER, (*COLUMN, "max"), "inf"),
        (SCALER, (*COLUMN, "std"), -1),
        (SCALER, ("features",), ["a", "a"]),
        (SCALER, ("summary", "schema"), "ml-infra/summary/2"),
        (CLIPPER, ("lower_bounds", 0), None),
        (CLIPPER, ("params", "sketch_size"), 3),
        (FINDINGS, ("columns", 0, "first", 0, 0), -1),
        (SUMMARY, ("columns", 0, "count"), -1),
    ],
)
def test_the_schema_refuses_it_too(document, place, value):
    assert is_valid(document)
    wrong = changed(document, place, value)
    assert not is_valid(wrong)
    with pytest.raises(ValueError, match="must"):
        KINDS[document["schema"].split("/")[1]].from_dict(wrong)


@pytest.mark.parametrize(
    "estimator",
    [
        OutlierClipper(np.int64(5), np.int64(95)),
        OutlierClipper(sketch_size=np.int64(200)),
        MinMaxScaler(feature_range=(np.int64(0), np.float32(2)), clip=np.bool_(True)),
        MinMaxScaler(feature_range=[0, 1]),
        RobustScaler(quantile_range=[np.int64(5), Decimal(95)], sketch_size=np.int64(200)),
        MinMaxScaler(feature_range=(Decimal(0), Fraction(1, 2))),
        StandardScaler(ddof=np.int64(0)),
    ],
    ids=repr,
)
def test_parameters_of_numpy_and_lists_become_json_and_merge_with_it(estimator):
    fitted = estimator.fit(X)
    again = type(fitted).from_json(fitted.to_json())
    np.testing.assert_array_equal(fitted.transform(X), again.transform(X))
    if hasattr(fitted, "partial_fit"):
        assert fitted.merge(again).n_features_in_ == 2


@pytest.mark.parametrize(
    ("scaler", "places"),
    [
        (StandardScaler(), [("summary", "columns", 0, key) for key in ("max", "std")]),
        (MinMaxScaler(), [("summary", "columns", 0, "max")]),
        (OutlierClipper(), [("upper_bounds", 0)]),
        (RobustScaler(), [("upper_quantiles", 0)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_large_float_may_be_written_without_a_point(scaler, places):
    written = scaler.fit(X).to_dict()
    with_floats, with_ints = written, written
    for place in places:
        with_floats = changed(with_floats, place, 2.0**70)
        with_ints = changed(with_ints, place, 2**70)
    one, other = (type(scaler).from_dict(each).transform(X) for each in (with_floats, with_ints))
    np.testing.assert_array_equal(one, other)
