"""What `logging.config` and adapters do to our loggers."""

from __future__ import annotations

import json
import logging
import logging.config
import logging.handlers
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
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
