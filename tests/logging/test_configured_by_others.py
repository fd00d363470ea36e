"""What `logging.config`, adapters, spawned processes and the environment do to our loggers."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import logging.handlers
import multiprocessing
import pickle
import subprocess
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    EcsFormatter,
    JsonFormatter,
    StructuredLogger,
    configure,
    read_events,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.logging.conftest import Lines


def messages(path: Path) -> list[str]:
    return [event.message for event in read_events(path)]


def by_dict(**config: Any) -> None:
    logging.config.dictConfig({"version": 1, **config})


def by_file(folder: Path, text: str, **options: Any) -> None:
    path = folder / "logging.ini"
    path.write_text(text)
    logging.config.fileConfig(str(path), **options)


INI = """
[loggers]
keys=root
[handlers]
keys=none
[formatters]
keys=
[logger_root]
level=INFO
handlers=none
[handler_none]
class=NullHandler
args=()
"""

RESETS: dict[str, Callable[[Path], None]] = {
    "sets a level": lambda _: by_dict(loggers={"train": {"level": "DEBUG"}}),
    "knows of no logger": lambda _: by_dict(),
    "resets the root logger": lambda _: by_dict(
        root={"level": "INFO"}, disable_existing_loggers=False
    ),
    "empties the logger": lambda _: by_dict(loggers={"train": {"handlers": []}}),
    "is an ini file": lambda folder: by_file(folder, INI),
    "comes twice": lambda _: (by_dict(), by_dict())[0],
}


@pytest.mark.parametrize("reset", RESETS)
@pytest.mark.parametrize("kind", [DurableFileHandler, BoundedQueueHandler])
def test_configuration_by_others_loses_no_line(reset: str, kind: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    handler: Any = DurableFileHandler(path)
    if kind is BoundedQueueHandler:
        handler = BoundedQueueHandler(handler)
    logger = StructuredLogger("train", handler=handler)
    logger.info("before")
    RESETS[reset](tmp_path)
    logger.info("after")
    RESETS[reset](tmp_path)
    assert logger.isEnabledFor("info")
    logger.info("after all")
    handler.flush()
    assert ["before", "after", "after all"] == messages(path)
    assert (0, 0) == (handler.lost, logger.lost)


@pytest.mark.parametrize("reset", RESETS)
def test_configuration_by_others_loses_no_line_of_configure(reset: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    logger = StructuredLogger("train")
    configure(output=path)
    RESETS[reset](tmp_path)
    logger.info("hello")
    assert ["hello"] == messages(path)


def test_lines_of_libraries_find_the_output_when_the_root_logger_was_reset(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    configure(output=path)
    by_dict(root={"level": "INFO"}, disable_existing_loggers=False)
    logging.getLogger("library").info("hello")
    assert ["hello"] == messages(path)


def test_library_that_has_no_handler_by_choice_writes_warnings_only(lines: Lines) -> None:
    configure()
    logging.getLogger("quiet").propagate = False
    logging.getLogger("quiet").info("too low")
    logging.getLogger("quiet").warning("hello")
    assert ["hello"] == [line["message"] for line in lines()]


def test_handlers_and_level_that_others_give_a_logger_count(tmp_path: Path, lines: Lines) -> None:
    logger = StructuredLogger("train")
    path = str(tmp_path / "other.log")
    by_dict(
        handlers={"file": {"class": "logging.FileHandler", "filename": path}},
        loggers={"train": {"handlers": ["file"], "level": "ERROR"}},
    )
    logger.warning("too low")
    logger.error("hello")
    assert "hello\n" == (tmp_path / "other.log").read_text()
    assert [] == lines()


def test_logger_that_the_program_disables_is_silent(lines: Lines) -> None:
    logger = StructuredLogger("train")
    logger.logger.disabled = True
    logger.info("not written")
    assert [] == lines()
    assert not logger.isEnabledFor("critical")


def test_queue_is_written_to_its_end_after_a_reset(tmp_path: Path) -> None:
    script = """
import logging.config, sys
from ml_infra_utils.logging import BoundedQueueHandler, DurableFileHandler, StructuredLogger
handler = BoundedQueueHandler(DurableFileHandler(sys.argv[1]))
logger = StructuredLogger("train", handler=handler)
logging.config.dictConfig({"version": 1})
for number in range(500):
    logger.info("hello")
