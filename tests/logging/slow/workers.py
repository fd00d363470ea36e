"""What the tests here have other processes do."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import Any

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    StructuredLogger,
    bound,
    configure,
)


def write_lines(path: str, worker: int, count: int, max_bytes: int) -> None:
    """Log numbered lines, a large one now and then, to a file that rotates."""
    handler = DurableFileHandler(path, max_bytes=max_bytes)
    logger = StructuredLogger("worker", handler=handler).bind(worker=worker)
    for number in range(count):
        logger.info("x" * 6_000 if number % 1_000 == 0 else "hello", number=number)
    assert handler.lost == 0


def log_once(logger: StructuredLogger, number: int) -> None:
    """Log with a logger that another process made."""
    with bound(child=number):
        logger.info("from a child", pid=os.getpid())
        logging.getLogger("library").warning("from a child", extra={"pid": os.getpid()})


def configure_and_log_once(path: str, logger: StructuredLogger, number: int) -> None:
    """Set up logging as the start of a program does, then log with a logger that came along."""
    configure(output=path)
    log_once(logger, number)


def configure_a_queue_and_log(path: str, count: int) -> None:
    """Set up a queue of one's own, and log more than it has written when the process ends."""
    configure(output=BoundedQueueHandler(DurableFileHandler(path)))
    log_many(StructuredLogger("worker"), count)


def log_a_long_line(path: str) -> None:
    """Log a line that is written under the lock."""
    StructuredLogger("worker", handler=DurableFileHandler(path)).info("x" * 5_000)


def leave_an_idle_child(path: str) -> None:
    """Log long lines for ever, once there is a child that does nothing."""
    logger = StructuredLogger("worker", handler=DurableFileHandler(path))
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
    while True:
        logger.info("hello", rows=["x" * 30_000] * 8)


def fork_while_loggers_are_made(path: str) -> None:
    """Fork again and again while a thread makes loggers, and log in each child."""
    with open(os.devnull, "w") as null:  # noqa: PTH123 # it is no path

        def make() -> None:
            for number in range(1_000_000):
                StructuredLogger(f"made{number % 50}", stream=null)

        threading.Thread(target=make, daemon=True).start()
        for _ in range(40):
            child = os.fork()
            if child == 0:
                StructuredLogger("child", handler=DurableFileHandler(path)).info("hello")
                os._exit(0)
            os.waitpid(child, 0)
    os._exit(0)


def log_many(logger: StructuredLogger, count: int) -> None:
    """Log more than the queue has written when the process ends."""
    for number in range(count):
        logger.info("from a child", number=number)


def write_until_killed(path: str, queue: bool) -> None:
    """Log for ever."""
    handler: Any = DurableFileHandler(path)
    if queue:
        handler = BoundedQueueHandler(handler)
    logger = StructuredLogger("worker", handler=handler)
    number = 0
    while True:
        logger.info("hello", number=number, padding="x" * (number % 9_000))
        number += 1


def fill_the_disk(path: str, limit: int) -> None:
    """Log more than a file may hold, then go on in another file."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    handler = DurableFileHandler(path)
    logger = StructuredLogger("worker", handler=handler)
    for number in range(1_000):
        logger.info("hello", number=number)
    assert handler.lost > 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    logger.info("there is room again", number=1_000, lost=handler.lost)
