"""Lines that come amid others of the same thread."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Callable

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    StructuredLogger,
    read_events,
)
from ml_infra_utils.logging._limits import MAX_NESTED_LINES
from ml_infra_utils.logging._output import durable_file as files
from ml_infra_utils.logging._output import file_lock
from ml_infra_utils.logging._output.handlers import LineHandler, StreamHandler
from tests.logging.interrupted import Interrupted

SIGNALS = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="POSIX has timers")
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX forks")


def ended_call() -> FrameType:
    """Give a call that said that it writes, and was interrupted before it took that back."""
    return sys._getframe()


def test_line_amid_another_is_written_behind_it() -> None:
    handler = Interrupted(lambda: handler.deliver("amid the first"))
    handler.deliver("first")
    handler.deliver("second")
    assert ["first", "amid the first", "second"] == handler.lines


def test_line_behind_one_that_was_given_up_is_written() -> None:
    def give_up() -> None:
        raise KeyboardInterrupt

    handler = Interrupted(give_up)
    with pytest.raises(KeyboardInterrupt):
        handler.deliver("first")
    handler.deliver("second")
    assert ["second"] == handler.lines


def test_line_behind_one_whose_end_was_interrupted_is_written() -> None:
    handler = Interrupted(bool)
    handler._writing, handler._amid = ended_call(), MAX_NESTED_LINES
    handler._waiting.append(("first", 0))
    handler.deliver("second")
    assert ["first", "second"] == handler.lines


def test_file_is_closed_behind_a_line_whose_end_was_interrupted(tmp_path: Path) -> None:
    handler = DurableFileHandler(tmp_path / "run.jsonl")
    handler._writing = ended_call()
    handler.close()
    assert -1 == handler._descriptor


def test_last_words_of_a_signal_handler_that_ends_the_program_are_written() -> None:
    def end() -> None:
        handler.deliver("terminating")
        raise SystemExit

    handler = Interrupted(end)
    with pytest.raises(SystemExit):
        handler.deliver("first")
    assert ["terminating"] == handler.lines


def test_stream_that_logs_what_it_is_given_ends(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    handler = StreamHandler(stream)
    logger = StructuredLogger("train", handler=handler)
    write = stream.write

    def logged(text: str) -> int:
        logger.info("written", size=len(text))
        return write(text)

    stream.write = logged  # type: ignore[method-assign] # as who redirects sys.stdout to a logger
    logger.info("hello")
    assert 1_001 == len(stream.getvalue().splitlines())
    assert 1 == handler.lost
    assert "without end" in capsys.readouterr().err


@SIGNALS
@pytest.mark.parametrize("options", [{}, {"max_bytes": 3_000}])
def test_signal_handler_that_logs_costs_no_line_and_no_number(
    options: dict[str, Any], tmp_path: Path
) -> None:
    handler = DurableFileHandler(tmp_path / "run.jsonl", **options)
    logger = StructuredLogger("train", handler=handler)
    logged = 0

    def interrupt(*_: object) -> None:
        nonlocal logged
        logged += 1
        logger.info("from the signal handler" + "x" * 5_000 * (logged % 2))

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for number in range(500):
            if number % 8 == 0:
                signal.setitimer(signal.ITIMER_REAL, 1e-6 * (1 + number % 300))
            logger.info("hello")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    events = read_events(tmp_path / "run.jsonl")
    assert 500 + logged == len(list(events))
    assert ([], 0, 0) == (events.gaps, events.duplicates, handler.lost)


def test_file_is_not_closed_amid_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = DurableFileHandler(tmp_path / "run.jsonl")
    write = os.write

    def interrupted(descriptor: int, data: bytes) -> int:
        handler.close()
        return write(descriptor, data)

    monkeypatch.setattr(files.os, "write", interrupted)
    StructuredLogger("train", handler=handler).info("hello")
    assert ["hello"] == [event.message for event in read_events(tmp_path / "run.jsonl")]
    assert 0 == handler.lost


def test_line_amid_one_of_another_handler_of_the_file_waits_for_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.jsonl"
    handlers = [DurableFileHandler(path, max_bytes=20_000) for _ in range(2)]
    first, second = (StructuredLogger(f"train{i}", handler=h) for i, h in enumerate(handlers))
    append = handlers[0]._append

    def interrupted(data: bytes) -> None:
        second.info("y" * 5_000)
        append(data)

    monkeypatch.setattr(handlers[0], "_append", interrupted)
    for _ in range(5):
        first.info("x" * 5_000)
    assert 10 == len(list(read_events(path)))
    assert "" == capsys.readouterr().err


@FORKS
def test_interrupted_rotation_keeps_no_later_one_from_the_lock(tmp_path: Path) -> None:
    handler = DurableFileHandler(tmp_path / "run.jsonl", max_bytes=10)
    file_lock._locking[threading.get_ident(), handler._identity] = ended_call()
    handler.deliver("first line")
    handler.deliver("second line")
    assert (tmp_path / "run.jsonl.1").exists()
    assert {} == file_lock._locking


class Stuck(LineHandler):
    """Writes nothing until it is opened; then `amid` happens with each line."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.lines: list[str] = []
        self.amid: Callable[[], object] = bool

    def write(self, line: str) -> None:
        self.open.wait()
        self.amid()
        self.lines.append(line)


