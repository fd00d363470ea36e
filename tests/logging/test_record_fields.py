"""Fields as others see them: attributes of the record, taken when it is made."""

from __future__ import annotations

import copy
import io
import json
import logging
import logging.handlers
import pickle
import queue
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace

from ml_infra_utils.logging import JsonFormatter, StructuredLogger, bound, configure

if TYPE_CHECKING:
    from tests.logging.conftest import Lines

SPAN = trace.NonRecordingSpan(trace.SpanContext(trace_id=0x1234, span_id=0x56, is_remote=False))


def test_fields_are_attributes_for_filters_and_caplog(caplog: pytest.LogCaptureFixture) -> None:
    logger = StructuredLogger("train").bind(fold=2)
    logger.logger.addHandler(caplog.handler)
    with bound(request_id="r-1"):
        logger.info("hello", epoch=3, password="x")
    (record,) = caplog.records
    attributes = vars(record)
    assert (2, "r-1", 3, "x") == (
        attributes["fold"],
        attributes["request_id"],
        attributes["epoch"],
        attributes["password"],
    )


@pytest.mark.parametrize(
    "name",
    ["name", "msg", "args", "message", "asctime", "getMessage", "__class__", "relativeCreated"],
)
def test_attribute_that_the_record_needs_is_not_touched(name: str, lines: Lines) -> None:
    texts = io.StringIO()
    logger = StructuredLogger("train")
    handler = logging.StreamHandler(texts)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    logger.logger.addHandler(handler)
    logger.info("hello", **{name: "mine"})
    (line,) = lines()
    assert "mine" in line.values()
    assert "hello" == line["message"]
    assert texts.getvalue().endswith("train hello\n")


def test_value_that_a_filter_changes_is_written(lines: Lines) -> None:
    logger = StructuredLogger("train")

    def change(record: logging.LogRecord) -> bool:
        record.user = "nobody"
        record.added = 1
        return True

    logger.logger.addFilter(change)
    logger.info("hello", user="ada", epoch=3)
    (line,) = lines()
    assert ("nobody", 1, 3) == (line["user"], line["added"], line["epoch"])


def test_secrets_are_hidden_in_our_lines_only(
    lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    logger = StructuredLogger("train")
    logger.logger.addHandler(caplog.handler)
    logger.info("hello", password="hunter2")
    assert "[REDACTED]" == lines()[0]["password"]
    assert "hunter2" == vars(caplog.records[0])["password"]


def through_a_pipe(record: logging.LogRecord) -> logging.LogRecord:
    """Give the record that another process gets from a queue."""
    sent: logging.LogRecord = pickle.loads(pickle.dumps(record))
    return sent


def through_a_socket(record: logging.LogRecord) -> logging.LogRecord:
    """Give the record that another program gets from a socket: it is made of the attributes."""
    data = logging.handlers.SocketHandler("localhost", 0).makePickle(record)
    return logging.makeLogRecord(pickle.loads(data[4:]))


def written_by_queue(logger: Any, sent: Any, **fields: Any) -> dict[str, Any]:
    """Give the line that another thread writes, outside the block and the span."""
    passed: queue.Queue[logging.LogRecord] = queue.Queue()
    inner = getattr(logger, "logger", logger)
    inner.addHandler(logging.handlers.QueueHandler(passed))
    with bound(request_id="r-1"), trace.use_span(SPAN):
        logger.warning("hello", **fields)
    stream = io.StringIO()
    target = logging.StreamHandler(stream)
    target.setFormatter(JsonFormatter())
    record = sent(passed.get())
    thread = threading.Thread(target=target.handle, args=(record,))
    thread.start()
    thread.join()
    line: dict[str, Any] = json.loads(stream.getvalue())
    return line


@pytest.mark.parametrize("sent", [through_a_pipe, through_a_socket, copy.copy])
@pytest.mark.parametrize("kind", ["structured", "standard", "configured"])
def test_bound_fields_and_trace_ids_survive_a_queue(kind: str, sent: Any) -> None:
    if kind == "configured":
        configure()
    logger: Any = (
        StructuredLogger("train") if kind == "structured" else logging.getLogger("library")
    )
    line = written_by_queue(logger, sent, extra={"epoch": 3})
    assert ("r-1", 3, f"{0x1234:032x}", f"{0x56:016x}") == (
        line["request_id"],
        line["epoch"],
        line["trace_id"],
        line["span_id"],
    )


def test_record_has_no_attributes_of_ours_but_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    configure()
    structured, standard = StructuredLogger("train"), logging.getLogger("library")
    structured.logger.addHandler(caplog.handler)
    with bound(request_id="r-1"), trace.use_span(SPAN):
        structured.info("hello", epoch=3, name="mine")
        standard.warning("hello", extra={"epoch": 3})
    usual = set(vars(logging.makeLogRecord({})))
    mine, theirs = (set(vars(record)) - usual - {"message"} for record in caplog.records)
    assert {"context", "request_id", "epoch"} == mine
    assert {"epoch"} == theirs


def test_bound_fields_survive_a_memory_handler(lines: Lines) -> None:
    target = configure()
    memory = logging.handlers.MemoryHandler(10, target=target)
    logger = logging.getLogger("library")
    logger.propagate = False
    logger.addHandler(memory)
    with bound(request_id="r-1"):
        logger.info("hello")
    with bound(request_id="r-2"):
        memory.flush()
    assert ["r-1"] == [line["request_id"] for line in lines()]


def test_field_of_a_call_wins_over_a_bound_one(lines: Lines) -> None:
    configure()
    with bound(epoch=1):
        logging.getLogger("library").info("hello", extra={"epoch": 2})
        StructuredLogger("train").info("hello", epoch=2)
    assert [2, 2] == [line["epoch"] for line in lines()]


def test_field_of_a_call_wins_over_what_a_factory_adds(lines: Lines) -> None:
    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **kwargs)
        record.host = "a"
        return record

    logging.setLogRecordFactory(factory)
    StructuredLogger("train").info("hello", host="mine")
    assert ["mine"] == [line["host"] for line in lines()]


def test_factories_of_others_stay_whoever_comes_first(lines: Lines) -> None:
    configure()
    make = logging.getLogRecordFactory()

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.host = "a"
        return record

    logging.setLogRecordFactory(factory)
    for number in range(3):
        with bound(request_id=number):
            logging.getLogger("library").info("hello")
    assert factory is logging.getLogRecordFactory()
    assert [("a", 0), ("a", 1), ("a", 2)] == [
        (line["host"], line["request_id"]) for line in lines()
    ]


def test_factory_that_fails_is_no_error_of_bound(lines: Lines) -> None:
    def refuse() -> logging.LogRecord:
        raise ValueError("takes no arguments either")

    logging.setLogRecordFactory(refuse)
    with bound(epoch=1):
        pass
    logging.setLogRecordFactory(logging.LogRecord)
    configure()
    with bound(epoch=2):
        logging.getLogger("library").info("hello")
    assert [2] == [line["epoch"] for line in lines()]
