"""Contracts are values: documents, TOML, tables, differences; contradictions are refused."""

from __future__ import annotations

import copy
import datetime
import math
import pickle
import sys
import time

import polars as pl
import pytest

from ml_infra_utils.preprocessing import Column, Contract, find_out_of_range, summarize

DAY = datetime.date
CONTRACT = Contract(
    {
        "user": Column("text", nullable=False, pattern=r"[a-z]+\d*", length=(1, 20)),
        "age": Column("integer", range=(0, 130), mostly=0.99),
        "start": Column("date", range=(DAY(2020, 1, 1), None), closed="left"),
        "end": Column("date", required=False, unique=True),
    },
    rows=(1, None),
    key=["user", "start"],
    where=["start <= end"],
    extra=False,
)


def test_contracts_are_equal_by_value():
    for same in (
        Contract.from_dict(CONTRACT.to_dict()),
        Contract.from_json(CONTRACT.to_json()),
        copy.deepcopy(CONTRACT),
        pickle.loads(pickle.dumps(CONTRACT)),
        Contract(dict(CONTRACT.columns), (1, None), ("user", "start"), ["start <= end"], False),
    ):
        assert same == CONTRACT
        assert hash(same) == hash(CONTRACT)
    assert Contract({"a": {}}) != Contract({"a": {"nullable": False}})
    with pytest.raises(AttributeError):
        CONTRACT.rows = None
    with pytest.raises(TypeError):
        CONTRACT.columns["more"] = Column()


def test_a_contract_shows_as_a_table():
    expected = (
        "rows at least 1; key user, start; start <= end; no other columns\n"
        "column  type     missing  rules\n"
        "user    text              pattern '[a-z]+\\\\d*'; length 1 to 20\n"
        "age     integer  allowed  range [0, 130]; mostly 0.99\n"
        "start   date     allowed  range [2020-01-01, inf)\n"
        "end     date     allowed  unique; not required"
    )
    assert expected == str(CONTRACT)
    assert "Contract(4 columns: 'user', 'age', 'start', 'end')" == repr(CONTRACT)
    assert "| age | integer | allowed | range \\[0, 130\\]; mostly 0.99 |" in CONTRACT.to_markdown()
    assert "<th" in CONTRACT._repr_html_()
    assert len(repr(Column(values=["x" * 50] * 50))) <= 200


TOML = """
schema = "ml-infra/contract/1"
rows = [1, inf]
key = ["user", "start"]
where = ["start <= end"]
extra = false

[columns]
user = {dtype = "text", nullable = false, pattern = '[a-z]+\\d*', length = [1, 20]}
age = {dtype = "integer", range = [0, 130], mostly = 0.99}
start = {dtype = "date", range = [2020-01-01, inf], closed = "left"}
end = {dtype = "date", required = false, unique = true}
"""


def test_toml_says_the_same(tmp_path):
    assert Contract.from_toml(TOML) == CONTRACT
    path = tmp_path / "contract.toml"
    path.write_text(TOML, encoding="utf-8")
    assert Contract.from_toml(path) == CONTRACT
    with pytest.raises(ValueError, match=r"text must be TOML, got 'contract.toml' .*; pass a path"):
        Contract.from_toml("contract.toml")
    with pytest.raises(ValueError, match=r"no keys but .*, got 'rnage'; did you mean 'ra"):
        Contract.from_toml(TOML.replace("range", "rnage"))


