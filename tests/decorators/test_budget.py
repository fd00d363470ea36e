"""RetryBudget: a bucket of retries that successes fill and that all functions share."""

from __future__ import annotations

import pickle

import cloudpickle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.decorators import RetryBudget, retry, retry_on_condition


def down():
    raise ConnectionError("down")


def test_retries_stop_when_the_budget_is_spent(waits, capsys):
    call = retry(max_attempts=4, budget=RetryBudget(capacity=5))(down)

    for _ in range(3):
        with pytest.raises(ConnectionError):
            call()
    assert 5 == len(waits)
    assert capsys.readouterr().out.endswith(
        "down failed after 1 attempts: down (the retry budget is spent)\n"
    )


def test_the_first_attempt_needs_no_budget(flaky):
    budget = RetryBudget(capacity=1)
    budget.withdraw()

    assert "ok" == retry(budget=budget)(flaky("ok"))()


def test_successes_fill_the_budget(flaky, waits):
    budget = RetryBudget(ratio=0.5, capacity=1)
    call = retry(max_attempts=2, budget=budget)(
        flaky(ConnectionError(), 1, 2, ConnectionError(), 3)
    )

    assert [1, 2, 3] == [call(), call(), call()]
    assert 2 == len(waits)


def test_ten_successes_at_a_tenth_pay_for_one_retry():
    budget = RetryBudget(ratio=0.1, capacity=1)
    budget.withdraw()
    for _ in range(10):
        assert not budget.withdraw()
        budget.deposit()
    assert budget.withdraw()
    assert 0.0 == budget.tokens


def test_functions_share_a_budget(waits):
    budget = RetryBudget(capacity=2)
    first, second = (retry(max_attempts=3, budget=budget)(down) for _ in range(2))

    for call in (first, second):
        with pytest.raises(ConnectionError):
            call()
    assert 2 == len(waits)


def test_errors_that_are_not_retried_leave_the_budget_alone(flaky):
    budget = RetryBudget(ratio=1, capacity=2)
    budget.withdraw()

    with pytest.raises(KeyError):
        retry(exceptions=OSError, budget=budget)(flaky(KeyError()))()
    assert 1.0 == budget.tokens


def test_a_condition_draws_on_the_budget(flaky):
    budget = RetryBudget(capacity=1)

    assert None is retry_on_condition(5, budget=budget)(flaky(None, None))()


def test_a_wait_beyond_the_deadline_costs_nothing():
    budget = RetryBudget(capacity=1)

    with pytest.raises(ConnectionError):
        retry(budget=budget, timeout=0.5)(down)()
    assert 1.0 == budget.tokens


@given(
    steps=st.lists(st.booleans()),
    ratio=st.floats(0, 2),
    capacity=st.floats(1, 20),
)
def test_retries_never_exceed_capacity_plus_ratio_times_successes(steps, ratio, capacity):
    budget = RetryBudget(ratio, capacity)
    retries = successes = 0
    for succeeds in steps:
        if succeeds:
            budget.deposit()
            successes += 1
        else:
            retries += budget.withdraw()
    assert 0 <= budget.tokens <= capacity
    assert retries <= capacity + ratio * successes + 1e-9


@pytest.mark.parametrize("pickler", [pickle, cloudpickle])
def test_a_budget_travels_to_other_processes(pickler):
    budget = RetryBudget(0.25, 8)
    budget.withdraw()
    copy = pickler.loads(pickler.dumps(budget))

    assert "RetryBudget(ratio=0.25, capacity=8.0, tokens=7)" == repr(copy)
    assert copy.withdraw()
    assert 7.0 == budget.tokens
