"""Which lines and files are kept when files are deleted, compressed, or grow old."""

from __future__ import annotations

import gzip
import logging
import os
import pickle
import shutil
import subprocess
import sys
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging import (
    DatadogFormatter,
    DurableFileHandler,
    EcsFormatter,
    GoogleCloudFormatter,
    JsonFormatter,
    StructuredLogger,
    read_events,
)
from ml_infra_utils.logging._output import compression
from ml_infra_utils.logging._output import durable_file as files
from ml_infra_utils.logging._output.rotation import rotated_files

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")


def logger_to(path: Path, **options: Any) -> tuple[StructuredLogger, DurableFileHandler]:
    handler = DurableFileHandler(path, **options)
    return StructuredLogger("train", handler=handler), handler


def numbers(path: Path) -> list[int]:
    return [event.fields["number"] for event in read_events(path)]


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at each line whether the file is still there, not once a second."""
    monkeypatch.setattr(files, "LOOK_EVERY", 0.0)


@posix
@pytest.mark.usefixtures("looking")
@pytest.mark.parametrize("length", [1, 10_000])
@pytest.mark.parametrize("options", [{}, {"max_bytes": 1_000_000}])
def test_line_after_the_deletion_of_the_file_is_in_a_new_one(
    options: dict[str, Any], length: int, path: Path
) -> None:
    logger, handler = logger_to(path, **options)
    logger.info("hello", number=0)
    path.unlink()
    for number in (1, 2):
        logger.info("x" * length, number=number)
    assert [1, 2] == numbers(path)[-2:]
    assert 0 == handler.lost


@posix
@pytest.mark.parametrize("many", [3, 2_500])
def test_lines_since_the_deletion_are_in_the_new_file(many: int, path: Path) -> None:
    logger, handler = logger_to(path)
    logger.info("hello", number=0)
    path.unlink()
    for number in range(1, many):
        logger.info("hello", number=number)
    handler.close()
    assert [*range(1, many)] == numbers(path)[-many + 1 :]
    assert 0 == handler.lost


@posix
def test_lines_before_the_deletion_are_not_written_again_at_the_end(path: Path) -> None:
    logger, handler = logger_to(path)
    logger.info("hello", number=0)
    os.utime(path, (1_000, 1_000))
    path.unlink()
    handler.close()
    assert not path.exists()


@posix
def test_lines_since_the_deletion_that_find_no_folder_in_the_end_are_counted(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = path.parent / "a"
    folder.mkdir()
    logger, handler = logger_to(folder / "run.jsonl")
    shutil.rmtree(folder)
    folder.write_text("a file")
    for number in range(3):
        logger.info("hello", number=number)
    handler.close()
    assert 3 == handler.lost
    assert "loses lines" in capsys.readouterr().err


@posix
@pytest.mark.usefixtures("looking")
def test_deleted_folder_is_made_anew(path: Path) -> None:
    path = path.parent / "a" / "b" / "run.jsonl"
    path.parent.mkdir(parents=True)
    logger, handler = logger_to(path)
    logger.info("hello", number=0)
    shutil.rmtree(path.parent.parent)
    for number in (1, 2):
        logger.info("hello", number=number)
    assert [1, 2] == numbers(path)[-2:]
    assert 0 == handler.lost


@posix
@pytest.mark.usefixtures("looking")
def test_lines_that_find_no_folder_are_counted(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = path.parent / "a"
    folder.mkdir()
    logger, handler = logger_to(folder / "run.jsonl")
    shutil.rmtree(folder)
    folder.write_text("a file")
    for number in range(3):
        logger.info("hello", number=number)
    assert 3 == handler.lost
    assert "loses lines" in capsys.readouterr().err
    folder.unlink()
    logger.info("hello", number=3)
    assert [3] == numbers(folder / "run.jsonl")
    assert [(1, 3)] == [(gap.first, gap.last) for gap in read_gaps(folder / "run.jsonl")]


def read_gaps(path: Path) -> list[Any]:
    events = read_events(path)
    list(events)
    return events.gaps


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compress without waiting for other processes."""
    monkeypatch.setattr(compression, "SETTLED", 0.0)


