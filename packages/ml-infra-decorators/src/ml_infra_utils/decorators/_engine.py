"""One engine under all forms of retrying: it decides, waits and tells.

It is written once, as steps that a coroutine awaits. Forms that are not asynchronous run them by
hand, with `run`: their sleep blocks, and nothing else in them takes time. Steps are generators and
no coroutines, which would warn where an interruption keeps them from being awaited.
"""

from __future__ import annotations

from ml_infra_utils.decorators import _clock, _deadline
from ml_infra_utils.decorators._clock import Wait
from ml_infra_utils.decorators._deadline import Deadline
from ml_infra_utils.decorators._events import RAISE, RetryState, StopRetrying
from ml_infra_utils.decorators._generators import awaited, run
from ml_infra_utils.decorators._lines import note_of
from ml_infra_utils.decorators._output import (
    Telling,
    add_note,
    complain,
    depth_of_caller,
    describe,
    forget_earlier_attempts,
    hide_engine,
    tell,
)
from ml_infra_utils.decorators._process import instruments
from ml_infra_utils.decorators._time_limit import AttemptTimeoutError, TimeLimit
from ml_infra_utils.decorators._waits import NoMoreAttemptsError, Waits

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType
    from typing import Any, Callable, Literal, Mapping

    from ml_infra_utils.decorators._events import Event
    from ml_infra_utils.decorators._generators import Steps
    from ml_infra_utils.decorators._retrying import Retrying

    State = Literal["new", "given", "handed over", "failed", "over"]


def _answer(answer: Any) -> Steps[Any]:
    """Return the answer of a function, awaited if it is a coroutine."""
    return (yield from answer.__await__()) if hasattr(type(answer), "cr_await") else answer


