"""Test code that retries, without waiting, and see what a policy does before it runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ml_infra_utils.decorators import _clock
from ml_infra_utils.decorators._simulation import Simulation, Step, simulate
from ml_infra_utils.decorators._virtual_clock import VirtualClock

if TYPE_CHECKING:
    from typing import Iterator

__all__ = ["Simulation", "Step", "VirtualClock", "no_waits", "simulate"]


class _NoWaits(_clock.SystemClock):
    """The real clock, with waits that end at once and are written down."""

    skips_waits = True

    def __init__(self) -> None:
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep_async(0)


@contextmanager
def no_waits() -> Iterator[list[float]]:
    """Skip the waits of every retry in the process, for tests of code that retries.

    Everything else stays as it is: attempts, lines, exceptions, and deadlines on the real clock.
    For pytest there is a fixture of the same name.

    Yields
    ------
    list of float
        The seconds of each wait that was skipped.

    Examples
    --------
    >>> from ml_infra_utils.decorators import retry
    >>> @retry(max_attempts=3, delay=60, output=None)
    ... def load():
    ...     raise ConnectionError
    >>> with no_waits() as waits:
    ...     try:
    ...         load()
    ...     except ConnectionError:
    ...         print(waits)
    [60.0, 120.0]
    """
    clock = _NoWaits()
    before, _clock.current = _clock.current, clock
    try:
        yield clock.waits
    finally:
        _clock.current = before
