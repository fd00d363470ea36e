"""One engine under all forms of retrying: it decides, waits and tells."""

from __future__ import annotations

from ml_infra_utils.decorators import _clock, _deadline
from ml_infra_utils.decorators._checks import check_callback, type_error
from ml_infra_utils.decorators._limits import LONGEST_WAIT
from ml_infra_utils.decorators._output import (
    add_note,
    check_output,
    complain,
    describe,
    hide_engine,
    tell,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType
    from typing import Any, Callable, Iterator, Literal

    from ml_infra_utils.decorators._budget import RetryBudget
    from ml_infra_utils.decorators._output import Output
    from ml_infra_utils.decorators._policy import RetryPolicy
    from ml_infra_utils.decorators._timings import Timings

    OnRetry = Callable[["RetryState"], object]
    Condition = Callable[[Any], object]
    State = Literal["new", "given", "failed", "over"]


class RetryState:
    """What `on_retry` is told before each wait.

    Attributes
    ----------
    name : str
        The name of the function or block.
    attempt_number : int
        The attempt that failed, from 1.
    max_attempts : int
        How many there may be.
    error : Exception or None
        What it raised; None if its result met the condition.
    result : object
        What it returned; None if it raised.
    wait : float
        Seconds until the next attempt.
    waited : float
        Seconds waited before, in all.
    elapsed : float
        Seconds since the first attempt failed.
    """

    name: str
    attempt_number: int
    max_attempts: int
    error: Exception | None
    result: Any
    wait: float
    waited: float
    elapsed: float

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)

    def __repr__(self) -> str:
        return f"RetryState({', '.join(f'{n}={value!r}' for n, value in vars(self).items())})"


