"""Tables of the engines that run here, and the data that they hold."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import dask.dataframe as dd
import duckdb
import pandas as pd
import polars as pl
import pytest
from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def duckdb_relation(data: pd.DataFrame) -> Any:
    connection = duckdb.connect()
    connection.register("data", data)
    return connection.table("data")


@pytest.fixture(params=["duckdb", "dask", "polars lazy", "pyspark"])
def table(request: pytest.FixtureRequest) -> Callable[[pd.DataFrame], Any]:
    if request.param == "pyspark":
        spark = request.getfixturevalue("spark")
        return lambda data: spark.createDataFrame(
            list(data.astype(object).where(data.notna(), None).itertuples(index=False)),
            list(data.columns),
        )
    makers: dict[str, Callable[[pd.DataFrame], Any]] = {
        "duckdb": duckdb_relation,
        "dask": lambda data: dd.from_pandas(data, npartitions=3),
        "polars lazy": lambda data: pl.from_pandas(data).lazy(),
    }
    return makers[request.param]