"""
    path = tmp_path / "run.jsonl"
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, timeout=60)
    assert 500 == len(messages(path))


FORMATTERS: dict[str, dict[str, Any]] = {
    "by class": {"class": "ml_infra_utils.logging.JsonFormatter"},
    "by class, with all": {
        "class": "ml_infra_utils.logging.JsonFormatter",
        "format": "{asctime} {processName} {message}",
        "datefmt": "%H:%M",
        "style": "{",
        "validate": True,
    },
    "by factory": {"()": "ml_infra_utils.logging.JsonFormatter", "format": "%(processName)s"},
    "of another shape": {"class": "ml_infra_utils.logging.DatadogFormatter", "format": "%(name)s"},
}


@pytest.mark.parametrize("name", FORMATTERS)
def test_formatter_is_named_in_a_dict(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    by_dict(
        formatters={"json": FORMATTERS[name]},
        handlers={
            "out": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
            }
        },
        root={"handlers": ["out"], "level": "INFO"},
        disable_existing_loggers=False,
    )
    logging.getLogger("library").info("hello")
    line = json.loads(capsys.readouterr().out)
    assert "hello" == line["message"]
    if "processName" in FORMATTERS[name].get("format", ""):
        assert "MainProcess" == line["process_name"]
    if "datefmt" in FORMATTERS[name]:
        assert 5 == len(line["timestamp"])


def test_formatter_is_named_in_an_ini_file(tmp_path: Path) -> None:
    by_file(
        tmp_path,
        f"""
[loggers]
keys=root
[handlers]
keys=file
[formatters]
keys=json
[logger_root]
level=INFO
handlers=file
[handler_file]
class=FileHandler
args=({str(tmp_path / "run.jsonl")!r},)
formatter=json
[formatter_json]
class=ml_infra_utils.logging.JsonFormatter
format=%(asctime)s %(threadName)s %(message)s
datefmt=%Y
""",
        disable_existing_loggers=False,
    )
    logging.getLogger("library").info("hello")
    line = json.loads((tmp_path / "run.jsonl").read_text())
    assert ("hello", "MainThread", 4) == (
        line["message"],
        line["thread_name"],
        len(line["timestamp"]),
    )


def test_format_of_another_style_is_an_error() -> None:
    with pytest.raises(ValueError, match="Style must be one of"):
        JsonFormatter("%(message)s", style="?")  # type: ignore[arg-type] # on purpose
    with pytest.raises(ValueError, match=r"invalid|Invalid"):
        JsonFormatter("no placeholder at all")


def test_defaults_are_fields_where_there_are_none() -> None:
    formatter = JsonFormatter(defaults={"user": "nobody", "level": "mine"})
    record = logging.makeLogRecord({"msg": "hello"})
    assert "nobody" == json.loads(formatter.format(record))["user"]
    record.user = "ada"
    assert "ada" == json.loads(formatter.format(record))["user"]


@pytest.mark.parametrize("kind", [JsonFormatter, EcsFormatter])
def test_formatter_can_be_sent(kind: Any) -> None:
    formatter = pickle.loads(pickle.dumps(kind(static={"service": "api"}, timestamp="iso")))
    assert kind is type(formatter)
    assert "api" in formatter.format(logging.makeLogRecord({"msg": "hello"}))


def log_in_child(logger: StructuredLogger) -> None:
    logger.info("child")


@pytest.mark.parametrize("kind", ["file", "queue"])
def test_logger_with_a_handler_works_in_a_spawned_child(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    handler: Any = DurableFileHandler(path)
    handler.setFormatter(JsonFormatter(static={"service": "api"}))
    if kind == "queue":
        handler = BoundedQueueHandler(handler)
    logger = StructuredLogger("train", "debug", handler=handler).bind(fold=2)
    logger.info("parent")
    child = multiprocessing.get_context("spawn").Process(target=log_in_child, args=(logger,))
    child.start()
    child.join(60)
    handler.flush()
    events = list(read_events(path))
    assert ["parent", "child"] == [event.message for event in events]
    assert [("api", 2)] * 2 == [(event.fields["service"], event.fields["fold"]) for event in events]


def log_here(logger: StructuredLogger) -> str:
    """Log in a child; give what it wrote to its standard streams."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        logger.info("child")
        logging.shutdown()
    return out.getvalue() + err.getvalue()


