"""Where the decorator goes, proxies, predicates in the wrong place, any number of attempts."""

from __future__ import annotations

import inspect
import json
from datetime import timedelta
from functools import cached_property, partial, partialmethod, singledispatchmethod
from unittest.mock import Mock
from xmlrpc.client import ServerProxy

import pytest

from ml_infra_utils.decorators import (
    RetryPolicy,
    retry,
    retry_on_condition,
    timer,
)
from ml_infra_utils.decorators.testing import simulate

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


@pytest.mark.parametrize("options", [{}, {"timeout": 1000}])
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


def test_signatures_follow_partials():
    def call(x, y=3):
        return x, y

    assert "(x, y=4)" == str(inspect.signature(retry()(partial(call, y=4)))).replace("*, ", "")
