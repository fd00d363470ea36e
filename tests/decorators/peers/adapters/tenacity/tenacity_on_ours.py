"""Let tenacity make its attempts with our engine; its strategies stay its own.

The calls and loops of `Retrying` and `AsyncRetrying` are replaced, and nothing else.
"""

from __future__ import annotations

import time
from contextvars import ContextVar

import tenacity
from tenacity._utils import is_coroutine_callable
from tenacity.asyncio import AsyncRetrying

from ml_infra_utils.decorators import StopRetrying, retry_on_condition, retrying
from ml_infra_utils.decorators.testing import VirtualClock


class Call:
    """One call or loop of a `Retrying` of tenacity, as arguments of ours."""

    under_way: ContextVar[Call] = ContextVar("under_way")

    def __init__(self, theirs, fn=None, args=(), kwargs=None):
        self.theirs = theirs
        self.state = tenacity.RetryCallState(theirs, fn, args, kwargs or {})
        self.is_stopped = self.has_failed = False

    def options(self):
        theirs = self.theirs
        is_async = isinstance(theirs, AsyncRetrying)
        return {
            "max_attempts": None if theirs.enabled else 1,
            "timeout": 10**9,
            "exceptions": self.is_to_retry if theirs.enabled else (),
            "wait": self.wait,
            "before_attempt": self.before_async if is_async else self.before,
            "on_retry": self.on_retry_async if is_async else self.on_retry,
            "output": None,
        }

    def is_to_retry(self, error):
        self.state.set_exception((type(error), error, error.__traceback__))
        return isinstance(error, tenacity.TryAgain) or at_once(self.theirs.retry(self.state))

    def condition(self, result):
        self.state.set_result(result)
        return at_once(self.theirs.retry(self.state))

    def wait(self, *_):
        if self.state.outcome is None:  # when decorating, as a trial
            return None
        self.has_failed = True  # unless it comes back: ours goes on with its own schedule
        self.state.upcoming_sleep = self.theirs.wait(self.state)
        self.has_failed = False
        return self.state.upcoming_sleep

    def before(self, _):
        if self.theirs.before is not None:
            self.theirs.before(self.state)

    async def before_async(self, _):
        if self.theirs.before is not None:
            await awaited(self.theirs.before(self.state))

    def on_retry(self, _):
        if self.theirs.after is not None:
            self.theirs.after(self.state)
        self.go_on()
        if self.theirs.before_sleep is not None:
            self.theirs.before_sleep(self.state)

    async def on_retry_async(self, _):
        if self.theirs.after is not None:
            await awaited(self.theirs.after(self.state))
        self.go_on()
        if self.theirs.before_sleep is not None:
            await awaited(self.theirs.before_sleep(self.state))

    def go_on(self):
        state, statistics = self.state, self.theirs.statistics
        statistics["delay_since_first_attempt"] = state.seconds_since_start
        self.is_stopped = self.has_failed or self.theirs.stop(state)
        if self.is_stopped:
            raise StopRetrying
        state.next_action = tenacity.RetryAction(state.upcoming_sleep)
        state.idle_for += state.upcoming_sleep
        statistics["idle_for"] += state.upcoming_sleep
        statistics["attempt_number"] += 1

    def fallback(self, _=None):
        if self.theirs.retry_error_callback:
            return self.theirs.retry_error_callback(self.state)
        error = self.theirs.retry_error_cls(self.state.outcome)
        if self.theirs.reraise:
            raise error.reraise()
        raise error from self.state.outcome.exception()


class Clock(VirtualClock):
    """The time of this machine, and the sleep that each `Retrying` was given."""

    def now(self):
        return time.monotonic()

    def sleep(self, seconds):
        call = Call.under_way.get()
        call.state.prepare_for_next_attempt()
        call.theirs.sleep(seconds)

    async def sleep_async(self, seconds):
        call = Call.under_way.get()
        call.state.prepare_for_next_attempt()
        await awaited(call.theirs.sleep(seconds))


class Block:
    """What stands for tenacity's `AttemptManager`, around one of our attempts."""

    def __init__(self, call, ours):
        self.call, self.ours = call, ours
        self.retry_state = call.state

    def __enter__(self):
        self.ours.__enter__()

    def __exit__(self, kind, error, traceback):
        if error is None:
            self.retry_state.set_result(None)
        return self.ours.__exit__(kind, error, traceback) or self.ends()

    async def __aenter__(self):
        await self.ours.__aenter__()

    async def __aexit__(self, kind, error, traceback):
        return await self.ours.__aexit__(kind, error, traceback) or self.ends()

    def ends(self):
        if self.call.is_stopped:
            self.call.fallback()
        return self.call.is_stopped


def at_once(answer):
    if hasattr(answer, "__await__"):
        answer.close()
        raise TypeError("predicates of ours are plain functions")
    return answer


async def awaited(value):
    return await value if hasattr(value, "__await__") else value


def call_of_function(self, fn, *args, **kwargs):
    self.begin()
    call, decorate = retrying_of(self, fn, args, kwargs)
    token = Call.under_way.set(call)
    try:
        return decorate(fn)(*args, **kwargs)
    finally:
        Call.under_way.reset(token)


async def call_of_coroutine(self, fn, *args, **kwargs):
    async def coroutine(*args, **kwargs):
        return await fn(*args, **kwargs) if is_coroutine_callable(fn) else fn(*args, **kwargs)

    if self.enabled:
        self.begin()
    call, decorate = retrying_of(self, fn, args, kwargs)
    token = Call.under_way.set(call)
    try:
        return await decorate(coroutine)(*args, **kwargs)
    finally:
        Call.under_way.reset(token)


def retrying_of(self, fn, args, kwargs):
    call = Call(self, fn, args, kwargs)
    results = {"condition": call.condition, "fallback": call.fallback}
    never = {"condition": lambda _: False}
    return call, retry_on_condition(**call.options(), **(results if self.enabled else never))


def iterated(self):
    self.begin()
    call = Call(self)
    Call.under_way.set(call)
    for attempt in retrying(**call.options()):
        yield Block(call, attempt)


async def iterated_async(self):
    self.begin()
    call = Call(self)
    Call.under_way.set(call)
    async for attempt in retrying(**call.options()):
        yield Block(call, attempt)


Clock().__enter__()  # for good
tenacity.Retrying.__call__ = call_of_function
tenacity.Retrying.__iter__ = iterated
AsyncRetrying.__call__ = call_of_coroutine
AsyncRetrying.__aiter__ = iterated_async
