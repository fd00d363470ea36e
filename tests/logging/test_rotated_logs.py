"""A log of several files, which may change while it is read."""

from __future__ import annotations

import gzip
import itertools
import os
from pathlib import Path
from typing import Callable

import pytest

from ml_infra_utils.logging import DurableFileHandler, Gap, StructuredLogger, read_events
from ml_infra_utils.logging._output.rotation import rotated_files
from ml_infra_utils.logging._reading import log_files
from tests.logging.following import followed
from tests.logging.reading import line, messages, numbered


def test_rotated_and_compressed_files_are_read_first(path: Path) -> None:
    with gzip.open(f"{path}.1.gz", "wt") as file:
        file.write(line("a"))
    Path(f"{path}.2").write_text(line("b"))
    Path(f"{path}.10").write_text(line("c"))
    path.write_text(line("d"))
    assert ["a", "b", "c", "d"] == messages(path)
    assert ["d"] == messages(path, rotated=False)
    path.unlink()
    assert ["a", "b", "c"] == messages(path)


def test_gzip_file_that_breaks_off_is_torn(path: Path) -> None:
    data = gzip.compress("".join(line(str(n)) for n in range(1_000)).encode(), mtime=0)
    path.write_bytes(data[: len(data) // 2])
    events = read_events(path)
    read = [event.message for event in events]
    assert 0 < len(read) < 1_000
    assert [str(n) for n in range(len(read))] == read
    assert events.torn


@pytest.mark.parametrize("packed", [True, False])
def test_rotated_file_that_breaks_off_is_named(packed: bool, path: Path) -> None:
    rows = [line(str(n), padding=os.urandom(40).hex()) for n in range(100)]
    text = "".join(rows).encode()
    if packed:
        data = gzip.compress(text)
        Path(f"{path}.1.gz").write_bytes(data[: len(data) // 2])
    else:
        Path(f"{path}.1").write_bytes(text[:-10])
    path.write_text(line("last"))
    events = read_events(path)
    read = [event.message for event in events]
    assert [*map(str, range(len(read) - 1)), "last"] == read
    name = "run.jsonl.1.gz" if packed else "run.jsonl.1"
    assert ([f"{name}:{len(read)}"], False) == (events.invalid, events.torn)


def test_log_that_is_rotated_while_it_is_read_has_no_gap(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path, max_bytes=1_000))
    for number in range(50):
        logger.info("hello", number=number)
    events = read_events(path)
    numbers = [next(events).fields["number"]]
    for number in range(50, 100):
        logger.info("hello", number=number)
    numbers += [event.fields["number"] for event in events]
    assert [*range(100)] == numbers
    assert [] == events.gaps


def test_file_that_is_rotated_away_before_it_is_opened_is_read_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text(numbered(1))
    looks = itertools.count()

    def rotating(log: Path) -> dict[int, Path]:
        found = rotated_files(log)
        if next(looks) == 2:
            # Behind the first look of the reader, before it opens the file.
            path.rename(f"{path}.1")
            path.write_text(numbered(2))
        return found

    monkeypatch.setattr(log_files, "rotated_files", rotating)
    events = read_events(path)
    assert ["1", "2"] == [event.message for event in events]
    assert [] == events.gaps


def test_file_that_is_removed_before_its_turn_is_a_gap(path: Path) -> None:
    for number in (1, 2, 3):
        Path(f"{path}.{number}").write_text(numbered(number))
    events = read_events(path)
    assert "1" == next(events).message
    Path(f"{path}.2").unlink()
    Path(f"{path}.4").symlink_to(path)
    assert ["3"] == [event.message for event in events]
    assert [Gap("w", 2, 2)] == events.gaps


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_followed_log_goes_on_as_lines_are_added(path: Path) -> None:
    path.write_text(line("a"))
    steps = [
        lambda: append(path, line("b")[:20]),
        lambda: append(path, line("b")[20:] + line("c")),
    ]
    assert ["a", "b", "c"] == followed(path, steps, rotated=False)


def test_followed_log_goes_on_after_a_rotation(path: Path) -> None:
    path.write_text(line("a"))

    def rotate() -> None:
        append(path, line("b"))
        path.rename(f"{path}.1")

    steps: list[Callable[[], object]] = [rotate, lambda: path.write_text(line("c"))]
    assert ["a", "b", "c"] == followed(path, steps, rotated=False)


def test_followed_log_goes_on_after_it_was_emptied(path: Path) -> None:
    path.write_text(line("a") + line("b"))
    assert ["a", "b", "c"] == followed(path, [lambda: path.write_text(line("c"))], rotated=False)


def test_followed_log_goes_on_after_several_rotations(path: Path) -> None:
    logger = StructuredLogger("train", handler=DurableFileHandler(path, max_bytes=500))
    count = 0

    def log() -> None:
        nonlocal count
        for _ in range(10):
            logger.info(str(count))
            count += 1

    log()
    first = len(list(read_events(path, rotated=False)))
    assert [str(n) for n in range(10 - first, 40)] == followed(path, [log, log, log], rotated=False)


def test_followed_log_goes_on_after_logrotate_has_renumbered_all(path: Path) -> None:
    Path(f"{path}.1").write_text(line("older"))
    path.write_text(line("a"))

    def renumber() -> None:
        Path(f"{path}.1").rename(f"{path}.2")
        path.rename(f"{path}.1")
        path.write_text(line("b"))

    assert ["a", "b"] == followed(path, [renumber], rotated=False)


def test_followed_log_may_be_gone_for_a_while(path: Path) -> None:
    path.write_text(line("a"))
    steps: list[Callable[[], object]] = [
        lambda: path.rename(path.with_suffix(".old")),
        lambda: None,
        lambda: path.write_text(line("b")),
    ]
    assert ["a", "b"] == followed(path, steps, rotated=False)
