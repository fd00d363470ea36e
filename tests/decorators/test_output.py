"""Where lines go, what on_retry learns, and that a broken report costs nothing."""

from __future__ import annotations

import io
import logging
import sys
from dataclasses import dataclass

import pytest

from ml_infra_utils.decorators import RetryState, retry, retry_on_condition, timed, timer


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
