"""Every state from real engines, with one GROUP BY: DuckDB, Dask, Polars lazy, PySpark."""

from __future__ import annotations

import random
from dataclasses import astuple
from typing import Any, Callable

import duckdb
import pandas as pd
import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    MultilabelCounts,
    PairedComparison,
    RegressionErrors,
    ScoreHistogram,
    Slices,
    compare,
)

# narwhals announces a package of its own for Dask, which is not published everywhere yet.
pytestmark = pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")

DRAWN = random.Random(8)
N = 300
DATA = pd.DataFrame(
    {
        "guess": [1, 0, 0, 1, 2, 1] * 50,
        "truth": [1, 1, 0, 1, 2, 0] * 50,
        "weight": [0.5, 2.0, 1.0, 0.25, 1.0, 0.0] * 50,
        "country": ["it", "de", "it", "it", None, "de"] * 50,
        "cat?": [DRAWN.randrange(2) for _ in range(N)],
        "cat": [DRAWN.randrange(2) for _ in range(N)],
        "dog?": [DRAWN.randrange(2) for _ in range(N)],
        "dog": [DRAWN.randrange(2) for _ in range(N)],
        "chance": [i / 100 for i in range(101)] + [i / 198 for i in range(199)],
        "price": [1e6 + DRAWN.random() for _ in range(N)],
        "estimate": [1e6 + DRAWN.random() for _ in range(N)],
    }
)

FromTable = Callable[[Any, Any], Any]
FROM_TABLES: dict[str, FromTable] = {
    "matrix": lambda table, by: ConfusionMatrix.from_frame(table, "guess", "truth", by),
    "weighted matrix": lambda table, by: ConfusionMatrix.from_frame(
        table, "guess", "truth", by, sample_weight="weight"
    ),
    "matrix without a class": lambda table, by: ConfusionMatrix.from_frame(
        table, "guess", "truth", by, ignore=2
    ),
    "labels": lambda table, by: MultilabelCounts.from_frame(
        table, ["cat?", "dog?"], ["cat", "dog"], by
    ),
    "weighted labels": lambda table, by: MultilabelCounts.from_frame(
        table, ["cat?", "dog?"], ["cat", "dog"], by, sample_weight="weight"
    ),
    "histogram": lambda table, by: ScoreHistogram.from_frame(table, "chance", "cat", by, bins=20),
    "weighted histogram": lambda table, by: ScoreHistogram.from_frame(
        table, "chance", "cat", by, bins=20, sample_weight="weight"
    ),
    "comparison": lambda table, by: PairedComparison.from_frame(table, "cat?", "dog?", "cat", by),
    "errors": lambda table, by: RegressionErrors.from_frame(table, "estimate", "price", by),
    "weighted errors": lambda table, by: RegressionErrors.from_frame(
        table, "estimate", "price", by, sample_weight="weight"
    ),
}
state = pytest.mark.parametrize("from_table", FROM_TABLES.values(), ids=FROM_TABLES)


def of_columns(from_table: FromTable, data: pd.DataFrame) -> Any:
    """Return what columns of pandas give without a table, where there is such a state."""
    columns = data.to_dict("list")
    weight = columns["weight"]
    made: dict[FromTable, Callable[[], Any]] = {
        FROM_TABLES["matrix"]: lambda: ConfusionMatrix.from_predictions(
            columns["guess"], columns["truth"]
        ),
        FROM_TABLES["weighted matrix"]: lambda: ConfusionMatrix.from_predictions(
            columns["guess"], columns["truth"], sample_weight=weight
        ),
        FROM_TABLES["matrix without a class"]: lambda: ConfusionMatrix.from_predictions(
            columns["guess"], columns["truth"], ignore=2
        ),
        FROM_TABLES["labels"]: lambda: MultilabelCounts.from_indicators(
            data[["cat?", "dog?"]].set_axis(["cat", "dog"], axis=1), data[["cat", "dog"]]
        ),
        FROM_TABLES["weighted labels"]: lambda: MultilabelCounts.from_indicators(
            data[["cat?", "dog?"]].set_axis(["cat", "dog"], axis=1),
            data[["cat", "dog"]],
            sample_weight=weight,
        ),
        FROM_TABLES["histogram"]: lambda: ScoreHistogram.from_probabilities(
            columns["chance"], columns["cat"], bins=20
        ),
        FROM_TABLES["weighted histogram"]: lambda: ScoreHistogram.from_probabilities(
            columns["chance"], columns["cat"], bins=20, sample_weight=weight
        ),
        FROM_TABLES["comparison"]: lambda: compare(
            columns["cat?"], columns["dog?"], columns["cat"]
        ),
        FROM_TABLES["errors"]: lambda: RegressionErrors.from_predictions(
            columns["estimate"], columns["price"]
        ),
        FROM_TABLES["weighted errors"]: lambda: RegressionErrors.from_predictions(
            columns["estimate"], columns["price"], sample_weight=weight
        ),
    }
    return made[from_table]()


def assert_equal(expected: Any, got: Any) -> None:
    """Compare states: sums of errors up to rounding, all others exactly."""
    if isinstance(expected, RegressionErrors):
        assert pytest.approx(astuple(expected), rel=1e-7) == astuple(got)
    else:
        assert expected == got


@state
def test_a_table_gives_the_state_that_its_columns_give(
    table: Callable[[pd.DataFrame], Any], from_table: FromTable
) -> None:
    assert_equal(of_columns(from_table, DATA), from_table(table(DATA), None))


@state
def test_slices_are_the_states_of_their_rows_and_add_up_to_the_whole(
    table: Callable[[pd.DataFrame], Any], from_table: FromTable
) -> None:
    slices: Slices[Any] = from_table(table(DATA), "country")
    assert ["de", "it", None] == list(slices)
    for country, state in slices.items():
        rows = DATA["country"].isna() if country is None else DATA["country"] == country
        assert_equal(of_columns(from_table, DATA[rows]), state)
    assert_equal(of_columns(from_table, DATA), slices.overall)


def queries_of(call: Callable[[Any], object], data: pd.DataFrame) -> list[str]:
    """Return the queries that a call sends to DuckDB."""
    connection = duckdb.connect()
    connection.register("data", data)
    connection.execute("CREATE TABLE t AS SELECT * FROM data")
    connection.execute("CALL enable_logging('QueryLog')")
    call(connection.table("t"))
    connection.execute("CALL disable_logging()")
    logged = connection.execute("SELECT message FROM duckdb_logs WHERE type = 'QueryLog'")
    return [query for (query,) in logged.fetchall() if 'FROM "t"' in query]


@pytest.mark.parametrize("by", [None, "country"])
@state
def test_an_engine_runs_one_query_with_one_group_by(from_table: FromTable, by: Any) -> None:
    queries = queries_of(lambda table: from_table(table, by), DATA)
    # Weighted errors are summed about the mean label of the table, which is asked first.
    assert (2 if from_table is FROM_TABLES["weighted errors"] else 1) == len(queries)
    assert 1 == queries[-1].count("GROUP BY")


def test_missing_classes_are_refused(table: Callable[[pd.DataFrame], Any]) -> None:
    with pytest.raises(ValueError, match=r"column 'country'.* missing"):
        ConfusionMatrix.from_frame(table(DATA), "country", "country")


def test_negative_weights_are_refused(table: Callable[[pd.DataFrame], Any]) -> None:
    data = DATA.assign(weight=-DATA["weight"])
    with pytest.raises(ValueError, match="column 'weight' must hold weights of at least 0, got -"):
        ConfusionMatrix.from_frame(table(data), "guess", "truth", sample_weight="weight")
