"""Where a circuit breaker stands, worked out from what happened, one thing after the other."""

from __future__ import annotations

from copy import copy
from math import floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal, Sequence, Tuple, Union

    Position = Literal["closed", "open", "half-open"]
    Change = Tuple[Position, Position, int, int]  # from, to, failures, of how many attempts
    Entry = Union["Request", "Outcome"]

SLOTS = 10
"""The window moves by a tenth of itself, and what is kept does not grow with the calls."""


class Request:
    """A wish to make an attempt. What came before it decides, so that all who ask agree."""

    __slots__ = ("change", "is_admitted", "now")

    def __init__(self, now: float) -> None:
        self.now = now
        self.is_admitted = False
        self.change: Change | None = None


class Outcome:
    """The end of an attempt that was admitted; None says nothing about the backend."""

    __slots__ = ("change", "has_failed", "now")

    def __init__(self, now: float, has_failed: bool | None) -> None:
        self.now = now
        self.has_failed = has_failed
        self.change: Change | None = None


class Circuit:
    """The limits of a breaker, and what it has counted; one that was handed out never changes."""

    def __init__(
        self, failure_rate: float, window: float, min_calls: int, cooldown: float, trials: int
    ) -> None:
        self.failure_rate = failure_rate
        self.window = window
        self.min_calls = min_calls
        self.cooldown = cooldown
        self.trials = trials
        self.opened: float | None = None
        self.slots: dict[int, tuple[int, int]] = {}  # successes and failures by tenth of a window
        self._is_trying = False
        self._admitted = self._succeeded = 0  # of the trials
        self._admitted_at = 0.0

    def after(self, entries: Sequence[tuple[Entry]]) -> Circuit:
        """Return where it stands after these entries, and write into each what became of it."""
        circuit = copy(self)
        circuit.slots = dict(self.slots)
        for (entry,) in entries:
            if isinstance(entry, Request):
                circuit._decide(entry)
            elif circuit.opened is None:
                circuit._count(entry)
            else:
                circuit._count_trial(entry)
        return circuit

    def position(self, now: float) -> Position:
        """Return where it stands at a moment."""
        if self.opened is None:
            return "closed"
        return "half-open" if self.seconds_left(now) == 0 else "open"

    def seconds_left(self, now: float) -> float:
        """Return the seconds until it lets a trial through; 0.0 if it is not open."""
        return 0.0 if self.opened is None else max(0.0, self.opened + self.cooldown - now)

    def _decide(self, request: Request) -> None:
        position = self.position(request.now)
        if position != "half-open":
            request.is_admitted = position == "closed"
            return
        if self._admitted and request.now >= self._admitted_at + self.cooldown:
            self._admitted = 0  # those trials never came back
        request.is_admitted = self._admitted < self.trials - self._succeeded
        if request.is_admitted:
            self._admitted, self._admitted_at = self._admitted + 1, request.now
            if not self._is_trying:
                self._is_trying = True
                request.change = ("open", "half-open", 0, 0)

    def _count(self, outcome: Outcome) -> None:
        if outcome.has_failed is None:
            return
        slot = floor(outcome.now / self.window * SLOTS)
        successes, failures = self.slots.get(slot, (0, 0))
        self.slots[slot] = (successes + (not outcome.has_failed), failures + outcome.has_failed)
        for old in [old for old in self.slots if old <= slot - SLOTS]:
            del self.slots[old]
        if not outcome.has_failed:
            return
        failures = sum(failures for _, failures in self.slots.values())
        calls = failures + sum(successes for successes, _ in self.slots.values())
        if calls >= self.min_calls and failures / calls >= self.failure_rate:
            self._move(outcome.now)
            outcome.change = ("closed", "open", failures, calls)

    def _count_trial(self, outcome: Outcome) -> None:
        if not self._is_trying:  # it was admitted before the breaker opened
            return
        if outcome.has_failed:
            outcome.change = ("half-open", "open", 1, self._succeeded + 1)
            self._move(outcome.now)
            return
        self._admitted = max(0, self._admitted - 1)
        self._succeeded += outcome.has_failed is False
        if self._succeeded >= self.trials:
            outcome.change = ("half-open", "closed", 0, self.trials)
            self._move(None)

    def _move(self, opened: float | None) -> None:
        """Open it at a moment, or close it, and count anew."""
        self.opened = opened
        self.slots.clear()
        self._is_trying = False
        self._admitted = self._succeeded = 0
