"""The moment at which all retries around a call must be over."""

from __future__ import annotations

# As contextvars and weakref have them, which take longer to import than all of this.
from _contextvars import ContextVar
from _weakref import ref

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from contextvars import Token

    from ml_infra_utils.decorators._clock import Clock


class Deadline:
    """A moment on the clock of a call, within the deadline of the call around it.

    It belongs to its call: what outlives that, such as a task that was started in it, still has it
    in its context, but is not bound by it. Nor is anybody once the call is gone without having
    ended it, because a signal handler raised while it began or ended.
    """

    __slots__ = ("_call", "_clock", "_moment", "_outer", "is_over")

    def __init__(self, seconds: float, clock: Clock, outer: Deadline | None, call: object) -> None:
        self._call = ref(call)
        self._clock = clock
        self._moment = clock.now() + seconds
        self._outer = outer
        self.is_over = False

    def left(self) -> float | None:
        """Return the seconds left, below 0 after the deadline; None if it binds nobody any more."""
        outer = None if self._outer is None else self._outer.left()
        if self.is_over or self._call() is None:
            return outer
        own = self._moment - self._clock.now()
        return own if outer is None else min(own, outer)

    def move(self, clock: Clock, shift: float) -> None:
        """Go on by another clock, which is ahead of the one before by `shift` seconds."""
        self._clock, self._moment = clock, self._moment + shift


_deadline: ContextVar[Deadline | None] = ContextVar("ml_infra_deadline", default=None)


def deadline() -> Deadline | None:
    """Return the deadline in force, or None."""
    found = _deadline.get()
    return None if found is None or found.left() is None else found


def enter(found: Deadline) -> Token[Deadline | None]:
    """Put a deadline in force."""
    return _deadline.set(found)


def leave(token: Token[Deadline | None]) -> None:
    """Put the deadline before it in force again."""
    try:
        _deadline.reset(token)
    except ValueError:
        # A coroutine that the garbage collector closes ends in another context, where
        # this deadline was never in force.
        return


def remaining() -> float | None:
    """Return the seconds left to the call that is being retried, for its own timeouts.

    Returns
    -------
    float or None
        Seconds until the nearest deadline of a ``timeout=`` around this call; None if there
        is no deadline, as HTTP clients and sockets take it. After the deadline it is 0.0,
        which most of them refuse at once.

    Examples
    --------
    >>> from ml_infra_utils.decorators import remaining, retry
    >>> @retry(timeout=30)
    ... def fetch():
    ...     return remaining()  # requests.get(url, timeout=remaining())
    >>> 29 < fetch() <= 30
    True
    >>> print(remaining())
    None
    """
    found = _deadline.get()
    left = None if found is None else found.left()
    return None if left is None else max(0.0, left)
