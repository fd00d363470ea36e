"""Tables in files, as batches of columns: CSV, JSON lines and Parquet, plain, gzip or zstd.

A batch is a dict from column to list, of ints, floats, bools, texts and None. A file means the same
whatever is installed: CSV and JSON lines are read by Python alone, but where a caller has what is
sure to read the same. Memory does not grow with the file. The first batch decides the types.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import sys
import zlib
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Dict, List

from ml_infra_utils.metrics._commands.cells import Types, as_plain
from ml_infra_utils.metrics._commands.progress import Progress
from ml_infra_utils.metrics._commands.running import CommandError
from ml_infra_utils.metrics._words import counted, listed, nearest

if TYPE_CHECKING:
    from typing import BinaryIO, Collection, Iterator, Sequence

Batch = Dict[str, List[Any]]

STANDARD = "-"
ROWS = 10_000
"""Rows of a batch: enough that Python is fast, and few for memory."""

GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
PACKED = {".gz": "gzip", ".gzip": "gzip", ".zst": "zstd", ".zstd": "zstd"}
ZSTD_MODULES = ("compression.zstd", "backports.zstd")
KINDS = {
    ".csv": "CSV",
    ".tsv": "TSV",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".parquet": "Parquet",
    ".pq": "Parquet",
}


def batches(
    name: str,
    columns: Sequence[str] | None = None,
    text: Collection[str] = (),
    raw: Collection[str] | None = None,
    *,
    blocks: Any = None,
) -> Iterator[Batch]:
    """Read a file, batch by batch.

    Parameters
    ----------
    name : str
        Its path; ``-`` is standard input, whose kind shows in its content.
    columns : sequence of str, optional
        Which columns, by default all.
    text : collection of str
        Columns that are text even if they look like numbers.
    raw : collection of str, optional
        The columns to read; the others keep their text as it stands. By default all are read.
    blocks : type, optional
        What splits plain lines of CSV into arrays, in a fraction of the time. Columns may be such
        arrays then.

    Raises
    ------
    CommandError
        If the file is not what its ending says, is damaged or empty, or has not these columns;
        the message names the file, and for a wrong row its line and column.
    """
    count = 0
    try:
        with _opened(name) as (stream, kind, progress):
            types = Types(name, text, raw)
            read = _READERS[kind]
            if read in (_csv, _tsv) and find_spec("pyarrow"):
                read = partial(read, blocks=blocks)
            for batch in read(name, stream, columns, types):
                count += 1
                progress()
                yield batch
    except UnicodeDecodeError:
        raise CommandError(f"{name}: must be text in UTF-8, got other bytes") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CommandError(f"{name}: is damaged ({error})") from None
    if not count:
        raise CommandError(f"{name}: has no rows")


def kind_of(name: str) -> tuple[str, str]:
    """Return the kind and the packing that the ending of a name says; empty where it does not."""
    path = Path(name)
    packing = PACKED.get(path.suffix.lower(), "")
    return KINDS.get((path.with_suffix("") if packing else path).suffix.lower(), ""), packing


@contextmanager
def _opened(name: str) -> Iterator[tuple[Any, str, Progress]]:
    """Open a file, unpack it, and say what kind it is of."""
    said, packing = kind_of(name)
    is_input = name == STANDARD
    if is_input and sys.stdin is None:
        raise CommandError(f"{name}: standard input is closed")
    with ExitStack() as stack:
        raw: BinaryIO
        raw = sys.stdin.buffer if is_input else stack.enter_context(Path(name).open("rb"))
        size = 0 if is_input or not raw.seekable() else Path(name).stat().st_size
        with Progress(name, size, raw) as progress:
            stream: Any = raw if hasattr(raw, "peek") else io.BufferedReader(raw)
            found = _packing(stream.peek(4)[:4])
            if not is_input and packing and found != packing:
                raise CommandError(f"{name}: is no {packing}, as its ending says")
            if said and found and not packing:
                raise CommandError(f"{name}: is {found}, not {said} as its ending says")
            if found == "gzip":
                stream = io.BufferedReader(gzip.GzipFile(fileobj=stream))
            elif found == "zstd":
                stream = io.BufferedReader(_unpacked_zstd(name, stream))
            start = stream.peek(4)[:64]
            if not start:
                raise CommandError(f"{name}: is empty")
            yield stream, _kind(name, said, start), progress


def _packing(start: bytes) -> str:
    if start.startswith(GZIP):
        return "gzip"
    return "zstd" if start == ZSTD else ""


def _kind(name: str, said: str, start: bytes) -> str:
    """Return the kind of a content; refuse one that contradicts the ending of the name."""
    seen = "CSV"
    if start.startswith(PARQUET):
        seen = "Parquet"
    elif start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        seen = "JSON lines"
    if said in ("", seen) or (said == "TSV" and seen == "CSV"):
        return said or seen
    is_like = "; it looks like JSON lines" if seen == "JSON lines" else ""
    if said == "JSON lines" and seen == "CSV":
        is_like = ": a line must be an object in braces"
    raise CommandError(f"{name}: is no {said}, as its ending says{is_like}")


def _unpacked_zstd(name: str, stream: Any) -> Any:
    """Unpack zstd by Python 3.14's own module, its backport, or the library that is installed."""
    for module in ZSTD_MODULES:
        with suppress(ModuleNotFoundError):
            return import_module(module).ZstdFile(stream)
    with suppress(ModuleNotFoundError):
        unpacker = import_module("zstandard").ZstdDecompressor()
        return unpacker.stream_reader(stream, read_across_frames=True)
    try:
        import pyarrow
    except ModuleNotFoundError:
        raise CommandError(f"{name}: to read zstd, pip install zstandard or pyarrow") from None
    return pyarrow.CompressedInputStream(pyarrow.PythonFile(stream, mode="r"), "zstd")


