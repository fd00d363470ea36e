"""The process, the thread and the task that a record comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    import logging


def _task_name(record: logging.LogRecord) -> object:
    # A record has it since Python 3.12.
    name = getattr(record, "taskName", None)
    asyncio = sys.modules.get("asyncio")
    if name is not None or asyncio is None:
        return name
    try:
        task = asyncio.current_task()
    except RuntimeError:
        # No loop runs in this thread.
        return None
    return None if task is None else task.get_name()


ORIGINS: dict[str, Callable[[logging.LogRecord], object]] = {
    "process": lambda record: record.process,
    "process_name": lambda record: record.processName,
    "thread": lambda record: record.thread,
    "thread_name": lambda record: record.threadName,
    "task": _task_name,
}
