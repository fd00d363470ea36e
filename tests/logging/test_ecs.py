"""The rules of the ECS logging specification: https://github.com/elastic/ecs-logging."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from typing import Any

import pytest

from ml_infra_utils.logging import EcsFormatter, StructuredLogger, configure
from tests.logging.hostile import HOSTILE, SHORT_LINE
from tests.logging.strictly import altered, parse

# Name, type, place in the line, whether it is required; none may be a nested object.
RULES: list[tuple[str, type, int | None, bool]] = [
    ("@timestamp", datetime, 0, True),
    ("log.level", str, 1, True),
    ("message", str, 2, True),
    ("ecs.version", str, None, True),
    ("log.logger", str, None, False),
    ("log.origin.file.name", str, None, False),
    ("log.origin.file.line", int, None, False),
    ("log.origin.function", str, None, False),
    ("error.type", str, None, False),
    ("error.message", str, None, False),
    ("error.stack_trace", str, None, False),
    ("trace.id", str, None, False),
    ("span.id", str, None, False),
    ("service.name", str, None, False),
    ("event.dataset", str, None, False),
    ("labels", dict, None, False),
]


def check(line: dict[str, Any]) -> None:
    for name, kind, index, required in RULES:
        assert name in line or not required, name
        if name in line:
            if kind is datetime:
                assert line[name].endswith("Z")
                assert datetime.fromisoformat(line[name][:-1])
            else:
                assert isinstance(line[name], kind), name
            assert index is None or name == list(line)[index]
        assert not isinstance(line.get(name.partition(".")[0], ""), dict) or "." not in name


def record(**attributes: Any) -> logging.LogRecord:
    made = logging.LogRecord("train", logging.WARNING, "a/b.py", 7, "hello", (), None, "fit")
    vars(made).update(attributes)
    return made


def formatted(**attributes: Any) -> dict[str, Any]:
    line = parse(EcsFormatter(max_line=SHORT_LINE).format(record(**attributes)))
    check(line)
    return line


def test_line_keeps_the_rules() -> None:
    line = formatted()
    assert ("warning", "hello", "1.6.0") == (
        line["log.level"],
        line["message"],
        line["ecs.version"],
    )
    assert ("train", "b.py", 7, "fit") == tuple(
        line[f"log.{name}"]
        for name in ("logger", "origin.file.name", "origin.file.line", "origin.function")
    )


def test_dotted_fields_are_the_schemas_and_others_are_ours() -> None:
    line = formatted(**{"service.name": "api", "epoch": 3, "message.x": 1, "context": {"a": 1}})
    assert "api" == line["service.name"]
    assert {"context": {"a": 1}, "epoch": 3, "message_x": 1} == line["ml_infra"]


CLASHES = [
    ("message.x", "message_x"),
    ("log.origin", "log_origin"),
    ("@timestamp.x", "@timestamp_x"),
    ("log.level.x", "log_level_x"),
    ("ml_infra.context", "ml_infra_context"),
    ("a..b", "a__b"),
    ("...", "___"),
]


@pytest.mark.parametrize(("name", "renamed"), CLASHES)
def test_name_that_would_be_an_object_and_a_value_is_kept_renamed(name: str, renamed: str) -> None:
    line = formatted(**{name: "mine", "service.name": "api"})
    assert {renamed: "mine"} == line["ml_infra"]
    assert {f"ml_infra.{renamed}": f"renamed from {name}"} == altered(line)


def test_fields_of_the_caller_that_clash_are_both_kept() -> None:
    line = formatted(**{"service": 1, "service.name": "api", "service.name.first": "a"})
    assert ("api", {"service": 1, "service_name_first": "a"}) == (
        line["service.name"],
        line["ml_infra"],
    )


def test_dotted_field_that_the_line_has_is_kept_renamed() -> None:
    line = formatted(**{"log.level": "mine", "ecs.version": 9})
    assert ("mine", 9) == (line["log.level_"], line["ecs.version_"])
    assert {"log.level_": "renamed from log.level", "ecs.version_": "renamed from ecs.version"} == (
        altered(line)
    )


def test_exception_is_type_message_and_stack_trace() -> None:
    try:
        {}["x"]  # type: ignore[index] # it is meant to fail
    except KeyError:
        line = formatted(exc_info=sys.exc_info(), stack_info="stack")
    assert ("KeyError", "'x'") == (line["error.type"], line["error.message"])
    assert line["error.stack_trace"].endswith("KeyError: 'x'")
    assert "stack" == line["ml_infra"]["stack"]
    assert "Traceback" == formatted(exc_text="Traceback")["error.stack_trace"]
    assert "line = formatted" not in line["error.stack_trace"]
    assert '{}["x"]' in line["error.stack_trace"]


def test_misfit_arguments_are_kept() -> None:
    line = formatted(msg="%d", args=("x",))
    assert ("%d", ["x"]) == (line["message"], line["ml_infra"]["args"])
    assert {"message": "arguments left out: TypeError"} == altered(line)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_object_keeps_the_rules(name: str) -> None:
    formatted(value=HOSTILE[name](), msg=HOSTILE[name](), context=HOSTILE[name]())


def test_format_is_chosen_by_configure(capsys: pytest.CaptureFixture[str]) -> None:
    configure(format="ecs")
    StructuredLogger("train").info("hello", epoch=3)
    line = parse(capsys.readouterr().out.strip())
    check(line)
    assert {"context": {}, "epoch": 3} == line["ml_infra"]
