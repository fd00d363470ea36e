"""Many callers at once share a function, a budget and timings, and no call sees another's state."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest

from ml_infra_utils.decorators import RetryBudget, Timings, retry
from ml_infra_utils.decorators.testing import no_waits

THREADS, CALLS, TASKS = 64, 20, 1_000
ATTEMPTS = 3


def test_threads_share_one_function_and_one_budget():
    attempts = Counter()
    timings, budget = Timings(), RetryBudget(ratio=0, capacity=10_000)
    results, states = [], []

    @retry(
        max_attempts=ATTEMPTS,
        budget=budget,
        record=timings,
        timeout=600,
        output=None,
        on_retry=states.append,
    )
    def work(key, fails):
        attempts[key] += 1  # each key belongs to one thread
        if attempts[key] <= fails:
            raise ConnectionError(key)
        return key

    def run(thread):
        for call in range(CALLS):
            key, fails = (thread, call), (thread + call) % (ATTEMPTS + 1)
            try:
                results.append(work(key, fails) == key)
            except ConnectionError as error:
                results.append(error.args == (key,) and fails == ATTEMPTS)

    with no_waits() as waits:
        threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    retries = sum(count - 1 for count in attempts.values())
    assert [True] * THREADS * CALLS == results
    assert retries == len(waits) == len(states) == 10_000 - budget.tokens
    assert sum(attempts.values()) == timings["work"].count
    assert {(1, 1.0, 0.0), (2, 2.0, 1.0)} == {
        (state.attempt_number, state.wait, state.waited) for state in states
    }
    assert all(state.error.args[0] in attempts for state in states)


def test_tasks_share_one_function_and_one_budget():
    attempts = Counter()
    budget = RetryBudget(ratio=0, capacity=10_000)
    states = []

    @retry(max_attempts=ATTEMPTS, budget=budget, timeout=600, output=None, on_retry=states.append)
    async def work(key):
        attempts[key] += 1
        await asyncio.sleep(0)
        if attempts[key] <= key % (ATTEMPTS + 1):
            raise ConnectionError(key)
        return key

    async def run():
        return await asyncio.gather(*map(work, range(TASKS)), return_exceptions=True)

    with no_waits() as waits:
        results = asyncio.run(run())

    for key, result in enumerate(results):
        if key % (ATTEMPTS + 1) == ATTEMPTS:
            assert (ConnectionError, (key,)) == (type(result), result.args)
        else:
            assert key == result
    retries = sum(count - 1 for count in attempts.values())
    assert retries == len(waits) == len(states) == 10_000 - budget.tokens
    assert {1: 1.0, 2: 2.0} == {state.attempt_number: state.wait for state in states}


def test_a_budget_holds_for_all_threads_together():
    budget = RetryBudget(ratio=0, capacity=50)
    retries = []

    @retry(max_attempts=5, budget=budget, output=None, on_retry=retries.append)
    def down():
        raise ConnectionError

    def run():
        with pytest.raises(ConnectionError):
            down()

    with no_waits():
        threads = [threading.Thread(target=run) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert 50 == len(retries)
