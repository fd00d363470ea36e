"""Gate a pipeline: profile a table, write down what must hold, and fail with what does not."""

import sys

import polars as pl

from ml_infra_utils.preprocessing import Column, Contract, summarize

penguins = pl.read_csv("examples/data/penguins.csv", null_values="NA")
print(summarize(penguins))

contract = Contract(
    {
        "species": Column("text", values=["Adelie", "Chinstrap", "Gentoo"], nullable=False),
        "bill_length_mm": Column("number", range=(30, 55), mostly=0.99),
        "body_mass_g": Column("integer", nullable=False, range=(2000, 8000)),
        "sex": Column("text", values=["female", "male"], mostly=0.95),
        "year": Column("integer", nullable=False, range=(2007, 2009)),
    },
    rows=(100, None),
    extra=True,
)
findings = contract.find(penguins)
print(f"\n{findings}")  # findings.to_markdown() is a comment on a pull request

kept, broken = contract.split(penguins)
print(f"\n{len(kept)} rows go on, {len(broken)} wait for somebody to look at them:")
print(broken["broken_rules"].value_counts(sort=True).rows())

sys.exit(int(bool(findings)))  # 1 fails the build
