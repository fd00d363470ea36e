"""One call that sets up logging for an application."""

from __future__ import annotations

import logging
from os import PathLike
from typing import TYPE_CHECKING

from ml_infra_utils.logging._hooks import log_uncaught, log_warnings
from ml_infra_utils.logging._levels import (
    decide,
    level_number,
    level_numbers,
    level_of_environment,
    undecided,
)
from ml_infra_utils.logging._line.console import ConsoleFormatter
from ml_infra_utils.logging._line.formatter import JsonFormatter
from ml_infra_utils.logging._line.shapes import (
    DatadogFormatter,
    EcsFormatter,
    GoogleCloudFormatter,
)
from ml_infra_utils.logging._output.durable_file import DurableFileHandler
from ml_infra_utils.logging._output.forks import setup_lock
from ml_infra_utils.logging._output.handlers import (
    STREAMS,
    DefaultHandler,
    LastResort,
    StreamHandler,
)
from ml_infra_utils.logging._record.taken import take_from_now_on
from ml_infra_utils.logging._takeover import frameworks, take_over_frameworks
from ml_infra_utils.logging._words import described, listed, nearest

if TYPE_CHECKING:
    from typing import Iterable, Mapping, Union

    from typing_extensions import Unpack

    from ml_infra_utils.logging._line.formatter import LineOptions

    Output = Union[str, PathLike[str], logging.Handler]

FORMATTERS = {
    "ecs": EcsFormatter,
    "google_cloud": GoogleCloudFormatter,
    "datadog": DatadogFormatter,
}
FORMATS = ("json", "console", *FORMATTERS)


def configure(
    *,
    level: int | str | None = None,
    levels: Mapping[str, int | str] = {},
    output: Output = "stdout",
    format: str = "json",  # noqa: A002 # what logging.basicConfig calls it
    force: bool = False,
    uncaught: bool = True,
    takeover: bool | str | Iterable[str] = False,
    **line: Unpack[LineOptions],
) -> logging.Handler:
    """Set up logging for an application, once, where it starts.

    All loggers of the standard library come out structured from then on, warnings too, and every
    `StructuredLogger` that has no stream or handler of its own writes to the same output, whether
    it was made before or after. A second call replaces the first. A process that was spawned, not
    forked, calls it itself.

    Parameters
    ----------
    level : int or str, optional
        Level of the root logger, and of each `StructuredLogger` that was given none: a number, or
        a name in any case. By default what the environment variable ``ML_INFRA_LOG_LEVEL`` says,
        else INFO.
    levels : mapping of str to int or str, optional
        Levels of loggers by name: ``{"uvicorn.access": "WARNING"}``.
    output : {"stdout", "stderr"}, path or logging.Handler, default "stdout"
        Where lines go. A path is a file for a `DurableFileHandler`; make one yourself, or a
        `BoundedQueueHandler` before it, for rotation, fsync and a thread that writes.
    format : {"json", "console", "ecs", "google_cloud", "datadog"}, default "json"
        ``console`` is for people: aligned and coloured on a terminal and in a notebook, unless
        NO_COLOR is set, and JSON elsewhere, unless FORCE_COLOR is set. ``ecs`` is Elastic Common
        Schema; the last two are what these services read from standard output.
    force : bool, default False
        Take away and close the handlers that the root logger has from others, as
        `logging.basicConfig` does.
    uncaught : bool, default True
        Log exceptions that end the program or a thread, at level CRITICAL by the logger
        ``py.exceptions``. If lines go to a standard stream, Python's own text of the traceback is
        left out; hooks of others are called as ever.
    takeover : bool, str or iterable of str, default False
        Take over the loggers of ``"uvicorn"``, ``"gunicorn"``, ``"celery"`` and ``"django"``, of
        all (True) or of those that are named: the streams and files that they write to by
        themselves are taken away, whether they are set up before or after.
    **line
        What a line is like, as for `JsonFormatter`: ``redaction``, ``rename``, ``static``,
        ``drop``, ``order``, ``processors``, ``include``, ``timestamp``, ``zone``, ``traceback``,
        ``json_default``, ``ensure_ascii``, ``max_text``, ``max_line`` and so on.

    Returns
    -------
    logging.Handler
        What writes the lines; it has the attribute `lost`, if it is of this package.

    Raises
    ------
    ValueError
        If a level, also that of the environment, the format, a framework or an option of the line
        is unknown; the message lists the known ones.
    TypeError
        If the output, `takeover` or an option of the line is of another kind.
    OSError
        If the file cannot be opened; nothing is changed then.

    Examples
    --------
    >>> import logging
    >>> from ml_infra_utils.logging import configure
    >>> handler = configure(levels={"chatty.library": "error"})
    >>> logging.getLogger("some.library").warning("careful")
    {..., "level": "WARNING", "logger": "some.library", "message": "careful", ...}
    """
    number = level_of_environment() if level is None else level_number(level)
    numbers = level_numbers(levels)
    if format not in FORMATS:
        raise ValueError(
            f"format must be one of {listed(FORMATS)}, got {described(format)}"
            f"{nearest(format, FORMATS)}"
        )
    taken_over = frameworks(takeover)
    formatter = FORMATTERS.get(format, JsonFormatter)(**line)
    handler: logging.Handler
    if isinstance(output, logging.Handler):
        handler = output
    elif isinstance(output, str) and output.lower() in STREAMS:
        terminal = ConsoleFormatter(**line) if format == "console" else None
        handler = StreamHandler(output.lower(), terminal)
    elif isinstance(output, (str, PathLike)):
        handler = DurableFileHandler(output)
    else:
        raise TypeError(
            "output must be 'stdout', 'stderr', a path or a logging.Handler, "
            f"got {described(output)}; "
            "for another stream, give logging.StreamHandler(stream)"
        )
    handler.setFormatter(formatter)
    with setup_lock:
        root = logging.getLogger()
        before = DefaultHandler.configured
        for other in root.handlers[:]:
            if other is not handler and (force or other is before):
                root.removeHandler(other)
                other.close()
        root.addHandler(handler)
        root.setLevel(number)
        for logger in list(undecided):
            if logger is not root:
                decide(logger, logging.NOTSET)
        for name, each in numbers.items():
            decide(logging.getLogger(name), each)
        DefaultHandler.configured = handler
        logging.lastResort = LastResort()
        take_from_now_on()
        take_over_frameworks(taken_over)
        log_warnings()
        if uncaught:
            log_uncaught(replaces_text=isinstance(handler, StreamHandler))
    return handler
