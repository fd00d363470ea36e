from __future__ import annotations

import collections
import logging
import logging.handlers
import pickle
import queue
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import JsonFormatter, StructuredLogger, configure, log_ml_event
from tests.logging.hostile import HOSTILE, SHORT_LINE, LyingText
from tests.logging.strictly import altered, parse

if TYPE_CHECKING:
    from tests.logging.conftest import Lines

LEVELS = ["debug", "info", "warning", "error", "critical"]


@pytest.mark.parametrize("context", [5, "text", [1], object])
def test_context_that_is_no_mapping_is_kept_under_a_marker(context: Any, lines: Lines) -> None:
    StructuredLogger("train").info("hello", context)
    StructuredLogger("train").info("hello", context=context)
    first, second = lines()
    assert "hello" == first["message"]
    assert ["value"] == list(first["context"])
    assert "not a mapping" == altered(first)["context"]
    assert first["context"] == second["context"]


@pytest.mark.parametrize("message", [None, 5, ["a"], Path("a"), ValueError("no")])
def test_message_of_any_type_is_written_as_its_text(message: object, lines: Lines) -> None:
    StructuredLogger("train").info(message)
    assert str(message) == lines()[0]["message"]


def test_arguments_that_do_not_fit_the_message_are_kept(lines: Lines) -> None:
    logger = StructuredLogger("train")
    logger.info("%d rows", "many")
    logger.info("50% of", 3, 4)
    logging.getLogger("train").info("hello", 5)
    first, second, third = lines()
    assert ("%d rows", ["many"]) == (first["message"], first["args"])
    assert {"message": "arguments left out: TypeError"} == altered(first)
    assert ("50% of", ["3", "4"]) == (second["message"], second["args"])
    assert ("hello", ["5"]) == (third["message"], third["args"])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_object_is_no_error_wherever_it_is_given(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(max_line=SHORT_LINE)
    logger = StructuredLogger("train").bind(bound=HOSTILE[name]())
    logger.info(HOSTILE[name]())
    logger.info("as context", HOSTILE[name]())
    logger.info("in context", {"value": HOSTILE[name]()})
    logger.info("as field", value=HOSTILE[name]())
    logger.info("as argument %s", HOSTILE[name](), 2)
    logger.info("as exception", exc_info=HOSTILE[name]())
    logger.info("as stack", stack_info=HOSTILE[name](), stacklevel=HOSTILE[name]())
    log_ml_event(logger, "tested", HOSTILE[name](), {"loss": HOSTILE[name]()})  # type: ignore[arg-type] # any object
    out, err = capsys.readouterr()
    assert 8 == len([parse(line) for line in out.splitlines()])
    assert "" == err


def test_object_that_another_thread_changes_is_written(lines: Lines) -> None:
    logger = StructuredLogger("train")
    state: dict[str, object] = {}
    done = threading.Event()

    def change() -> None:
        number = 0
        while not done.is_set():
            number += 1
            state[f"key{number % 50}"] = [number, object()]
            state.pop(f"key{number * 7 % 50}", None)

    thread = threading.Thread(target=change)
    thread.start()
    for _ in range(200):
        logger.info("hello", state)
    done.set()
    thread.join()
    found = lines()
    assert 200 == len(found)
    assert all("unreadable" not in note for line in found for note in altered(line).values())


def test_caller_is_found_at_any_depth(lines: Lines) -> None:
    logger = StructuredLogger("train").bind(fold=1)

    def helper() -> None:
        logger.info("hello", stacklevel=2)

    helper()
    log_ml_event(logger, "tested", "resnet")
    logger.info("at the top", stacklevel=10_000)
    first, second, third = lines()
    assert "test_caller_is_found_at_any_depth" == first["function"] == second["function"]
    assert third["function"]


def test_stack_is_written_on_request(lines: Lines) -> None:
    StructuredLogger("train").info("hello", stack_info=True)
    StructuredLogger("train").info("hello", stack_info=False)
    first, second = lines()
    assert "test_stack_is_written_on_request" in first["stack"].splitlines()[-2]
    assert "stack" not in second


def test_record_keeps_what_filters_and_factories_add(lines: Lines) -> None:
    class AddHost(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            record.host = "gpu-1"
            return True

    logger = StructuredLogger("train")
    logger.logger.addFilter(AddHost())
    logger.info("hello", epoch=3)
    (line,) = lines()
    assert ("gpu-1", 3) == (line["host"], line["epoch"])


def test_record_without_its_context_keeps_its_fields(lines: Lines) -> None:
    class DropContext(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            del vars(record)["context"]
            return True

    logger = StructuredLogger("train")
    logger.logger.addFilter(DropContext())
    logger.info("hello", epoch=3)
    assert 3 == lines()[0]["epoch"]


def test_filter_that_fails_is_reported_and_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            raise OSError("no", record.name)

    logger = StructuredLogger("train")
    logger.logger.addFilter(Broken())
    logger.info("hello")
    logger.info("hello")
    assert 1 == capsys.readouterr().err.count("<StructuredLogger train (INFO)> loses records")
    assert 2 == logger.lost == logger.bind(fold=1).lost


def test_logger_can_be_sent_to_another_process(lines: Lines) -> None:
    logger = StructuredLogger("train", "debug").bind(fold=1)
    data = pickle.dumps(logger)
    logger.logger.handlers.clear()
    copy = pickle.loads(data)
    copy.debug("hello")
    assert 1 == lines()[0]["fold"]
    assert "<StructuredLogger train (DEBUG)>" == repr(copy)


def test_timestamp_that_is_none_is_replaced_by_the_time_of_writing() -> None:
    record = logging.makeLogRecord({"created": float("nan")})
    before = time.time()
    line = parse(JsonFormatter().format(record))
    written = datetime.fromisoformat(line["timestamp"]).timestamp()
    assert before - 1e-6 <= written <= time.time() + 1e-6  # it is rounded to microseconds
    assert {"timestamp": "time of writing, for ValueError"} == altered(line)


TIMES = [
    (0.0, "1970-01-01T00:00:00.000000+00:00"),
    (1_700_000_000.123, "2023-11-14T22:13:20.123000+00:00"),
    (1_700_000_000.9999999, "2023-11-14T22:13:21.000000+00:00"),
    (2**31 + 0.5, "2038-01-19T03:14:08.500000+00:00"),
    (-0.25, "1969-12-31T23:59:59.750000+00:00"),
]


@pytest.mark.parametrize(("created", "expected"), TIMES)
def test_timestamp_is_rounded_to_the_microsecond(created: float, expected: str) -> None:
    record = logging.makeLogRecord({"created": created})
    assert expected == parse(JsonFormatter().format(record))["timestamp"]


def test_context_of_a_record_of_the_standard_library(lines: Lines) -> None:
    logger = StructuredLogger("train").logger
    logger.info("hello", extra={"context": {"a": 1}, "epoch": 3})
    logger.info("hello", extra={"context": 5, "_altered": 1})
    first, second = lines()
    assert ({"a": 1}, 3) == (first["context"], first["epoch"])
    assert ({"value": 5}, 1) == (second["context"], second["_altered_"])


def test_a_bound_field_may_be_called_self(lines: Lines) -> None:
    StructuredLogger("train").bind(self="me").info("hello")
    assert "me" == lines()[0]["self"]


def test_mapping_beside_a_context_is_kept_as_arguments(lines: Lines) -> None:
    logger = StructuredLogger("train")
    logger.info("hello", {"a": 1}, context={"b": 2})
    logger.info("hello %(a)s", {"a": 1, "c": 3}, context={"b": 2})
    logger.info("all of %s", {"a": 1}, context={"b": 2})
    first, second, third = lines()
    assert ("hello", {"b": 2}, ["a=1"]) == (first["message"], first["context"], first["args"])
    assert {"message": "arguments left out: it names none of them"} == altered(first)
    assert ("hello 1", {"b": 2}) == (second["message"], second["context"])
    assert "all of {'a': 1}" == third["message"]
    assert not {"args", "_altered"} & {*second, *third}


def test_mapping_that_a_message_of_the_standard_library_does_not_name_is_kept(
    lines: Lines,
) -> None:
    logger = StructuredLogger("train").logger
    logger.info("hello", {"a": 1})
    logger.info("hello %(a)s of %(b)s", collections.defaultdict(int, a=1))
    first, second = lines()
    assert ("hello", ["a=1"]) == (first["message"], first["args"])
    assert "hello 1 of 0" == second["message"]


def test_record_class_with_a_message_of_its_own_keeps_it(lines: Lines) -> None:
    class BraceRecord(logging.LogRecord):
        def getMessage(self) -> str:  # noqa: N802 # the standard library's name
            return str(self.msg).format(**self.args)  # type: ignore[arg-type] # a mapping here

    logging.setLogRecordFactory(BraceRecord)
    StructuredLogger("train").logger.info("{a} done", {"a": 1})
    assert "1 done" == lines()[0]["message"]


@pytest.mark.parametrize("message", ["100% done", "100%", "50% off 30 %", "a %% b", "%%d"])
def test_percent_sign_that_takes_no_argument_leaves_the_context_alone(
    message: str, lines: Lines
) -> None:
    StructuredLogger("train").info(message, 5)
    (line,) = lines()
    assert (message, {"value": 5}) == (line["message"], line["context"])


@pytest.mark.parametrize("argument", [5, None, "x"])
def test_argument_that_the_message_takes_is_merged_into_it(argument: object, lines: Lines) -> None:
    StructuredLogger("train").info("100%% of %s", argument)
    (line,) = lines()
    assert (f"100% of {argument}", {}) == (line["message"], line["context"])


def test_message_and_argument_keys_that_lie_about_themselves_are_written(lines: Lines) -> None:
    logger = StructuredLogger("train")
    logger.info(LyingText("hello"))
    logger.logger.info("%(key)s", {LyingText("key"): 1})
    first, second = lines()
    assert ("hello", "1") == (first["message"], second["message"])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"stream": 5}, "stream must have a method write"),
        ({"handler": 5}, "handler must be a logging.Handler"),
    ],
)
def test_output_of_another_kind_is_an_error_that_names_it(options: Any, match: str) -> None:
    with pytest.raises(TypeError, match=match):
        StructuredLogger("train", **options)


