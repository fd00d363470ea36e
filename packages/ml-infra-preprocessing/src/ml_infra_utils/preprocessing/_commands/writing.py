"""Write a table batch by batch, in the form that the ending of a name says."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ml_infra_utils.preprocessing._commands.files import STANDARD, ZSTD_MODULES, Batch, kind_of
from ml_infra_utils.preprocessing._commands.running import CommandError, written_aside

if TYPE_CHECKING:
    from typing import Iterator, TextIO

Write = Callable[[Batch], None]


@contextmanager
def written(name: str) -> Iterator[Write]:
    """Give a function that writes a batch; the file takes its place once it is whole.

    ``-`` is standard output, as CSV.

    Raises
    ------
    CommandError
        If the ending of the name says no form that can be written.
    """
    if name == STANDARD:
        # In UTF-8 whatever the locale is: a table is data.
        table = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="")
        try:
            yield _csv(table, ",")
        finally:
            table.detach()
        return
    kind, packing = kind_of(name)
    if not kind or (kind == "Parquet" and packing):
        raise CommandError(
            f"{name}: must end with .csv, .tsv, .jsonl or .parquet, "
            "the text forms also with .gz or .zst"
        )
    with written_aside(Path(name)) as aside:
        if kind == "Parquet":
            with _parquet(name, aside) as write:
                yield write
            return
        with _opened(name, packing)(str(aside), "wt", encoding="utf-8", newline="") as file:
            yield (
                _json_lines(file)
                if kind == "JSON lines"
                else _csv(file, "\t" if kind == "TSV" else ",")
            )


def _opened(name: str, packing: str) -> Any:
    """Return the function `open` of a packing."""
    if packing != "zstd":
        return gzip.open if packing else open
    for module in (*ZSTD_MODULES, "zstandard"):
        with suppress(ModuleNotFoundError):
            return import_module(module).open
    try:
        import pyarrow
    except ModuleNotFoundError:
        raise CommandError(f"{name}: to write zstd, pip install zstandard or pyarrow") from None

    def by_pyarrow(path: str, _: str, **options: Any) -> TextIO:
        return io.TextIOWrapper(pyarrow.CompressedOutputStream(path, "zstd"), **options)

    return by_pyarrow


def _csv(file: TextIO, delimiter: str) -> Write:
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    heads: list[list[str]] = []

    def write(batch: Batch) -> None:
        if not heads:
            heads.append(list(batch))
            writer.writerow(batch)
        writer.writerows(zip(*batch.values()))

    return write


def _json_lines(file: TextIO) -> Write:
    def write(batch: Batch) -> None:
        for row in zip(*batch.values()):
            file.write(f"{json.dumps(dict(zip(batch, row)))}\n")

    return write


@contextmanager
def _parquet(name: str, path: Path) -> Iterator[Write]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise CommandError(f"{name}: to write Parquet, pip install pyarrow") from None
    writers: list[Any] = []

    def write(batch: Batch) -> None:
        table = pyarrow.table(batch) if not writers else None
        if table is not None:
            writers.append(parquet.ParquetWriter(path, table.schema))
        writers[0].write_table(table or pyarrow.table(batch, schema=writers[0].schema))

    try:
        yield write
    finally:
        for writer in writers:
            writer.close()
