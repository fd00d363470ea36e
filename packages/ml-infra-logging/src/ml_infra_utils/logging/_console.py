"""Lines for people."""

from __future__ import annotations

import json
import logging
import os
import re
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Iterator, Mapping

if TYPE_CHECKING:
    from typing import Any

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
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
PLAIN_WORD = re.compile(r"[^\s\"'=,{}\[\]]+")
INDENT = 4
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
    }
)


class ConsoleFormatter(logging.Formatter):
    """Format a record for a terminal: aligned, coloured, wrapped at its width.

    Parameters
    ----------
    formatter : logging.Formatter
        What gives the JSON line of the record, with its redaction and its limits.
    """

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        """Give the text, which may have several lines."""
        line = json.loads(self._formatter.format(record))
        return render(line, width=get_terminal_size().columns, colour=wants_colour())


def wants_colour() -> bool:
    """Tell whether a terminal is to be coloured; see no-color.org."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def render(line: Mapping[str, Any], *, width: int, colour: bool) -> str:
    """Give a line as text: time, level, logger, message, fields; exception and stack below."""
    level = str(line.get("level", ""))
    head = [
        (f"{_printable(str(line.get('timestamp', ''))[11:23]):12}", DIM),
        (f"{_printable(level):8}", COLOURS.get(level, "")),
        (f"{_printable(str(line.get('logger', ''))):12}", ""),
        (_printable(str(line.get("message", ""))).replace("\n", "\n" + " " * INDENT), ""),
    ]
    painted = " ".join(_paint(text, code, colour) for text, code in head)
    used = len(" ".join(text for text, _ in head).rpartition("\n")[2])
    for key, value in _fields(line):
        word = f"{key}={value}"
        separator = "  "
        if used + len(separator) + len(word) > width and used > INDENT:
            separator, used = "\n" + " " * INDENT, 0
        used += len(separator) + len(word)
        painted += separator + _paint(key, CYAN, colour) + "=" + value
    below = [*described(line.get("exception")), *str(line.get("stack") or "").splitlines()]
    return "\n".join([painted, *(" " * INDENT + _printable(text) for text in below)])


def _fields(line: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    context = line.get("context")
    given = context if isinstance(context, dict) else {"context": context} if context else {}
    for key, value in {**given, **{k: v for k, v in line.items() if k not in NOT_SHOWN}}.items():
        yield _printable(key), _printable(_word(value))


def _word(value: object) -> str:
    if isinstance(value, str) and PLAIN_WORD.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def described(data: Any, introduction: str = "") -> Iterator[str]:
    """Give an exception's data as lines: frames, type and message, then what caused it."""
    if not isinstance(data, dict):
        return
    if "text" in data:
        yield from str(data["text"]).splitlines()
        return
    for frame in data.get("frames", ()):
        if isinstance(frame, dict):
            yield f"{frame.get('file')}:{frame.get('line')} in {frame.get('function')}"
        else:
            yield str(frame)
    yield f"{introduction}{data.get('type')}: {data.get('message', '')}"
    yield from (f"note: {note}" for note in data.get("notes", ()))
    yield from described(data.get("cause"), "caused by ")
    yield from described(data.get("context"), "while handling ")
    for number, member in enumerate(data.get("exceptions", ()), 1):
        yield from described(member, f"{number}. ")


def _paint(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{RESET}" if colour and code else text


def _printable(text: str) -> str:
    """Give the text without what a terminal would obey."""
    return CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), text)