class Room:
    """What a line waits for while a queue is full; something happens when it begins to wait."""

    def __init__(self, room: Any, happens: Callable[[], object]) -> None:
        self._room = room
        self._happens = happens

    def get(self, timeout: float) -> Any:
        happens, self._happens = self._happens, bool
        happens()
        return self._room.get(timeout=timeout)


def with_full_queue(target: Stuck, happens: Callable[[], object]) -> BoundedQueueHandler:
    """Give a handler that writes a line and has no room for a third; then something happens."""
    handler = BoundedQueueHandler(target, capacity=1)
    handler.deliver("first")
    while not handler._lines.empty():
        time.sleep(0.0005)
    handler.deliver("second")
    room: Any = Room(handler._room, happens)
    handler._room = room
    return handler


@SIGNALS
def test_signal_handler_may_log_while_a_line_waits_for_room() -> None:
    target = Stuck()
    # Not sooner: a signal handler that logs when nothing else does waits for room, too.
    handler = with_full_queue(target, lambda: signal.setitimer(signal.ITIMER_REAL, 0.005))

    def interrupt(*_: object) -> None:
        handler.deliver("from the signal handler")
        target.open.set()

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        handler.deliver("third")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    handler.close()
    assert ["first", "second", "third", "from the signal handler"] == target.lines


class Refused(SimpleQueue):  # type: ignore[type-arg] # not generic in Python 3.8
    """A queue that an interrupt keeps from getting lines."""

    def put(self, *_args: Any, **_kwargs: Any) -> None:
        raise KeyboardInterrupt


def test_interrupts_cost_a_queue_no_place() -> None:
    target = Stuck()
    target.open.set()
    handler = BoundedQueueHandler(target, capacity=2, when_full="drop")
    handler.deliver("first")
    lines = handler._lines
    handler._lines = Refused()
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            handler.deliver("interrupted")
    handler._lines = lines
    handler.deliver("last")
    handler.close()
    assert ["first", "last"] == target.lines


def test_handler_that_is_closed_while_a_line_waits_for_room_writes_it() -> None:
    target = Stuck()

    def close() -> None:
        target.open.set()
        handler.close()

    handler = with_full_queue(target, close)
    handler.deliver("third")
    assert ["first", "second", "third"] == target.lines
    assert handler._thread is None


def test_handler_that_is_closed_while_its_thread_starts_writes_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = Stuck()
    target.open.set()
    handler = BoundedQueueHandler(target)
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        handler.close()

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    handler.deliver("first")
    assert ["first"] == target.lines
    assert handler._thread is None


@SIGNALS
def test_signal_handler_may_log_while_the_queue_is_flushed() -> None:
    target = Stuck()
    handler = BoundedQueueHandler(target)
    logger = StructuredLogger("train", handler=handler)

    def interrupt(*_: object) -> None:
        logger.info("from the signal handler")
        target.open.set()

    before = signal.signal(signal.SIGALRM, interrupt)
    logger.info("hello")
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    try:
        handler.flush()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    handler.close()
    assert 2 == len(target.lines)


def test_finalizer_that_logs_in_the_writing_thread_is_no_deadlock_when_the_queue_is_full() -> None:
    target = Stuck()
    handler = BoundedQueueHandler(target, capacity=1)
    logger = StructuredLogger("train", handler=handler)
    blocked = threading.Thread(target=lambda: [logger.info("hello") for _ in range(4)])
    logged: list[None] = []

    def finalize() -> None:
        if not logged:
            logged.append(None)
            logger.info("from the finalizer")

    target.amid = finalize
    blocked.start()
    blocked.join(0.005)
    target.open.set()
    blocked.join(10)
    assert not blocked.is_alive()
    handler.close()
    assert 5 == len(target.lines)


def test_dropped_lines_are_missing_where_they_were_dropped(tmp_path: Path) -> None:
    file = DurableFileHandler(tmp_path / "run.jsonl")
    handler = BoundedQueueHandler(file, capacity=1, when_full="drop")
    logger = StructuredLogger("train", handler=handler)
    file.acquire()
    for number in range(10):
        logger.info("hello", number=number)
    file.release()
    handler.close()
    logger.info("hello", number=10)
    handler.flush()
    found = [(event.sequence, event.fields["number"]) for event in read_events(file.path)]
    assert handler.lost == 11 - len(found) > 0
    assert all(sequence == number + 1 for sequence, number in found)


class Refusing(logging.Formatter):
    """Formats no record of the finalizer."""

    def format(self, record: logging.LogRecord) -> str:
        if record.msg == "unreadable":
            raise ValueError("no")
        return str(record.msg)


def test_finalizer_in_the_writing_thread_is_filtered_and_counted_as_others_are() -> None:
    target = Stuck()
    target.setFormatter(Refusing())
    target.open.set()
    handler = BoundedQueueHandler(target)
    handler.addFilter(lambda record: record.msg != "filtered")
    logger = StructuredLogger("train", handler=handler)

    def finalize() -> None:
        target.amid = bool
        for message in ("filtered", "unreadable", "hello"):
            logger.info(message)

    target.amid = finalize
    logger.info("first")
    handler.close()
    assert ["first", "hello"] == target.lines
    assert 1 == handler.lost
