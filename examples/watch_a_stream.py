"""Watch a stream: four processes summarize what they see, the states are merged, drift is told."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import polars as pl

from ml_infra_utils.preprocessing import Summary, drift, summarize

NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


def nests(remainders):
    """Read the penguins of some nests; two rows are a nest, and remainders are of eight nests."""
    table = pl.read_csv("examples/data/penguins.csv", null_values="NA", row_index_name="row")
    return table.filter((pl.col("row") // 2 % 8).is_in(remainders)).select("species", *NUMBERS)


def see(worker, with_fault):
    """Stand in for one consumer of the stream: it sends a few kilobytes, whatever it has seen."""
    rows = nests([2 * worker + 1])
    if with_fault:  # a scale that tells kilograms
        rows = rows.with_columns(pl.col("body_mass_g") / 1000)
    return summarize(rows, distributions=True).to_json()


def main():
    reference = summarize(nests([0, 2, 4, 6]), distributions=True)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        for day, faults in ("Monday", [False] * 4), ("Tuesday", [False, False, False, True]):
            seen = sum(map(Summary.from_json, pool.map(see, range(4), faults)))
            report = drift(reference, seen)
            print(f"{day}, {seen['body_mass_g'].count} weighed: {report.drifted or 'as before'}")
    print(f"\n{report}")
    sys.exit(int(bool(report)))  # the alarm; report.raise_if_any() raises an error instead


if __name__ == "__main__":
    main()
