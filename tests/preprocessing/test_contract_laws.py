"""Laws of contracts: parts and whole, order, samples; queries are counted."""

from __future__ import annotations

import math

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_infra_utils.preprocessing import Column, Contract, summarize

CONTRACT = Contract(
    {
        "x": Column("number", nullable=False, range=(0, 9), mostly=0.8),
        "y": Column(range=(-5, None), closed="neither"),
        "t": Column(pattern="[ab]+", length=(1, 3), values=["a", "b", "ab"]),
    },
    rows=(2, 6),
    where=["x <= y"],
)
ALL_ROWS = Contract(
    {"x": Column(unique=True), "y": Column(monotonic="increasing"), "t": {}}, key=["x", "t"]
)
number = st.sampled_from([-5, 0, 1, 2.5, 9, 10, math.nan, None])
text = st.sampled_from(["", "a", "b", "ab", "abc", "abab", "c", None])
rows = st.lists(st.fixed_dictionaries({"x": number, "y": number, "t": text}), max_size=12)
SCHEMA = {"x": pl.Float64, "y": pl.Float64, "t": pl.String}


def frame(data):
    return pl.DataFrame(data, SCHEMA)


def counted(findings):
    return {key: each.count for key, each in findings.by_rule.items()}


@settings(max_examples=50)
@given(rows, rows, st.integers(0, 3))
def test_findings_of_parts_are_those_of_the_whole(first, second, limit):
    parts = [CONTRACT.find(frame(part), limit=limit) for part in (first, second)]
    whole = CONTRACT.find(frame(first + second), limit=limit)
    merged = sum(parts)
    assert counted(whole) == counted(merged)
    for one, other in zip(whole.columns, merged.columns):
        assert one.rule == other.rule
        # A merge knows no limit but that of its parts.
        assert repr(one.first[: len(other.first)]) == repr(other.first)  # NaN is not NaN


@settings(max_examples=20)
@given(rows)
def test_every_table_finds_the_same(data):
    for contract in (CONTRACT, ALL_ROWS):
        table = frame(data)
        expected = counted(contract.find(table.to_dict(as_series=False)))
        for same in (table, table.lazy(), table.to_arrow(), table.to_pandas()):
            assert expected == counted(contract.find(same))


@settings(max_examples=30)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(data, random):
    mixed = random.sample(data, len(data))
    assert counted(CONTRACT.find(frame(data))) == counted(CONTRACT.find(frame(mixed)))


@settings(max_examples=20)
@given(rows)
def test_split_parts_the_rows_that_keep_the_rules_from_those_that_do_not(data):
    tolerant = Contract(CONTRACT.columns, where=CONTRACT.where)
    strict = Contract({n: rule.__class__(**{**vars(rule), "mostly": 1.0}) for n, rule in
                       CONTRACT.columns.items()}, where=["x <= y"])  # fmt: skip
    kept, broken = tolerant.split(frame(data).with_row_index("i"))
    assert strict.check(kept)
    assert sorted([*kept["i"], *broken["i"]]) == list(range(len(data)))
    one_by_one = [not strict.check(broken[i : i + 1]) for i in range(len(broken))]
    assert all(one_by_one)
    by_rules, wrong = tolerant.split(frame(data).to_dicts())
    assert len(by_rules) == len(kept)
    assert [row["broken_rules"] for row in wrong] == broken["broken_rules"].to_list()


@settings(max_examples=30)
@given(rows.filter(bool), st.floats(0, 10))
def test_a_sample_keeps_the_contract_that_was_inferred_from_it(data, slack):
    table = frame(data)
    for sample in (table, table.to_dicts(), summarize(table, distributions=True)):
        assert Contract.infer(sample, slack=slack).check(table)


@given(st.lists(st.floats(allow_nan=False) | st.integers(-(2**62), 2**62), min_size=1))
def test_a_sample_of_hostile_numbers_keeps_its_contract(values):
    data = {"x": values}
    assert Contract.infer(data).check(data)
    assert Contract.infer(data, slack=0).check(data)
    assert Contract.infer(data, slack=1e308).check(data)


SPLIT = {"x": [1.0, 99.0, None, 3.0], "t": ["a", "b", "c", None]}


@pytest.mark.parametrize("make", [pl.DataFrame, pl.LazyFrame, pd.DataFrame, pa.table])
def test_split_returns_frames_of_the_same_kind(make):
    contract = Contract({"x": Column(nullable=False, range=(0, 9)), "t": Column(pattern="[ab]")})
    data = make(SPLIT)
    kept, broken = contract.split(data)
    assert type(data) is type(kept) is type(broken)
    kept, broken = (nw.from_native(each).lazy().collect("polars") for each in (kept, broken))
    assert [1.0, 3.0] == kept["x"].to_list()
    assert ["x", "t"] == kept.columns
    assert ["x range", "x nullable; t pattern"] == broken["broken_rules"].to_list()
    whole, none = Contract({"x": {}}).split(data)
    assert 0 == len(nw.from_native(none).lazy().collect("polars"))
    assert 4 == len(nw.from_native(whole).lazy().collect("polars"))


def test_split_refuses_what_it_cannot_do():
    contract = Contract({"x": {}, "z": {}})
    with pytest.raises(ValueError, match="frame must have the columns 'z', got none of them"):
        contract.split(pl.DataFrame(SPLIT))
    with pytest.raises(ValueError, match="name must be that of no column, got 't'"):
        Contract({}).split(pl.DataFrame(SPLIT), name="t")
    with pytest.raises(TypeError, match="frame must be a frame, a query or a list of dicts"):
        Contract({"x": {}}).split(SPLIT)


@pytest.fixture
def queries(monkeypatch):
    """The queries that are sent to an engine."""
    sent = []
    collect = nw.LazyFrame.collect

    def counting(self, *args, **kwargs):
        sent.append(self)
        return collect(self, *args, **kwargs)

    monkeypatch.setattr(nw.LazyFrame, "collect", counting)
    return sent


def test_all_rules_are_one_query_and_a_key_one_more(queries):
    table = frame([{"x": 1.0, "y": 2.0, "t": "a"}, {"x": 99.0, "y": 2.0, "t": "z"}]).lazy()
    CONTRACT.find(table)
    assert 1 == len(queries)
    ALL_ROWS.find(table)
    assert 3 == len(queries)
    CONTRACT.split(table)
    assert 3 == len(queries)
