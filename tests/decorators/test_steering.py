"""Retries steered from outside: waits of one's own, and fallbacks."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta

import pytest

from ml_infra_utils.decorators import (
    RetryPolicy,
    StopRetrying,
    retry,
    retry_on_condition,
    retrying,
)
from ml_infra_utils.decorators.testing import simulate
from tests.decorators.failing import fail, settle
from tests.decorators.test_forms import (
    FORMS,
    as_async_generator,
    as_coroutine,
    as_function,
    as_generator,
    as_method,
)

every_form = pytest.mark.parametrize("form", FORMS)
with_a_result = pytest.mark.parametrize("form", [as_function, as_method, as_coroutine])
plain_and_watched = pytest.mark.parametrize("options", [{}, {"timeout": 1000}])


# Waits of one's own


@every_form
def test_waits_are_given_one_by_one_and_the_last_holds(form, waits):
    settle(form(fail, max_attempts=5, wait=[1, timedelta(seconds=5), 30]))
    assert [1.0, 5.0, 30.0, 30.0] == waits


@every_form
def test_a_wait_is_a_function_of_the_failure_and_the_attempt(form, flaky, waits):
    def wait(error, attempt):
        return {"busy": 10.0, "reset": timedelta(seconds=1)}[str(error)] * attempt

    work = flaky(ConnectionError("busy"), ConnectionError("reset"), 3)
    assert 3 == form(work, wait=wait)()
    assert [10.0, 2.0] == waits


def test_a_wait_of_none_is_that_of_the_schedule(waits):
    settle(retry(4, wait=lambda _, attempt: 7 if attempt == 2 else None)(fail))
    assert [1.0, 7.0, 4.0] == waits


def test_a_wait_for_a_condition_is_a_function_of_the_result(flaky, waits):
    poll = retry_on_condition(condition=lambda n: n < 0, wait=lambda result, _: -result)
    assert 0 == poll(flaky(-3, -4, 0))()
    assert [3.0, 4.0] == waits


def test_max_delay_and_jitter_hold_for_given_waits(waits):
    settle(retry(4, wait=(1, 50), max_delay=3, jitter="equal", seed=1)(fail))
    assert 0.5 <= waits[0] <= 1.0
    assert all(1.5 <= wait <= 3.0 for wait in waits[1:])


@pytest.mark.parametrize("useless", ["soon", -1, float("nan"), True])
def test_a_wait_function_that_turns_useless_is_told_and_the_schedule_holds(useless, waits, capsys):
    settle(retry(2, wait=lambda error, _: useless if str(error) == "no route" else 1)(fail))
    assert [1.0] == waits
    assert "fail: wait raised " in capsys.readouterr().out


def test_a_wait_function_that_fails_is_told_and_the_schedule_holds(waits, capsys):
    settle(retry(2, wait=lambda error, _: error.response.wait)(fail))
    assert [1.0] == waits
    assert "wait raised AttributeError: 'ConnectionError' object has no" in capsys.readouterr().out


async def coroutine_function(*_):
    return 1


@pytest.mark.parametrize("accept", [retry, retry_on_condition, retrying, RetryPolicy])
@pytest.mark.parametrize(
    ("wait", "error", "message"),
    [
        ("5", TypeError, "wait must be seconds in a sequence, or a function of the failure"),
        (5, TypeError, "wait must be seconds in a sequence, or a function of the failure"),
        ([], TypeError, "wait must be seconds in a sequence, or a function of the failure"),
        ([1, "2"], TypeError, r"wait\[1\] must be a number, got '2'"),
        ([1, -2], ValueError, r"wait\[1\] must be finite and not negative, got -2"),
        ([timedelta(-1)], ValueError, r"wait\[0\] must be finite and not negative"),
        (lambda _, __: "soon", TypeError, "what wait returns must be a number, got 'soon'"),
        (lambda _, __: -1, ValueError, "what wait returns must be finite and not negative"),
        (coroutine_function, TypeError, "wait must be a plain function"),
    ],
)
def test_waits_that_make_no_sense_are_refused(accept, wait, error, message):
    with pytest.raises(error, match=message):
        accept(wait=wait)


def test_waits_of_one_s_own_do_not_go_with_a_jitter_that_makes_its_own():
    with pytest.raises(ValueError, match="jitter must be 'full' or 'equal' beside wait"):
        RetryPolicy(wait=[1], jitter="decorrelated")


def test_given_waits_go_to_json_and_functions_do_not():
    policy = RetryPolicy(wait=[1, 5.5])
    assert [1.0, 5.5] == json.loads(policy.to_json())["wait"]
    assert policy == RetryPolicy.from_json(policy.to_json())
    assert [1.0, 5.5, 5.5] == list(policy.replace(max_attempts=4).waits())
    with pytest.raises(TypeError, match="wait must be a sequence to go to JSON"):
        RetryPolicy(wait=lambda *_: 1).to_dict()


def test_given_waits_are_simulated_and_functions_are_refused():
    assert (1.0, 5.0) == simulate(RetryPolicy(wait=[1, 5])).waits
    with pytest.raises(TypeError, match="wait must be a sequence to be known beforehand"):
        simulate(RetryPolicy(wait=lambda *_: 1))


def test_a_trial_draws_nothing_of_a_schedule():
    random.seed(7)
    first = random.random()
    random.seed(7)
    settle(retry(jitter="full", wait=[1])(fail))
    assert first == random.random()


# Fallbacks


@with_a_result
@plain_and_watched
@pytest.mark.parametrize("value", [None, [], "cached", 0])
def test_a_fallback_is_returned_instead_of_raising(form, options, value, waits, capsys):
    assert value is form(fail, fallback=value, **options)()
    assert [1.0, 2.0] == waits
    assert capsys.readouterr().out.endswith("failed after 3 attempts: no route\n")


@with_a_result
@plain_and_watched
def test_a_fallback_is_made_from_the_state(form, options):
    def fallback(state):
        return state.name, state.attempt_number, str(state.error)

    name, *rest = form(fail, fallback=fallback, **options)()
    assert name.endswith(("fail", "call"))
    assert [3, "no route"] == rest


@plain_and_watched
def test_the_fallback_of_a_coroutine_is_awaited(options):
    async def fallback(state):
        await asyncio.sleep(0)
        return state.attempt_number

    assert 3 == as_coroutine(fail, fallback=fallback, **options)()


@with_a_result
def test_other_errors_pass_a_fallback(form, flaky):
    with pytest.raises(KeyError):
        form(flaky(KeyError()), exceptions=OSError, fallback=1)()


@with_a_result
def test_an_error_of_the_fallback_has_the_failure_in_its_context(form):
    with pytest.raises(ZeroDivisionError) as caught:
        form(fail, fallback=lambda _: 1 / 0)()
    assert isinstance(caught.value.__context__, ConnectionError)


def test_a_fallback_stands_in_for_a_result_that_met_the_condition(flaky):
    assert "none" == retry_on_condition(2, fallback="none")(flaky(None, None))()


def test_a_fallback_stands_in_if_a_hook_stops_the_first_attempt():
    def stop(_):
        raise StopRetrying

    assert 7 == retry(before_attempt=stop, fallback=7)(fail)()


@pytest.mark.parametrize("make", [as_generator, as_async_generator])
def test_a_generator_has_no_result_to_stand_in_for(make):
    with pytest.raises(TypeError, match=r"fallback must be left out for the .*generator"):
        make(fail, fallback=1)


def test_a_fallback_that_makes_no_sense_is_refused():
    with pytest.raises(TypeError, match=r"fallback must be left out for retrying\(\)"):
        retrying(fallback=1)
    with pytest.raises(
        TypeError, match="fallback must be a value, or a function of the RetryState"
    ):
        retry(fallback=list)
    with pytest.raises(
        TypeError, match="fallback must be a plain function for the function 'fail'"
    ):
        retry(fallback=coroutine_function)(fail)
