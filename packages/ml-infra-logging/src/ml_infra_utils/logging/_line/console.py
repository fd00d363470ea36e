"""Lines for people."""

from __future__ import annotations

import json
import logging
import os
import re
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Iterator, Mapping, cast
from unicodedata import combining, east_asian_width

from ml_infra_utils.logging._limits import FIRST_FRAMES
from ml_infra_utils.logging._line.formatter import JsonFormatter

if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Unpack

    from ml_infra_utils.logging._line.formatter import LineOptions

RESET = "\x1b[0m"
DIM = "\x1b[2m"
CYAN = "\x1b[36m"
COLOURS = {
    "DEBUG": "\x1b[34m",
    "INFO": "\x1b[32m",
    "WARNING": "\x1b[33m",
    "ERROR": "\x1b[31m",
    "CRITICAL": "\x1b[1;31m",
}
# Also what turns the direction of writing.
CONTROL = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
PLAIN_WORD = re.compile(r"[^\s\"'=,{}\[\]]+")
INDENT = 4
# Columns of a bar; a shorter one shows nothing.
BAR = 30
LEAST_BAR = 5
# Digits of a number, for people: a larger one is written whole.
DIGITS = 7
INTRODUCTIONS = {"cause": "caused by ", "context": "while handling ", "member": "member "}
NOT_SHOWN = frozenset(
    {
        "timestamp",
        "level",
        "logger",
        "message",
        "module",
        "function",
        "line",
        "context",
        "exception",
        "stack",
        "_writer",
        "_sequence",
        "_schema",
        "_altered",
    }
)


class ConsoleFormatter(logging.Formatter):
    """Format a record for a terminal: aligned, coloured, fields that do not fit on further lines.

    Parameters
    ----------
    **options
        As for `JsonFormatter`. Whatever they say, keys keep their places here, a time is that of a
        clock, and a traceback has its source lines.
    """

    def __init__(self, **options: Unpack[LineOptions]) -> None:
        super().__init__()
        self._names = {name: key for key, name in dict(options.get("rename", {})).items()}
        shown: LineOptions = {"traceback": "text", **options, "timestamp": "iso"}
        self._formatter = JsonFormatter(**shown)

    def format(self, record: logging.LogRecord) -> str:
        """Give the text, which may have several lines."""
        line = json.loads(self._formatter.format(record))
        line = {self._names.get(key, key): value for key, value in line.items()}
        return render(line, width=get_terminal_size().columns, colour=wants_colour())


def wants_colour() -> bool:
    """Tell whether a terminal is to be coloured; see no-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or os.environ.get("TERM") != "dumb"


def is_for_people(stream: object) -> bool:
    """Tell whether people read a stream: a terminal, a notebook, or whatever FORCE_COLOR says."""
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def is_terminal(stream: object) -> bool:
    """Tell whether a stream is a terminal or a notebook, where a line can be drawn over."""
    # Not every object that takes the place of sys.stdout has isatty.
    return type(stream).__module__.startswith("ipykernel.") or getattr(stream, "isatty", bool)()


def bar(share: float, told: str) -> str:
    """Give a bar with what is told beside it, on one line of the terminal."""
    room = get_terminal_size().columns - 1
    width = min(BAR, room - len(told) - 3)
    drawn = "#" * int(min(share, 1.0) * width)
    return f"[{drawn:{width}}] {told}" if width >= LEAST_BAR else told[:room]


def render(line: Mapping[str, Any], *, width: int, colour: bool) -> str:
    """Give a line as text: time, level, logger, message, fields; exception and stack below."""
    level = str(line.get("level", ""))
    head = [
        (f"{one_line(str(line.get('timestamp', ''))[11:23]):12}", DIM),
        (f"{one_line(level):8}", COLOURS.get(level, "")),
        (padded(one_line(str(line.get("logger", ""))), 12), ""),
        (_indented(str(line.get("message", ""))), ""),
    ]
    painted = " ".join(_paint(text, code, colour) for text, code in head)
    used = columns_of(" ".join(text for text, _ in head).rpartition("\n")[2])
    for key, value in shown_fields(line):
        columns = columns_of(f"{key}={value}")
        separator = "  "
        if used + len(separator) + columns > width and used > INDENT:
            separator, used = "\n" + " " * INDENT, 0
        used += len(separator) + columns
        painted += separator + _paint(key, CYAN, colour) + "=" + value
    below = [*exception_lines(line.get("exception")), *str(line.get("stack") or "").splitlines()]
    return "\n".join([painted, *(" " * INDENT + _indented(text) for text in below)])


def shown_fields(line: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the names and values, as people see them, of what a line has beyond its own keys."""
    context = line.get("context")
    given = context if isinstance(context, dict) else {"context": context} if context else {}
    further = [(key, value) for key, value in line.items() if key not in NOT_SHOWN]
    for key, value in [*given.items(), *further]:
        yield one_line(key), one_line(_word(value))
    # What is redacted shows that it is.
    notes = [note for note in _listed(line.get("_altered")) if isinstance(note, dict)]
    told = [f"{note.get('path')}: {note.get('what')}" for note in notes]
    told = [note for note in told if not note.endswith(": redacted")]
    if told:
        yield "_altered", one_line("; ".join(told))


def _word(value: object) -> str:
    if isinstance(value, str) and PLAIN_WORD.fullmatch(value):
        return value
    try:
        return json.dumps(_rounded(value), ensure_ascii=False)
    except RecursionError:
        return "..."


def _rounded(value: Any) -> Any:
    """Give a value with its numbers as people read them: 0.3 for 0.30000000000000004."""
    if isinstance(value, float) and abs(value) < 10**DIGITS:
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return [*map(_rounded, value)] if isinstance(value, list) else value


def exception_lines(data: Any) -> Iterator[str]:
    """Give an exception's data as lines: frames, type and message, then what led to it."""
    if not isinstance(data, dict):
        return
    if data.get("traceback") or "text" in data:
        yield from str(data.get("traceback") or data["text"]).splitlines()
        return
    yield from _frames_and_message(data, "")
    for related in _listed(data.get("chain")):
        if isinstance(related, dict):
            relation = str(related.get("relation"))
            yield from _frames_and_message(related, INTRODUCTIONS.get(relation, relation + " "))


def _frames_and_message(data: Mapping[str, Any], introduction: str) -> Iterator[str]:
    frames = [
        f"{frame.get('file')}:{frame.get('line')} in {frame.get('function')}"
        for frame in _listed(data.get("frames"))
        if isinstance(frame, dict)
    ]
    if data.get("frames_left_out"):
        frames.insert(FIRST_FRAMES, f"{data['frames_left_out']} frames left out")
    yield from frames
    yield f"{introduction}{data.get('type')}: {data.get('message', '')}"
    yield from (f"note: {note}" for note in _listed(data.get("notes")))


def _listed(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def columns_of(text: str) -> int:
    """Give how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text
    )


def padded(text: str, width: int) -> str:
    """Give a text with blanks behind it, so that it takes at least so many columns."""
    return text + " " * (width - columns_of(text))


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{RESET}" if colour and code else text


def one_line(text: str) -> str:
    """Give the text as a terminal is to show it: breaks and control characters escaped."""
    return CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def _indented(text: str) -> str:
    """Give the text with its further lines indented, so that none looks like a record."""
    return ("\n" + " " * INDENT).join(map(one_line, text.split("\n")))