def test_queue_handler_of_the_standard_library_passes_the_record_on() -> None:
    waiting: queue.Queue[logging.LogRecord] = queue.Queue()
    logger = StructuredLogger("train", handler=logging.handlers.QueueHandler(waiting))
    logger.info("hello", {"a": 1}, epoch=3)
    line = parse(JsonFormatter().format(waiting.get()))
    assert ("hello", {"a": 1}, 3) == (line["message"], line["context"], line["epoch"])


@pytest.mark.parametrize("dropped", [1, 2, 3])
def test_fields_stay_when_a_filter_takes_attributes_away(dropped: int, lines: Lines) -> None:
    def drop(record: logging.LogRecord) -> bool:
        for name in ("process", "processName", "threadName")[:dropped]:
            vars(record).pop(name)
        return True

    logger = StructuredLogger("train")
    logger.logger.addFilter(drop)
    for _ in range(2):
        logger.info("hello", {"a": 1}, epoch=3)
        for extra in ({"x": 1}, {"x": 1, "y": 2}, {"x": 1, "z": 3}, {"u": 1, "v": 2, "w": 3}):
            logger.logger.info("hello", extra=extra)
    found = lines()
    own = {"timestamp", "level", "logger", "message", "module", "function", "line"}
    expected = [
        {"context": {"a": 1}, "epoch": 3},
        {"x": 1},
        {"x": 1, "y": 2},
        {"x": 1, "z": 3},
        {"u": 1, "v": 2, "w": 3},
    ]
    assert 2 * expected == [{k: v for k, v in line.items() if k not in own} for line in found]
