"""Every kind of callable: what is awaited, descriptors, proxies, predicates in the wrong place."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import types
import warnings
from datetime import timedelta
from functools import cached_property, partial, partialmethod, singledispatchmethod, wraps
from unittest.mock import Mock
from xmlrpc.client import ServerProxy

import pytest
import trio

from ml_infra_utils.decorators import (
    RetryPolicy,
    Timings,
    retry,
    retry_on_condition,
    retrying,
    timer,
)
from ml_infra_utils.decorators.testing import simulate

# A plain function that returns what is to be awaited


def through_a_wrapper(work):
    """A coroutine function below a decorator that is none."""

    async def call():
        await asyncio.sleep(0)
        return work()

    @wraps(call)
    def wrapper():
        return call()

    return wrapper


def through_a_lambda(work):
    async def call():
        return work()

    return lambda: call()


def through_a_task(work):
    async def call():
        return work()

    return lambda: asyncio.ensure_future(call())


class Later:
    """An object that can only be awaited."""

    def __init__(self, work):
        self._work = work

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self._work()


def through_an_object(work):
    return lambda: Later(work)


every_awaitable = pytest.mark.parametrize(
    "make", [through_a_wrapper, through_a_lambda, through_a_task, through_an_object]
)
plain_and_watched = pytest.mark.parametrize("options", [{}, {"timeout": 1000}])


async def awaited(function, *args):
    return await function(*args)


@every_awaitable
@plain_and_watched
def test_what_is_awaited_is_retried_to_its_result(make, options, flaky, waits):
    work = flaky(ConnectionError(), ConnectionError(), "ok")

    assert "ok" == asyncio.run(awaited(retry(**options)(make(work))))
    assert [1.0, 2.0] == waits


@every_awaitable
@plain_and_watched
def test_what_is_awaited_fails_with_its_last_error_and_a_note(make, options, flaky, waits):
    errors = [ConnectionError(1), ConnectionError(2)]

    with pytest.raises(ConnectionError) as caught:
        asyncio.run(awaited(retry(2, **options)(make(flaky(*errors)))))
    assert errors[1] is caught.value
    assert "failed after 2 attempts" in caught.value.__notes__[0]
    assert [1.0] == waits


@every_awaitable
def test_hooks_and_conditions_hear_of_the_result_that_was_awaited(make, flaky):
    heard = []

    decorate = retry_on_condition(on_success=heard.append, before_attempt=heard.append)
    assert 7 == asyncio.run(awaited(decorate(make(flaky(None, 7)))))
    assert [("attempt", 1, None), ("attempt", 2, None), ("success", 2, 7)] == [
        (state.event, state.attempt_number, state.result) for state in heard
    ]


@every_awaitable
def test_a_timer_counts_to_the_result(make, clock):
    timings = Timings()

    @timer(output=None, record=timings)
    def call():
        return make(lambda: clock.advance(3))()

    asyncio.run(awaited(call))
    assert 3.0 == timings["call"].total


@every_awaitable
def test_a_timer_tells_what_is_raised_when_it_is_awaited(make, flaky, capsys):
    with pytest.raises(OSError, match="x"):
        asyncio.run(awaited(timer(make(flaky(OSError("x"))))))
    assert capsys.readouterr().out.endswith(" seconds and raised OSError\n")


def test_a_function_that_fails_before_it_returns_a_coroutine_is_retried(waits):
    async def coroutine():
        return "ok"

    calls = []

    @retry
    def call():
        calls.append(1)
        if len(calls) == 1:
            raise ConnectionError
        return coroutine()

    assert "ok" == asyncio.run(awaited(call))
    assert [1.0] == waits


def test_a_future_runs_before_it_is_awaited(flaky, waits):
    async def call():
        task = retry(through_a_task(flaky(ConnectionError(), "ok")))()
        assert isinstance(task, asyncio.Task)
        await asyncio.wait({task})
        return task.result()

    assert "ok" == asyncio.run(call())
    assert [1.0] == waits


@plain_and_watched
def test_a_future_of_a_loop_that_does_not_run_yet_is_retried(options, flaky, waits):
    loop = asyncio.new_event_loop()
    work = flaky(ConnectionError(), "ok")

    async def coroutine():
        return work()

    task = retry(**options)(lambda: loop.create_task(coroutine()))()
    assert "ok" == loop.run_until_complete(task)
    loop.close()
    assert [1.0] == waits


def test_what_nobody_awaits_is_named_after_its_function(flaky):
    @retry
    def forgotten():
        return Later(flaky("ok"))

    coroutine = forgotten()
    coroutine.close()
    assert coroutine.__qualname__.endswith("forgotten")  # as the warning about it has it


def test_handles_that_are_more_than_awaitable_are_returned_as_they_are():
    class Reference(Later):
        def result(self):
            return self._work()

    handle = Reference(lambda: 3)
    assert handle is retry(lambda: handle)()
    assert handle is timer(lambda: handle)()


def test_a_coroutine_of_old_is_a_coroutine_function(flaky):
    work = flaky(ConnectionError(), "ok")

    @retry
    @types.coroutine
    def call():
        yield from asyncio.sleep(0).__await__()
        return work()

    assert "ok" == asyncio.run(awaited(call))


# Where the decorator goes


@pytest.mark.parametrize("decorate", [retry, retry(), retry_on_condition, timer, timer()])
@pytest.mark.parametrize(
    "descriptor", [partialmethod(print), cached_property(print), singledispatchmethod(print)]
)
def test_descriptors_are_told_where_the_decorator_goes(decorate, descriptor):
    kind = type(descriptor).__name__
    with pytest.raises(TypeError, match=f"must decorate the function inside the {kind}, got the"):
        decorate(descriptor)


def test_below_descriptors_everything_works(flaky, waits):
    work = flaky(*[ConnectionError(), 1] * 4)

    class Service:
        @retry
        def call(self, kind):
            return kind, work()

        start = partialmethod(call, "start")

        @cached_property
        @retry
        def model(self):
            return work()

        @singledispatchmethod
        @retry
        def read(self, value):
            return value, work()

        @read.register
        @retry
        def _(self, value: int):
            return value, work()

    service = Service()
    assert ("start", 1) == service.start()
    assert 1 == service.model == service.model
    assert ("a", 1) == service.read("a")
    assert (3, 1) == service.read(3)
    assert [1.0] * 4 == waits


def test_partials_of_what_is_retried_are_retried(flaky, waits):
    work = flaky(ConnectionError(), 1)

    @retry
    def call(x, y):
        return x, y, work()

    assert (1, 2, 1) == partial(call, y=2)(1)
    assert [1.0] == waits


def test_what_is_retried_keeps_its_defaults():
    def call(x, y=3, *, z=4):
        return x, y, z

    for decorated in (retry(call), timer(output=None)(call)):
        assert ((3,), {"z": 4}) == (decorated.__defaults__, decorated.__kwdefaults__)
        assert (1, 3, 4) == decorated(1)
        assert (1, 5, 6) == decorated(1, 5, z=6)


# Proxies that give something for every name


class CatchAll:
    """As the proxies of RPC libraries are."""

    def __init__(self, work=None):
        self._work = work

    def __getattr__(self, name):
        return CatchAll(self._work)

    def __call__(self, *_, **__):
        return self._work()


@plain_and_watched
def test_a_catch_all_proxy_is_retried(options, flaky, waits, capsys):
    assert "ok" == retry(**options)(CatchAll(flaky(ConnectionError("x"), "ok")))()
    assert "CatchAll attempt 1/3 failed: x." in capsys.readouterr().out
    assert [1.0] == waits


def test_a_method_of_a_server_proxy_is_decorated():
    decorated = retry(ServerProxy("http://localhost:1/").pow)
    assert callable(decorated)
    assert callable(timer(output=None)(ServerProxy("http://localhost:1/").pow))


@pytest.mark.parametrize("name", ["before_attempt", "on_retry", "on_success", "on_give_up"])
def test_a_catch_all_proxy_is_a_hook(name, flaky):
    heard = []
    hook = CatchAll(lambda: heard.append(name))

    assert 1 == retry(**{name: hook})(flaky(ConnectionError(), 1))() or name
    if name == "on_give_up":
        with pytest.raises(ConnectionError):
            retry(1, **{name: hook})(flaky(ConnectionError()))()
    assert name in heard


def test_a_mock_stays_a_plain_function():
    assert 3 == retry(Mock(return_value=3))()
    assert 3 == timer(output=None)(Mock(return_value=3))()


# Exceptions and predicates by position


@pytest.mark.parametrize(
    ("decorate", "argument"),
    [
        (lambda: retry(lambda e: isinstance(e, OSError)), "exceptions"),
        (lambda: retry(lambda x: x.status == 503), "exceptions"),
        (lambda: retry_on_condition(lambda r: r is None), "condition"),
    ],
)
def test_a_predicate_by_position_is_an_error_that_says_which_argument_to_name(decorate, argument):
    with pytest.raises(TypeError, match=rf"give it by name: @\w+\({argument}=…\)"):

        @decorate()
        def load():
            return 1


def test_a_named_predicate_by_position_is_an_error_too():
    def is_transient(error):
        return isinstance(error, OSError)

    with pytest.raises(TypeError, match="give it by name"):

        @retry(is_transient)
        def load():
            return 1

    assert retry(is_transient)(OSError())


def test_a_function_of_one_argument_may_take_functions():
    @retry
    def run(job):
        return job()

    assert 3 == run(lambda: 3)
    assert 6 == retry(lambda x: x * 2)(3)


@pytest.mark.parametrize("decorator", [retry, retry_on_condition])
def test_an_exception_type_by_position_is_told_apart_from_a_class(decorator):
    with pytest.raises(TypeError, match="say by name what is retried: exceptions=…"):
        decorator(ConnectionError)
    with pytest.raises(TypeError, match="decorate its methods instead"):
        decorator(dict)


@pytest.mark.parametrize("exceptions", [[OSError, KeyError], (OSError, KeyError)])
def test_a_list_of_exceptions_is_as_good_as_a_tuple(exceptions, flaky):
    assert 1 == retry(exceptions=exceptions)(flaky(KeyError(), OSError(), 1))()
    assert RetryPolicy(exceptions=[OSError]) == RetryPolicy(exceptions=OSError)
    assert hash(RetryPolicy(exceptions=[OSError])) == hash(RetryPolicy(exceptions=OSError))


# timedelta, and no limit of attempts


def test_a_timedelta_goes_wherever_seconds_go(flaky, waits):
    policy = RetryPolicy(
        delay=timedelta(milliseconds=500),
        max_delay=timedelta(seconds=30),
        timeout=timedelta(minutes=1),
        retry_after=timedelta(hours=1),
    )
    seconds = RetryPolicy(delay=0.5, max_delay=30.0, timeout=60.0, retry_after=3600.0)

    assert seconds == policy
    assert seconds == RetryPolicy.from_json(policy.to_json())
    assert 1 == retry(delay=timedelta(seconds=3))(flaky(OSError(), 1))()
    assert [3.0] == waits


def test_without_a_limit_of_attempts_the_timeout_ends_a_call(waits, capsys):
    def load():
        raise ConnectionError("x")

    with pytest.raises(ConnectionError):
        retry(max_attempts=None, delay=10, backoff=1, timeout=45)(load)()
    assert [10.0] * 4 == waits
    first, *_, last = capsys.readouterr().out.splitlines()
    assert "load attempt 1 failed: x. Retrying in 10.00 seconds" == first
    assert last.startswith("load failed after 5 attempts: x (waiting 10.00 seconds more would")


def test_waits_without_a_limit_do_not_overflow():
    waits = RetryPolicy(None, timeout=1, max_delay=60).waits()
    assert 60.0 == [next(waits) for _ in range(2000)][-1]


def test_a_policy_without_a_limit_goes_to_json_and_back():
    policy = RetryPolicy(max_attempts=None, timeout=60)
    assert None is json.loads(policy.to_json())["max_attempts"]
    assert policy == RetryPolicy.from_json(policy.to_json())


def test_a_policy_without_a_limit_is_simulated():
    simulation = simulate(RetryPolicy(None, delay=10, backoff=1, timeout=45))
    assert (5, 5, 40.0) == (
        len(simulation.steps),
        simulation.most_attempts,
        simulation.worst_case,
    )
    jittered = RetryPolicy(None, delay=10, jitter="full", timeout=45)
    assert 46.0 == simulate(jittered, attempt_seconds=1).worst_case
    with pytest.raises(ValueError, match="at most 100,000 attempts, got a policy that makes more"):
        simulate(jittered)


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


def test_signatures_follow_partials():
    def call(x, y=3):
        return x, y

    assert "(x, y=4)" == str(inspect.signature(retry()(partial(call, y=4)))).replace("*, ", "")
