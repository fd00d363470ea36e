"""The lock that keeps other writers of a file out, for a while at most."""

from __future__ import annotations

import sys
import time
from threading import get_ident
from typing import TYPE_CHECKING

from ml_infra_utils.logging._failures import Failures
from ml_infra_utils.logging._output.handlers import is_running

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from types import FrameType
    from typing import Callable, TypeVar

    Result = TypeVar("Result")

# Seconds for another process to give up the lock, unless it is stopped.
LOCK_PATIENCE = 5.0
# The calls that have or wait for the lock of a file, of whichever of its handlers, by thread.
_locking: dict[tuple[int, tuple[int, int]], FrameType] = {}


class FileLock:
    """The lock of the file that a handler writes; `who` names the handler where it fails."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._is_stuck = False
        self._failures = Failures("goes on without the lock")

    def held(
        self, descriptor: int, identity: tuple[int, int], work: Callable[[bool], Result]
    ) -> Result:
        """Do something while other writers are kept out; it is told whether they are.

        They are not if one of them is stopped amid a line, be it in this thread: another handler of
        the file, amid a line of which a signal handler logs.
        """
        if sys.platform == "win32":
            return work(True)
        key = get_ident(), identity
        if is_running(_locking.get(key)):
            return work(False)
        # First: a signal handler may log while this waits.
        _locking[key] = sys._getframe()
        try:
            try:
                return work(self._is_taken(descriptor))
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            _locking.pop(key, None)

    def start_over(self) -> None:
        """Forget the calls of threads that a forked child does not have."""
        _locking.clear()

    def _is_taken(self, descriptor: int) -> bool:
        """Take the lock, unless another process keeps it for too long."""
        deadline = time.monotonic() + LOCK_PATIENCE
        while not _takes_lock(descriptor):
            if self._is_stuck or time.monotonic() > deadline:
                self._is_stuck = True
                self._failures.add(self._who, TimeoutError("another process keeps it"))
                return False
            time.sleep(0.0005)
        self._is_stuck = False
        return True


def _takes_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
