from __future__ import annotations

import logging
import math
import os
import tracemalloc
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from ml_infra_utils.logging import (
    DurableFileHandler,
    EcsFormatter,
    Event,
    Gap,
    StructuredLogger,
    configure,
    log_ml_event,
    read_events,
)
from ml_infra_utils.logging._reading import log_files
from tests.logging.hostile import HOSTILE
from tests.logging.reading import line, messages, numbered


def test_event_is_what_was_logged(path: Path) -> None:
    before = datetime.now(timezone.utc)
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    try:
        raise ValueError("no")
    except ValueError:
        logger.exception("hello", {"a": 1}, epoch=3)
    (event,) = read_events(path)
    assert event.timestamp is not None
    assert before - timedelta(seconds=1) < event.timestamp < before + timedelta(minutes=1)
    assert ("ERROR", "train", "hello") == (event.level, event.logger, event.message)
    assert ("test_reader", "test_event_is_what_was_logged") == (event.module, event.function)
    assert ({"a": 1}, {"epoch": 3}) == (event.context, event.fields)
    assert event.exception is not None
    assert "no" == event.exception["message"]
    assert (1, f"{os.getpid()}") == (event.sequence, str(event.writer).partition("-")[0])


def test_ml_event_has_its_type_its_model_and_its_metrics(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    log_ml_event(logger, "epoch_completed", "resnet", {"loss": math.nan, "f1": 1, "note": "x"})
    logger.info("no event", {"metrics": 5})
    event, other = read_events(path)
    assert ("epoch_completed", "resnet", 1.0) == (
        event.event_type,
        event.model_name,
        event.metrics["f1"],
    )
    assert math.isnan(event.metrics["loss"])
    assert {"loss", "f1"} == set(event.metrics)
    assert (None, None, {}) == (other.event_type, other.model_name, other.metrics)


def test_hostile_objects_are_read_back(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    for make in HOSTILE.values():
        logger.info("hello", value=make())
    events = read_events(path)
    assert ["hello"] * len(HOSTILE) == [event.message for event in events]
    assert ([], []) == (events.gaps, events.invalid)


def test_ecs_line_is_read_as_any_other(path: Path) -> None:
    handler = DurableFileHandler(path)
    configure(output=handler, format="ecs")
    assert isinstance(handler.formatter, EcsFormatter)
    try:
        raise ValueError("no")
    except ValueError:
        StructuredLogger("train").exception("hello", {"a": 1}, epoch=3)
    (event,) = read_events(path, level="error", logger="train")
    assert ("ERROR", "hello", {"a": 1}) == (event.level, event.message, event.context)
    assert 3 == event.fields["epoch"]
    assert event.exception is not None
    assert "ValueError" == event.exception["type"]
    assert event.timestamp is not None


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["a", "b", "c", "d"]),
    ({"level": "warning"}, ["b", "d"]),
    ({"level": logging.ERROR}, ["d"]),
    ({"logger": "train"}, ["a", "b", "d"]),
    ({"logger": "train.sub"}, ["b"]),
    ({"since": "2026-01-02T00:00:00"}, ["c", "d"]),
    ({"since": "2026-01-02T01:00:00+01:00"}, ["c", "d"]),
    ({"since": datetime(2026, 1, 3, tzinfo=timezone.utc)}, []),
    ({"where": lambda event: event.fields.get("n") == 3}, ["c"]),
]


@pytest.mark.parametrize(("options", "expected"), FILTERS)
def test_filters_leave_out_what_is_not_wanted(
    options: dict[str, Any], expected: list[str], path: Path
) -> None:
    rows = [
        line("a", n=1, timestamp="2026-01-01T00:00:00.000000+00:00"),
        line("b", n=2, level="WARNING", logger="train.sub", timestamp="2026-01-01T00:00:00Z"),
        line("c", n=3, logger="trainer"),
        line("d", n=4, level="LOUD"),
    ]
    path.write_text("".join(rows))
    events = read_events(path, **options)
    assert expected == [event.message for event in events]
    assert 4 == events.lines


