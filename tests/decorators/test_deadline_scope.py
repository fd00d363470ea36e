"""A deadline ends with its call, and is of one clock."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextvars import copy_context
from importlib.util import find_spec
from textwrap import dedent

import pytest
import trio
import trio.testing

from ml_infra_utils.decorators import remaining, retry, retry_on_condition

# A deadline ends with its call


@pytest.mark.parametrize("error", [None, ConnectionError, KeyError])
def test_a_task_that_outlives_the_call_is_not_bound(error):
    seen = []

    async def keep_alive():
        seen.append(remaining())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await over.wait()
        seen.append(remaining())
        calls = []

        @retry(max_attempts=4, delay=60, backoff=1, output=None)
        async def ping():
            calls.append(1)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            await ping()
        seen.append(len(calls))

    @retry(timeout=3, max_attempts=2, exceptions=ConnectionError, output=None)
    async def connect():
        if not tasks:
            tasks.append(asyncio.create_task(keep_alive()))
        await asyncio.sleep(0)
        if error is not None:
            raise error

    async def main():
        nonlocal over
        over = asyncio.Event()
        try:
            await connect()
        except (ConnectionError, KeyError):
            assert error is not None
        over.set()
        await tasks[0]

    over, tasks = None, []
    asyncio.run(main())
    assert [3.0, None, 4] == seen


@pytest.mark.parametrize("is_condition", [True, False])
def test_a_task_is_not_bound_once_a_condition_or_predicate_raised(is_condition):
    seen = []

    async def keep_alive():
        seen.append(remaining())

    def broken(_):
        raise KeyError("broken")

    def connect():
        tasks.append(asyncio.create_task(keep_alive()))
        if not is_condition:
            raise ConnectionError

    async def main():
        decorate = (
            retry_on_condition(condition=broken, timeout=3)
            if is_condition
            else retry(exceptions=broken, timeout=3)
        )
        with pytest.raises(KeyError) as caught:
            decorate(connect)()
        await tasks[0]
        return caught  # which holds the frames of the call

    tasks = []
    asyncio.run(main())
    assert [None] == seen


@pytest.mark.usefixtures("system_clock")
def test_a_coroutine_of_a_plain_function_has_the_clock_of_its_loop():
    calls = []

    async def coroutine():
        calls.append(remaining())
        raise ConnectionError

    @retry(max_attempts=99, delay=10, backoff=1, timeout=30, output=None)
    def ask():
        return coroutine()

    async def main():
        with pytest.raises(ConnectionError):
            await ask()
        return trio.current_time()

    clock = trio.testing.MockClock(autojump_threshold=0)
    assert 20.0 == trio.run(main, clock=clock)
    assert [30.0, 20.0, 10.0] == [round(left, 1) for left in calls]


def test_a_task_that_is_started_in_a_call_is_bound_while_the_call_goes_on(clock):
    seen = []

    async def helper():
        for _ in range(3):
            seen.append(remaining())
            await asyncio.sleep(0)

    @retry(timeout=30, output=None)
    async def call():
        task = asyncio.create_task(helper())
        await asyncio.sleep(0)
        clock.advance(5)
        await task

    asyncio.run(call())
    assert [30.0, 25.0, 25.0] == seen


def test_a_callback_and_a_thread_that_outlive_the_call_are_not_bound():
    seen = []

    @retry(timeout=3)
    def call():
        context = copy_context()
        return lambda: context.run(remaining)

    late = call()
    seen.append(late())

    @retry(timeout=3)
    async def call_async():
        asyncio.get_running_loop().call_soon(lambda: seen.append(remaining()))
        return asyncio.get_running_loop().run_in_executor(
            None, copy_context().run, lambda: gate.wait() and seen.append(remaining())
        )

    async def main():
        running = await call_async()
        await asyncio.sleep(0)
        gate.set()
        await running

    gate = threading.Event()
    asyncio.run(main())
    assert [None] * 3 == seen


def test_the_deadline_of_an_attempt_ends_with_the_attempt(clock):
    contexts = []

    @retry(attempt_timeout=5, timeout=60, output=None)
    async def call():
        contexts.append(copy_context())
        clock.advance(2)
        if len(contexts) == 2:
            assert [55.0, 3.0] == [context.run(remaining) for context in contexts]
        else:
            raise ConnectionError

    asyncio.run(call())
    assert [None, None] == [context.run(remaining) for context in contexts]


def test_after_ctrl_c_in_a_wait_nothing_is_bound(monkeypatch, clock):
    contexts = []

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(clock, "sleep", interrupted)

    @retry(timeout=60, output=None)
    def call():
        contexts.append(copy_context())
        raise ConnectionError

    with pytest.raises(KeyboardInterrupt):
        call()
    assert None is contexts[0].run(remaining)


# One clock at a time


@pytest.mark.usefixtures("system_clock")
def test_under_trio_its_own_clock_counts():
    calls = []

    @retry(max_attempts=50, delay=10, backoff=1, timeout=30, output=None)
    async def load():
        calls.append((trio.current_time() - start, remaining()))
        raise ConnectionError

    async def main():
        nonlocal start
        start = trio.current_time()
        with pytest.raises(ConnectionError):
            await load()

    start = 0.0
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    assert [(0.0, 30.0), (10.0, 20.0), (20.0, 10.0)] == calls


def test_under_trio_asyncio_each_coroutine_waits_in_its_own_way():
    if find_spec("trio_asyncio") is None:
        pytest.skip("trio-asyncio is not for this Python")
    # In a process of its own, for its import changes the event loops of all others.
    code = """
        import asyncio, trio, trio_asyncio
        from ml_infra_utils.decorators import retry

        slept = []

        def retried(sleep):
            @retry(max_attempts=2, delay=0.001, timeout=60, output=None)
            async def load():
                await sleep(0)  # fails in the wrong kind of task
                slept.append(sleep)
                if len(slept) % 2:
                    raise ConnectionError

            return load

        in_asyncio, in_trio = retried(asyncio.sleep), retried(trio.sleep)

        async def there_and_back():
            await in_asyncio()
            await trio_asyncio.trio_as_aio(in_trio)()

        async def main():
            await in_trio()
            await trio_asyncio.aio_as_trio(there_and_back)()

        trio_asyncio.run(main)
        assert [trio.sleep] * 2 + [asyncio.sleep] * 2 + [trio.sleep] * 2 == slept
    """
    subprocess.run([sys.executable, "-c", dedent(code)], check=True, timeout=60)


@pytest.mark.usefixtures("system_clock")
def test_under_asyncio_the_clock_of_the_loop_counts():
    class Loop(asyncio.SelectorEventLoop):
        """Its time goes on by itself, as that of a simulation does."""

        def time(self):
            self.now = getattr(self, "now", 0.0) + 0.25
            return self.now

    async def main():
        with pytest.raises(ConnectionError):
            await load()

    calls = []

    @retry(max_attempts=500, delay=0, timeout=10, output=None)
    async def load():
        calls.append(1)
        raise ConnectionError

    loop = Loop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
    assert 2 < len(calls) < 40


@pytest.mark.usefixtures("system_clock")
def test_a_deadline_holds_in_an_event_loop_within_it():
    @retry(timeout=60)
    def outer():
        async def inner():
            return remaining()

        return asyncio.run(retry(timeout=600)(inner)())

    assert 59 < outer() <= 60
