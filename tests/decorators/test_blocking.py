"""A plain wait in an event loop, which it blocks, warns where it stands."""

from __future__ import annotations

import asyncio
import sys
import warnings
from unittest.mock import Mock

import pytest
import trio

from ml_infra_utils.decorators import (
    retry,
    retrying,
)

# A wait that blocks an event loop


def trio_run(coroutine):
    return trio.run(lambda: coroutine)


def blocks():
    for attempt in retrying():
        with attempt:
            pass


async def blocks_at_once():
    for attempt in retrying(name="upload"):
        with attempt:
            pass


async def blocks_below():
    blocks()


@pytest.mark.parametrize("run", [asyncio.run, trio_run])
@pytest.mark.parametrize("call", [blocks_at_once, blocks_below])
def test_a_loop_that_blocks_the_event_loop_warns_where_it_stands(run, call):
    with pytest.warns(RuntimeWarning, match="blocks the event loop.*write `async for`") as caught:
        run(call())
    assert [__file__] == [warning.filename for warning in caught]


@pytest.mark.parametrize("run", [asyncio.run, trio_run])
@pytest.mark.usefixtures("system_clock")
def test_a_function_that_waits_in_an_event_loop_warns_where_it_is_called(run, flaky):
    load = retry(delay=0.001, output=None, name="load")(flaky(OSError(), 1))

    async def main():
        return load()

    with pytest.warns(RuntimeWarning, match="load blocks the event loop while it waits") as caught:
        assert 1 == run(main())
    assert [__file__] == [warning.filename for warning in caught]


@pytest.mark.usefixtures("system_clock")
def test_a_function_that_does_not_block_an_event_loop_does_not_warn(flaky, monkeypatch):
    options = {"delay": 0.001, "output": None}

    async def main():
        loop = asyncio.get_running_loop()
        in_thread = retry(**options)(flaky(OSError(), 1))
        assert 1 == await loop.run_in_executor(None, in_thread)
        assert 2 == retry(**{**options, "delay": 0})(flaky(OSError(), 2))()
        monkeypatch.setitem(sys.modules, "ipykernel", sys)  # as in a cell of a notebook
        assert 3 == retry(**options)(flaky(OSError(), 3))()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 4 == retry(**options)(flaky(OSError(), 4))()
        asyncio.run(main())


def test_a_loop_elsewhere_does_not_warn():
    async def in_a_thread():
        await asyncio.get_running_loop().run_in_executor(None, blocks)

    async def without_waits():
        for attempt in retrying(delay=0):
            with attempt:
                pass

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        blocks()
        asyncio.run(in_a_thread())
        asyncio.run(without_waits())


def test_a_cell_of_a_notebook_does_not_warn(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", Mock())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(blocks_below())
    with pytest.warns(RuntimeWarning, match="blocks the event loop"):
        asyncio.run(blocks_at_once())
