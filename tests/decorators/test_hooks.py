"""Hooks: what each hears, in every form; what they raise; what they can stop."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from ml_infra_utils.decorators import (
    RetryBudget,
    StopRetrying,
    retry,
    retry_on_condition,
    retrying,
)
from ml_infra_utils.decorators.testing import VirtualClock
from tests.decorators.failing import fail
from tests.decorators.test_forms import FORMS, as_async_block, as_coroutine, as_function

HOOKS = ("before_attempt", "on_retry", "on_success", "on_give_up")
ASYNC_FORMS = [form for form in FORMS if "async" in form.__name__ or form is as_coroutine]
# With a plain `with attempt:` nothing awaits what an attempt has to tell at its end.
AWAITING_FORMS = [form for form in ASYNC_FORMS if form is not as_async_block]
every_form = pytest.mark.parametrize("form", FORMS)


def heard_by(names=HOOKS):
    """Return hooks for retry, and the list of what they hear."""
    heard = []

    def hook_of(name):
        return lambda state: heard.append((name, state.attempt_number))

    return heard, {name: hook_of(name) for name in names}


def awaited_by(names=HOOKS):
    heard = []

    def hook_of(name):
        async def hear(state):
            await asyncio.sleep(0)
            heard.append((name, state.attempt_number))

        return hear

    return heard, {name: hook_of(name) for name in names}


@every_form
def test_hooks_hear_the_events_of_a_success_in_turn(form, flaky):
    heard, hooks = heard_by()

    assert "ok" == form(flaky(ConnectionError(), "ok"), output=None, **hooks)()
    assert [
        ("before_attempt", 1),
        ("on_retry", 1),
        ("before_attempt", 2),
        ("on_success", 2),
    ] == heard


@every_form
def test_hooks_hear_the_events_of_a_failure_in_turn(form, flaky):
    heard, hooks = heard_by()

    with pytest.raises(ConnectionError):
        form(flaky(ConnectionError(), ConnectionError()), max_attempts=2, **hooks)()
    assert [
        ("before_attempt", 1),
        ("on_retry", 1),
        ("before_attempt", 2),
        ("on_give_up", 2),
    ] == heard


@every_form
def test_an_error_that_is_not_retried_is_none_of_the_events(form, flaky):
    heard, hooks = heard_by(["on_retry", "on_success", "on_give_up"])

    with pytest.raises(KeyError):
        form(flaky(KeyError()), exceptions=OSError, **hooks)()
    assert [] == heard


@pytest.mark.parametrize("form", AWAITING_FORMS)
def test_coroutine_functions_are_awaited(form, flaky):
    heard, hooks = awaited_by()

    assert "ok" == form(flaky(ConnectionError(), "ok"), **hooks)()
    with pytest.raises(ConnectionError):
        form(flaky(ConnectionError()), max_attempts=1, **hooks)()
    assert [*HOOKS[:2], HOOKS[0], HOOKS[2], HOOKS[0], HOOKS[3]] == [name for name, _ in heard]


def test_a_plain_hook_that_returns_a_coroutine_is_awaited(flaky):
    heard, hooks = awaited_by()

    wrapped = {name: lambda state, hook=hook: hook(state) for name, hook in hooks.items()}
    assert 1 == as_coroutine(flaky(OSError(), 1), **wrapped)()
    assert 4 == len(heard)


@pytest.mark.parametrize("name", HOOKS)
def test_a_function_cannot_await_its_hook_and_says_so_when_decorated(name):
    _, hooks = awaited_by([name])

    with pytest.raises(TypeError, match=f"{name} must be a plain function for the function 'len'"):
        retry(**hooks)(len)
    with pytest.raises(TypeError, match="make that an `async def`"):
        retry(**hooks)(as_generator_function)
    with pytest.raises(TypeError, match="write `async for` and `async with attempt`"):
        iter(retrying(**hooks))


def as_generator_function():
    yield 1


def test_a_hook_that_cannot_be_awaited_is_told_and_does_no_harm(flaky, capsys):
    _, hooks = awaited_by(["on_success"])

    assert 1 == as_async_block(flaky(1), **hooks)()
    assert "on_success raised TypeError: it has to be awaited: write `async with attempt`" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("name", HOOKS)
@every_form
def test_what_a_hook_raises_is_told_and_the_call_goes_on(form, name, flaky, capsys):
    hook = {name: lambda _: 1 / 0}

    assert "ok" == form(flaky(ConnectionError(), "ok"), **hook)()
    with pytest.raises(ConnectionError):
        form(flaky(ConnectionError()), max_attempts=1, **hook)()
    told = f": {name} raised ZeroDivisionError: division by zero; the call goes on"
    assert told in capsys.readouterr().out


# StopRetrying


@every_form
def test_on_retry_stops_a_call_with_its_last_error(form, flaky, waits, capsys):
    def stop(_):
        raise StopRetrying("shutting down")

    with pytest.raises(ConnectionError) as caught:
        form(flaky(ConnectionError("x"), "ok"), on_retry=stop)()
    reason = "(on_retry stopped it: shutting down)"
    assert caught.value.__notes__[0].endswith(f"seconds after the first failure {reason}")
    assert capsys.readouterr().out.endswith(f"failed after 1 attempts: x {reason}\n")
    assert [] == waits


@pytest.mark.parametrize("form", AWAITING_FORMS)
def test_an_awaited_hook_stops_a_call_too(form, flaky, waits):
    async def stop(_):
        await asyncio.sleep(0)
        raise StopRetrying

    with pytest.raises(ConnectionError) as caught:
        form(flaky(ConnectionError(), "ok"), on_retry=stop)()
    assert caught.value.__notes__[0].endswith("(on_retry stopped it)")
    assert [] == waits


@every_form
def test_before_attempt_stops_a_call_with_its_last_error(form, flaky, waits):
    def stop(state):
        if state.attempt_number == 2:
            raise StopRetrying("closed")

    error = ConnectionError()
    with pytest.raises(ConnectionError) as caught:
        form(flaky(error, "ok"), before_attempt=stop)()
    assert error is caught.value
    assert " failed after 1 attempts, " in caught.value.__notes__[0]
    assert [1.0] == waits


@every_form
def test_before_the_first_attempt_there_is_no_error_but_the_order_itself(form, flaky):
    def stop(_):
        raise StopRetrying("closed")

    work = flaky("ok")
    with pytest.raises(StopRetrying, match="before_attempt stopped it: closed"):
        form(work, before_attempt=stop)()
    assert 0 == work.calls


@every_form
def test_nothing_is_left_to_stop_after_a_success(form, flaky):
    def stop(_):
        raise StopRetrying

    assert "ok" == form(flaky("ok"), on_success=stop)()


@every_form
def test_what_is_retried_stops_itself(form, flaky, waits):
    order = StopRetrying("no such file")

    with pytest.raises(StopRetrying) as caught:
        form(flaky(order, "ok"))()
    assert order is caught.value
    assert [] == waits


def test_a_result_is_returned_if_a_hook_stops_a_condition(flaky, capsys):
    def stop(_):
        raise StopRetrying

    assert None is retry_on_condition(on_retry=stop)(flaky(None, 1))()
    assert capsys.readouterr().out.endswith("Flaky exhausted 1 attempts (on_retry stopped it)\n")


# The state


def test_the_call_is_in_the_state():
    seen = []

    @retry(on_success=seen.append, before_attempt=seen.append)
    def load(path, rows):
        return path * rows

    load("a", rows=4)
    assert [("attempt", None), ("success", "aaaa")] == [(s.event, s.result) for s in seen]
    call = (seen[0].function, seen[0].args, seen[0].kwargs)
    assert (load.__wrapped__, ("a",), {"rows": 4}) == call


def test_a_block_has_no_function():
    seen = []

    for attempt in retrying(on_success=seen.append, name="upload"):
        with attempt:
            pass
    call = (seen[0].name, seen[0].function, seen[0].args, seen[0].kwargs)
    assert ("upload", None, (), {}) == call


def test_the_dict_form_goes_to_json_whatever_the_call_held():
    seen = []

    class Service:
        @retry(max_attempts=2, on_retry=seen.append, output=None)
        def load(self, path, frame):
            raise ConnectionError(f"no route for {path}") if frame else None

    with pytest.raises(ConnectionError):
        Service().load("a.csv", frame="x" * 1000)
    form = json.loads(json.dumps(seen[0].as_dict()))
    assert len(form["kwargs"]["frame"]) <= 80
    assert ["'a.csv'"] == form["args"][1:]
    assert {
        "event": "retry",
        "name": "Service.load",
        "function": f"{__name__}.Service.load",
        "attempt_number": 1,
        "max_attempts": 2,
        "error": {"type": "ConnectionError", "message": "no route for a.csv"},
        "result": None,
        "wait": 1.0,
        "waited": 0.0,
        "elapsed": 0.0,
        "stopped_by": "",
    } == {key: value for key, value in form.items() if key not in ("args", "kwargs")}


def test_a_state_shows_itself_in_one_short_line():
    seen = []

    for attempt in retrying(on_success=seen.append, name="n" * 1000):
        with attempt:
            pass
    assert len(repr(seen[0])) <= 200


def test_give_up_says_why():
    seen = []

    with pytest.raises(ConnectionError):
        as_function(
            fail, on_give_up=seen.append, budget=RetryBudget(ratio=0, capacity=1), max_attempts=3
        )()
    assert [("the retry budget is spent", 2, 0.0)] == [
        (state.stopped_by, state.attempt_number, state.wait) for state in seen
    ]


# Interrupted while it waits


class Interrupting(VirtualClock):
    def sleep(self, _):
        raise KeyboardInterrupt

    async def sleep_async(self, _):
        raise KeyboardInterrupt


@every_form
def test_an_interruption_of_a_wait_has_the_failure_in_its_context(form, flaky):
    error = ConnectionError()

    with Interrupting(), pytest.raises(KeyboardInterrupt) as caught:
        form(flaky(error, "ok"))()
    assert error is caught.value.__context__


@pytest.mark.skipif(sys.version_info < (3, 11), reason="wait_for drops the cancellation before")
def test_a_time_limit_around_a_wait_has_the_failure_in_its_chain(flaky):
    class Slow(VirtualClock):
        async def sleep_async(self, _):
            await asyncio.sleep(10)

    error = ConnectionError()

    @retry
    async def load(work=flaky(error)):  # noqa: B008 - shared on purpose
        return work()

    with Slow(), pytest.raises(asyncio.TimeoutError) as caught:
        asyncio.run(asyncio.wait_for(load(), 0.001))
    chain, link = [], caught.value
    while link is not None:
        chain.append(link)
        link = link.__cause__ or link.__context__
    assert error in chain
