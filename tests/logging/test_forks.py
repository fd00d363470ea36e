"""Handlers in a child process: what it takes over from its parent, and what it starts anew."""

from __future__ import annotations

import io
import os
import sys
import time
from typing import TYPE_CHECKING, Callable

import pytest

from ml_infra_utils.logging import (
    DurableFileHandler,
    StructuredLogger,
    read_events,
)
from ml_infra_utils.logging._output import file_lock, forks
from ml_infra_utils.logging._output.handlers import LineHandler, StreamHandler
from tests.logging.interrupted import Interrupted

if TYPE_CHECKING:
    from pathlib import Path

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX forks")


def child(work: Callable[[], object]) -> int:
    """Fork a child that does some work and ends; give its exit status."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1]


@FORKS
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_child_gives_up_what_its_parent_has_open_at_once(tmp_path: Path) -> None:
    handler = DurableFileHandler(tmp_path / "run.jsonl")
    descriptor = handler._descriptor

    def check() -> None:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)

    assert 0 == child(check)


@FORKS
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_child_of_who_has_closed_all_files_has_numbers_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    handler = DurableFileHandler(path)
    logger = StructuredLogger("train", handler=handler)
    logger.info("before")
    os.close(handler._descriptor)
    assert 0 == child(lambda: logger.info("child"))
    logger.info("parent")
    events = read_events(path)
    assert ["before", "child", "parent"] == [event.message for event in events]
    assert (0, []) == (events.duplicates, events.gaps)


@FORKS
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_child_keeps_a_file_that_was_opened_in_the_place_of_a_log(tmp_path: Path) -> None:
    handler = DurableFileHandler(tmp_path / "run.jsonl")
    os.close(handler._descriptor)
    with (tmp_path / "other").open("wb", buffering=0) as other:
        assert handler._descriptor == other.fileno()
        assert 0 == child(lambda: other.write(b"hello"))
    assert b"hello" == (tmp_path / "other").read_bytes()


class Unforkable(LineHandler):
    """Cannot start over."""

    def start_over(self) -> None:
        raise OSError("no")


@FORKS
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_handler_that_cannot_start_over_keeps_no_other_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [StreamHandler(io.StringIO()) for _ in range(2)]
    first, last = others
    monkeypatch.setattr(forks, "_watched", [first, Unforkable(), last])
    for handler in others:
        handler._waiting.append(("of the parent", 0))

    def check() -> None:
        assert [0, 0] == [len(handler._waiting) for handler in others]

    assert 0 == child(check)


@FORKS
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_child_that_was_forked_amid_a_line_writes_its_own() -> None:
    stream = io.StringIO()
    handler = StreamHandler(stream)
    statuses: list[int] = []

    def log() -> None:
        handler.deliver("from the child")
        assert "from the child\n" == stream.getvalue()

    fork = Interrupted(lambda: statuses.append(child(log)))
    handler._writing = sys._getframe()
    fork.deliver("")
    assert [0] == statuses
    assert "" == stream.getvalue()


@FORKS
def test_lock_that_another_process_keeps_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(file_lock, "LOCK_PATIENCE", 0.002)
    path = tmp_path / "run.jsonl"
    handler = DurableFileHandler(path, max_bytes=10_000)
    logger = StructuredLogger("train", handler=handler)
    import fcntl

    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for _ in range(3):
            logger.info("x" * 5_000)
    assert 3 == len(path.read_text().splitlines())
    assert 1 == capsys.readouterr().err.count("another process keeps it")
    logger.info("hello")
    assert 4 == len(list(read_events(path)))
    assert path.with_name("run.jsonl.1").exists()


@FORKS
def test_lock_that_another_process_gives_up_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import fcntl

    path = tmp_path / "run.jsonl"
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waits: list[float] = []

        def wait(seconds: float) -> None:
            waits.append(seconds)
            assert "" == path.read_text()
            if len(waits) == 3:
                fcntl.flock(file, fcntl.LOCK_UN)

        monkeypatch.setattr(time, "sleep", wait)
        logger.info("x" * 5_000)
    assert 3 == len(waits)
    assert 1 == len(path.read_text().splitlines())
    assert "" == capsys.readouterr().err