def test_lines_are_read_lazily(path: Path) -> None:
    path.write_text(line("a") + line("b"))
    events = read_events(path)
    assert "a" == next(events).message
    assert 1 == events.lines


def test_torn_last_line_is_no_error(path: Path) -> None:
    path.write_text(line("a") + line("b")[:30])
    events = read_events(path)
    assert ["a"] == [event.message for event in events]
    assert (True, []) == (events.torn, events.invalid)


def test_whole_last_line_without_its_end_is_read(path: Path) -> None:
    path.write_text(line("a") + line("b").strip())
    events = read_events(path)
    assert ["a", "b"] == [event.message for event in events]
    assert not events.torn


@pytest.mark.parametrize("wrong", ["no json", "5", "[1]", "\xff", "[" * 100_000])
def test_line_that_cannot_be_read_is_named_and_skipped(wrong: str, path: Path) -> None:
    path.write_text(line("a") + wrong + "\n\n" + line("b"), encoding="latin-1")
    events = read_events(path)
    assert ["a", "b"] == [event.message for event in events]
    assert (["run.jsonl:2"], False) == (events.invalid, events.torn)


@pytest.mark.parametrize("end", ["", "\n"])
def test_line_behind_a_torn_one_is_read(end: str, path: Path) -> None:
    path.write_text(line("a")[:30] + line("b").strip() + end)
    events = read_events(path)
    assert ["b"] == [event.message for event in events]
    assert (["run.jsonl:1"], False) == (events.invalid, events.torn)


def test_line_of_another_program_is_an_event_without_what_it_lacks(path: Path) -> None:
    path.write_text('{"message": 5, "line": "x", "timestamp": [3], "context": [], "other": 1}\n')
    (event,) = read_events(path)
    expected = Event(
        timestamp=None,
        level="",
        logger="",
        message="5",
        module="",
        function="",
        line=0,
        context={},
        fields={"other": 1},
        exception=None,
        writer=None,
        sequence=None,
        raw=event.raw,
    )
    assert expected == event
    assert [] == list(read_events(path, since="2026-01-01"))


GAPS: list[tuple[str, list[Gap], int]] = [
    (numbered(1, 2, 3), [], 0),
    (numbered(1, 4, 5, 7), [Gap("w", 2, 3), Gap("w", 6, 6)], 0),
    (numbered(3), [Gap("w", 1, 2)], 0),
    (numbered(1, 5, 3), [Gap("w", 2, 2), Gap("w", 4, 4)], 0),
    (numbered(1, 3, 2), [], 0),
    (numbered(1, 2, 2, 1), [], 2),
    (numbered(1, 2, writer="a") + numbered(2, writer="b"), [Gap("b", 1, 1)], 0),
]


@pytest.mark.parametrize(("text", "gaps", "duplicates"), GAPS)
def test_missing_numbers_are_reported(
    text: str, gaps: list[Gap], duplicates: int, path: Path
) -> None:
    path.write_text(text)
    events = read_events(path, level="critical")
    assert [] == list(events)
    assert (gaps, duplicates) == (events.gaps, events.duplicates)


def test_empty_file_has_no_events(path: Path) -> None:
    path.touch()
    assert [] == messages(path)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({}, FileNotFoundError, "There is no log at"),
        ({"level": "loud"}, ValueError, "DEBUG, INFO"),
        ({"since": "yesterday"}, ValueError, "yesterday"),
    ],
)
def test_what_cannot_be_read_is_an_error_at_once(
    options: dict[str, Any], error: type[Exception], match: str, path: Path
) -> None:
    if options:
        path.touch()
    with pytest.raises(error, match=match):
        read_events(path, **options)


