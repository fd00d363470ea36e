"""Handlers that write lines, count what they could not write, and never raise."""

from __future__ import annotations

import logging
import math
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import ClassVar, TextIO


COMPLAINT_INTERVAL = 60.0


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


class LineHandler(logging.Handler):
    """The base of handlers that write lines.

    Attributes
    ----------
    lost : int
        Lines that could not be written. That there are some is reported on standard error, at most
        once a minute.
    """

    lost: int = 0
    _complained = -math.inf

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record."""
        try:
            line = self.format(record)
        except Exception as error:
            self.lose(error)
        else:
            self.deliver(line)

    def deliver(self, line: str) -> None:
        """Write a line, or count it as lost."""
        try:
            self.write(line)
        except Exception as error:
            self.lose(error)

    def write(self, line: str) -> None:
        """Write a line; the error if it fails."""
        raise NotImplementedError

    def skip(self, lines: int) -> None:
        """Take note of lines that are lost before they came here."""

    def lose(self, error: Exception) -> None:
        """Count a line as lost."""
        self.lost += 1
        self.complain("loses lines (its attribute `lost` counts them)", error)

    def complain(self, text: str, error: Exception) -> None:
        """Say what is wrong, unless that was done just now."""
        now = time.monotonic()
        if now - self._complained >= COMPLAINT_INTERVAL:
            self._complained = now
            complain(f"{self} {text}", error)


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
        """Hand the record on."""
        configured = DefaultHandler.configured
        if configured is None:
            super().emit(record)
        else:
            configured.handle(record)
