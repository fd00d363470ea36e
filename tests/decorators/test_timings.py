"""Timings: statistics of durations that add up, go to JSON, and fit into a table."""

from __future__ import annotations

import json
import math
import pickle
import statistics
import threading
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
    both = (timings_of(first) + timings_of(second))["load"]
    expected = timings_of(first + second)["load"]

    assert expected._buckets == both._buckets
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
    assert timings == pickle.loads(pickle.dumps(timings))
    assert list(series) == list(json.loads(timings.to_json()))


def test_a_duration_of_zero_or_of_a_year_counts():
    timing = timings_of([0.0, 1.0, 3e7])["load"]
    assert (0.0, 3e7) == (timing.percentile(0), timing.percentile(100))
    assert (0.0, 1e10) == tuple(timings_of([0.0, 1e10])["load"].percentile(p) for p in (50, 51))


@pytest.mark.parametrize("seconds", [1, Decimal("1.0"), Fraction(1)])
def test_durations_of_any_real_type_are_kept_as_floats(seconds):
    timings = timings_of([seconds, seconds])
    assert timings == timings_of([1.0, 1.0]) == Timings.from_json(timings.to_json())


def test_memory_does_not_grow_with_the_calls():
    timings = timings_of(2.0 ** (n / 500) * 1e-10 for n in range(40_000))
    assert 3_500 > len(timings["load"]._buckets)


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


def test_json_that_contradicts_itself_is_refused():
    data = timings_of([1.0]).to_dict()
    data["load"]["count"] = 2
    with pytest.raises(ValueError, match="count is 2, but the buckets hold 1"):
        Timings.from_dict(data)


def test_json_that_is_no_object_is_refused():
    with pytest.raises(TypeError, match="timings are a JSON object, got '3'"):
        Timings.from_json("3")


def test_the_table_is_aligned():
    timings = timings_of([0.1, 0.1, 0.4]) + timings_of([2.5e-6, 0], "a long name")
    assert (
        "name         count     total      mean     stdev       min       p50       p95       p99"
        "       max\n"
        "load             3  600.0 ms  200.0 ms  173.2 ms  100.0 ms  100.1 ms  400.0 ms  400.0 ms"
        "  400.0 ms\n"
        "a long name      2  2.500 us  1.250 us  1.768 us      0 ns      0 ns  2.500 us  2.500 us"
        "  2.500 us"
    ) == str(timings)


def test_what_is_empty_prints_its_head():
    assert str(Timings()).split() == [
        "name",
        "count",
        "total",
        "mean",
        "stdev",
        "min",
        "p50",
        "p95",
        "p99",
        "max",
    ]
    assert "<Timings of nothing>" == repr(Timings())


def test_reprs_say_what_is_inside():
    timings = timings_of([0.5, 1.5])
    assert "<Timings of load>" == repr(timings)
    assert "<Timing: count 2, mean 1.000 s, from 500.0 ms to 1.500 s>" == repr(timings["load"])


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
