"""Help for tests of what is logged; `ml_infra_utils.logging.pytest_plugin` has it as a fixture."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from ml_infra_utils.logging._line.formatter import JsonFormatter
from ml_infra_utils.logging._output.forks import setup_lock

if TYPE_CHECKING:
    from typing import Any

__all__ = ["capture_logs"]

_lists: list[list[dict[str, Any]]] = []
_installed: list[Callable[[logging.Logger, logging.LogRecord], None]] = []


@contextmanager
def capture_logs() -> Iterator[list[dict[str, Any]]]:
    """Give the records that are logged inside the block, as the dicts that their lines are.

    Those of every logger and thread, also of loggers that do not propagate; they are written as
    ever, too. A record below its logger's level is not there.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> with capture_logs() as records:
    ...     StructuredLogger("train").info("epoch done", epoch=3)
    {..., "message": "epoch done", ...}
    >>> records[0]["message"], records[0]["epoch"]
    ('epoch done', 3)
    """
    records: list[dict[str, Any]] = []
    with setup_lock:
        if not _lists:
            _hook()
        _lists.append(records)
    try:
        yield records
    finally:
        with setup_lock:
            # By identity: equal lists may be nested.
            _lists[:] = [other for other in _lists if other is not records]
            if not _lists:
                _unhook()


def _hook() -> None:
    if _installed:
        return
    formatter = JsonFormatter()
    call = logging.Logger.callHandlers

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        if _lists:
            data = json.loads(formatter.format(record))
            for records in tuple(_lists):
                records.append(data)
        call(self, record)

    call_handlers.original = call  # type: ignore[attr-defined] # for _unhook
    _installed.append(call_handlers)
    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign] # no other way sees all loggers


def _unhook() -> None:
    ours = _installed[0]
    # What somebody else has put over it since would lose what it calls; it does nothing by itself.
    if logging.Logger.callHandlers is ours:
        logging.Logger.callHandlers = ours.original  # type: ignore[attr-defined, method-assign] # see _hook
        _installed.clear()