@pytest.mark.usefixtures("at_once")
def test_rotated_files_are_compressed_without_a_lost_line(path: Path) -> None:
    logger, handler = logger_to(path, max_bytes=1_000, compress=True)
    for number in range(50):
        logger.info("hello", number=number)
    handler.close()
    rotated = [*rotated_files(path).values()]
    assert len(rotated) > 5
    assert {".gz"} == {file.suffix for file in rotated}
    events = read_events(path)
    assert [*range(50)] == [event.fields["number"] for event in events]
    assert ([], 0, []) == (events.gaps, events.duplicates, events.invalid)
    assert not list(path.parent.glob("*.part"))


@pytest.mark.usefixtures("at_once")
def test_compressed_file_is_as_old_and_as_private_as_its_lines(path: Path) -> None:
    old = path.with_name("run.jsonl.1")
    old.write_text('{"number": 0}\n')
    old.chmod(0o600)
    os.utime(old, (1_000, 1_000))
    DurableFileHandler(path, compress=True).close()
    status = path.with_name("run.jsonl.1.gz").stat()
    assert (1_000, 0o600) == (status.st_mtime, status.st_mode & 0o777)
    with gzip.open(path.with_name("run.jsonl.1.gz"), "rt") as file:
        assert '{"number": 0}\n' == file.read()


def test_file_is_compressed_only_once_nobody_writes_to_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(compression.time, "sleep", slept.append)
    path.with_name("run.jsonl.1").write_text("{}\n")
    DurableFileHandler(path, compress=True).close()
    assert 1 < slept[0] <= compression.SETTLED


@posix
@pytest.mark.usefixtures("at_once")
def test_file_that_another_process_compresses_is_left_to_it(path: Path) -> None:
    import fcntl

    plain = path.with_name("run.jsonl.1")
    plain.write_text("{}\n")
    with plain.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        DurableFileHandler(path, compress=True).close()
        assert [plain] == [*rotated_files(path).values()]
    DurableFileHandler(path, compress=True).close()
    assert ["run.jsonl.1.gz"] == [file.name for file in rotated_files(path).values()]


