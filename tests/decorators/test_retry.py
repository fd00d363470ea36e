from __future__ import annotations

import pickle
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.decorators import retry, retry_on_condition
from ml_infra_utils.decorators._schedule import LONGEST_WAIT, Schedule


class Flaky:
    """Raise each exception among the outcomes, return the others."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.calls = 0

    def __call__(self):
        outcome = self.outcomes[self.calls]
        self.calls += 1
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


@retry()
def module_level(x: int) -> int:
    """Double it."""
    return x * 2


# retry


def test_result_of_a_successful_call_is_returned_at_once(waits, capsys):
    assert retry()(module_level.__wrapped__)(21) == 42
    assert waits == []
    assert capsys.readouterr().out == ""


def test_arguments_reach_every_attempt():
    seen = []

    @retry(max_attempts=2)
    def load(path, *, size):
        seen.append((path, size))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        load("a.csv", size=3)
    assert seen == [("a.csv", 3)] * 2


def test_first_retry_waits_delay_and_each_later_one_backoff_times_more(waits):
    flaky = Flaky(ConnectionError(), ConnectionError(), ConnectionError(), "model")

    assert retry(max_attempts=4, delay=0.5, backoff=3.0)(flaky)() == "model"
    assert waits == [0.5, 1.5, 4.5]


def test_defaults_are_three_attempts_after_one_and_two_seconds(waits):
    flaky = Flaky(*[TimeoutError()] * 3)

    with pytest.raises(TimeoutError):
        retry()(flaky)()
    assert waits == [1.0, 2.0]
    assert flaky.calls == 3


def test_last_exception_is_raised_as_it_is():
    errors = [TimeoutError("first"), TimeoutError("second")]

    with pytest.raises(TimeoutError) as caught:
        retry(max_attempts=2)(Flaky(*errors))()
    assert errors[1] is caught.value
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_other_exceptions_pass_at_once(capsys):
    flaky = Flaky(KeyError("k"))

    with pytest.raises(KeyError):
        retry(exceptions=(OSError, ValueError))(flaky)()
    assert flaky.calls == 1
    assert capsys.readouterr().out == ""


def test_one_exception_type_needs_no_tuple():
    assert retry(exceptions=OSError)(Flaky(ConnectionError(), 1))() == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), GeneratorExit()])
def test_exits_are_never_retried(error):
    flaky = Flaky(error)

    with pytest.raises(type(error)):
        retry()(flaky)()
    assert flaky.calls == 1


def test_statuses_are_printed(capsys):
    @retry(max_attempts=2, delay=1.25)
    def load():
        raise ConnectionError("no route")

    with pytest.raises(ConnectionError):
        load()
    assert capsys.readouterr().out.splitlines() == [
        "load attempt 1/2 failed: no route. Retrying in 1.25 seconds",
        "load failed after 2 attempts: no route",
    ]


def test_calls_do_not_share_state(waits):
    load = retry(max_attempts=2)(Flaky(ConnectionError(), 1, ConnectionError(), 2))

    assert [load(), load()] == [1, 2]
    assert waits == [1.0, 1.0]


def test_methods_are_bound():
    class Client:
        answer = 7

        @retry()
        def get(self):
            return self.answer

    assert Client().get() == 7


def test_metadata_and_pickling_are_kept():
    assert (module_level.__name__, module_level.__doc__) == ("module_level", "Double it.")
    assert pickle.loads(pickle.dumps(module_level)) is module_level


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (partial(Flaky(ConnectionError("x")).__call__), "__call__"),
        (Flaky(ConnectionError("x")), "Flaky"),
    ],
)
def test_callables_without_a_name_are_named_after_what_they_call(capsys, function, name):
    with pytest.raises(ConnectionError):
        retry(max_attempts=1)(function)()
    assert f"{name} failed after 1 attempts: x\n" == capsys.readouterr().out


# retry_on_condition


def test_called_again_while_the_condition_is_true(waits, capsys):
    @retry_on_condition(max_attempts=5, delay=0.25, condition=lambda state: state != "done")
    def state(outcomes=iter(["queued", "running", "done"])):  # noqa: B008 - shared on purpose
        return next(outcomes)

    assert state() == "done"
    assert waits == [0.25, 0.25]
    assert "state attempt 1/5 met the condition. Retrying in 0.25 seconds" in (
        capsys.readouterr().out
    )


def test_by_default_none_is_called_again(waits):
    assert retry_on_condition()(Flaky(None, None, 0))() == 0
    assert waits == [1.0, 1.0]


def test_last_result_is_returned_when_attempts_are_used_up(capsys):
    assert retry_on_condition(2, 0.5, lambda _: True)(Flaky("a", "b"))() == "b"
    assert capsys.readouterr().out.endswith("Flaky exhausted 2 attempts\n")


def test_exceptions_pass_a_condition(waits):
    flaky = Flaky(ConnectionError())

    with pytest.raises(ConnectionError):
        retry_on_condition()(flaky)()
    assert waits == []


# bad input, when decorating


@pytest.mark.parametrize("decorator", [retry, retry_on_condition])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"max_attempts": 0}, ValueError, "max_attempts must be at least 1, got 0"),
        ({"max_attempts": -1}, ValueError, "max_attempts must be at least 1, got -1"),
        ({"max_attempts": True}, TypeError, "max_attempts must be an int, got True"),
        ({"max_attempts": 2.0}, TypeError, "max_attempts must be an int, got 2.0"),
        ({"delay": -0.1}, ValueError, "delay must be finite and not negative, got -0.1"),
        ({"delay": float("nan")}, ValueError, "delay must be finite and not negative, got nan"),
        ({"delay": float("inf")}, ValueError, "delay must be finite and not negative, got inf"),
        ({"delay": "1"}, TypeError, "delay must be a number, got '1'"),
    ],
)
def test_bad_arguments_are_refused(decorator, arguments, error, message):
    with pytest.raises(error, match=message):
        decorator(**arguments)


@pytest.mark.parametrize("backoff", [-1, float("nan"), float("inf")])
def test_bad_backoff_is_refused(backoff):
    with pytest.raises(ValueError, match="backoff must be finite and not negative"):
        retry(backoff=backoff)


@pytest.mark.parametrize(
    ("exceptions", "message"),
    [
        ("ConnectionError", "exceptions must be exception types, got 'ConnectionError'"),
        ((ConnectionError, int), "exceptions must be exception types, got <class 'int'>"),
        (BaseException, "exceptions must not hold BaseException"),
        ((ConnectionError, KeyboardInterrupt), "exceptions must not hold KeyboardInterrupt"),
    ],
)
def test_what_is_no_exception_type_is_refused(exceptions, message):
    with pytest.raises(TypeError, match=message):
        retry(exceptions=exceptions)


def test_a_condition_that_is_not_callable_is_refused():
    with pytest.raises(TypeError, match="condition must be callable, got None"):
        retry_on_condition(condition=None)


@pytest.mark.parametrize("decorator", [retry, retry_on_condition])
@pytest.mark.parametrize(
    ("target", "message"),
    [
        (int, "expects a function, got the class 'int'; decorate its methods instead"),
        (3, "expects a function, got 3"),
        (classmethod(print), "goes below @classmethod"),
        (staticmethod(print), "goes below @staticmethod"),
    ],
)
def test_only_functions_are_decorated(decorator, target, message):
    with pytest.raises(TypeError, match=f"@{decorator.__name__} {message}"):
        decorator()(target)


# the schedule


@given(
    attempt=st.integers(1, 10**6),
    delay=st.floats(0, 1e308),
    backoff=st.floats(0, 1e308),
)
def test_waits_never_overflow(attempt, delay, backoff):
    assert 0 <= Schedule(3, delay, backoff).wait(attempt) <= LONGEST_WAIT


@pytest.mark.parametrize(("delay", "longest"), [(1.0, LONGEST_WAIT), (0.0, 0.0)])
def test_a_thousand_attempts_with_backoff_two_stay_finite(delay, longest):
    assert longest == Schedule(10**6, delay, 2.0).wait(1100)
