"""Score a classifier by island, with intervals: a table for a pull request, and a plot."""

import sys

import duckdb
import matplotlib

from ml_infra_utils.metrics import ConfusionMatrix

# A rule that a biologist might write: long flippers are Gentoo, short bills Adelie. DuckDB counts
# what it gets right, where the table is.
SCORED = """
    SELECT island, species, CASE
        WHEN flipper_length_mm > 206 THEN 'Gentoo'
        WHEN bill_length_mm < 42.5 THEN 'Adelie'
        ELSE 'Chinstrap'
    END AS guess
    FROM read_csv('examples/data/penguins.csv', nullstr = 'NA')
    WHERE flipper_length_mm IS NOT NULL
"""
with duckdb.connect() as connection:
    slices = ConfusionMatrix.from_frame(connection.sql(SCORED), "guess", "species", by="island")

scores = slices.scores("accuracy")
print(scores.to_markdown())
print(f"\n{sum(slices.values())}")  # the counts of all, from those of the slices

if len(sys.argv) > 1:  # where the plot goes
    matplotlib.use("Agg")
    scores.plot().figure.savefig(sys.argv[1])
