"""Race the scalers and the search for missing values on the frames of feature jobs and services.

Each job is a line of a grid, and each size a column: 1 to 100,000 rows of 3 to 1,000 columns.
"""

from __future__ import annotations

import functools
import sys
import time

import numpy as np
import pandas as pd
import polars as pl
from sklearn.preprocessing import StandardScaler

import ml_infra_utils.preprocessing as portion
from benchmarks.harness import OURS, Row, destination, grid, race
from ml_infra_utils.preprocessing import find_missing_values

SKLEARN, ISNA = "scikit-learn", "isna().sum()"
SIZES = [(rows, columns) for rows in (1, 1000, 100_000) for columns in (3, 30, 100, 1000)]
ROUNDS = {1: 31, 1000: 15, 100_000: 5}
# Larger frames than this are raced as the plain kinds only: each is copied several times.
MOST = 10**7
PLAIN = ("NumPy", "pandas", "Polars")


def names(x):
    return [f"c{i}" for i in range(x.shape[1])]


def pandas(x):
    return pd.DataFrame(x, columns=names(x))


def polars(x):
    return pl.DataFrame({name: x[:, i].copy() for i, name in enumerate(names(x))})


def with_types(make, types):
    def mixed(x):
        columns = ((n, x[:, i].astype(types[i % len(types)])) for i, n in enumerate(names(x)))
        return make(dict(columns))

    return mixed


def with_nulls(x):
    empty = np.random.default_rng(1).random(x.shape) < 0.01
    return polars(np.where(empty, np.nan, x)).fill_nan(None)


KINDS = {
    "NumPy": np.asarray,
    "NumPy, F order": np.asfortranarray,
    "NumPy, float32": functools.partial(np.asarray, dtype="f4"),
    "NumPy, int64": functools.partial(np.asarray, dtype="i8"),
    "pandas": pandas,
    "pandas, f8 and i8": with_types(pd.DataFrame, ["f8", "i8"]),
    "pandas, f8, i8 and f4": with_types(pd.DataFrame, ["f8", "i8", "f4"]),
    "pandas, Float64": lambda x: pandas(x).astype("Float64"),
    "pandas, double[pyarrow]": lambda x: pandas(x).astype("double[pyarrow]"),
    "Polars": polars,
    "Polars, f8, i8 and f4": with_types(pl.DataFrame, ["f8", "i8", "f4"]),
    "Polars, 1 % null": with_nulls,
}


def frames(kinds, rows, columns):
    """Yield jobs of scalers for each kind of data."""
    # Two rows more, so that a fit for one row has a deviation.
    x = np.random.default_rng(0).normal(5, 300, size=(rows + 2, columns))
    for kind in kinds:
        many = KINDS[kind](x)
        data = many[:rows]
        output = kind.partition(",")[0].lower()
        output = output if output in ("pandas", "polars") else "default"
        new = functools.partial(portion.StandardScaler, ddof=0, nan_policy="omit")
        mine, theirs = new().fit(many), StandardScaler().set_output(transform=output).fit(many)
        peers = {SKLEARN: lambda t=theirs, d=data: t.transform(d)}
        yield f"transform {kind}", lambda m=mine, d=data: m.transform(d), peers, {SKLEARN: 1}
        if rows > 1:
            peers = {SKLEARN: lambda d=data: StandardScaler().fit(d)}
            yield f"fit {kind}", lambda d=data, new=new: new().fit(d), peers, {SKLEARN: 1}


def missing(rows, columns):
    """Yield searches for missing values in frames of pandas."""
    x = np.random.default_rng(0).normal(size=(rows, columns))
    for told, share in (("none", 0.0), ("1 %", 0.01)):
        empty = np.random.default_rng(1).random(x.shape) < share
        data = pandas(np.where(empty, np.nan, x))
        peers = {ISNA: lambda d=data: d.isna().sum()}
        job = f"find_missing_values pandas, {told} missing"
        yield job, lambda d=data: find_missing_values(d), peers, {ISNA: 0.8}


def raced(kinds=tuple(KINDS), sizes=SIZES):
    """Yield a line of the grid, a size, and the row of the race."""
    for rows, columns in sizes:
        some = [kind for kind in kinds if rows * columns <= MOST or kind in PLAIN]
        for job, ours, peers, bars in (*frames(some, rows, columns), *missing(rows, columns)):
            times = race({OURS: ours, **peers}, rounds=ROUNDS[rows], clock=time.process_time)
            yield job, (rows, columns), Row(f"{job}, {rows:,} x {columns:,}", times, bars)


def main():
    into, rows, lines = destination("preprocessing-frames"), [], {}
    for job, (height, width), row in raced():
        rows.append(row)
        (peer,) = row.bars
        lines.setdefault(f"{job} ({peer})", {})[f"{height:,} x {width:,}"] = row.ratio(peer)
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    grid("Preprocessing, frames: time of a peer over ours", lines, rows, into=into)


if __name__ == "__main__":
    main()