def test_without_a_reader_of_toml_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10))
    monkeypatch.setitem(sys.modules, "tomli", None)
    with pytest.raises(ImportError, match="got neither; pip install tomli"):
        Contract.from_toml(TOML)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"range": (5, 1)}, "range must be in order, got 5"),
        ({"range": (5, 5), "closed": "left"}, "of which closed='left' leaves nothing"),
        ({"range": (0.2, 0.8), "dtype": "integer"}, "range must hold an integer"),
        ({"range": (0, 1), "dtype": "text"}, "range must be a rule of what dtype 'text' allows"),
        ({"range": (DAY(2020, 1, 1), None), "dtype": "number"}, "range must be a rule of what"),
        ({"pattern": "a", "dtype": "number"}, "pattern must be a rule of what dtype 'number'"),
        ({"pattern": "a", "range": (0, 1)}, "pattern must be a rule of what the other rules allow"),
        ({"length": (5, 1)}, "length must be in order, got 5 and 1"),
        ({"length": -1}, "length must be at least 0, got -1"),
        ({"values": []}, "values must be at least one, got none"),
        ({"values": [1, 9], "range": (0, 5)}, r"keep the other rules, got 9 \(int\), which breaks"),
        ({"values": ["abc"], "length": 2}, "which breaks length 2"),
        ({"values": ["abc"], "dtype": "integer"}, "which breaks dtype integer"),
        ({"pattern": "("}, r"pattern must be a regular expression, got '\('"),
        ({"pattern": "(a+)+"}, "pattern must not repeat what can match one text in many ways"),
        ({"pattern": "a*a*a*a*b"}, "which may take forever"),
        ({"pattern": r"(a)\1"}, "with a reference to a group, which RE2 has not"),
        ({"pattern": "(?=a)b"}, "with a look ahead or behind, which RE2 has not"),
        ({"pattern": "(?i)a"}, "pattern must have no flags"),
        ({"dtype": "int"}, "dtype must be one of .*, got 'int' .*; did you mean 'integer'"),
        ({"closed": "no"}, "closed must be one of 'both', 'left', 'right', 'neither', got 'no'"),
        ({"monotonic": "up"}, "monotonic must be one of 'increasing'"),
        ({"mostly": 0}, "mostly must be above 0 and at most 1, got 0"),
        ({"mostly": math.nan}, "mostly must be above 0 and at most 1, got nan"),
    ],
)
def test_a_column_that_no_data_can_be_is_refused(rules, message):
    with pytest.raises(ValueError, match=message):
        Column(**rules)
    with pytest.raises(
        ValueError, match=rf"columns\.x\.\w+ must .*{message.partition(' must ')[2]}"
    ):
        Contract({"x": rules})


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"range": 5}, "range must be two numbers or dates, of which None is no end, got 5"),
        ({"range": (0, "a")}, "range must be two numbers, two dates, or two times both"),
        ({"range": (0, DAY(2020, 1, 1))}, "range must be two numbers, two dates"),
        ({"range": (True, 5)}, r"range must be two numbers, dates or None, got True"),
        ({"range": (math.nan, 5)}, "range must be two numbers, dates or None, got nan"),
        ({"values": "abc"}, "values must be a list of values, got 'abc'"),
        ({"values": [None]}, "values must be texts, numbers or bools, got None"),
        ({"pattern": 5}, r"pattern must be a text, got 5 \(int\)"),
        ({"length": (1.5, 2)}, "length must be two integers or None, got 1.5"),
        ({"nullable": "no"}, "nullable must be True or False, got 'no'"),
        ({"mostly": "all"}, "mostly must be a number above 0 and at most 1, got 'all'"),
        ({"rnage": (0, 1)}, "Column must have no rules but .*; did you mean 'range'"),
    ],
)
def test_a_rule_of_another_type_is_refused(rules, message):
    with pytest.raises(TypeError, match=message):
        Column(**rules)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"columns": {"x": {"rnage": 1}}}, "x must have no rules but .* did you mean 'range'"),
        ({"columns": {"x": {}}, "key": ["y"]}, "key must be about columns of the contract, 'x'"),
        ({"columns": {"x": {}}, "key": []}, "key must name columns, each once, got none"),
        ({"columns": {"start": {}}, "where": ["start < strat"]}, "did you mean 'start'"),
        ({"columns": {"x": {}}, "where": ["x = y"]}, "where must be comparisons of two columns"),
        ({"columns": {"x": {}}, "where": ["x < x"]}, "where must compare two columns, got"),
        ({"columns": {"x": {}, "y": {}}, "where": ["x < y", "y < x"]}, "itself, got 'x < y', 'y "),
        ({"columns": {}, "rows": (5, 1)}, "rows must be in order, got 5 and 1"),
        ({"columns": {}, "mostly": 2}, "mostly must be above 0 and at most 1, got 2"),
    ],
)  # fmt: skip
def test_a_contract_that_no_data_can_keep_is_refused(said, message):
    with pytest.raises(ValueError, match=message):
        Contract(**said)


def test_names_that_are_no_texts_and_other_things_are_refused():
    with pytest.raises(TypeError, match=r"columns must have texts as names, got 5 \(int\)"):
        Contract({5: {}})
    with pytest.raises(TypeError, match="columns must be a mapping of names, got"):
        Contract(["a"])
    with pytest.raises(TypeError, match=r"Contract must have no rules .* did you mean 'key'"):
        Contract({"a": {}}, keys=["a"])
    with pytest.raises(TypeError, match=r"columns.a must be a Column or a mapping of rules, got 5"):
        Contract({"a": 5})
    with pytest.raises(TypeError, match="where must be a list of comparisons, got 'a < b'"):
        Contract({"a": {}, "b": {}}, where="a < b")
    with pytest.raises(TypeError, match="other must be a Contract, got 5"):
        CONTRACT.diff(5)


