"""How far a loop is: a bar on a terminal or in a notebook, and events in the log."""

from __future__ import annotations

import sys
import time
from numbers import Integral
from operator import length_hint
from typing import TYPE_CHECKING, Iterable, Iterator, TypeVar

from ml_infra_utils.logging._line.console import bar, is_terminal
from ml_infra_utils.logging._output.bar import Bar
from ml_infra_utils.logging._output.handlers import is_positive
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Callable

    # Told how many items are done, of how many if that is known, and in how many seconds.
    Report = Callable[[int, "int | None", float], object]

Item = TypeVar("Item")
# Seconds between two times that the bar is drawn.
REDRAWN = 0.1


def checked_interval(every: float) -> float:
    """Give the seconds between two events; an error if they are none."""
    if not is_positive(every):
        raise ValueError(f"every must be a positive number of seconds, got {described(every)}")
    return every


def checked_total(total: int | None, items: Iterable[object]) -> int | None:
    """Give how many items there are, if anybody knows; an error if it can be no number of them."""
    if total is None:
        known = length_hint(items, -1)
        return None if known < 0 else known
    if not (total == 0 or is_positive(total, Integral)):
        raise ValueError(f"total must be a number of items or None, got {described(total)}")
    return int(total)


def tracked(
    items: Iterable[Item], total: int | None, every: float, report: Report
) -> Iterator[Item]:
    """Give the items, report how far it is each so many seconds and at the end, and show it."""
    started = reported = drawn = time.monotonic()
    done, told = 0, -1
    try:
        for item in items:
            yield item
            done += 1
            now = time.monotonic()
            if now - drawn >= REDRAWN and is_terminal(sys.stderr):
                drawn = now
                Bar.draw(_text(done, total, now - started))
            if now - reported >= every:
                reported, told = now, done
                report(done, total, now - started)
    finally:
        if drawn > started:
            Bar.wipe()
        if told != done:
            report(done, total, time.monotonic() - started)


def _text(done: int, total: int | None, seconds: float) -> str:
    rate = f"{done / seconds:8.3g}/s" if seconds > 0 else ""
    if not total:
        return f"{done:,} {rate}"
    return bar(done / total, f"{100 * done // total:3}% {done:,}/{total:,} {rate}")
