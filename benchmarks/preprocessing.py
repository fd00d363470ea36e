"""Race the transforms against what they would be replaced by, and against the speed of memory.

FLOOR is one read and one write of the data: `x.max()` and a copy.
"""

from __future__ import annotations

import math
import statistics
import subprocess
import sys

import bottleneck
import numexpr
import numpy as np
import pandas as pd
import polars as pl
from sklearn.preprocessing import MinMaxScaler, StandardScaler, minmax_scale, scale

import ml_infra_utils.preprocessing as portion
from benchmarks import preprocessing_contracts, preprocessing_frames
from benchmarks.harness import OURS, Row, destination, race, report
from ml_infra_utils.preprocessing import (
    clip_outliers,
    normalize,
    standardize,
)

FLOOR, NAIVE, SKLEARN, TEXTBOOK = "FLOOR", "naive NumPy", "scikit-learn", "textbook"
COMPREHENSION = "comprehension"
RNG = np.random.default_rng(0)


def floor(x, out=None):
    x.max()
    if out is None:
        return x.copy()
    return np.copyto(out, x)


def naive_normalize(x):
    low, high = x.min(axis=0), x.max(axis=0)
    return (x - low) / (high - low)


def naive_standardize(x):
    return (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)


def bottleneck_normalize(x):
    low, high = bottleneck.nanmin(x), bottleneck.nanmax(x)
    return (x - low) / (high - low)


def numexpr_normalize(x):
    ends = {"x": x, "low": x.min(), "high": x.max()}
    return numexpr.evaluate("(x - low) / (high - low)", local_dict=ends)


def polars_normalize(x):
    return (x - x.min()) / (x.max() - x.min())


def polars_standardize(x):
    return (x - x.mean()) / x.std()


def polars_clip(x):
    return x.clip(x.quantile(0.05, "lower"), x.quantile(0.95, "lower"))


def numpy_clip(x):
    return np.clip(x, *np.percentile(x, [5, 95], method="inverted_cdf"))


def textbook_normalize(data):
    if not data:
        raise ValueError("empty")
    low, high = min(data), max(data)
    if low == high:
        raise ValueError("identical")
    spread = high - low
    return [(x - low) / spread for x in data]


def textbook_standardize(data):
    mean, deviation = statistics.mean(data), statistics.stdev(data)
    return [(x - mean) / deviation for x in data]


def fsum_standardize(data):
    mean = math.fsum(data) / len(data)
    variance = math.fsum((x - mean) ** 2 for x in data) / (len(data) - 1)
    deviation = math.sqrt(variance)
    return [(x - mean) / deviation for x in data]


