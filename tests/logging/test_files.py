from __future__ import annotations

import errno
import gc
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any, Callable
from unittest import mock

import pytest

from ml_infra_utils.logging import DurableFileHandler, StructuredLogger, read_events
from ml_infra_utils.logging._output import durable_file as files
from tests.logging.hostile import HOSTILE
from tests.logging.strictly import parse


def logger_to(path: Path, **options: Any) -> tuple[StructuredLogger, DurableFileHandler]:
    handler = DurableFileHandler(path, **options)
    return StructuredLogger("train", handler=handler), handler


def numbers(path: Path) -> list[int]:
    return [event.fields["number"] for event in read_events(path)]


def test_lines_are_numbered_by_their_writer(path: Path) -> None:
    first, _ = logger_to(path)
    first.info("a")
    first.info("b")
    second, _ = logger_to(path)
    second.info("c")
    lines = [parse(line) for line in path.read_text().splitlines()]
    assert [("a", 1), ("b", 2), ("c", 1)] == [(e["message"], e["_sequence"]) for e in lines]
    assert lines[0]["_writer"] == lines[1]["_writer"] != lines[2]["_writer"]
    assert lines[0]["_writer"].startswith(f"{os.getpid()}-")


def test_line_of_another_format_is_written_as_it_is(path: Path) -> None:
    handler = DurableFileHandler(path)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.handle(logging.makeLogRecord({"msg": "naïve \ud800 {}"}))
    assert "naïve \\ud800 {}\n" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_object_is_written(name: str, path: Path) -> None:
    logger, handler = logger_to(path)
    logger.info("hello", value=HOSTILE[name]())
    assert "hello" == parse(path.read_text().strip())["message"]
    assert 0 == handler.lost


def test_file_rotates_before_it_grows_too_large(path: Path) -> None:
    logger, _ = logger_to(path, max_bytes=1_000)
    for number in range(50):
        logger.info("hello", number=number)
    rotated = files.rotated_files(path)
    assert len(rotated) > 5
    assert all(file.stat().st_size <= 1_000 for file in [*rotated.values(), path])
    assert [*range(50)] == numbers(path)
    assert [] == read_events(path).gaps


def test_line_larger_than_the_limit_has_a_file_of_its_own(path: Path) -> None:
    logger, _ = logger_to(path, max_bytes=100)
    for number in range(3):
        logger.info("x" * 5_000, number=number)
    assert [1, 2] == [*files.rotated_files(path)]
    assert [0, 1, 2] == numbers(path)


