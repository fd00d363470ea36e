"""CSV split by PyArrow, as long as its lines are so plain that Python would read the same."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._commands.cells import BOOLS, MISSING

if TYPE_CHECKING:
    from typing import Callable, Iterator, Mapping

LONGEST_HEAD = 1 << 20


class Rest(io.RawIOBase):
    """What was read of a stream already, and then the stream."""

    def __init__(self, read: bytes, stream: Any) -> None:
        self._read = io.BytesIO(read)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._read.read(len(buffer)) or self._stream.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Cells:
    """The cells of a column, as texts of PyArrow's."""

    def __init__(self, texts: Any) -> None:
        self._texts = texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts.to_pylist())

    def __len__(self) -> int:
        return len(self._texts)

    def values_of(self, kind: type) -> Any:
        """Return what the cells mean, as an array; None if they need a closer look."""
        import pyarrow
        from pyarrow import compute

        nothing = pyarrow.scalar(None, pyarrow.string())
        if kind is str:
            return compute.if_else(compute.equal(self._texts, ""), nothing, self._texts)
        missing = compute.is_in(self._texts, value_set=pyarrow.array(sorted(MISSING)))
        texts = compute.if_else(missing, nothing, self._texts)
        if kind is bool:
            places = compute.index_in(texts, value_set=pyarrow.array(list(BOOLS)))
            values = pyarrow.array(list(BOOLS.values())).take(places)
            return values if values.null_count == texts.null_count else None
        # 007 is a name, and 0x7 no number of ours.
        if compute.any(compute.match_substring_regex(texts, "^[+-]?0[^.]")).as_py():
            return None
        try:
            values = compute.cast(texts, pyarrow.int64() if kind is int else pyarrow.float64())
        except pyarrow.ArrowInvalid:
            return None
        is_odd = kind is float and compute.any(compute.is_nan(values)).as_py()
        return None if is_odd else values


class PlainLines:
    """The lines of a stream up to the first that is not plain; `rest` is what follows.

    A plain line has no quotes, so that it is a row, and is not empty. `count` says how many lines
    were given.
    """

    def __init__(self, stream: Any, delimiter: str) -> None:
        self.count = 0
        self._stream = stream
        self._delimiter = delimiter
        self._read = b""

    @property
    def rest(self) -> Any:
        """The stream behind the lines that were given."""
        return io.BufferedReader(Rest(self._read, self._stream))

    def head(self) -> list[str]:
        """Return the names in the first line; none if it is not plain."""
        self._read = self._stream.readline(LONGEST_HEAD)
        if not self._read.endswith(b"\n") or not _are_plain([self._read], self._read):
            return []
        line, self._read = self._read, b""
        self.count = 1
        return line.decode("utf-8-sig").rstrip("\r\n").split(self._delimiter)

    def tables(
        self, width: int, places: Mapping[str, int], size: int
    ) -> Iterator[Mapping[str, Cells]]:
        """Yield so many rows at a time, as columns of cells."""
        split = _splitter(width, places, self._delimiter)
        while lines := list(islice(self._stream, size)):
            self._read = b"".join(lines)
            columns = split(self._read) if _are_plain(lines, self._read) else None
            if columns is None:
                return
            yield columns
            self._read = b""
            self.count += len(lines)


def _are_plain(lines: list[bytes], block: bytes) -> bool:
    """Tell whether each line is a row, for Python and for PyArrow."""
    return (
        b'"' not in block
        and b"\0" not in block
        and block.count(b"\r") == block.count(b"\r\n")
        and not block.startswith((b"\n", b"\r\n"))
        and b"\n\n" not in block
        and b"\n\r\n" not in block
        and max(map(len, lines)) <= csv.field_size_limit()
    )


def _splitter(
    width: int, places: Mapping[str, int], delimiter: str
) -> Callable[[bytes], Mapping[str, Cells] | None]:
    """Return a function that splits plain lines; it returns None if one has other cells."""
    import pyarrow
    from pyarrow import csv as arrow

    numbers = [str(place) for place in range(width)]
    wanted = {name: str(place) for name, place in places.items()}
    parsing = arrow.ParseOptions(delimiter=delimiter, quote_char=False)
    texts = arrow.ConvertOptions(
        column_types=dict.fromkeys(numbers, pyarrow.string()),
        include_columns=list(wanted.values()),
        strings_can_be_null=False,
    )

    def split(block: bytes) -> Mapping[str, Cells] | None:
        # One block and no threads: nothing goes on behind the call.
        reading = arrow.ReadOptions(
            column_names=numbers, block_size=len(block) + 1, use_threads=False
        )
        try:
            table = arrow.read_csv(pyarrow.BufferReader(block), reading, parsing, texts)
        except pyarrow.ArrowInvalid:
            return None
        return {name: Cells(table[number]) for name, number in wanted.items()}

    return split
