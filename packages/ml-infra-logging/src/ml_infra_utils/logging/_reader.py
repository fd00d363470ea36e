"""Read back what was logged."""

from __future__ import annotations

import gzip
import logging
import os
import re
import zlib
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple

from ml_infra_utils.logging._event import Event, event_of, parsed, time_of
from ml_infra_utils.logging._files import number_of, rotated_files
from ml_infra_utils.logging._levels import level_number, number_of_name

if TYPE_CHECKING:
    from datetime import date
    from typing import Any, BinaryIO

    Where = Callable[[Event], bool]

START = re.compile(rb'\{"@?timestamp": "')
# How many of them are tried for a line behind a torn one.
MAX_STARTS = 50
GZIP = b"\x1f\x8b"
# Bytes of a line; twice what the formatters write at most.
MAX_LINE = 2**24


class Gap(NamedTuple):
    """Lines of one writer that are missing: their first and their last number."""

    writer: str
    first: int
    last: int


class EventReader(Iterator[Event]):
    """The events of a log, one by one, and what was wrong with it so far.

    Attributes
    ----------
    lines : int
        Lines read so far, those included that were filtered out.
    torn : bool
        Whether the last line breaks off, as after a crash while it was written.
    invalid : list of str
        Where there are lines that cannot be read: ``"run.jsonl:17"``.
    duplicates : int
        Lines whose number was there before.
    size, position : int
        Bytes of the files, and how many of them have been read.
    """

    def __init__(
        self,
        path: Path,
        keep: Where,
        *,
        rotated: bool = True,
        wait: Callable[[], object] | None = None,
        tick: Callable[[EventReader], object] | None = None,
    ) -> None:
        files = rotated_files(path)
        if not path.exists() and not (rotated and files):
            raise FileNotFoundError(f"There is no log at {path}")
        self.lines: int = 0
        self.torn: bool = False
        self.invalid: list[str] = []
        self.duplicates: int = 0
        wanted = [*(files if rotated else ()), path]
        self.size: int = sum(file.stat().st_size for file in wanted if file.exists())
        self.position: int = 0
        self._last: dict[str, int] = {}
        self._missing: list[Gap] = []
        # The number of the rotated file that was read last.
        self._number = number_of(files[-1]) if files and not rotated else 0
        self._wait = wait
        self._tick = tick
        self._events = self._read(path, keep)

    def __next__(self) -> Event:
        return next(self._events)

    @property
    def gaps(self) -> list[Gap]:
        """Which lines are missing so far, by the numbers that `DurableFileHandler` gives them."""
        return list(self._missing)

    def _read(self, path: Path, keep: Where) -> Iterator[Event]:
        before = ""
        for place, line in self._placed_lines(path):
            if self.torn:
                # Of another file, that is: the last line of all it was not.
                self.invalid.append(before)
            before = place
            event = self._parse(line, place)
            if self._tick is not None:
                self._tick(self)
            if event is not None and keep(event):
                yield event

    def _placed_lines(self, path: Path) -> Iterator[tuple[str, bytes]]:
        """Give all lines with their places; none is missed that is rotated away meanwhile."""
        while True:
            unread = self._unread(path)
            file = unread[0] if unread else path
            try:
                raw = file.open("rb")
            except FileNotFoundError:
                now = self._unread(path)
                if unread and now[:1] == unread[:1]:
                    # It is there, but a link to nowhere.
                    self._number = number_of(file)
                elif self._wait is not None:
                    self._wait()
                elif not now and not unread:
                    return
                continue
            with raw:
                if file is path and self._unread(path):
                    # It was rotated away just now, maybe before it was opened, maybe after.
                    continue
                live = file is path and self._wait is not None
                yield from self._lines_of(file, raw, live)
                if file is not path:
                    self._number = number_of(file)
                elif live:
                    # Another file has come to its place.
                    self._number = self._number_of(raw, path)
                else:
                    return

    def _unread(self, path: Path) -> list[Path]:
        return [file for file in rotated_files(path) if number_of(file) > self._number]

    def _number_of(self, raw: BinaryIO, path: Path) -> int:
        """Give the number that an open file was rotated to; the last one, if to another name."""
        opened = os.fstat(raw.fileno())
        number = self._number
        for file in self._unread(path):
            number = number_of(file)
            with suppress(FileNotFoundError):
                if os.path.samestat(file.stat(), opened):
                    break
        return number

    def _lines_of(self, file: Path, raw: BinaryIO, live: bool) -> Iterator[tuple[str, bytes]]:
        start = self.position
        packed = raw.read(2) == GZIP
        raw.seek(0)
        stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        for number, line in enumerate(self._lines(stream, raw, file, live), 1):
            self.position = start + raw.tell()
            yield f"{file.name}:{number}", line

    def _lines(self, stream: Any, raw: BinaryIO, file: Path, live: bool) -> Iterator[bytes]:
        """Give the lines of a file; of one that is too long, somewhat more than is allowed."""
        pending = b""
        moved = False
        while True:
            try:
                piece = stream.readline(MAX_LINE + 1)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                # What was being compressed when it ended is torn, wherever that was.
                yield pending + b"\0"
                return
            if len(pending) <= MAX_LINE:
                pending += piece
            if piece.endswith(b"\n"):
                yield pending if pending.endswith(b"\n") else pending + b"\n"
                pending = b""
            elif piece:
                continue
            elif live and not moved and self._wait is not None:
                # Once the file is another one, read what is left of this one.
                moved = _is_another(file, raw)
                if not moved:
                    self._wait()
            else:
                if pending:
                    yield pending
                return

    def _parse(self, line: bytes, place: str) -> Event | None:
        if not line.strip():
            return None
        self.lines += 1
        self.torn = False
        data = parsed(line) if len(line) <= MAX_LINE else None
        if data is None:
            if line.endswith(b"\n"):
                self.invalid.append(place)
            else:
                self.torn = True
            data = _behind_a_torn_one(line)
            if data is None:
                return None
            if self.torn:
                self.torn = False
                self.invalid.append(place)
        event = event_of(data)
        if event.writer is not None and event.sequence is not None:
            self._count(event.writer, event.sequence)
        return event

    def _count(self, writer: str, number: int) -> None:
        last = self._last.get(writer, 0)
        if number > last + 1:
            self._missing.append(Gap(writer, last + 1, number - 1))
        if number > last:
            self._last[writer] = number
            return
        for index, gap in enumerate(self._missing):
            if gap.writer == writer and gap.first <= number <= gap.last:
                left = Gap(writer, gap.first, number - 1), Gap(writer, number + 1, gap.last)
                self._missing[index : index + 1] = [g for g in left if g.first <= g.last]
                return
        self.duplicates += 1


