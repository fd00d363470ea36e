"""Read back what was logged."""

from __future__ import annotations

import gzip
import logging
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, NamedTuple

from ml_infra_utils.logging._event import Event, event_of, parsed, time_of
from ml_infra_utils.logging._files import rotated_files
from ml_infra_utils.logging._levels import level_number

if TYPE_CHECKING:
    import os
    from datetime import datetime
    from typing import Any, BinaryIO

    Where = Callable[[Event], bool]

STARTS = (b'{"timestamp": "', b'{"@timestamp": "')
GZIP = b"\x1f\x8b"


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
        files: list[Path],
        keep: Where,
        wait: Callable[[], object] | None = None,
        tick: Callable[[EventReader], object] | None = None,
    ) -> None:
        self.lines: int = 0
        self.torn: bool = False
        self.invalid: list[str] = []
        self.duplicates: int = 0
        self.size: int = sum(file.stat().st_size for file in files if file.exists())
        self.position: int = 0
        self._last: dict[str, int] = {}
        self._missing: list[Gap] = []
        self._wait = wait
        self._tick = tick
        self._events = self._read(files, keep)

    def __next__(self) -> Event:
        return next(self._events)

    @property
    def gaps(self) -> list[Gap]:
        """Which lines are missing so far, by the numbers that `DurableFileHandler` gives them."""
        return list(self._missing)

    def _read(self, files: list[Path], keep: Where) -> Iterator[Event]:
        for file in files:
            live = self._wait is not None and file == files[-1]
            number = 0
            for number, line in enumerate(self._lines(file, live), 1):
                event = self._parse(line, f"{file.name}:{number}")
                if self._tick is not None:
                    self._tick(self)
                if event is not None and keep(event):
                    yield event

    def _lines(self, file: Path, live: bool) -> Iterator[bytes]:
        start = self.position
        while True:
            with file.open("rb") as raw:
                packed = raw.read(2) == GZIP
                raw.seek(0)
                stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
                for line in self._complete_lines(stream, raw, file, live):
                    self.position = start + raw.tell()
                    yield line
            if not live:
                return

    def _complete_lines(
        self, stream: Any, raw: BinaryIO, file: Path, live: bool
    ) -> Iterator[bytes]:
        pending = b""
        moved = False
        while True:
            try:
                pending += stream.readline()
            except (EOFError, zlib.error, OSError):
                # What was being compressed when it ended.
                self.torn = True
                return
            if pending.endswith(b"\n"):
                yield pending
                pending = b""
            elif live and not moved:
                # Once the file is another one, read what is left of this one.
                moved = _is_another(file, raw)
                if not moved and self._wait is not None:
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
        data = parsed(line)
        if data is None:
            if line.endswith(b"\n"):
                self.invalid.append(place)
            else:
                self.torn = True
            # A line may have been written behind a torn one.
            start = max(line.rfind(start) for start in STARTS)
            data = parsed(line[start:]) if start > 0 else None
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
    since: datetime | str | None = None,
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
    since : datetime.datetime or str, optional
        Leave out what is older; a text is ISO 8601. UTC if there is no time zone.
    where : callable, optional
        Leave out events for which it gives False.
    rotated : bool, default True
        Read first what was rotated away: ``run.jsonl.1``, ``run.jsonl.2.gz`` and so on.

    Returns
    -------
    EventReader
        An iterator of `Event`; its attributes `torn`, `invalid`, `gaps` and `duplicates` say what
        was wrong with what has been read so far. A torn last line is no error.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the level is unknown or `since` is no time.

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
    since: datetime | str | None = None,
    where: Where | None = None,
    rotated: bool = True,
    *,
    wait: Callable[[], object] | None = None,
    tick: Callable[[EventReader], object] | None = None,
) -> EventReader:
    """Read as `read_events` does; `wait` for more at the end, if given; `tick` at each line."""
    file = Path(path)
    files = [*(rotated_files(file) if rotated else ()), file]
    if not file.exists():
        if len(files) == 1:
            raise FileNotFoundError(f"There is no log at {file}")
        files.pop()
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

    return EventReader(files, keep, wait, tick)


def _number(level: str) -> int:
    number = logging.getLevelName(level)
    return number if isinstance(number, int) else logging.CRITICAL


def _is_another(file: Path, raw: BinaryIO) -> bool:
    """Tell whether the file at the path is no longer the one that is open, or was emptied."""
    import os

    try:
        now = file.stat()
    except FileNotFoundError:
        return False
    opened = os.fstat(raw.fileno())
    return (now.st_dev, now.st_ino) != (opened.st_dev, opened.st_ino) or now.st_size < raw.tell()