def test_line_of_more_than_the_limit_is_named_and_skipped(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "MAX_READ", 1_000)
    longest = line("x" * (1_000 - len(line(""))))
    assert 1_000 == len(longest)
    for length in (1_001, 1_002, 2_000, 3_000, 1_000_000):
        too_long = line("x" * (length - len(line(""))))
        path.write_text(line("a") + longest + too_long + line("b"))
        events = read_events(path)
        assert ["a", "x", "b"] == [event.message[:1] for event in events]
        assert (["run.jsonl:3"], False, 4) == (events.invalid, events.torn, events.lines)
    path.write_text(line("a") + "x" * 5_000)
    events = read_events(path)
    assert ["a"] == [event.message for event in events]
    assert events.torn


def test_line_without_an_end_is_read_in_pieces(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100_000_000)
        file.seek(0, os.SEEK_END)
        file.write(("\n" + line("hello")).encode())
    tracemalloc.start()
    events = read_events(path)
    assert ["hello"] == [event.message for event in events]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ["run.jsonl:1"] == events.invalid
    assert peak < 5 * log_files.MAX_READ


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("info", ["info", "30", "warn", "loud"]),
        ("warning", ["30", "warn", "loud"]),
        ("error", ["loud"]),
        ("16", ["info", "30", "warn", "loud"]),
        ("Level 40", ["loud"]),
    ],
)
def test_levels_of_other_programs_are_understood(
    level: str, expected: list[str], path: Path
) -> None:
    names: list[Any] = ["info", 30, "warn", "Level 15", "loud", "debug"]
    path.write_text("".join(line(str(name), level=name) for name in names))
    assert expected == messages(path, level=level)


def test_level_without_a_name_is_read_back(path: Path) -> None:
    StructuredLogger("train", 10, handler=DurableFileHandler(path)).log(15, "hello")
    assert [] == messages(path, level="info")
    assert ["hello"] == messages(path, level=15)


def test_fields_of_an_ecs_line_overwrite_nothing(path: Path) -> None:
    handler = DurableFileHandler(path)
    configure(output=handler, format="ecs")
    StructuredLogger("train").info(
        "hello", {"a": 1}, level="high", timestamp="t", logger="l", _sequence=99, _writer="w"
    )
    (event,) = read_events(path)
    assert ("INFO", "train", "hello", 1) == (
        event.level,
        event.logger,
        event.message,
        event.sequence,
    )
    assert event.timestamp is not None
    expected = {"level_": "high", "timestamp_": "t", "logger_": "l", "_sequence_": 99}
    assert {**expected, "_writer_": "w"}.items() <= event.fields.items()


def test_metric_that_no_float_can_hold_is_infinite(path: Path) -> None:
    path.write_text(line(context={"metrics": {"loss": 10**400, "gain": -(10**400)}}))
    (event,) = read_events(path)
    assert {"loss": math.inf, "gain": -math.inf} == event.metrics


def test_line_behind_a_torn_one_is_read_whatever_it_holds(path: Path) -> None:
    whole = line("whole", row={"timestamp": "a"}, rows=[{"timestamp": "b"}])
    path.write_text(line("torn", row={"timestamp": "c"})[:-10] + whole)
    assert ["whole"] == messages(path)


@pytest.mark.parametrize("since", [date(2026, 1, 2), "2026-01-01T12:00:00.123456789Z"])
def test_since_may_be_a_date_or_have_nanoseconds(since: Any, path: Path) -> None:
    path.write_text(
        line("a", timestamp="2026-01-01T11:00:00.123456789Z")
        + line("b", timestamp="2026-01-02T00:00:00.5Z")
    )
    assert ["b"] == messages(path, since=since)


def test_since_of_another_kind_is_an_error_that_says_what_is_wanted(path: Path) -> None:
    path.touch()
    with pytest.raises(TypeError, match=r"ISO 8601 text, got 1\.0"):
        read_events(path, since=1.0)  # type: ignore[arg-type] # the mistake