def test_file_rotates_when_a_new_period_begins(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger, _ = logger_to(path, rotate_every=60)
    logger.info("hello", number=0)
    os.utime(path, (0, 0))
    logger.info("hello", number=1)
    monkeypatch.setattr(time, "time", lambda: path.stat().st_mtime)
    logger.info("hello", number=2)
    assert [1] == [*files.rotated_files(path)]
    assert [1, 2] == [e.fields["number"] for e in read_events(path, rotated=False)]


def test_oldest_files_are_removed_beyond_the_backup_count(path: Path) -> None:
    logger, _ = logger_to(path, max_bytes=300, backup_count=2)
    for number in range(20):
        logger.info("hello", number=number)
    assert 2 == len(files.rotated_files(path))
    assert 19 == numbers(path)[-1]


def test_file_that_cannot_be_moved_grows_on(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger, handler = logger_to(path, max_bytes=300)
    monkeypatch.setattr(type(path), "rename", mock.Mock(side_effect=PermissionError("no")))
    for number in range(10):
        logger.info("hello", number=number)
    assert [*range(10)] == numbers(path)
    assert 0 == handler.lost
    assert 1 == capsys.readouterr().err.count("cannot rotate: PermissionError: no")


def test_two_handlers_rotate_one_file_once(path: Path) -> None:
    loggers = [
        StructuredLogger(f"train{i}", handler=DurableFileHandler(path, max_bytes=2_000))
        for i in range(3)
    ]
    for number in range(60):
        loggers[number % 3].info("hello", number=number)
    events = read_events(path)
    assert [*range(60)] == sorted(event.fields["number"] for event in events)
    assert ([], 0, []) == (events.gaps, events.duplicates, events.invalid)
    assert all(file.stat().st_size > 1_000 for file in files.rotated_files(path).values())


def test_file_that_was_moved_away_is_opened_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LOOK_EVERY", 0.0)
    logger, _ = logger_to(path)
    logger.info("hello", number=0)
    old = path.with_suffix(".old")
    path.rename(old)
    logger.info("hello", number=1)
    assert ([0], [1]) == (numbers(old), numbers(path))


def test_threads_share_a_handler(path: Path) -> None:
    logger, _ = logger_to(path, max_bytes=20_000)

    def work(start: int) -> None:
        for number in range(start, start + 100):
            logger.info("hello", number=number)

    threads = [threading.Thread(target=work, args=(n * 100,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = read_events(path)
    assert [*range(800)] == sorted(event.fields["number"] for event in events)
    assert [] == events.gaps


Write = Callable[[int, bytes], int]


def failing(monkeypatch: pytest.MonkeyPatch, write: Write) -> None:
    monkeypatch.setattr(files.os, "write", write)


def test_full_disk_is_reported_once_and_counted(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger, handler = logger_to(path)
    logger.info("hello", number=0)
    real: Write = os.write

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    failing(monkeypatch, full)
    for number in range(1, 4):
        logger.info("hello", number=number)
    failing(monkeypatch, real)
    logger.info("hello", number=4)
    failing(monkeypatch, full)
    logger.info("hello", number=5)
    assert 1 == capsys.readouterr().err.count("No space left on device")
    assert 4 == handler.lost
    monkeypatch.undo()
    logger.info("hello", number=6)
    assert "" not in path.read_text().splitlines()
    events = read_events(path)
    assert [0, 4, 6] == [event.fields["number"] for event in events]
    assert [(2, 4), (6, 6)] == [(gap.first, gap.last) for gap in events.gaps]


def test_line_that_breaks_off_does_not_spoil_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger, handler = logger_to(path)
    real: Write = os.write
    calls = iter([10])

    def short(descriptor: int, data: bytes) -> int:
        for length in calls:
            return real(descriptor, data[:length])
        raise OSError(errno.EFBIG, "File too large")

    failing(monkeypatch, short)
    logger.info("hello", number=0)
    failing(monkeypatch, real)
    logger.info("hello", number=1)
    events = read_events(path)
    assert [1] == [event.fields["number"] for event in events]
    assert ["run.jsonl:1"] == events.invalid
    assert 1 == handler.lost


def test_file_that_ends_amid_a_line_is_continued_on_a_new_one(path: Path) -> None:
    path.write_text('{"timestamp": "2026')
    logger, _ = logger_to(path)
    logger.info("hello", number=0)
    events = read_events(path)
    assert [0] == [event.fields["number"] for event in events]
    assert ["run.jsonl:1"] == events.invalid


def test_line_that_another_process_is_writing_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("{}")

    def finish(_: float) -> None:
        with path.open("a") as file:
            file.write("\n")

    monkeypatch.setattr(time, "sleep", finish)
    logger, _ = logger_to(path)
    logger.info("hello")
    assert 2 == len(path.read_text().splitlines())


def test_short_write_is_continued(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Write = os.write
    failing(monkeypatch, lambda descriptor, data: real(descriptor, data[:7]))
    logger, _ = logger_to(path)
    logger.info("hello" * 2_000, number=0)
    assert [0] == numbers(path)


@pytest.mark.parametrize(("fsync", "expected"), [("never", 0), ("always", 4), (3_600, 1)])
def test_lines_are_forced_to_the_disk_as_asked(
    fsync: Any, expected: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    now = 1_000.0
    monkeypatch.setattr(os, "fsync", synced.append)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    logger, handler = logger_to(path, fsync=fsync)
    for _ in range(3):
        logger.info("hello")
    handler.flush()
    assert expected == len(synced)
    now += 4_000
    logger.info("hello")
    assert (fsync != "never") == (len(synced) > expected)


def test_line_that_cannot_be_forced_to_the_disk_is_not_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger, handler = logger_to(path, fsync="always")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files.os, "fsync", fail)
    for number in range(3):
        logger.info("hello", number=number)
    handler.flush()
    assert [0, 1, 2] == numbers(path)
    assert (0, 4) == (handler.lost, handler.unsynced)
    assert 1 == capsys.readouterr().err.count("cannot force lines to the disk")
    monkeypatch.undo()


def test_file_is_forced_to_the_disk_before_it_is_rotated_away(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(files.os, "fsync", synced.append)
    logger, _ = logger_to(path, max_bytes=1_000, fsync=3_600)
    for number in range(30):
        logger.info("hello", number=number)
    assert len(files.rotated_files(path)) == len(synced) > 3


def test_file_that_somebody_has_closed_is_opened_anew(path: Path) -> None:
    logger, handler = logger_to(path)
    logger.info("hello", number=0)
    os.close(handler._descriptor)
    logger.info("hello", number=1)
    assert [0, 1] == numbers(path)
    assert 0 == handler.lost


def test_handler_that_nobody_has_any_more_gives_its_file_back(path: Path) -> None:
    handler = DurableFileHandler(path)
    descriptor = handler._descriptor
    del handler
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no such thing here")  # noqa: PTH110 # a condition
def test_path_may_be_a_pipe() -> None:
    reading, writing = os.pipe()
    logger, handler = logger_to(Path(f"/dev/fd/{writing}"), max_bytes=10)
    logger.info("hello")
    logger.info("hello")
    handler.close()
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert ["hello", "hello"] == [parse(line.strip())["message"] for line in pipe]


def test_files_of_another_log_are_left_alone(path: Path) -> None:
    foreign = ["run.jsonl.audit.1", "run.jsonl.audit", "run.jsonl.20260101", "run.jsonl.0"]
    for name in foreign:
        path.with_name(name).write_text("{}\n")
    path.with_name("run.jsonl.1").mkdir()
    logger, handler = logger_to(path, max_bytes=300, backup_count=1)
    for number in range(20):
        logger.info("hello", number=number)
    assert ["{}\n"] * 4 == [path.with_name(name).read_text() for name in foreign]
    assert 1 == len(files.rotated_files(path))
    assert 19 == numbers(path)[-1]
    assert 0 == handler.lost


def test_old_file_that_another_process_has_removed_is_no_failure(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unlink = Path.unlink

    def twice(file: Path) -> None:
        unlink(file)
        unlink(file)

    monkeypatch.setattr(Path, "unlink", twice)
    logger, _ = logger_to(path, max_bytes=300, backup_count=1)
    for number in range(10):
        logger.info("hello", number=number)
    assert "" == capsys.readouterr().err
    assert 1 == len(files.rotated_files(path))


@pytest.mark.parametrize("broken", ["open", "scandir"])
def test_file_that_is_open_takes_the_lines_while_no_other_can_be_opened(
    broken: str, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logger, handler = logger_to(path, max_bytes=1_000)

    def fail(*_: object) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(files.os, broken, fail)
    for number in range(20):
        logger.info("hello", number=number)
    monkeypatch.undo()
    logger.info("hello", number=20)
    assert [*range(21)] == numbers(path)
    assert 0 == handler.lost
    assert 1 == capsys.readouterr().err.count(f"cannot rotate: OSError: [Errno {errno.EMFILE}]")


def test_lines_are_those_of_the_json_formatter_unless_another_is_set(path: Path) -> None:
    library = logging.Logger("library")
    library.addHandler(DurableFileHandler(path))
    library.warning("two\nlines with password=abc")
    line = parse(path.read_text().strip())
    assert ("two\nlines with password=[REDACTED]", 1) == (line["message"], line["_sequence"])


@pytest.mark.parametrize("text", ["{}", "{a} and {b}"])
def test_text_that_is_no_object_of_json_gets_no_keys(text: str, path: Path) -> None:
    handler = DurableFileHandler(path)
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.handle(logging.makeLogRecord({"msg": text}))
    assert f"{text}\n" == path.read_text()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forked_child_gives_up_the_file_and_its_lock(path: Path) -> None:
    _, handler = logger_to(path)
    assert handler._descriptor >= 0
    if os.fork() == 0:
        os._exit(0 if handler._descriptor == -1 else 1)
    assert 0 == os.wait()[1]


def test_closed_handler_opens_the_file_again(path: Path) -> None:
    logger, handler = logger_to(path)
    logger.info("hello", number=0)
    handler.close()
    logger.info("hello", number=1)
    events = read_events(path)
    assert [0, 1] == [event.fields["number"] for event in events]
    assert [] == events.gaps
    handler.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_bytes": 0},
        {"max_bytes": "1"},
        {"rotate_every": -1},
        {"rotate_every": "noon"},
        {"backup_seconds": 0},
        {"backup_bytes": "1"},
        {"backup_count": 0},
        {"backup_count": 1.5},
        {"fsync": "often"},
        {"fsync": 0},
        *({name: True} for name in ("max_bytes", "rotate_every", "backup_count", "fsync")),
    ],
)
def test_option_that_makes_no_sense_is_an_error(wrong: Any, path: Path) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be "):
        DurableFileHandler(path, **wrong)


@pytest.mark.parametrize("wrong", [5, None, b"run.jsonl"])
def test_path_that_is_none_is_an_error_that_names_it(wrong: Any) -> None:
    with pytest.raises(TypeError, match="path must be a path, got "):
        DurableFileHandler(wrong)


def test_file_that_cannot_be_opened_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="cannot open the log file: No such file"):
        DurableFileHandler(tmp_path / "absent" / "run.jsonl")
    with pytest.raises(IsADirectoryError, match="cannot open the log file"):
        DurableFileHandler(tmp_path)