def textbook_clip(data):
    ordered = sorted(data)
    low, high = (ordered[max(0, -(-len(data) * p // 100) - 1)] for p in (5, 95))
    return [min(max(x, low), high) for x in data]


def arrays(size, rounds):
    x = RNG.normal(size=size)
    out, column, series = np.empty_like(x), x.reshape(-1, 1), pl.Series(x)
    large = size >= 10**6
    peers = {NAIVE: lambda: naive_normalize(x), FLOOR: lambda: floor(x)}
    if large:
        peers[SKLEARN] = lambda: MinMaxScaler().fit_transform(column)
        peers["numexpr"] = lambda: numexpr_normalize(x)
        bars = {SKLEARN: 1.3, NAIVE: 1.0}
    else:
        peers[SKLEARN] = lambda: minmax_scale(x)
        bars = {SKLEARN: 40}
    peers["bottleneck"] = lambda: bottleneck_normalize(x)
    peers["Polars"] = lambda: polars_normalize(series)
    yield f"normalize {size:.0e}", lambda: normalize(x), peers, bars, rounds
    if large:
        peers = {FLOOR: lambda: floor(x, out), SKLEARN: peers[SKLEARN]}
        bars = {SKLEARN: 2, FLOOR: 1 / 1.5}
        yield f"normalize {size:.0e} out=", lambda: normalize(x, out=out), peers, bars, rounds
    fit = (lambda: StandardScaler().fit_transform(column)) if large else (lambda: scale(x))
    peers = {FLOOR: lambda: floor(x), NAIVE: lambda: naive_standardize(x), SKLEARN: fit}
    peers["Polars"] = lambda: polars_standardize(series)
    bars = {SKLEARN: 3, NAIVE: 1.7} if large else {SKLEARN: 40}
    yield f"standardize {size:.0e}", lambda: standardize(x), peers, bars, rounds
    if large:
        peers, bars = {FLOOR: lambda: floor(x, out), SKLEARN: fit}, {SKLEARN: 4}
        yield f"standardize {size:.0e} out=", lambda: standardize(x, out=out), peers, bars, rounds


def clips(size, rounds):
    x = RNG.normal(size=size)
    out, series = np.empty_like(x), pl.Series(x)
    peers = {FLOOR: lambda: floor(x), "np.percentile": lambda: numpy_clip(x)}
    peers["Polars"] = lambda: polars_clip(series)
    bars = {"np.percentile": 4, "Polars": 2}
    yield f"clip {size:.0e}", lambda: clip_outliers(x), peers, bars, rounds
    yield f"clip {size:.0e} out=", lambda: clip_outliers(x, out=out), peers, bars, rounds


def tables(rounds):
    x = RNG.normal(size=(10**6, 20))
    out, frame = np.empty_like(x), pd.DataFrame(x)
    for name, ours, naive, scaler in (
        ("normalize", normalize, naive_normalize, MinMaxScaler),
        ("standardize", standardize, naive_standardize, StandardScaler),
    ):
        peers = {
            FLOOR: lambda: floor(x),
            NAIVE: lambda naive=naive: naive(x),
            SKLEARN: lambda scaler=scaler: scaler().fit_transform(x),
            "pandas": lambda naive=naive: naive(frame),
        }
        bars = {SKLEARN: 2.5, "pandas": 1.5}
        yield f"{name} 1e6 x 20", lambda ours=ours: ours(x), peers, bars, rounds
        peers = {**peers, FLOOR: lambda: floor(x, out)}
        yield f"{name} 1e6 x 20 out=", lambda ours=ours: ours(x, out=out), peers, bars, rounds


def served(rounds):
    """Yield transforms of dicts and lists, beside what one would write by hand."""
    x = np.random.default_rng(0).normal(5, 300, size=(1000, 8))
    table = pd.DataFrame(x, columns=[f"c{i}" for i in range(8)])
    mine = portion.StandardScaler(ddof=0).fit(table)
    theirs = StandardScaler().fit(x)
    mean, scale = (dict(zip(table, figures.tolist())) for figures in (mine.mean_, mine.scale_))

    def by_hand(row):
        return {name: (row[name] - mean[name]) / scale[name] for name in mean}

    many = table.to_dict("records")
    one = many[0]
    of_numpy = {name: np.float64(value) for name, value in one.items()}
    for kind, row in (("dict of 8", one), ("dict of 8 scalars of NumPy", of_numpy)):
        peers = {
            COMPREHENSION: lambda row=row: by_hand(row),
            SKLEARN: lambda row=row: theirs.transform([list(row.values())]),
        }
        bars = {COMPREHENSION: 1 / 2, SKLEARN: 1}
        yield f"transform {kind}", lambda row=row: mine.transform(row), peers, bars, rounds
    peers = {
        COMPREHENSION: lambda: [by_hand(row) for row in many],
        SKLEARN: lambda: theirs.transform([list(row.values()) for row in many]),
    }
    yield (
        "transform 1,000 dicts of 8",
        lambda: mine.transform(many),
        peers,
        {COMPREHENSION: 1 / 2},
        rounds,
    )
    lists = x.tolist()
    peers = {SKLEARN: lambda: theirs.transform(lists)}
    nameless = portion.StandardScaler(ddof=0).fit(x)
    yield "transform 1,000 lists of 8", lambda: nameless.transform(lists), peers, {}, rounds


def lists(size, rounds):
    data = RNG.normal(size=size).tolist()
    job = f"list {size:.0e}"
    bars = {TEXTBOOK: 2.5 if size >= 10**4 else 1}
    peers = {TEXTBOOK: lambda: textbook_normalize(data), SKLEARN: lambda: minmax_scale(data)}
    yield f"normalize {job}", lambda: normalize(data), peers, bars, rounds
    bars = {TEXTBOOK: 20 if size >= 10**4 else 1}
    peers = {TEXTBOOK: lambda: textbook_standardize(data), SKLEARN: lambda: scale(data)}
    if size < 10**4:
        peers["textbook with fsum"] = lambda: fsum_standardize(data)
        bars = {**bars, "textbook with fsum": 1 / 1.3}
    yield f"standardize {job}", lambda: standardize(data), peers, bars, rounds
    peers = {TEXTBOOK: lambda: textbook_clip(data)}
    bars = {TEXTBOOK: 1}
    yield f"clip {job}", lambda: clip_outliers(data), peers, bars, rounds


def imports():
    """Median seconds that an import takes in a fresh interpreter."""
    modules = {
        OURS: "ml_infra_utils.preprocessing",
        SKLEARN: "sklearn.preprocessing",
        NAIVE: "numpy",
    }
    samples = {name: [] for name in modules}
    for _ in range(9):
        for name, module in modules.items():
            code = f"start = now(); import {module}; print(now() - start)"
            code = f"from time import perf_counter as now; {code}"
            command = [sys.executable, "-I", "-c", code]
            printed = subprocess.run(command, check=True, capture_output=True).stdout
            samples[name].append(float(printed))
    return Row("import", {name: statistics.median(times) for name, times in samples.items()})


def main():
    into, rows = destination("preprocessing"), [imports()]
    jobs = [
        *(lambda: arrays(10**3, 41), lambda: arrays(10**7, 15)),
        *(lambda: clips(10**6, 41), lambda: clips(10**7, 7)),
        *(lambda: tables(7), lambda: lists(100, 41), lambda: lists(10**4, 21)),
        lambda: lists(10**6, 9),
        lambda: served(41),
    ]
    for group in jobs:
        for job, ours, peers, bars, rounds in group():
            rows.append(Row(job, race({OURS: ours, **peers}, rounds=rounds), bars))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    report("Preprocessing: time of a peer over ours", rows, into=into)
    preprocessing_frames.main()
    preprocessing_contracts.main()


if __name__ == "__main__":
    main()