@pytest.mark.usefixtures("at_once")
def test_file_that_cannot_be_compressed_stays_and_is_told(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = path.with_name("run.jsonl.1")
    plain.write_text("{}\n")
    path.with_name("run.jsonl.1.gz.part").mkdir()
    DurableFileHandler(path, compress=True).close()
    assert plain.exists()
    assert "cannot compress a rotated file: IsADirectoryError" in capsys.readouterr().err


WRITE = """
import sys, time
from ml_infra_utils.logging import DurableFileHandler, StructuredLogger

handler = DurableFileHandler(sys.argv[1], max_bytes=5_000, compress=True)
logger = StructuredLogger("train", handler=handler)
for number in range(300):
    logger.info("hello", number=number)
    time.sleep(0.001)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="one process writes a file there")
def test_processes_rotate_and_compress_one_file_together(path: Path) -> None:
    workers = [subprocess.Popen([sys.executable, "-c", WRITE, str(path)]) for _ in range(3)]
    assert [0, 0, 0] == [worker.wait(60) for worker in workers]
    events = read_events(path)
    assert 900 == len([*events])
    assert ([], 0, []) == (events.gaps, events.duplicates, events.invalid)
    assert any(file.suffix == ".gz" for file in rotated_files(path).values())


def with_rotated(path: Path, sizes: list[int], now: float = 1_000.0) -> None:
    """Make rotated files; the newest is a second old, the one before two, and so on."""
    for number, size in enumerate(sizes, 1):
        file = path.with_name(f"run.jsonl.{number}")
        file.write_bytes(b"\n" * size)
        age = len(sizes) + 1 - number
        os.utime(file, (now - age, now - age))


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"backup_seconds": 2.5}, [3, 4]),
        ({"backup_seconds": 0.5}, []),
        ({"backup_bytes": 60}, [3, 4]),
        ({"backup_bytes": 59}, [4]),
        ({"backup_bytes": 1}, [4]),
        ({"backup_count": 3}, [2, 3, 4]),
        ({"backup_count": 3, "backup_bytes": 60, "backup_seconds": 1.5}, [4]),
        ({}, [1, 2, 3, 4]),
    ],
)
def test_rotated_files_are_kept_by_number_age_and_size(
    options: dict[str, Any], kept: list[int], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rotated(path, [30, 30, 30, 30])
    monkeypatch.setattr(time, "time", lambda: 1_000.0)
    DurableFileHandler(path, **options)
    assert kept == [*rotated_files(path)]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the local time zone."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be set here")

    def set_zone(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield set_zone
    monkeypatch.undo()
    time.tzset()


BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.mark.parametrize(
    ("name", "before", "after", "rotates"),
    [
        ("UTC0", "2026-01-02T23:59:59", "2026-01-03T00:00:00", True),
        (BERLIN, "2026-01-02T23:30:00", "2026-01-03T00:00:00", True),
        # Midnight of UTC is no midnight here.
        (BERLIN, "2026-01-02T00:30:00", "2026-01-02T01:30:00", False),
        # The day of 23 hours and the one of 25.
        (BERLIN, "2026-03-29T00:00:01", "2026-03-29T23:59:59", False),
        (BERLIN, "2026-03-29T23:59:59", "2026-03-30T00:00:00", True),
        (BERLIN, "2026-10-25T00:00:01", "2026-10-25T23:59:59", False),
        (BERLIN, "2026-10-25T23:59:59", "2026-10-26T00:00:00", True),
        # A clock that is put back rotates nothing.
        (BERLIN, "2026-01-03T00:00:00", "2026-01-02T23:59:59", False),
    ],
)
def test_file_rotates_at_local_midnight(
    name: str,
    before: str,
    after: str,
    rotates: bool,
    path: Path,
    zone: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zone(name)
    logger, _ = logger_to(path, rotate_every="midnight")
    logger.info("hello", number=0)
    then, now = (datetime.fromisoformat(text).timestamp() for text in (before, after))
    os.utime(path, (then, then))
    monkeypatch.setattr(time, "time", lambda: now)
    logger.info("hello", number=1)
    assert rotates == bool(rotated_files(path))
    assert [0, 1] == numbers(path)


def test_line_is_forced_to_the_disk_though_no_other_follows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()
    monkeypatch.setattr(files.os, "fsync", lambda _: synced.set())
    logger, handler = logger_to(path, fsync=0.05)
    logger.info("hello")
    assert synced.wait(10)
    synced.clear()
    logger.info("hello")
    assert synced.wait(10)
    handler.close()


def test_handler_that_waits_to_force_lines_can_be_given_up(path: Path) -> None:
    _, handler = logger_to(path, fsync=3_600)
    before = threading.active_count()
    handler.handle(logging.makeLogRecord({"msg": "hello"}))
    assert before + 1 == threading.active_count()
    handler.close()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert before == threading.active_count()


@pytest.mark.parametrize(
    "kind", [JsonFormatter, EcsFormatter, GoogleCloudFormatter, DatadogFormatter]
)
@pytest.mark.parametrize(
    "message", ["a" * 100_000, "é" * 100_000, '"\\' * 50_000, "\x00" * 50_000, "😀" * 50_000]
)
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_line_in_the_file_fits_the_buffer_of_a_shipper(
    kind: Any, message: str, ensure_ascii: bool, path: Path
) -> None:
    _, handler = logger_to(path)
    handler.setFormatter(kind(max_line=32_768, ensure_ascii=ensure_ascii))
    logger = StructuredLogger("train", handler=handler)
    logger.info(message)
    logger.info("many", **{f"key{number}": message for number in range(50)})
    logger.info("nested", {"values": [message] * 50})
    lines = path.read_bytes().splitlines(keepends=True)
    assert 3 == len(lines)
    assert all(len(line) <= 32_768 for line in lines)


def test_handler_keeps_what_it_was_told_in_a_spawned_child(path: Path) -> None:
    options: dict[str, Any] = {
        "rotate_every": "midnight",
        "backup_seconds": 60.0,
        "backup_bytes": 1_000,
        "compress": True,
        "fsync": 2.0,
    }
    copy = pickle.loads(pickle.dumps(DurableFileHandler(path, **options)))
    assert options == {name: dict(copy.arguments())[name] for name in options}
