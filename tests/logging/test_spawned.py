"""Loggers and formatters that are sent to other processes, or copied in one."""

from __future__ import annotations

import io
import logging
import logging.handlers
import multiprocessing
import pickle
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    EcsFormatter,
    JsonFormatter,
    StructuredLogger,
    read_events,
)

if TYPE_CHECKING:
    from multiprocessing.pool import Pool
    from pathlib import Path


@pytest.fixture(scope="module")
def child() -> Iterator[Pool]:
    """Give a spawned process; it remembers the loggers that it was sent, by their names."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        yield pool


@pytest.mark.parametrize("kind", [JsonFormatter, EcsFormatter])
def test_formatter_can_be_sent(kind: Any) -> None:
    formatter = pickle.loads(pickle.dumps(kind(static={"service": "api"}, timestamp="iso")))
    assert kind is type(formatter)
    assert "api" in formatter.format(logging.makeLogRecord({"msg": "hello"}))


def log_here(logger: StructuredLogger) -> str:
    """Log in a child; give what it wrote to its standard streams."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        logger.info("child")
        logging.shutdown()
    return out.getvalue() + err.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (DurableFileHandler, {}),
        (logging.FileHandler, {"mode": "w"}),
        (logging.handlers.RotatingFileHandler, {"mode": "w"}),
    ],
)
def test_handler_that_writes_a_file_works_in_a_spawned_child(
    kind: Any, options: dict[str, str], path: Path, child: Pool
) -> None:
    handler = kind(path, **options)
    handler.setFormatter(JsonFormatter(static={"service": "api"}))
    logger = StructuredLogger(f"sent.{kind.__name__}", handler=handler).bind(fold=2)
    logger.info("parent")
    assert "" == child.apply(log_here, (logger,))
    events = list(read_events(path))
    assert ["parent", "child"] == [event.message for event in events]
    assert [("api", 2)] * 2 == [(event.fields["service"], event.fields["fold"]) for event in events]


def log_in_child(logger: StructuredLogger) -> None:
    logger.info("child")


def test_queue_is_written_when_a_spawned_child_ends(path: Path) -> None:
    handler = BoundedQueueHandler(DurableFileHandler(path))
    logger = StructuredLogger("train", "debug", handler=handler).bind(fold=2)
    logger.info("parent")
    process = multiprocessing.get_context("spawn").Process(target=log_in_child, args=(logger,))
    process.start()
    process.join(60)
    handler.flush()
    found = [(event.message, event.fields["fold"]) for event in read_events(path)]
    assert [("parent", 2), ("child", 2)] == found


def complaint_of(data: bytes) -> str:
    err = io.StringIO()
    with redirect_stderr(err):
        logger = pickle.loads(data)
    return log_here(logger) + err.getvalue()


def test_spawned_child_says_that_a_handler_of_others_cannot_be_sent(child: Pool) -> None:
    logger = StructuredLogger("train", handler=logging.StreamHandler(io.StringIO()))
    said = child.apply(complaint_of, (pickle.dumps(logger),))
    assert '"message": "child"' in said
    assert "logger 'train' writes to its default output: TypeError: <StreamHandler" in said
    assert "cannot be sent to another process" in said


def test_logger_that_is_copied_in_one_process_keeps_its_handler(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    handler = DurableFileHandler(path)
    logger = StructuredLogger("train", handler=handler)
    pickle.loads(pickle.dumps(logger)).info("hello")
    logger.info("hello")
    assert [handler] == logger.logger.handlers
    assert ["hello"] * 2 == [event.message for event in read_events(path)]
