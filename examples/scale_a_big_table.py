"""Scale a table where it lies: python examples/scale_a_big_table.py polars|duckdb|dask|spark."""

import sys
from contextlib import contextmanager

from ml_infra_utils.preprocessing import StandardScaler

PATH, FEATURES = "examples/data/breast_cancer.csv", ["mean_radius", "mean_area"]


@contextmanager
def table_in(engine):
    if engine == "polars":
        import polars

        yield polars.scan_csv(PATH)
    elif engine == "duckdb":
        import duckdb

        yield duckdb.read_csv(PATH)
    elif engine == "dask":
        from dask import dataframe, distributed

        with distributed.Client(n_workers=2, host="127.0.0.1", dashboard_address=None):
            yield dataframe.read_csv(PATH, blocksize="64kB")
    else:
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.config("spark.driver.bindAddress", "127.0.0.1")
        with builder.master("local[2]").getOrCreate() as session:
            yield session.read.csv(PATH, header=True, inferSchema=True)


if __name__ == "__main__":  # the workers of Dask import this file
    with table_in(sys.argv[1]) as table:
        scaler = StandardScaler(columns=FEATURES).fit(table)  # one query
        scaled = scaler.transform(table)  # lazy: nothing is computed; other columns pass through
        check = StandardScaler(columns=FEATURES).fit(scaled).summary_["mean_area"]
        print(scaler.summary_)
        print(f"{check.count} areas, scaled: deviation {check.std:.6f}")
