"""What a forked child does anew, before it does anything else."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import ExitStack
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from typing import Callable, Protocol

    class StartsOver(Protocol):
        """What is to be told of a fork."""

        def start_over(self) -> None:
            """Give up what belongs to the parent."""


_watched: WeakSet[StartsOver] = WeakSet()


def start_over_after_forks(what: StartsOver) -> None:
    """Have `start_over` called in each child that is forked from now on."""
    _watched.add(what)
    _register()


@lru_cache(maxsize=None)
def _register() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_start_all_over)


def _start_all_over() -> None:
    # One that fails keeps no other from it.
    with ExitStack() as stack:
        for what in list(_watched):
            stack.callback(what.start_over)


def at_end(call: Callable[[], object]) -> None:
    """Have something called when this process ends, unless it is killed."""
    atexit.register(call)
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize

        # A child of multiprocessing ends without what `atexit` was given.
        Finalize(None, call, exitpriority=0)


class SetupLock:
    """A lock for what sets up logging; a child does not wait for a thread of its parent."""

    def __init__(self) -> None:
        self._lock = RLock()

    def start_over(self) -> None:
        """Make another lock: nobody would give this one back."""
        self._lock = RLock()

    def __enter__(self) -> None:
        start_over_after_forks(self)
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


setup_lock = SetupLock()
