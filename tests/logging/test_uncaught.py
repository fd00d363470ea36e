"""Exceptions that end the program or a thread."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import configure, read_events

if TYPE_CHECKING:
    from pathlib import Path

    from tests.logging.conftest import Lines


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
    assert number == len([*read_events(path)])
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


def test_hook_that_others_set_between_two_configurations_is_called_once(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    called: list[object] = []
    monkeypatch.setattr(sys, "excepthook", lambda *_: called.append("first"))
    configure()
    ours = sys.excepthook

    def hook_of_another(*error: Any) -> None:
        called.append("another")
        ours(*error)

    monkeypatch.setattr(sys, "excepthook", hook_of_another)
    configure()
    sys.excepthook(ValueError, ValueError("no data"), None)
    assert ["another", "first"] == called
    assert 1 == len(lines())


def test_hook_of_threads_that_others_set_between_two_configurations_is_called_once(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    called: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda _: called.append("first"))
    configure()
    ours = threading.excepthook

    def hook_of_another(args: Any) -> None:
        called.append("another")
        ours(args)

    monkeypatch.setattr(threading, "excepthook", hook_of_another)
    configure()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert ["another", "first"] == called
    assert 1 == len(lines())
