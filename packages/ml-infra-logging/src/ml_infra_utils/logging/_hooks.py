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


def log_uncaught(*, replaces_text: bool) -> None:
    """Have exceptions logged that end the program or a thread, before what is done anyway.

    Python itself would print the traceback. That is left out with `replaces_text`, where the line
    goes to the same terminal or stream, since text amid lines of JSON is read by no one.
    """
    _Hook.replaces_text = replaces_text
    if not isinstance(sys.excepthook, _OfProgram):
        sys.excepthook = _OfProgram(sys.excepthook)
    if not isinstance(threading.excepthook, _OfThread):
        threading.excepthook = _OfThread(threading.excepthook)


class _Hook:
    """A hook of ours, which calls the one that it has found.

    Others may set theirs between two of ours: an exception that comes to both is one line.
    """

    replaces_text: ClassVar[bool] = False
    # The error that the hook before is called with, in this thread.
    passed: ClassVar[threading.local] = threading.local()

    def __init__(self, before: Callable[..., object] | None) -> None:
        self._before = before

    def _report(
        self,
        message: str,
        args: tuple[object, ...],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        if getattr(self.passed, "error", None) is not error:
            _log_uncaught(message, args, error, traceback)

    def _pass_on(self, error: BaseException | None, *args: object) -> None:
        if self._before is None:
            return
        outer, self.passed.error = getattr(self.passed, "error", None), error
        try:
            self._before(*args)
        finally:
            self.passed.error = outer


class _OfProgram(_Hook):
    def __call__(
        self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        # Who presses Ctrl+C wants the program to end.
        is_line = not issubclass(kind, KeyboardInterrupt)
        if is_line:
            self._report("Uncaught exception", (), error, traceback)
        if not (is_line and self.replaces_text and self._before is sys.__excepthook__):
            self._pass_on(error, kind, error, traceback)


class _OfThread(_Hook):
    def __call__(self, args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        is_line = error is not None and not issubclass(args.exc_type, SystemExit)
        if error is not None and is_line:
            name = "unknown" if args.thread is None else args.thread.name
            self._report("Uncaught exception in thread %s", (name,), error, args.exc_traceback)
        if not (is_line and self.replaces_text and self._before is _PRINTED_BY_PYTHON):
            self._pass_on(error, args)


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
