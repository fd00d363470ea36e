"""The lines of a log, whatever has become of its files."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple

from ml_infra_utils.logging._limits import MAX_READ
from ml_infra_utils.logging._output.rotation import rotated_files

if TYPE_CHECKING:
    from io import BufferedReader
    from typing import Any

GZIP = b"\x1f\x8b"


class Line(NamedTuple):
    """A line, and where it is: ``"run.jsonl:17"``.

    Its data are None if they are too long or cannot be unpacked; it has no end if the file ends
    before it.
    """

    data: bytes | None
    place: str
    has_end: bool


class LogFiles:
    """The files of a log, read one after the other, also while they are being rotated.

    Attributes
    ----------
    size, position : int
        Bytes of the files, and how many of them have been read.
    """

    def __init__(self, path: Path, rotated: bool, wait: Callable[[], object] | None) -> None:
        files = rotated_files(path)
        # The number of the last rotated file that need not be read any more.
        self._done = 0 if rotated else max(files, default=0)
        self._path = path
        self._wait = wait
        self.size: int = sum(map(_size, [*self._newer().values(), path]))
        self.position: int = 0

    def lines(self) -> Iterator[Line]:
        """Give the lines; without end if there is a way to wait for more."""
        while True:
            newer = self._newer()
            for number, file in newer.items():
                self._done = number
                raw = _opened(file) or _opened(Path(f"{file}.gz"))
                if raw is not None:
                    with raw:
                        yield from self._lines_of(raw, file.name, None)
            if newer:
                continue
            raw = _opened(self._path)
            if raw is not None:
                with raw:
                    if self._newer():
                        # It may have been rotated just before it was opened.
                        continue
                    yield from self._lines_of(raw, self._path.name, self._wait)
            if self._wait is None:
                return
            if raw is None:
                self._wait()
            elif self._newer():
                # The first one is what has been read.
                self._done += 1

    def _newer(self) -> dict[int, Path]:
        files = rotated_files(self._path)
        return {number: file for number, file in files.items() if number > self._done}

    def _lines_of(
        self, raw: BufferedReader, name: str, wait: Callable[[], object] | None
    ) -> Iterator[Line]:
        is_packed = raw.peek(2)[:2] == GZIP
        # It has no position.
        is_pipe = not raw.seekable()
        stream: Any = gzip.GzipFile(fileobj=raw) if is_packed else raw
        start = self.position
        number, length, data = 1, 0, b""
        is_moved = False
        while True:
            place = f"{name}:{number}"
            try:
                piece = stream.readline(MAX_READ)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                yield Line(None, place, has_end=False)
                return
            if not is_pipe:
                self.position = start + raw.tell()
            length += len(piece)
            data = data + piece if length <= MAX_READ else b""
            if piece.endswith(b"\n"):
                yield Line(data if length <= MAX_READ else None, place, has_end=True)
                number, length, data = number + 1, 0, b""
            elif not piece and wait is not None and not is_moved:
                # Once the file is another one, read what is left of this one.
                is_moved = _is_another(self._path, raw)
                if not is_moved:
                    wait()
            elif not piece:
                if length:
                    yield Line(data if length <= MAX_READ else None, place, has_end=False)
                return


def _opened(file: Path) -> BufferedReader | None:
    """Open a file; None if it is not there, or no longer."""
    try:
        return file.open("rb")
    except FileNotFoundError:
        return None


def _size(file: Path) -> int:
    """Give the size of a file; none if it is not there, or no longer."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _is_another(file: Path, raw: BufferedReader) -> bool:
    """Tell whether the file at the path is no longer the one that is open, or was emptied."""
    try:
        now = file.stat()
    except FileNotFoundError:
        return False
    opened = os.fstat(raw.fileno())
    return (now.st_dev, now.st_ino) != (opened.st_dev, opened.st_ino) or now.st_size < raw.tell()
