"""Have the loggers of frameworks write to the root logger only."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Iterable

from ml_infra_utils.logging._output.handlers import LineHandler
from ml_infra_utils.logging._record.frameworks import READERS, framework_of, time_requests
from ml_infra_utils.logging._words import described, listed, nearest

if TYPE_CHECKING:
    from typing import ClassVar

    from ml_infra_utils.logging._record.taken import Factory

FRAMEWORKS = tuple(READERS)


class TakingOver:
    """A factory of records that takes over the loggers of frameworks which it makes records for.

    Not only once: servers set up their loggers when they start, which may come later.
    """

    names: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, make: Factory) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """Make a record."""
        record = self._make(*args, **kwargs)
        if framework_of(record.name) in TakingOver.names:
            take_over(record.name)
        return record


def frameworks(wanted: bool | str | Iterable[str]) -> frozenset[str]:
    """Give the names of the frameworks that are to be taken over: True means all of them."""
    if isinstance(wanted, bool):
        return frozenset(FRAMEWORKS if wanted else ())
    if not isinstance(wanted, Iterable):
        raise TypeError(
            f"takeover must be a bool, or one or several of {listed(FRAMEWORKS)}, "
            f"got {described(wanted)}"
        )
    names = [wanted] if isinstance(wanted, str) else [*wanted]
    for name in names:
        if name not in FRAMEWORKS:
            raise ValueError(
                f"takeover must name {listed(FRAMEWORKS)}, got {described(name)}"
                f"{nearest(name, FRAMEWORKS)}"
            )
    return frozenset(names)


def take_over_frameworks(names: frozenset[str]) -> None:
    """Take over the loggers of frameworks, those that are set up already and those to come."""
    TakingOver.names = names
    for name in [*logging.root.manager.loggerDict]:
        if framework_of(name) in names:
            take_over(name)
    if "django" in names:
        time_requests()
    make = logging.getLogRecordFactory()
    if names and not isinstance(make, TakingOver):
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
