from __future__ import annotations

import io
import json
import logging
import logging.config
import re
import sys
import warnings
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    StructuredLogger,
    configure,
    read_events,
)
from ml_infra_utils.logging._line.console import ConsoleFormatter, render
from tests.logging.hostile import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.logging.conftest import Lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_loggers_of_the_standard_library_come_out_structured(lines: Lines) -> None:
    configure(level="debug")
    logging.getLogger("library").debug("hello %s", "there", extra={"epoch": 3})
    (line,) = lines()
    assert ("hello there", "library", 3) == (line["message"], line["logger"], line["epoch"])


def test_warnings_come_out_structured(lines: Lines) -> None:
    configure()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("old name", DeprecationWarning, stacklevel=1)
    (line,) = lines()
    assert ("py.warnings", "WARNING") == (line["logger"], line["level"])
    assert "DeprecationWarning: old name" == line["message"]
    here = sys._getframe().f_code.co_firstlineno
    assert "test_configure" == line["module"]
    assert here < line["line"] < here + 10


@pytest.mark.parametrize("output", ["stdout", "stderr"])
def test_output_is_a_standard_stream(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(output=output)
    StructuredLogger("train").info("hello")
    written = capsys.readouterr()
    assert "hello" == json.loads(getattr(written, output[3:]))["message"]
    assert "" == (written.out if output == "stderr" else written.err)


def test_output_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    before = StructuredLogger("before")
    configure(output=path)
    before.info("a")
    StructuredLogger("after").info("b")
    logging.getLogger("library").info("c")
    assert ["a", "b", "c"] == [event.message for event in read_events(path)]


def test_output_is_a_handler() -> None:
    handler = logging.StreamHandler(io.StringIO())
    assert handler is configure(output=handler)
    logging.getLogger("library").info("hello")
    assert "hello" == json.loads(handler.stream.getvalue())["message"]


def test_logger_with_an_output_of_its_own_keeps_it(lines: Lines) -> None:
    stream = io.StringIO()
    logger = StructuredLogger("train", stream=stream)
    configure()
    logger.info("hello")
    assert [] == lines()
    assert "hello" == json.loads(stream.getvalue())["message"]


def test_second_call_replaces_the_first(tmp_path: Path, lines: Lines) -> None:
    configure(output=tmp_path / "run.jsonl")
    configure(level="error")
    logging.getLogger("library").warning("too low")
    logging.getLogger("library").error("hello")
    assert ["hello"] == [line["message"] for line in lines()]
    assert "" == (tmp_path / "run.jsonl").read_text()


@pytest.mark.parametrize("force", [False, True])
def test_handlers_of_others_go_by_force_only(force: bool) -> None:
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    handler = configure(force=force)
    assert force == (other not in logging.getLogger().handlers)
    assert handler in logging.getLogger().handlers


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"level": "loud"}, "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"format": "xml"}, "'json', 'console', 'ecs'"),
        ({"timestamp": "now"}, "timestamp must be 'iso', 'epoch', 'epoch_ms' or a format"),
    ],
)
def test_unknown_option_is_an_error_and_changes_nothing(wrong: Any, match: str) -> None:
    before = logging.getLogger().handlers[:]
    with pytest.raises(ValueError, match=match):
        configure(**wrong)
    assert before == logging.getLogger().handlers


def test_file_that_cannot_be_opened_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    before = logging.getLogger().handlers[:]
    with pytest.raises(FileNotFoundError, match="cannot open the log file"):
        configure(output=tmp_path / "absent" / "run.jsonl")
    assert before == logging.getLogger().handlers


def test_names_serve_the_standard_librarys_configuration(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    handler = {
        "class": "ml_infra_utils.logging.DurableFileHandler",
        "path": str(path),
        "formatter": "json",
    }
    formatter = {"()": "ml_infra_utils.logging.JsonFormatter", "rename": {"level": "severity"}}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": formatter},
            "handlers": {"file": handler},
            "loggers": {"library": {"handlers": ["file"], "level": "INFO"}},
        }
    )
    logging.getLogger("library").info("hello", extra={"loss": float("inf")})
    (event,) = read_events(path)
    assert ("hello", None, "INFO") == (event.message, event.fields["loss"], event.level)
    assert '"severity": "INFO"' in path.read_text(encoding="utf-8")


