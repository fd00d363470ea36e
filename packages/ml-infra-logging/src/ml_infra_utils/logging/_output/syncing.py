"""When lines are forced to the disk."""

from __future__ import annotations

import os
import time
from threading import TIMEOUT_MAX, Timer
from typing import TYPE_CHECKING
from weakref import ref

from ml_infra_utils.logging._failures import Failures
from ml_infra_utils.logging._output.handlers import LineHandler, is_positive
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Union

    Fsync = Union[str, float]


class Syncing:
    """Force the lines of a handler to the disk, at once or before they have waited too long.

    Parameters
    ----------
    when : {"never", "always"} or float
        As for `DurableFileHandler`.
    handler : LineHandler
        What is flushed when the time has come; it is not kept alive.

    Attributes
    ----------
    failures : Failures
        How often that could not be done.
    """

    def __init__(self, when: Fsync, handler: LineHandler) -> None:
        if not (when in ("never", "always") or is_positive(when)):
            raise ValueError(
                f"fsync must be 'never', 'always' or a number of seconds, got {described(when)}"
            )
        self.when = when
        self.failures = Failures("cannot force lines to the disk (see `unsynced`)")
        self._handler = ref(handler)
        self._timer: Timer | None = None
        self._done = time.monotonic()

    def written(self, descriptor: int) -> None:
        """Take note of a line: force it to the disk now, or have that done in time."""
        if self.when == "never":
            return
        left = 0.0
        if self.when != "always":
            left = float(self.when) - (time.monotonic() - self._done)
        if left <= 0:
            self.now(descriptor)
        elif self._timer is None:
            self._timer = Timer(min(left, TIMEOUT_MAX), _flush, [self._handler])
            self._timer.daemon = True
            try:
                self._timer.start()
            except RuntimeError:
                # No thread can be started when the interpreter ends, and in WebAssembly.
                self._timer = None
                self.now(descriptor)

    def now(self, descriptor: int) -> None:
        """Force all lines to the disk, unless that is never wanted."""
        if self.when == "never":
            return
        self._done = time.monotonic()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            os.fsync(descriptor)
        except OSError as error:
            self.failures.add(self._handler(), error)

    def start_over(self) -> None:
        """Begin anew in a forked child, which does not have the thread."""
        self._timer = None


def _flush(handler: ref[LineHandler]) -> None:
    found = handler()
    if found is not None:
        found.flush()
