"""VirtualClock: time passes as told, or as all wait for it."""

from __future__ import annotations

import asyncio
import math
import threading
import time

import pytest
import trio

from ml_infra_utils.decorators import (
    _clock,
    _virtual_clock,
    retry,
    timer,
)
from ml_infra_utils.decorators.testing import VirtualClock


def down():
    raise ConnectionError("down")


# VirtualClock


def test_a_virtual_clock_passes_only_as_told(capsys):
    @retry(max_attempts=3)
    @timer
    def load():
        clock.advance(2.5)
        raise ConnectionError

    with VirtualClock() as clock, pytest.raises(ConnectionError):
        load()
    assert [1.0, 2.0] == clock.waits
    assert 10.5 == clock.now()
    assert "load took 2.5000 seconds and raised" in capsys.readouterr().out


def test_virtual_clocks_nest():
    with VirtualClock() as outer:
        with VirtualClock() as inner, pytest.raises(ConnectionError):
            retry(2, output=None)(down)()
        with pytest.raises(ConnectionError):
            retry(output=None)(down)()
    assert ([1.0], [1.0, 2.0]) == (inner.waits, outer.waits)


# Several at once


def failing(delay, attempts):
    """Return a coroutine function whose retries wait so long, and so often."""

    @retry(max_attempts=attempts, delay=delay, backoff=1, output=None)
    async def call():
        raise ConnectionError

    return call


@pytest.mark.parametrize("order", [(7, 5, 2), (2, 5, 7), (5, 7, 2)])
def test_tasks_that_wait_at_once_end_when_the_longest_does(clock, order):
    ends = {}

    async def run(delay):
        with pytest.raises(ConnectionError):
            await failing(delay, 3)()
        ends[delay] = clock.now()

    async def main():
        await asyncio.gather(*map(run, order))

    asyncio.run(main())
    assert {2: 4.0, 5: 10.0, 7: 14.0} == ends
    assert [2, 5, 7] == list(ends)
    assert 14.0 == clock.now()


def test_tasks_of_trio_end_when_the_longest_does(clock):
    ends = {}

    async def run(delay):
        with pytest.raises(ConnectionError):
            await failing(delay, 3)()
        ends[delay] = clock.now()

    async def main():
        async with trio.open_nursery() as nursery:
            for delay in (7, 2, 5):
                nursery.start_soon(run, delay)

    trio.run(main)
    assert {2: 4.0, 5: 10.0, 7: 14.0} == ends


def test_threads_that_wait_at_once_end_when_the_longest_does(monkeypatch):
    # A thread that gets no processor for a while looks like one that waits; here none does.
    for looks in ("STILL", "STUCK"):
        monkeypatch.setattr(_virtual_clock, looks, math.inf)
    ends = {}

    def run(delay):
        with pytest.raises(ConnectionError):
            retry(max_attempts=3, delay=delay, backoff=1, output=None)(down)()
        ends[delay] = _clock.current.now()

    def start_and_wait():
        with VirtualClock() as clock:
            threads = [threading.Thread(target=run, args=(delay,)) for delay in (7, 2, 5)]
            for thread in threads:
                thread.start()
            clock.sleep(20)
            ends["all"] = clock.now()

    # In a thread, since the clock leaves alone those that were there before.
    thread = threading.Thread(target=start_and_wait)
    thread.start()
    thread.join()
    assert {2: 4.0, 5: 10.0, 7: 14.0, "all": 20.0} == ends


def test_a_thread_that_waits_for_another_one_counts_as_waiting(clock):
    thread = threading.Thread(target=clock.sleep, args=(5,))
    thread.start()
    thread.join()
    assert 5.0 == clock.now()


def test_a_wait_that_blocks_the_event_loop_is_over_before_those_of_its_tasks(clock):
    async def block():
        await asyncio.sleep(0)
        clock.sleep(20)
        return clock.now()

    async def wait(seconds):
        await clock.sleep_async(seconds)
        return clock.now()

    async def both():
        return await asyncio.gather(wait(10), block(), wait(30))

    assert [20, 20, 30] == asyncio.run(both())


