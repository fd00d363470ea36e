"""What commands print: texts, tables, progress, and what is wrong with a log."""

from __future__ import annotations

import json
import re
import sys
import time
from itertools import starmap
from math import isfinite
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ml_infra_utils.logging._line.console import bar, columns_of, one_line, padded
from ml_infra_utils.logging._words import counted

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from ml_infra_utils.logging._reading.reader import EventReader

# What Markdown gives a meaning.
MARKS = re.compile(r"([\\`*_\[\]<>|~#])")
TICKS = 100
# Containers in containers that are printed for programs; Python from 3.12 on reads many more.
DEEPEST = 200


def report_damage(readers: Mapping[Path, EventReader], stream: TextIO) -> int:
    """Say what is wrong with the logs; give the exit status."""
    for path, events in readers.items():
        _report_damage(events, f"{one_line(str(path))}: " if len(readers) > 1 else "", stream)
    return 0


def _report_damage(events: EventReader, log: str, stream: TextIO) -> None:
    if events.torn:
        print_text(f"{log}the last line is torn", stream)
    for place in events.invalid:
        print_text(f"cannot be read: {one_line(place)}", stream)
    for gap in events.gaps:
        lines = f"lines {gap.first} to {gap.last} of writer {one_line(gap.writer)}"
        print_text(f"{log}missing: {lines}", stream)
    if events.duplicates:
        print_text(f"{log}there twice: {counted(events.duplicates, 'line')}", stream)


def json_of(value: object) -> str:
    """Give a value as programs take it, as one line of ASCII."""
    return json.dumps(finite(value), allow_nan=False)


def finite(value: Any, depth: int = DEEPEST) -> Any:
    """Give a value with null for numbers that are not finite, and for what is nested too deeply."""
    if isinstance(value, (dict, list, tuple)) and not depth:
        return None
    if isinstance(value, dict):
        return {name: finite(item, depth - 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item, depth - 1) for item in value]
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
            text = bar(percent / 100, f"{percent:3}%")
            end = "\r" if not done else "\r" + " " * len(text) + "\r"
            print(text, end=end, file=sys.stderr, flush=True)


class Tables:
    """Lines of text, and below them tables of two columns."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines
        self._tables: list[tuple[str, str, list[tuple[str, str]]]] = []

    def add(self, name: str, value: str, rows: Iterable[tuple[str, object]]) -> None:
        """Add a table with the names of its columns, unless it is empty."""
        cells = [(one_line(first), one_line(str(second))) for first, second in rows]
        if cells:
            self._tables.append((one_line(name), value, cells))

    def __str__(self) -> str:
        parts = ["\n".join(self._lines)]
        for name, _, rows in self._tables:
            width = max(columns_of(first) for first, _ in rows)
            parts.append("\n".join([name, *(f"  {padded(a, width)}  {b}" for a, b in rows)]))
        return "\n\n".join(parts)

    def to_markdown(self) -> str:
        """Give the same for a comment on a pull request."""
        parts = ["\n".join(f"- {escaped(line)}" for line in self._lines)]
        parts += [
            "\n".join([markdown_row(name, value), "|:--|:--|", *starmap(markdown_row, rows)])
            for name, value, rows in self._tables
        ]
        return "\n\n".join(parts)


def markdown_row(*cells: str) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def escaped(text: str) -> str:
    """Give a text that Markdown shows as it is."""
    return MARKS.sub(r"\\\1", text)


def print_text(text: str, stream: TextIO | None = None) -> None:
    """Print, whatever the encoding of the stream, by default standard output, can hold."""
    stream = sys.stdout if stream is None else stream
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)