class Attempt:
    """The attempts of one call, one after the other; holds all that changes meanwhile.

    In a loop over `retrying`, ``with attempt:`` runs its block as the next attempt and
    swallows an exception that is to be retried.

    Attributes
    ----------
    number : int
        Which attempt this is, from 1.
    """

    number: int = 1
    result: Any = None  # of the function that is retried
    stopped_by: str = ""
    _deadline: Deadline | None
    _next_wait = _waited = _started = 0.0
    _entered: Deadline | None = None  # the deadline of an attempt under way
    _error: BaseException | None = None
    _failing_since: float | None = None
    _limit: TimeLimit | None = None
    _state: State = "new"
    _token: Token[Deadline | None] | None = None
    _waits: Waits | None = None

    # A call that succeeds at once needs little of that, so what it starts with is the class's.

    def __init__(
        self,
        retrying: Retrying,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        clock: _clock.Clock | None = None,
    ) -> None:
        timeout = retrying.policy.timeout
        self.args: tuple[Any, ...] = args
        self.kwargs: Mapping[str, Any] = kwargs
        self._retrying = retrying
        self._clock = clock or _clock.current
        self._deadline = _deadline.deadline()
        if timeout is not None:
            self._deadline = Deadline(timeout, self._clock, self._deadline, self)
        # Whether to wait, to ask or to tell before the next attempt.
        self._is_held_up = retrying.asks_first

    # What every form goes through: an attempt is due, it begins, and it has ended. A step that is
    # a coroutine is left out where it has nothing to do, for to run it takes time.

    def due(self) -> bool:
        """Wait until the next attempt is due; False if there is none."""
        if self._state == "over" or (self._is_held_up and not run(self._may_start(self._block))):
            return False
        self._state, self._is_held_up = "given", True
        return True

    def begin(self) -> None:
        """Start an attempt: `remaining` counts, and so does the clock."""
        policy = self._retrying.policy
        if policy.attempt_timeout is not None:
            self._entered = Deadline(policy.attempt_timeout, self._clock, self._deadline, self)
        elif policy.timeout is not None:
            self._entered = self._deadline
        if self._entered is not None:
            self._token = _deadline.enter(self._entered)
        if self._retrying.record is not None:
            self._started = self._clock.now()

    def hand_over(self) -> None:
        """Leave the attempt that is under way to a coroutine, where it begins once more."""
        self._state, self._is_held_up = "handed over", False

    def take_over(self, clock: _clock.Clock) -> None:
        """Go on in a task with what was handed over, by the clock of that task."""
        shift = clock.now() - self._clock.now()
        if self._deadline is not None and self._retrying.policy.timeout is not None:
            self._deadline.move(clock, shift)
        if self._failing_since is not None:
            self._failing_since += shift
        self._clock = clock

    def ended(self, error: BaseException | None) -> bool:
        """End an attempt; True if there is to be another one, so that its error is not raised."""
        return self._close(error) and run(self._follow(error))

    def end(self, error: BaseException | None) -> Steps[bool]:
        """End an attempt in steps, as `ended` does."""
        return self._close(error) and (yield from self._follow(error))

    async def ended_async(self, error: BaseException | None) -> bool:
        """End an attempt in a coroutine, as `ended` does."""
        return self._close(error) and await awaited(self._follow(error))

    def next_wait(self, failure: object) -> float | None:
        """Return the seconds until the next attempt; None, with `stopped_by`, without one."""
        if self._waits is None:
            self._waits = Waits(self._retrying)
        try:
            return self._waits.after(failure, self.number, self._left, self._complain)
        except NoMoreAttemptsError as why:
            self.stopped_by = str(why)
            return None

    def _left(self) -> float | None:
        """Return the seconds left to wait in; what a simulation has waited is not past yet."""
        left = None if self._deadline is None else self._deadline.left()
        return left - self._waited if left is not None and self._clock.skips_waits else left

    def _may_start(self, sleep: Callable[[float], Steps[None]]) -> Steps[bool]:
        """Wait until the next attempt is due, and tell of it; False if a hook stops it."""
        if self._state == "given":
            raise RuntimeError(
                f"attempt {self.number} of {self._retrying.name!r} was not used: "
                "write `with attempt:` in the loop"
            )
        error, self._error = self._error, None
        if self._state == "failed":
            yield from self._wait(sleep, error)
        breaker = self._retrying.breaker
        if breaker is not None and not breaker.admits():
            refusal: Exception = breaker.error()
            self.stopped_by = str(refusal)
        else:
            yield from self._tell("attempt")
            refusal = StopRetrying(self.stopped_by)
            if breaker is not None and self.stopped_by:
                breaker.count(has_failed=None)
        if not self.stopped_by:
            return True
        if self.number == 1:
            error = refusal
        self.number -= 1
        if not (yield from self._is_answered(error)) and error is not None:
            raise error
        return False

    def _close(self, error: BaseException | None) -> bool:
        """End an attempt; False if nothing follows from it."""
        retrying = self._retrying
        if self._token is not None:
            _deadline.leave(self._token)
            self._token = None
        if self._entered is not None:
            self._entered.is_over = self._entered is not self._deadline
            self._entered = None
        if self._state == "handed over":
            return False
        if retrying.record is not None:
            retrying.record.observe(retrying.name, self._clock.now() - self._started)
        try:
            failed = (error is not None or retrying.condition is not None) and self._has_failed(
                error
            )
        except BaseException:  # the predicate or condition itself raised: that ends the call
            self._end_call()
            if retrying.breaker is not None:
                retrying.breaker.count(has_failed=None)
            raise
        if retrying.breaker is not None:
            retrying.breaker.count(has_failed=failed if error is None or failed else None)
        if failed:
            self._state, self._is_held_up = "failed", True
            return True
        self._end_call()
        if error is not None:
            hide_engine(error)
            return False
        if retrying.budget is not None:
            retrying.budget.deposit()
        return self._failing_since is not None or bool(retrying.listeners["success"])

    def _follow(self, error: BaseException | None) -> Steps[bool]:
        """Do what follows from the end of an attempt; True if there is to be another one."""
        if self._state == "over":
            yield from self._tell("success")
            return False
        if error is not None:
            forget_earlier_attempts(error)
        if (yield from self._goes_on(error)):
            self._error = error
            return True
        if (yield from self._is_answered(error)):
            return True
        if error is not None:
            hide_engine(error)
        return False

    def _wait(
        self, sleep: Callable[[float], Steps[None]], error: BaseException | None
    ) -> Steps[None]:
        try:
            wait = Wait(self._next_wait)
            wait.name = self._retrying.name
            yield from sleep(wait)
        except BaseException as interruption:  # Ctrl-C, a cancellation
            self._end_call()
            if interruption.__context__ is None:
                interruption.__context__ = error
            raise
        if self._retrying.record is not None:
            self._retrying.record.observe(f"{self._retrying.name} (wait)", self._next_wait)
        self._waited += self._next_wait
        self._next_wait = 0.0
        self.number += 1

    def _end_call(self) -> None:
        self._state = "over"
        if self._deadline is not None and self._retrying.policy.timeout is not None:
            self._deadline.is_over = True

    def _has_failed(self, error: BaseException | None) -> bool:
        """Tell whether the attempt is one to make again."""
        if error is None:
            condition = self._retrying.condition
            return condition is not None and bool(condition(self.result))
        if not isinstance(error, Exception):
            return False
        if isinstance(error, AttemptTimeoutError):
            return True
        return self._retrying.policy.retries(error)

    def _goes_on(self, error: BaseException | None) -> Steps[bool]:
        """Decide about another attempt, and tell of it."""
        if self._failing_since is None:
            self._failing_since = self._clock.now()
        wait = self.next_wait(self.result if error is None else error)
        if wait is None:
            return False
        self._next_wait = wait
        yield from self._tell("retry", error)
        return not self.stopped_by

    def _is_answered(self, error: BaseException | None) -> Steps[bool]:
        """Give up, and tell of it; True if there is a fallback for what the call returns."""
        self._end_call()
        self._next_wait = 0.0
        if self._failing_since is None:
            self._failing_since = self._clock.now()
        state = yield from self._tell("give_up", error)
        if error is not None:
            add_note(error, note_of(state))
        fallback = self._retrying.fallback
        if fallback is RAISE:
            return False
        self.result = fallback
        if callable(fallback):
            self.result = yield from _answer(fallback(state))
        return True

    def _tell(self, event: Event, error: BaseException | None = None) -> Steps[RetryState]:
        """Tell all who listen, one after the other; what they raise does no harm."""
        state = self._state_at(event, error)
        listeners = self._retrying.listeners[event]
        if self._failing_since is not None:  # a call that succeeds at once costs nothing
            self._retrying.statistics.count(state)
            listeners = [
                *listeners,
                *(("an instrument", hear) for hear in list(instruments.values())),
            ]
        for name, hear in listeners:
            try:
                with Telling(hear) as is_heard:
                    if is_heard:
                        yield from _answer(hear(state))
            except StopRetrying as order:  # noqa: PERF203 - one that fails keeps none from hearing
                self.stopped_by = f"{name} stopped it" + (f": {order}" if str(order) else "")
            except Exception as failure:
                self._complain(f"{name} raised {type(failure).__name__}: {describe(failure)}")
        return state

    def _state_at(self, event: Event, error: BaseException | None) -> RetryState:
        retrying, since = self._retrying, self._failing_since
        return RetryState(
            event=event,
            name=retrying.name,
            function=retrying.function,
            args=self.args,
            kwargs=self.kwargs,
            attempt_number=self.number,
            max_attempts=retrying.policy.max_attempts,
            error=error,
            result=self.result if error is None else None,
            wait=self._next_wait,
            waited=self._waited,
            elapsed=0.0 if since is None else self._clock.now() - since,
            stopped_by=self.stopped_by,
        )

    def _complain(self, what: str) -> None:
        retrying = self._retrying
        text = f"{retrying.name}: {what}; the call goes on"
        if retrying.output is None:
            complain(text)
        else:
            fields = {"name": retrying.name}
            tell(retrying.output, "warning", text, fields, retrying.function)

    def _block(self, seconds: float) -> Steps[None]:
        if seconds and self._retrying.function is not None and _clock.blocks_event_loop():
            from warnings import warn

            warn(
                f"{self._retrying.name} blocks the event loop while it waits {seconds:.2f} seconds "
                "for a retry; make it an `async def`, or call it in a thread (asyncio.to_thread)",
                RuntimeWarning,
                stacklevel=depth_of_caller(),
            )
        self._clock.sleep(seconds)
        yield from ()

    def _suspend(self, seconds: float) -> Steps[None]:
        yield from self._clock.sleep_async(seconds).__await__()

    # for attempt in retrying(...): with attempt: ...

    def __iter__(self) -> Attempt:
        return self

    def __next__(self) -> Attempt:
        if not self.due():
            raise StopIteration
        return self

    def __enter__(self) -> Attempt:
        if self._retrying.policy.attempt_timeout is not None:
            raise TypeError("attempt_timeout needs `async with attempt`, got `with attempt`")
        self.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        return self._close(error) and run(self._follow(error))

    # async for attempt in retrying(...): async with attempt: ...

    def __aiter__(self) -> Attempt:
        return self

    async def __anext__(self) -> Attempt:
        if self._state == "over" or (
            self._is_held_up and not await awaited(self._may_start(self._suspend))
        ):
            raise StopAsyncIteration
        self._state, self._is_held_up = "given", True
        return self

    async def __aenter__(self) -> Attempt:
        self.begin()
        if self._retrying.policy.attempt_timeout is not None:
            self._limit = TimeLimit(self._retrying.policy.attempt_timeout)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._limit is None or not self._limit.end(error):
            return await self.ended_async(error)
        seconds = self._retrying.policy.attempt_timeout
        late = AttemptTimeoutError(f"attempt {self.number} took more than {seconds:.2f} seconds")
        if await self.ended_async(late):
            return True
        raise late from error
