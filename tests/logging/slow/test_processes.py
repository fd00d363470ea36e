"""What takes processes, and seconds: many writers, sudden death, full disks, fork and spawn."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    StructuredLogger,
    configure,
    read_events,
)
from ml_infra_utils.logging._output.rotation import rotated_files
from tests.logging.slow import workers
from tests.logging.strictly import parse

if TYPE_CHECKING:
    from pathlib import Path

POSIX = pytest.mark.skipif(os.name != "posix", reason="several processes a file: POSIX only")
WORKERS, LINES = 8, 20_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


def run_all(method: str, jobs: list[tuple[Any, ...]]) -> None:
    context: Any = multiprocessing.get_context(method)
    processes = [context.Process(target=target, args=args) for target, *args in jobs]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
    assert [0] * len(processes) == [process.exitcode for process in processes]


@POSIX
@pytest.mark.parametrize("method", ["spawn"])
def test_processes_write_one_file_while_it_rotates_and_no_line_is_missing(
    method: str, path: Path
) -> None:
    jobs = [(workers.write_lines, str(path), worker, LINES, 2_000_000) for worker in range(WORKERS)]
    run_all(method, jobs)
    assert len(rotated_files(path)) > 10
    found: Counter[int] = Counter()
    events = read_events(path)
    for event in events:
        found[event.fields["worker"] * LINES + event.fields["number"]] += 1
    assert Counter(range(WORKERS * LINES)) == found
    assert ([], [], 0, False) == (events.invalid, events.gaps, events.duplicates, events.torn)


@POSIX
def test_every_line_of_many_writers_is_strictly_valid(path: Path) -> None:
    jobs = [(workers.write_lines, str(path), worker, 500, 50_000) for worker in range(4)]
    run_all("spawn", jobs)
    for file in [*rotated_files(path).values(), path]:
        for line in file.read_text().splitlines():
            parse(line)


@POSIX
@pytest.mark.parametrize("queue", [False, True])
def test_process_that_is_killed_tears_the_last_line_at_most(queue: bool, path: Path) -> None:
    for _ in range(3):
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=workers.write_until_killed, args=(str(path), queue))
        process.start()
        size = path.stat().st_size if path.exists() else 0
        deadline = time.monotonic() + 60
        while not (path.exists() and path.stat().st_size > size + 500_000):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    events = read_events(path)
    numbers = [event.fields["number"] for event in events]
    assert ([], 0) == (events.gaps, events.duplicates)
    assert len(events.invalid) + events.torn <= 3
    assert 3 == numbers.count(0)
    assert sorted(numbers) == sorted(n for count in _counts(numbers) for n in range(count))


def _counts(numbers: list[int]) -> Iterator[int]:
    for first, second in zip(numbers, [*numbers[1:], 0]):
        if second == 0:
            yield first + 1


@POSIX
def test_full_disk_loses_lines_that_the_reader_can_name(path: Path) -> None:
    code = f"from tests.logging.slow.workers import *; fill_the_disk({str(path)!r}, 20_000)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stderr=subprocess.PIPE, text=True
    )
    assert 1 == done.stderr.count("loses lines")
    assert "File too large" in done.stderr
    events = read_events(path)
    *written, last = events
    assert [*range(len(written))] == [event.fields["number"] for event in written]
    assert 1_000 == last.fields["number"]
    missing = sum(gap.last - gap.first + 1 for gap in events.gaps)
    assert 1_001 == len(written) + 1 + missing
    assert last.fields["lost"] == missing


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, check=False).returncode:
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_file_system_loses_lines_that_the_reader_can_name(
    small_disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = small_disk / "run.jsonl"
    handler = DurableFileHandler(path)
    logger = StructuredLogger("train", handler=handler)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 20_000)
    for number in range(1_000):
        logger.info("hello", number=number)
    ballast.unlink()
    logger.info("there is room again", number=1_000)
    handler.close()
    assert 1 == capfd.readouterr().err.count("No space left on device")
    events = read_events(path)
    numbers = [event.fields["number"] for event in events]
    assert 1_000 == numbers[-1]
    assert [*range(len(numbers) - 1)] == numbers[:-1]
    assert handler.lost == sum(gap.last - gap.first + 1 for gap in events.gaps)


@POSIX
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("queue", [False, True])
def test_forked_children_log_as_their_parent_was_configured(queue: bool, path: Path) -> None:
    handler: Any = DurableFileHandler(path)
    if queue:
        handler = BoundedQueueHandler(handler)
    configure(output=handler)
    logger = StructuredLogger("train").bind(fold=1)
    logger.info("from the parent", pid=os.getpid())
    run_all("fork", [(workers.log_once, logger, number) for number in range(8)])
    logger.info("from the parent", pid=os.getpid())
    handler.flush()
    events = read_events(path)
    found = list(events)
    assert 2 + 8 * 2 == len(found)
    assert 8 == len({event.fields["pid"] for event in found} - {os.getpid()})
    assert 9 == len({event.writer for event in found})
    assert ([], 0) == (events.gaps, events.duplicates)
    children = [event for event in found if event.message == "from a child"]
    assert {*range(8)} == {event.fields["child"] for event in children}


@POSIX
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_queue_of_a_forked_child_is_written_to_its_end(path: Path) -> None:
    handler = BoundedQueueHandler(DurableFileHandler(path))
    logger = StructuredLogger("train", handler=handler)
    run_all("fork", [(workers.log_many, logger, 2_000) for _ in range(2)])
    assert 4_000 == len(list(read_events(path)))


@POSIX
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_queue_that_a_child_sets_up_is_written_to_its_end(method: str, path: Path) -> None:
    run_all(method, [(workers.configure_a_queue_and_log, str(path), 500) for _ in range(4)])
    events = read_events(path)
    assert 2_000 == len(list(events))
    assert [] == events.gaps


@POSIX
def test_forks_amid_the_making_of_loggers_do_not_hang(path: Path) -> None:
    code = f"from tests.logging.slow.workers import *; fork_while_loggers_are_made({str(path)!r})"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)
    assert 0 == done.returncode
    assert 40 == len(list(read_events(path)))


@POSIX
def test_child_of_a_process_that_is_killed_keeps_no_lock(path: Path) -> None:
    code = f"from tests.logging.slow.workers import *; leave_an_idle_child({str(path)!r})"
    for _ in range(5):
        parent = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, text=True
        )
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.2)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        context: Any = multiprocessing.get_context("spawn")
        other = context.Process(target=workers.log_a_long_line, args=(str(path),))
        other.start()
        other.join(timeout=20)
        os.kill(child, signal.SIGKILL)
        other.join()
        assert 0 == other.exitcode


def test_spawned_children_log_once_they_are_configured(path: Path) -> None:
    configure(output=path)
    logger = StructuredLogger("train").bind(fold=1)
    jobs = [(workers.configure_and_log_once, str(path), logger, number) for number in range(3)]
    run_all("spawn", jobs)
    found = list(read_events(path))
    assert 6 == len(found)
    assert [1, 1, 1] == [event.fields["fold"] for event in found if event.logger == "train"]


QUEUE_AT_EXIT = """
import atexit, sys
from ml_infra_utils.logging import BoundedQueueHandler, DurableFileHandler, StructuredLogger
from ml_infra_utils.logging import configure
handler = BoundedQueueHandler(DurableFileHandler(sys.argv[1]), capacity=50_000)
configure(output=handler)
logger = StructuredLogger("train")
atexit.register(lambda: logger.info("at exit", number=-1))
for number in range(20_000):
    logger.info("hello", number=number)
{end}
"""


DYING_WORDS = """
import builtins
from ml_infra_utils.logging import StructuredLogger
logger = StructuredLogger("train")
class Connection:
    def __del__(self):
        logger.info("closed: %s", "db", rows=3, loss=float("nan"), note="password=x")
builtins.kept = Connection()
"""


def test_line_at_the_very_end_of_the_interpreter_is_whole() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DYING_WORDS], check=True, stdout=subprocess.PIPE, text=True
    )
    line = parse(done.stdout.strip())
    assert ("closed: db", 3, None) == (line["message"], line["rows"], line["loss"])
    assert "password=[REDACTED]" == line["note"]


@pytest.mark.parametrize(
    ("end", "code"),
    [("", 0), ("sys.exit(3)", 3), ("raise ValueError", 1), ("raise KeyboardInterrupt", None)],
)
def test_queue_is_written_to_its_end_when_the_interpreter_shuts_down(
    end: str, code: int | None, path: Path
) -> None:
    command = [sys.executable, "-c", QUEUE_AT_EXIT.format(end=end), str(path)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert code in (done.returncode, None)
    assert "loses lines" not in done.stderr
    events = read_events(path)
    read = list(events)
    numbers = [event.fields["number"] for event in read if "number" in event.fields]
    assert sorted([-1, *range(20_000)]) == sorted(numbers)
    uncaught = [event.exception["type"] for event in read if "number" not in event.fields]
    assert ["ValueError"] * (end == "raise ValueError") == uncaught
    assert [] == events.gaps
