"""CircuitBreaker as a decorator, shared by many at once, and as a value."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
from datetime import timedelta
from pathlib import Path

import cloudpickle
import pytest

from ml_infra_utils.decorators import (
    CircuitBreaker,
    CircuitOpenError,
    instrument,
    retry,
    retry_on_condition,
    timer,
)
from tests.decorators.test_breaker import fail, opened, settle

GOLDEN = Path(__file__).parent / "golden" / "circuit-breaker-1.json"


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


def test_it_is_no_function_to_measure():
    with pytest.raises(TypeError, match="what @timer decorates must be a function, got <Circuit"):
        timer(CircuitBreaker())


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
