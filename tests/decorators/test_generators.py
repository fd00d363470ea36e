"""Generators and context managers keep what they can do, and retry up to their first value."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager

import pytest

from ml_infra_utils.decorators import retry
from tests.decorators.talking import talk


def test_a_generator_that_has_yielded_is_not_started_again(waits):
    @retry
    def rows():
        yield 1
        raise ConnectionError("reset")

    generator = rows()
    assert 1 == next(generator)
    with pytest.raises(ConnectionError) as caught:
        next(generator)
    assert ["not retried: rows had already yielded"] == caught.value.__notes__
    assert [] == waits


def test_an_async_generator_that_has_yielded_is_not_started_again(waits):
    @retry
    async def rows():
        yield 1
        raise ConnectionError("reset")

    async def read():
        return [row async for row in rows()]

    with pytest.raises(ConnectionError) as caught:
        asyncio.run(read())
    assert ["not retried: rows had already yielded"] == caught.value.__notes__
    assert [] == waits


@pytest.mark.parametrize("exceptions", [OSError, lambda error: isinstance(error, OSError)])
def test_an_error_that_would_not_be_retried_gets_no_note(exceptions):
    @retry(exceptions=exceptions)
    def rows():
        yield 1
        raise KeyError

    with pytest.raises(KeyError) as caught:
        list(rows())
    assert not hasattr(caught.value, "__notes__")


def echo():
    """Yield what comes in, whichever way, until told to stop."""
    received = yield "ready"
    while received != "stop":
        try:
            received = yield received
        except ValueError as error:  # noqa: PERF203 - each yield may raise, by the protocol
            received = yield f"caught {error}"
    return "done"


@pytest.mark.parametrize("decorate", [retry, retry(timeout=9)])
def test_generators_keep_send_throw_close_and_their_result(decorate):
    generator = decorate(echo)()
    assert "ready" == next(generator)
    assert "a" == generator.send("a")
    assert "caught b" == generator.throw(ValueError("b"))
    assert None is next(generator)
    with pytest.raises(StopIteration) as stop:
        generator.send("stop")
    assert "done" == stop.value.value


def test_a_generator_that_ends_after_send_returns_its_result():
    generator = retry(echo)()
    next(generator)
    with pytest.raises(StopIteration) as stop:
        generator.send("stop")
    assert "done" == stop.value.value


def test_an_empty_generator_is_a_success():
    @retry
    def rows():
        return 5
        yield

    with pytest.raises(StopIteration) as stop:
        next(rows())
    assert 5 == stop.value.value


def test_a_context_manager_is_retried_while_it_is_entered(flaky):
    connect = flaky(ConnectionError(), "connection")

    @contextmanager
    @retry
    def connection():
        yield connect()

    def use():
        with connection() as value:
            assert "connection" == value
            raise ConnectionError("of the block")

    with pytest.raises(ConnectionError, match="of the block") as caught:
        use()
    assert not hasattr(caught.value, "__notes__")


def test_an_async_context_manager_is_retried_while_it_is_entered(flaky):
    connect = flaky(ConnectionError(), "connection")

    @asynccontextmanager
    @retry
    async def connection():
        yield connect()

    async def use():
        async with connection() as value:
            assert "connection" == value
            raise ConnectionError("of the block")

    with pytest.raises(ConnectionError, match="of the block") as caught:
        asyncio.run(use())
    assert not hasattr(caught.value, "__notes__")


def test_closing_reaches_the_generator():
    events = []

    @retry
    def rows():
        try:
            yield 1
            yield 2
        finally:
            events.append("closed")

    generator = rows()
    next(generator)
    generator.close()
    assert ["closed"] == events


def test_async_generators_keep_asend_athrow_and_aclose():
    events = []

    @retry
    async def echo():
        try:
            received = yield "ready"
            while True:
                try:
                    received = yield received
                except ValueError as error:  # noqa: PERF203 - each yield may raise, by the protocol
                    received = f"caught {error}"
        finally:
            events.append("closed")

    assert ["ready", "a", "caught b"] == asyncio.run(talk(echo()))
    assert ["closed"] == events


def test_an_empty_async_generator_is_a_success():
    @retry
    async def rows():
        return
        yield

    async def read():
        return [row async for row in rows()]

    assert [] == asyncio.run(read())
