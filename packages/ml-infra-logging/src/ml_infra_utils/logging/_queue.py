"""Lines that are written by a thread of their own."""

from __future__ import annotations

import sys
from queue import Full, Queue
from threading import Thread, get_ident
from typing import TYPE_CHECKING

from ml_infra_utils.logging._forks import start_over_after_forks
from ml_infra_utils.logging._handlers import LineHandler

if TYPE_CHECKING:
    import logging
    from typing import Any

POLICIES = ("block", "drop")


class BoundedQueueHandler(LineHandler):
    """Have another handler of this package write in a thread of its own.

    A record becomes a line where it is logged, so that it says what was true then; only the writing
    waits. The queue is written to its end when the interpreter shuts down. A forked child has a
    queue and a thread of its own.

    Parameters
    ----------
    target : DurableFileHandler or another LineHandler
        What writes the lines.
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
                f"target is a handler of this package, such as DurableFileHandler, not {target!r}"
            )
        if not capacity > 0:
            raise ValueError(f"capacity is a positive number, not {capacity!r}")
        if when_full not in POLICIES:
            raise ValueError(f"when_full is one of {', '.join(POLICIES)}, not {when_full!r}")
        super().__init__()
        self.setFormatter(None)
        self.target: LineHandler = target
        self._capacity = capacity
        self._blocks = when_full == "block"
        self._closed = False
        self._skipped = 0
        # Threads that are amid what a signal handler must not do again: it would wait for a lock
        # that its own thread has.
        self._busy: set[int] = set()
        self._queue: Queue[str | None] = Queue(capacity)
        self._thread: Thread | None = None
        start_over_after_forks(self)

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

    def write(self, line: str) -> None:
        """Put a line into the queue."""
        caller = get_ident()
        if self._closed or caller in self._busy:
            self._deliver(line)
            return
        self._busy.add(caller)
        try:
            if self._is_running():
                self._queue.put(line, block=self._blocks)
            else:
                self._deliver(line)
        except Full:
            raise Full(f"{self._capacity} lines wait already") from None
        finally:
            self._busy.discard(caller)

    def flush(self) -> None:
        """Wait until all lines are written."""
        caller = get_ident()
        if self._thread is not None and caller not in self._busy:
            self._busy.add(caller)
            try:
                self._queue.join()
            finally:
                self._busy.discard(caller)
        self.target.flush()

    def close(self) -> None:
        """Write all lines, stop the thread, close the target; a later line is written at once."""
        # With the lock, so that no line comes behind the end.
        self.acquire()
        try:
            self._closed = True
            if self._thread is not None:
                self._queue.put(None)
                self._thread.join()
                self._thread = None
            self._skip_lost()
            self.target.close()
        finally:
            self.release()
        super().close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} before {self.target}>"

    def start_over(self) -> None:
        """Begin anew in a forked child: the thread and what waits for it are the parent's."""
        self._skipped = self.losses.count
        self._busy = set()
        self._queue = Queue(self._capacity)
        self._thread = None

    def _is_running(self) -> bool:
        if self._thread is None:
            thread = Thread(target=self._work, name="ml-infra-logging", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter shuts down
                return False
            self._thread = thread
            process = sys.modules.get("multiprocessing.process")
            if process is not None and process.parent_process() is not None:
                from multiprocessing.util import Finalize

                # A child of multiprocessing may end without what `atexit` was given.
                Finalize(None, self.close, exitpriority=0)
        return True

    def _work(self) -> None:
        queue = self._queue
        while True:
            line = queue.get()
            if line is not None:
                self._deliver(line)
            queue.task_done()
            if line is None:
                return

    def _deliver(self, line: str) -> None:
        target = self.target
        target.acquire()
        try:
            self._skip_lost()
            target.write(line)
        except Exception as error:
            target.losses.add(target, error)
        finally:
            target.release()

    def _skip_lost(self) -> None:
        """Have the target leave out the numbers of lines that did not come to it."""
        lost = self.losses.count
        if lost > self._skipped:
            self.target.skip(lost - self._skipped)
            self._skipped = lost
