"""What Python itself reports, as lines: warnings, and exceptions that nobody has caught."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import ClassVar, TextIO


def log_warnings() -> None:
    """Have warnings logged, with the place that they are about."""
    logging.captureWarnings(True)
    warnings.showwarning = _log_warning


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Log a warning as the standard library does, but with its place as the record's."""
    if file is not None:
        file.write(warnings.formatwarning(message, category, filename, lineno, line))
        return
    logger = logging.getLogger("py.warnings")
    if logger.isEnabledFor(logging.WARNING):
        place = filename, lineno
        arguments = category.__name__, message
        record = logger.makeRecord(
            logger.name, logging.WARNING, *place, "%s: %s", arguments, None, ""
        )
        logger.handle(record)


class Uncaught:
    """Log exceptions that end the program or a thread, then do what was done before.

    Python itself would print the traceback. That is left out where the line goes to the same
    terminal or stream, since text amid lines of JSON is read by no one.
    """

    replaces_text: ClassVar[bool] = False
    of_program: ClassVar[Callable[..., object] | None] = None
    of_threads: ClassVar[Callable[..., object] | None] = None

    @classmethod
    def log(cls, *, replaces_text: bool) -> None:
        """Have them logged from now on."""
        cls.replaces_text = replaces_text
        if sys.excepthook != cls._end_of_program:
            cls.of_program, sys.excepthook = sys.excepthook, cls._end_of_program
        if threading.excepthook != cls._end_of_thread:
            cls.of_threads, threading.excepthook = threading.excepthook, cls._end_of_thread

    @classmethod
    def _end_of_program(
        cls, kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        # Who presses Ctrl+C wants the program to end.
        is_line = not issubclass(kind, KeyboardInterrupt)
        if is_line:
            _log_uncaught("Uncaught exception", (), error, traceback)
        before = cls.of_program
        if before is not None and not (
            is_line and cls.replaces_text and before is sys.__excepthook__
        ):
            before(kind, error, traceback)

    @classmethod
    def _end_of_thread(cls, args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        is_line = error is not None and not issubclass(args.exc_type, SystemExit)
        if error is not None and is_line:
            name = "unknown" if args.thread is None else args.thread.name
            _log_uncaught("Uncaught exception in thread %s", (name,), error, args.exc_traceback)
        before = cls.of_threads
        if before is not None and not (
            is_line and cls.replaces_text and before is _PRINTED_BY_PYTHON
        ):
            before(args)


# Python 3.8 and 3.9 keep it nowhere else.
_PRINTED_BY_PYTHON = getattr(threading, "__excepthook__", threading.excepthook)


def _log_uncaught(
    message: str, args: tuple[object, ...], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log an exception with the place where it was raised."""
    logger = logging.getLogger("py.exceptions")
    if not logger.isEnabledFor(logging.CRITICAL):
        return
    place, line, function = "", 0, ""
    raised = traceback
    while raised is not None:
        code = raised.tb_frame.f_code
        place, line, function = code.co_filename, raised.tb_lineno, code.co_name
        raised = raised.tb_next
    exc_info = type(error), error, traceback
    record = logger.makeRecord(
        logger.name, logging.CRITICAL, place, line, message, args, exc_info, function
    )
    logger.handle(record)
