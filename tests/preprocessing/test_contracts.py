"""Contracts: every rule on every kind of table, counted alike."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.preprocessing import (
    Column,
    ColumnFindings,
    Contract,
    Findings,
    FindingsError,
)

DAY = datetime.date
TIME = datetime.datetime


def rows_of(columns):
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


TABLES = {
    "dict of lists": dict,
    "list of dicts": rows_of,
    "pandas": pd.DataFrame,
    "polars": lambda columns: pl.DataFrame(columns, strict=False),
    "polars lazy": lambda columns: pl.LazyFrame(columns, strict=False),
    "pyarrow": pa.table,
}


@pytest.fixture(params=TABLES.values(), ids=list(TABLES))
def table(request):
    """Make a table from lists by name."""
    return request.param


def counts(findings):
    return {key: found.count for key, found in findings.by_rule.items()}


@pytest.mark.parametrize(
    ("rules", "values", "rule", "number"),
    [
        ({"dtype": "integer"}, [1, 2], "dtype", 0),
        ({"dtype": "text"}, ["a", None], "dtype", 0),
        ({"dtype": "text"}, [1, 2], "dtype", 2),
        ({"dtype": "integer"}, ["a", "b"], "dtype", 2),
        ({"dtype": "number"}, [1.5, None], "dtype", 0),
        ({"dtype": "number"}, [True, False], "dtype", 2),
        ({"dtype": "bool"}, [True, False], "dtype", 0),
        ({"dtype": "date"}, [DAY(2020, 1, 1), None], "dtype", 0),
        ({"dtype": "date"}, [TIME(2020, 1, 1)], "dtype", 1),
        ({"dtype": "datetime"}, [TIME(2020, 1, 1, 12), None], "dtype", 0),
        ({"nullable": False}, [1.0, None, math.nan], "nullable", 2),
        ({"nullable": False}, ["a", None], "nullable", 1),
        ({"range": (0, 5)}, [0, 5, 6, -1], "range", 2),
        ({"range": (0, 5)}, [0.0, 5.0, None, math.nan, 5.1], "range", 1),
        ({"range": (0, None)}, [-1.0, 1e300, math.inf, math.nan], "range", 1),
        ({"range": (None, 5)}, [-math.inf, 5.0, 6.0, math.nan], "range", 1),
        ({"range": (0, 5), "closed": "neither"}, [0, 5, 1], "range", 2),
        ({"range": (0, 5), "closed": "left"}, [0.0, 5.0, 4.9], "range", 1),
        ({"range": (0, 5), "closed": "right"}, [0.0, 5.0], "range", 1),
        ({"range": (0.5, 0.7)}, [0, 1], "range", 2),
        ({"range": (-(10**30), 10**30)}, [0, 2**62], "range", 0),
        ({"range": (0, 5)}, ["a", "b"], "range", 2),
        ({"range": (Decimal("0.1"), 1)}, [0.1, 0.0999], "range", 1),
        ({"range": (DAY(2020, 1, 1), None)}, [DAY(2019, 12, 31), DAY(2020, 1, 1)], "range", 1),
        ({"range": (None, DAY(2020, 1, 1))}, [TIME(2020, 1, 1, 23), TIME(2020, 1, 2)], "range", 1),
        (
            {"range": (DAY(2020, 1, 1), DAY(2020, 1, 3)), "closed": "neither"},
            [TIME(2020, 1, 1, 23), TIME(2020, 1, 2), TIME(2020, 1, 3), None],
            "range",
            2,
        ),
        (
            {"range": (TIME(2020, 1, 1, 12), None)},
            [TIME(2020, 1, 1, 11, 59), TIME(2020, 1, 1, 12)],
            "range",
            1,
        ),
        ({"range": (TIME(2020, 1, 1, 12), None)}, [DAY(2020, 1, 1), DAY(2020, 1, 2)], "range", 1),
        ({"values": ["a", "b"]}, ["a", "c", None], "values", 1),
        ({"values": [1, 2.5]}, [1, 2, 3], "values", 2),
        ({"values": [1, 2.5]}, [1.0, 2.5, math.nan, 3.0], "values", 1),
        ({"values": [1]}, [True, False], "values", 2),
        ({"values": [True]}, [True, False], "values", 1),
        ({"values": ["a"]}, [1, 2], "values", 2),
        ({"pattern": r"[a-z]+\d"}, ["ab1", "ab", "xab1 ", "ab1\n", None], "pattern", 3),
        ({"pattern": r"a|bc"}, ["a", "bc", "ac"], "pattern", 1),
        ({"pattern": r"a"}, [1, 2], "pattern", 2),
        ({"length": 2}, ["ab", "äö", "a", None], "length", 1),
        ({"length": (2, None)}, ["", "ab", "abc"], "length", 1),
        ({"length": (None, 2)}, ["", "ab", "abc"], "length", 1),
        ({"length": 2}, [12, 13], "length", 2),
        ({"unique": True}, [1, 2, 1, 1, None, None], "unique", 2),
        ({"unique": True}, [1.0, math.nan, math.nan, 1.0], "unique", 1),
        ({"unique": True}, ["a", "b", "a", None, None], "unique", 1),
        ({"unique": True}, [None, None], "unique", 0),
        ({"monotonic": "increasing"}, [1, 2, 2, 1], "monotonic", 1),
        ({"monotonic": "strictly increasing"}, [1.0, None, 2.0, 2.0, 3.0], "monotonic", 1),
        ({"monotonic": "decreasing"}, [3.0, math.nan, 4.0, 1.0], "monotonic", 1),
        ({"monotonic": "strictly decreasing"}, ["c", "b", "b", "a"], "monotonic", 1),
    ],
)
def test_a_rule_counts_alike_in_every_table(table, rules, values, rule, number):
    findings = Contract({"x": Column(**rules)}).find(table({"x": values}))
    assert ({("x", rule): number} if number else {}) == counts(findings)
    assert len(values) == findings.rows


def test_a_finding_has_the_first_positions_and_values(table):
    contract = Contract(
        {
            "id": Column(unique=True, monotonic="increasing"),
            "age": Column(range=(0, 130)),
            "name": Column(pattern="[a-z]+"),
        },
        key=["id", "name"],
        where=["id <= age"],
    )
    data = {"id": [1, 7, 7, 2, 9], "age": [1, 230, 3, 4, 500], "name": ["a", "b", "b", "B", "c"]}
    found = contract.find(table(data)).by_rule
    expected = {
        ("id", "unique"): ((2, 7),),
        ("id", "monotonic"): ((3, 2),),
        ("age", "range"): ((1, 230), (4, 500)),
        ("name", "pattern"): ((3, "B"),),
        (None, "key"): ((2, (7, "b")),),
        (None, "where"): ((2, (7, 3)),),
    }
    assert {key: len(first) for key, first in expected.items()} == counts(
        contract.find(table(data))
    )
    if table is not TABLES["polars lazy"]:
        assert expected == {key: each.first for key, each in found.items()}


def test_a_text_names_column_and_rule():
    contract = Contract({"age": Column(nullable=False, range=(0, 130))}, rows=(3, None))
    findings = contract.find({"age": [None, 230]})
    expected = (
        "3 breaches of the contract\n  1 rows at least 3, got 2\n"
        "  1 in column 'age' nullable at index 0 (None)\n"
        "  1 in column 'age' range [0, 130] at index 1 (230)"
    )
    assert expected == str(findings)
    assert "Findings(3 breaches of the contract in 2 rows)" == repr(findings)
    with pytest.raises(FindingsError, match="3 breaches of the contract\n  1 rows at least 3"):
        findings.raise_if_any()
    markdown = findings.to_markdown()
    assert "| age | range \\[0, 130\\] | 1 | at index 1 (230) |" in markdown
    assert "no breaches of the contract" == str(contract.find({"age": [1, 2, 3]}))
    assert ((0, None), (1, 230)) == findings.by_column["age"].first
    assert 2 == findings.by_column["age"].count


def test_a_share_of_values_may_break_a_rule(table):
    column = Column(range=(0, 9), mostly=0.9)
    contract = Contract({"x": column, "y": {}}, mostly=0.5, where=["x <= y"])
    one_of_ten = {"x": [99, *range(9)], "y": [0, 0, 0, 0, 0, *[99] * 5]}
    findings = contract.find(table(one_of_ten))
    assert not findings
    assert 0 == findings.total
    assert contract.check(table(one_of_ten))
    two_of_ten = {"x": [99, 99, *range(8)], "y": [99] * 10}
    assert {("x", "range"): 2} == counts(contract.find(table(two_of_ten)))


def test_missing_values_do_not_count_for_a_share(table):
    contract = Contract({"x": Column(range=(0, 9), mostly=0.5)})
    assert {("x", "range"): 2} == counts(contract.find(table({"x": [99.0, 99.0, 1.0, None, None]})))


def test_rows_and_columns_are_counted(table):
    contract = Contract({"a": {}, "b": {"required": False}}, rows=(2, 3), extra=False)
    assert contract.check(table({"a": [1, 2]}))
    assert {(None, "rows"): 1} == counts(contract.find(table({"a": [1]})))
    assert {(None, "rows"): 1} == counts(contract.find(table({"a": [1] * 4})))
    found = contract.find(table({"b": [1, 2], "c": [1, 2]}))
    assert {("a", "required"): 1, ("c", "extra"): 1} == counts(found)


def test_a_column_that_is_missing_is_a_finding_and_no_crash(table):
    contract = Contract(
        {"a": Column("integer", unique=True, monotonic="increasing", pattern=None), "b": {}},
        key=["a", "b"],
        where=["a <= b"],
    )
    assert {("a", "required"): 1} == counts(contract.find(table({"b": [1, 2]})))


def test_columns_of_no_rows_keep_every_rule(table):
    contract = Contract({"x": Column("number", unique=True, range=(0, 1))}, rows=(0, 0))
    assert contract.check(
        table({"x": pa.array([], pa.float64())} if table is pa.table else {"x": []})
    )


def test_columns_of_objects_are_read_value_by_value():
    contract = Contract({"x": Column("text", pattern="[a-z]+", unique=True)})
    data = pd.DataFrame({"x": pd.Series(["a", 1, "a", None, "B"], dtype=object)})
    expected = {("x", "dtype"): 1, ("x", "pattern"): 2, ("x", "unique"): 1}
    assert expected == counts(contract.find(data))
    kept, broken = contract.split(data)
    assert ["a", "a", None] == kept["x"].tolist()
    assert ["x dtype; x pattern", "x pattern"] == broken["broken_rules"].tolist()


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int64[pyarrow]", "double[pyarrow]"])
def test_columns_of_pandas_with_null_count_as_others(dtype):
    contract = Contract({"x": Column(nullable=False, range=(0, 5), unique=True)})
    data = pd.DataFrame({"x": pd.array([1, None, 9, 1], dtype=dtype)})
    expected = {("x", "nullable"): 1, ("x", "range"): 1, ("x", "unique"): 1}
    assert expected == counts(contract.find(data))


def test_categories_and_decimals_are_texts_and_numbers():
    contract = Contract(
        {"c": Column("text", values=["a"], length=1), "d": Column("number", range=(0, 1))}
    )
    decimals = [Decimal("0.5"), Decimal("1.5")]
    for data in (
        pl.DataFrame({"c": pl.Series(["a", "bb"], dtype=pl.Categorical), "d": decimals}),
        pa.table({"c": pa.array(["a", "bb"]).dictionary_encode(), "d": decimals}),
    ):
        expected = {("c", "values"): 1, ("c", "length"): 1, ("d", "range"): 1}
        assert expected == counts(contract.find(data))


def test_times_with_a_zone_are_compared_with_those():
    pytest.importorskip("zoneinfo", reason="Polars needs it for times with a zone")
    utc = datetime.timezone.utc
    contract = Contract({"t": Column(range=(TIME(2020, 1, 1, tzinfo=utc), None))})
    zoned = pl.Series([TIME(2020, 1, 1, 0, 30), TIME(2020, 1, 1, 2)])
    aware = pl.DataFrame({"t": zoned.dt.replace_time_zone("Europe/Berlin")})
    assert {("t", "range"): 1} == counts(contract.find(aware))
    assert {("t", "range"): 1} == counts(contract.find(aware.to_dict(as_series=False)))
    assert {("t", "range"): 2} == counts(contract.find({"t": [TIME(2020, 1, 1), TIME(2021, 1, 1)]}))
    assert {("t", "range"): 2} == counts(contract.find(pl.DataFrame({"t": zoned})))
    days = Contract({"t": Column(range=(None, DAY(2020, 1, 1)))})
    assert days.check(aware)
    assert days.check(aware.to_dict(as_series=False))


def test_a_structured_array_is_a_table():
    data = np.array([(1, 0.5, "a"), (2, math.nan, "bb")], [("i", "i4"), ("f", "f8"), ("t", "U2")])
    contract = Contract(
        {"i": Column("integer"), "f": Column("float", nullable=False), "t": Column(length=1)}
    )
    expected = {("f", "nullable"): 1, ("t", "length"): 1}
    assert expected == counts(contract.find(data))


def test_what_is_no_table_is_refused():
    contract = Contract({"x": {}})
    for data in (3, "text", np.zeros((2, 2)), pd.Series([1])):
        with pytest.raises(TypeError, match="data must be a frame, a query, a list of dicts"):
            contract.find(data)
    with pytest.raises(TypeError, match=r"data\[1\] must be a dict, got 3 \(int\)"):
        contract.find([{"x": 1}, 3])
    with pytest.raises(ValueError, match="data must have columns of one length, got 'x': 1"):
        contract.find({"x": [1], "y": [1, 2]})
    with pytest.raises(TypeError, match=r"data\['x'\] must be a list of values, got 3"):
        contract.find({"x": 3})
    with pytest.raises(ValueError, match="limit must be at least 0, got -1"):
        contract.find({"x": [1]}, limit=-1)
    with pytest.raises(TypeError, match="limit must be an integer, got 'a'"):
        contract.find({"x": [1]}, limit="a")


def test_findings_keep_their_rules_in_documents_and_merges():
    contract = Contract(
        {"x": Column(range=(0, 9), mostly=0.8), "y": {}}, rows=(4, None), extra=False
    )
    parts = [{"x": [1, 99]}, {"x": [1, 2, 3], "z": [0, 0, 0], "y": [0, 0, 0]}]
    first, second = (contract.find(part) for part in parts)
    assert {("x", "range"): 1, ("y", "required"): 1, (None, "rows"): 1} == counts(first)
    both = first + second
    # One of five is allowed, and there are rows enough.
    assert {("y", "required"): 1, ("z", "extra"): 1} == counts(both)
    assert both == Findings.from_json(both.to_json())
    assert both.rows_allowed == (4, None)
    with pytest.raises(ValueError, match="must be the same in a merge"):
        first + Contract({"x": Column(range=(0, 8)), "y": {}}, rows=(4, None)).find(parts[0])
    with pytest.raises(ValueError, match="same contract to merge, got rows of"):
        first + Contract({"x": {}}).find(parts[0])
    assert isinstance(first.columns[0], ColumnFindings)
