"""retry and retry_on_condition as the guide has them: attempts, waits, lines, errors."""

from __future__ import annotations

import inspect
import re
from functools import partial

import pytest

from ml_infra_utils.decorators import RetryPolicy, Timings, retry, retry_on_condition, retrying

# retry


def test_a_successful_call_returns_at_once(waits, capsys):
    assert 42 == retry()(lambda x: x * 2)(21)
    assert [] == waits
    assert "" == capsys.readouterr().out


def test_arguments_reach_every_attempt():
    seen = []

    @retry(max_attempts=2)
    def load(path, *, size):
        seen.append((path, size))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        load("a.csv", size=3)
    assert [("a.csv", 3)] * 2 == seen


def test_defaults_are_three_attempts_with_waits_of_one_and_two_seconds(flaky, waits):
    load = flaky(*[TimeoutError()] * 3)

    with pytest.raises(TimeoutError):
        retry()(load)()
    assert [1.0, 2.0] == waits
    assert 3 == load.calls


def test_without_parentheses_the_defaults_hold(flaky, waits):
    assert "ok" == retry(flaky(TimeoutError(), TimeoutError(), "ok"))()
    with pytest.raises(TimeoutError):
        retry(flaky(*[TimeoutError()] * 3, "too late"))()
    assert [1.0, 2.0] * 2 == waits


# As tenacity's stop_after_attempt, wait_exponential and wait_fixed.
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"max_attempts": 1}, []),
        ({"max_attempts": 2}, [1.0]),
        ({"max_attempts": 4, "delay": 0.5, "backoff": 3.0}, [0.5, 1.5, 4.5]),
        ({"max_attempts": 4, "delay": 2, "backoff": 1}, [2.0, 2.0, 2.0]),
        ({"max_attempts": 4, "delay": 2, "backoff": 0}, [2.0, 0.0, 0.0]),
        ({"max_attempts": 3, "delay": 0}, [0.0, 0.0]),
        ({"max_attempts": 5, "max_delay": 3}, [1.0, 2.0, 3.0, 3.0]),
        ({"max_attempts": 3, "max_delay": 0.5}, [0.5, 0.5]),
    ],
)
def test_waits_follow_the_schedule(flaky, waits, arguments, expected):
    load = flaky(*[TimeoutError()] * 10)

    with pytest.raises(TimeoutError):
        retry(**arguments)(load)()
    assert expected == waits
    assert len(expected) + 1 == load.calls


@pytest.mark.parametrize(
    ("exceptions", "attempts"),
    [
        (Exception, 2),
        (OSError, 2),
        ((ValueError, OSError), 2),
        (ValueError, 1),
        ((), 1),
        (lambda error: "reset" in str(error), 2),
        (lambda error: error.errno == 5, 1),
    ],
)
def test_exceptions_are_types_or_a_predicate(flaky, exceptions, attempts):
    load = flaky(ConnectionError("reset by peer"), 0)
    retried = retry(exceptions=exceptions)(load)

    if attempts == 1:
        with pytest.raises(ConnectionError):
            retried()
    else:
        assert 0 == retried()
    assert attempts == load.calls


def test_other_exceptions_pass_at_once_and_silently(flaky, waits, capsys):
    with pytest.raises(KeyError):
        retry(exceptions=(OSError, ValueError))(flaky(KeyError("k")))()
    assert [] == waits
    assert "" == capsys.readouterr().out


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), GeneratorExit()])
@pytest.mark.parametrize("arguments", [{}, {"timeout": 60}])
def test_exits_are_never_retried(flaky, error, arguments):
    load = flaky(error)

    with pytest.raises(type(error)):
        retry(**arguments)(load)()
    assert 1 == load.calls


def test_statuses_are_printed(capsys):
    @retry(max_attempts=2, delay=1.25)
    def load():
        raise ConnectionError("no route")

    with pytest.raises(ConnectionError):
        load()
    assert [
        "load attempt 1/2 failed: no route. Retrying in 1.25 seconds",
        "load failed after 2 attempts: no route",
    ] == capsys.readouterr().out.splitlines()


def test_an_error_without_a_message_is_shown_by_its_type(flaky, capsys):
    with pytest.raises(TimeoutError):
        retry(max_attempts=1)(flaky(TimeoutError()))()
    assert "Flaky failed after 1 attempts: TimeoutError()\n" == capsys.readouterr().out


def test_calls_do_not_share_state(flaky, waits):
    load = retry(max_attempts=2)(flaky(OSError(), 1, OSError(), 2))

    assert [1, 2] == [load(), load()]
    assert [1.0, 1.0] == waits


def test_functions_of_one_decorator_do_not_share_a_name(capsys):
    twice = retry(max_attempts=2)

    @twice
    def first():
        raise ConnectionError

    @twice
    def second():
        raise ConnectionError

    with pytest.raises(ConnectionError):
        first()
    assert capsys.readouterr().out.startswith("first attempt 1/2")


@pytest.mark.parametrize(
    ("wrap", "name"),
    [(lambda f: partial(f.__call__), "Flaky.__call__"), (lambda f: f, "Flaky"), (partial, "Flaky")],
)
def test_callables_without_a_name_are_named_after_what_they_call(flaky, capsys, wrap, name):
    with pytest.raises(ConnectionError):
        retry(max_attempts=1)(wrap(flaky(ConnectionError("x"))))()
    assert f"{name} failed after 1 attempts: x\n" == capsys.readouterr().out


