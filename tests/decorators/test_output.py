"""Where lines go, what on_retry learns, and that a broken report costs nothing."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import io
import logging
import sys
from dataclasses import dataclass
from functools import partial

import pytest
import trio

from ml_infra_utils.decorators import RetryState, retry, retry_on_condition, retrying, timed, timer


def fail(message="no route"):
    raise ConnectionError(message)


def test_a_callable_takes_the_text(capsys):
    lines = []

    with pytest.raises(ConnectionError):
        retry(max_attempts=2, output=lines.append)(fail)()
    assert [
        "fail attempt 1/2 failed: no route. Retrying in 1.00 seconds",
        "fail failed after 2 attempts: no route",
    ] == lines
    assert "" == capsys.readouterr().out


def test_none_is_silence(capsys):
    with pytest.raises(ConnectionError):
        retry(output=None)(fail)()
    timer(output=None)(len)("abc")
    assert ("", "") == capsys.readouterr()


@pytest.mark.parametrize(
    "output",
    [logging.getLogger("jobs"), logging.LoggerAdapter(logging.getLogger("jobs"), {})],
)
def test_a_logger_gets_levels(caplog, output):
    caplog.set_level(logging.INFO, logger="jobs")

    with pytest.raises(ConnectionError):
        retry(max_attempts=2, output=output)(fail)("100 %s")
    timer(output=output)(len)("abc")
    assert [
        ("jobs", logging.WARNING, "fail attempt 1/2 failed: 100 %s. Retrying in 1.00 seconds"),
        ("jobs", logging.ERROR, "fail failed after 2 attempts: 100 %s"),
        ("jobs", logging.INFO, "len took 0.0000 seconds"),
    ] == caplog.record_tuples


def test_on_retry_learns_all_about_it(clock):
    seen = []

    @retry(max_attempts=3, on_retry=seen.append)
    def load(*_, **__):
        clock.advance(10)
        raise ConnectionError

    with pytest.raises(ConnectionError) as caught:
        load("a.csv", rows=3)
    first, second = seen
    assert isinstance(first, RetryState)
    assert {
        "event": "retry",
        "name": "load",
        "function": load.__wrapped__,
        "args": ("a.csv",),
        "kwargs": {"rows": 3},
        "attempt_number": 2,
        "max_attempts": 3,
        "error": second.error,
        "result": None,
        "wait": 2.0,
        "waited": 1.0,
        "elapsed": 11.0,
        "stopped_by": "",
    } == vars(second)
    assert (1, 1.0, 0.0, 0.0) == (first.attempt_number, first.wait, first.waited, first.elapsed)
    assert first.error is not second.error is not caught.value
    assert "<RetryState: retry of load, attempt 1, error ConnectionError()>" == repr(first)


def test_on_retry_learns_the_result_that_met_the_condition(flaky):
    seen = []

    retry_on_condition(condition=lambda n: n < 0, on_retry=seen.append)(flaky(-1, 1))()
    assert [(-1, None)] == [(state.result, state.error) for state in seen]


def test_an_on_retry_that_raises_is_reported_and_the_retry_goes_on(flaky, capsys):
    assert "ok" == retry(on_retry=lambda _: 1 / 0)(flaky(ConnectionError("x"), "ok"))()
    assert [
        "Flaky attempt 1/3 failed: x. Retrying in 1.00 seconds",
        "Flaky: on_retry raised ZeroDivisionError: division by zero; the call goes on",
    ] == capsys.readouterr().out.splitlines()


def test_an_on_retry_that_raises_is_reported_to_stderr_if_there_is_silence(flaky, capsys):
    assert "ok" == retry(on_retry=lambda _: 1 / 0, output=None)(flaky(ConnectionError(), "ok"))()
    assert (
        "",
        "Flaky: on_retry raised ZeroDivisionError: division by zero; the call goes on\n",
    ) == capsys.readouterr()


def test_an_on_retry_may_stop_the_program(flaky):
    def stop(_):
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        retry(on_retry=stop)(flaky(ConnectionError(), "ok"))()


def broken(_):
    raise ValueError("I/O operation on closed file")


def test_an_output_that_raises_costs_neither_the_retry_nor_the_error(flaky, capsys):
    assert "ok" == retry(output=broken)(flaky(ConnectionError("x"), "ok"))()
    assert (
        "Flaky attempt 1/3 failed: x. Retrying in 1.00 seconds\n"
        "(output failed: I/O operation on closed file)\n"
    ) == capsys.readouterr().err
    with pytest.raises(ConnectionError):
        retry(output=broken)(fail)()


def test_an_output_that_raises_costs_no_result_of_a_timer(capsys):
    assert 3 == timer(output=broken)(len)("abc")
    assert "len took 0.0000 seconds\n(output failed" in capsys.readouterr().err


def test_without_any_stream_the_result_is_kept(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert 3 == timer(output=broken)(len)("abc")


def test_with_closed_streams_the_result_and_the_error_are_kept(monkeypatch):
    for name in ("stdout", "stderr"):
        stream = io.StringIO()
        stream.close()
        monkeypatch.setattr(sys, name, stream)
    assert 3 == timer(len)("abc")
    with pytest.raises(ConnectionError):
        retry(fail)()


def test_an_error_whose_message_fails_is_shown_by_its_type(capsys):
    class BrokenError(Exception):
        def __str__(self):
            raise ValueError

    @retry(max_attempts=1)
    def load():
        raise BrokenError

    with pytest.raises(BrokenError):
        load()
    expected = "load failed after 1 attempts: BrokenError (its message failed: ValueError)\n"
    assert expected == capsys.readouterr().out


# Notes


def test_an_error_that_is_raised_again_and_again_gets_a_note_once():
    error = ConnectionError()

    @retry(max_attempts=2, delay=0)
    def load():
        raise error

    for _ in range(3):
        with pytest.raises(ConnectionError):
            load()
    assert 1 == len(error.__notes__)


def test_notes_of_nested_retries_add_up():
    inner = retry(max_attempts=1)(fail)
    outer = retry(max_attempts=2)(lambda: inner())

    with pytest.raises(ConnectionError) as caught:
        outer()
    assert [
        "fail failed after 1 attempts, 0.00 seconds after the first failure",
        "<lambda> failed after 2 attempts, 1.00 seconds after the first failure",
    ] == caught.value.__notes__


def test_an_error_that_takes_no_attributes_takes_the_note():
    @dataclass(frozen=True)
    class FrozenError(Exception):
        code: int

    @retry(max_attempts=2)
    def load():
        raise FrozenError(3)

    with pytest.raises(FrozenError) as caught:
        load()
    assert 3 == caught.value.code
    assert ["load failed after 2 attempts, 1.00 seconds after the first failure"] == (
        caught.value.__notes__
    )


# timed


def test_a_block_reports_like_a_function(clock, capsys):
    with timed("load") as t:
        clock.advance(1.5)
    assert 1.5 == t.elapsed
    assert "load took 1.5000 seconds\n" == capsys.readouterr().out


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
        assert ("test_output", "caught_by", line) == place
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
    assert [("test_output", code.co_name, code.co_firstlineno)] * 3 == [
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
        ("VirtualClock.advance", 1.5, "test_output"),
        ("load", 2.0, "test_output"),
    ] == [(record.call_name, record.seconds, record.module) for record in caplog.records]


class Structured:
    """A logger of fields, around one of the standard library, as ours is."""

    def __init__(self):
        self.logger = logging.getLogger("jobs")
        self.lines = []

    def warning(self, message, **fields):
        self.lines.append((message, fields))

    error = info = warning


def test_a_structured_logger_takes_the_fields_by_their_names():
    output = Structured()
    caught_by(output)

    (_, first), (_, last) = output.lines
    assert {
        "name": "fail",
        "attempt": 1,
        "wait": 1.0,
        "error": "ConnectionError: no route",
    } == {key: value for key, value in first.items() if key != "stacklevel"}
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
        self.lines.append((message, self.fields))

    error = info = warning


def test_a_logger_that_binds_is_bound_to_the_fields():
    lines = []
    caught_by(Bound(lines, run=7))

    (text, fields), _ = lines
    assert text.startswith("fail attempt 1/2 failed: no route.")
    assert {"run": 7, "name": "fail", "attempt": 1, "wait": 1.0} == {
        key: value for key, value in fields.items() if key != "error"
    }
