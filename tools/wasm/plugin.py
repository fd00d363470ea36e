"""Leave out the tests that need a thread, a process or a socket: WebAssembly has none.

A test is not known by its text to need one, since the code under test may start it. It is left
out if it fails, and something was asked for while it ran that is not there.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from time import sleep
from typing import Any, Callable, Generator, NoReturn

import pytest

ABSENT: dict[str, list[tuple[Any, str]]] = {
    "threads": [(threading.Thread, "start"), (threading.Condition, "wait")],
    "processes": [(subprocess.Popen, "__init__"), (os, "fork"), (os, "posix_spawn")],
    "signals": [(os, "kill"), (signal, "raise_signal"), (signal, "setitimer")],
    "sockets": [(socket.socket, "__init__"), (socket, "socketpair")],
}
IMPOSSIBLE = {
    "test_console_shows_what_is_too_deep_for_it": "a C stack with an end",
    "test_line_of_any_content_is_an_event": "a C stack with an end",
    "test_own_type_that_stands_for_itself_ends": "a C stack with an end",
    "test_line_that_cannot_be_read_is_named_and_skipped[wrong4]": "a C stack with an end",
    **dict.fromkeys(
        (
            "test_line_to_a_file_that_nobody_can_find_is_lost",
            "test_line_after_the_deletion_of_the_file_is_in_a_new_one",
            "test_deleted_folder_is_made_anew",
            "test_lines_since_the_deletion_are_in_the_new_file",
            "test_lines_since_the_deletion_that_find_no_folder_in_the_end_are_counted",
            "test_lines_that_find_no_folder_are_counted",
        ),
        "open files that have lost their name",
    ),
    "test_time_is_local_on_request": "a time zone to set",
    "test_an_interruption_of_a_wait_has_the_failure_in_its_context": "a loop to interrupt",
    **dict.fromkeys(
        (
            "test_hostile_object_is_no_error_wherever_it_is_given[class that has no name]",
            "test_hostile_object_keeps_the_rules[class that has no name]",
            "test_line_of_a_hostile_object_satisfies_the_schema[class that has no name]",
        ),
        "a Mapping that asks no class for JavaScript's attributes",
    ),
}
"""Tests, with what they need: at the first few Python in WebAssembly ends where others raise."""

flock = fcntl.flock
asked: set[str] = set()
left_out: Counter[str] = Counter()
passed: Counter[str] = Counter()


def refused(what: str) -> Callable[..., NoReturn]:
    """Return what stands in for something absent; Python's own may end the whole run."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        asked.add(what)
        raise OSError(errno.ENOTSUP, f"there are no {what} in WebAssembly")

    return refuse


class Missing:
    """The last finder of modules: it finds none, and notes what nothing else has found."""

    @staticmethod
    def find_spec(name: str, *_: Any) -> None:
        asked.add(name.partition(".")[0])


def locked(*arguments: Any) -> None:
    """Lock a file, and note it: in WebAssembly it is free for another right away."""
    asked.add("file locks")
    flock(*arguments)


class Loop(asyncio.BaseEventLoop):
    """Python's own event loop, which waits for time only."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    @staticmethod
    def select(timeout: float | None) -> list[Any]:
        """Wait for a time; there is nothing else to wait for."""
        if timeout is None:
            raise refused("event loops that wait for ever")()
        sleep(timeout)
        return []

    def _process_events(self, _: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nothing needs to be woken: there is one thread."""


def pytest_configure() -> None:
    """Refuse all that is not there in one way, and note what is asked for."""
    asyncio._set_running_loop(None)  # it is JavaScript's, in which all of Python runs here
    asyncio.run = asyncio.runners.run
    asyncio.new_event_loop = asyncio.events.new_event_loop = Loop
    for what, places in ABSENT.items():
        for owner, name in places:
            setattr(owner, name, refused(what))
    fcntl.flock = locked
    sys.meta_path.append(Missing)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests that would end Python itself."""
    for item in items:
        need = IMPOSSIBLE.get(item.name) or IMPOSSIBLE.get(item.name.partition("[")[0])
        if need is not None:
            item.add_marker(pytest.mark.skip(f"needs {need}"))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Leave out a module that asks for a missing library while it is imported."""
    report = yield
    missing = re.search(r"ModuleNotFoundError: No module named '(\w+)", str(report.longrepr))
    if report.failed and missing:
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, f"needs {missing[1]}")
        tests = re.findall(
            r"^(?:async )?def test_", collector.path.read_text("utf-8"), re.MULTILINE
        )
        left_out[f"needs {missing[1]}"] += len(tests)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a failure a test left out if something was asked for that is not there."""
    report = yield
    if call.when == "setup":
        asked.clear()
    error = call.excinfo.value if call.excinfo else None
    while error is not None:
        if isinstance(error, ModuleNotFoundError):
            asked.add(str(error.name))
        error = error.__cause__ or error.__context__
    if report.failed and asked:
        report.outcome = "skipped"
        reason = f"needs {' and '.join(sorted(asked))}"
        report.longrepr = (str(item.path), item.location[1] or 0, reason)
    if report.skipped and isinstance(report.longrepr, tuple):
        left_out[report.longrepr[2].partition("Skipped: ")[2] or report.longrepr[2]] += 1
    passed[str(report.when)] += report.passed
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the counts for the program that started this one."""
    counts = {"passed": passed["call"], "left out": left_out}
    name = f"{Path(session.config.args[0]).name}.json"
    Path(name).write_text(json.dumps(counts), encoding="utf-8")
