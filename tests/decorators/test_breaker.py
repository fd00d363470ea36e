"""CircuitBreaker: closed, open, half-open, beside retry, budget, deadline and hooks."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.decorators import (
    CircuitBreaker,
    CircuitOpenError,
    RetryBudget,
    instrument,
    retry,
    retry_on_condition,
)
from tests.decorators.failing import fail, settle
from tests.decorators.test_forms import FORMS, as_coroutine, as_function

every_form = pytest.mark.parametrize("form", FORMS)
GOLDEN = Path(__file__).parent / "golden" / "circuit-breaker-1.json"


def opened(**options):
    breaker = CircuitBreaker(**{"min_calls": 1, "cooldown": 30, **options})
    breaker.count(has_failed=True)
    assert "open" == breaker.position
    return breaker


@every_form
def test_it_opens_by_the_rate_of_failures(form, flaky):
    breaker = CircuitBreaker(failure_rate=0.5, min_calls=4)
    work = flaky(1, 2, OSError(), OSError(), 5)
    call = form(work, max_attempts=1, breaker=breaker, output=None)

    for _ in range(4):
        with suppress(OSError):
            call()
    assert "open" == breaker.position
    with pytest.raises(CircuitOpenError, match=r"'breaker' is open for 30\.00 seconds more"):
        call()
    assert 4 == work.calls


@every_form
def test_it_closes_after_a_trial_that_succeeds(form, flaky, clock):
    breaker = opened(cooldown=10)
    call = form(flaky("ok", "ok"), max_attempts=1, breaker=breaker)

    clock.advance(9.5)
    with pytest.raises(CircuitOpenError):
        call()
    clock.advance(0.5)
    assert "half-open" == breaker.position
    assert "ok" == call()
    assert "closed" == breaker.position


@every_form
def test_it_opens_again_after_a_trial_that_fails(form, clock):
    breaker = opened(cooldown=10)
    call = form(fail, max_attempts=1, breaker=breaker)

    clock.advance(10)
    settle(call)
    assert ("open", 10.0) == (breaker.position, breaker.seconds_left())


def test_it_needs_enough_calls():
    breaker = CircuitBreaker(min_calls=3)
    for position in ("closed", "closed", "open"):
        breaker.count(has_failed=True)
        assert position == breaker.position


def test_what_left_the_window_does_not_count(clock):
    breaker = CircuitBreaker(window=60, min_calls=2)
    breaker.count(has_failed=True)
    clock.advance(66)
    breaker.count(has_failed=True)
    assert "closed" == breaker.position
    clock.advance(30)
    breaker.count(has_failed=True)
    assert "open" == breaker.position


def test_what_is_a_whole_window_old_does_not_count(clock):
    breaker = CircuitBreaker(failure_rate=1, min_calls=2, window=10)
    breaker.count(has_failed=True)
    clock.advance(10)
    breaker.count(has_failed=True)
    assert "closed" == breaker.position


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 10), st.integers(1, 20))
def test_it_opens_at_the_first_failure_that_reaches_the_rate(outcomes, tenths, min_calls):
    breaker = CircuitBreaker(failure_rate=tenths / 10, min_calls=min_calls)
    failures = calls = 0
    for failed in outcomes:
        failures, calls = failures + failed, calls + 1
        breaker.count(has_failed=failed)
        if failed and calls >= min_calls and 10 * failures >= tenths * calls:
            assert "open" == breaker.position
            return
        assert "closed" == breaker.position


def test_only_as_many_trials_as_allowed_are_let_through(clock):
    breaker = opened(trials=2)
    clock.advance(30)

    assert [True, True, False] == [breaker.admits() for _ in range(3)]
    breaker.count(has_failed=False)
    assert ("half-open", False) == (breaker.position, breaker.admits())
    breaker.count(has_failed=False)
    assert "closed" == breaker.position


def test_an_end_that_says_nothing_gives_the_trial_back(clock):
    breaker = opened()
    clock.advance(30)

    assert breaker.admits()
    breaker.count(has_failed=None)
    assert breaker.admits()


def test_a_condition_that_raises_gives_the_trial_back(clock):
    breaker = opened()
    clock.advance(30)

    with pytest.raises(ZeroDivisionError):
        retry_on_condition(condition=lambda _: 1 / 0, breaker=breaker)(lambda: None)()
    assert breaker.admits()


def test_a_trial_that_never_comes_back_is_given_up(clock):
    breaker = opened()
    clock.advance(30)

    assert breaker.admits()
    clock.advance(29)
    assert not breaker.admits()
    clock.advance(1)
    assert breaker.admits()


def test_while_it_waits_for_its_trials_calls_fail_at_once(clock, flaky):
    breaker = opened()
    clock.advance(30)

    breaker.admits()
    with pytest.raises(CircuitOpenError, match="waits for its trials"):
        retry(breaker=breaker)(flaky(1))()


@every_form
def test_errors_that_are_not_retried_count_neither_way(form, flaky):
    breaker = CircuitBreaker(min_calls=1)
    for error in (KeyError(), asyncio.CancelledError()):
        with pytest.raises(type(error)):
            form(flaky(error), exceptions=OSError, breaker=breaker)()
    assert "closed" == breaker.position


def test_a_result_that_meets_the_condition_is_a_failure(flaky):
    breaker = CircuitBreaker(min_calls=1)
    assert None is retry_on_condition(1, breaker=breaker)(flaky(None))()
    assert "open" == breaker.position


# Beside retry, deadline, budget, fallback, hooks


@every_form
def test_a_call_that_opens_it_ends_with_its_own_error(form, waits):
    breaker = CircuitBreaker(min_calls=2, name="warehouse")

    error = settle(lambda: form(fail, max_attempts=9, breaker=breaker)())
    assert error.__notes__[0].endswith(
        "first failure (the circuit breaker 'warehouse' is open for 30.00 seconds more)"
    )
    assert [1.0] == waits


def test_a_retry_that_waits_longer_than_the_cooldown_is_a_trial(flaky, waits):
    breaker = CircuitBreaker(min_calls=1, cooldown=5)

    assert 1 == retry(delay=10, breaker=breaker)(flaky(OSError(), 1))()
    assert ([10.0], "closed") == (waits, breaker.position)


@every_form
def test_one_that_opens_meanwhile_ends_the_call_after_its_wait(form, flaky, waits):
    breaker = CircuitBreaker(min_calls=2)
    error = ConnectionError()

    with pytest.raises(ConnectionError) as caught:
        form(flaky(error, 1), breaker=breaker, on_retry=lambda _: breaker.count(has_failed=True))()
    assert error is caught.value
    assert " failed after 1 attempts" in error.__notes__[0]
    assert [1.0] == waits


@pytest.mark.parametrize("form", [as_function, as_coroutine])
def test_a_fallback_stands_in_while_it_is_open(form):
    assert "cached" == form(fail, breaker=opened(), fallback="cached", output=None)()


def test_it_takes_nothing_from_the_budget_while_it_is_open():
    budget = RetryBudget(capacity=3)
    settle(retry(9, breaker=CircuitBreaker(min_calls=1), budget=budget)(fail))
    assert 3 == budget.tokens


def test_the_refusal_of_a_call_is_told_as_its_end(flaky):
    seen = []
    with pytest.raises(CircuitOpenError) as caught:
        retry(breaker=opened(), on_give_up=seen.append, before_attempt=seen.append)(flaky(1))()
    assert [("give_up", 0)] == [(state.event, state.attempt_number) for state in seen]
    assert caught.value is seen[0].error
    assert 30.0 == caught.value.retry_after


def test_an_outer_retry_heeds_the_rest_of_the_cooldown(flaky, waits):
    breaker = opened(cooldown=7)
    inner = retry(1, breaker=breaker)(flaky(1))

    assert 1 == retry(retry_after=60, delay=0.5)(lambda: inner())()
    assert [7.0] == waits


def test_a_hook_that_stops_a_trial_gives_it_back(clock, flaky):
    from ml_infra_utils.decorators import StopRetrying

    def stop(_):
        raise StopRetrying

    breaker = opened()
    clock.advance(30)
    with pytest.raises(StopRetrying):
        retry(breaker=breaker, before_attempt=stop)(flaky(1))()
    assert breaker.admits()


def test_hooks_and_instruments_hear_it_open_and_close(clock):
    own, all_of_them = [], []
    breaker = CircuitBreaker(min_calls=2, name="warehouse", on_change=own.append)

    with instrument(all_of_them.append):
        for _ in range(2):
            breaker.count(has_failed=True)
        clock.advance(30)
        breaker.admits()
        breaker.count(has_failed=False)
    told = [
        ("closed", "open", 2, 2),
        ("open", "half-open", 0, 0),
        ("half-open", "closed", 0, 1),
    ]
    keys = ("before", "after", "failures", "calls")
    assert [
        {"event": "breaker", "name": "warehouse", **dict(zip(keys, change))} for change in told
    ] == [json.loads(json.dumps(state.as_dict())) for state in own]
    assert own == all_of_them
    assert "<BreakerState: warehouse from closed to open>" == repr(own[0])


def test_a_hook_that_fails_is_told_and_does_no_harm(capsys):
    opened(on_change=lambda _: 1 / 0)
    assert "a hook of the circuit breaker raised ZeroDivisionError" in capsys.readouterr().err
