"""Logging where the stack is nearly used up."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Callable, Iterator

import pytest

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    EcsFormatter,
    JsonFormatter,
    StructuredLogger,
    log_ml_event,
)
from ml_infra_utils.logging._output.handlers import StreamHandler
from tests.logging.strictly import parse

if TYPE_CHECKING:
    from pathlib import Path

DEPTHS = range(41)
Call = Callable[[int], object]


def descend(levels: int, call: Callable[[], object]) -> None:
    if levels:
        descend(levels - 1, call)
    else:
        call()


def bottom() -> int:
    """How many levels `descend` may have with room for one call of an empty function."""
    low, high = 0, 2 * sys.getrecursionlimit()
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle, lambda: None):
            low = middle
        else:
            high = middle
    return low


def fits(levels: int, call: Callable[[], object]) -> bool:
    try:
        descend(levels, call)
    except RecursionError:
        return False
    return True


def calls_that_raise(call: Call) -> set[int]:
    """Call with room for 0, 1, 2 and so on further calls; give the rooms that did not do."""
    lowest, raised = bottom(), {*DEPTHS}
    for room in DEPTHS:
        if fits(lowest - room, lambda room=room: call(room)):  # type: ignore[misc] # the default binds
            raised.discard(room)
    return raised


def by_standard_file_handler(path: Path) -> list[int]:
    """The rooms in which the standard library writes a line."""
    logger = logging.Logger("plain")
    handler = logging.FileHandler(path)
    logger.addHandler(handler)
    calls_that_raise(lambda room: logger.info("%d" % room))  # noqa: UP031 # no more calls
    handler.close()
    return [int(line) for line in path.read_text().splitlines()]


def durable(path: Path) -> DurableFileHandler:
    return DurableFileHandler(path)


def ecs(path: Path) -> DurableFileHandler:
    handler = DurableFileHandler(path)
    handler.setFormatter(EcsFormatter())
    return handler


def queued(path: Path) -> BoundedQueueHandler:
    return BoundedQueueHandler(DurableFileHandler(path))


@pytest.fixture(autouse=True)
def _untraced() -> Iterator[None]:
    """Measure no coverage meanwhile: what measures it needs room on the stack, too."""
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)


def rooms(path: Path) -> Iterator[int]:
    for line in path.read_text().splitlines():
        yield int(parse(line)["message"])


@pytest.mark.parametrize("make", [durable, ecs, queued])
@pytest.mark.parametrize("fields", [{}, {"value": object(), "deep": [[[1]]]}])
def test_call_returns_and_its_line_is_written_or_counted_and_said_to_be_lost(
    make: Callable[[Path], Any],
    fields: dict[str, Any],
    path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = make(path)
    logger = StructuredLogger("train", handler=handler)
    raised = calls_that_raise(lambda room: logger.info("%d" % room, **fields))  # noqa: UP031
    handler.close()
    assert raised <= {0, 1}
    found = [*rooms(path)]
    assert len(DEPTHS) == len(raised) + len(found) + logger.lost + handler.lost
    assert [*range(20, 41)] == found[-21:]
    said = capsys.readouterr().err.splitlines()
    assert [logger.lost > 0, handler.lost > 0].count(True) == len(said)
    assert all("(its attribute `lost` counts them): RecursionError" in text for text in said)


def test_line_is_written_where_the_standard_library_writes_one_or_one_call_later(
    path: Path, tmp_path: Path
) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    calls_that_raise(lambda room: logger.info("%d" % room))  # noqa: UP031 # no more calls
    assert min(rooms(path)) <= min(by_standard_file_handler(tmp_path / "plain")) + 1


def test_formatter_needs_one_call_more_than_the_plain_one_at_most(
    path: Path, tmp_path: Path
) -> None:
    logger = logging.Logger("train")
    handler = logging.FileHandler(path)
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    calls_that_raise(lambda room: logger.info("%d" % room))  # noqa: UP031 # no more calls
    handler.close()
    assert min(rooms(path)) <= min(by_standard_file_handler(tmp_path / "plain")) + 1


@pytest.mark.skipif(
    sys.version_info < (3, 10), reason="the stack may grow past its limit while an error passes"
)
def test_line_that_is_cut_short_for_want_of_room_says_so(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    calls_that_raise(lambda room: logger.info("%d" % room, value=object()))  # noqa: UP031
    first = parse(path.read_text().splitlines()[0])
    assert {"...": "left out: RecursionError"} == first["_altered"]


def test_ml_event_needs_two_calls_more(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    raised = calls_that_raise(lambda _: log_ml_event(logger, "tested", "resnet", {"loss": 1.5}))
    assert raised <= {0, 1, 2, 3}


def test_loss_that_could_not_be_said_is_said_with_the_next_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = StreamHandler()
    logger = StructuredLogger("train", handler=handler)
    for losses in (logger._losses, handler.losses):
        losses.count += 1
        losses.unsaid = True
    logger.info("hello")
    logger.info("hello")
    said = capsys.readouterr().err
    assert 1 == said.count("loses records (its attribute `lost` counts them): RecursionError")
    assert 1 == said.count("loses lines (its attribute `lost` counts them): RecursionError")
    assert (1, 1) == (logger.lost, handler.lost)
