"""Options of one call, statistics of all, and a limit for each attempt."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import cloudpickle
import pytest
import trio

from ml_infra_utils.decorators import (
    RetryControl,
    RetryPolicy,
    remaining,
    retry,
    retrying,
)
from tests.decorators.test_forms import (
    as_async_block,
    as_async_block_and_attempt,
    as_async_generator,
    as_block,
    as_coroutine,
    as_function,
    as_generator,
    as_method,
)
from tests.decorators.test_steering import (
    fail,
    plain_and_watched,
    settle,
    with_a_result,
)

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