def read_events(
    path: str | os.PathLike[str],
    *,
    level: int | str = logging.NOTSET,
    logger: str | None = None,
    since: date | str | None = None,
    where: Where | None = None,
    rotated: bool = True,
) -> EventReader:
    """Read the events of a log lazily, from plain and gzip files.

    Parameters
    ----------
    path : str or path
        The file.
    level : int or str, optional
        Leave out what is below this level.
    logger : str, optional
        Leave out what is not of this logger or those below it in the hierarchy.
    since : datetime.datetime, datetime.date or str, optional
        Leave out what is older; a text is ISO 8601. UTC if there is no time zone.
    where : callable, optional
        Leave out events for which it gives False.
    rotated : bool, default True
        Read first what was rotated away: ``run.jsonl.1``, ``run.jsonl.2.gz`` and so on.

    Returns
    -------
    EventReader
        An iterator of `Event`; its attributes `torn`, `invalid`, `gaps` and `duplicates` say what
        was wrong with what has been read so far. A torn last line is no error; a line of more than
        16 MiB, twice what this package writes, counts as one that cannot be read.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the level is unknown or the text of `since` is no time.
    TypeError
        If `since` is neither a time nor a text.

    Examples
    --------
    >>> import tempfile
    >>> from ml_infra_utils.logging import DurableFileHandler, StructuredLogger, read_events
    >>> path = tempfile.mkdtemp() + "/run.jsonl"
    >>> logger = StructuredLogger("nightly", handler=DurableFileHandler(path))
    >>> logger.info("started")
    >>> logger.warning("slow", seconds=4.2)
    >>> events = read_events(path, level="warning")
    >>> [(event.message, event.fields["seconds"]) for event in events]
    [('slow', 4.2)]
    >>> events.lines, events.torn, events.gaps
    (2, False, [])
    """
    return open_events(path, level, logger, since, where, rotated)


def open_events(
    path: str | os.PathLike[str],
    level: int | str = logging.NOTSET,
    logger: str | None = None,
    since: date | str | None = None,
    where: Where | None = None,
    rotated: bool = True,
    *,
    wait: Callable[[], object] | None = None,
    tick: Callable[[EventReader], object] | None = None,
) -> EventReader:
    """Read as `read_events` does; `wait` for more at the end, if given; `tick` at each line."""
    lowest = level_number(level)
    start = None if since is None else time_of(since)

    def keep(event: Event) -> bool:
        if lowest > 0 and _number(event.level) < lowest:
            return False
        if logger is not None and not f"{event.logger}.".startswith(f"{logger}."):
            return False
        if start is not None and (event.timestamp is None or event.timestamp < start):
            return False
        return where is None or where(event)

    return EventReader(Path(path), keep, rotated=rotated, wait=wait, tick=tick)


def _behind_a_torn_one(line: bytes) -> dict[str, Any] | None:
    """Give what a whole line holds that was written behind a torn one."""
    if len(line) > MAX_LINE:
        return None
    for start in islice(START.finditer(line, 1), MAX_STARTS):
        data = parsed(line[start.start() :])
        if data is not None:
            return data
    return None


def _number(level: str) -> int:
    # A name that nobody knows is not left out.
    number = number_of_name(level)
    return logging.CRITICAL if number is None else number


def _is_another(file: Path, raw: BinaryIO) -> bool:
    """Tell whether the file at the path is no longer the one that is open, or was emptied."""
    try:
        now = file.stat()
    except FileNotFoundError:
        return False
    opened = os.fstat(raw.fileno())
    return not os.path.samestat(now, opened) or now.st_size < raw.tell()
