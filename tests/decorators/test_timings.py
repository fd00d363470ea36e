"""Timings: statistics of durations that add up, go to JSON, and fit into a table."""

from __future__ import annotations

import copy
import json
import math
import pickle
import statistics
import threading
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.decorators import Timing, Timings, retry, retrying, timer

durations = st.lists(st.floats(1e-9, 1e7), min_size=1, max_size=50)


def timings_of(seconds, name="load"):
    timings = Timings()
    for duration in seconds:
        timings.observe(name, duration)
    return timings


def buckets_of(timings):
    return timings.to_dict()["timings"]["load"]["buckets"]


@given(durations)
def test_moments_are_those_of_the_statistics_module(seconds):
    timing = timings_of(seconds)["load"]

    assert len(seconds) == timing.count
    assert math.fsum(seconds) == pytest.approx(timing.total)
    assert statistics.fmean(seconds) == pytest.approx(timing.mean)
    assert (min(seconds), max(seconds)) == (timing.min, timing.max)
    if len(seconds) > 1:
        scale = max(seconds)
        assert statistics.stdev(seconds) == pytest.approx(timing.stdev, abs=1e-7 * scale)


@given(durations, st.floats(0, 100))
def test_percentiles_are_nearest_rank_within_the_stated_error(seconds, percent):
    rank = max(1, math.ceil(len(seconds) * percent / 100))
    exact = sorted(seconds)[rank - 1]

    assert exact == pytest.approx(timings_of(seconds)["load"].percentile(percent), rel=1 / 128)


@given(durations, durations)
def test_adding_is_the_same_as_having_seen_both(first, second):
    parts = [timings_of(first), timings_of(second)]
    both = sum(parts)["load"]
    expected = timings_of(first + second)["load"]

    assert sum(parts) == parts[0] + parts[1] == parts[0].merge(parts[1])
    assert both == sum(part["load"] for part in parts) == parts[0]["load"].merge(parts[1]["load"])
    assert expected.to_dict()["buckets"] == both.to_dict()["buckets"]
    for name in ("count", "min", "max"):
        assert getattr(expected, name) == getattr(both, name)
    for name in ("total", "mean", "stdev"):
        assert getattr(expected, name) == pytest.approx(
            getattr(both, name), abs=1e-7 * expected.max, nan_ok=True
        )


@given(st.dictionaries(st.text(max_size=3), durations, max_size=2))
def test_json_and_pickle_give_the_same_timings_again(series):
    timings = Timings()
    for name, seconds in series.items():
        timings += timings_of(seconds, name)

    assert timings == Timings.from_json(timings.to_json())
    assert timings == pickle.loads(pickle.dumps(timings)) == copy.deepcopy(timings)
    assert list(series) == list(json.loads(timings.to_json())["timings"])
    for timing in map(timings.__getitem__, timings):
        assert timing == Timing.from_json(timing.to_json()) == copy.copy(timing)
        assert hash(timing) == hash(pickle.loads(pickle.dumps(timing)))


def test_a_duration_of_zero_or_of_a_year_counts():
    timing = timings_of([0.0, 1.0, 3e7])["load"]
    assert (0.0, 3e7) == (timing.percentile(0), timing.percentile(100))
    assert (0.0, 1e10) == tuple(timings_of([0.0, 1e10])["load"].percentile(p) for p in (50, 51))


@pytest.mark.parametrize("seconds", [1, Decimal("1.0"), Fraction(1), timedelta(seconds=1)])
def test_durations_of_any_real_type_are_kept_as_floats(seconds):
    timings = timings_of([seconds, seconds])
    assert timings == timings_of([1.0, 1.0]) == Timings.from_json(timings.to_json())


def test_memory_does_not_grow_with_the_calls():
    timings = timings_of(2.0 ** (n / 500) * 1e-10 for n in range(40_000))
    assert 3_500 > len(buckets_of(timings))


def test_what_was_taken_out_does_not_change():
    timings = timings_of([1.0])
    before = timings["load"]
    timings.observe("load", 3.0)
    assert (1, 2) == (before.count, timings["load"].count)


def test_a_single_duration_has_no_deviation():
    assert math.isnan(timings_of([1.0])["load"].stdev)


