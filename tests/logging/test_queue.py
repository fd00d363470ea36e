from __future__ import annotations

import io
import logging
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any, Callable, Iterator

import pytest

from tests.logging.hostile import HOSTILE
from tests.logging.strictly import parse

if TYPE_CHECKING:
    from pathlib import Path

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    EcsFormatter,
    StructuredLogger,
    read_events,
)
from ml_infra_utils.logging._output.handlers import LineHandler, StreamHandler


class Gate(LineHandler):
    """Keeps lines, once it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.reached = threading.Event()
        self.lines: list[str] = []
        self.skipped = 0

    def write(self, line: str) -> None:
        self.reached.set()
        self.open.wait()
        self.lines.append(line)

    def skip(self, lines: int) -> None:
        self.skipped += lines


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


def test_lines_come_in_order_and_whole(tmp_path: Path) -> None:
    handler = BoundedQueueHandler(DurableFileHandler(tmp_path / "run.jsonl"))
    logger = StructuredLogger("train", handler=handler)
    for number in range(1_000):
        logger.info("hello", {"nested": {"a": [1]}}, number=number)
    handler.flush()
    events = list(read_events(tmp_path / "run.jsonl"))
    assert [*range(1_000)] == [event.fields["number"] for event in events]
    assert {"nested": {"a": [1]}} == events[0].context


def test_line_says_what_was_true_when_it_was_logged(gate: Gate) -> None:
    handler = BoundedQueueHandler(gate)
    state = {"loss": 1}
    StructuredLogger("train", handler=handler).info("hello", state)
    state["loss"] = 2
    gate.open.set()
    handler.close()
    assert {"loss": 1} == parse(gate.lines[0])["context"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_object_passes(name: str) -> None:
    stream = io.StringIO()
    handler = BoundedQueueHandler(StreamHandler(stream))
    StructuredLogger("train", handler=handler).info("hello", value=HOSTILE[name]())
    handler.close()
    assert "hello" == parse(stream.getvalue().strip())["message"]


def test_full_queue_drops_and_counts_by_choice(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = BoundedQueueHandler(gate, capacity=2, when_full="drop")
    logger = StructuredLogger("train", handler=handler)
    logger.info("being written")
    gate.reached.wait()
    for number in range(5):
        logger.info("waiting", number=number)
    assert 3 == handler.lost
    assert 1 == capsys.readouterr().err.count("loses lines")
    gate.open.set()
    handler.close()
    assert (3, 3) == (len(gate.lines), gate.skipped)


def test_full_queue_blocks_by_default(gate: Gate) -> None:
    handler = BoundedQueueHandler(gate, capacity=1)
    logger = StructuredLogger("train", handler=handler)
    logger.info("being written")
    gate.reached.wait()
    logger.info("waiting")
    third = threading.Thread(target=logger.info, args=("third",))
    third.start()
    third.join(0.01)
    assert third.is_alive()
    gate.open.set()
    third.join()
    handler.close()
    assert (3, 0) == (len(gate.lines), handler.lost)


def test_dropped_lines_leave_a_gap_that_the_reader_sees(tmp_path: Path) -> None:
    file = DurableFileHandler(tmp_path / "run.jsonl")
    handler = BoundedQueueHandler(file, capacity=1, when_full="drop")
    logger = StructuredLogger("train", handler=handler)
    file.acquire()
    for number in range(10):
        logger.info("hello", number=number)
    file.release()
    handler.flush()
    logger.info("last")
    handler.close()
    events = read_events(tmp_path / "run.jsonl")
    read = len(list(events))
    assert handler.lost > 0
    assert 11 == read + sum(gap.last - gap.first + 1 for gap in events.gaps)


def test_closed_handler_starts_anew() -> None:
    stream = io.StringIO()
    handler = BoundedQueueHandler(StreamHandler(stream))
    handler.close()
    StructuredLogger("train", handler=handler).info("hello")
    handler.flush()
    assert "hello" == parse(stream.getvalue().strip())["message"]


def test_line_is_written_at_once_when_no_thread_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError(f"can't start {thread} at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    stream = io.StringIO()
    handler = BoundedQueueHandler(StreamHandler(stream))
    StructuredLogger("train", handler=handler).info("hello")
    assert "hello" == parse(stream.getvalue().strip())["message"]


def test_thread_that_runs_although_its_start_failed_takes_no_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second_started = threading.Event()
    threads: list[threading.Thread] = []
    start, run = threading.Thread.start, threading.Thread.run

    def start_and_fail_once(thread: threading.Thread) -> None:
        threads.append(thread)
        start(thread)
        if thread is threads[0]:
            raise RecursionError
        second_started.set()

    def run_late(thread: threading.Thread) -> None:
        if thread is threads[0]:
            second_started.wait()
        run(thread)

    monkeypatch.setattr(threading.Thread, "start", start_and_fail_once)
    monkeypatch.setattr(threading.Thread, "run", run_late)
    stream = io.StringIO()
    handler = BoundedQueueHandler(StreamHandler(stream))
    logger = StructuredLogger("train", handler=handler)
    logger.info("at once")
    logger.info("by the second thread")
    monkeypatch.undo()
    threads[0].join(timeout=5)
    assert [False, True] == [thread.is_alive() for thread in threads]
    handler.close()
    written = [parse(line)["message"] for line in stream.getvalue().splitlines()]
    assert ["at once", "by the second thread"] == written


def test_failure_of_the_target_is_counted_there(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    stream.close()
    target = StreamHandler(stream)
    handler = BoundedQueueHandler(target)
    logger = StructuredLogger("train", handler=handler)
    logger.info("hello")
    logger.info("hello")
    handler.close()
    assert (2, 2) == (target.lost, handler.lost)
    assert 1 == capsys.readouterr().err.count("closed file")


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"target": logging.NullHandler()}, TypeError, "such as DurableFileHandler"),
        (
            {"target": StreamHandler(), "capacity": 0},
            ValueError,
            "capacity must be a positive integer",
        ),
        ({"target": StreamHandler(), "when_full": "wait"}, ValueError, "one of 'block', 'drop'"),
    ],
)
def test_option_that_makes_no_sense_is_an_error(
    options: Any, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        BoundedQueueHandler(**options)


def test_dropped_lines_are_not_kept(gate: Gate) -> None:
    handler = BoundedQueueHandler(gate, capacity=1, when_full="drop")
    logger = StructuredLogger("train", handler=handler)
    logger.info("hello")
    gate.reached.wait()
    tracemalloc.start()
    for number in range(300):
        logger.info("x" * 1_000, number=number)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 100_000


def test_level_and_filters_of_the_target_count() -> None:
    stream = io.StringIO()
    target = StreamHandler(stream)
    target.setLevel("WARNING")
    target.addFilter(lambda record: "secret" not in record.msg)
    handler = BoundedQueueHandler(target)
    logger = StructuredLogger("train", handler=handler)
    logger.info("too low")
    logger.warning("secret")
    logger.warning("hello")
    handler.close()
    assert ["hello"] == [parse(line)["message"] for line in stream.getvalue().splitlines()]


def test_target_is_closed_and_its_formatter_kept(tmp_path: Path) -> None:
    target = DurableFileHandler(tmp_path / "run.jsonl")
    target.setFormatter(EcsFormatter())
    handler = BoundedQueueHandler(target)
    StructuredLogger("train", handler=handler).info("hello")
    handler.close()
    assert -1 == target._descriptor
    assert "1.6.0" == parse((tmp_path / "run.jsonl").read_text().strip())["ecs.version"]


class Silent(logging.Formatter):
    """Gives no text."""

    def format(self, *_: object) -> Any:
        return None


@pytest.mark.parametrize(
    "handler_at",
    [
        lambda _: StreamHandler(io.StringIO()),
        DurableFileHandler,
        lambda path: BoundedQueueHandler(DurableFileHandler(path)),
    ],
)
def test_record_whose_formatter_gives_no_text_is_counted(
    handler_at: Callable[[Path], LineHandler], tmp_path: Path
) -> None:
    handler = handler_at(tmp_path / "run.jsonl")
    handler.setFormatter(Silent())
    StructuredLogger("train", handler=handler).info("hello")
    handler.close()
    assert 1 == handler.lost
