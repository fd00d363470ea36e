"""A plain function that returns what is to be awaited is retried and timed to its result."""

from __future__ import annotations

import asyncio
import types
from functools import wraps

import pytest

from ml_infra_utils.decorators import (
    Timings,
    retry,
    retry_on_condition,
    timer,
)

# A plain function that returns what is to be awaited


def through_a_wrapper(work):
    """A coroutine function below a decorator that is none."""

    async def call():
        await asyncio.sleep(0)
        return work()

    @wraps(call)
    def wrapper():
        return call()

    return wrapper


def through_a_lambda(work):
    async def call():
        return work()

    return lambda: call()


def through_a_task(work):
    async def call():
        return work()

    return lambda: asyncio.ensure_future(call())


class Later:
    """An object that can only be awaited."""

    def __init__(self, work):
        self._work = work

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self._work()


def through_an_object(work):
    return lambda: Later(work)


every_awaitable = pytest.mark.parametrize(
    "make", [through_a_wrapper, through_a_lambda, through_a_task, through_an_object]
)
plain_and_watched = pytest.mark.parametrize("options", [{}, {"timeout": 1000}])


async def awaited(function, *args):
    return await function(*args)


@every_awaitable
@plain_and_watched
def test_what_is_awaited_is_retried_to_its_result(make, options, flaky, waits):
    work = flaky(ConnectionError(), ConnectionError(), "ok")

    assert "ok" == asyncio.run(awaited(retry(**options)(make(work))))
    assert [1.0, 2.0] == waits


@every_awaitable
@plain_and_watched
def test_what_is_awaited_fails_with_its_last_error_and_a_note(make, options, flaky, waits):
    errors = [ConnectionError(1), ConnectionError(2)]

    with pytest.raises(ConnectionError) as caught:
        asyncio.run(awaited(retry(2, **options)(make(flaky(*errors)))))
    assert errors[1] is caught.value
    assert "failed after 2 attempts" in caught.value.__notes__[0]
    assert [1.0] == waits


@every_awaitable
def test_hooks_and_conditions_hear_of_the_result_that_was_awaited(make, flaky):
    heard = []

    decorate = retry_on_condition(on_success=heard.append, before_attempt=heard.append)
    assert 7 == asyncio.run(awaited(decorate(make(flaky(None, 7)))))
    assert [("attempt", 1, None), ("attempt", 2, None), ("success", 2, 7)] == [
        (state.event, state.attempt_number, state.result) for state in heard
    ]


@every_awaitable
def test_a_timer_counts_to_the_result(make, clock):
    timings = Timings()

    @timer(output=None, record=timings)
    def call():
        return make(lambda: clock.advance(3))()

    asyncio.run(awaited(call))
    assert 3.0 == timings["call"].total


@every_awaitable
def test_a_timer_tells_what_is_raised_when_it_is_awaited(make, flaky, capsys):
    with pytest.raises(OSError, match="x"):
        asyncio.run(awaited(timer(make(flaky(OSError("x"))))))
    assert capsys.readouterr().out.endswith(" seconds and raised OSError\n")


def test_a_function_that_fails_before_it_returns_a_coroutine_is_retried(waits):
    async def coroutine():
        return "ok"

    calls = []

    @retry
    def call():
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError
        return coroutine()

    assert "ok" == asyncio.run(awaited(call))
    assert [1.0] == waits


def test_a_future_runs_before_it_is_awaited(flaky, waits):
    async def call():
        task = retry(through_a_task(flaky(ConnectionError(), "ok")))()
        assert isinstance(task, asyncio.Task)
        await asyncio.wait({task})
        return task.result()

    assert "ok" == asyncio.run(call())
    assert [1.0] == waits


@plain_and_watched
def test_a_future_of_a_loop_that_does_not_run_yet_is_retried(options, flaky, waits):
    loop = asyncio.new_event_loop()
    work = flaky(ConnectionError(), "ok")

    async def coroutine():
        return work()

    task = retry(**options)(lambda: loop.create_task(coroutine()))()
    assert "ok" == loop.run_until_complete(task)
    loop.close()
    assert [1.0] == waits


def test_what_nobody_awaits_is_named_after_its_function(flaky):
    @retry
    def forgotten():
        return Later(flaky("ok"))

    coroutine = forgotten()
    coroutine.close()
    assert coroutine.__qualname__.endswith("forgotten")  # as the warning about it has it


def test_handles_that_are_more_than_awaitable_are_returned_as_they_are():
    class Reference(Later):
        def result(self):
            return self._work()

    handle = Reference(lambda: 3)
    assert handle is retry(lambda: handle)()
    assert handle is timer(lambda: handle)()


def test_a_coroutine_of_old_is_a_coroutine_function(flaky):
    work = flaky(ConnectionError(), "ok")

    @retry
    @types.coroutine
    def call():
        yield from asyncio.sleep(0).__await__()
        return work()

    assert "ok" == asyncio.run(awaited(call))