def test_a_policy_stands_for_the_arguments(flaky, waits):
    policy = RetryPolicy(max_attempts=4, delay=0.25, exceptions=TimeoutError)

    assert 1 == retry(policy)(flaky(TimeoutError(), TimeoutError(), 1))()
    assert [0.25, 0.5] == waits


@pytest.mark.parametrize("decorator", [retry, retry_on_condition, retrying])
@pytest.mark.parametrize(
    ("argument", "value", "shown"),
    [
        ("delay", 5, "5"),
        ("delay", 1, "1"),  # as by default
        ("backoff", 2.0, "2.0"),
        ("exceptions", (Exception,), "(<class 'Exception'>,)"),
        ("exceptions", (), "()"),
        ("timeout", None, "None"),
    ],
)
def test_an_argument_beside_a_policy_is_refused(decorator, argument, value, shown):
    expected = f"{argument} must be left to the policy, got {shown}"
    with pytest.raises(TypeError, match=re.escape(expected)) as caught:
        decorator(RetryPolicy(delay=3, timeout=9), **{argument: value})
    assert str(caught.value).endswith(f"; use policy.replace({argument}={shown})")


@pytest.mark.parametrize("decorator", [retry, retry_on_condition, retrying])
def test_what_is_told_and_asked_stands_beside_a_policy(decorator):
    decorator(RetryPolicy(delay=3), output=None, name="load", record=Timings())


def test_the_defaults_are_seen_in_signatures():
    assert "(max_attempts: 'Any' = 3, delay: 'Seconds' = 1.0, backoff: 'float' = 2.0, " in str(
        inspect.signature(retry)
    )


# retry_on_condition


def test_called_again_while_the_condition_is_true(flaky, waits, capsys):
    state = flaky("queued", "running", "done")

    assert "done" == retry_on_condition(5, 0.25, lambda state: state != "done")(state)()
    assert [0.25, 0.25] == waits
    assert [
        "Flaky attempt 1/5 met the condition. Retrying in 0.25 seconds",
        "Flaky attempt 2/5 met the condition. Retrying in 0.25 seconds",
    ] == capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("decorate", [retry_on_condition, retry_on_condition()])
def test_by_default_none_is_called_again(flaky, waits, decorate):
    assert 0 == decorate(flaky(None, None, 0))()
    assert [1.0, 1.0] == waits


def test_last_result_is_returned_when_attempts_are_used_up(flaky, capsys):
    assert "b" == retry_on_condition(2, 0.5, lambda _: True)(flaky("a", "b"))()
    assert capsys.readouterr().out.endswith("Flaky exhausted 2 attempts\n")


def test_exceptions_pass_a_condition_unless_they_are_named(flaky, waits):
    with pytest.raises(ConnectionError):
        retry_on_condition()(flaky(ConnectionError()))()
    assert [] == waits
    assert 0 == retry_on_condition(exceptions=OSError)(flaky(OSError(), None, 0))()


def test_an_error_of_the_condition_passes(flaky, waits):
    with pytest.raises(ZeroDivisionError):
        retry_on_condition(condition=lambda result: 1 / result, exceptions=Exception)(flaky(0))()
    assert [] == waits


def test_waits_of_a_condition_take_the_additions_of_retry(flaky, waits):
    poll = retry_on_condition(5, 1.0, backoff=2.0, max_delay=3.0, timeout=100)

    assert 0 == poll(flaky(None, None, None, 0))()
    assert [1.0, 2.0, 3.0] == waits


def test_a_policy_brings_its_exceptions_to_a_condition(flaky, waits):
    poll = retry_on_condition(RetryPolicy(delay=0.5, backoff=1), condition=lambda x: x < 0)

    assert 7 == poll(flaky(-1, OSError(), 7))()
    assert [0.5, 0.5] == waits


# blocks


def test_a_block_is_run_until_it_succeeds(waits):
    numbers = []
    for attempt in retrying(max_attempts=4, delay=0.5):
        with attempt:
            numbers.append(attempt.number)
            if attempt.number < 3:
                raise ConnectionError
    assert [1, 2, 3] == numbers
    assert [0.5, 1.0] == waits


def test_the_error_of_the_last_block_is_raised(capsys):
    error = ConnectionError("no route")

    def upload():
        for attempt in retrying(max_attempts=2, name="upload"):
            with attempt:
                raise error

    with pytest.raises(ConnectionError) as caught:
        upload()
    assert error is caught.value
    assert capsys.readouterr().out.endswith("upload failed after 2 attempts: no route\n")


def test_other_errors_leave_the_block_at_once(waits):
    def upload():
        for attempt in retrying(exceptions=OSError):
            with attempt:
                raise KeyError

    with pytest.raises(KeyError):
        upload()
    assert [] == waits


def test_each_loop_starts_anew(waits):
    twice = retrying(max_attempts=2)
    for _ in range(2):
        for attempt in twice:
            with attempt:
                if attempt.number == 1:
                    raise ConnectionError
    assert [1.0, 1.0] == waits


def test_leaving_the_block_early_ends_the_loop():
    count = 0
    for attempt in retrying():
        with attempt:
            count += 1
            continue
    for attempt in retrying():
        with attempt:
            count += 1
            break
    assert 2 == count


def test_a_loop_may_be_driven_by_hand():
    attempts = iter(retrying())
    assert attempts is iter(attempts)
    with next(attempts):
        pass
    assert [] == list(attempts)


def test_a_loop_that_forgets_its_attempt_is_told():
    with pytest.raises(RuntimeError, match="write `with attempt:` in the loop"):
        for _ in retrying():
            pass
