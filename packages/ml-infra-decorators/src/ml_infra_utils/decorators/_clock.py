"""The one place where time passes, so that tests can replace it."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Protocol

    class Clock(Protocol):
        """What the decorators need of time."""

        skips_waits: bool  # so that they take no time even on this clock

        def now(self) -> float:
            """Return seconds that only ever grow."""
            raise NotImplementedError

        def sleep(self, seconds: float) -> None:
            """Block the thread."""

        async def sleep_async(self, seconds: float) -> None:
            """Suspend the task."""


class Wait(float):
    """The seconds of a wait, with the name of what waits."""

    name: str = ""


class SystemClock:
    """The time of this machine: monotonic, never the wall clock."""

    skips_waits = False
    now: Callable[[], float] = staticmethod(time.perf_counter)

    def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Suspend the task, under asyncio or Trio."""
        trio = running_trio()
        if trio is not None:
            await trio.sleep(seconds)
        else:
            import asyncio

            await asyncio.sleep(seconds)


def is_in_event_loop() -> bool:
    """Tell whether this thread runs an event loop, of asyncio or Trio, right now."""
    asyncio: Any = sys.modules.get("asyncio")
    is_in_asyncio = asyncio is not None and asyncio._get_running_loop() is not None
    return is_in_asyncio or running_trio() is not None


def blocks_event_loop() -> bool:
    """Tell whether a wait of this thread would keep an event loop from running.

    In a notebook every cell runs in an event loop, which has nothing else to do.
    """
    is_real = type(current) is SystemClock
    return is_real and "ipykernel" not in sys.modules and is_in_event_loop()


class TaskClock(SystemClock):
    """The time of the event loop that runs the current task, which may be a simulated one."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now


def of_task() -> Clock:
    """Return the clock of the current task."""
    if type(current) is not SystemClock:
        return current
    trio = running_trio()
    if trio is not None:
        return TaskClock(trio.current_time)
    asyncio: Any = sys.modules.get("asyncio")
    loop = None if asyncio is None else asyncio._get_running_loop()
    return current if loop is None else TaskClock(loop.time)


def running_trio() -> Any:
    """Return the module if the current task is one of Trio.

    Under trio-asyncio the task of asyncio that runs within one of Trio is the current one.
    """
    trio = sys.modules.get("trio")
    if trio is None:
        return None
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() and asyncio.current_task():
        return None
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        return None
    return trio


current: Clock = SystemClock()