def test_console_tells_what_json_cannot_hold(terminal: Terminal) -> None:
    StructuredLogger("train").warning("epoch done", loss=float("nan"), password="x")
    text = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue())
    assert 'loss=null password="[REDACTED]" _altered=loss: NaN' in " ".join(text.split())


def test_console_is_json_where_there_is_no_terminal(lines: Lines) -> None:
    configure(format="console")
    StructuredLogger("train").info("hello")
    assert "hello" == lines()[0]["message"]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    stream = Terminal()
    # Not sys.stdout: pytest sets that anew before the test.
    monkeypatch.setattr(configure(format="console"), "_stream", stream)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return stream


def test_console_is_for_people_on_a_terminal(terminal: Terminal) -> None:
    StructuredLogger("train").warning("epoch done", {"epoch": 3}, loss=0.25, note="a b")
    text = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue())
    expected = r'..:..:..\.... WARNING  train        epoch done  epoch=3  loss=0\.25  note="a b"\n'
    assert re.fullmatch(expected, text)
    assert "\x1b[33mWARNING " in terminal.getvalue()


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_console_has_no_colour_where_none_is_wanted(
    name: str, value: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    StructuredLogger("train").info("hello")
    assert "\x1b" not in terminal.getvalue()


def test_console_wraps_at_the_width_of_the_terminal(terminal: Terminal) -> None:
    StructuredLogger("train").info("hello", **{f"field{n}": n * 1_000 for n in range(20)})
    plain = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert len(plain) > 3
    assert all(len(line) <= 80 for line in plain)
    assert all(line.startswith("    ") for line in plain[1:])


def test_console_shows_an_exception_with_its_causes(terminal: Terminal) -> None:
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError:
        StructuredLogger("train").exception("failed", stack_info=True)
    text = terminal.getvalue()
    assert "ValueError: outer\n" in text
    assert "    KeyError: 'inner'\n" in text
    assert "was the direct cause of the following exception" in text
    assert 'test_configure.py", line ' in text
    assert 'raise KeyError("inner")' in text
    assert "Stack (most recent call last):" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_console_survives_hostile_objects(name: str, terminal: Terminal) -> None:
    StructuredLogger("train").info("hello", value=HOSTILE[name]())
    StructuredLogger("train").info(HOSTILE[name](), {"value": HOSTILE[name]()})
    assert "hello" in terminal.getvalue()


def test_console_obeys_no_control_characters(terminal: Terminal) -> None:
    StructuredLogger("train").info("red\x1b[2J\r", **{"key\x07": "\x9b\n"})
    text = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue())
    assert r"red\x1b[2J\r" in text
    assert not set("\x1b\x07\x9b\r") & set(text)


def test_console_shows_what_a_stream_cannot_encode(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding="ascii")
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    handler = configure(format="console")
    monkeypatch.setattr(sys, "stdout", stream)
    StructuredLogger("train").info("naïve")
    assert b"na\\u00efve" in data.getvalue()
    assert 0 == handler.lost  # type: ignore[attr-defined] # it is one of ours


def test_context_that_is_no_mapping_is_shown() -> None:
    text = render({"message": "hello", "context": 5, "exception": "odd"}, width=80, colour=False)
    assert text.endswith("hello  context=5")
    text = render({"exception": {"text": "a\nb"}}, width=80, colour=False)
    assert text.endswith("\n    a\n    b")


def test_members_of_a_group_are_shown() -> None:
    data = {
        "type": "Group",
        "message": "several",
        "frames": [{"file": "a.py", "line": 3, "function": "f"}],
        "frames_left_out": 3,
        "notes": ["look"],
        "chain": [
            {"relation": "context", "of": 0, "type": "OSError", "message": "x", "frames": []},
            {"relation": "member", "of": 0, "type": "ValueError", "message": "a", "frames": []},
        ],
    }
    lines = render({"exception": data}, width=80, colour=False).splitlines()[1:]
    expected = [
        "a.py:3 in f",
        "3 frames left out",
        "Group: several",
        "note: look",
        "while handling OSError: x",
        "member ValueError: a",
    ]
    assert expected == [line.strip() for line in lines]


def test_console_formatter_serves_any_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    record = logging.makeLogRecord({"msg": "password=x", "levelname": "INFO", "name": "train"})
    assert ConsoleFormatter().format(record).endswith("train        password=[REDACTED]")


