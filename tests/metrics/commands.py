"""Rows in files of any kind, for commands to read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Callable

Run = Callable[..., int]
ROWS = [
    {
        "guess": i % 2,
        "truth": int(i % 6 < 2 or i % 2),
        "country": "it" if i % 5 else "de",
        "x": i / 4,
    }
    for i in range(60)
]
GUESSES = [row["guess"] for row in ROWS]
TRUTHS = [row["truth"] for row in ROWS]


def as_csv(rows: list[dict[str, Any]], end: str = "\n") -> str:
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return end.join(lines) + end


def write(name: str, rows: list[dict[str, Any]] = ROWS) -> str:
    """Write a file of the kind that its name says."""
    path = Path(name)
    if ".parquet" in name:
        import pandas as pd

        pd.DataFrame(rows).to_parquet(path)
        return name
    text = as_csv(rows)
    if ".jsonl" in name:
        text = "\n".join(map(json.dumps, rows))
    if ".tsv" in name:
        text = text.replace(",", "\t")
    data = text.encode()
    if name.endswith(".zst"):
        import pyarrow as pa

        with pa.CompressedOutputStream(name, "zstd") as file:
            file.write(data)
        return name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return name
