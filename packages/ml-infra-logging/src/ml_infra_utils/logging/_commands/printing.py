"""What commands print: texts, tables, progress, and what is wrong with a log."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Iterable

from ml_infra_utils.logging._line.console import one_line

if TYPE_CHECKING:
    from typing import TextIO

    from ml_infra_utils.logging._reading.reader import EventReader

BAR = 30
TICKS = 100


def report_damage(events: EventReader, stream: TextIO) -> int:
    """Say what is wrong with the log; give the exit status."""
    if events.torn:
        print("the last line is torn", file=stream)
    for place in events.invalid:
        print(f"cannot be read: {one_line(place)}", file=stream)
    for gap in events.gaps:
        writer = one_line(gap.writer)
        print(f"missing: lines {gap.first} to {gap.last} of writer {writer}", file=stream)
    if events.duplicates:
        print(f"there twice: {events.duplicates} lines", file=stream)
    return 0


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
