"""Handlers that write lines, count what they could not write, and never raise."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import ClassVar, TextIO


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
        Lines that could not be written. The first one of a row is reported on standard error.
    """

    lost = 0
    _failing = False

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
        else:
            self._failing = False

    def write(self, line: str) -> None:
        """Write a line; the error if it fails."""
        raise NotImplementedError

    def lose(self, error: Exception | None, lines: int = 1) -> None:
        """Count lines that are not going to be written, and say so the first time."""
        self.lost += lines
        if not self._failing:
            self._failing = True
            complain(f"{self} loses lines (its attribute `lost` counts them)", error)


class StreamHandler(LineHandler):
    """Write lines to a stream, or to what `sys.stdout` or `sys.stderr` is at the moment.

    Parameters
    ----------
    stream : {"stdout", "stderr"} or writable text stream
        Where the lines go.
    """

    def __init__(self, stream: str | TextIO = "stdout") -> None:
        super().__init__()
        self._stream = stream

    @property
    def stream(self) -> TextIO:
        """The stream of the moment."""
        stream = self._stream
        if isinstance(stream, str):
            return sys.stdout if stream == "stdout" else sys.stderr
        return stream

    def write(self, line: str) -> None:
        """Write a line and flush the stream."""
        stream = self.stream
        stream.write(line + "\n")
        stream.flush()

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
