"""Where each structured logger writes, whatever others do to its handlers."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from ml_infra_utils.logging._line.formatter import JsonFormatter
from ml_infra_utils.logging._output.forks import setup_lock
from ml_infra_utils.logging._output.handlers import DefaultHandler, LineHandler
from ml_infra_utils.logging._output.resets import Resets

if TYPE_CHECKING:
    import logging


class Home(NamedTuple):
    """Where a logger writes."""

    handler: logging.Handler
    resets: int


_homes: WeakKeyDictionary[logging.Logger, Home] = WeakKeyDictionary()


def home_of(logger: logging.Logger) -> logging.Handler | None:
    """Give the handler that a structured logger of that name writes to; None if there is none."""
    home = _homes.get(logger)
    return None if home is None else home.handler


def attach(logger: logging.Logger, handler: logging.Handler | None) -> None:
    """Make a handler the only one of ours on the logger; the default one unless there is one."""
    home = _homes.get(logger)
    if home is not None and (handler is None or handler is home.handler):
        handler = home.handler
    else:
        if home is not None:
            logger.removeHandler(home.handler)
        if handler is None:
            _take_streams(logger)
            handler = DefaultHandler()
        if handler.formatter is None and not _needs_no_formatter(handler):
            handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    _homes[logger] = Home(handler, Resets.watch())


def find_home(logger: logging.Logger) -> None:
    """Undo what a `dictConfig` or `fileConfig` elsewhere has done to a logger it does not know."""
    home = _homes.get(logger)
    if home is None:
        return
    with setup_lock:
        if logger.disabled and home.resets != Resets.count:
            logger.disabled = False
        if not logger.disabled and not logger.hasHandlers():
            logger.addHandler(home.handler)
        _homes[logger] = Home(home.handler, Resets.watch())


def _take_streams(logger: logging.Logger) -> None:
    """Take the standard streams from handlers of others, which write each line a second time."""
    for other in logger.handlers[:]:
        stream = getattr(other, "stream", None)
        if not isinstance(other, LineHandler) and stream in (sys.stdout, sys.stderr):
            logger.removeHandler(other)
            warnings.warn(
                f"{other!r} is taken from the logger {logger.name!r}, since it would write each "
                "line a second time; give StructuredLogger a handler= or a stream= to keep it",
                RuntimeWarning,
                stacklevel=4,
            )


def _needs_no_formatter(handler: logging.Handler) -> bool:
    """Tell whether a handler has one by itself, or passes records on as they are."""
    handlers = sys.modules.get("logging.handlers")
    return isinstance(handler, LineHandler) or (
        handlers is not None and isinstance(handler, handlers.QueueHandler)
    )
