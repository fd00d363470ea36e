"""Tell people what happens, without ever getting in the way of it."""

from __future__ import annotations

import sys

# As contextvars and weakref have them, which are more files to find.
from _contextvars import ContextVar
from _weakref import ref

from ml_infra_utils.decorators._checks import check_callback, type_error
from ml_infra_utils.decorators._introspection import is_coroutine, unwrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType
    from typing import Any, Callable, Mapping, Protocol, Union

    class Logger(Protocol):
        """A standard logger, an adapter, a structured logger."""

        def info(self, message: str, /) -> Any:
            """Take what is normal."""

        def warning(self, message: str, /) -> Any:
            """Take what needs attention."""

        def error(self, message: str, /) -> Any:
            """Take what failed."""

    Output = Union[Callable[[str], object], Logger, None]


_told: ContextVar[tuple[ref[Telling], ...]] = ContextVar("ml_infra_told", default=())


class Telling:
    """Tell a listener: ``with Telling(listener) as is_heard``, which is False within itself.

    A handler of a logger that retries, and logs that to the same logger, would be entered again
    for each line, and so make of a few retries very many.

    It ends with its block: a task that was started in it, and what runs after a signal handler
    raised while it began or ended, still has it in its context, but is heard.
    """

    __slots__ = ("__weakref__", "_listener", "_token")

    def __init__(self, listener: object) -> None:
        self._listener = listener
        self._token: Token[tuple[ref[Telling], ...]] | None = None

    def __enter__(self) -> bool:
        told = [each for each in _told.get() if each() is not None]
        for each in told:
            telling = each()
            if telling is not None and telling._listener is self._listener:
                return False
        self._token = _told.set((*told, ref(self)))
        return True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            try:
                _told.reset(self._token)
            except ValueError:  # a coroutine that the collector ends, in another context
                return


def check_output(output: object) -> None:
    """Raise TypeError unless `output` is a logger, a callable or None."""
    if output is None or output is print:  # the default: to look at it takes two imports
        return
    is_class = isinstance(output, type)
    if hasattr(output, "warning") and not is_class:
        return
    if is_class or not callable(output):
        raise type_error("output", "a logger, a callable that takes the text, or None", output)
    check_callback("output", output)


def tell(
    output: Output,
    level: str,
    text: str,
    fields: Mapping[str, object],
    function: Callable[..., Any] | None = None,
) -> None:
    """Give a line to the output; one that fails costs neither a result nor an error.

    A logger also learns who called the function, and the fields, if it takes any. A coroutine that
    is a task by itself is called by the event loop: then the place is that of the function.
    """
    try:
        with Telling(output) as is_heard:
            if output is None or not is_heard:
                return
            if hasattr(output, level):
                _at_the_call(function)(*_written(output, level, text, fields))
            else:
                write: Any = output
                write(text)
    except Exception as error:
        complain(f"{text}\n(output failed: {describe(error)})")


def _written(
    logger: Any, level: str, text: str, fields: Mapping[str, object]
) -> tuple[Callable[..., object], str, dict[str, Any]]:
    """Return the method of a logger that takes the line, the text, and the fields as options."""
    logging: Any = sys.modules.get("logging")  # imported, if the logger is one of it
    options: dict[str, Any] = {}
    if logging is not None:
        extra = {"call_name" if field == "name" else field: fields[field] for field in fields}
        while isinstance(logger, logging.LoggerAdapter):
            # As the adapter does it, which throws our fields away before Python 3.13.
            text, options = logger.process(text, options)
            extra.update(options.get("extra") or {})
            logger = logger.logger
        if isinstance(logger, logging.Logger):
            options["extra"] = extra
        elif isinstance(getattr(logger, "logger", None), logging.Logger):  # our StructuredLogger
            options.update({**fields, **options.pop("extra", {})})
    if not options and hasattr(logger, "bind"):  # structlog, loguru
        logger = logger.bind(**fields)
    return getattr(logger, level), text, options


_WRITE = (lambda write, text, options: write(text, **options)).__code__
_FUNCTION: Any = type(tell)  # to import types could fail while the interpreter shuts down


def _at_the_call(function: Any) -> Callable[..., None]:
    """Return what writes a line in a frame that looks like the one that called us.

    Loggers of every kind ask that for module, function and line. An event loop, which calls the
    coroutine of a task, tells nobody anything: then it looks like one of the function.
    """
    frame: Any = sys._getframe(1)
    inner = frame
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        inner, frame = frame, frame.f_back
    code, line, names = frame.f_code, frame.f_lineno, frame.f_globals
    function = unwrapped(function)
    own = getattr(function, "__code__", None)
    is_task = is_coroutine(inner.f_code) and not is_coroutine(code)
    if is_task and isinstance(own, type(_WRITE)):
        code, line, names = own, own.co_firstlineno, function.__globals__
    code = _WRITE.replace(co_filename=code.co_filename, co_name=code.co_name, co_firstlineno=line)
    write: Callable[..., None] = _FUNCTION(code, names)
    return write


def depth_of_caller() -> int:
    """Return how far above our caller the first frame outside this package is."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        frame, depth = frame.f_back, depth + 1
    return depth


def complain(text: str) -> None:
    """Write to standard error, which is where failures of the reporting itself go."""
    try:
        if sys.stderr is not None:
            print(text, file=sys.stderr)
    except (OSError, ValueError):  # closed, and there is no other place to say so
        return


def describe(error: BaseException) -> str:
    """Return the message of an exception, or what stands for an empty one."""
    try:
        return str(error) or repr(error)
    except Exception as broken:
        return f"{type(error).__name__} (its message failed: {type(broken).__name__})"


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception (PEP 678), also before Python 3.11.

    An exception that is raised many times, such as the side effect of a mock, is not
    given the same note twice.
    """
    notes = vars(error).get("__notes__", [])
    if note not in notes:
        vars(error)["__notes__"] = [*notes, note]  # a frozen dataclass refuses setattr


def hide_engine(error: BaseException) -> None:
    """Take the wrappers off the top of a traceback, so that it starts at the function.

    Before Python 3.11 a bare ``raise`` brings the frame of the wrapper itself back.
    """
    traceback = error.__traceback__
    while traceback is not None and "__hidden_from_tracebacks__" in traceback.tb_frame.f_globals:
        traceback = traceback.tb_next
    error.with_traceback(traceback)


def forget_earlier_attempts(error: BaseException) -> None:
    """Cut off what an exception that is raised again and again brings along of earlier attempts.

    Each time, Python puts the new frames in front of those that the object already has.
    """
    first = traceback = error.__traceback__
    while first is not None and traceback is not None and traceback.tb_next is not None:
        following = traceback.tb_next
        if (following.tb_frame, following.tb_lasti) == (first.tb_frame, first.tb_lasti):
            traceback.tb_next = None
        traceback = following
