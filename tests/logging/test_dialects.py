"""Lines of other shapes and other programs are read as ours are."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import (
    DatadogFormatter,
    DurableFileHandler,
    EcsFormatter,
    Event,
    GoogleCloudFormatter,
    JsonFormatter,
    StructuredLogger,
    read_events,
)

if TYPE_CHECKING:
    from pathlib import Path

TIME = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc)
TRACEBACK = "Traceback (most recent call last):\n  ...\nValueError: no loss"

STRUCTLOG = {
    "event": "epoch done",
    "level": "warning",
    "logger": "train",
    "timestamp": "2026-01-02T03:04:05.678Z",
    "func_name": "fit",
    "lineno": 7,
    "module": "b",
    "exception": TRACEBACK,
    "epoch": 3,
}
PYTHON_JSON_LOGGER = {
    "asctime": "2026-01-02 03:04:05,678",
    "levelname": "WARNING",
    "name": "train",
    "message": "epoch done",
    "module": "b",
    "funcName": "fit",
    "lineno": 7,
    "exc_info": TRACEBACK,
    "epoch": 3,
}
LOGURU = {
    "text": "...",
    "record": {
        "elapsed": {"repr": "0:00:00.01", "seconds": 0.01},
        "exception": {"type": "ValueError", "value": "no loss", "traceback": True},
        "extra": {"epoch": 3},
        "file": {"name": "b.py", "path": "a/b.py"},
        "function": "fit",
        "level": {"icon": "!", "name": "WARNING", "no": 30},
        "line": 7,
        "message": "epoch done",
        "module": "b",
        "name": "train",
        "time": {"repr": "2026-01-02 03:04:05.678000+00:00", "timestamp": 1767323045.678},
    },
}
ECS = {
    "@timestamp": "2026-01-02T03:04:05.678Z",
    "log.level": "warning",
    "message": "epoch done",
    "ecs.version": "1.6.0",
    "log.logger": "train",
    "log.origin.file.name": "b",
    "log.origin.file.line": 7,
    "log.origin.function": "fit",
    "error.type": "ValueError",
    "error.message": "no loss",
    "error.stack_trace": TRACEBACK,
    "epoch": 3,
}
# As structlog's dict_tracebacks gives it.
STACK = {
    "exc_type": "ValueError",
    "exc_value": "no loss",
    "exc_notes": [],
    "is_cause": False,
    "frames": [{"filename": "a/b.py", "lineno": 7, "name": "fit", "locals": {}}],
    "is_group": False,
    "exceptions": [],
}
STRUCTLOG_DATA = {**STRUCTLOG, "timestamp": 1767323045.678, "exception": [STACK]}
RENAMED = {
    **{key: STRUCTLOG[key] for key in ("timestamp", "level", "logger", "module", "epoch")},
    "message": "epoch done",
    "func_name": "fit",
    "lineno": 7,
    "exc_info": TRACEBACK,
}
# As ecs-logging writes it.
ECS_OBJECTS = {
    "@timestamp": "2026-01-02T03:04:05.678Z",
    "log.level": "warning",
    "message": "epoch done",
    "ecs.version": "1.6.0",
    "error": {"message": "no loss", "stack_trace": "  File ...", "type": "ValueError"},
    "log": {
        "logger": "train",
        "origin": {"file": {"line": 7, "name": "b.py"}, "function": "fit"},
        "original": "epoch done",
    },
    "process": {"name": "MainProcess", "pid": 1},
    "epoch": 3,
}
OTHERS = {
    "structlog": STRUCTLOG,
    "structlog, dict_tracebacks": STRUCTLOG_DATA,
    "python-json-logger": PYTHON_JSON_LOGGER,
    "python-json-logger, renamed": RENAMED,
    "loguru": LOGURU,
    "ECS": ECS,
    "ecs-logging": ECS_OBJECTS,
}


@pytest.mark.parametrize("line", OTHERS.values(), ids=OTHERS)
def test_line_of_another_program_is_read(line: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(line) + "\n")
    (event,) = read_events(path, level="warning", logger="train", since="2026-01-02T03:04:05Z")
    assert (TIME, "WARNING", "train", "epoch done") == (
        event.timestamp,
        event.level.upper(),
        event.logger,
        event.message,
    )
    assert ("b", "fit", 7, 3) == (event.module, event.function, event.line, event.fields["epoch"])
    assert event.exception is not None
    assert ("ValueError", "no loss") == (event.exception["type"], event.exception["message"])


def test_what_led_to_an_exception_of_structlog_is_its_chain(path: Path) -> None:
    cause = {**STACK, "exc_type": "KeyError", "exc_value": "'x'", "is_cause": True}
    line = {**STRUCTLOG, "exception": [STACK, cause, {**cause, "is_cause": False}]}
    path.write_text(json.dumps(line) + "\n")
    (event,) = read_events(path)
    assert event.exception is not None
    assert [{"file": "a/b.py", "line": 7, "function": "fit"}] == event.exception["frames"]
    assert [("cause", 0, "KeyError", "'x'"), ("context", 1, "KeyError", "'x'")] == [
        tuple(other[key] for key in ("relation", "of", "type", "message"))
        for other in event.exception["chain"]
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"record": {"level": 3}},
        {"record": {"level": 3}, "text": "a"},
        {"text": "a"},
        {"dd": "a"},
        {"dd": {"trace_id": "1"}, "status": 200},
        {"error": "gone"},
    ],
)
def test_field_that_another_program_uses_for_all_of_a_line_is_a_field(
    fields: dict[str, object], path: Path
) -> None:
    path.write_text(json.dumps({"level": "INFO", "message": "hello", **fields}) + "\n")
    (event,) = read_events(path)
    assert ("INFO", "hello", fields) == (event.level, event.message, event.fields)


def test_line_for_datadog_loses_no_field_of_an_odd_type(path: Path) -> None:
    line = {"status": "warn", "message": "hello", "logger": "train", "dd": {"span_id": "1"}}
    path.write_text(json.dumps({**line, "error": "gone"}) + "\n")
    (event,) = read_events(path)
    assert ("WARN", "train") == (event.level, event.logger)
    assert {"span_id": "1", "error": "gone"} == event.fields


@pytest.mark.parametrize("exception", [[], [1], [{"frames": 3}], [{"frames": [None, {}]}]])
def test_list_that_is_no_exception_is_no_error(exception: object, path: Path) -> None:
    path.write_text(json.dumps({**STRUCTLOG, "exception": exception}) + "\n")
    assert ["epoch done"] == [event.message for event in read_events(path)]


def seen(event: Event) -> tuple[object, ...]:
    exception = event.exception or {}
    return (
        event.timestamp,
        event.level,
        event.logger,
        event.message,
        event.function,
        event.line,
        event.context,
        event.fields["epoch"],
        event.sequence,
        (exception["type"], exception["message"]),
    )


RENAME = {"level": "severity", "message": "msg", "timestamp": "ts", "exception": "error"}
SHAPES: list[tuple[JsonFormatter, dict[str, str]]] = [
    (JsonFormatter(), {}),
    (JsonFormatter(rename=RENAME), RENAME),
    (JsonFormatter(rename={"level": "severity", "timestamp": "time"}), {}),
    (JsonFormatter(timestamp="epoch"), {}),
    (EcsFormatter(), {}),
    (EcsFormatter(rename={"message": "msg"}), {"message": "msg"}),
    (GoogleCloudFormatter(), {}),
    (DatadogFormatter(), {}),
]


@pytest.mark.parametrize(("formatter", "rename"), SHAPES)
def test_line_of_any_shape_of_ours_is_read_as_the_same_event(
    formatter: JsonFormatter, rename: dict[str, str], path: Path
) -> None:
    handler = DurableFileHandler(path)
    logger = StructuredLogger("train", handler=handler)
    made: list[logging.LogRecord] = []
    logger.logger.addFilter(lambda record: made.append(record) or True)
    try:
        {}["x"]  # type: ignore[index] # it is meant to fail
    except KeyError:
        logger.error("failed", {"a": 1}, epoch=3, exc_info=sys.exc_info())
    (event,) = read_events(path)
    handler.setFormatter(formatter)
    handler.deliver(formatter.format(made[0]))
    *_, other = read_events(path, rename=rename)
    assert seen(event)[:-2] == seen(other)[:-2]
    assert seen(event)[-1] == seen(other)[-1]


@pytest.mark.parametrize(
    "value", [1767323045.678, 1767323045678, 1767323045678000, 1767323045678000000]
)
def test_time_may_be_a_number_of_any_unit(value: float, path: Path) -> None:
    path.write_text(json.dumps({"timestamp": value, "level": "INFO", "message": "hello"}) + "\n")
    (event,) = read_events(path)
    assert event.timestamp is not None
    assert 0.001 > abs((event.timestamp - TIME).total_seconds())


@pytest.mark.parametrize("value", [1e300, -1e300, 10**400, True])
def test_number_that_is_no_time_is_none(value: float, path: Path) -> None:
    path.write_text(json.dumps({"timestamp": value, "level": "INFO", "message": "hello"}) + "\n")
    assert [None] == [event.timestamp for event in read_events(path)]


@pytest.mark.parametrize("keys", [{"_writer": "w"}, {"_sequence": 3}])
def test_line_with_half_a_number_is_read(keys: dict[str, object], path: Path) -> None:
    lines = [{"timestamp": TIME.isoformat(), "level": "INFO", "message": "hello", **keys}] * 2
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    events = read_events(path)
    assert 2 == len([*events])
    assert ([], 0) == (events.gaps, events.duplicates)


def test_time_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    path.write_text('{"timestamp": "2026-01-02T03:04:05.678", "level": "INFO", "message": "x"}\n')
    assert [TIME] == [event.timestamp for event in read_events(path)]
    assert 1 == len([*read_events(path, since="2026-01-02T03:04:05.678")])
    assert 0 == len([*read_events(path, since="2026-01-02T03:04:05.679")])
