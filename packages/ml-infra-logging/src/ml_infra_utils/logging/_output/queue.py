"""Lines that are written by a thread of their own."""

from __future__ import annotations

import atexit
from contextlib import suppress
from numbers import Integral
from queue import Empty, Full, SimpleQueue
from threading import Event, Thread, get_ident, main_thread
from typing import TYPE_CHECKING

from ml_infra_utils.logging._output.forks import at_end
from ml_infra_utils.logging._output.handlers import LineHandler, is_positive
from ml_infra_utils.logging._words import described, listed

if TYPE_CHECKING:
    import logging
    from typing import Any

POLICIES = ("block", "drop")
# Seconds between two looks for room, at most.
ROOM_PATIENCE = 0.1


class BoundedQueueHandler(LineHandler):
    """Have another handler of this package write in a thread of its own.

    A record becomes a line where it is logged, so that it says what was true then; only the writing
    waits. The queue is written to its end when the interpreter shuts down. A forked child has a
    queue and a thread of its own.

    Parameters
    ----------
    target : DurableFileHandler or another LineHandler
        What writes the lines; its level and its filters count.
    capacity : int, default 10_000
        How many lines may wait.
    when_full : {"block", "drop"}, default "block"
        What to do with a line when so many wait: have the caller wait too, or drop and count it.
        Dropped lines are counted in `lost`, reported on standard error, at most once a minute, and
        their numbers are missing in the file.

    Raises
    ------
    TypeError
        If the target is no LineHandler.
    ValueError
        If the capacity is not positive or the policy is unknown.

    Examples
    --------
    >>> import tempfile
    >>> from ml_infra_utils.logging import BoundedQueueHandler, DurableFileHandler
    >>> from ml_infra_utils.logging import StructuredLogger, read_events
    >>> path = tempfile.mkdtemp() + "/run.jsonl"
    >>> handler = BoundedQueueHandler(DurableFileHandler(path))
    >>> StructuredLogger("requests", handler=handler).info("served", seconds=0.02)
    >>> handler.flush()
    >>> len(list(read_events(path)))
    1
    """

    def __init__(
        self, target: LineHandler, *, capacity: int = 10_000, when_full: str = "block"
    ) -> None:
        if not isinstance(target, LineHandler):
            raise TypeError(
                "target must be a handler of this package, such as DurableFileHandler, "
                f"got {described(target)}"
            )
        if not is_positive(capacity, Integral):
            raise ValueError(f"capacity must be a positive integer, got {described(capacity)}")
        if when_full not in POLICIES:
            raise ValueError(
                f"when_full must be one of {listed(POLICIES)}, got {described(when_full)}"
            )
        super().__init__()
        self.setFormatter(None)
        self.target: LineHandler = target
        self._capacity = capacity
        self._blocks = when_full == "block"
        self._stops = False
        self._ends = False
        self._dropped = 0
        self._thread: Thread | None = None

    @property
    def lost(self) -> int:
        """Lines that did not come into the queue, and those that the target could not write."""
        return self.losses.count + self.target.lost

    def filter(self, record: logging.LogRecord) -> Any:
        """Tell whether to write a record: as the target would, too."""
        kept: Any = super().filter(record)
        if not kept or record.levelno < self.target.level:
            return False
        # From Python 3.12 on, a filter may give another record.
        kept = record if kept is True else kept
        found: Any = self.target.filter(kept)
        return kept if found is True else found

    def format(self, record: logging.LogRecord) -> str:
        """Give the line of a record, as the target's formatter does unless there is an own one."""
        return self.target.format(record) if self.formatter is None else super().format(record)

    def handle(self, record: logging.LogRecord) -> bool:
        """Have the line of a record written."""
        if self._thread is None or get_ident() != self._thread.ident:
            return super().handle(record)
        # A `__del__` that logs while lines are written. Who has the lock may wait for room.
        kept = self.filter(record)
        if not kept:
            return False
        try:
            # Since Python 3.12 a filter may give another record.
            self._pass_on(self.format(record if kept is True else kept))
        except Exception as error:
            self.losses.add(self, error)
        return True

    def write(self, line: str) -> None:
        """Put a line into the queue."""
        while not self._stops and self._is_running() and self._lines.qsize() >= self._capacity:
            if not self._blocks:
                self._dropped += 1
                raise Full(f"{self._capacity} lines wait already")
            with suppress(Empty):
                # In a child that is forked meanwhile nothing will come.
                self._room.get(timeout=ROOM_PATIENCE)
        dropped, self._dropped = self._dropped, 0
        if self._thread is None:
            self._pass_on(line, dropped)
        else:
            self._lines.put((line, dropped))
        if self._stops:
            self._stop()

    def flush(self) -> None:
        """Wait until all lines are written."""
        written = Event()
        self.acquire()
        try:
            if self._thread is None or self._thread.ident == get_ident():
                written.set()
            else:
                self._lines.put(written)
        finally:
            self.release()
        written.wait()
        self.target.flush()

    def close(self) -> None:
        """Write all lines, stop the thread and close the target.

        A later line, as after a `dictConfig`, which closes all handlers, starts them anew.
        """
        # With the lock, so that no line comes behind the end.
        self.acquire()
        try:
            if self._is_amid_a_line():
                # A signal handler closes it amid a line, which will do the rest.
                self._stops = True
                self.flush()
            else:
                self._stop()
        finally:
            self.release()
        super().close()

    def arguments(self) -> dict[str, object]:
        """Give the arguments that make a handler like this one."""
        policy = "block" if self._blocks else "drop"
        return {"target": self.target, "capacity": self._capacity, "when_full": policy}

    def start_over(self) -> None:
        """Begin anew in a forked child: the thread and what waits for it are the parent's."""
        super().start_over()
        self._dropped = 0
        self._stops = False
        self._thread = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} before {self.target}>"

    def _is_running(self) -> bool:
        if self._thread is None:
            if self._ends or not main_thread().is_alive():
                # The interpreter shuts down, and would not wait for a thread.
                return False
            # Not Queue: only these may be used again by what interrupts them.
            lines: SimpleQueue[tuple[str, int] | Event | None] = SimpleQueue()
            # Has something if there may be room again.
            room: SimpleQueue[None] = SimpleQueue()
            queues = (lines, room)
            thread = Thread(target=self._work, args=queues, name="ml-infra-logging", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter shuts down, or the stack is full
                lines.put(None)  # it may run nevertheless
                return False
            self._lines, self._room, self._thread = lines, room, thread
            # `logging` does not close a handler a second time.
            at_end(self._end)
        return True

    def _end(self) -> None:
        self._ends = True
        self.close()

    def _stop(self) -> None:
        self._stops = False
        atexit.unregister(self._end)
        if self._thread is not None:
            self._lines.put(None)
            self._thread.join()
            self._thread = None
        dropped, self._dropped = self._dropped, 0
        self.target.acquire()
        try:
            self.target.skip(dropped)
        finally:
            self.target.release()
        self.target.close()

    def _work(
        self, lines: SimpleQueue[tuple[str, int] | Event | None], room: SimpleQueue[None]
    ) -> None:
        while True:
            item = lines.get()
            if room.empty():
                room.put(None)
            if item is None:
                return
            if isinstance(item, Event):
                item.set()
            else:
                self._pass_on(*item)

    def _pass_on(self, line: str, dropped: int = 0) -> None:
        self.target.acquire()
        try:
            self.target.deliver(line, dropped)
        finally:
            self.target.release()
