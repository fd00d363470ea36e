"""What a policy does with given outcomes, worked out without running or waiting."""

from __future__ import annotations

from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ml_infra_utils.decorators._checks import between, seconds, type_error
from ml_infra_utils.decorators._engine import Attempt
from ml_infra_utils.decorators._limits import LONGEST_WAIT, MOST_ATTEMPTS
from ml_infra_utils.decorators._policy import RetryPolicy
from ml_infra_utils.decorators._retrying import Retrying
from ml_infra_utils.decorators._virtual_clock import VirtualClock

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Iterable

PLOT_WIDTH = 30
FAILURE_RATES = (0.01, 0.1, 0.5, 1.0)


class Step(NamedTuple):
    """One attempt of a simulation; times are in seconds.

    `wait` is the wait after the attempt, None after the last one; with jitter it is drawn
    between `shortest` and `longest`.
    """

    number: int
    start: float
    end: float
    outcome: str
    wait: float | None
    shortest: float
    longest: float


@dataclass(frozen=True)
class Simulation:
    """The result of `simulate`; printed, it is a table with a plot of the schedule.

    Attributes
    ----------
    steps : tuple of Step
        The attempts, in order.
    total : float
        Seconds from the first attempt to the end of the last one.
    worst_case : float
        The most seconds that a call can take if all attempts fail and each takes as long
        as given.
    most_attempts : int
        The most attempts that a call can make: all fail, and each wait is as short as it
        can be.
    """

    steps: tuple[Step, ...]
    total: float
    worst_case: float
    most_attempts: int

    @property
    def waits(self) -> tuple[float, ...]:
        """The seconds of each wait."""
        return tuple(step.wait for step in self.steps if step.wait is not None)

    def expected_load(self, failure_rate: float) -> float:
        """Return how many attempts a call makes on average.

        Parameters
        ----------
        failure_rate : float
            The probability that an attempt fails, from 0 to 1, independent of the others.

        Returns
        -------
        float
            The sum of ``failure_rate**n`` for n from 0 to ``most_attempts - 1``; without retries
            it is 1.0.

        Raises
        ------
        TypeError
            If `failure_rate` is no number.
        ValueError
            If `failure_rate` is not in [0, 1].
        """
        rate = between("failure_rate", failure_rate, 0, 1)
        return sum(rate**attempt for attempt in range(self.most_attempts))

    def __str__(self) -> str:
        rows = [("attempt", "starts at", "outcome", "then waits", "between", "")]
        scale = PLOT_WIDTH / (self.total or 1.0)
        for step in self.steps:
            plot = " " * round(step.start * scale)
            plot += "*" * max(1, round(step.end * scale) - len(plot))
            wait = between = ""
            if step.wait is not None:
                wait = f"{step.wait:.2f} s"
                between = f"{step.shortest:.2f} - {step.longest:.2f} s"
                plot += "-" * (round((step.end + step.wait) * scale) - len(plot))
            rows.append(
                (str(step.number), f"{step.start:.2f} s", step.outcome, wait, between, plot)
            )
        widths = [max(map(len, column)) for column in zip(*rows)]
        table = [
            "  ".join(cell.rjust(width) for cell, width in zip(row[:-1], widths)) + f"  {row[-1]}"
            for row in rows
        ]
        load = ", ".join(f"{self.expected_load(rate):.2f} at {rate:.0%}" for rate in FAILURE_RATES)
        return "\n".join(
            [
                *(line.rstrip() for line in table),
                "",
                f"total       {self.total:.2f} s",
                f"worst case  {self.worst_case:.2f} s",
                f"load        attempts a call by failure rate: {load}",
            ]
        )


