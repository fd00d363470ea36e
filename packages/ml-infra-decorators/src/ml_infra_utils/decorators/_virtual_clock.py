"""Time that passes only when it is told to, or when all wait for it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING
from weakref import WeakSet

from ml_infra_utils.decorators import _clock
from ml_infra_utils.decorators._checks import seconds as checked_seconds

if TYPE_CHECKING:
    from datetime import timedelta
    from types import TracebackType
    from typing import Any, Callable, Tuple

    Place = Tuple[int, int, str]  # of a thread: frame, instruction, module

_pause = time.sleep  # of the machine, also while another stands in its place
ENDLESS = 10_000
"""After so many waits of no time in a row, an end that only time could bring will never come."""

POLL, STILL, STUCK = 0.001, 5, 200
"""Real seconds between looks at other threads, and how many looks find one still that waits for
others, and one that may only not have been given the processor."""

WAITING = ("concurrent.futures", "multiprocessing", "queue", "selectors", "socket", "threading")
"""The modules in which threads wait for others."""


class VirtualClock:
    """A clock that stands still except for the waits, which take no time in the world.

    As a context manager it is the clock of all retries and timers of the process, so that
    schedules, deadlines and durations come out exact. With several tasks or threads it jumps to
    the end of the wait that is over first, as soon as all others wait too: tasks that no event
    loop would run now, and threads that have not moved for 5 milliseconds in a wait of the
    standard library, or for 200 elsewhere. Threads that were there before are left alone.

    Parameters
    ----------
    patch : bool
        Let ``time.monotonic``, ``time.sleep`` and the time of asyncio's event loops (so
        ``asyncio.sleep``, ``asyncio.timeout``, ``call_later``) follow this clock too, within the
        ``with`` block. ``time.time`` and the timeouts of locks and queues stay as they are.

    Attributes
    ----------
    waits : list of float
        The seconds of each wait so far; each has a ``name``, which is that of what waited.

    Examples
    --------
    >>> from ml_infra_utils.decorators import retry
    >>> from ml_infra_utils.decorators.testing import VirtualClock
    >>> @retry(max_attempts=5, timeout=60, delay=10, output=None)
    ... def load():
    ...     clock.advance(5)
    ...     raise ConnectionError
    >>> with VirtualClock() as clock:
    ...     try:
    ...         load()
    ...     except ConnectionError:
    ...         print(clock.waits, clock.waits[0].name, clock.now())
    [10.0, 20.0] load 45.0
    """

    skips_waits = False

    def __init__(self, *, patch: bool = False) -> None:
        self.waits: list[float] = []
        self._patch = patch
        self._unpatch: list[Callable[[], None]] = []
        self._now = 0.0
        self._stood_still = 0  # waits in a row
        self._before: list[_clock.Clock] = []
        self._lock = threading.RLock()  # a signal handler may wait in the middle of a wait
        self._sleepers: list[_Sleeper] = []
        self._watched: set[Any] = set()  # event loops
        self._strangers = set(threading.enumerate()) - {threading.current_thread()}
        _all.add(self)

    def now(self) -> float:
        """Return the seconds since this clock was made."""
        return self._now

    def advance(self, seconds: float | timedelta) -> None:
        """Let time pass, as work does.

        Raises
        ------
        TypeError, ValueError
            If `seconds` is no number, negative or not finite.
        """
        passed = checked_seconds("seconds", seconds)
        with self._lock:
            self._now += passed
            self._stood_still = 0

    def sleep(self, seconds: float) -> None:
        """Let the time of a wait pass, once all other threads wait too."""
        sleeper, others = self._lie_down(seconds), _Others()
        try:
            while not (others.are_still(self._awake()) and self._rises(sleeper)):
                _pause(POLL)
        finally:
            self._get_up(sleeper)

    async def sleep_async(self, seconds: float) -> None:
        """Let the time of a wait pass, once all other tasks and threads wait too."""
        sleeper = self._lie_down(seconds)
        try:
            if _clock.running_trio() is not None:
                testing: Any = import_module("trio.testing")
                sleeper.loop = import_module("trio.lowlevel").current_trio_token()
                others = _Others()
                await testing.wait_all_tasks_blocked()
                while not (others.are_still(self._awake()) and self._rises(sleeper)):
                    await testing.wait_all_tasks_blocked()
            elif self._unpatch:
                self._get_up(sleeper)  # the event loop waits for all of its tasks
                await asyncio.sleep(seconds)
            else:
                loop: Any = asyncio.get_running_loop()
                if not hasattr(loop, "_ready"):
                    kind = f"{type(loop).__module__}.{type(loop).__qualname__}"
                    raise RuntimeError(f"the event loop must be one of asyncio, got {kind}")
                sleeper.loop, sleeper.future = loop, loop.create_future()
                if loop not in self._watched:
                    self._watched.add(loop)
                    loop.call_soon(self._jump, loop, _Others())
                await sleeper.future
        finally:
            self._get_up(sleeper)

    def _jump(self, loop: Any, others: _Others) -> None:
        """Wake who is to wake first, if the event loop would run nothing else now."""
        if not any(each.loop is loop for each in self._sleepers):
            self._watched.discard(loop)
            return
        if not loop._ready and others.are_still(self._awake()):
            first = min(self._able())
            if first.loop is loop and self._rises(first) and not first.future.done():
                first.future.set_result(None)
            elif first.loop is not loop:
                _pause(POLL)
        loop.call_soon(self._jump, loop, others)

    def _lie_down(self, seconds: float) -> _Sleeper:
        with self._lock:
            self._stood_still = 0 if seconds else self._stood_still + 1
            if self._stood_still > ENDLESS:
                raise RuntimeError(
                    f"{ENDLESS:,} waits of 0 seconds: time does not pass in a VirtualClock by "
                    "itself; give a delay or max_attempts, or call advance()"
                )
            self.waits.append(seconds)
            sleeper = _Sleeper(self._now + seconds, len(self.waits))
            self._sleepers.append(sleeper)
        return sleeper

    def _rises(self, sleeper: _Sleeper) -> bool:
        """Let time pass up to the end of this wait, if no other is over earlier."""
        with self._lock:
            if min(self._able()) is not sleeper:
                return False
            self._sleepers.remove(sleeper)
            self._now = max(self._now, sleeper.end)
        return True

    def _able(self) -> list[_Sleeper]:
        """Return who can wake: of each thread the last to lie down, with all of its event loop.

        The others of that thread have to wait for what interrupted them: a signal handler, a
        destructor, or a task that blocks their event loop.
        """
        last = {sleeper.thread: sleeper for sleeper in self._sleepers}
        return [
            sleeper
            for sleeper in self._sleepers
            if sleeper is last[sleeper.thread]
            or (sleeper.loop is not None and sleeper.loop is last[sleeper.thread].loop)
        ]

    def _get_up(self, sleeper: _Sleeper) -> None:
        with self._lock:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    def _awake(self) -> dict[int | None, Place]:
        """Return where the threads are that do not wait for this clock."""
        asleep = {sleeper.thread for sleeper in self._sleepers}
        ours = {each.ident for each in threading.enumerate() if each not in self._strangers}
        awake = ours - asleep
        if not awake:
            return {}
        places: dict[int | None, Place] = {
            ident: (id(frame), frame.f_lasti, frame.f_globals.get("__name__", ""))
            for ident, frame in sys._current_frames().items()
            if ident in awake
        }
        if len(places) < len(awake):  # a thread that is starting has no frame yet
            places[None] = (time.perf_counter_ns(), 0, "")
        return places

    def go_on_in_child(self) -> None:
        """Forget the threads that a forked process does not have, and the lock that one held."""
        self._lock = threading.RLock()
        self._sleepers = [each for each in self._sleepers if each.thread == threading.get_ident()]

    def __enter__(self) -> VirtualClock:
        self._before.append(_clock.current)
        _clock.current = self
        if self._patch:
            self._unpatch.append(self._stand_in())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _clock.current = self._before.pop()
        if self._unpatch:
            self._unpatch.pop()()

    def _stand_in(self) -> Callable[[], None]:
        """Put this clock in the place of that of the machine; return what takes that back."""
        event_loop: Any = asyncio.BaseEventLoop
        machine = time.monotonic, time.sleep, event_loop._run_once

        def is_ours() -> bool:
            return threading.current_thread() not in self._strangers

        def run_once(loop: Any) -> None:
            if is_ours():
                self._wait_for(loop)
            machine[2](loop)

        def take_back() -> None:
            time.monotonic, time.sleep, event_loop._run_once = machine

        time.monotonic = lambda: self._now if is_ours() else machine[0]()
        time.sleep = lambda wait: self.sleep(float(wait)) if is_ours() else machine[1](wait)
        event_loop._run_once = run_once
        return take_back

    def _wait_for(self, loop: Any) -> None:
        """Let time pass up to the next timer of an event loop that has nothing else to do."""
        timers = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        if loop._ready or loop._stopping or not timers:
            return
        with self._lock:
            sleeper = _Sleeper(min(timers), len(self.waits))
            self._sleepers.append(sleeper)
        others = _Others()
        try:
            while not loop._ready:
                events = loop._selector.select(0)
                if events:
                    loop._process_events(events)
                elif others.are_still(self._awake()) and self._rises(sleeper):
                    break
                else:
                    _pause(POLL)
        finally:
            self._get_up(sleeper)


class _Sleeper:
    """Who waits, and until when; the first to wake is the least."""

    def __init__(self, end: float, number: int) -> None:
        self.end = end
        self.number = number
        self.thread = threading.get_ident()
        self.future: Any = None
        self.loop: Any = None  # or what stands for that of Trio; None if it blocks its thread

    def __lt__(self, other: _Sleeper) -> bool:
        return (self.end, self.number) < (other.end, other.number)


def _go_on_in_child() -> None:
    for clock in list(_all):
        clock.go_on_in_child()


_all: WeakSet[VirtualClock] = WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_go_on_in_child)


class _Others:
    """Looks at the other threads, again and again, until none of them moves any more."""

    def __init__(self) -> None:
        self._places: dict[int | None, Place] = {}
        self._looks = 0

    def are_still(self, places: dict[int | None, Place]) -> bool:
        self._looks = self._looks + 1 if places == self._places else 0
        self._places = places
        wait = all(module.startswith(WAITING) for _, _, module in places.values())
        return not places or self._looks >= (STILL if wait else STUCK)
