"""A contract finds in an engine what it finds on a single machine, by one query."""

from __future__ import annotations

import pytest

from ml_infra_utils.preprocessing import Column, Contract

pytestmark = [
    pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning"),  # of narwhals
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets of Spark and Dask
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # likewise
]

BROKEN = Contract(
    {
        "id": Column("integer", nullable=False, unique=True, range=(10, 3990)),
        "income": Column("float", nullable=False, range=(0, 100_000), unique=True),
        "huge": Column("number", range=(-1e200, None), mostly=0.5),
        "stamp": Column("integer", range=(2**60 + 3, 2**60 + 11_990)),
        "name": Column("text", values=("x",), pattern="[a-z]+", length=(1, 2), unique=True),
        "absent": Column("text", nullable=False),
    },
    rows=(1, 3000),
    key=("name", "stamp"),
    where=["id >= stamp", "income < huge"],
    extra=False,
)
KEPT = Contract(
    {
        "id": Column("integer", nullable=False, unique=True),
        "income": Column("float", range=(0, None)),
        "name": Column("text", nullable=False, values=("x", "yes", "é")),
        "stamp": Column("integer"),
    },
    rows=4000,
    key=("id", "name"),
    where=["id < stamp"],
)


def test_what_breaks_a_contract_is_counted_as_on_one_machine(query, table):
    data, _ = query
    expected, found = BROKEN.find(table), BROKEN.find(data)
    assert expected.by_rule.keys() == found.by_rule.keys()
    for rule, one in expected.by_rule.items():
        assert (one.count, one.rule) == (found.by_rule[rule].count, found.by_rule[rule].rule), rule
    assert not BROKEN.check(data)


def test_a_contract_that_holds_is_kept(query):
    data, _ = query
    assert KEPT.check(data)


def test_rows_that_break_a_contract_are_split_off(query, table):
    data, collect = query
    rules = Contract(
        {
            "id": Column(range=(10, None)),
            "income": Column(nullable=False),
            "name": Column(pattern="[a-z]+", length=(1, 2)),
            "stamp": {},
        },
        where=["id < stamp"],
    )
    expected = rules.split(table)
    found = rules.split(data)
    assert {type(data)} == {*map(type, found)}
    for one, other in zip(expected, map(collect, found)):
        assert one["id"].tolist() == other["id"].tolist()
        assert one.columns.tolist() == other.columns.tolist()
    assert expected[1]["broken_rules"].tolist() == collect(found[1])["broken_rules"].tolist()


def test_what_a_contract_learns_from_an_engine_is_what_it_learns_from_one_machine(query, table):
    data, _ = query
    expected, found = Contract.infer(table), Contract.infer(data)
    assert expected == found
    assert found.check(data)


def test_all_rules_but_a_key_are_one_reading(table):
    duckdb = pytest.importorskip("duckdb", reason="of the engines")
    arrow = pytest.importorskip("pyarrow", reason="of the engines")
    rules = Contract(BROKEN.columns, BROKEN.rows, where=BROKEN.where, extra=False)
    rows = arrow.Table.from_pandas(table)
    with duckdb.connect() as connection:
        # A reader gives its rows once: a second query would find none.
        once = connection.from_arrow(
            arrow.RecordBatchReader.from_batches(rows.schema, rows.to_batches())
        )
        found = rules.find(once)
    expected = rules.find(table)
    assert {r: c.count for r, c in expected.by_rule.items()} == {
        r: c.count for r, c in found.by_rule.items()
    }