def simulate(
    policy: RetryPolicy,
    outcomes: Iterable[object] = (),
    *,
    attempt_seconds: float | timedelta = 0.0,
) -> Simulation:
    """Work out what a policy does, without running anything or waiting.

    Parameters
    ----------
    policy : RetryPolicy
        The policy to simulate.
    outcomes : iterable, optional
        What each attempt does: raise, for an exception or an exception type, and succeed
        for anything else. The last one is repeated; without any, every attempt fails in a
        way that is retried.
    attempt_seconds : float or timedelta
        How long each attempt takes.

    Returns
    -------
    Simulation
        The schedule, the worst case and the expected load. With jitter, the waits are drawn
        once; with a seed in the policy, they are the same each time.

    Raises
    ------
    TypeError, ValueError
        If `policy` is no RetryPolicy, `outcomes` cannot be iterated, or `attempt_seconds` is
        negative or not finite.

    Examples
    --------
    >>> from ml_infra_utils.decorators import RetryPolicy
    >>> policy = RetryPolicy(max_attempts=4, delay=0.5)
    >>> print(simulate(policy, [OSError, OSError, "ok"]))
    attempt  starts at         outcome  then waits        between
          1     0.00 s  raises OSError      0.50 s  0.50 - 0.50 s  *---------
          2     0.50 s  raises OSError      1.00 s  1.00 - 1.00 s            *-------------------
          3     1.50 s        succeeds                                                           *
    <BLANKLINE>
    total       1.50 s
    worst case  3.50 s
    load        attempts a call by failure rate: 1.01 at 1%, 1.11 at 10%, 1.88 at 50%, 4.00 at 100%
    """
    if not isinstance(policy, RetryPolicy):
        raise type_error("policy", "a RetryPolicy", policy)
    if not hasattr(outcomes, "__iter__"):
        raise type_error("outcomes", "an iterable of what each attempt does", outcomes)
    each = seconds("attempt_seconds", attempt_seconds)
    # In a new context, because a deadline of the caller must not end the simulation.
    steps = Context().run(_steps, policy, list(outcomes), each)
    return Simulation(
        steps=tuple(steps),
        total=steps[-1].end,
        worst_case=_worst_case(policy, each),
        most_attempts=_most_attempts(policy, each),
    )


def _steps(policy: RetryPolicy, outcomes: list[object], attempt_seconds: float) -> list[Step]:
    clock = VirtualClock()
    attempt = Attempt(Retrying(policy, output=None), (), {}, clock)
    ranges = policy.wait_ranges()
    steps: list[Step] = []
    while True:
        start = clock.now()
        clock.advance(attempt_seconds)
        if outcomes:
            text, failure = _outcome(outcomes[min(len(steps), len(outcomes) - 1)])
            retried = isinstance(failure, Exception) and policy.retries(failure)
        else:
            text, failure, retried = "fails", None, True
        wait = attempt.next_wait(failure) if retried else None
        shortest, longest = next(ranges, (0.0, 0.0))
        if wait is not None and not shortest <= wait <= longest:
            shortest = longest = wait  # the failure asked for it
        end = start + attempt_seconds
        steps.append(Step(len(steps) + 1, start, end, text, wait, shortest, longest))
        if wait is None:
            return steps
        _check_length(len(steps))
        clock.advance(wait)
        attempt.number += 1


def _check_length(attempts: int) -> None:
    if attempts >= MOST_ATTEMPTS:
        raise ValueError(
            f"a simulation must have at most {MOST_ATTEMPTS:,} attempts, got a policy that makes "
            "more; give attempt_seconds, a longer delay or fewer max_attempts"
        )


def _outcome(outcome: object) -> tuple[str, BaseException | None]:
    if isinstance(outcome, type) and issubclass(outcome, BaseException):
        outcome = outcome()
    if isinstance(outcome, BaseException):
        return f"raises {type(outcome).__name__}", outcome
    return "succeeds", None


def _most_attempts(policy: RetryPolicy, attempt_seconds: float) -> int:
    now, attempts = attempt_seconds, 1
    for shortest, _ in policy.wait_ranges():
        _check_length(attempts)
        now += shortest
        if policy.timeout is not None and now >= policy.timeout:
            break
        now += attempt_seconds
        attempts += 1
    return attempts


def _worst_case(policy: RetryPolicy, attempt_seconds: float) -> float:
    if policy.jitter is None and policy.retry_after is None:
        return Context().run(_steps, policy, [], attempt_seconds)[-1].end
    if policy.max_attempts is None:
        return attempt_seconds + (policy.timeout or 0.0)
    asked = min(policy.retry_after or 0.0, LONGEST_WAIT)
    waits = sum(
        max(shortest, asked) + longest - shortest for shortest, longest in policy.wait_ranges()
    )
    worst = waits + policy.max_attempts * attempt_seconds
    return worst if policy.timeout is None else min(worst, policy.timeout + attempt_seconds)
