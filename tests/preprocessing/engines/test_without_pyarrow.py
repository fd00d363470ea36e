"""DuckDB where PyArrow is not installed, which it needs to hand over a frame, but not numbers."""

from __future__ import annotations

import sys

import duckdb
import pytest

from ml_infra_utils.preprocessing import (
    Column,
    Contract,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
    drift,
    find_missing_values,
    standardize,
    summarize,
    validate_range,
)

ROWS = """
    select i::double as x, i % 7 as y, case when i % 5 > 0 then 'x' || (i % 3) end as text,
           i % 2 = 0 as flag
    from range(100) as numbers(i)
"""


@pytest.fixture(autouse=True)
def no_pyarrow(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)


@pytest.fixture
def relation():
    with duckdb.connect() as connection:
        yield connection.sql(ROWS)


def test_a_summary_with_distributions_is_told(relation):
    summary = summarize(relation, distributions=True)
    assert (49.5, 49.0) == (summary["x"].mean, summary["x"].quantile(0.5))
    assert (3, 20) == (summary["text"].distinct.most, summary["text"].missing)
    assert 50 == summary["flag"].top[0].count.least
    assert not drift(summary, relation)


def test_a_contract_is_asked_and_learned(relation):
    contract = Contract(
        {"x": Column(range=(0, 89)), "y": {}, "text": Column(unique=True)},
        key=["y", "text"],
        where=["y <= x"],
    )
    counts = {key: each.count for key, each in contract.find(relation).by_rule.items() if each}
    assert {("x", "range"): 10, ("text", "unique"): 77, (None, "key"): 59} == counts
    assert Contract.infer(relation).check(relation)


def test_scalers_are_fitted_and_scale(relation):
    numbers = relation.project("x, y")
    for scaler in (MinMaxScaler(), StandardScaler()):
        assert 100 == len(scaler.fit(numbers).transform(numbers).fetchall())
    assert 100 == len(standardize(numbers).fetchall())


def test_values_are_checked(relation):
    assert 20 == find_missing_values(relation).by_column["text"].count
    assert not validate_range(relation.project("x"), 0, 10)


def test_what_needs_the_values_says_what_to_install(relation):
    with pytest.raises(ModuleNotFoundError) as error:
        RobustScaler(columns="x").fit(relation)
    expected = (
        "a query of Duckdb must be collected by pyarrow, which is not installed: "
        "pip install pyarrow"
    )
    assert expected == str(error.value)
