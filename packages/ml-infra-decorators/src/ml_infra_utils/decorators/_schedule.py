"""How long to wait before each retry: numbers only, no clock."""

from __future__ import annotations

LONGEST_WAIT = 1e9
"""Seconds (32 years): more than this overflows the sleep of some systems."""


class Schedule:
    """At most `max_attempts` calls, with waits of ``delay * backoff ** n`` between them."""

    __slots__ = ("backoff", "delay", "max_attempts")

    def __init__(self, max_attempts: int, delay: float, backoff: float) -> None:
        self.max_attempts = _at_least_one("max_attempts", max_attempts)
        self.delay = _not_negative("delay", delay)
        self.backoff = _not_negative("backoff", backoff)

    def wait(self, attempt: int) -> float:
        """Return the seconds to wait after attempt number `attempt` (from 1)."""
        try:
            return min(self.delay * self.backoff ** (attempt - 1), LONGEST_WAIT)
        except OverflowError:
            return LONGEST_WAIT if self.delay else 0.0


def _at_least_one(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
    return value


def _not_negative(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not 0 <= value < float("inf"):
        raise ValueError(f"{name} must be finite and not negative, got {value}")
    return float(value)
