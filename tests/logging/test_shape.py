"""The shape of a line is the user's."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import pickle
import sys
import threading
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import (
    DatadogFormatter,
    EcsFormatter,
    GoogleCloudFormatter,
    JsonFormatter,
    StructuredLogger,
    configure,
)
from tests.logging.strictly import altered, parse

if TYPE_CHECKING:
    from pathlib import Path

CREATED = 1_767_323_045.678_901
ZONE = timezone(timedelta(hours=5, minutes=30))


def record(**attributes: Any) -> logging.LogRecord:
    made = logging.LogRecord("train", logging.WARNING, "a/b.py", 7, "hello", (), None, "fit")
    made.created = CREATED
    vars(made).update(attributes)
    return made


def formatted(made: logging.LogRecord | None = None, **options: Any) -> dict[str, Any]:
    return parse(JsonFormatter(**options).format(made or record(epoch=3)))


def test_keys_are_renamed() -> None:
    line = formatted(rename={"level": "severity", "timestamp": "time"})
    assert ["time", "severity", "logger", "message"] == list(line)[:4]
    assert "WARNING" == line["severity"]


def test_field_named_as_a_renamed_key_is_kept_with_an_underscore() -> None:
    line = formatted(record(severity=5), rename={"level": "severity"})
    assert ("WARNING", 5) == (line["severity"], line["severity_"])
    assert {"severity_": "renamed from severity"} == altered(line)


def test_note_names_the_renamed_key() -> None:
    line = formatted(record(msg="%d", args=("x",)), rename={"message": "msg", "args": "arguments"})
    assert ("%d", ["x"]) == (line["msg"], line["arguments"])
    assert {"msg": "arguments left out: TypeError"} == altered(line)


def test_secret_in_a_renamed_message_is_hidden() -> None:
    made = record(msg="password=%s now", args=("a b",))
    line = formatted(made, rename={"message": "msg"})
    assert "password=[REDACTED] now" == line["msg"]
    assert {"msg": "redacted"} == altered(line)


def test_static_keys_are_in_every_line_and_keep_their_values() -> None:
    line = formatted(record(service="mine"), static={"service": "api", "version": 2})
    assert ("api", 2, "mine") == (line["service"], line["version"], line["service_"])


def test_keys_are_dropped_and_ordered() -> None:
    line = formatted(drop=["module", "function", "epoch", "absent"], order=["message", "absent"])
    assert ["message", "timestamp", "level", "logger", "line"] == list(line)


def test_one_wish_is_enough() -> None:
    assert "module" not in formatted(drop=["module"])
    assert "message" == next(iter(formatted(order=["message"])))


@pytest.mark.parametrize("formatter", [DatadogFormatter, EcsFormatter, GoogleCloudFormatter])
@pytest.mark.parametrize("name", ["trace_id", "span_id"])
def test_one_id_without_the_other_is_a_field(formatter: Any, name: str) -> None:
    assert f'"{name}": "4bf9"' in formatter().format(record(**{name: "4bf9"}))


def test_renamed_keys_are_dropped_and_ordered_by_either_name() -> None:
    rename = {"level": "severity", "timestamp": "time", "module": "function", "function": "module"}
    line = formatted(rename=rename, drop=["timestamp", "module"], order=["logger", "level"])
    assert ["logger", "severity", "message", "function", "line", "epoch"] == list(line)
    assert "b" == line["function"]


def test_processors_change_the_finished_mapping_one_after_the_other() -> None:
    def add_host(line: dict[str, Any]) -> dict[str, Any]:
        return {**line, "host": "gpu-1", "seen": [*line]}

    def shout(line: dict[str, Any]) -> dict[str, Any]:
        line["host"] = line["host"].upper()
        line["api_key"] = "hunter2"
        return line

    line = formatted(rename={"level": "severity"}, processors=[add_host, shout])
    assert ("GPU-1", "[REDACTED]") == (line["host"], line["api_key"])
    assert "severity" in line["seen"]


def test_processor_that_raises_is_left_out_counted_and_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(line: dict[str, Any]) -> dict[str, Any]:
        del line["message"]
        return line["absent"]  # type: ignore[no-any-return] # it raises

    formatter = JsonFormatter(processors=[broken, lambda line: {**line, "added": 1}])
    for _ in range(2):
        line = parse(formatter.format(record(epoch=3)))
        assert ("hello", 3, 1) == (line["message"], line["epoch"], line["added"])
        assert {"": "processor broken left out: KeyError"} == altered(line)
    assert 2 == formatter.failed
    assert 1 == capsys.readouterr().err.count("broken leaves a processor out: KeyError: 'absent'")


TIMES: list[tuple[dict[str, Any], object]] = [
    ({}, "2026-01-02T03:04:05.678901+00:00"),
    ({"zone": timezone.utc}, "2026-01-02T03:04:05.678901+00:00"),
    ({"zone": ZONE}, "2026-01-02T08:34:05.678901+05:30"),
    ({"timestamp": "%d.%m.%Y %H:%M:%S,%f"}, "02.01.2026 03:04:05,678901"),
    ({"timestamp": "%H:%M %z", "zone": ZONE}, "08:34 +0530"),
    ({"timestamp": "epoch"}, 1_767_323_045.678901),
    ({"timestamp": "epoch_ms"}, 1_767_323_045_679),
]


@pytest.mark.parametrize(("options", "expected"), TIMES)
def test_time_is_written_as_the_user_wants(options: dict[str, Any], expected: object) -> None:
    assert expected == formatted(**options)["timestamp"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no tzset")
def test_time_is_local_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert "2026-01-02T12:04:05.678901+09:00" == formatted(zone="local")["timestamp"]
        assert "2026-01-02T03:04:05.678901+00:00" == formatted()["timestamp"]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_process_thread_and_task_are_included() -> None:
    names = ["process", "process_name", "thread", "thread_name", "task"]

    async def log() -> dict[str, Any]:
        asyncio.current_task().set_name("loader")  # type: ignore[union-attr] # it runs in one
        return formatted(record(), include=names)

    line = asyncio.run(log())
    assert (os.getpid(), multiprocessing.current_process().name) == (
        line["process"],
        line["process_name"],
    )
    assert (threading.get_ident(), threading.current_thread().name) == (
        line["thread"],
        line["thread_name"],
    )
    assert "loader" == line["task"]
    assert formatted(record(), include=["task"])["task"] is None


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"rename": {"levle": "severity"}}, "rename must name keys of a line, .*did you mean 'level'"),
    ({"rename": {"level": "x", "logger": "x"}}, "a name of its own, got 'x' twice"),
    ({"rename": {"level": "message"}}, "a name of its own, got 'message' twice"),
    ({"rename": {"level": "_sequence"}}, "a name of its own, got '_sequence' twice"),
    ({"rename": {"level": ""}}, "rename must give a name to 'level', got ''"),
    ({"rename": {"level": 3}}, "rename must give a name to 'level', got 3"),
    ({"static": {"level": "x"}}, "static must have keys that a line has not already, got 'level'"),
    ({"static": {"a": "x" * 99}, "max_line": 2_048}, "at least 2,156 with this static, got 2048"),
    ({"traceback_limit": 0}, "traceback_limit must be an integer of at least 1, got 0"),
    ({"traceback_limit": "5"}, "traceback_limit must be an integer of at least 1, got '5'"),
    ({"include": ["host"]}, "include must name 'process', .* got 'host'"),
    ({"timestamp": "rfc"}, "timestamp must be 'iso', .* got 'rfc'"),
    ({"zone": "Mars"}, "zone must be 'utc', 'local' or a tzinfo, got 'Mars'"),
]


@pytest.mark.parametrize(("options", "match"), WRONG)
def test_shape_that_cannot_be_is_an_error_where_it_is_asked_for(
    options: dict[str, Any], match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        JsonFormatter(**options)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"drop": "level"}, "drop must be a list of keys, got 'level'"),
        ({"order": [1]}, "order must be a list of keys"),
        ({"processors": ["upper"]}, "processors must be callables, got 'upper'"),
        ({"json_default": 3}, "json_default must be a callable or None, got 3"),
        ({"defaults": 3}, "defaults must be a mapping or None, got 3"),
        ({"ensure_ascii": None}, "ensure_ascii must be a bool, got None"),
    ],
)
def test_option_of_another_kind_is_an_error(options: dict[str, Any], match: str) -> None:
    with pytest.raises(TypeError, match=match):
        JsonFormatter(**options)


def test_two_keys_may_swap_their_names() -> None:
    line = formatted(rename={"module": "function", "function": "module"})
    assert ("b", "fit") == (line["function"], line["module"])


def test_configure_takes_the_same_options(path: Path) -> None:
    handler = configure(output=path, rename={"level": "severity"}, static={"service": "api"})
    StructuredLogger("train").info("hello")
    handler.close()
    line = parse(path.read_text().strip())
    assert ("INFO", "api") == (line["severity"], line["service"])


@pytest.mark.parametrize("kind", [JsonFormatter, EcsFormatter])
def test_formatter_can_be_sent_to_another_process(kind: type[JsonFormatter]) -> None:
    formatter = kind(static={"service": "api"}, zone=ZONE)
    made = record(epoch=3, password="x")
    assert formatter.format(made) == pickle.loads(pickle.dumps(formatter)).format(made)


@pytest.fixture
def failed() -> logging.LogRecord:
    try:
        {}["x"]  # type: ignore[index] # it is meant to fail
    except KeyError:
        return record(exc_info=sys.exc_info(), epoch=3, context={"a": 1})
    raise AssertionError


def test_google_cloud_finds_what_it_looks_for(failed: logging.LogRecord) -> None:
    line = parse(GoogleCloudFormatter().format(failed))
    assert ["time", "severity", "message"] == list(line)[:3]
    assert ("WARNING", "hello", "train", 3, {"a": 1}) == (
        line["severity"],
        line["message"],
        line["logger"],
        line["epoch"],
        line["context"],
    )
    place = {"file": "a/b.py", "line": "7", "function": "fit"}
    assert place == line["logging.googleapis.com/sourceLocation"]
    assert line["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert "KeyError" == line["exception"]["type"]
    assert "traceback" not in line["exception"]


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        *[(5, "DEFAULT"), (10, "DEBUG"), (25, "INFO"), (30, "WARNING"), (45, "ERROR")],
        *[(50, "CRITICAL"), (None, "DEFAULT")],
    ],
)
def test_google_cloud_has_a_severity_for_every_level(level: int | None, severity: str) -> None:
    assert severity == parse(GoogleCloudFormatter().format(record(levelno=level)))["severity"]


def test_datadog_finds_what_it_looks_for(failed: logging.LogRecord) -> None:
    line = parse(DatadogFormatter(static={"service": "api"}).format(failed))
    assert ("warning", "hello", "api", 3) == (
        line["status"],
        line["message"],
        line["service"],
        line["epoch"],
    )
    assert {"name": "train", "method_name": "fit"} == line["logger"]
    error = line["error"]
    assert ("KeyError", "'x'") == (error["kind"], error["message"])
    assert error["stack"].startswith("Traceback (most recent call last):\n")
    assert "exception" not in line


@pytest.mark.parametrize(
    ("kind", "rename", "expected"),
    [
        (EcsFormatter, {"message": "msg"}, "msg"),
        (GoogleCloudFormatter, {"time": "timestamp"}, "timestamp"),
        (DatadogFormatter, {"status": "level"}, "level"),
    ],
)
def test_keys_of_a_shape_can_be_renamed_too(
    kind: type[JsonFormatter], rename: dict[str, str], expected: str
) -> None:
    line = parse(kind(rename=rename).format(record()))
    assert expected in line
    assert not rename.keys() & line.keys()


@pytest.mark.parametrize("name", ["google_cloud", "datadog", "ecs"])
def test_shape_is_chosen_by_configure(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(format=name)
    StructuredLogger("train").info("hello", password="x")
    line = parse(capsys.readouterr().out.strip())
    assert "hello" == line["message"]
    assert "redacted" in altered(line).values()


@pytest.mark.parametrize("argument", ["rename", "static", "processors"])
def test_option_of_another_kind_is_an_error_that_names_it(argument: str) -> None:
    options: Any = {argument: 3}
    with pytest.raises(TypeError, match=f"{argument} must be a .*, got 3"):
        JsonFormatter(**options)