def test_work_between_the_waits_of_others_takes_no_time(clock):
    seen = []

    async def work():
        for _ in range(50):
            await asyncio.sleep(0)
        seen.append(clock.now())

    async def main():
        await asyncio.gather(failing(3, 2)(), work(), return_exceptions=True)

    asyncio.run(main())
    assert [0.0] == seen
    assert 3.0 == clock.now()


def test_a_wait_that_is_cancelled_takes_no_time(clock):
    async def main():
        task = asyncio.create_task(failing(60, 2)())
        other = asyncio.create_task(failing(3, 2)())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, other, return_exceptions=True)

    asyncio.run(main())
    assert 3.0 == clock.now()


def test_waits_carry_the_name_of_what_waited(clock):
    async def main():
        calls = [retry(2, delay, output=None, name=f"load {delay}")(down_async) for delay in (2, 1)]
        await asyncio.gather(*(call() for call in calls), return_exceptions=True)

    async def down_async():
        raise ConnectionError

    asyncio.run(main())
    assert [(2.0, "load 2"), (1.0, "load 1")] == [(wait, wait.name) for wait in clock.waits]


@pytest.mark.parametrize(
    ("seconds", "error"),
    [(-1, ValueError), (float("nan"), ValueError), (float("inf"), ValueError), ("1", TypeError)],
)
def test_time_does_not_pass_backwards(seconds, error):
    with pytest.raises(error, match="seconds must be"):
        VirtualClock().advance(seconds)


def test_a_loop_that_cannot_be_simulated_is_refused(clock):
    class Loop(asyncio.SelectorEventLoop):
        """As those of other libraries, it does not say what is ready."""

        def __getattribute__(self, name):
            if name == "_ready" and hidden:
                raise AttributeError(name)
            return super().__getattribute__(name)

    async def main():
        hidden.append(1)
        try:
            await clock.sleep_async(1)
        finally:
            hidden.clear()

    hidden = []
    loop = Loop()
    try:
        with pytest.raises(RuntimeError, match="the event loop must be one of asyncio"):
            loop.run_until_complete(main())
    finally:
        loop.close()


def test_the_fixture_is_the_clock(virtual_clock):
    with pytest.raises(ConnectionError):
        retry(delay=3600, output=None)(down)()
    assert 10_800.0 == virtual_clock.now()


# In place of the time of the machine


def test_the_code_under_test_follows_if_asked():
    real = time.monotonic
    with VirtualClock(patch=True) as clock:
        start = time.monotonic()
        time.sleep(3600)
        assert 3600.0 == time.monotonic() - start == clock.now()
        assert [3600.0] == clock.waits
    assert real is time.monotonic


def test_retries_that_only_time_would_end_are_an_error_where_no_time_passes(flaky):
    endless = retry(None, timeout=5, delay=0, output=None)(flaky(OSError()))

    with VirtualClock(), pytest.raises(RuntimeError, match="give a delay or max_attempts, or call"):
        endless()


def test_event_loops_follow_if_asked():
    async def main():
        loop = asyncio.get_running_loop()
        start = loop.time()
        called = []
        loop.call_later(50, lambda: called.append(loop.time() - start))
        cancelled = loop.call_later(3, called.append)
        cancelled.cancel()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(7200), 600)
        assert [50.0] == called
        return loop.time() - start

    begin = time.perf_counter()
    with VirtualClock(patch=True) as clock:
        assert 600.0 == asyncio.run(main())
        assert 600.0 == clock.now()
    assert time.perf_counter() - begin < 30


def test_a_time_limit_around_retries_follows_if_asked():
    call = failing(10, 100)

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(call(), 95)

    with VirtualClock(patch=True) as clock:
        asyncio.run(main())
        assert (95.0, [10.0] * 10) == (clock.now(), clock.waits)


def test_threads_that_were_there_before_keep_their_time():
    seen, go = [], threading.Event()

    def work():
        go.wait()
        start = time.monotonic()
        time.sleep(0.01)
        seen.append(time.monotonic() - start)

    thread = threading.Thread(target=work)
    thread.start()
    with VirtualClock(patch=True) as clock:
        go.set()
        thread.join()
        assert [] == clock.waits
    assert 0.01 <= seen[0]
