"""Copies and pickles: functions stay themselves, what counts goes on by itself."""

from __future__ import annotations

import asyncio
import copy
import pickle

import cloudpickle
import pytest

from ml_infra_utils.decorators import CircuitBreaker, RetryBudget, Timings, retry, retrying, timer


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def cloudpickled(value):
    return cloudpickle.loads(cloudpickle.dumps(value))


each_copy = pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled, cloudpickled])


@retry(output=None)
@timer(output=None)
def load():
    raise ConnectionError


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_decorated_function_is_copied_as_itself(copied):
    assert load is copied(load)


class Slots:
    """An instance has no dictionary in which a decorator could keep anything."""

    __slots__ = ("calls",)

    def __init__(self):
        self.calls = 0

    @retry(output=None)
    def get(self):
        self.calls += 1
        if self.calls < 3:
            raise ConnectionError
        return self.calls

    @retry(output=None, timeout=60)
    async def get_async(self):
        return Slots.get.__wrapped__(self)

    @timer(output=None)
    def number(self):
        return self.calls


def test_methods_of_a_class_with_slots_are_decorated():
    assert 3 == Slots().get()
    assert 3 == asyncio.run(Slots().get_async())
    assert 0 == Slots().number()
    assert 3 == Slots.get.retry.with_options(max_attempts=4)(Slots())


@each_copy
def test_a_bound_method_is_copied_with_its_instance(copied):
    assert 3 == copied(Slots().get)()


def counting_timings():
    timings = Timings()
    timings.observe("load", 1.0)
    return timings, lambda: timings.observe("load", 1.0), lambda copy: copy["load"].count


def counting_tokens():
    budget = RetryBudget(capacity=9)
    return budget, budget.withdraw, lambda copy: copy.tokens


def counting_failures():
    breaker = CircuitBreaker()
    return breaker, lambda: breaker.count(has_failed=True), lambda copy: copy.calls


def counting_give_ups():
    call = retry(max_attempts=1, output=None, fallback=None)(load.__wrapped__)
    call()
    return call.retry.statistics, call, lambda copy: copy.give_ups


@each_copy
@pytest.mark.parametrize(
    "counting", [counting_timings, counting_tokens, counting_failures, counting_give_ups]
)
def test_a_copy_of_what_counts_goes_on_by_itself(copied, counting):
    original, count, read = counting()
    before, twin = read(original), copied(original)
    count()
    assert before == read(twin) != read(original)


@each_copy
def test_a_block_is_copied_with_all_that_it_is_told(copied, waits):
    block = copied(retrying(max_attempts=2, delay=3, name="upload", output=None))
    for attempt in block:
        with attempt:
            if attempt.number == 1:
                raise ConnectionError
    assert [(3.0, "upload")] == [(wait, wait.name) for wait in waits]


def test_a_function_of_a_notebook_travels_with_all_that_it_is_told(capsys):
    @retry(max_attempts=2, delay=0, on_give_up=lambda state: print(state.function.__name__))
    def fetch():
        raise ConnectionError("x")

    with pytest.raises(ConnectionError):
        fetch()
    printed = capsys.readouterr().out
    twin = cloudpickled(fetch)
    with pytest.raises(ConnectionError):
        twin()
    assert printed == capsys.readouterr().out
    assert (1, 2) == (fetch.retry.statistics.give_ups, twin.retry.statistics.give_ups)
