from __future__ import annotations

import io
import json
import logging
import logging.handlers
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ml_infra_utils.logging import JsonFormatter, StructuredLogger, configure, log_ml_event
from tests.logging.strictly import parse

if TYPE_CHECKING:
    from tests.logging.conftest import Lines

LEVELS = ["debug", "info", "warning", "error", "critical"]


@pytest.mark.parametrize("level", LEVELS)
def test_method_named_as_a_level_logs_at_that_level(level: str, lines: Lines) -> None:
    getattr(StructuredLogger("train", logging.DEBUG), level)("hello")
    (line,) = lines()
    assert (level.upper(), "train", "hello") == (line["level"], line["logger"], line["message"])


@pytest.mark.parametrize("level", ["warning", "WARNING", "Warning", logging.WARNING])
def test_level_is_a_number_or_a_name_in_any_case(level: str | int, lines: Lines) -> None:
    logger = StructuredLogger("train", level)
    logger.log(level, "hello")
    logger.log("info", "too low")
    assert logging.WARNING == logger.logger.level
    assert ["hello"] == [line["message"] for line in lines()]


@pytest.mark.parametrize("level", ["loud", "", True, 2.5])
def test_unknown_level_is_an_error_that_lists_the_known_ones(level: str) -> None:
    known = "DEBUG, INFO, WARNING, ERROR, CRITICAL"
    with pytest.raises(ValueError, match=known):
        StructuredLogger("train", level)
    with pytest.raises(ValueError, match=known):
        StructuredLogger("train").log(level, "hello")


def test_line_has_its_keys_in_order_then_the_fields(lines: Lines) -> None:
    StructuredLogger("train").info("hello", {"a": 1}, epoch=3, loss=0.5)
    (line,) = lines()
    own = ["timestamp", "level", "logger", "message", "module", "function", "line", "context"]
    assert [*own, "epoch", "loss"] == list(line)
    assert ({"a": 1}, 3, 0.5) == (line["context"], line["epoch"], line["loss"])


@pytest.mark.parametrize("positional", [True, False])
def test_context_may_be_given_by_position_or_name(positional: bool, lines: Lines) -> None:
    logger = StructuredLogger("train")
    if positional:
        logger.info("hello", {"a": 1})
    else:
        logger.info(message="hello", context={"a": 1})
    (line,) = lines()
    assert ("hello", {"a": 1}) == (line["message"], line["context"])


def test_line_without_context_has_an_empty_one(lines: Lines) -> None:
    StructuredLogger("train").info("hello")
    assert {} == lines()[0]["context"]


def test_level_and_message_may_be_given_by_name(lines: Lines) -> None:
    StructuredLogger("train").log(level="error", message="hello")
    (line,) = lines()
    assert ("ERROR", "hello") == (line["level"], line["message"])


def test_percent_arguments_are_merged_as_the_standard_library_does(lines: Lines) -> None:
    logger = StructuredLogger("train")
    logger.info("epoch %d of %d", 3, 10)
    logger.info("100 %s done")
    assert ["epoch 3 of 10", "100 %s done"] == [line["message"] for line in lines()]


def test_caller_is_the_function_that_logged(lines: Lines) -> None:
    StructuredLogger("train").info("hello")
    (line,) = lines()
    here = sys._getframe()
    assert (here.f_code.co_name, here.f_code.co_firstlineno + 1) == (line["function"], line["line"])
    assert "test_structured" == line["module"]


@pytest.mark.parametrize("name", ["timestamp", "level", "logger", "message", "module", "line"])
def test_field_named_as_a_key_of_the_line_is_kept_renamed(name: str, lines: Lines) -> None:
    StructuredLogger("train").info("hello", **{name: "mine"})
    (line,) = lines()
    assert "mine" == line[name + "_"]
    assert "mine" != line[name]


@pytest.mark.parametrize("name", ["name", "args", "msg", "self", "exc_info", "stack_info", "extra"])
def test_names_that_the_standard_library_reserves_are_fields_like_any(
    name: str, lines: Lines
) -> None:
    StructuredLogger("train").info("hello", **{name: "mine"})
    assert "mine" == lines()[0][name]


def test_timestamp_is_the_time_of_the_record_in_utc() -> None:
    record = logging.makeLogRecord({"created": 1700000000.25, "msg": "hello"})
    line = json.loads(JsonFormatter().format(record))
    assert "2023-11-14T22:13:20.250000+00:00" == line["timestamp"]
    assert datetime(2023, 11, 14, 22, 13, 20, 250000, timezone.utc) == datetime.fromisoformat(
        line["timestamp"]
    )


def test_lines_go_to_the_standard_output_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = StructuredLogger("train")
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    logger.info("hello")
    assert "hello" == json.loads(stream.getvalue())["message"]


