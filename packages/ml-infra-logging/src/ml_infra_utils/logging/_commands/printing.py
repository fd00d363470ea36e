"""What commands print: texts, tables, progress, and what is wrong with a log."""

from __future__ import annotations

import json
import sys
import time
from math import isfinite
from typing import TYPE_CHECKING, Iterable, Mapping

from ml_infra_utils.logging._line.console import one_line

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from ml_infra_utils.logging._reading.reader import EventReader

BAR = 30
TICKS = 100


def report_damage(readers: Mapping[Path, EventReader], stream: TextIO) -> int:
    """Say what is wrong with the logs; give the exit status."""
    for path, events in readers.items():
        _report_damage(events, f"{one_line(str(path))}: " if len(readers) > 1 else "", stream)
    return 0


def _report_damage(events: EventReader, log: str, stream: TextIO) -> None:
    if events.torn:
        print(f"{log}the last line is torn", file=stream)
    for place in events.invalid:
        print(f"cannot be read: {one_line(place)}", file=stream)
    for gap in events.gaps:
        writer = one_line(gap.writer)
        print(f"{log}missing: lines {gap.first} to {gap.last} of writer {writer}", file=stream)
    if events.duplicates:
        print(f"{log}there twice: {events.duplicates} lines", file=stream)


def print_json(value: object) -> None:
    """Print as one line of JSON, of ASCII: null for what is not finite."""
    try:
        print(json.dumps(value, allow_nan=False))
    except ValueError:
        print(json.dumps(_finite(value)))


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [*map(_finite, value)]
    return value if not isinstance(value, float) or isfinite(value) else None


class Progress:
    """Shows on a terminal how far a reader is, if it takes over a second."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._percent = -1

    def __call__(self, events: EventReader) -> None:
        """Show it if it has changed; wipe it out at the end."""
        done = events.position >= events.size
        if not events.size or (events.lines % TICKS and not done) or not sys.stderr.isatty():
            return
        percent = 100 * events.position // max(events.size, 1)
        if percent != self._percent and time.monotonic() - self._started > 1:
            self._percent = percent
            bar = "#" * (percent * BAR // 100)
            end = "\r" if not done else "\r" + " " * (BAR + 7) + "\r"
            print(f"[{bar:{BAR}}] {percent:3}%", end=end, file=sys.stderr, flush=True)


def print_table(title: str, rows: Iterable[tuple[str, object]]) -> None:
    rows = list(rows)
    if rows:
        names = [one_line(name) for name, _ in rows]
        width = max(map(len, names))
        print_text(f"\n{one_line(title)}")
        for name, (_, value) in zip(names, rows):
            print_text(f"  {name.ljust(width)}  {value}")


def print_text(text: str) -> None:
    """Print, whatever the encoding of standard output can hold."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
