"""What a logger is told beside the text: the place of the call, and fields."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import sys
from functools import partial

import pytest
import trio

from ml_infra_utils.decorators import retry, retrying, timed, timer
from tests.decorators.test_output import fail

# What a logger is told beside the text


def with_adapter(logger):
    return logging.LoggerAdapter(logger, {"run": 7})


def with_adapters(logger):
    return logging.LoggerAdapter(with_adapter(logger), {"fold": 1})


def read_async(rows):
    async def read():
        async for _ in rows:
            pass

    return asyncio.run(read())


def caught_by(output, **options):
    """Fail twice under retry; return the number of the line that called."""
    call = retry(max_attempts=2, output=output, **options)(fail)
    with pytest.raises(ConnectionError):
        call("no route")
    return inspect.currentframe().f_lineno - 1


@pytest.mark.parametrize("adapt", [lambda logger: logger, with_adapter, with_adapters])
@pytest.mark.parametrize("options", [{}, {"timeout": 60}])
def test_a_line_to_a_logger_has_the_place_of_the_call_and_fields(caplog, adapt, options):
    line = caught_by(adapt(logging.getLogger("jobs")), **options)

    first, last = caplog.records
    for record in (first, last):
        place = (record.module, record.funcName, record.lineno)
        assert ("test_loggers", "caught_by", line) == place
        assert ("jobs", "fail") == (record.name, record.call_name)
        assert "ConnectionError: no route" == record.error
    assert (1, 1.0) == (first.attempt, first.wait)
    assert 2 == last.attempt
    assert not hasattr(last, "wait")


def test_fields_of_an_adapter_are_kept(caplog):
    caught_by(logging.LoggerAdapter(logging.getLogger("jobs"), {"run": 7}))

    assert [7, 7] == [record.run for record in caplog.records]


def test_a_coroutine_s_line_has_the_place_that_awaits_it(caplog):
    @retry(max_attempts=2, output=logging.getLogger("jobs"))
    async def load():
        raise ConnectionError

    async def main():
        await load()

    with pytest.raises(ConnectionError):
        asyncio.run(main())
    assert ["main"] * 2 == [record.funcName for record in caplog.records]


def of_a_task(load):
    async def main():
        await asyncio.gather(load(), return_exceptions=True)

    asyncio.run(main())


def of_a_loop(load):
    with contextlib.suppress(ConnectionError):
        asyncio.run(load())


async def task():
    raise ConnectionError


class Job:
    async def run(self):
        raise ConnectionError


def returning_a_coroutine():
    return task()


@pytest.mark.parametrize("start", [of_a_task, of_a_loop])
@pytest.mark.parametrize(
    ("function", "place"),
    [
        (task, task),
        (partial(task), task),
        (Job().run, Job.run),
        (returning_a_coroutine, returning_a_coroutine),
    ],
)
def test_a_line_of_a_task_that_nobody_awaits_has_the_place_of_the_function(
    start, function, place, caplog
):
    caplog.set_level(logging.INFO, logger="jobs")
    log = logging.getLogger("jobs")
    start(timer(output=log)(retry(max_attempts=2, delay=0, output=log)(function)))

    code = place.__code__
    assert [("test_loggers", code.co_name, code.co_firstlineno)] * 3 == [
        (record.module, record.funcName, record.lineno) for record in caplog.records
    ]


def test_a_task_of_trio_has_the_place_of_its_function_too(caplog):
    load = retry(max_attempts=1, output=logging.getLogger("jobs"))(task)

    async def main():
        with contextlib.suppress(BaseException):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(load)

    trio.run(main)
    assert ["task"] == [record.funcName for record in caplog.records]


def test_what_has_no_place_is_told_all_the_same(caplog):
    class Load:
        async def __call__(self):
            raise ConnectionError

    of_a_loop(retry(max_attempts=1, output=logging.getLogger("jobs"))(Load()))
    assert ["Load failed after 1 attempts: ConnectionError()"] == caplog.messages


def test_a_line_of_a_generator_has_the_place_that_iterates(caplog):
    @retry(max_attempts=1, output=logging.getLogger("jobs"))
    def rows():
        raise ConnectionError
        yield

    @retry(max_attempts=1, output=logging.getLogger("jobs"))
    async def rows_async():
        raise ConnectionError
        yield

    for read in (lambda: list(rows()), lambda: read_async(rows_async())):
        with pytest.raises(ConnectionError):
            read()
    assert ["<lambda>", "read"] == [record.funcName for record in caplog.records]


def test_a_block_s_line_has_the_place_of_the_block(caplog):
    def upload():
        for attempt in retrying(max_attempts=1, output=logging.getLogger("jobs")):
            with attempt:
                raise ConnectionError

    with pytest.raises(ConnectionError):
        upload()
    assert ["upload"] == [record.funcName for record in caplog.records]


def test_a_timer_s_line_has_the_place_of_the_call_and_the_seconds(caplog, clock):
    caplog.set_level(logging.INFO, logger="jobs")

    timer(output=logging.getLogger("jobs"))(clock.advance)(1.5)
    with timed("load", output=logging.getLogger("jobs")):
        clock.advance(2)
    assert [
        ("VirtualClock.advance", 1.5, "test_loggers"),
        ("load", 2.0, "test_loggers"),
    ] == [(record.call_name, record.seconds, record.module) for record in caplog.records]


class Structured:
    """A logger of fields, around one of the standard library, as ours is."""

    def __init__(self):
        self.logger = logging.getLogger("jobs")
        self.lines = []

    def warning(self, message, **fields):
        self.lines.append((message, fields))

    error = info = warning

    def bind(self, **_):
        raise AssertionError("it has been given the fields")


def test_a_structured_logger_takes_the_fields_by_their_names():
    output = Structured()
    caught_by(output)

    (_, first), (_, last) = output.lines
    assert {
        "name": "fail",
        "attempt": 1,
        "wait": 1.0,
        "error": "ConnectionError: no route",
    } == first
    assert "wait" not in last


def test_a_task_that_is_started_in_an_output_is_heard_after_it():
    lines, tasks = [], []

    async def later():
        with pytest.raises(ConnectionError):
            retry(max_attempts=1, output=output, name="later")(fail)()

    def output(text):
        lines.append(text)
        if not tasks:
            tasks.append(asyncio.create_task(later()))

    async def main():
        with pytest.raises(ConnectionError):
            retry(max_attempts=1, output=output, name="now")(fail)()
        await tasks[0]

    asyncio.run(main())
    assert [
        "now failed after 1 attempts: no route",
        "later failed after 1 attempts: no route",
    ] == lines


class Bound:
    """A logger that binds fields, as those of structlog and loguru do."""

    def __init__(self, lines, **fields):
        self.lines, self.fields = lines, fields

    def bind(self, **fields):
        return Bound(self.lines, **self.fields, **fields)

    def warning(self, message):
        caller = sys._getframe(1)
        place = caller.f_globals["__name__"], caller.f_code.co_name, caller.f_lineno
        self.lines.append((message, self.fields, place))

    error = info = warning


def test_a_logger_that_asks_who_calls_it_finds_the_place_of_the_call():
    lines = []
    line = caught_by(Bound(lines))
    assert [(__name__, "caught_by", line)] * 2 == [place for _, _, place in lines]


def test_a_logger_that_binds_is_bound_to_the_fields():
    lines = []
    caught_by(Bound(lines, run=7))

    (text, fields, _), _ = lines
    assert text.startswith("fail attempt 1/2 failed: no route.")
    assert {"run": 7, "name": "fail", "attempt": 1, "wait": 1.0} == {
        key: value for key, value in fields.items() if key != "error"
    }