def _csv(
    name: str,
    stream: Any,
    columns: Sequence[str] | None,
    types: Types,
    delimiter: str = ",",
    blocks: Any = None,
) -> Iterator[Batch]:
    """Read CSV, by `blocks` up to the first line that is not plain."""
    head: list[str] = []
    count = 0
    if blocks is not None:
        lines = blocks(stream, delimiter)
        if head := lines.head():
            places = _places(name, head, columns)
            for table in lines.tables(len(head), places, ROWS):
                yield types.read(table, range(lines.count + 1, lines.count + ROWS + 1))
        count, stream = lines.count, lines.rest
    with _text(stream) as lines_of_text:
        reader = csv.reader(lines_of_text, delimiter=delimiter, strict=True)
        try:
            head = head or next((row for row in reader if row), [])
            places = _places(name, head, columns)
            rows: list[list[str]] = []
            numbers: list[int] = []
            for row in reader:
                if not row:
                    continue
                if len(row) != len(head):
                    cells = counted(len(row), "cell")
                    raise CommandError(
                        f"{name}: line {count + reader.line_num} has {cells}, "
                        f"the header has {len(head)}"
                    )
                rows.append(row)
                numbers.append(count + reader.line_num)
                if len(rows) == ROWS:
                    yield types.read(_columns(rows, places), numbers)
                    rows, numbers = [], []
            if rows:
                yield types.read(_columns(rows, places), numbers)
        except csv.Error as error:
            line = count + reader.line_num
            raise CommandError(f"{name}: line {line} is no CSV: {error}") from None


_tsv = partial(_csv, delimiter="\t")


def _columns(rows: list[list[str]], places: dict[str, int]) -> dict[str, Sequence[str]]:
    turned = list(zip(*rows))
    return {column: turned[place] for column, place in places.items()}


def _json_lines(
    name: str, stream: Any, columns: Sequence[str] | None, types: Types
) -> Iterator[Batch]:
    known: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    lines: list[int] = []

    def batch() -> Batch:
        if not known:
            keys = list(dict.fromkeys(key for row in rows for key in row))
            known.update(_places(name, keys, columns))
        for row, line in zip(rows, lines):
            if columns is None and not row.keys() <= known.keys():
                (other, *_) = row.keys() - known.keys()
                raise CommandError(f"{name}: line {line} has a key that none before has, {other!r}")
        found = {key: [row.get(key) for row in rows] for key in known}
        return types.check(found, lines)

    with _text(stream) as text:
        for number, line in enumerate(text, 1):
            if line.isspace():
                continue
            rows.append(_object(name, number, line))
            lines.append(number)
            if len(rows) == ROWS:
                yield batch()
                rows, lines = [], []
    if rows:
        yield batch()


