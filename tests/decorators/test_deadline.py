"""timeout and remaining: one deadline over all attempts, waits and nested retries."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextvars import copy_context

import pytest

from ml_infra_utils.decorators import remaining, retry, retry_on_condition, retrying


def test_without_a_timeout_nothing_limits_a_call():
    assert None is retry(remaining)()


def test_remaining_counts_down_over_attempts_and_waits(clock):
    seen = []

    @retry(max_attempts=3, delay=2, backoff=1, timeout=30)
    def load():
        seen.append(remaining())
        clock.advance(5)
        if len(seen) < 3:
            raise ConnectionError

    load()
    assert [30.0, 23.0, 16.0] == seen
    assert None is remaining()


def test_remaining_is_never_negative(clock):
    @retry(timeout=1)
    def load():
        clock.advance(5)
        return remaining()

    assert 0.0 == load()


# As tenacity's stop_before_delay.
@pytest.mark.parametrize(
    ("timeout", "work", "expected"),
    [
        (100, 0, [1.0, 2.0, 4.0]),
        (7.5, 0, [1.0, 2.0, 4.0]),
        (7, 0, [1.0, 2.0]),  # the third wait would end at the deadline itself
        (4, 1, [1.0]),
        (0, 0, []),
        (5, 10, []),
    ],
)
def test_a_wait_that_would_pass_the_deadline_is_not_begun(clock, timeout, work, expected):
    @retry(max_attempts=4, timeout=timeout)
    def load():
        clock.advance(work)
        raise ConnectionError("x")

    with pytest.raises(ConnectionError):
        load()
    assert expected == clock.waits


def test_the_deadline_is_named_as_the_reason(capsys, flaky):
    with pytest.raises(ConnectionError) as caught:
        retry(delay=8, timeout=5)(flaky(ConnectionError("x")))()
    reason = " (waiting 8.00 seconds more would pass the deadline)"
    assert f"Flaky failed after 1 attempts: x{reason}\n" == capsys.readouterr().out
    assert caught.value.__notes__[0].endswith(f"0.00 seconds after the first failure{reason}")


def test_a_condition_ends_at_the_deadline_too(capsys, flaky, waits):
    assert None is retry_on_condition(9, 4, timeout=10)(flaky(None, None, None))()
    assert [4.0, 4.0] == waits
    assert "Flaky exhausted 3 attempts (waiting 4.00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outer", "inner", "expected"), [(10, 60, 10.0), (60, 10, 10.0), (10, None, 10.0)]
)
def test_nested_retries_share_the_nearest_deadline(outer, inner, expected):
    inner_call = retry(timeout=inner)(remaining)

    assert expected == retry(timeout=outer)(lambda: inner_call())()


def test_a_nested_retry_without_a_timeout_ends_at_the_outer_deadline(clock, flaky):
    inner = retry(max_attempts=99, delay=3, backoff=1)(flaky(*[ConnectionError()] * 99))
    outer = retry(max_attempts=99, delay=3, backoff=1, timeout=10)(lambda: inner())

    with pytest.raises(ConnectionError):
        outer()
    assert [3.0, 3.0, 3.0] == clock.waits


def test_after_an_inner_deadline_the_outer_one_holds_again():
    @retry(timeout=60)
    def outer():
        retry(timeout=5)(remaining)()
        return remaining()

    assert 60.0 == outer()


def test_calls_after_a_failure_start_a_new_deadline(clock):
    @retry(max_attempts=1, timeout=10)
    def load():
        assert 10.0 == remaining()
        clock.advance(99)
        raise ConnectionError

    for _ in range(2):
        with pytest.raises(ConnectionError):
            load()
    assert None is remaining()


def test_blocks_have_a_deadline():
    seen = []
    for attempt in retrying(timeout=10, delay=4):
        with attempt:
            seen.append(remaining())
            if attempt.number == 1:
                raise ConnectionError
    assert [10.0, 6.0] == seen
    assert None is remaining()


def test_a_generator_has_a_deadline_for_its_first_value():
    @retry(timeout=10)
    def rows():
        yield remaining()
        yield remaining()

    generator = rows()
    assert 10.0 == next(generator)
    assert None is remaining()
    assert None is next(generator)


def test_an_async_generator_has_a_deadline_for_its_first_value():
    @retry(timeout=10)
    async def rows():
        yield remaining()
        yield remaining()

    async def read():
        return [(row, remaining()) async for row in rows()]

    assert [(10.0, None), (None, None)] == asyncio.run(read())


def test_tasks_have_deadlines_of_their_own():
    async def call(timeout):
        @retry(timeout=timeout)
        async def ask():
            await asyncio.sleep(0)
            return remaining()

        return await ask()

    async def both():
        return await asyncio.gather(call(5), call(50), call(500))

    assert [5.0, 50.0, 500.0] == asyncio.run(both())


def test_a_thread_starts_without_a_deadline():
    seen = []

    @retry(timeout=5)
    def load():
        thread = threading.Thread(target=lambda: seen.append(remaining()))
        thread.start()
        thread.join()

    load()
    assert [None] == seen


def test_a_coroutine_that_is_dropped_in_another_context_ends_quietly():
    @retry(timeout=5)
    async def ask():
        await asyncio.sleep(0)

    def start_and_leave():
        coroutine = ask()
        coroutine.send(None)
        return coroutine

    coroutine = copy_context().run(start_and_leave)
    coroutine.close()
    del coroutine
    gc.collect()
    assert None is remaining()
