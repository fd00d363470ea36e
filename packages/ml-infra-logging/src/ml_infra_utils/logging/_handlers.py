"""Handlers that write lines, count what they could not write, and never raise."""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from collections import deque
from contextlib import suppress
from numbers import Real
from typing import TYPE_CHECKING
from weakref import WeakSet

from ml_infra_utils.logging._formatter import JsonFormatter

if TYPE_CHECKING:
    from typing import Any, ClassVar, TextIO

STREAMS = ("stdout", "stderr")
COMPLAINT_INTERVAL = 60.0
DEEPEST = 20


def complain(text: str, error: BaseException | None = None) -> None:
    """Say something about logging itself, on standard error, if there is one."""
    with suppress(Exception):
        reason = "" if error is None else f": {type(error).__name__}: {_message(error)}"
        sys.stderr.write(f"ml_infra_utils.logging: {text}{reason}\n")
        sys.stderr.flush()


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "<unreadable>"


def is_positive(value: Any, kind: type = Real) -> bool:
    """Tell whether something is a positive number, of NumPy maybe."""
    return isinstance(value, kind) and value > 0


class LineHandler(logging.Handler):
    """The base of handlers that write lines, one after the other.

    A line that comes amid another one of the same thread, from a signal handler or a ``__del__``,
    waits until that one is written. If writing a line logs a line, and so on, that ends after 20 of
    them. A forked child starts over: what its parent had in hand stays the parent's.

    Attributes
    ----------
    lost : int
        Lines that could not be written. That there are some is reported on standard error, at most
        once a minute.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost: int = 0
        # How many lines, each amid another, have led to the one that is being written.
        self._depth = 0
        self._waiting: deque[tuple[int, str | None, int]] = deque()
        self._complained: dict[str, float] = {}
        _handlers.add(self)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record, as `JsonFormatter` does unless there is another formatter."""
        if self.formatter is None:
            self.setFormatter(JsonFormatter())
        return super().format(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record."""
        try:
            line = self.format(record)
        except Exception as error:
            self.lose(error)
        else:
            self.deliver(line)

    def deliver(self, line: str | None, dropped: int = 0) -> None:
        """Write a line, behind so many that were dropped, or count it as lost."""
        depth = self._depth + 1
        if depth > DEEPEST:
            self.lose(RecursionError("writing a line logs a line, without end"))
            return
        waiting = self._waiting
        waiting.append((depth, line, dropped))
        # Asked again in the end: a line may have come when the last one had been written.
        while waiting and not self._depth:
            try:
                self._depth = depth
                while waiting:
                    self._depth, line, dropped = waiting.popleft()
                    if dropped:
                        self.skip(dropped)
                    if line is None:
                        continue
                    try:
                        self.write(line)
                    except Exception as error:
                        self.lose(error)
            finally:
                self._depth = 0

    def write(self, line: str) -> None:
        """Write a line; the error if it fails."""
        raise NotImplementedError

    def skip(self, lines: int) -> None:
        """Take note of lines that are lost before they came here."""

    def start_over(self) -> None:
        """Begin anew in a forked child."""
        self._depth = 0
        self._waiting.clear()

    def lose(self, error: Exception) -> None:
        """Count a line as lost."""
        self.lost += 1
        self.complain("loses lines (its attribute `lost` counts them)", error)

    def complain(self, text: str, error: Exception) -> None:
        """Say what is wrong, unless that was done just now."""
        now = time.monotonic()
        if now - self._complained.get(text, -math.inf) >= COMPLAINT_INTERVAL:
            self._complained[text] = now
            complain(f"{self} {text}", error)


_handlers: WeakSet[LineHandler] = WeakSet()


def _start_over() -> None:
    for handler in _handlers:
        handler.start_over()


if hasattr(os, "register_at_fork"):
    # At once, not with the next line: what is inherited, such as a lock, binds others until then.
    os.register_at_fork(after_in_child=_start_over)


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
        if not (stream in STREAMS or callable(getattr(stream, "write", None))):
            raise TypeError(f"stream has a method write, unlike {stream!r}")
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
        # Not every object that takes the place of sys.stdout has isatty and flush.
        if terminal is not None and getattr(self.stream, "isatty", bool)():
            return terminal.format(record)
        return super().format(record)

    def write(self, line: str) -> None:
        """Write a line and flush the stream."""
        stream = self.stream
        try:
            stream.write(line + "\n")
        except UnicodeEncodeError as error:
            stream.write(line.encode(error.encoding, "backslashreplace").decode(error.encoding))
            stream.write("\n")
        getattr(stream, "flush", bool)()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._stream!r}>"


class DefaultHandler(StreamHandler):
    """Write to standard output, or to what `configure` has set up for the application."""

    configured: ClassVar[logging.Handler | None] = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record on, unless it goes there by itself."""
        configured = DefaultHandler.configured
        if configured is None:
            super().emit(record)
        elif self not in logging.root.handlers or configured not in logging.root.handlers:
            configured.handle(record)
