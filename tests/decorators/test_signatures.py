"""A function that cannot take what it will be given is an error when decorating."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from unittest.mock import Mock

import pytest

from ml_infra_utils.decorators import (
    CircuitBreaker,
    RetryBudget,
    Timings,
    instrument,
    retry,
    retry_on_condition,
    retrying,
    timed,
    timer,
)
from ml_infra_utils.decorators._signature import misfit

ACCEPT = {
    "before_attempt": retry,
    "on_retry": retrying,
    "on_success": retry,
    "on_give_up": retry,
    "fallback": retry,
    "output": timer,
    "exceptions": retry,
    "condition": retry_on_condition,
    "wait": retry,
    "on_change": CircuitBreaker,
}
GIVEN = {
    "output": "the text",
    "exceptions": "the exception",
    "condition": "the result",
    "wait": "the failure and the number of the attempt",
    "on_change": "the BreakerState",
}


@pytest.mark.parametrize("name", ACCEPT)
@pytest.mark.parametrize(
    ("function", "signature"),
    [(lambda: 1, "<lambda>()"), (lambda _a, _b, _c: 1, "<lambda>(_a, _b, _c)")],
)
def test_a_function_of_other_arguments_is_refused(name, function, signature):
    expected = f"{name} must be a function of {GIVEN.get(name, 'the RetryState')}, got {signature}"
    with pytest.raises(TypeError, match=re.escape(expected)):
        ACCEPT[name](**{name: function})


def test_an_instrument_of_other_arguments_is_refused():
    with pytest.raises(TypeError, match="hook must be a function of a RetryState or BreakerState"):
        instrument(lambda: None)


async def no_state():
    pass


def test_coroutine_functions_and_options_of_one_call_are_looked_at_too():
    with pytest.raises(TypeError, match=re.escape("on_retry must be a function of the RetryState")):
        retry(on_retry=no_state)
    with pytest.raises(TypeError, match=re.escape("fallback must be a function of the RetryState")):
        retry(len).retry.with_options(fallback=no_state)


class Called:
    def __init__(self, x=0):
        self.x = x

    def __call__(self, a):
        return a

    def method(self, a):
        return a

    @classmethod
    def class_method(cls, a):
        return a


class CalledWithTwo:
    def __call__(self, a, b):
        return a, b


class CalledStatically:
    @staticmethod
    def __call__(a):
        return a


@pytest.mark.parametrize(
    "function",
    [
        lambda a: a,
        lambda a, _b=1: a,
        lambda *args: args,
        lambda a, *, _b=1: a,
        Called(),
        Called,
        Called().method,
        Called.class_method,
        CalledStatically(),
        partial(lambda a, _b: a, 1),
        partial(lambda a, _b: a, _b=1),
        partial(partial(lambda a, _b, _c: a, 1), _c=1),
        lru_cache(lambda: None),  # compiled: nobody knows
        retry(lambda a: a),
        timer(lambda: None),  # what it takes, the wrapper does not tell
        "".join,
        len,
        print,
        Mock(),
        [].append,
    ],
)
def test_what_fits_or_nobody_knows_is_accepted(function):
    assert "" == misfit(function, 1)


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (lambda a, *, _b: a, "<lambda>(a, *, _b)"),
        (lambda a, *, _b, _c: a, "<lambda>(a, *, _b, _c)"),
        (CalledWithTwo(), "CalledWithTwo(a, b)"),
        (lambda a, _b, *_: a, "<lambda>(a, _b)"),
        (Called().method.__func__, "Called.method(self, a)"),
        (partial(Called().method, 1), "Called.method(a)"),
        (partial(lambda a: a, a=1), "<lambda>(a)"),
        (partial(lambda a, _b: a, 1, 2), "<lambda>(a, _b)"),
        (Timings, "Timings()"),
    ],
)
def test_what_does_not_fit_is_shown_as_it_is_called(function, signature):
    assert signature == misfit(function, 1)


# Instances, not classes


@pytest.mark.parametrize(
    ("name", "kind"),
    [("record", Timings), ("budget", RetryBudget), ("breaker", CircuitBreaker)],
)
@pytest.mark.parametrize("accept", [retry, retry_on_condition, retrying])
def test_a_class_is_refused_where_an_instance_is_meant(accept, name, kind):
    expected = f"{name} must be a {kind.__name__}, got <class "
    with pytest.raises(TypeError, match=f"{expected}.*; give an instance of it"):
        accept(**{name: kind})


@pytest.mark.parametrize("accept", [timer, lambda **options: timed("load", **options)])
def test_a_class_is_refused_as_the_record_of_a_timer(accept):
    with pytest.raises(TypeError, match=r"must be a Timings, got <class .*; give an instance"):
        accept(record=Timings)


class Histogram:
    """Not of ours, though it observes."""

    def observe(self, _):
        raise AssertionError


def test_what_observes_in_another_way_is_no_record():
    with pytest.raises(TypeError, match=r"record must be a Timings, got <.*Histogram"):
        retry(record=Histogram())


class Logger:
    def warning(self, _):
        raise AssertionError


@pytest.mark.parametrize("kind", [Logger, str])
def test_a_class_is_no_output(kind):
    with pytest.raises(TypeError, match=r"output must be a logger, a callable .*, got <class"):
        retry(output=kind)


@pytest.mark.parametrize(
    "name", [name for name in ACCEPT if name not in ("exceptions", "fallback", "output")]
)
def test_a_class_whose_instances_are_called_is_refused(name):
    with pytest.raises(TypeError, match=f"{name} must be .*Called.* give an instance of it"):
        ACCEPT[name](**{name: Called})


def test_a_class_makes_the_answer_of_a_condition():
    assert 1 == retry_on_condition(condition=lambda _: False)(lambda: 1)()
    assert 0 == retry_on_condition(condition=bool)(lambda: 0)()
