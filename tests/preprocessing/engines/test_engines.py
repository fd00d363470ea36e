"""An engine gives the result of a single machine, from one query, and stays lazy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    check_data_types,
    check_missing_values,
    clip_outliers,
    drift,
    find_missing_values,
    find_out_of_range,
    normalize,
    standardize,
    summarize,
    validate_range,
)

COLUMNS = ["income", "huge", "stamp"]

pytestmark = [
    pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning"),  # of narwhals
    pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning"),  # Dask's variance
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets of Spark and Dask
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # likewise
]


@pytest.mark.parametrize("function", [normalize, standardize, clip_outliers])
def test_a_transform_is_that_of_one_machine(query, table, function):
    data, collect = query
    result = function(data, columns=COLUMNS, nan_policy="omit")
    assert type(data) is type(result)
    expected = function(table, columns=COLUMNS, nan_policy="omit")
    found = collect(result)
    np.testing.assert_allclose(expected[COLUMNS], found[COLUMNS].astype(float), rtol=1e-9)
    assert table["name"].tolist() == found["name"].tolist()


@pytest.mark.parametrize("make", [MinMaxScaler, RobustScaler, StandardScaler])
def test_a_scaler_of_some_columns_lets_the_others_through(query, table, make):
    data, collect = query
    scaler = make(columns=COLUMNS, nan_policy="omit", on_constant="zero")
    expected = scaler.fit(table).transform(table)
    result = scaler.fit(data).transform(data)
    assert type(data) is type(result)
    found = collect(result)
    assert table.columns.tolist() == found.columns.tolist()
    assert table[["id", "name"]].to_numpy().tolist() == found[["id", "name"]].to_numpy().tolist()
    for name in COLUMNS:
        np.testing.assert_allclose(expected[name], found[name].astype(float), rtol=1e-9, atol=1e-12)
    back = collect(scaler.inverse_transform(result))
    np.testing.assert_allclose(table["income"], back["income"].astype(float), rtol=1e-9)
    assert COLUMNS == list(scaler.feature_names_in_)


def test_the_ends_of_long_integers_are_reached_exactly(query):
    data, collect = query
    found = collect(normalize(data, columns="stamp"))["stamp"].astype(float)
    assert (0.0, 1.0) == (found.min(), found.max())


@pytest.mark.parametrize("make", [MinMaxScaler, RobustScaler, StandardScaler, OutlierClipper])
def test_a_partition_of_dask_may_be_empty(table, make):
    dask_frame = pytest.importorskip("dask.dataframe", reason="Dask needs Python 3.10")
    dask_table = dask_frame.from_pandas(table, npartitions=4)
    scaler = make(columns="stamp").fit(table)
    some = dask_table[dask_table["id"] >= len(table) - 3]  # three of four partitions are empty
    expected = scaler.transform(table.iloc[-3:])["stamp"]
    for result in (scaler.transform(some), some.map_partitions(scaler.transform)):
        assert expected.tolist() == result["stamp"].compute().tolist()
    assert (0, 5) == scaler.transform(dask_table[dask_table["id"] < 0]).compute().shape


@pytest.mark.parametrize("make", [MinMaxScaler, StandardScaler, OutlierClipper])
def test_a_fit_is_that_of_one_machine(query, table, make):
    data, collect = query
    columns = ["id", *COLUMNS]
    numbers = data[columns] if hasattr(data, "npartitions") else data.select(*columns)
    expected = make(nan_policy="omit").fit(table[columns])
    fitted = make(nan_policy="omit").fit(numbers)
    found = collect(fitted.transform(numbers))
    for name, values in expected.transform(table[columns]).items():
        # Clipped ids have ties, so rows have no order any more.
        np.testing.assert_allclose(np.sort(values), np.sort(found[name].astype(float)), rtol=1e-9)
    assert columns == list(fitted.feature_names_in_)


def test_a_summary_is_that_of_one_machine(query, table):
    data, _ = query
    for mine, theirs in zip(summarize(table), summarize(data)):
        assert (mine.name, mine.count, mine.missing) == (theirs.name, theirs.count, theirs.missing)
        if mine.mean is not None:
            figures = [(c.min, c.max, c.mean, c.std) for c in (mine, theirs)]
            assert figures[0] == pytest.approx(figures[1], rel=1e-9)


def test_distributions_are_those_of_one_machine(query, table):
    data, _ = query
    expected, summary = (summarize(each, distributions=True) for each in (table, data))
    assert any(column.distribution is not None for column in expected)
    for one, other in zip(expected, summary):
        assert (
            getattr(one.distribution, "document", dict)()
            == getattr(other.distribution, "document", dict)()
        )
    assert not drift(expected, summary, psi=1e-12)


def test_findings_are_counted(query):
    data, _ = query
    assert {"income": 1} == {n: c.count for n, c in find_missing_values(data).by_column.items()}
    outside = find_out_of_range(data, 0, 3999, columns="id")
    assert not outside
    assert 4000 == outside.rows
    assert check_missing_values(data)
    assert not validate_range(data, 0, 1)
    assert not check_data_types(data, bytes)


def test_missing_values_are_an_error_with_their_column(query):
    data, _ = query
    with pytest.raises(ValueError, match="no missing values, got 1 in column 'income'"):
        normalize(data, columns=COLUMNS)


def test_states_of_partitions_merge_to_the_whole(dask_table, table):
    parts = dask_table[COLUMNS].to_delayed()
    scalers = [StandardScaler(nan_policy="omit").fit(part.compute()) for part in parts]
    merged = sum(scalers)
    expected = StandardScaler(nan_policy="omit").fit(table[COLUMNS])
    np.testing.assert_allclose(expected.mean_, merged.mean_, rtol=1e-9)
    np.testing.assert_allclose(expected.scale_, merged.scale_, rtol=1e-9)


def test_spark_partitions_fit_where_they_are(spark_table, table):
    def states(frames):
        for frame in frames:
            state = StandardScaler(nan_policy="omit").fit(frame).to_json()
            yield pd.DataFrame({"state": [state]})

    rows = spark_table.select(*COLUMNS).mapInPandas(states, "state string").collect()
    scalers = [StandardScaler.from_json(row.state) for row in rows]
    merged = sum(scalers)
    expected = StandardScaler(nan_policy="omit").fit(table[COLUMNS])
    np.testing.assert_allclose(expected.mean_, merged.mean_, rtol=1e-9)
    np.testing.assert_allclose(expected.scale_, merged.scale_, rtol=1e-9)


def test_every_float_falls_into_the_bin_of_one_machine():
    duckdb = pytest.importorskip("duckdb", reason="of the engines")
    ends = [2.0**power * (1 + step / 64) for power in range(-1022, 1024, 31) for step in range(64)]
    numbers = [0.0, 5e-324, 2.2e-308, *ends, *np.nextafter(ends, 0), 1.7976931348623157e308, np.inf]
    table = pd.DataFrame({"x": np.concatenate([numbers, np.negative(numbers)])})
    (expected,) = summarize(table, distributions=True)
    with duckdb.connect() as connection:
        connection.register("source", table)
        for data in (connection.table("source"), pl.from_pandas(table).lazy()):
            (found,) = summarize(data, distributions=True)
            assert expected.distribution.document() == found.distribution.document()
