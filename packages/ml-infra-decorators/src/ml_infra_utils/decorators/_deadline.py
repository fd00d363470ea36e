"""The moment at which all retries around a call must be over."""

from __future__ import annotations

from contextvars import ContextVar

from ml_infra_utils.decorators import _clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token

_deadline: ContextVar[float | None] = ContextVar("ml_infra_deadline", default=None)


def deadline() -> float | None:
    """Return the deadline in force, on the scale of the clock, or None."""
    return _deadline.get()


def earliest(timeout: float, now: float) -> float:
    """Return the deadline of a call that has `timeout` seconds, within the one in force."""
    own = now + timeout
    outer = _deadline.get()
    return own if outer is None else min(own, outer)


def enter(moment: float) -> Token[float | None]:
    """Put a deadline in force."""
    return _deadline.set(moment)


def leave(token: Token[float | None]) -> None:
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
    moment = _deadline.get()
    return None if moment is None else max(0.0, moment - _clock.current.now())
