"""Engines that run here: DuckDB, Polars lazy, a Dask cluster of two workers, Spark on two cores."""

from __future__ import annotations

import math
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

RNG = np.random.default_rng(0)


@pytest.fixture(scope="session")
def table():
    """Two partitions' worth of ugly data, in an order that `id` tells."""
    n = 4000
    data = pd.DataFrame(
        {
            "id": np.arange(n),
            "income": np.exp(RNG.normal(10, 1, n)),
            "huge": RNG.normal(size=n) * 1e200,
            "stamp": 2**60 + np.arange(n)[::-1] * 3,
            "name": RNG.choice(["x", "yes", "é"], n),
        }
    )
    data.loc[7, "income"] = math.nan
    return data


@pytest.fixture(scope="session")
def dask_table(table):
    dask_frame = pytest.importorskip("dask.dataframe", reason="Dask needs Python 3.10")
    distributed = pytest.importorskip("distributed", reason="Dask needs Python 3.10")
    options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1"}
    cluster = distributed.LocalCluster(**options, dashboard_address=None)
    with cluster, distributed.Client(cluster):
        yield dask_frame.from_pandas(table, npartitions=4)


@pytest.fixture(scope="session")
def spark_table(table, tmp_path_factory):
    sql = pytest.importorskip("pyspark.sql", reason="Spark needs Python 3.10")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        settings = {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("spark")),
        }
        builder = sql.SparkSession.builder.master("local[2]").appName("tests")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session.createDataFrame(table).repartition(4)
        session.stop()


@pytest.fixture(scope="session")
def duckdb_table(table):
    duckdb = pytest.importorskip("duckdb", reason="of the engines")
    connection = duckdb.connect()
    connection.register("source", table)
    yield connection.table("source")
    connection.close()


@pytest.fixture(params=["duckdb", "polars", "dask", "spark"])
def query(request, table):
    """The table in an engine, and what collects a query of it into pandas in the order of id."""
    if request.param == "polars":
        made, collect = pl.from_pandas(table).lazy(), lambda found: found.collect().to_pandas()
    else:
        made = request.getfixturevalue(f"{request.param}_table")
        collect = {
            "duckdb": lambda found: found.df(),
            "dask": lambda found: found.compute(),
            "spark": lambda found: found.toPandas(),
        }[request.param]
    return made, lambda found: collect(found).sort_values("id").reset_index(drop=True)