@pytest.mark.parametrize(
    "pattern",
    [r"[\w.+-]+@(\w+\.)+\w+", r"(\w+,)*\w+", r"\w+( \w+)*", r"[^,]*,[^,]*,[^,]*,[^,]*,[^,]*",
     r"(foo|far)+", r"\d{4}(-\d\d){2}", r"(?:x?y)+", "(→ )*", r"(\d{1,3}\.){3}\d{1,3}"],
)  # fmt: skip
def test_a_pattern_that_is_accepted_takes_no_exponential_time(pattern):
    contract = Contract({"x": Column(pattern=pattern)})
    texts = [character * 2000 + "!" for character in "a,.@→x y1f"]
    start = time.perf_counter()
    assert 10 == contract.find({"x": texts}).total
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"range": (0, 9)}, {"range": (0, 5)}, "tightened"),
        ({"range": (0, 9)}, {"range": (None, 9)}, "loosened"),
        ({"range": (0, 9)}, {"range": (5, 20)}, "changed"),
        ({"range": (0, 9)}, {"range": (0, 9), "closed": "left"}, "tightened"),
        ({"range": (0, 9)}, {}, "loosened"),
        ({"dtype": "number"}, {"dtype": "integer"}, "tightened"),
        ({"dtype": "number"}, {"dtype": "text"}, "changed"),
        ({}, {"nullable": False}, "tightened"),
        ({"values": ["a", "b"]}, {"values": ["a"]}, "tightened"),
        ({"pattern": "a"}, {"pattern": "b"}, "changed"),
        ({"length": 5}, {"length": (0, 5)}, "loosened"),
        ({}, {"unique": True}, "tightened"),
        ({"monotonic": "increasing"}, {"monotonic": "strictly increasing"}, "tightened"),
        ({"mostly": 0.9}, {"mostly": 0.99}, "tightened"),
        ({}, {"required": False}, "loosened"),
    ],
)
def test_a_difference_says_what_became_of_a_rule(before, after, change):
    one, other = Contract({"x": before}), Contract({"x": after})
    (found,) = one.diff(other).changes
    assert ("x", change) == (found.column, found.change)
    turned = {"tightened": "loosened", "loosened": "tightened", "changed": "changed"}
    assert turned[change] == other.diff(one).changes[0].change
    assert not one.diff(one)


def test_a_difference_says_what_became_of_rules_of_rows():
    one = Contract({"x": {}, "y": {}, "z": {}}, rows=(1, None), key=["x", "y"])
    other = Contract({"x": {}, "y": {}}, key=["x"], where=["x < y"], extra=False)
    found = {each.rule: each.change for each in one.diff(other).changes}
    expected = {
        "column": "changed", "rows": "loosened", "key": "tightened", "where": "tightened",
        "extra": "tightened",
    }  # fmt: skip
    assert expected == found
    shown = str(one.diff(other))
    assert shown.startswith("3 rules tightened, 1 rule loosened, 1 rule changed\ncolumn  rule")
    assert "| --" in one.diff(other).to_markdown().replace(":--", "--")
    assert "no changes" == str(one.diff(one))


def test_a_sample_tells_what_it_is_and_what_it_cannot():
    sample = pl.DataFrame(
        {
            "age": [20, 40, None, 60] * 5,
            "pay": [0.0, 10.0, 5.0, 1.0] * 5,
            "city": ["Bonn", "Ulm"] * 10,
            "name": [f"n{i}" for i in range(20)],
            "ok": [True, False] * 10,
            "day": [DAY(2020, 1, 1)] * 20,
            "none": [None] * 20,
        }
    )
    for data in (sample, sample.lazy(), sample.to_dicts(), summarize(sample, distributions=True)):
        contract = Contract.infer(data)
        columns = contract.columns
        assert Column("integer", range=(18, 62)) == columns["age"]
        assert (False, (0.0, 10.5)) == (columns["pay"].nullable, columns["pay"].range)
        assert Column("text", nullable=False, values=("Bonn", "Ulm")) == columns["city"]
        assert Column("text", nullable=False, length=(1, 4)) == columns["name"]
        assert Column("bool", nullable=False) == columns["ok"]
        assert Column("date", nullable=False, range=(DAY(2020, 1, 1),) * 2) == columns["day"]
        assert Column() == columns["none"]
        assert contract.check(sample)
    assert "'none': no values, so any are allowed" in contract.notes
    assert "unique, monotonic, pattern, key" in contract.notes[-1]
    assert contract.notes == Contract.from_json(contract.to_json()).notes


def test_what_is_no_sample_is_refused():
    with pytest.raises(ValueError, match="slack must be at least 0, got -1"):
        Contract.infer({"x": [1]}, slack=-1)
    with pytest.raises(TypeError, match="slack must be a number of at least 0, got 'a'"):
        Contract.infer({"x": [1]}, slack="a")
    with pytest.raises(ValueError, match="data must have columns, got"):
        Contract.infer([])
    with pytest.raises(ValueError, match="data must have texts as names of columns, got 0"):
        Contract.infer(summarize([1, 2]))


def test_a_range_of_a_contract_is_that_of_find_out_of_range():
    data = pl.DataFrame({"x": [1.0, math.inf, -math.inf, math.nan, None, 0.1, 0.30000000000000004]})
    expected = find_out_of_range(data, 0.1, 0.3, nan_policy="omit").columns[0]
    found = Contract({"x": Column(range=(0.1, 0.3))}).find(data).by_column["x"]
    assert (expected.count, expected.first[0]) == (found.count, found.first[0])
