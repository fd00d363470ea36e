"""Time that passes only when it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.decorators import _clock

if TYPE_CHECKING:
    from types import TracebackType


class VirtualClock:
    """A clock that stands still except for the waits, which take no time in the world.

    As a context manager it is the clock of all retries and timers of the process, so that
    schedules, deadlines and durations come out exact. It is for one flow of control: the
    waits of threads or tasks that overlap would be added up.

    Attributes
    ----------
    waits : list of float
        The seconds of each wait so far.

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
    ...         print(clock.waits, clock.now())
    [10.0, 20.0] 45.0
    """

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._now = 0.0
        self._before: list[_clock.Clock] = []

    def now(self) -> float:
        """Return the seconds since this clock was made."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass, as work does."""
        self._now += seconds

    def sleep(self, seconds: float) -> None:
        """Let the time of a wait pass at once."""
        self.waits.append(seconds)
        self._now += seconds

    async def sleep_async(self, seconds: float) -> None:
        """Let the time of a wait pass at once, and other tasks run once."""
        self.sleep(seconds)
        await _clock.SystemClock().sleep_async(0)

    def __enter__(self) -> VirtualClock:
        self._before.append(_clock.current)
        _clock.current = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _clock.current = self._before.pop()
