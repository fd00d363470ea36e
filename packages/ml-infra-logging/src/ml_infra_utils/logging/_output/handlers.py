"""Handlers that write lines, count what they could not write, and never raise."""

from __future__ import annotations

import logging
import re
import sys
from collections import deque
from json.encoder import encode_basestring_ascii
from numbers import Real
from typing import TYPE_CHECKING

from ml_infra_utils.logging._failures import Failures
from ml_infra_utils.logging._limits import MAX_NESTED_LINES
from ml_infra_utils.logging._line.console import is_for_people, is_terminal
from ml_infra_utils.logging._line.formatter import JsonFormatter
from ml_infra_utils.logging._output.bar import Bar
from ml_infra_utils.logging._output.forks import start_over_after_forks

if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, ClassVar, TextIO

STREAMS = ("stdout", "stderr")
BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def is_positive(value: Any, kind: type[Any] = Real) -> bool:
    """Tell whether something is a positive number, of NumPy maybe, and no bool."""
    return isinstance(value, kind) and not isinstance(value, bool) and bool(value > 0)


def is_running(frame: FrameType | None) -> bool:
    """Tell whether a call has not ended yet, whatever has interrupted it.

    Before Python 3.9 an interrupt may also come amid a ``finally``, which is then left half done.
    """
    try:
        if frame is not None:
            frame.clear()
    except RuntimeError:
        return True
    return False


def _escaped(letter: re.Match[str]) -> str:
    """Give a letter that a stream cannot hold as JSON escapes it."""
    return encode_basestring_ascii(letter.group())[1:-1]


class LineHandler(logging.Handler):
    """The base of handlers that write lines, those of a `JsonFormatter` unless another is set.

    One line is written after the other: one that comes amid another of the same thread, from a
    signal handler or a ``__del__``, waits until that one is written. If writing a line logs a line,
    and so on, that ends after 1000 of them. A forked child starts over: what its parent had in hand
    stays the parent's.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.losses: Failures = Failures("loses lines (its attribute `lost` counts them)")
        # The call that writes, if one does.
        self._writing: FrameType | None = None
        # How many lines have come amid the one that is being written, and what they led to.
        self._amid = 0
        self._waiting: deque[tuple[str, int]] = deque()
        start_over_after_forks(self)

    @property
    def lost(self) -> int:
        """Lines that could not be written.

        That there are some is reported on standard error, at most once a minute.
        """
        return self.losses.count

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record, or count it as lost."""
        try:
            self.deliver(self.format(record))
        except Exception as error:
            self.losses.add(self, error)

    def deliver(self, line: str, dropped: int = 0) -> None:
        """Write a line, behind so many that were dropped, or count it as lost."""
        if self._writing is not None and self._is_amid_a_line():
            self._amid += 1
            if self._amid > MAX_NESTED_LINES:
                raise RecursionError("writing a line logs a line, without end")
        waiting = self._waiting
        waiting.append((line, dropped))
        # Asked again in the end: a line may have come when the last one had been written.
        while waiting and self._writing is None:
            try:
                self._writing = sys._getframe()
                while waiting:
                    line, dropped = waiting.popleft()
                    if dropped:
                        self.skip(dropped)
                    try:
                        self.write(line)
                    except Exception as error:
                        self.losses.add(self, error)
            finally:
                self._amid = 0
                self._writing = None
                if waiting:
                    # A signal handler has logged and raised, to end the program maybe.
                    self.deliver(*waiting.pop())

    def write(self, line: str) -> None:
        """Write a line; the error if it fails."""
        raise NotImplementedError

    def arguments(self) -> dict[str, object]:
        """Give the arguments that make a handler like this one, in a process that is spawned."""
        return {}

    def __reduce__(self) -> tuple[object, ...]:
        return _sent, (type(self), self.arguments(), self.level, self.formatter, self.filters)

    def skip(self, lines: int) -> None:
        """Take note of lines that are lost before they came here."""

    def start_over(self) -> None:
        """Begin anew in a forked child."""
        self._writing = None
        self._amid = 0
        self._waiting.clear()

    def _is_amid_a_line(self) -> bool:
        if is_running(self._writing):
            return True
        self._writing = None
        self._amid = 0
        return False


def _sent(
    kind: type[LineHandler],
    arguments: dict[str, Any],
    level: int,
    formatter: logging.Formatter | None,
    filters: list[Any],
) -> LineHandler:
    handler = kind(**arguments)
    handler.setLevel(level)
    handler.setFormatter(formatter)
    for each in filters:
        handler.addFilter(each)
    return handler


class StreamHandler(LineHandler):
    """Write lines to a stream, or to what `sys.stdout` or `sys.stderr` is at the moment.

    Parameters
    ----------
    stream : {"stdout", "stderr"} or writable text stream
        Where the lines go.
    terminal_formatter : logging.Formatter, optional
        What makes the lines if the stream is a terminal.
    """

    def __init__(
        self,
        stream: str | TextIO = "stdout",
        terminal_formatter: logging.Formatter | None = None,
    ) -> None:
        super().__init__()
        self._stream = stream
        self._terminal_formatter = terminal_formatter

    @property
    def stream(self) -> TextIO:
        """The stream of the moment."""
        stream = self._stream
        if isinstance(stream, str):
            return sys.stdout if stream == "stdout" else sys.stderr
        return stream

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record, fit for where it goes."""
        terminal = self._terminal_formatter
        if terminal is not None and is_for_people(self.stream):
            return terminal.format(record)
        formatter = self.formatter
        return super().format(record) if formatter is None else formatter.format(record)

    def write(self, line: str) -> None:
        """Write a line and flush the stream."""
        stream = self.stream
        if Bar.columns and is_terminal(stream):
            Bar.wipe()
        try:
            stream.write(line + "\n")
        except UnicodeEncodeError:
            stream.write(BEYOND_ASCII.sub(_escaped, line) + "\n")
        # Not every object that takes the place of sys.stdout has it.
        getattr(stream, "flush", bool)()

    def arguments(self) -> dict[str, object]:
        """Give the arguments that make a handler like this one: streams by name only."""
        return {"stream": self._stream, "terminal_formatter": self._terminal_formatter}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._stream!r}>"


class DefaultHandler(StreamHandler):
    """Write to standard output, or to what `configure` has set up for the application."""

    configured: ClassVar[logging.Handler | None] = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record on."""
        configured = DefaultHandler.configured
        if configured is None:
            super().emit(record)
            return
        others = logging.root.handlers
        # The root logger hands its records to both.
        is_twice = self in others and configured in others
        if record.levelno >= configured.level and not is_twice:
            configured.handle(record)


class LastResort(DefaultHandler):
    """Write the lines that find no handler, since a `dictConfig` has taken away that of the root.

    Until then, those at level WARNING and above, as the standard library does.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record on."""
        if record.levelno >= logging.WARNING or (
            DefaultHandler.configured not in logging.root.handlers
        ):
            super().emit(record)
