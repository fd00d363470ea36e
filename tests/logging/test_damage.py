"""Logs that were damaged, cut off, rotated amid reading, or written by others."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ml_infra_utils.logging import (
    DurableFileHandler,
    EcsFormatter,
    StructuredLogger,
    read_events,
)
from ml_infra_utils.logging._levels import severity
from ml_infra_utils.logging._reading import log_files as lines
from ml_infra_utils.logging._reading.parsed_line import as_number, event_of, time_of
from tests.logging.following import followed

START = '{"timestamp": "2026-01-02T03:04:05+00:00", "level": "INFO", '


def line(message: str = "hello", **more: Any) -> str:
    return START + json.dumps({"message": message, **more})[1:] + "\n"


def messages(path: Path) -> tuple[list[str], bool, list[str]]:
    events = read_events(path)
    found = [event.message for event in events]
    return found, events.torn, events.invalid


def test_rotated_file_that_breaks_off_is_named(path: Path) -> None:
    Path(f"{path}.1").write_text(line("a") + line("b")[:40])
    path.write_text(line("c"))
    assert (["a", "c"], False, ["run.jsonl.1:2"]) == messages(path)


def test_rotated_gzip_file_that_breaks_off_is_named(path: Path) -> None:
    text = "".join(line(str(n), noise=os.urandom(50).hex()) for n in range(500))
    data = gzip.compress(text.encode())
    Path(f"{path}.1.gz").write_bytes(data[: len(data) // 2])
    path.write_text(line("last"))
    found, torn, invalid = messages(path)
    assert [*map(str, range(len(found) - 1)), "last"] == found
    assert (False, [f"run.jsonl.1.gz:{len(found)}"]) == (torn, invalid)


def test_log_whose_last_file_is_a_torn_rotated_one_is_torn(path: Path) -> None:
    Path(f"{path}.1").write_text(line("a") + line("b")[:40])
    assert (["a"], True, []) == messages(path)


def test_failure_of_the_disk_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(line("a"))

    class Broken:
        def readline(self, _: int) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(lines.gzip, "GzipFile", lambda **_: Broken())
    monkeypatch.setattr(lines, "GZIP", b'{"')
    with pytest.raises(OSError, match="Input/output error"):
        list(read_events(path))


RUN_TOGETHER = [
    (line("a")[:40] + line("b", row={"timestamp": "x"}), ["b"]),
    (line("a")[:40] + line("b", row=json.loads(line("nested"))), ["b"]),
    (line("a").strip() + line("b"), ["a", "b"]),
    (line("a").strip() + line("b")[:40] + line("c"), ["a", "c"]),
    ("x" * 50 + "é" + line("b", word="é"), ["b"]),
]


@pytest.mark.parametrize(("text", "expected"), RUN_TOGETHER)
def test_whole_lines_among_what_has_run_into_one_are_found(
    text: str, expected: list[str], path: Path
) -> None:
    path.write_bytes(text.encode("latin-1"))
    assert (expected, False, ["run.jsonl:1"]) == messages(path)


@pytest.mark.parametrize("end", ["\n", ""])
def test_line_that_is_too_long_is_not_kept_in_memory(
    end: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MAX_READ", 200)
    path.write_text(line("a") + line("b" * 1_000).strip() + end)
    assert (["a"], not end, [] if not end else ["run.jsonl:2"]) == messages(path)


def test_line_of_the_longest_length_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_READ", len(line("a")))
    path.write_text(line("a") + line("ab") + line("c"))
    assert (["a", "c"], False, ["run.jsonl:2"]) == messages(path)


def test_log_that_is_rotated_amid_reading_is_read_whole(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path, max_bytes=500))
    for number in range(20):
        logger.info("hello", number=number)
    events = read_events(path)
    found = [next(events).fields["number"]]
    for number in range(20, 40):
        logger.info("hello", number=number)
    found += [event.fields["number"] for event in events]
    assert [*range(len(found))] == found
    assert len(found) > 35
    assert [] == events.gaps


def test_rotated_file_that_is_compressed_amid_reading_is_read(path: Path) -> None:
    for number, text in enumerate("abc", 1):
        Path(f"{path}.{number}").write_text(line(text))
    events = read_events(path)
    found = [next(events).message]
    data = Path(f"{path}.3").read_bytes()
    Path(f"{path}.3.gz").write_bytes(gzip.compress(data))
    Path(f"{path}.3").unlink()
    Path(f"{path}.2").unlink()
    found += [event.message for event in events]
    assert ["a", "c"] == found


@pytest.mark.parametrize("rotated", [True, False])
def test_followed_log_that_rotates_twice_between_two_looks_is_read_whole(
    rotated: bool, path: Path
) -> None:
    Path(f"{path}.1").write_text(line("a"))
    path.write_text(line("b"))

    def rotate() -> None:
        path.rename(f"{path}.2")
        Path(f"{path}.3").write_text(line("c"))
        Path(f"{path}.4").write_text(line("d"))
        path.write_text(line("e"))

    expected = ["a", "b", "c", "d", "e"]
    assert expected[not rotated :] == followed(path, [rotate], rotated=rotated)


def test_followed_log_may_come_later(path: Path) -> None:
    Path(f"{path}.1").write_text(line("a"))
    assert ["a", "b"] == followed(path, [lambda: path.write_text(line("b"))])


def test_ecs_line_keeps_its_own_keys(path: Path) -> None:
    handler = DurableFileHandler(path)
    handler.setFormatter(EcsFormatter())
    fields = {"level": "high", "message": "m", "timestamp": "t", "logger": "x", "_sequence": 99}
    StructuredLogger("train", handler=handler).info("real", **fields, line="l", exception="e")
    (event,) = read_events(path)
    assert ("INFO", "train", "real", 1) == (
        event.level,
        event.logger,
        event.message,
        event.sequence,
    )
    assert event.timestamp is not None
    kept = {f"{name}_": value for name, value in fields.items()}
    assert {**kept, "line_": "l", "exception_": "e"} == {
        name: value for name, value in event.fields.items() if "." not in name
    }


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "data",
    [
        {"message": deep(100_000)},
        {"timestamp": deep(100_000), "level": deep(100_000)},
        {"message": 10**5_000},
        {"@timestamp": 5, "log.level": None, "ml_infra": [1], "error.type": {}},
        {"_sequence": True, "line": -1, "context": 5, "exception": []},
        {"timestamp": "9999-12-31T23:59:59-23:59"},
    ],
)
def test_line_of_any_content_is_an_event(data: dict[str, Any]) -> None:
    event = event_of(data)
    assert (None, 0) == (event.sequence, event.line)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ({"path": "context.metrics.loss", "what": "Infinity"}, {"loss": float("inf")}),
        ({"path": "context.metrics.loss", "what": "redacted"}, {}),
        ({"path": "context.metrics.loss", "what": ["NaN"]}, {}),
        ({"path": "metrics.loss", "what": "NaN"}, {}),
        ({"path": ["context.metrics.loss"], "what": "NaN"}, {}),
        ({"what": "NaN"}, {}),
        ("context.metrics.loss", {}),
    ],
)
def test_note_tells_which_metric_is_not_finite(note: object, expected: dict[str, float]) -> None:
    event = event_of({"context": {"metrics": {"loss": None}}, "_altered": [note]})
    assert expected == event.metrics


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10**400, float("inf")),
        (-(10**400), float("-inf")),
        ("Infinity", float("inf")),
        (True, None),
    ],
)
def test_metric_is_a_number_or_none(value: object, expected: float | None) -> None:
    assert expected == as_number(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T03:04:05.123456789Z",
        "2026-01-02T03:04:05.123456Z",
        "2026-01-02T04:04:05.123456+01:00",
        "2026-01-02T04:04:05,123456+0100",
        "2026-01-02 03:04:05.123456z",
    ],
)
def test_time_is_read_in_the_ways_that_programs_write_it(text: str) -> None:
    assert datetime(2026, 1, 2, 3, 4, 5, 123_456, timezone.utc) == time_of(text)


def test_short_fraction_of_a_second_is_read() -> None:
    assert datetime(2026, 1, 2, 3, 4, 5, 500_000, timezone.utc) == time_of("2026-01-02T03:04:05.5")


def test_date_is_its_midnight() -> None:
    assert datetime(2026, 1, 2, tzinfo=timezone.utc) == time_of(date(2026, 1, 2))


@pytest.mark.parametrize(
    ("since", "error"), [(1e9, TypeError), ([2026], TypeError), ("yesterday", ValueError)]
)
def test_since_that_is_no_time_is_an_error_that_names_it(
    since: Any, error: type[Exception], path: Path
) -> None:
    path.touch()
    with pytest.raises(error, match="since is no time"):
        read_events(path, since=since)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("info", 20),
        ("Warning", 30),
        ("warn", 30),
        ("Level 15", 15),
        ("30", 30),
        ("trace", 5),
        ("notice", 25),
        ("fatal", 50),
        ("loud", 50),
        ("9" * 5_000, 50),
        ("", 50),
    ],
)
def test_level_is_understood_in_the_words_of_other_programs(name: str, expected: int) -> None:
    assert expected == severity(name)
