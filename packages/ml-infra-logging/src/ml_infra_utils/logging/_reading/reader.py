"""Read back what was logged."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, Mapping, NamedTuple

from ml_infra_utils.logging._levels import level_number, severity
from ml_infra_utils.logging._output.rotation import rotated_files
from ml_infra_utils.logging._reading.log_files import LogFiles
from ml_infra_utils.logging._reading.parsed_line import Event, event_of, objects_in, parsed, time_of

if TYPE_CHECKING:
    import os
    from datetime import date

    Where = Callable[[Event], bool]


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
        Where there are lines that cannot be read: ``"run.jsonl:17"``. Of a broken gzip file it is
        the line where it breaks; what follows in this file is missing.
    duplicates : int
        Lines whose number was there before.
    size, position : int
        Bytes of the files, and how many of them have been read.
    """

    def __init__(
        self,
        files: LogFiles,
        keep: Where,
        tick: Callable[[EventReader], object] | None = None,
        rename: Mapping[str, str] = {},  # it is not changed
    ) -> None:
        self._rename = rename
        self.lines: int = 0
        self.torn: bool = False
        self.invalid: list[str] = []
        self.duplicates: int = 0
        self._last: dict[str, int] = {}
        self._missing: list[Gap] = []
        self._files = files
        self._events = self._read(keep, tick)

    def __next__(self) -> Event:
        return next(self._events)

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return self._files.size

    @property
    def position(self) -> int:
        """Bytes that have been read."""
        return self._files.position

    @property
    def gaps(self) -> list[Gap]:
        """Which lines are missing so far, by the numbers that `DurableFileHandler` gives them."""
        return list(self._missing)

    def _read(self, keep: Where, tick: Callable[[EventReader], object] | None) -> Iterator[Event]:
        torn_at = ""
        for line in self._files.lines():
            if line.data is not None and not line.data.strip():
                continue
            if self.torn:
                # It was the last one of its file only.
                self.invalid.append(torn_at)
            self.lines += 1
            data = None if line.data is None else parsed(line.data)
            found = [data] if data is not None else [*objects_in(line.data or b"")]
            self.torn = not found and not line.has_end
            torn_at = line.place
            if data is None and not self.torn:
                self.invalid.append(line.place)
            events = [event_of(data, self._rename) for data in found]
            for event in events:
                if event.writer is not None and event.sequence is not None:
                    self._count(event.writer, event.sequence)
            if tick is not None:
                tick(self)
            yield from filter(keep, events)

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
    rename: Mapping[str, str] = {},  # it is not changed
) -> EventReader:
    """Read the events of a log lazily, from plain and gzip files.

    Parameters
    ----------
    path : str or path
        The file, or a pipe.
    level : int or str, optional
        Leave out what is below this level.
    logger : str, optional
        Leave out what is not of this logger or those below it in the hierarchy.
    since : datetime.datetime, datetime.date or str, optional
        Leave out what is older; a date is its midnight, a text is ISO 8601. UTC if there is no
        time zone.
    where : callable, optional
        Leave out events for which it gives False.
    rotated : bool, default True
        Read first what was rotated away: ``run.jsonl.1``, ``run.jsonl.2.gz`` and so on.
    rename : mapping of str to str, optional
        What the formatter of the log was told: ``{"level": "severity"}``. The shapes of Elastic,
        Google Cloud and Datadog, and the lines of structlog, loguru and python-json-logger, are
        understood without it.

    Returns
    -------
    EventReader
        An iterator of `Event`; its attributes `torn`, `invalid`, `gaps` and `duplicates` say what
        was wrong with what has been read so far. A torn last line is no error. A line of more than
        16 MiB is not kept in memory, and counts as one that cannot be read.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    OSError
        If a file cannot be read; while reading, too.
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
    return open_events(path, level, logger, since, where, rotated, rename=rename)


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
    rename: Mapping[str, str] = {},  # it is not changed
) -> EventReader:
    """Read as `read_events` does; `wait` for more at the end, if given; `tick` at each line."""
    file = Path(path)
    if wait is None and not file.exists() and not (rotated and rotated_files(file)):
        raise FileNotFoundError(f"There is no log at {file}")
    lowest = level_number(level)
    try:
        start = None if since is None else time_of(since)
    except (TypeError, ValueError) as error:
        raise type(error)(f"since is no time: {error}") from None

    def keep(event: Event) -> bool:
        if lowest > 0 and severity(event.level) < lowest:
            return False
        if logger is not None and not f"{event.logger}.".startswith(f"{logger}."):
            return False
        if start is not None and (event.timestamp is None or event.timestamp < start):
            return False
        return where is None or where(event)

    if file.exists() and not file.is_file():
        # At the end of a pipe nothing more comes.
        wait = None
    return EventReader(LogFiles(file, rotated, wait), keep, tick, rename)