@pytest.mark.parametrize("percent", [-1, 101, float("nan")])
def test_percentiles_lie_between_0_and_100(percent):
    with pytest.raises(ValueError, match="percent must be between 0 and 100"):
        timings_of([1.0])["load"].percentile(percent)


@pytest.mark.parametrize("percent", ["x", None, 1j, True])
def test_a_percentile_is_a_number(percent):
    with pytest.raises(TypeError, match=f"percent must be a number, got {percent!r}"):
        timings_of([1.0])["load"].percentile(percent)


def test_names_are_a_collection():
    timings = timings_of([1.0], "a") + timings_of([2.0], "b")
    assert ["a", "b"] == list(timings)
    assert 2 == len(timings)
    assert "a" in timings
    with pytest.raises(KeyError, match="'c'"):
        timings["c"]


def test_only_timings_are_added_and_compared():
    timings = timings_of([1.0])
    assert timings != "timings"
    assert timings["load"] != 1
    with pytest.raises(TypeError, match="unsupported operand"):
        timings + 1
    with pytest.raises(TypeError, match="unsupported operand"):
        timings["load"] + 1


def test_sums_hold_copies_of_what_accumulates():
    timings = timings_of([1.0])
    total = sum([timings])
    timings.observe("load", 2.0)
    assert (1, 2) == (total["load"].count, timings["load"].count)


def test_what_accumulates_has_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Timings())


@pytest.mark.parametrize("state", [Timings(), Timing()])
def test_only_the_same_is_merged(state):
    with pytest.raises(TypeError, match=f"other must be a {type(state).__name__}, got 1 "):
        state.merge(1)


def test_a_timing_does_not_change():
    timing = timings_of([1.0])["load"]
    with pytest.raises(AttributeError, match="a Timing does not change; count stays"):
        timing.count = 5
    with pytest.raises(AttributeError, match="a Timing does not change; count stays"):
        del timing.count


def test_an_empty_timing_changes_no_sum():
    timing = timings_of([1.0, 3.0])["load"]
    assert timing == timing + Timing() == Timing() + timing
    assert (
        Timing() == Timing() + Timing() == sum([Timing()]) == Timing.from_json(Timing().to_json())
    )
    assert 0 == Timing().count
    assert all(math.isnan(getattr(Timing(), n)) for n in ("mean", "stdev", "min", "max"))
    assert math.isnan(Timing().percentile(50))


def test_threads_lose_nothing():
    timings = Timings()

    def work():
        for _ in range(500):
            timings.observe("load", 1.0)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (8_000, 8_000.0) == (timings["load"].count, timings["load"].total)


def test_what_is_taken_out_is_counted_once():
    timings = timings_of([1.0, 2.0])
    first = timings.take()
    timings.observe("fit", 3.0)

    assert timings_of([1.0, 2.0]) == first
    assert timings_of([3.0], "fit") == timings.take()
    assert Timings() == timings == timings.take()


def test_threads_that_take_and_observe_lose_nothing():
    timings, parts = Timings(), []

    def work():
        for _ in range(50):
            timings.observe("load", 1.0)
            parts.append(timings.take())

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 800 == sum(parts)["load"].count
    assert Timings() == timings


# Recorded by the decorators


def test_a_timer_records_under_the_name_of_the_function(clock):
    timings = Timings()

    @timer(record=timings, output=None)
    def load(seconds):
        clock.advance(seconds)

    load(1)
    load(3)
    assert (2, 4.0) == (timings["load"].count, timings["load"].total)


def test_a_retry_records_attempts_and_waits(clock):
    timings = Timings()

    @retry(record=timings, output=None)
    def load():
        clock.advance(10)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        load()
    assert ["load", "load (wait)"] == list(timings)
    assert (3, 30.0) == (timings["load"].count, timings["load"].total)
    assert (2, 1.0, 2.0) == tuple(
        getattr(timings["load (wait)"], n) for n in ("count", "min", "max")
    )


def test_a_block_records_attempts_and_waits(clock):
    timings = Timings()
    for attempt in retrying(record=timings, name="upload"):
        with attempt:
            clock.advance(1)
            if attempt.number == 1:
                raise ConnectionError
    assert (2, 1) == (timings["upload"].count, timings["upload (wait)"].count)


def test_timing_is_what_timings_hold():
    assert isinstance(timings_of([1.0])["load"], Timing)
