"""Time the stages of a pipeline in four processes: percentiles as a table, JSON, OpenMetrics."""

import csv
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from ml_infra_utils.decorators import Timings, timed, timer
from ml_infra_utils.preprocessing import clip_outliers, standardize

stages = Timings()


@timer(output=None, record=stages)
def read(path):
    with Path(path).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [[float(row[name]) for row in rows] for name in rows[0] if name != "diagnosis"]


@timer(output=None, record=stages, name="clip")
def without_outliers(column):
    return clip_outliers(column, 1, 99)


def work(_):
    """Run the pipeline once in a process of the pool, and send what it took."""
    columns = [without_outliers(column) for column in read("examples/data/breast_cancer.csv")]
    with timed("scale", output=None, record=stages):
        columns = [standardize(column) for column in columns]
    return stages.take()  # what was recorded since the last time: nothing is added twice


if __name__ == "__main__":
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        everything = sum(pool.map(work, range(8)))
    print(everything)  # to_markdown() for a pull request, to_json() for whoever adds up further
    print(everything.to_openmetrics())
