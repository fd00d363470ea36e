"""Timings as documents and as tables."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from pkgutil import get_data

import jsonschema
import pytest

from ml_infra_utils import decorators
from ml_infra_utils.decorators import Timing, Timings
from tests.decorators.test_timings import timings_of

# Documents


def golden(kind):
    file = Path(__file__).parent / "golden" / f"{kind}-1.json"
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_document_of_timings_is_the_golden_one():
    timings = timings_of([0.25, 0.5, 1.25]) + timings_of([0.0, 1e9], "fit")

    assert golden("timings") == timings.to_dict()
    assert timings == Timings.from_dict(golden("timings"))
    assert golden("timing") == timings["load"].to_dict()
    assert timings["load"] == Timing.from_dict(golden("timing"))


@pytest.mark.parametrize(("kind", "state"), [("timing", Timing), ("timings", Timings)])
def test_documents_satisfy_their_schema(kind, state):
    schema = json.loads(get_data(decorators.__name__, f"schemas/{kind}-1.schema.json"))
    examples = [state.from_dict(document) for document in schema["examples"]]

    for each in (state(), *examples, sum(examples)):
        jsonschema.validate(each.to_dict(), schema)
        assert list(schema["properties"]) == list(each.to_dict())
    assert schema["examples"] == [each.to_dict() for each in examples]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("timings.load.count", 2, "must be the number that the buckets hold, 3, got 2"),
        ("timings.load.count", -1, "must be an integer of at least 0, got -1"),
        ("timings.load.count", 3.0, "must be an integer of at least 0, got 3.0"),
        ("timings.load.total", math.nan, "must be a finite number of at least 0, got nan"),
        ("timings.load.total", 6.1, "must be between 3 times the minimum and the maximum"),
        ("timings.load.total", 2.9, "must be between 3 times the minimum and the maximum"),
        ("timings.load.squares", 4.0, "must be possible between the extrema, got 4.0"),
        ("timings.load.squares", -1.0, "must be a finite number of at least 0, got -1.0"),
        ("timings.load.min", None, "must be a number of seconds, got None"),
        ("timings.load.max", None, "must be a number of seconds, got None"),
        ("timings.load.min", 3.0, "must be at most the maximum, 2.0, got 3.0"),
        ("timings.load.min", 0.5, "must be in the lowest bucket, 0, got 0.5"),
        ("timings.load.max", 1.9, "must be in the highest bucket, 64, got 1.9"),
        ("timings.load.max", 2e18, "must be a finite number or null of at least 0 of at most"),
        ("timings.load.buckets", {}, "must be the number that the buckets hold, 0, got 3"),
        ("timings.load.buckets", {"0": 2, "65": 1}, "must be in the highest bucket, 65, got 2.0"),
        ("timings.load.buckets", {"a": 3}, "must have keys that match"),
        ("timings.load.buckets", {"00": 3}, "must have keys that match"),
        ("timings.load.buckets", {"0": 3, "1": 0}, "must be an integer of at least 1, got 0"),
        ("timings.load.cuont", 3, "got 'cuont'; did you mean 'count'?"),
        ("timings.load", {}, "must have the key 'count', got no keys"),
        ("timings", [], "must be an object, got [] (list)"),
        ("schema", "ml-infra/timing/1", "must be 'ml-infra/timings/1', got 'ml-infra/timing/1'"),
        ("schema", "ml-infra/timings/2", "pip install --upgrade ml-infra-decorators"),
    ],
)
def test_a_document_that_cannot_be_is_refused_with_its_place(path, value, message):
    document = timings_of([1.0, 1.0, 2.0]).to_dict()
    *above, key = path.split(".")
    place = document
    for step in above:
        place = place[step]
    place[key] = value

    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        Timings.from_dict(document)
    assert str(caught.value).startswith(".".join(above))


@pytest.mark.parametrize("key", ["total", "squares", "min", "max"])
def test_without_durations_all_numbers_are_empty(key):
    document = {**Timing().to_dict(), key: 1.0}
    with pytest.raises(ValueError, match=f"{key} must be (0|None) without durations, got 1.0"):
        Timing.from_dict(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [("3", "the document must be an object, got 3 (int)"), ("{", "text must be JSON, got '{'")],
)
def test_json_that_is_no_document_is_refused(text, message):
    for read in (Timings.from_json, Timing.from_json):
        with pytest.raises(ValueError, match=re.escape(message)):
            read(text)


# Shown


def test_a_table_of_a_single_call_has_no_deviation():
    assert ["load", "1", *["1.500", "s"] * 2, "-", *["1.500", "s"] * 5] == (
        str(timings_of([1.5])).splitlines()[1].split()
    )


def test_the_percentiles_of_a_table_are_50_95_and_99():
    table = str(timings_of(range(1, 1001)))
    assert table.splitlines()[1].split("  ")[-4:] == ["502.0 s", "948.0 s", "988.0 s", "1000. s"]


def test_the_numbers_of_a_timing_stand_below_the_ends_of_their_names():
    head, row = str(timings_of(range(1, 1001))["load"]).splitlines()
    assert (len("count"), len("count") - len("1000")) == (
        head.index("count") + 5,
        row.index("1000"),
    )


def test_a_timing_is_a_row():
    timing = timings_of([0.25, 0.75])["load"]
    row = str(timings_of([0.25, 0.75])).splitlines()[1]
    assert row.split()[1:] == str(timing).splitlines()[1].split()


def test_tables_go_to_markdown_and_notebooks():
    timings = timings_of([0.25], "a|b")
    assert timings.to_markdown().splitlines()[::2] == [
        "| name | count | total | mean | stdev | min | p50 | p95 | p99 | max |",
        f"| a\\|b | 1 |{' 250.0 ms |' * 2} - |{' 250.0 ms |' * 5}",
    ]
    assert '<th scope="row">a|b</th><td>1</td>' in timings._repr_html_()
    assert timings["a|b"].to_markdown().endswith(f"| 1 |{' 250.0 ms |' * 2} - |{' 250.0 ms |' * 5}")
    assert "<td>1</td><td>250.0 ms</td>" in timings["a|b"]._repr_html_()


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


def test_reprs_say_what_is_inside():
    timings = timings_of([0.5, 1.5])
    assert "<Timings of 0 names>" == repr(Timings())
    assert "<Timings of 1 name: 'load'>" == repr(timings)
    assert "<Timing: count 2, mean 1.000 s, from 500.0 ms to 1.500 s>" == repr(timings["load"])
    assert "<Timing: count 0>" == repr(Timing())


def test_a_repr_is_short_however_much_there_is():
    timings = Timings()
    for number in range(1000):
        timings.observe(f"{number} {'x' * 100}", 1.0)
    assert repr(timings).startswith("<Timings of 1,000 names: '0 xxx")
    assert 200 == len(repr(timings))