@pytest.mark.parametrize("kind", [logging.FileHandler, logging.handlers.RotatingFileHandler])
def test_handler_of_others_that_writes_a_file_works_in_a_spawned_child(
    kind: type[logging.FileHandler], tmp_path: Path
) -> None:
    path = tmp_path / "run.jsonl"
    handler = kind(path, mode="w")
    handler.setFormatter(JsonFormatter(static={"service": "api"}))
    logger = StructuredLogger("train", handler=handler).bind(fold=2)
    logger.info("parent")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert "" == pool.apply(log_here, (logger,))
    events = list(read_events(path))
    assert ["parent", "child"] == [event.message for event in events]
    assert [("api", 2)] * 2 == [(event.fields["service"], event.fields["fold"]) for event in events]


def test_spawned_child_says_that_a_handler_of_others_cannot_be_sent() -> None:
    logger = StructuredLogger("train", handler=logging.StreamHandler(io.StringIO()))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        said = pool.apply(complaint_of, (pickle.dumps(logger),))
    assert '"message": "child"' in said
    assert "logger 'train' writes to its default output: TypeError: <StreamHandler" in said
    assert "cannot be sent to another process" in said


def complaint_of(data: bytes) -> str:
    err = io.StringIO()
    with redirect_stderr(err):
        logger = pickle.loads(data)
    return log_here(logger) + err.getvalue()


