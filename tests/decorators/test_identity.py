"""What is decorated stays what it was: its kind, its name, its signature, its pickle."""

from __future__ import annotations

import contextlib
import inspect
import pickle
from functools import partial, wraps

import cloudpickle
import pytest

from ml_infra_utils.decorators import (
    Timings,
    retry,
    retry_on_condition,
    retrying,
    timer,
    timer_with_units,
)


@retry()
def module_level(x: int) -> int:
    """Double it."""
    return x * 2


@pytest.mark.parametrize("options", [{}, {"timeout": 9}])
@pytest.mark.parametrize(
    "is_kind", ["isgeneratorfunction", "iscoroutinefunction", "isasyncgenfunction"]
)
def test_the_kind_of_a_function_is_kept(options, is_kind):
    def generator():
        yield

    async def coroutine():
        pass

    async def async_generator():
        yield

    for function in (generator, coroutine, async_generator):
        decorated = retry(**options)(function)
        assert getattr(inspect, is_kind)(function) == getattr(inspect, is_kind)(decorated)


def test_name_docstring_and_signature_are_kept():
    assert ("module_level", "Double it.") == (module_level.__name__, module_level.__doc__)
    assert "(x: 'int') -> 'int'" == str(inspect.signature(module_level))
    assert 6 == module_level.__wrapped__(3)


def annotated(x: int) -> str:
    """Say it."""
    return str(x)


annotated.tag = "a"


@pytest.mark.parametrize(
    "function", [annotated, len, partial(annotated, 3), lambda: None, str.upper, "".join]
)
@pytest.mark.parametrize("decorate", [retry, timer(output=None)])
def test_identity_is_what_functools_would_give(decorate, function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    expected, decorated = wraps(function)(wrapper), decorate(function)
    for name in ("__module__", "__qualname__", "__doc__", "__annotations__", "__wrapped__"):
        if hasattr(function, name):
            assert getattr(expected, name) == getattr(decorated, name)
    own = {"retry"}  # what steers it
    assert vars(expected) == {k: v for k, v in vars(decorated).items() if k not in own}


def test_a_function_of_a_module_is_pickled_by_name():
    assert module_level is pickle.loads(pickle.dumps(module_level))


def test_a_function_of_a_notebook_is_pickled_by_value():
    @retry(max_attempts=2, timeout=30)
    def load(x):
        return x + 1

    load.__module__ = "__main__"
    assert 3 == pickle.loads(cloudpickle.dumps(load))(2)


# What it is called


def test_methods_of_one_name_are_told_apart():
    timings = Timings()

    class A:
        @timer(output=None, record=timings)
        def fit(self):
            pass

    class B:
        @retry(record=timings)
        def fit(self):
            pass

    A().fit()
    B().fit()
    assert ["A.fit", "B.fit"] == list(timings)


@pytest.mark.parametrize(
    "decorate",
    [
        retry(name="fetch", max_attempts=1),
        retry_on_condition(name="fetch", max_attempts=1),
        timer(name="fetch"),
        timer_with_units(name="fetch"),
    ],
)
def test_a_name_may_be_given(decorate, capsys):
    decorate(lambda: None)()
    with contextlib.suppress(ConnectionError):
        retry(1, name="fetch")(fail)()
    assert {"fetch"} == {line.split()[0] for line in capsys.readouterr().out.splitlines()}


def fail():
    raise ConnectionError


@pytest.mark.parametrize("accept", [retry, retry_on_condition, retrying])
def test_a_name_that_is_none_is_refused(accept):
    with pytest.raises(TypeError, match="name must be a str, got 3"):
        accept(name=3)


@pytest.mark.parametrize("accept", [timer, timer_with_units])
def test_a_name_of_a_timer_that_is_none_is_refused(accept):
    with pytest.raises(TypeError, match="name must be a str, got 3"):
        accept(name=3)(len)
