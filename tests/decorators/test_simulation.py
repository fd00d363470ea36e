"""simulate: the schedule of a policy before it runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.decorators import RetryPolicy, retry
from ml_infra_utils.decorators.testing import VirtualClock, simulate

# simulate


def test_the_schedule_is_exact():
    simulation = simulate(RetryPolicy(4, 0.5), attempt_seconds=0.25)

    assert [
        (1, 0.0, 0.25, 0.5),
        (2, 0.75, 1.0, 1.0),
        (3, 2.0, 2.25, 2.0),
        (4, 4.25, 4.5, None),
    ] == [(step.number, step.start, step.end, step.wait) for step in simulation.steps]
    assert (0.5, 1.0, 2.0) == simulation.waits
    assert 4.5 == simulation.total == simulation.worst_case


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], ["fails"] * 3),
        (["ok"], ["succeeds"]),
        ([OSError, "ok"], ["raises OSError", "succeeds"]),
        ([OSError("x"), KeyError()], ["raises OSError", "raises KeyError"]),
        ([OSError()], ["raises OSError"] * 3),
        ([KeyboardInterrupt], ["raises KeyboardInterrupt"]),
    ],
)
def test_outcomes_decide_how_far_it_goes(outcomes, expected):
    simulation = simulate(RetryPolicy(exceptions=OSError), outcomes)
    assert expected == [step.outcome for step in simulation.steps]


def test_outcomes_are_left_as_they_are():
    error = OSError()
    simulate(RetryPolicy(), [error])
    assert not hasattr(error, "__notes__")


def test_an_outcome_may_ask_for_a_wait():
    busy = type("Busy", (Exception,), {"retry_after": 30})
    step = simulate(RetryPolicy(retry_after=40), [busy, "ok"]).steps[0]
    assert (30.0, 30.0, 30.0) == (step.wait, step.shortest, step.longest)


def test_an_outcome_that_asks_for_too_long_a_wait_is_the_last():
    busy = type("Busy", (Exception,), {"retry_after": 30})
    assert [None] == [step.wait for step in simulate(RetryPolicy(retry_after=20), [busy]).steps]


@given(
    policy=st.builds(
        RetryPolicy,
        max_attempts=st.integers(1, 8),
        delay=st.floats(0, 10),
        jitter=st.sampled_from([None, "full", "equal", "decorrelated"]),
        seed=st.integers(),
        timeout=st.none() | st.floats(0, 60),
    ),
    attempt_seconds=st.floats(0, 5),
)
def test_it_is_what_a_real_retry_does(policy, attempt_seconds):
    simulation = simulate(policy, attempt_seconds=attempt_seconds)

    @retry(policy, output=None)
    def load():
        clock.advance(attempt_seconds)
        raise ConnectionError

    with VirtualClock() as clock, pytest.raises(ConnectionError):
        load()
    assert list(simulation.waits) == clock.waits
    assert simulation.total == clock.now()
    assert simulation.total <= simulation.worst_case + 1e-9
    assert len(simulation.steps) <= simulation.most_attempts


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (RetryPolicy(4), 7.0 + 4),
        (RetryPolicy(4, jitter="full"), 7.0 + 4),
        (RetryPolicy(4, jitter="decorrelated"), 3.0 + 9.0 + 27.0 + 4),
        (RetryPolicy(4, timeout=5), 3.0),  # the wait after it would end at the deadline
        (RetryPolicy(4, jitter="full", timeout=5), 5.0 + 1),
        (RetryPolicy(3, retry_after=60), 120.0 + 3),
    ],
)
def test_the_worst_case_counts_waits_attempts_and_deadline(policy, expected):
    assert expected == simulate(policy, ["ok"], attempt_seconds=1).worst_case


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (RetryPolicy(8), 8),
        (RetryPolicy(8, timeout=8), 3),  # at 0, 2 and 5; the next wait would end at 10
        (RetryPolicy(8, jitter="equal", timeout=8), 4),  # at 0, 1.5, 3.5 and 6.5
        (RetryPolicy(8, jitter="full", timeout=8), 8),  # a second each, without waits
        (RetryPolicy(8, jitter="full", timeout=7.5), 8),
        (RetryPolicy(8, jitter="full", timeout=7), 7),
        (RetryPolicy(8, retry_after=60, timeout=8), 3),
    ],
)
def test_the_most_attempts_come_of_the_shortest_waits(policy, expected):
    assert expected == simulate(policy, ["ok"], attempt_seconds=1).most_attempts


@pytest.mark.parametrize(("rate", "expected"), [(0, 1.0), (0.5, 1.75), (1, 3.0)])
def test_the_expected_load_is_the_mean_number_of_attempts(rate, expected):
    assert expected == simulate(RetryPolicy(3)).expected_load(rate)


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_failure_rate_is_a_probability(rate):
    with pytest.raises(ValueError, match="failure_rate must be between 0 and 1"):
        simulate(RetryPolicy()).expected_load(rate)


def test_a_deadline_around_it_does_not_matter():
    outer = retry(timeout=0.5)(lambda: simulate(RetryPolicy(3)))
    assert 3 == len(outer().steps)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), TypeError, "policy must be a RetryPolicy, got 3"),
        ((RetryPolicy,), TypeError, "policy must be a RetryPolicy, got <class"),
        ((RetryPolicy(), 3), TypeError, "outcomes must be an iterable of what each attempt does"),
        ((RetryPolicy(), [], -1), TypeError, "positional"),
    ],
)
def test_what_cannot_be_simulated_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        simulate(*arguments)


def test_a_timedelta_is_as_good_as_seconds():
    policy = RetryPolicy(3)
    minute = timedelta(minutes=1)
    assert simulate(policy, attempt_seconds=60) == simulate(policy, attempt_seconds=minute)


def test_a_negative_duration_is_refused():
    with pytest.raises(ValueError, match="attempt_seconds must be finite and not negative"):
        simulate(RetryPolicy(), attempt_seconds=-1)
