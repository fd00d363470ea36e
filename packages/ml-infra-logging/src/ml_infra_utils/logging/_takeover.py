"""Have the loggers of frameworks write to the root logger only."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ml_infra_utils.logging._output.handlers import LineHandler
from ml_infra_utils.logging._record.frameworks import is_of_framework, time_requests

if TYPE_CHECKING:
    from ml_infra_utils.logging._record.taken import Factory


class TakingOver:
    """A factory of records that takes over the loggers of frameworks which it makes records for.

    Not only once: servers set up their loggers when they start, which may come later.
    """

    def __init__(self, make: Factory) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """Make a record."""
        record = self._make(*args, **kwargs)
        if is_of_framework(record.name):
            take_over(record.name)
        return record


def take_over_frameworks() -> None:
    """Take over the loggers of frameworks, those that are set up already and those to come."""
    for name in [*logging.root.manager.loggerDict]:
        if is_of_framework(name):
            take_over(name)
    time_requests()
    make = logging.getLogRecordFactory()
    if not isinstance(make, TakingOver):
        logging.setLogRecordFactory(TakingOver(make))


def take_over(name: str) -> None:
    """Take the streams and files of others from a logger and those above it.

    Handlers of other kinds stay, such as one that sends mail. So does a `StructuredLogger`.
    """
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None and logger is not logging.root:
        if any(isinstance(handler, LineHandler) for handler in logger.handlers):
            return
        for handler in logger.handlers[:]:
            if isinstance(handler, logging.StreamHandler):
                logger.removeHandler(handler)
        logger.propagate = True
        logger = logger.parent
