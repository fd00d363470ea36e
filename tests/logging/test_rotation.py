"""Which files rotation touches, and what it forces to the disk."""

from __future__ import annotations

import errno
import gc
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.logging.strictly import parse

if TYPE_CHECKING:
    from pathlib import Path

from ml_infra_utils.logging import (
    DurableFileHandler,
    StructuredLogger,
    read_events,
)
from ml_infra_utils.logging._output import durable_file as files
from ml_infra_utils.logging._output.rotation import rotated_files


@pytest.mark.parametrize(
    "name",
    [
        "run.jsonl",
        "run.jsonl.old",
        "run.jsonl.0",
        "run.jsonl.01",
        "run.jsonl.²",
        "run.jsonl.1.bz2",
        "run.jsonl.audit.1",
        "run.jsonl.20260101",
        "other.jsonl.1",
        "run-jsonl.1",
    ],
)
def test_file_of_another_name_is_no_rotated_one(name: str, path: Path) -> None:
    (path.parent / name).touch()
    assert {} == rotated_files(path)


def test_rotated_files_come_in_the_order_of_their_numbers(path: Path) -> None:
    for name in ("run.jsonl.10", "run.jsonl.2", "run.jsonl.1.gz"):
        (path.parent / name).touch()
    found = {number: file.name for number, file in rotated_files(path).items()}
    assert [(1, "run.jsonl.1.gz"), (2, "run.jsonl.2"), (10, "run.jsonl.10")] == [*found.items()]


def test_file_that_is_being_compressed_counts_once(path: Path) -> None:
    for name in ("run.jsonl.1", "run.jsonl.1.gz"):
        (path.parent / name).touch()
    assert {1: path.with_name("run.jsonl.1")} == rotated_files(path)


def test_name_of_a_log_may_hold_what_a_pattern_would(tmp_path: Path) -> None:
    path = tmp_path / "run[1]*.jsonl"
    path.with_name("run[1]*.jsonl.1").touch()
    path.with_name("run1x.jsonl.2").touch()
    assert [1] == [*rotated_files(path)]


def test_rotated_files_of_another_log_stay(path: Path) -> None:
    audit = path.with_name("run.jsonl.audit")
    other = StructuredLogger("audit", handler=DurableFileHandler(audit, max_bytes=500))
    logger = StructuredLogger(
        "train", handler=DurableFileHandler(path, max_bytes=500, backup_count=1)
    )
    for number in range(10):
        other.info("hello", number=number)
        logger.info("hello")
    assert [*range(10)] == [event.fields["number"] for event in read_events(audit)]


def test_file_never_takes_the_place_of_another(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.with_name("run.jsonl.9999999").touch()
    path.with_name("run.jsonl.10000000").write_text("not ours")
    logger = StructuredLogger("train", handler=DurableFileHandler(path, max_bytes=500))
    for number in range(10):
        logger.info("hello", number=number)
    assert "not ours" == path.with_name("run.jsonl.10000000").read_text()
    assert [*range(10)] == [event.fields["number"] for event in read_events(path)]
    assert "cannot rotate: FileExistsError" in capsys.readouterr().err


def test_file_is_forced_to_the_disk_before_it_is_left(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(files.os, "fsync", lambda fd: synced.append(os.fstat(fd).st_ino))
    logger = StructuredLogger("train", handler=DurableFileHandler(path, max_bytes=300, fsync=3_600))
    for _ in range(5):
        logger.info("hello")
    assert [file.stat().st_ino for file in rotated_files(path).values()] == synced


@pytest.mark.parametrize(
    ("text", "numbered"),
    [('{"a": 1}', True), ("{}", False), ("{a}", False), ('{"a": 1} {}', False), ("[{}]", False)],
)
def test_only_objects_of_json_are_numbered(text: str, numbered: bool, path: Path) -> None:
    handler = DurableFileHandler(path)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.handle(logging.makeLogRecord({"msg": text}))
    written = path.read_text().strip()
    assert numbered == (written != text)
    assert not numbered or 1 == parse(written)["_sequence"]


@pytest.mark.parametrize(
    "wrong",
    [{"max_bytes": "1"}, {"rotate_every": float("nan")}, {"backup_count": 1.5}, {"fsync": None}],
)
def test_option_of_another_type_is_an_error_that_names_it(wrong: Any, path: Path) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name} must be .*, got {value!r}"):
        DurableFileHandler(path, **wrong)


@pytest.mark.parametrize("name", ["run.jsonl.1", "run.jsonl.1.gz"])
def test_folder_is_no_rotated_file(name: str, path: Path) -> None:
    (path.parent / name).mkdir()
    assert {} == rotated_files(path)


def failing_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(files.os, "open", fail)


def test_file_that_is_open_takes_the_lines_when_no_other_can_be_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = DurableFileHandler(path, max_bytes=300)
    logger = StructuredLogger("train", handler=handler)
    logger.info("hello")
    failing_to_open(monkeypatch)
    for _ in range(4):
        logger.info("hello")
    monkeypatch.undo()
    logger.info("hello")
    assert 6 == len(list(read_events(path)))
    assert 0 == handler.lost
    assert 1 == capsys.readouterr().err.count("cannot rotate: OSError: [Errno 24]")


def test_line_to_a_file_that_nobody_can_find_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = DurableFileHandler(path, max_bytes=300)
    logger = StructuredLogger("train", handler=handler)
    path.unlink()
    failing_to_open(monkeypatch)
    logger.info("hello")
    assert 1 == handler.lost


def test_file_that_something_else_has_closed_is_opened_anew(path: Path) -> None:
    handler = DurableFileHandler(path)
    logger = StructuredLogger("train", handler=handler)
    descriptor = handler._descriptor
    os.close(descriptor)
    other = path.with_name("other")
    taken = os.open(other, os.O_RDWR | os.O_CREAT)
    assert descriptor == taken
    handler._followed -= 2
    logger.info("hello")
    handler.close()
    os.close(taken)
    assert 1 == len(list(read_events(path)))
    assert "" == other.read_text()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX has them")
def test_pipe_is_written_too(path: Path) -> None:
    os.mkfifo(path)
    logger = StructuredLogger("train", handler=DurableFileHandler(path))
    reader = os.open(path, os.O_RDONLY)
    logger.info("hello")
    assert "hello" == parse(os.read(reader, 4_096).decode().strip())["message"]
    os.close(reader)


def test_handler_that_nobody_needs_gives_its_file_back(path: Path) -> None:
    handler = DurableFileHandler(path)
    descriptor = handler._descriptor
    StructuredLogger("train", handler=handler)
    StructuredLogger("train", handler=logging.NullHandler())
    del handler
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_long_line_to_a_file_that_something_else_has_closed_is_written(path: Path) -> None:
    handler = DurableFileHandler(path, max_bytes=12_000)
    logger = StructuredLogger("train", handler=handler)
    os.close(handler._descriptor)
    for _ in range(4):
        logger.info("x" * 5_000)
    assert 4 == len(list(read_events(path)))
    assert [1] == [*rotated_files(path)]


def test_lines_go_to_no_file_of_others_while_the_own_cannot_be_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = DurableFileHandler(path)
    logger = StructuredLogger("train", handler=handler)
    descriptor = handler._descriptor
    os.close(descriptor)
    taken = os.open(path.with_name("other"), os.O_RDWR | os.O_CREAT)
    assert descriptor == taken
    handler._followed -= 2
    failing_to_open(monkeypatch)
    for _ in range(2):
        logger.info("hello")
    monkeypatch.undo()
    os.close(taken)
    assert (2, "") == (handler.lost, path.with_name("other").read_text())
