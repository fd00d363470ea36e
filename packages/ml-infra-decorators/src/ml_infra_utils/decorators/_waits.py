"""Whether a call is attempted once more, and how long to wait until then."""

from __future__ import annotations

from ml_infra_utils.decorators._checks import seconds
from ml_infra_utils.decorators._limits import LONGEST_WAIT
from ml_infra_utils.decorators._output import describe
from ml_infra_utils.decorators._process import cap

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Callable

    from ml_infra_utils.decorators._policy import Draw
    from ml_infra_utils.decorators._retrying import Retrying


class NoMoreAttemptsError(Exception):
    """There is no other attempt; the text says why, and is empty for the last of those allowed."""


class Waits:
    """The waits of one call: with jitter, each is drawn by the one before it."""

    def __init__(self, retrying: Retrying) -> None:
        self._retrying = retrying
        self._draw: Draw | None = None
        self._drawn: float = retrying.policy.delay

    def after(
        self,
        failure: object,
        number: int,
        left: Callable[[], float | None],
        complain: Callable[[str], None],
    ) -> float:
        """Return the seconds until the next attempt; raise `NoMoreAttemptsError` if there is none.

        Parameters
        ----------
        failure : object
            The exception, or the result that is to be retried.
        number : int
            Which attempt has failed, from 1.
        left : callable
            Tells the seconds until the deadline, None without one.
        complain : callable
            Takes what is wrong with a wait function, which does not end the call.
        """
        retrying, policy = self._retrying, self._retrying.policy
        if policy.max_attempts is not None and number >= policy.max_attempts:
            raise NoMoreAttemptsError
        most = cap()
        if most is not None and number >= most:
            raise NoMoreAttemptsError(f"attempts are capped at {most}")
        if self._draw is None:
            self._draw = retrying.drawing()
        base = self._given(failure, number, complain) if callable(policy.wait) else None
        shortest, longest = policy.wait_range(number - 1, self._drawn, base)
        wait = self._drawn = self._draw(shortest, longest)
        asked = None if retrying.asked is None else retrying.asked(failure)
        if asked is not None and policy.retry_after is not None:
            if asked > policy.retry_after:
                allowed = f"retry_after allows {policy.retry_after:.2f}"
                raise NoMoreAttemptsError(f"a wait of {asked:.2f} seconds is asked for, {allowed}")
            # A floor, with the jitter on top, for others are told the same.
            wait = min(max(shortest, asked) + (wait - shortest), LONGEST_WAIT)
        if retrying.breaker is not None and retrying.breaker.seconds_left() > wait:
            raise NoMoreAttemptsError(str(retrying.breaker.error()))
        remaining = left()
        if remaining is not None and wait >= remaining:
            raise NoMoreAttemptsError(f"waiting {wait:.2f} seconds more would pass the deadline")
        if retrying.budget is not None and not retrying.budget.withdraw():
            raise NoMoreAttemptsError("the retry budget is spent")
        return wait

    def _given(self, failure: object, number: int, complain: Callable[[str], None]) -> float | None:
        """Return what the wait function gives; None, after telling, if it is of no use."""
        give: Any = self._retrying.policy.wait
        try:
            given = give(failure, number)
            return None if given is None else seconds("what wait returns", given)
        except Exception as error:
            complain(f"wait raised {type(error).__name__}: {describe(error)}")
            return None