class Retrying:
    """A policy, and who is told and asked when it applies; iterating makes attempts.

    Made by `retrying`, which explains it.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        name: str = "block",
        condition: Condition | None = None,
        *,
        on_retry: OnRetry | None = None,
        output: Output = print,
        budget: RetryBudget | None = None,
        record: Timings | None = None,
    ) -> None:
        if on_retry is not None:
            check_callback("on_retry", on_retry)
        check_output(output)
        if budget is not None and not hasattr(budget, "withdraw"):
            raise type_error("budget", "a RetryBudget", budget)
        if record is not None and not hasattr(record, "observe"):
            raise type_error("record", "a Timings", record)
        self.policy: RetryPolicy = policy
        self.name: str = name
        self.condition: Condition | None = condition
        self.on_retry: OnRetry | None = on_retry
        self.output: Output = output
        self.budget: RetryBudget | None = budget
        self.record: Timings | None = record

    def named(self, name: str) -> Retrying:
        """Return the same under another name."""
        copy = object.__new__(Retrying)
        vars(copy).update(vars(self), name=name)
        return copy

    @property
    def watches_success(self) -> bool:
        """Whether there is something to do also when an attempt succeeds."""
        return (
            self.policy.timeout is not None
            or self.condition is not None
            or self.budget is not None
            or self.record is not None
        )

    def __iter__(self) -> Attempt:
        return Attempt(self)

    def __aiter__(self) -> Attempt:
        return Attempt(self)


class Attempt:
    """The attempts of one call, one after the other; holds all that changes meanwhile.

    In a loop over `retrying`, ``with attempt:`` runs its block as the next attempt and
    swallows an exception that is to be retried.

    Attributes
    ----------
    number : int
        Which attempt this is, from 1.
    """

    __slots__ = (
        "_clock",
        "_deadline",
        "_elapsed_from",
        "_next_wait",
        "_retrying",
        "_started",
        "_state",
        "_token",
        "_waited",
        "_waits",
        "number",
        "stopped_by",
    )

    def __init__(self, retrying: Retrying, clock: _clock.Clock | None = None) -> None:
        timeout = retrying.policy.timeout
        self.number: int = 1
        self.stopped_by: str = ""
        self._retrying = retrying
        self._clock = clock or _clock.current
        self._waits: Iterator[float] | None = None
        self._next_wait = self._waited = self._started = 0.0
        self._elapsed_from: float | None = None
        self._deadline = (
            _deadline.deadline()
            if timeout is None
            else _deadline.earliest(timeout, self._clock.now())
        )
        self._token: Token[float | None] | None = None
        self._state: State = "new"

    def begin(self) -> None:
        """Start an attempt: `remaining` counts, and so does the clock."""
        if self._retrying.policy.timeout is not None and self._deadline is not None:
            self._token = _deadline.enter(self._deadline)
        self._started = self._clock.now()

    def succeeded(self, result: object) -> bool:
        """End an attempt that returned; False if there is to be another one."""
        self._end()
        condition = self._retrying.condition
        if condition is not None and condition(result):
            return not self._goes_on(None, result)
        if self._retrying.budget is not None:
            self._retrying.budget.deposit()
        return True

    def failed(self, error: BaseException) -> bool:
        """End an attempt that raised; True if there is to be another one."""
        self._end()
        if (
            isinstance(error, Exception)
            and self._retrying.policy.retries(error)
            and self._goes_on(error, None)
        ):
            return True
        hide_engine(error)
        return False

    def wait(self) -> None:
        """Sleep until the next attempt is due."""
        self._clock.sleep(self._next_wait)
        self._advance()

    async def wait_async(self) -> None:
        """Sleep until the next attempt is due, and let other tasks run."""
        await self._clock.sleep_async(self._next_wait)
        self._advance()

    def next_wait(self, failure: object, now: float) -> float | None:
        """Return the seconds until the next attempt; None, with `stopped_by`, without one."""
        policy, budget = self._retrying.policy, self._retrying.budget
        if self._waits is None:
            self._waits = policy.waits()
        wait = next(self._waits, None)
        if wait is None:
            return None
        if policy.retry_after is not None:
            from ml_infra_utils.decorators._retry_after import retry_after

            asked = retry_after(failure)
            wait = wait if asked is None else min(asked, policy.retry_after, LONGEST_WAIT)
        if self._deadline is not None and now + wait >= self._deadline:
            self.stopped_by = f" (waiting {wait:.2f} seconds more would pass the deadline)"
            return None
        if budget is not None and not budget.withdraw():
            self.stopped_by = " (the retry budget is spent)"
            return None
        return wait

    def _end(self) -> None:
        if self._token is not None:
            _deadline.leave(self._token)
            self._token = None
        record = self._retrying.record
        if record is not None:
            record.observe(self._retrying.name, self._clock.now() - self._started)

    def _goes_on(self, error: Exception | None, result: object) -> bool:
        """Decide about another attempt and say so."""
        now = self._clock.now()
        if self._elapsed_from is None:
            self._elapsed_from = now
        elapsed = now - self._elapsed_from
        name, number = self._retrying.name, self.number
        wait = self.next_wait(result if error is None else error, now)
        if wait is None:
            self._give_up(error, elapsed)
            return False
        self._next_wait = wait
        attempts = self._retrying.policy.max_attempts
        what = "met the condition" if error is None else f"failed: {describe(error)}"
        text = f"{name} attempt {number}/{attempts} {what}. Retrying in {wait:.2f} seconds"
        tell(self._retrying.output, "warning", text)
        if self._retrying.on_retry is not None:
            state = RetryState(
                name=name,
                attempt_number=number,
                max_attempts=attempts,
                error=error,
                result=result,
                wait=wait,
                waited=self._waited,
                elapsed=elapsed,
            )
            self._notify(self._retrying.on_retry, state)
        return True

    def _give_up(self, error: Exception | None, elapsed: float) -> None:
        name, output = self._retrying.name, self._retrying.output
        if error is None:
            tell(output, "error", f"{name} exhausted {self.number} attempts{self.stopped_by}")
            return
        text = f"{name} failed after {self.number} attempts"
        tell(output, "error", f"{text}: {describe(error)}{self.stopped_by}")
        add_note(error, f"{text}, {elapsed:.2f} seconds after the first failure{self.stopped_by}")

    def _notify(self, on_retry: OnRetry, state: RetryState) -> None:
        try:
            on_retry(state)
        except Exception as error:
            what = f"{type(error).__name__}: {describe(error)}"
            text = f"{state.name}: on_retry raised {what}; the retry goes on"
            if self._retrying.output is None:
                complain(text)
            else:
                tell(self._retrying.output, "warning", text)

    def _advance(self) -> None:
        if self._retrying.record is not None:
            self._retrying.record.observe(f"{self._retrying.name} (wait)", self._next_wait)
        self._waited += self._next_wait
        self.number += 1

    # for attempt in retrying(...): with attempt: ...

    def __iter__(self) -> Attempt:
        return self

    def __next__(self) -> Attempt:
        if self._is_over():
            raise StopIteration
        if self._state == "failed":
            self.wait()
        self._state = "given"
        return self

    def __aiter__(self) -> Attempt:
        return self

    async def __anext__(self) -> Attempt:
        if self._is_over():
            raise StopAsyncIteration
        if self._state == "failed":
            await self.wait_async()
        self._state = "given"
        return self

    def _is_over(self) -> bool:
        if self._state == "given":
            raise RuntimeError(
                f"attempt {self.number} of {self._retrying.name!r} was not used: "
                "write `with attempt:` in the loop"
            )
        return self._state == "over"

    def __enter__(self) -> Attempt:
        self.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is not None and self.failed(error):
            self._state = "failed"
            return True
        if error is None:
            self.succeeded(None)
        self._state = "over"
        return False
