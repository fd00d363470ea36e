"""Mistakes in the arguments are errors when decorating, one clear line each."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from ml_infra_utils.decorators import (
    RetryBudget,
    RetryPolicy,
    Timings,
    retry,
    retry_on_condition,
    retrying,
    timed,
    timer,
    timer_with_units,
)

NAN, INF = float("nan"), float("inf")


async def coroutine_function(_):
    return True


def generator_function(_):
    yield True


@pytest.mark.parametrize("accept", [retry, retry_on_condition, retrying, RetryPolicy])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"max_attempts": 0}, ValueError, "max_attempts must be at least 1, got 0"),
        ({"max_attempts": -1}, ValueError, "max_attempts must be at least 1, got -1"),
        ({"max_attempts": True}, TypeError, "max_attempts must be an int, got True"),
        ({"max_attempts": 2.0}, TypeError, "max_attempts must be an int, got 2.0"),
        ({"max_attempts": None}, ValueError, "must be an int where there is no timeout, got None"),
        ({"max_attempts": OSError}, TypeError, "retried: exceptions=…"),
        ({"max_attempts": (OSError, KeyError)}, TypeError, "retried: exceptions=…"),
        ({"delay": OSError}, TypeError, "delay must be a number, got <class 'OSError'> (type); "),
        ({"backoff": lambda error: error}, TypeError, "backoff must be a number, got <function"),
        ({"delay": timedelta(seconds=-1)}, ValueError, "delay must be finite and not negative"),
        ({"delay": -0.1}, ValueError, "delay must be finite and not negative, got -0.1"),
        ({"delay": NAN}, ValueError, "delay must be finite and not negative, got nan"),
        ({"delay": INF}, ValueError, "delay must be finite and not negative, got inf"),
        ({"delay": 10**400}, ValueError, "delay must be finite and not negative, got 1000"),
        ({"delay": "1"}, TypeError, "delay must be a number, got '1'"),
        ({"delay": True}, TypeError, "delay must be a number, got True"),
        ({"backoff": -1}, ValueError, "backoff must be finite and not negative, got -1 (int)"),
        ({"backoff": NAN}, ValueError, "backoff must be finite and not negative, got nan"),
        ({"max_delay": -1}, ValueError, "max_delay must be finite and not negative, got -1 "),
        ({"timeout": -1}, ValueError, "timeout must be finite and not negative, got -1"),
        ({"timeout": NAN}, ValueError, "timeout must be finite and not negative, got nan"),
        ({"retry_after": -1}, ValueError, "retry_after must be finite and not negative, got -1"),
        ({"retry_after": True}, TypeError, "retry_after must be a number, got True"),
        ({"jitter": "some"}, ValueError, "jitter must be None or one of 'full', 'equal', 'de"),
        ({"jitter": "fulll"}, ValueError, "got 'fulll' (str); did you mean 'full'?"),
        ({"seed": 0.5}, TypeError, "seed must be an int or None, got 0.5"),
        ({"exceptions": "OSError"}, TypeError, "exceptions must be an exception type, a tuple"),
        ({"exceptions": {OSError}}, TypeError, "exceptions must be an exception type, a tuple"),
        ({"exceptions": [OSError, 3]}, TypeError, "each of exceptions must be an exception type"),
        (
            {"exceptions": (OSError, int)},
            TypeError,
            "each of exceptions must be an exc",
        ),
        (
            {"exceptions": BaseException},
            TypeError,
            "must be Exception or a type below it",
        ),
        (
            {"exceptions": (OSError, KeyboardInterrupt)},
            TypeError,
            "got KeyboardInterrupt: ",
        ),
        ({"exceptions": coroutine_function}, TypeError, "exceptions must be a plain function"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(accept, arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        accept(**arguments)


@pytest.mark.parametrize("accept", [retry, retry_on_condition, retrying])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"before_attempt": 3}, "before_attempt must be callable, got 3"),
        ({"on_retry": 3}, "on_retry must be callable, got 3"),
        ({"on_success": "f"}, "on_success must be callable, got 'f'"),
        ({"on_give_up": []}, "on_give_up must be callable, got []"),
        ({"on_retry": generator_function}, "on_retry must be a function or a coroutine function"),
        ({"output": 3}, "output must be a logger, a callable that takes the text, or None, got 3"),
        ({"output": coroutine_function}, "output must be a plain function, got the coroutine"),
        ({"budget": 3}, "budget must be a RetryBudget, got 3"),
        ({"record": []}, "record must be a Timings, got []"),
    ],
)
def test_what_cannot_be_called_is_refused(accept, arguments, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        accept(**arguments)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (None, "condition must be callable, got None"),
        (coroutine_function, "condition must be a plain function, got the coroutine function"),
    ],
)
def test_a_condition_that_cannot_answer_is_refused(condition, message):
    with pytest.raises(TypeError, match=message):
        retry_on_condition(condition=condition)


@pytest.mark.parametrize(
    ("decorate", "name"),
    [
        (retry, "retry"),
        (retry(), "retry"),
        (retry_on_condition, "retry_on_condition"),
        (retry_on_condition(), "retry_on_condition"),
        (timer, "timer"),
        (timer(unit="auto"), "timer"),
        (timer_with_units(), "timer_with_units"),
    ],
)
@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            int,
            "what @{} decorates must be a function, got the class 'int'; decorate its methods",
        ),
        (classmethod(print), "@{} must stand below @classmethod, got above it: swap"),
        (
            staticmethod(print),
            "@{} must stand below @staticmethod, got above it: swap",
        ),
        (property(print), "@{} must stand below @property, got above it: swap"),
    ],
)
def test_only_functions_are_decorated(decorate, name, target, message):
    with pytest.raises(TypeError, match=message.format(name)):
        decorate(target)


@pytest.mark.parametrize("decorate", [retry(), retry_on_condition(), timer(), timer_with_units()])
def test_what_is_not_callable_is_refused(decorate):
    with pytest.raises(TypeError, match=r"decorates must be a function, got 'load' \(str\)"):
        decorate("load")


def test_a_generator_has_no_result_for_a_condition():
    def rows():
        yield 1

    with pytest.raises(TypeError, match="the generator 'rows' has none; use @retry"):
        retry_on_condition()(rows)


GUIDE = "seconds, milliseconds, microseconds"
ALL = f"hours, minutes, {GUIDE}, nanoseconds, auto"


@pytest.mark.parametrize(
    ("accept", "unit", "message"),
    [
        (timer_with_units, "fortnights", f"fortnights. Valid units: {GUIDE}"),
        (timer_with_units, "hours", f"hours. Valid units: {GUIDE}"),
        (timer_with_units, "auto", f"auto. Valid units: {GUIDE}"),
        (timer_with_units, 3, f"3. Valid units: {GUIDE}"),
        (timer_with_units, "second", f"second. Valid units: {GUIDE}; did you mean 'seconds'?"),
        (lambda unit: timer(unit=unit), "fortnights", f"fortnights. Valid units: {ALL}"),
        (lambda unit: timed("x", unit=unit), "hour", f"{ALL}; did you mean 'hours'?"),
    ],
)
def test_an_unknown_unit_is_refused(accept, unit, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        accept(unit)
    assert str(caught.value).startswith("Invalid unit: ")


@pytest.mark.parametrize("accept", [retry, retry_on_condition, retrying])
def test_an_unknown_argument_is_refused_with_the_nearest_one(accept):
    message = f"{accept.__name__}() got an unexpected keyword argument 'max_attemps'; did you mean"
    with pytest.raises(TypeError, match=re.escape(message + " 'max_attempts'?")):
        accept(max_attemps=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"output": 3}, "output must be a logger"),
        ({"output": coroutine_function}, "output must be a plain function, got the coroutine"),
        ({"record": {}}, "record must be a Timings, got {} "),
    ],
)
def test_a_timer_that_cannot_report_is_refused(arguments, message):
    with pytest.raises(TypeError, match=message):
        timer(**arguments)


def test_a_block_has_a_name():
    with pytest.raises(TypeError, match="a function takes @timer"):
        timed(print)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ratio": -1}, "ratio must be finite and not negative, got -1 "),
        ({"capacity": 0.5}, "capacity must be at least 1, got 0.5"),
        ({"capacity": INF}, "capacity must be finite and not negative, got inf"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        RetryBudget(**arguments)


@pytest.mark.parametrize("seconds", [-1.0, 2e18, NAN, INF])
def test_a_duration_that_is_none_is_refused(seconds):
    with pytest.raises(
        ValueError, match=re.escape(f"seconds must be from 0 to 1e+18, got {seconds} ")
    ):
        Timings().observe("load", seconds)


@pytest.mark.parametrize("seconds", ["1", None, 1j, True])
def test_a_duration_is_a_number(seconds):
    with pytest.raises(TypeError, match=f"seconds must be a number, got {seconds!r}"):
        Timings().observe("load", seconds)


def test_a_duration_has_a_name():
    with pytest.raises(TypeError, match="name must be a str, got 3"):
        Timings().observe(3, 1.0)


def test_numbers_of_other_libraries_are_numbers():
    assert RetryPolicy(delay=1.5) == RetryPolicy(delay=Decimal("1.5"))
