"""Retries steered from outside: waits of one's own, fallbacks, options of one call, time limits."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from datetime import timedelta

import cloudpickle
import pytest
import trio

from ml_infra_utils.decorators import (
    RetryControl,
    RetryPolicy,
    StopRetrying,
    remaining,
    retry,
    retry_on_condition,
    retrying,
)
from ml_infra_utils.decorators.testing import simulate
from tests.decorators.test_forms import (
    FORMS,
    as_async_block,
    as_async_block_and_attempt,
    as_async_generator,
    as_block,
    as_coroutine,
    as_function,
    as_generator,
    as_method,
)

every_form = pytest.mark.parametrize("form", FORMS)
with_a_result = pytest.mark.parametrize("form", [as_function, as_method, as_coroutine])
plain_and_watched = pytest.mark.parametrize("options", [{}, {"timeout": 1000}])


def fail():
    raise ConnectionError("no route")


def settle(function):
    with pytest.raises(ConnectionError) as caught:
        function()
    return caught.value


# Waits of one's own


@every_form
def test_waits_are_given_one_by_one_and_the_last_holds(form, waits):
    settle(form(fail, max_attempts=5, wait=[1, timedelta(seconds=5), 30]))
    assert [1.0, 5.0, 30.0, 30.0] == waits


@every_form
def test_a_wait_is_a_function_of_the_failure_and_the_attempt(form, flaky, waits):
    def wait(error, attempt):
        return {"busy": 10.0, "reset": timedelta(seconds=1)}[str(error)] * attempt

    work = flaky(ConnectionError("busy"), ConnectionError("reset"), 3)
    assert 3 == form(work, wait=wait)()
    assert [10.0, 2.0] == waits


def test_a_wait_of_none_is_that_of_the_schedule(waits):
    settle(retry(4, wait=lambda _, attempt: 7 if attempt == 2 else None)(fail))
    assert [1.0, 7.0, 4.0] == waits


def test_a_wait_for_a_condition_is_a_function_of_the_result(flaky, waits):
    poll = retry_on_condition(condition=lambda n: n < 0, wait=lambda result, _: -result)
    assert 0 == poll(flaky(-3, -4, 0))()
    assert [3.0, 4.0] == waits


def test_max_delay_and_jitter_hold_for_given_waits(waits):
    settle(retry(4, wait=(1, 50), max_delay=3, jitter="equal", seed=1)(fail))
    assert 0.5 <= waits[0] <= 1.0
    assert all(1.5 <= wait <= 3.0 for wait in waits[1:])


@pytest.mark.parametrize("useless", ["soon", -1, float("nan"), True])
def test_a_wait_function_that_turns_useless_is_told_and_the_schedule_holds(useless, waits, capsys):
    settle(retry(2, wait=lambda error, _: useless if str(error) == "no route" else 1)(fail))
    assert [1.0] == waits
    assert "fail: wait raised " in capsys.readouterr().out


def test_a_wait_function_that_fails_is_told_and_the_schedule_holds(waits, capsys):
    settle(retry(2, wait=lambda error, _: error.response.wait)(fail))
    assert [1.0] == waits
    assert "wait raised AttributeError: 'ConnectionError' object has no" in capsys.readouterr().out


async def coroutine_function(*_):
    return 1


@pytest.mark.parametrize("accept", [retry, retry_on_condition, retrying, RetryPolicy])
@pytest.mark.parametrize(
    ("wait", "error", "message"),
    [
        ("5", TypeError, "wait must be seconds in a sequence, or a function of the failure"),
        (5, TypeError, "wait must be seconds in a sequence, or a function of the failure"),
        ([], TypeError, "wait must be seconds in a sequence, or a function of the failure"),
        ([1, "2"], TypeError, r"wait\[1\] must be a number, got '2'"),
        ([1, -2], ValueError, r"wait\[1\] must be finite and not negative, got -2"),
        ([timedelta(-1)], ValueError, r"wait\[0\] must be finite and not negative"),
        (lambda _, __: "soon", TypeError, "what wait returns must be a number, got 'soon'"),
        (lambda _, __: -1, ValueError, "what wait returns must be finite and not negative"),
        (coroutine_function, TypeError, "wait must be a plain function"),
    ],
)
def test_waits_that_make_no_sense_are_refused(accept, wait, error, message):
    with pytest.raises(error, match=message):
        accept(wait=wait)


def test_waits_of_one_s_own_do_not_go_with_a_jitter_that_makes_its_own():
    with pytest.raises(ValueError, match="jitter must be 'full' or 'equal' beside wait"):
        RetryPolicy(wait=[1], jitter="decorrelated")


def test_given_waits_go_to_json_and_functions_do_not():
    policy = RetryPolicy(wait=[1, 5.5])
    assert [1.0, 5.5] == json.loads(policy.to_json())["wait"]
    assert policy == RetryPolicy.from_json(policy.to_json())
    assert [1.0, 5.5, 5.5] == list(policy.replace(max_attempts=4).waits())
    with pytest.raises(TypeError, match="wait must be a sequence to go to JSON"):
        RetryPolicy(wait=lambda *_: 1).to_dict()


def test_given_waits_are_simulated_and_functions_are_refused():
    assert (1.0, 5.0) == simulate(RetryPolicy(wait=[1, 5])).waits
    with pytest.raises(TypeError, match="wait must be a sequence to be known beforehand"):
        simulate(RetryPolicy(wait=lambda *_: 1))


def test_a_trial_draws_nothing_of_a_schedule():
    random.seed(7)
    first = random.random()
    random.seed(7)
    settle(retry(jitter="full", wait=[1])(fail))
    assert first == random.random()


# Fallbacks


@with_a_result
@plain_and_watched
@pytest.mark.parametrize("value", [None, [], "cached", 0])
def test_a_fallback_is_returned_instead_of_raising(form, options, value, waits, capsys):
    assert value is form(fail, fallback=value, **options)()
    assert [1.0, 2.0] == waits
    assert capsys.readouterr().out.endswith("failed after 3 attempts: no route\n")


@with_a_result
@plain_and_watched
def test_a_fallback_is_made_from_the_state(form, options):
    def fallback(state):
        return state.name, state.attempt_number, str(state.error)

    name, *rest = form(fail, fallback=fallback, **options)()
    assert name.endswith(("fail", "call"))
    assert [3, "no route"] == rest


@plain_and_watched
def test_the_fallback_of_a_coroutine_is_awaited(options):
    async def fallback(state):
        await asyncio.sleep(0)
        return state.attempt_number

    assert 3 == as_coroutine(fail, fallback=fallback, **options)()


@with_a_result
def test_other_errors_pass_a_fallback(form, flaky):
    with pytest.raises(KeyError):
        form(flaky(KeyError()), exceptions=OSError, fallback=1)()


@with_a_result
def test_an_error_of_the_fallback_has_the_failure_in_its_context(form):
    with pytest.raises(ZeroDivisionError) as caught:
        form(fail, fallback=lambda _: 1 / 0)()
    assert isinstance(caught.value.__context__, ConnectionError)


def test_a_fallback_stands_in_for_a_result_that_met_the_condition(flaky):
    assert "none" == retry_on_condition(2, fallback="none")(flaky(None, None))()


def test_a_fallback_stands_in_if_a_hook_stops_the_first_attempt():
    def stop(_):
        raise StopRetrying

    assert 7 == retry(before_attempt=stop, fallback=7)(fail)()


@pytest.mark.parametrize("make", [as_generator, as_async_generator])
def test_a_generator_has_no_result_to_stand_in_for(make):
    with pytest.raises(TypeError, match=r"fallback must be left out for the .*generator"):
        make(fail, fallback=1)


def test_a_fallback_that_makes_no_sense_is_refused():
    with pytest.raises(TypeError, match=r"fallback must be left out for retrying\(\)"):
        retrying(fallback=1)
    with pytest.raises(
        TypeError, match="fallback must be a value, or a function of the RetryState"
    ):
        retry(fallback=list)
    with pytest.raises(
        TypeError, match="fallback must be a plain function for the function 'fail'"
    ):
        retry(fallback=coroutine_function)(fail)


# Other options for one call


@with_a_result
def test_one_call_has_other_options(form, waits):
    if form is as_coroutine:

        @retry
        async def call():
            return fail()

        settle(lambda: asyncio.run(call.retry.with_options(max_attempts=2, delay=9)()))
    else:
        settle(retry(fail).retry.with_options(max_attempts=2, delay=9))
    assert [9.0] == waits


def test_other_options_leave_the_rest_as_it_is(waits, capsys):
    call = retry(max_attempts=4, delay=3, name="fetch")(fail)

    settle(call.retry.with_options(max_attempts=2))
    assert [3.0] == waits
    assert capsys.readouterr().out.endswith("fetch failed after 2 attempts: no route\n")
    settle(call)
    assert [3.0, 3.0, 6.0, 12.0] == waits
    assert (4, 3.0) == (call.retry.policy.max_attempts, call.retry.policy.delay)


def test_options_beside_the_policy_may_differ_too(capsys):
    call = retry(max_attempts=1)(fail)

    assert 7 == call.retry.with_options(fallback=7, output=None)()
    assert "" == capsys.readouterr().out
    settle(call.retry.with_options(name="fetch"))
    assert capsys.readouterr().out.startswith("fetch failed after 1 attempts")


def test_a_method_takes_its_instance_first(waits):
    class Service:
        @retry
        def load(self, path):
            raise ConnectionError(path)

    service = Service()
    settle(lambda: service.load.retry.with_options(max_attempts=1)(service, "a.csv"))
    assert [] == waits


def test_an_unknown_option_is_told():
    with pytest.raises(TypeError, match=r"with_options\(\) got.*did you mean 'max_attempts'"):
        retry(fail).retry.with_options(max_attemps=3)
    with pytest.raises(ValueError, match="max_attempts must be at least 1"):
        retry(fail).retry.with_options(max_attempts=0)


# Statistics


@plain_and_watched
def test_statistics_tell_what_became_of_the_calls_that_failed(options, flaky):
    call = retry(max_attempts=2, delay=3, **options)(
        flaky(1, OSError(), 2, OSError(), OSError("third"), OSError(), 3)
    )

    for _ in range(2):
        call()
    with pytest.raises(OSError, match="third"):
        call()
    call.retry.with_options(delay=1)()
    statistics = call.retry.statistics
    assert (3, 2, 1, 7.0) == (
        statistics.retries,
        statistics.recoveries,
        statistics.give_ups,
        statistics.waited,
    )
    assert "<RetryStatistics: 3 retries, 2 recoveries, 1 give-ups, 7.00 seconds waited>" == repr(
        statistics
    )


@pytest.mark.usefixtures("system_clock")
def test_statistics_lose_no_count_of_threads_at_once():
    call = retry(max_attempts=2, delay=0, output=None, fallback=None)(fail)

    threads = [threading.Thread(target=lambda: [call() for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statistics = RetryControl.of(call).statistics
    assert (4000, 4000) == (statistics.retries, statistics.give_ups)


def test_what_is_not_retried_has_no_control():
    with pytest.raises(TypeError, match="function must be one that is decorated with @retry, got"):
        RetryControl.of(fail)


def test_functions_of_one_decorator_have_statistics_of_their_own():
    once = retry(max_attempts=1)
    first, second = once(fail), once(lambda: 1)

    settle(first)
    assert (1, 0) == (first.retry.statistics.give_ups, second.retry.statistics.give_ups)


def test_a_function_with_everything_is_pickled_by_value():
    @retry(fallback=None, timeout=9)
    def load():
        return 3

    load.__module__ = "__main__"
    copy = cloudpickle.loads(cloudpickle.dumps(load))
    assert 3 == copy() == copy.retry.with_options(max_attempts=1)()


# A limit for each attempt

runners = pytest.mark.parametrize("run", [asyncio.run, lambda call: trio.run(lambda: call)])


async def sleep(seconds):
    try:
        await trio.sleep(seconds)
    except RuntimeError:
        await asyncio.sleep(seconds)


@runners
def test_an_attempt_that_takes_too_long_is_cancelled_and_made_again(run, waits):
    attempts = []

    @retry(attempt_timeout=0.02, exceptions=KeyError)
    async def call():
        attempts.append(remaining())
        if len(attempts) < 3:
            await sleep(60)
        return "ok"

    assert "ok" == run(call())
    assert [1.0, 2.0] == waits
    assert [0.02] * 3 == pytest.approx(attempts)


@runners
def test_the_last_attempt_that_takes_too_long_raises_a_timeout(run):
    @retry(max_attempts=2, attempt_timeout=timedelta(milliseconds=5))
    async def call():
        await sleep(60)

    with pytest.raises(TimeoutError, match=r"attempt 2 took more than 0.01 seconds") as caught:
        run(call())
    assert "call failed after 2 attempts" in caught.value.__notes__[0]


@runners
def test_an_attempt_in_time_is_left_alone(run):
    @retry(attempt_timeout=60)
    async def call():
        await sleep(0)
        return "ok"

    assert "ok" == run(call())


def test_a_cancellation_from_outside_is_none_of_ours(waits):
    @retry(attempt_timeout=60)
    async def call():
        await asyncio.sleep(60)

    async def main():
        task = asyncio.ensure_future(call())
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert [] == waits


def test_a_block_has_limits_too(waits):
    async def call():
        async for attempt in retrying(attempt_timeout=0.005):
            async with attempt:
                if attempt.number == 1:
                    await asyncio.sleep(60)

    asyncio.run(call())
    assert [1.0] == waits


def test_the_deadline_of_all_attempts_is_nearer():
    @retry(attempt_timeout=60, timeout=10)
    async def call():
        return remaining()

    assert 10.0 == asyncio.run(call())


@pytest.mark.parametrize("make", [as_function, as_method, as_generator, as_block])
def test_only_coroutines_can_be_interrupted(make):
    with pytest.raises(TypeError, match=r"attempt_timeout must be left out for .*: nothing can"):
        make(fail, attempt_timeout=5)()


def test_an_async_generator_cannot_be_limited_so_and_says_so():
    with pytest.raises(TypeError, match="attempt_timeout must be left out for the async generator"):
        as_async_generator(fail, attempt_timeout=5)


def test_a_plain_with_has_no_limit_and_says_so():
    with pytest.raises(TypeError, match="attempt_timeout needs `async with attempt`"):
        as_async_block(fail, attempt_timeout=5)()
    settle(as_async_block_and_attempt(fail, attempt_timeout=5))


def test_attempt_timeout_is_part_of_the_policy():
    policy = RetryPolicy(attempt_timeout=timedelta(seconds=5))
    assert 5.0 == policy.attempt_timeout
    assert policy == RetryPolicy.from_json(policy.to_json())
    with pytest.raises(ValueError, match="attempt_timeout must be finite and not negative"):
        RetryPolicy(attempt_timeout=-1)
