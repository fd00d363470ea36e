"""Race a contract and a summary with distributions against what one would write by hand.

The contract has 20 rules over 10 columns. What is written by hand answers the same question, how
many values break each rule; pandera tells also which, as `find` does of tables in memory.
"""

from __future__ import annotations

import sys
import time

import datasketches
import duckdb
import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pandera.polars as pandera_of_polars
import polars as pl

from benchmarks.harness import OURS, Row, destination, race, report
from ml_infra_utils.preprocessing import Column, Contract, summarize

BY_HAND, PANDERA, PLAIN = "by hand", "pandera", "without distributions"
ROWS = 5_000_000
LIMITS = {f"x{i}": (-4.0, 4.0) for i in range(5)}
WHOLE = {"age": (0, 130), "year": (1990, 2030)}
COUNTRIES = ["at", "de", "fr", "it"]

# Two rules a column of numbers, four of the texts, and two comparisons: 20.
CONTRACT = Contract(
    {
        **{n: Column(nullable=False, range=ends) for n, ends in {**LIMITS, **WHOLE}.items()},
        "country": Column(nullable=False, values=COUNTRIES),
        "start": Column(nullable=False),
        "end": Column(nullable=False),
    },
    where=["start <= end", "age < year"],
)


def table(rows):
    """Return a table some values of which break a rule."""
    rng = np.random.default_rng(0)
    start = rng.integers(0, 10**6, rows)
    return pl.DataFrame(
        {
            **{name: rng.normal(size=rows) for name in LIMITS},
            "age": rng.integers(0, 132, rows),
            "year": rng.integers(1990, 2031, rows),
            "country": rng.choice([*COUNTRIES, "xx"], rows, p=[0.3, 0.3, 0.2, 0.1999, 0.0001]),
            "start": start,
            "end": start + rng.integers(-1, 1000, rows),
        }
    )


def expressions():
    """The rules as one list of expressions of Polars."""
    broken = [pl.col(name).null_count() for name in CONTRACT.columns]
    ranges = {**LIMITS, **WHOLE}
    broken += [(~pl.col(n).is_between(*ends)).sum() for n, ends in ranges.items()]
    broken.append((~pl.col("country").is_in(COUNTRIES)).sum())
    broken.append((pl.col("start") > pl.col("end")).sum())
    broken.append((pl.col("age") >= pl.col("year")).sum())
    return [each.alias(str(place)) for place, each in enumerate(broken)]


def query():
    """The rules as one query of DuckDB."""
    broken = [f'count(*) - count("{name}")' for name in CONTRACT.columns]
    ranges = {**LIMITS, **WHOLE}
    broken += [f"count_if(not {n} between {low} and {high})" for n, (low, high) in ranges.items()]
    among = ", ".join(f"'{country}'" for country in COUNTRIES)
    broken += [f"count_if(country not in ({among}))", 'count_if("start" > "end")']
    broken.append("count_if(age >= year)")
    return f"select {', '.join(broken)} from data"


def by_pandas(data):
    """The rules as lines of pandas."""
    ranges = {**LIMITS, **WHOLE}
    return [
        *(data[name].isna().sum() for name in CONTRACT.columns),
        *((~data[name].between(*ends)).sum() for name, ends in ranges.items()),
        (~data["country"].isin(COUNTRIES)).sum(),
        (data["start"] > data["end"]).sum(),
        (data["age"] >= data["year"]).sum(),
    ]


def schema(of):
    """The rules of columns as a schema of pandera, of one library; its checks see whole columns."""
    between, isin = of.Check.in_range, of.Check.isin
    columns = {n: of.Column(checks=between(*ends)) for n, ends in {**LIMITS, **WHOLE}.items()}
    columns["country"] = of.Column(checks=isin(COUNTRIES))
    columns.update({name: of.Column() for name in ("start", "end")})
    return of.DataFrameSchema(columns)


def validated(rules, data, errors):
    try:
        rules.validate(data, lazy=True)
    except errors:
        return
    raise AssertionError("the table breaks rules")


def contracts(data):
    """Yield a contract asked of each container, beside the same by hand and by pandera."""
    frame, lazy = data.to_pandas(), data.lazy()
    rules, asked = expressions(), query()
    of_pandas, of_polars = schema(pandera), schema(pandera_of_polars)
    bars = {BY_HAND: 1 / 1.2}
    peers = {BY_HAND: lambda: data.select(rules)}
    yield "contract, Polars", lambda: CONTRACT.find(data, limit=0), peers, bars
    told = {PANDERA: lambda: validated(of_polars, data, pandera_of_polars.errors.SchemaErrors)}
    yield "contract with places, Polars", lambda: CONTRACT.find(data), told, {PANDERA: 1}
    peers = {BY_HAND: lambda: lazy.select(rules).collect()}
    yield "contract, Polars lazy", lambda: CONTRACT.find(lazy), peers, bars
    peers = {BY_HAND: lambda: by_pandas(frame)}
    yield "contract, pandas", lambda: CONTRACT.find(frame, limit=0), peers, bars
    told = {PANDERA: lambda: validated(of_pandas, frame, pandera.errors.SchemaErrors)}
    yield "contract with places, pandas", lambda: CONTRACT.find(frame), told, {PANDERA: 1}
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute("create table data as select * from data")
        relation = connection.table("data")
        peers = {BY_HAND: lambda: connection.execute(asked).fetchall()}
        yield "contract, DuckDB", lambda: CONTRACT.find(relation), peers, bars
        peers = {
            PLAIN: lambda: summarize(relation),
            "SUMMARIZE": lambda: connection.execute("summarize data").fetchall(),
        }
        job = "summary with distributions, DuckDB"
        yield job, lambda: summarize(relation, distributions=True), peers, {PLAIN: 1 / 3}


def sketched(column):
    sketch = datasketches.kll_doubles_sketch(200)
    sketch.update(column)
    return sketch


def summaries(data):
    """Yield summaries with distributions, beside those without and sketches of quantiles."""
    numbers = data.select(*LIMITS)
    array = numbers.to_numpy()
    frame = pd.DataFrame(array, columns=list(LIMITS))
    columns = [np.ascontiguousarray(column) for column in array.T]
    sketches = {"datasketches, KLL": lambda: [sketched(column) for column in columns]}
    for kind, data in (("NumPy", array), ("pandas", frame), ("Polars", numbers)):
        peers = {PLAIN: lambda data=data: summarize(data), **sketches}
        job = f"summary with distributions, {kind}"
        yield job, lambda data=data: summarize(data, distributions=True), peers, {PLAIN: 1 / 3}


def main(rows=ROWS):
    into, data, results = destination("preprocessing-contracts"), table(rows), []
    for group in (contracts, summaries):
        for job, ours, peers, bars in group(data):
            times = race({OURS: ours, **peers}, rounds=5, clock=time.process_time)
            results.append(Row(f"{job}, {rows:,} rows", times, bars))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    title = "Preprocessing, contracts and distributions: time of a peer over ours"
    report(title, results, into=into)


if __name__ == "__main__":
    main()
