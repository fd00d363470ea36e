"""timer, timer_with_units and timed on a clock that stands still but for what is told."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import subprocess
import sys
from functools import partial

import pytest

from ml_infra_utils.decorators import Timings, timed, timer, timer_with_units
from tests.decorators.talking import talk


@timer
def module_level(x: int) -> int:
    """Double it."""
    return x * 2


@pytest.fixture
def load(clock):
    """A function that takes 1.5 seconds."""

    def load(seconds=1.5):
        clock.advance(seconds)
        return "rows"

    return load


def printed(capsys):
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("decorate", [timer, timer(), timer_with_units(), timer(unit="seconds")])
def test_seconds_are_printed(decorate, load, capsys):
    assert "rows" == decorate(load)()
    assert ["load took 1.5000 seconds"] == printed(capsys)


@pytest.mark.parametrize(
    ("decorator", "unit", "shown"),
    [
        (timer_with_units, "microseconds", "1500000.0000"),
        (timer_with_units, "milliseconds", "1500.0000"),
        (timer_with_units, "seconds", "1.5000"),
        (timer, "nanoseconds", "1500000000.0000"),
        (timer, "microseconds", "1500000.0000"),
        (timer, "milliseconds", "1500.0000"),
        (timer, "seconds", "1.5000"),
        (timer, "minutes", "0.0250"),
        (timer, "hours", "0.0004"),
    ],
)
def test_unit_is_applied_and_named(decorator, unit, shown, load, capsys):
    decorator(unit=unit)(load)()
    assert [f"load took {shown} {unit}"] == printed(capsys)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0.0000 nanoseconds"),
        (2.5e-9, "2.5000 nanoseconds"),
        (1e-6, "1.0000 microseconds"),
        (0.0125, "12.5000 milliseconds"),
        (1, "1.0000 seconds"),
        (59.9, "59.9000 seconds"),
        (90, "1.5000 minutes"),
        (5400, "1.5000 hours"),
    ],
)
def test_auto_is_the_largest_unit_that_gives_one_or_more(seconds, shown, load, capsys):
    timer(unit="auto")(load)(seconds)
    assert [f"load took {shown}"] == printed(capsys)


@pytest.mark.parametrize("error", [ConnectionError, KeyboardInterrupt])
def test_a_call_that_raises_is_timed_and_says_so(error, clock, capsys):
    @timer
    def load():
        clock.advance(1.5)
        raise error

    with pytest.raises(error):
        load()
    assert [f"load took 1.5000 seconds and raised {error.__name__}"] == printed(capsys)


def test_recursive_calls_count_for_themselves(clock, capsys):
    @timer
    def descend(depth):
        clock.advance(1)
        if depth:
            descend(depth - 1)

    descend(2)
    assert [f"descend took {n}.0000 seconds" for n in (1, 2, 3)] == printed(capsys)


def test_methods_are_bound():
    class Model:
        weight = 3

        @timer
        def predict(self, x):
            return self.weight * x

        @staticmethod
        @timer
        def version():
            return 1

    assert (6, 1) == (Model().predict(2), Model.version())


def test_name_docstring_signature_and_pickling_are_kept():
    assert ("module_level", "Double it.") == (module_level.__name__, module_level.__doc__)
    assert "(x: 'int') -> 'int'" == str(inspect.signature(module_level))
    assert module_level is pickle.loads(pickle.dumps(module_level))


def test_partials_are_named_after_their_function(load, capsys):
    timer(partial(load, 2.0))()
    assert ["load took 2.0000 seconds"] == printed(capsys)


# Coroutines


def test_a_coroutine_is_timed_to_its_result(clock, capsys):
    @timer
    async def load():
        await asyncio.sleep(0)
        clock.advance(1.5)
        return "rows"

    assert inspect.iscoroutinefunction(load)
    assert "rows" == asyncio.run(load())
    assert ["load took 1.5000 seconds"] == printed(capsys)


@pytest.mark.parametrize("decorate", [timer(output=None), timer(output=None, record=Timings())])
def test_silence_is_silence_for_coroutines_too(decorate, capsys):
    @decorate
    async def load():
        return "rows"

    assert "rows" == asyncio.run(load())
    assert [] == printed(capsys)


def test_a_coroutine_that_is_cancelled_says_so(clock, capsys):
    @timer
    async def load():
        clock.advance(1)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(load())
    assert ["load took 1.0000 seconds and raised CancelledError"] == printed(capsys)


def test_tasks_that_overlap_count_for_themselves(clock):
    timings = Timings()

    @timer(output=None, record=timings)
    async def load(turns):
        for _ in range(turns):
            clock.advance(1)
            await asyncio.sleep(0)

    async def both():
        await asyncio.gather(load(1), load(3))

    asyncio.run(both())
    assert (2, 2.0, 3.0) == (timings["load"].count, timings["load"].min, timings["load"].max)


# Generators: the time inside the body


def test_a_generator_is_timed_without_what_its_consumer_does(clock, capsys):
    @timer
    def rows():
        for row in range(3):
            clock.advance(1)
            yield row
        clock.advance(0.5)
        return "end"

    def read():
        generator = rows()
        while True:
            try:
                next(generator)
            except StopIteration as stop:
                return stop.value
            clock.advance(100)

    assert inspect.isgeneratorfunction(rows)
    assert "end" == read()
    assert ["rows took 3.5000 seconds"] == printed(capsys)


def test_a_generator_that_is_closed_early_reports(clock, capsys):
    @timer
    def rows():
        try:
            clock.advance(1)
            yield 1
        finally:
            clock.advance(0.25)

    generator = rows()
    next(generator)
    generator.close()
    assert ["rows took 1.2500 seconds"] == printed(capsys)


def test_a_generator_that_raises_says_so(capsys):
    @timer
    def rows():
        yield 1
        raise ConnectionError

    with pytest.raises(ConnectionError):
        list(rows())
    assert ["rows took 0.0000 seconds and raised ConnectionError"] == printed(capsys)


def test_a_generator_takes_what_is_sent_and_thrown(clock, capsys):
    @timer
    def echo():
        received = yield "ready"
        try:
            yield received
        except ValueError as error:
            clock.advance(2)
            yield f"caught {error}"

    generator = echo()
    assert ["ready", "a"] == [next(generator), generator.send("a")]
    assert "caught b" == generator.throw(ValueError("b"))
    assert [] == list(generator)
    assert ["echo took 2.0000 seconds"] == printed(capsys)


async def drain(generator, clock=None):
    rows = []
    async for row in generator:
        rows.append(row)
        if clock is not None:
            clock.advance(100)
    return rows


def test_an_async_generator_is_timed_without_what_its_consumer_does(clock, capsys):
    @timer
    async def rows():
        for row in range(3):
            await asyncio.sleep(0)
            clock.advance(1)
            yield row

    assert inspect.isasyncgenfunction(rows)
    assert [0, 1, 2] == asyncio.run(drain(rows(), clock))
    assert ["rows took 3.0000 seconds"] == printed(capsys)


def test_an_async_generator_that_raises_says_so(capsys):
    @timer
    async def rows():
        yield 1
        raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(drain(rows()))
    assert ["rows took 0.0000 seconds and raised ConnectionError"] == printed(capsys)


def test_an_async_generator_takes_what_is_sent_thrown_and_closed(clock, capsys):
    @timer
    async def echo():
        received = yield "ready"
        try:
            yield received
        except ValueError as error:
            clock.advance(2)
            yield f"caught {error}"

    assert ["ready", "a", "caught b"] == asyncio.run(talk(echo()))
    assert ["echo took 2.0000 seconds"] == printed(capsys)


# Blocks


def test_elapsed_runs_within_the_block_and_stands_after_it(clock, capsys):
    with timed("load", unit="milliseconds") as t:
        clock.advance(1)
        assert 1.0 == t.elapsed
        clock.advance(0.5)
    clock.advance(100)
    assert 1.5 == t.elapsed
    assert ["load took 1500.0000 milliseconds"] == printed(capsys)


def test_a_block_that_raises_says_so(clock, capsys):
    block = timed("load")

    def run():
        with block:
            clock.advance(2)
            raise KeyError

    with pytest.raises(KeyError):
        run()
    assert 2.0 == block.elapsed
    assert ["load took 2.0000 seconds and raised KeyError"] == printed(capsys)


def test_a_block_starts_at_zero_each_time(clock):
    timings = Timings()
    block = timed("load", output=None, record=timings)
    assert 0.0 == block.elapsed
    for seconds in (1, 3):
        with block:
            clock.advance(seconds)
    assert (1.0, 3.0) == (timings["load"].min, timings["load"].max)


def test_a_block_is_not_entered_twice_at_a_time(clock):
    block = timed("load", output=None)

    with block:
        clock.advance(1)
        with pytest.raises(RuntimeError, match="timed\\('load'\\) is running already"), block:
            pass
        clock.advance(1)
    assert 2.0 == block.elapsed


def test_a_wall_clock_that_jumps_changes_no_duration():
    code = """
import time
start = time.time
time.time = lambda: start() + next(jumps)
jumps = iter(range(0, 10**9, 3600))
from ml_infra_utils.decorators import Timings, retry, timed, timer
timings = Timings()
timer(record=timings, output=None)(len)("abc")
retry(record=timings, output=None)(len)("abc")
with timed("block", record=timings, output=None):
    pass
print(max(timings[name].max for name in timings) < 60)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)
    assert b"True" == done.stdout.strip()
