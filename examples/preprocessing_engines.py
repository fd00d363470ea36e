"""Fit and transform one table on every engine that is installed, and merge the states of parts.

pip install ml-infra-preprocessing polars duckdb 'dask[dataframe,distributed]' pyspark
"""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd

from ml_infra_utils.preprocessing import StandardScaler, find_missing_values, summarize

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {"age": RNG.normal(40, 12, 10_000), "income": np.exp(RNG.normal(10, 1, 10_000))}
)
TABLE.loc[17, "income"] = None


def polars():
    import polars as pl

    yield pl.from_pandas(TABLE).lazy()


def duckdb():
    import duckdb

    with duckdb.connect() as connection:
        connection.register("people", TABLE)
        yield connection.table("people")


def dask():
    import dask.dataframe
    from distributed import Client, LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1"}
    with LocalCluster(**options, dashboard_address=None) as cluster, Client(cluster):
        yield dask.dataframe.from_pandas(TABLE, npartitions=4)


def pyspark():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    try:
        yield session.createDataFrame(TABLE)
    finally:
        session.stop()


def main():
    print(summarize(TABLE), find_missing_values(TABLE), sep="\n\n", end="\n\n")
    expected = StandardScaler(nan_policy="omit").fit(TABLE)
    print("pandas   ", expected.mean_, expected.scale_)
    for engine in (polars, duckdb, dask, pyspark):
        if importlib.util.find_spec(engine.__name__) is None:
            print(f"{engine.__name__:9} is not installed")
            continue
        for table in engine():
            scaler = StandardScaler(nan_policy="omit").fit(table)
            print(f"{engine.__name__:9}", scaler.mean_, scaler.scale_)
            np.testing.assert_allclose(expected.mean_, scaler.mean_)
            print(" " * 9, "transforms to", type(scaler.transform(table)).__name__)
    # Each part is fitted on its own, and its state travels as text.
    parts = [TABLE[start : start + 2500] for start in range(0, len(TABLE), 2500)]
    texts = [StandardScaler(nan_policy="omit").fit(part).to_json() for part in parts]
    merged = sum(map(StandardScaler.from_json, texts))
    np.testing.assert_allclose(expected.scale_, merged.scale_)
    print("4 merged ", merged.mean_, merged.scale_)


if __name__ == "__main__":
    main()