@contextmanager
def _text(stream: Any) -> Iterator[io.TextIOWrapper]:
    """Read text from a stream, which stays open for the one who opened it."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()


def _object(name: str, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise CommandError(f"{name}: line {number} is no JSON: {error}") from None
    if not isinstance(row, dict):
        raise CommandError(f"{name}: line {number} must be an object in braces")
    return row


def _parquet(
    name: str, stream: Any, columns: Sequence[str] | None, types: Types
) -> Iterator[Batch]:
    """Read Parquet by PyArrow, Polars or DuckDB: its end must be read first, so not from a pipe."""
    for reader in (_by_pyarrow, _by_polars, _by_duckdb):
        try:
            found = reader(name, stream, columns)
        except ModuleNotFoundError:
            continue
        row = 1
        for batch in found:
            length = len(next(iter(batch.values()), ()))
            plain = {key: list(map(as_plain, values)) for key, values in batch.items()}
            yield types.check(plain, range(row, row + length), "row")
            row += length
        return
    raise CommandError(f"{name}: to read Parquet, pip install pyarrow, polars or duckdb")


def _by_pyarrow(name: str, stream: Any, columns: Sequence[str] | None) -> Iterator[Batch]:
    from pyarrow import ArrowException, parquet

    def read() -> Iterator[Batch]:
        try:
            with _seekable(name, stream) as source:
                file = parquet.ParquetFile(source)
                chosen = list(_places(name, file.schema_arrow.names, columns))
                for part in file.iter_batches(batch_size=ROWS, columns=chosen):
                    yield part.to_pydict()
        except (ArrowException, OSError) as error:
            raise CommandError(f"{name}: is damaged ({error})") from None

    return read()


def _by_polars(name: str, stream: Any, columns: Sequence[str] | None) -> Iterator[Batch]:
    import polars

    def read() -> Iterator[Batch]:
        try:
            with _seekable(name, stream) as source:
                frame = polars.scan_parquet(source)
                chosen = list(_places(name, frame.collect_schema().names(), columns))
                frame = frame.select(chosen)
                start = 0
                while len(part := frame.slice(start, ROWS).collect()):
                    yield part.to_dict(as_series=False)
                    start += ROWS
        except polars.exceptions.PolarsError as error:
            raise CommandError(f"{name}: is damaged ({error})") from None

    return read()


def _by_duckdb(name: str, stream: Any, columns: Sequence[str] | None) -> Iterator[Batch]:
    import duckdb

    def read() -> Iterator[Batch]:
        if name == STANDARD or kind_of(name)[1]:
            raise CommandError(
                f"{name}: DuckDB reads Parquet from plain files; pip install pyarrow"
            )
        try:
            with duckdb.connect() as connection:
                found = connection.execute("from read_parquet(?)", [name])
                head = [each[0] for each in found.description or ()]
                places = _places(name, head, columns)
                while rows := found.fetchmany(ROWS):
                    yield {column: [row[place] for row in rows] for column, place in places.items()}
        except duckdb.Error as error:
            raise CommandError(f"{name}: is damaged ({error})") from None

    del stream
    return read()


@contextmanager
def _seekable(name: str, stream: Any) -> Iterator[Any]:
    """Give what a library can read from its end: the path, or a copy on disk."""
    if name != STANDARD and not kind_of(name)[1]:
        yield name
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield copy


def _places(name: str, head: Sequence[str], columns: Sequence[str] | None) -> dict[str, int]:
    """Return where each column stands that is wanted, in the order in which they are wanted."""
    places = {column: place for place, column in enumerate(head)}
    if len(places) < len(head):
        twice = next(column for column in head if head.count(column) > 1)
        raise CommandError(f"{name}: two columns are named {twice!r}")
    if columns is None:
        return places
    for column in columns:
        if column not in places:
            raise CommandError(
                f"{name}: has no column {column!r}; there are {listed(head)}{nearest(column, head)}"
            )
    return {column: places[column] for column in columns}


_READERS: Dict[str, Any] = {
    "CSV": _csv,
    "TSV": _tsv,
    "JSON lines": _json_lines,
    "Parquet": _parquet,
}