def test_logger_that_is_copied_in_one_process_keeps_its_handler(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    handler = DurableFileHandler(path)
    logger = StructuredLogger("train", handler=handler)
    pickle.loads(pickle.dumps(logger)).info("hello")
    logger.info("hello")
    assert [handler] == logger.logger.handlers
    assert ["hello"] * 2 == messages(path)


def test_logger_adapter_works(lines: Lines) -> None:
    adapter: Any = logging.LoggerAdapter(StructuredLogger("train"), {"request": 7})  # type: ignore[arg-type] # as with any logger
    adapter.info("hello %s", "there")
    adapter.debug("too low")
    adapter.setLevel("ERROR")
    adapter.warning("too low")
    (line,) = lines()
    assert ("hello there", 7) == (line["message"], line["request"])
    assert ("test_configured_by_others", "test_logger_adapter_works") == (
        line["module"],
        line["function"],
    )
    assert ("train", logging.ERROR, True) == (
        adapter.name,
        adapter.getEffectiveLevel(),
        adapter.hasHandlers(),
    )


@pytest.mark.parametrize("name", ["structured", "standard"])
def test_extra_is_fields(name: str, lines: Lines) -> None:
    configure()
    logger: Any = (
        StructuredLogger("train") if name == "structured" else logging.getLogger("library")
    )
    logger.info("hello", extra={"epoch": 3})
    (line,) = lines()
    assert 3 == line["epoch"]
    assert "extra" not in line


@pytest.mark.parametrize("name", ["structured", "standard"])
def test_mapping_as_message_is_fields(name: str, lines: Lines) -> None:
    configure()
    logger: Any = (
        StructuredLogger("train") if name == "structured" else logging.getLogger("library")
    )
    logger.info({"event": "login", "password": "x", "level": 1})
    logger.info({"message": "hello", "user": "ada"})
    first, second = lines()
    assert ("", "login", "[REDACTED]", 1) == (
        first["message"],
        first["event"],
        first["password"],
        first["level_"],
    )
    assert ("hello", "ada") == (second["message"], second["user"])


@pytest.mark.parametrize(
    ("message", "context", "expected"),
    [
        ("hi %(name)s", {"name": "bob"}, "hi bob"),
        ("%(share).1f%% of %(name)s", {"name": "bob", "share": 1}, "1.0% of bob"),
        ("hi %(name)s", {"epoch": 3}, "hi %(name)s"),
        ("100%(of it)", {"epoch": 3}, "100%(of it)"),
        ("100%%(name)s", {"name": "bob"}, "100%%(name)s"),
        ("hi", {"name": "bob"}, "hi"),
    ],
)
def test_mapping_is_merged_into_a_message_that_names_its_keys(
    message: str, context: dict[str, object], expected: str, lines: Lines
) -> None:
    StructuredLogger("train").info(message, context)
    (line,) = lines()
    assert (expected, context) == (line["message"], line["context"])


def test_level_of_configure_is_followed(lines: Lines) -> None:
    before, own = StructuredLogger("before"), StructuredLogger("own", "debug")
    configure(level="warning", levels={"chatty": "error"})
    for logger in (before, own, StructuredLogger("after"), StructuredLogger("chatty")):
        logger.info("info")
        logger.warning("warning")
    written = [(line["logger"], line["message"]) for line in lines()]
    assert [
        ("before", "warning"),
        ("own", "info"),
        ("own", "warning"),
        ("after", "warning"),
    ] == written
    configure(level="info")
    before.info("info")
    assert ["info"] == [line["message"] for line in lines()]


def test_second_logger_of_a_name_keeps_the_level(lines: Lines) -> None:
    StructuredLogger("train", "debug")
    StructuredLogger("train").debug("hello")
    assert ["hello"] == [line["message"] for line in lines()]


def test_levels_of_other_loggers_are_set() -> None:
    configure(levels={"uvicorn.access": "WARNING", "train": 15})
    assert logging.WARNING == logging.getLogger("uvicorn.access").level
    assert 15 == StructuredLogger("train").getEffectiveLevel()


@pytest.mark.parametrize(
    ("levels", "error", "match"),
    [
        ({"uvicorn.access": "LOUD"}, ValueError, r"levels\['uvicorn.access'\] must be a number or"),
        ({5: "INFO"}, TypeError, "names of loggers as keys, got 5"),
        ("INFO", TypeError, "levels must be a mapping"),
    ],
)
def test_wrong_levels_are_an_error_and_change_nothing(
    levels: Any, error: type[Exception], match: str
) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger("uvicorn.access").level
    with pytest.raises(error, match=match):
        configure(levels=levels)
    assert before == (logging.getLogger().handlers, logging.getLogger("uvicorn.access").level)


def test_level_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INFRA_LOG_LEVEL", "debug")
    configure()
    assert logging.DEBUG == logging.getLogger().level
    configure(level="error")
    assert logging.ERROR == logging.getLogger().level


def test_unknown_level_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INFRA_LOG_LEVEL", "debgu")
    expected = (
        "environment variable ML_INFRA_LOG_LEVEL must be a number or one of DEBUG, INFO, WARNING, "
        "ERROR, CRITICAL, got 'debgu'"
    )
    with pytest.raises(ValueError, match=expected):
        configure()


def fail() -> None:
    raise ValueError("no data")


def test_uncaught_exception_of_a_thread_is_a_line(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    called: list[object] = []
    monkeypatch.setattr(threading, "excepthook", called.append)
    configure()
    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()
    (line,) = lines()
    assert 1 == len(called)
    assert ("CRITICAL", "py.exceptions", "Uncaught exception in thread worker", "fail") == (
        line["level"],
        line["logger"],
        line["message"],
        line["function"],
    )
    assert "no data" == line["exception"]["message"]


def test_thread_that_exits_is_no_line(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    monkeypatch.setattr(threading, "excepthook", [].append)
    configure()
    thread = threading.Thread(target=sys.exit)
    thread.start()
    thread.join()
    assert [] == lines()


END = """
import sys
from ml_infra_utils.logging import configure
configure(output=sys.argv[1])
{}
"""


@pytest.mark.parametrize(
    ("statement", "number"),
    [("1 / 0", 1), ("raise KeyboardInterrupt", 0), ("sys.exit(3)", 0)],
)
def test_uncaught_exception_of_the_program_is_a_line(
    statement: str, number: int, tmp_path: Path
) -> None:
    path = tmp_path / "run.jsonl"
    command = [sys.executable, "-c", END.format(statement), str(path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert number == len(messages(path))
    # People at a terminal see it as ever.
    assert ("Traceback" in result.stderr) == (statement != "sys.exit(3)")


@pytest.mark.parametrize("output", ["stdout", "stderr"])
def test_traceback_is_no_text_amid_lines(output: str) -> None:
    command = [sys.executable, "-c", END.format("1 / 0"), output]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    (line,) = (json.loads(line) for line in (result.stdout + result.stderr).splitlines())
    assert ("Uncaught exception", "ZeroDivisionError") == (
        line["message"],
        line["exception"]["type"],
    )


def test_hook_of_others_is_called_as_ever(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    called: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: called.append(error[1]))
    configure()
    configure()
    error = ValueError("no data")
    sys.excepthook(ValueError, error, None)
    assert [error] == called
    assert 1 == len(lines())


def test_uncaught_exceptions_are_left_to_others_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", print)
    configure(output=logging.StreamHandler(io.StringIO()), uncaught=False)
    assert print is sys.excepthook
