"""Which lines of which logs a command takes, as its options say."""

from __future__ import annotations

import re
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from heapq import merge
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Iterator

from ml_infra_utils.logging._commands.printing import Progress
from ml_infra_utils.logging._line.console import render
from ml_infra_utils.logging._output.rotation import NUMBERED
from ml_infra_utils.logging._reading.parsed_line import Event, time_of
from ml_infra_utils.logging._reading.reader import EventReader, open_events
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    import argparse
    from typing import Callable, Sequence

    Where = Callable[[Event], bool]

STDIN = Path("/dev/stdin")
POLL = 0.2
# What a log in a folder is called; what was rotated away belongs to it.
LOG_NAME = re.compile(r".+\.(jsonl|ndjson|log|json)(\.gz)?")
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
ROTATED = re.compile(NUMBERED.pattern + r"\Z")
DURATION = re.compile(r"(\d+(?:\.\d+)?) ?([smhdw])")
EARLIEST = datetime.min.replace(tzinfo=timezone.utc)


class SelectedEvents(Iterator[Event]):
    """The events of one log, or of several in the order of their times.

    Attributes
    ----------
    readers : dict of Path to EventReader
        The logs; each knows what is wrong with it.
    """

    def __init__(self, readers: dict[Path, EventReader], events: Iterator[Event]) -> None:
        self.readers = readers
        self._events = events

    def __next__(self) -> Event:
        return next(self._events)


def selected_events(
    options: argparse.Namespace, follow: bool = False, quiet: bool = False
) -> SelectedEvents:
    """Open the logs and give the events that the options ask for."""
    where, since = _condition(options), _start(options.since)
    logs = logs_at(options.path, not options.only)
    readers = {
        path: open_events(
            path,
            options.level,
            options.logger,
            since,
            where,
            not options.only,
            wait=_wait if follow else None,
            tick=None if follow or quiet or len(logs) > 1 else Progress(),
        )
        for path in logs
    }
    absent = [str(path) for path in readers if follow and not path.exists()]
    if absent:
        print(f"waiting for {', '.join(absent)}", file=sys.stderr)
    return SelectedEvents(readers, _together([*readers.values()], follow))


def logs_at(paths: Sequence[Path], rotated: bool) -> list[Path]:
    """Give each log once, what was rotated away with it; of a folder, those in it, by name."""
    logs: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            log = path.with_name(ROTATED.sub("", path.name))
            # As a shell gives them for run.jsonl*.
            logs[log if rotated and log in paths else path] = None
            continue
        names = {file.name for file in path.iterdir() if file.is_file()}
        if rotated:
            names = {ROTATED.sub("", name) for name in names}
        found = sorted(name for name in names if LOG_NAME.fullmatch(name))
        if not found:
            raise FileNotFoundError(
                f"There is no log in {path}: their names end with .jsonl, .ndjson, .json or .log"
            )
        logs.update(dict.fromkeys(path / name for name in found))
    return [*logs]


def _together(readers: Sequence[EventReader], follow: bool) -> Iterator[Event]:
    if len(readers) == 1:
        return readers[0]
    if follow:
        return _as_they_come(readers)
    timed = merge(*map(_timed, readers), key=lambda pair: pair[0])
    return (event for _, event in timed)


def _timed(reader: EventReader) -> Iterator[tuple[datetime, Event]]:
    """Give events with times for merging: a line without one stays behind the one before it."""
    now = EARLIEST
    for event in reader:
        now = event.timestamp or now
        yield now, event


def _as_they_come(readers: Sequence[EventReader]) -> Iterator[Event]:
    """Give the events of logs that are followed, each by a thread."""
    queue: SimpleQueue[Event | Exception | None] = SimpleQueue()

    def follow(reader: EventReader) -> None:
        try:
            for event in reader:
                queue.put(event)
            queue.put(None)
        except Exception as error:
            queue.put(error)

    for reader in readers:
        Thread(target=follow, args=(reader,), daemon=True).start()
    ended = 0
    while ended < len(readers):
        found = queue.get()
        if isinstance(found, Exception):
            raise found
        if found is None:
            ended += 1
        else:
            yield found


def _condition(options: argparse.Namespace) -> Where:
    wanted = [name.partition("=") for name in options.field]
    event_type = getattr(options, "event", None)
    try:
        pattern = None if options.grep is None else re.compile(options.grep)
    except re.error as error:
        raise ValueError(
            f"--grep must be a regular expression, got {described(options.grep)}: {error}"
        ) from None

    def where(event: Event) -> bool:
        if event_type is not None and event.event_type != event_type:
            return False
        if not all(_matches(event, name, sign, text) for name, sign, text in wanted):
            return False
        return pattern is None or (
            pattern.search(event.message) is not None
            or pattern.search(render(event.raw, width=sys.maxsize, colour=False)) is not None
        )

    return where


def _start(since: str | None) -> datetime | None:
    """Give the time that is meant: "1h" is an hour ago."""
    if since is None:
        return None
    match = DURATION.fullmatch(since.strip())
    if match is None:
        try:
            return time_of(since)
        except ValueError:
            raise ValueError(
                "--since must be a time in ISO 8601, or how long ago: 90s, 15m, 1h, 2d or 1w; "
                f"got {described(since)}"
            ) from None
    with suppress(OverflowError):
        ago = timedelta(seconds=float(match[1]) * UNITS[match[2]])
        return datetime.now(timezone.utc) - ago
    return EARLIEST


def _wait() -> None:
    sys.stdout.flush()
    time.sleep(POLL)


def _matches(event: Event, name: str, sign: str, text: str) -> bool:
    for place in (event.raw, event.context):
        value: object = place
        for part in [name] if name in place else name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and (not sign or text in (str(value), str(value).lower())):
            return True
    return False