def test_line_is_written_once_whatever_the_root_logger_has(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.basicConfig(stream=sys.stderr, force=True)
    StructuredLogger("train")
    StructuredLogger("train").info("hello")
    assert 1 == len(lines())
    assert "" == capsys.readouterr().err


def test_second_logger_of_a_name_leaves_the_handlers_of_others() -> None:
    other = logging.NullHandler()
    logging.getLogger("train").addHandler(other)
    StructuredLogger("train")
    logger = StructuredLogger("train").logger
    assert logging.getLogger("train") is logger
    assert 2 == len(logger.handlers)
    assert other in logger.handlers


def test_formatter_serves_a_handler_of_the_standard_library() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("plain")  # a logger outside the hierarchy
    logger.addHandler(handler)
    logger.warning("loss %.1f", 2.5, extra={"epoch": 3})
    logger.warning("hello", extra={"context": {"a": 1}})
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert ("loss 2.5", 3) == (first["message"], first["epoch"])
    assert "context" not in first
    assert {"a": 1} == second["context"]


def test_exception_that_came_as_text_only_has_the_type_and_message_of_its_last_line() -> None:
    text = "Traceback ...\n  File\nValueError: no: such thing"
    record = logging.makeLogRecord({"exc_text": text, "stack_info": "stack"})
    line = json.loads(JsonFormatter().format(record))
    expected = {"type": "ValueError", "message": "no: such thing", "frames": [], "traceback": text}
    assert (expected, "stack") == (line["exception"], line["stack"])


def test_ml_event_has_type_model_metrics_and_fields(lines: Lines) -> None:
    logger = StructuredLogger("train")
    log_ml_event(logger, "epoch_completed", "resnet", {"loss": 0.5}, epoch=3)
    log_ml_event(logger, event_type="started", model_name="resnet")
    first, second = lines()
    assert ("INFO", "ML Event: epoch_completed") == (first["level"], first["message"])
    assert "test_ml_event_has_type_model_metrics_and_fields" == first["function"]
    expected = {
        "event_type": "epoch_completed",
        "model_name": "resnet",
        "metrics": {"loss": 0.5},
        "epoch": 3,
    }
    assert expected == first["context"]
    assert {} == second["context"]["metrics"]


def test_closed_output_is_no_error_for_the_caller(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr("sys.stdout", stream)
    StructuredLogger("train").info("hello")
    assert "closed file" in capsys.readouterr().err


class Bare:
    """The least that can take the place of standard output."""

    def __init__(self) -> None:
        self.written = ""

    def write(self, text: str) -> None:
        self.written += text


@pytest.mark.parametrize("name", ["json", "console"])
def test_output_needs_no_more_than_write(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Bare()
    monkeypatch.setattr("sys.stdout", stream)
    configure(format=name)
    StructuredLogger("train").info("hello")
    assert "hello" == parse(stream.written.strip())["message"]


def test_missing_output_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = StructuredLogger("train")
    monkeypatch.setattr("sys.stdout", None)
    logger.info("hello")
    logger.info("hello")
    assert 1 == capsys.readouterr().err.count("loses lines")
    assert 2 == logger.logger.handlers[0].lost  # type: ignore[attr-defined] # it is one of ours
    monkeypatch.setattr("sys.stderr", None)
    logger.logger.addFilter(lambda _: 1 / 0)
    logger.info("hello")


def test_value_that_json_does_not_know_is_written_as_text(lines: Lines) -> None:
    StructuredLogger("train").info("hello", {"path": Path("a/b")})
    assert {"path": str(Path("a/b"))} == lines()[0]["context"]


def test_bound_fields_are_in_every_line_of_the_child_only(lines: Lines) -> None:
    parent = StructuredLogger("train")
    child = parent.bind(fold=1, seed=2).bind(fold=3)
    child.info("hello", seed=4)
    parent.info("hello")
    first, second = lines()
    assert (3, 4) == (first["fold"], first["seed"])
    assert "fold" not in second


def test_level_can_be_changed_at_run_time(lines: Lines) -> None:
    logger = StructuredLogger("train")
    child = logger.bind(fold=1)
    logger.set_level("error")
    child.warning("too low")
    logger.set_level("debug")
    child.debug("hello")
    assert ["hello"] == [line["message"] for line in lines()]
    with pytest.raises(ValueError, match="DEBUG, INFO"):
        logger.set_level("loud")


def test_stream_takes_the_lines_instead_of_standard_output(lines: Lines) -> None:
    stream = io.StringIO()
    StructuredLogger("train", stream=stream).info("hello")
    StructuredLogger("train").info("hello again")
    assert 2 == len(stream.getvalue().splitlines())
    assert [] == lines()


def test_handler_takes_the_lines_and_gets_the_formatter(lines: Lines) -> None:
    handler = logging.StreamHandler(io.StringIO())
    logger = StructuredLogger("train")
    StructuredLogger("train", handler=handler)
    logger.info("hello")
    assert "hello" == json.loads(handler.stream.getvalue())["message"]
    assert [handler] == logger.logger.handlers
    assert [] == lines()


def test_handler_keeps_a_formatter_of_its_own() -> None:
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("%(message)s!"))
    StructuredLogger("train", handler=handler).info("hello")
    assert "hello!\n" == handler.stream.getvalue()


def test_stream_and_handler_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="give one of them"):
        StructuredLogger("train", stream=sys.stderr, handler=logging.NullHandler())


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_handler_of_others_that_would_write_each_line_again_is_taken_away_and_told(
    stream: str, lines: Lines
) -> None:
    logger = logging.getLogger("doubled")
    other = logging.StreamHandler(getattr(sys, stream))
    logger.addHandler(other)
    with pytest.warns(RuntimeWarning, match="from the logger 'doubled'.*give .* handler=") as told:
        StructuredLogger("doubled").info("hello")
    assert [__file__] == [warning.filename for warning in told]
    assert ["hello"] == [line["message"] for line in lines()]
    assert other not in logger.handlers


def test_handlers_of_others_stay_beside_an_output_of_its_own() -> None:
    logger = logging.getLogger("doubled")
    others = [logging.StreamHandler(sys.stderr), logging.StreamHandler(io.StringIO())]
    logger.handlers[:] = others
    StructuredLogger("doubled", stream=io.StringIO())
    assert others == logger.handlers[:2]
