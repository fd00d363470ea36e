"""The clock of the machine, and no_waits: retries in tests that do not wait."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest

from ml_infra_utils.decorators import remaining, retry
from ml_infra_utils.decorators.testing import no_waits


def down():
    raise ConnectionError("down")


# The clock of the machine


@pytest.mark.usefixtures("system_clock")
def test_real_waits_take_their_time():
    start = time.perf_counter()
    with pytest.raises(ConnectionError):
        retry(delay=0.002)(down)()
    assert 0.006 <= time.perf_counter() - start


@pytest.mark.usefixtures("system_clock")
def test_real_waits_of_a_task_let_others_run():
    events = []

    @retry(max_attempts=2, delay=0.002, output=None)
    async def load():
        events.append("attempt")
        raise ConnectionError

    async def other():
        events.append("other")

    async def both():
        await asyncio.gather(load(), other(), return_exceptions=True)

    asyncio.run(both())
    assert ["attempt", "other", "attempt"] == events


# no_waits


def test_no_waits_skips_the_waits_and_lists_them(capsys):
    with no_waits() as waits, pytest.raises(ConnectionError):
        retry(delay=3600)(down)()
    assert [3600.0, 7200.0] == waits
    assert "Retrying in 3600.00 seconds" in capsys.readouterr().out


def test_no_waits_skips_the_waits_of_tasks():
    async def load():
        raise ConnectionError

    with no_waits() as waits, pytest.raises(ConnectionError):
        asyncio.run(retry(delay=3600)(load)())
    assert [3600.0, 7200.0] == waits


def test_time_goes_on_without_waits():
    with no_waits():
        assert 0 < retry(timeout=60)(remaining)() <= 60


def test_after_no_waits_the_clock_is_as_before(clock):
    with no_waits():
        pass
    assert 9.0 == retry(timeout=9)(remaining)()
    with pytest.raises(ConnectionError):
        retry(output=None)(down)()
    assert [1.0, 2.0] == clock.waits


def test_the_fixture_of_pytest_does_the_same(no_waits):
    with pytest.raises(ConnectionError):
        retry(delay=3600)(down)()
    assert [3600.0, 7200.0] == no_waits


def test_without_pytest_nothing_of_the_plugin_is_loaded():
    code = (
        "import sys; from ml_infra_utils.decorators import retry, timer; timer(retry(len));"
        "print('pytest' in sys.modules, 'ml_infra_utils.decorators._pytest_plugin' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert ["False", "False"] == printed.split()


@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_without_waits_a_policy_that_only_time_bounds_ends(kind):
    calls = []

    @retry(max_attempts=None, timeout=60, delay=10, backoff=1, output=None)
    def load():
        calls.append(1)
        raise ConnectionError

    @retry(max_attempts=None, timeout=60, delay=10, backoff=1, output=None)
    async def load_async():
        load.__wrapped__()

    with no_waits() as waits, pytest.raises(ConnectionError):
        load() if kind == "function" else asyncio.run(load_async())
    assert [10.0] * 5 == waits
    assert 6 == len(calls)
