"""CircuitBreaker: closed, open, half-open, beside retry, budget, deadline and hooks."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import cloudpickle
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
    timer,
)
from tests.decorators.test_forms import FORMS, as_coroutine, as_function

every_form = pytest.mark.parametrize("form", FORMS)
GOLDEN = Path(__file__).parent / "golden" / "circuit-breaker-1.json"


def fail():
    raise ConnectionError("no route")


def settle(function):
    with pytest.raises(ConnectionError) as caught:
        function()
    return caught.value


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


# As a decorator


def test_it_guards_a_function_without_retries(flaky, capsys):
    breaker = CircuitBreaker(min_calls=2)
    work = flaky(1, ConnectionError(), 2)
    guarded = breaker(work)

    assert 1 == guarded()
    settle(guarded)
    with pytest.raises(CircuitOpenError):
        guarded()
    assert (2, "") == (work.calls, capsys.readouterr().out)


def test_it_guards_every_kind_of_function():
    breaker = CircuitBreaker()

    class Warehouse:
        @breaker
        def read(self):
            return "read"

        @breaker
        async def fetch(self):
            return "fetched"

        @breaker
        def rows(self):
            yield "row"

        @breaker
        async def pages(self):
            yield "page"

    async def ask():
        return await Warehouse().fetch(), [page async for page in Warehouse().pages()]

    assert "read" == Warehouse().read()
    assert ["row"] == list(Warehouse().rows())
    assert ("fetched", ["page"]) == asyncio.run(ask())
    assert 4 == breaker.calls


def test_above_what_is_no_function_it_says_so():
    with pytest.raises(TypeError, match="@breaker must stand below @staticmethod"):
        CircuitBreaker()(staticmethod(fail))
    with pytest.raises(TypeError, match="what @breaker decorates must be a function, got 3"):
        CircuitBreaker()(3)


def test_in_the_place_of_a_number_it_is_no_function_to_decorate():
    with pytest.raises(TypeError, match="max_attempts must be an int"):
        retry(CircuitBreaker())


@pytest.mark.parametrize(
    "name",
    ["output", "exceptions", "wait", "fallback", "before_attempt", "on_retry", "on_give_up"],
)
def test_in_the_place_of_another_argument_it_is_refused(name):
    with pytest.raises(TypeError, match=f"{name} must be .*, got <CircuitBreaker 'breaker'"):
        retry(**{name: CircuitBreaker()})


def test_elsewhere_it_is_told_where_it_goes():
    breaker = CircuitBreaker()
    for misuse in (
        lambda: retry(on_success=breaker),
        lambda: retry_on_condition(condition=breaker),
        lambda: timer(output=breaker),
        lambda: instrument(breaker),
        lambda: CircuitBreaker(on_change=breaker),
    ):
        with pytest.raises(TypeError, match=r"must be a function, got .*; name it: breaker=…"):
            misuse()


# Many at once


def test_threads_share_it_and_no_end_is_lost():
    breaker = CircuitBreaker(failure_rate=1.0, min_calls=8001)

    def run():
        for _ in range(1000):
            breaker.count(has_failed=True)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "closed" == breaker.position
    breaker.count(has_failed=True)
    assert "open" == breaker.position


# As a value


def test_it_goes_to_json_as_its_golden_file_has_it():
    breaker = CircuitBreaker(
        0.25, min_calls=20, cooldown=timedelta(seconds=5), trials=2, name="warehouse"
    )
    document = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert document == breaker.to_dict() == CircuitBreaker.from_dict(document).to_dict()
    assert document == CircuitBreaker.from_json(breaker.to_json()).to_dict()
    assert 0.2 == CircuitBreaker.from_dict({"failure_rate": 0.2}).failure_rate


@pytest.mark.parametrize("pack", [pickle, cloudpickle])
def test_it_is_pickled_with_where_it_stands(pack):
    copy = pickle.loads(pack.dumps(opened()))
    assert "open" == copy.position
    copy.count(has_failed=None)


def test_it_shows_itself_in_one_short_line():
    assert "<CircuitBreaker 'warehouse': closed>" == repr(CircuitBreaker(name="warehouse"))
    assert len(repr(CircuitBreaker(name="w" * 1000))) <= 200


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"failure_rate": 0}, ValueError, "failure_rate must be above 0 and at most 1, got 0"),
        ({"failure_rate": 1.5}, ValueError, "failure_rate must be above 0 and at most 1, got 1.5"),
        ({"failure_rate": -1}, ValueError, "failure_rate must be finite and not negative"),
        ({"failure_rate": "half"}, TypeError, "failure_rate must be a number, got 'half'"),
        ({"window": 0}, ValueError, "window must be above 0, got 0"),
        ({"window": timedelta(-1)}, ValueError, "window must be finite and not negative"),
        ({"min_calls": 0}, ValueError, "min_calls must be at least 1, got 0"),
        ({"cooldown": -1}, ValueError, "cooldown must be finite and not negative, got -1"),
        ({"trials": 0}, ValueError, "trials must be at least 1, got 0"),
        ({"name": 3}, TypeError, "name must be a str, got 3"),
        ({"on_change": 3}, TypeError, "on_change must be callable, got 3"),
    ],
)
def test_a_breaker_that_makes_no_sense_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        CircuitBreaker(**arguments)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"failure_rate": 2}, "failure_rate"),
        ({"colldown": 2}, "did you mean 'cooldown'"),
        ({"schema": "ml-infra/retry-policy/1"}, "schema"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused(document, message):
    with pytest.raises(ValueError, match=message):
        CircuitBreaker.from_dict(document)


def test_what_is_no_breaker_is_refused():
    with pytest.raises(TypeError, match="breaker must be a CircuitBreaker, got 3"):
        retry(breaker=3)
