"""Lines that a signal handler logs amid another line of the same thread."""

from __future__ import annotations

import io
import itertools
import os
import threading
from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    StructuredLogger,
    read_events,
)
from ml_infra_utils.logging._output.handlers import StreamHandler
from tests.logging.strictly import parse

if TYPE_CHECKING:
    from pathlib import Path


class Interrupted:
    """A function that `handler` interrupts before and after its next call, once it is armed."""

    def __init__(self, function: Callable[..., Any], handler: Callable[[], object]) -> None:
        self.is_armed = True
        self._function = function
        self._handler = handler

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.is_armed:
            return self._function(*args, **kwargs)
        self.is_armed = False
        self._handler()
        result = self._function(*args, **kwargs)
        self._handler()
        return result


MOMENTS = [
    *((os, name) for name in ("write", "open", "close", "fstat", "scandir")),
    (os.path, "lexists"),
]


@pytest.mark.parametrize(("module", "moment"), MOMENTS)
@pytest.mark.parametrize("own", [True, False])
def test_line_amid_another_costs_neither_a_line_nor_a_number(
    module: Any, moment: str, own: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = DurableFileHandler(path, max_bytes=3_000)
    logger = StructuredLogger("train", handler=handler)
    other = DurableFileHandler(path, max_bytes=3_000)
    signals = logger if own else StructuredLogger("signals", handler=other)
    lengths = itertools.cycle([100, 5_000, 300])
    opened: list[int] = []
    real_open = os.open

    def on_signal() -> None:
        signals.info("signal" + "s" * next(lengths))
        # It gets the number of a descriptor that was closed, if one was.
        opened.append(real_open(path.with_name("other"), os.O_RDWR | os.O_CREAT))

    function = Interrupted(getattr(module, moment), on_signal)
    monkeypatch.setattr(module, moment, function)
    for number in range(40):
        function.is_armed = True
        logger.info("x" * (5_000 if number % 10 == 0 else 100))
    monkeypatch.undo()
    for descriptor in opened:
        os.close(descriptor)
    assert 0 == path.with_name("other").stat().st_size
    events = read_events(path)
    assert 40 == sum(event.message[0] == "x" for event in events)
    assert ([], 0, []) == (events.gaps, events.duplicates, events.invalid)
    assert 0 == handler.lost == other.lost


def queue_to_stream() -> tuple[BoundedQueueHandler, io.StringIO]:
    stream = io.StringIO()
    return BoundedQueueHandler(StreamHandler(stream)), stream


def messages(stream: io.StringIO) -> list[str]:
    return sorted(parse(line)["message"] for line in stream.getvalue().splitlines())


def test_line_while_the_thread_starts_starts_no_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    handler, stream = queue_to_stream()
    logger = StructuredLogger("train", handler=handler)
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def starting(thread: threading.Thread) -> None:
        start(thread)
        started.append(thread)
        logger.info("signal")

    monkeypatch.setattr(threading.Thread, "start", starting)
    logger.info("hello")
    handler.close()
    assert 1 == len(started)
    assert ["hello", "signal"] == messages(stream)


def test_line_while_a_logger_is_made_is_no_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    init = StreamHandler.__init__
    function = Interrupted(init, lambda: StructuredLogger("b"))
    monkeypatch.setattr(StreamHandler, "__init__", lambda *args: function(*args))
    StructuredLogger("a", stream=stream).info("hello")
    assert ["hello"] == messages(stream)