def test_console_follows_the_options_of_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "name": "train"})
    record.created, record.epoch, record.user = 0.5, 3, "me"
    formatter = ConsoleFormatter(
        rename={"level": "severity", "timestamp": "time"},
        timestamp="epoch",
        zone=timezone(timedelta(hours=1)),
        static={"service": "api"},
        drop=["user"],
        processors=[lambda line: {**line, "severity_seen": line["severity"]}],
    )
    assert (
        "01:00:00.500 INFO     train        hello  epoch=3  service=api  severity_seen=INFO"
        == formatter.format(record)
    )


def test_handler_that_is_configured_already_goes_on(tmp_path: Path) -> None:
    handler = BoundedQueueHandler(DurableFileHandler(tmp_path / "run.jsonl"))
    configure(output=handler)
    configure(output=handler, level="debug")
    logging.getLogger("library").debug("hello")
    handler.close()
    assert ["hello"] == [event.message for event in read_events(tmp_path / "run.jsonl")]


@pytest.mark.parametrize("name", ["", "root"])
@pytest.mark.parametrize("first", [True, False])
def test_structured_root_logger_doubles_no_line(name: str, first: bool, lines: Lines) -> None:
    if first:
        logger = StructuredLogger(name)
    configure()
    if not first:
        logger = StructuredLogger(name)
    logger.info("a")
    logging.getLogger("library").warning("b")
    StructuredLogger("train").info("c")
    assert ["a", "b", "c"] == [line["message"] for line in lines()]


def test_level_of_the_configured_handler_counts(lines: Lines) -> None:
    configure().setLevel("ERROR")
    StructuredLogger("train").info("too low")
    StructuredLogger("train").error("hello")
    assert ["hello"] == [line["message"] for line in lines()]


@pytest.mark.parametrize("output", [sys.stderr, None, 5])
def test_output_of_another_kind_is_an_error_that_names_it(output: Any) -> None:
    with pytest.raises(TypeError, match="output must be 'stdout', 'stderr', a path or"):
        configure(output=output)


def test_warning_for_a_file_is_written_there(tmp_path: Path, lines: Lines) -> None:
    configure()
    with (tmp_path / "warnings").open("w") as file:
        warnings.showwarning("old name", DeprecationWarning, "a.py", 7, file)
    assert "a.py:7: DeprecationWarning: old name" in (tmp_path / "warnings").read_text()
    assert [] == lines()


def test_console_shows_a_field_and_a_context_of_one_name(terminal: Terminal) -> None:
    StructuredLogger("train").info("hello", {"epoch": 1}, epoch=2)
    text = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue())
    assert text.endswith("epoch=1  epoch=2\n")


def test_console_counts_the_columns_of_wide_letters(terminal: Terminal) -> None:
    StructuredLogger("訓練").info("hello", **{f"鍵{n}": "値" * 10 for n in range(6)})
    plain = re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).splitlines()
    assert "訓練         hello" in plain[0]
    assert all(len(line.encode("gb18030")) <= 80 for line in plain)


FORGED = "\n03:04:06.000 INFO     train        all is well"


@pytest.mark.parametrize(
    "line",
    [
        {"message": f"bad{FORGED}"},
        {"level": f"INFO{FORGED}"},
        {"logger": f"train{FORGED}"},
        {f"key{FORGED}": 1},
        {"stack": f"stack{FORGED}"},
        {"exception": {"type": "E", "message": f"bad{FORGED}", "notes": [f"note{FORGED}"]}},
        {"message": "bad\u202e"},
    ],
)
def test_console_shows_nothing_that_looks_like_another_line(line: Any) -> None:
    text = render(line, width=200, colour=False)
    assert not re.search(r"^03", text, re.MULTILINE)
    assert "\u202e" not in text


@pytest.mark.parametrize(
    "exception",
    [
        {"frames": None},
        {"frames": [5], "notes": 5, "exceptions": 7},
        {"cause": 5, "context": [1]},
        {"exceptions": [None, {"exceptions": {}}]},
    ],
)
def test_console_shows_exceptions_of_other_programs(exception: Any) -> None:
    assert "None: " in render({"exception": exception}, width=80, colour=False)


def test_console_shows_what_is_too_deep_for_it() -> None:
    value: Any = 1
    for _ in range(200_000):
        value = [value]
    assert "value=..." in render({"value": value}, width=80, colour=False)


def test_standard_stream_is_named_in_any_case(lines: Lines) -> None:
    configure(output="STDOUT")
    logging.getLogger("library").warning("hello")
    assert ["hello"] == [line["message"] for line in lines()]
