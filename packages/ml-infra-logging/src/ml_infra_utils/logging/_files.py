"""A file that many processes write, rotate and never tear."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Iterator

from ml_infra_utils.logging._forks import start_over_after_forks
from ml_infra_utils.logging._handlers import Failures, LineHandler

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from typing import Union

    Fsync = Union[str, float]

# A write of at most this many bytes is taken to be whole or not at all (POSIX: PIPE_BUF).
ATOMIC = 4_096
# Milliseconds for another process to finish a line that it is writing.
PATIENCE = 10
# Fewer digits than in a date, which other programs put behind a name.
MAX_NUMBER = 9_999_999
OPEN_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
# The threads that hold the lock of a file, whichever handler of it they use.
_locked: set[tuple[int, tuple[int, int]]] = set()


class DurableFileHandler(LineHandler):
    """Append lines to a file that any number of threads and processes write at once.

    A line is one `os.write` to a descriptor opened for appending; one of more than 4096 bytes is
    written under a lock. Each line gets the keys ``_writer`` and ``_sequence``: each handler in
    each process counts its own lines from 1, so that `read_events` can prove that nothing is
    missing (on Windows, only one process may write a file).
    What cannot be written (a full disk, say) is counted in `lost` and reported on standard error,
    at most once a minute; its number is missing in the file.

    Rotation renames the file to ``run.jsonl.1``, ``run.jsonl.2`` and so on, the newest having the
    highest number; no line is lost, whoever else is writing. A file that something else has moved
    away, such as logrotate, is opened anew within a second.

    Parameters
    ----------
    path : str or path
        The file. Its folder exists.
    max_bytes : int, optional
        Rotate before the file would grow past this size.
    rotate_every : float, optional
        Rotate every so many seconds, counted from 1970 in UTC: 86400 is at midnight.
    backup_count : int, optional
        How many rotated files to keep; all, by default.
    fsync : {"never", "always"} or float, default "never"
        When to force lines to the disk: lines survive the end of a process, however sudden, without
        it, but not the end of the machine. A number: with the first line that comes so many seconds
        after the last time, at a rotation, `flush` and `close`. What fails is counted in
        `unsynced`: the lines are written.

    Raises
    ------
    OSError
        If the file cannot be opened; the subclass says why.
    ValueError
        If a size, an interval or a count is not positive, or `fsync` is unknown.

    Examples
    --------
    >>> import tempfile
    >>> from ml_infra_utils.logging import DurableFileHandler, StructuredLogger, read_events
    >>> path = tempfile.mkdtemp() + "/run.jsonl"
    >>> logger = StructuredLogger("audit", handler=DurableFileHandler(path, max_bytes=10_000_000))
    >>> logger.info("epoch done", epoch=3)
    >>> [event.message for event in read_events(path)]
    ['epoch done']
    """

    _descriptor = -1

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        rotate_every: float | None = None,
        backup_count: int | None = None,
        fsync: Fsync = "never",
    ) -> None:
        limits = {
            "max_bytes": max_bytes,
            "rotate_every": rotate_every,
            "backup_count": backup_count,
        }
        for name, limit in limits.items():
            kind = float if name == "rotate_every" else int
            if limit is not None and not (_is_number(limit, kind) and limit > 0):
                expected = "a positive number" if kind is float else "a positive whole number"
                raise ValueError(f"{name} is {expected} or None, not {limit!r}")
        if fsync not in ("never", "always") and not (_is_number(fsync, float) and fsync > 0):  # type: ignore[operator] # a number then
            raise ValueError(f"fsync is 'never', 'always' or a number of seconds, not {fsync!r}")
        super().__init__()
        self.path: Path = Path(os.path.abspath(path))  # noqa: PTH100 # Path.absolute() keeps ..
        self._max_bytes = max_bytes
        self._rotate_every = rotate_every
        self._backup_count = backup_count
        self._fsync = fsync
        self._identity = (0, 0)
        self._starts_amid_a_line = False
        self._is_writing = False
        self._rotation_failures = Failures("cannot rotate")
        self._removal_failures = Failures("cannot remove an old file")
        self._sync_failures = Failures("cannot force lines to the disk (see `unsynced`)")
        self._followed = self._synced = time.monotonic()
        self.start_over()
        try:
            self._open()
        except OSError as error:
            reason = f"cannot open the log file: {error.strerror}"
            raise OSError(error.errno, reason, str(self.path)) from None
        start_over_after_forks(self)

    def write(self, line: str) -> None:
        """Append a line, with the number that comes next."""
        # In one step: a signal handler may log amid this line, in the same thread.
        number = next(self._numbers)
        if line.startswith('{"') and line.endswith("}"):
            line = f'{line[:-1]}, "_writer": "{self._writer}", "_sequence": {number}}}'
        data = (line + "\n").encode("utf-8", "backslashreplace")
        if self._is_writing and self._descriptor >= 0:
            # Such a signal handler takes the file as it is: what it would change is in use.
            self._append(data)
            return
        self._is_writing = True
        try:
            if self._descriptor < 0:
                self._open()
            try:
                self._follow(len(data))
                self._append_whole(data)
            except OSError as error:
                if error.errno != errno.EBADF:
                    raise
                # Somebody has closed all descriptors, as a daemon does: this is none of ours now.
                self._descriptor = -1
                self._open()
                self._append_whole(data)
            fsync = self._fsync
            if fsync == "always" or (
                fsync != "never" and time.monotonic() - self._synced >= float(fsync)
            ):
                self._sync()
        finally:
            self._is_writing = False

    @property
    def unsynced(self) -> int:
        """How often lines that were written could not be forced to the disk."""
        return self._sync_failures.count

    def skip(self, lines: int) -> None:
        """Leave numbers out, for lines that are known to be lost."""
        for _ in range(lines):
            next(self._numbers)

    def flush(self) -> None:
        """Force lines to the disk, unless `fsync` is "never"."""
        self._sync()

    def close(self) -> None:
        """Close the file; a later line opens it again."""
        self.acquire()
        try:
            self.flush()
            self._close()
        finally:
            self.release()
        super().close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    def __del__(self) -> None:
        self._close()

    def start_over(self) -> None:
        """Begin anew, in a forked child too: own numbers, and an own descriptor.

        The parent's would share its locks, and keep them if the parent is killed.
        """
        self._close()
        _locked.clear()
        self._is_writing = False
        self._writer = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._numbers = count(1)

    def _open(self) -> None:
        # Never without an open file: a signal handler may log.
        before, self._descriptor = self._descriptor, os.open(self.path, OPEN_FLAGS, 0o644)
        if before >= 0:
            os.close(before)
        status = os.fstat(self._descriptor)
        self._identity = (status.st_dev, status.st_ino)
        # Whoever wrote last may have been killed while it did.
        self._starts_amid_a_line = stat.S_ISREG(status.st_mode) and _is_torn(self._descriptor)
        self._followed = self._synced = time.monotonic()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _sync(self) -> None:
        if self._descriptor < 0 or self._fsync == "never":
            return
        self._synced = time.monotonic()
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            # The lines are in the file, if not yet on the disk: they are not lost.
            self._sync_failures.add(self, error)

    def _append_whole(self, data: bytes) -> None:
        if len(data) <= ATOMIC:
            self._append(data)
        else:
            with self._lock():
                self._append(data)

    def _append(self, data: bytes) -> None:
        if self._starts_amid_a_line:
            data = b"\n" + data
        written = os.write(self._descriptor, data)
        while written < len(data):
            self._starts_amid_a_line = True
            written += os.write(self._descriptor, data[written:])
        self._starts_amid_a_line = False

    def _follow(self, length: int) -> None:
        """Have the file at the path open, with room for a line of this length."""
        if (get_ident(), self._identity) in _locked:
            # A signal handler logs amid what another handler of this file does in its thread.
            return
        if self._max_bytes is None and self._rotate_every is None:
            now = time.monotonic()
            if now - self._followed < 1:
                return
            self._followed = now
        status = self._status()
        if status is not None and self._is_due(status, length):
            with self._lock():
                # Whoever had the lock before may have rotated the file.
                status = self._status()
                if status is not None and self._is_due(status, length):
                    status = self._rotated()
        if status is None:
            self._sync()
            try:
                self._open()
            except OSError as error:
                # The file that is open takes the lines, until this is over.
                self._rotation_failures.add(self, error)

    def _status(self) -> os.stat_result | None:
        """Give the status of the file at the path; None if it is another one than is open."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status if (status.st_dev, status.st_ino) == self._identity else None

    def _is_due(self, status: os.stat_result, length: int) -> bool:
        if status.st_size == 0:
            return False
        if self._max_bytes is not None and status.st_size + length > self._max_bytes:
            return True
        every = self._rotate_every
        return every is not None and status.st_mtime // every < time.time() // every

    def _rotated(self) -> os.stat_result | None:
        """Move the file away: None; its status if that cannot be done, so that it grows on."""
        try:
            files = rotated_files(self.path)
            number = number_of(files[-1]) + 1 if files else 1
            while os.path.lexists(f"{self.path}.{number}"):
                number += 1
            if number > MAX_NUMBER:
                raise OSError(f"there is a file of the number {MAX_NUMBER}")
            self.path.rename(f"{self.path}.{number}")
            if self._backup_count is not None:
                for file in files[: len(files) + 1 - self._backup_count]:
                    self._remove(file)
        except OSError as error:
            self._rotation_failures.add(self, error)
        return self._status()

    def _remove(self, file: Path) -> None:
        try:
            file.unlink()
        except FileNotFoundError:
            # Another process was faster.
            return
        except OSError as error:
            self._removal_failures.add(self, error)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        key = get_ident(), self._identity
        if sys.platform == "win32" or key in _locked:
            yield
            return
        descriptor = self._descriptor
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _locked.add(key)
        try:
            yield
        finally:
            _locked.discard(key)
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, (int, kind)) and not isinstance(value, bool)


def _is_torn(descriptor: int) -> bool:
    """Tell whether a file ends amid a line that nobody is writing any more."""
    for _ in range(PATIENCE):
        if os.lseek(descriptor, 0, os.SEEK_END) == 0:
            return False
        os.lseek(descriptor, -1, os.SEEK_END)
        if os.read(descriptor, 1) == b"\n":
            return False
        # A line may become visible in pieces.
        time.sleep(0.001)
    return True


def rotated_files(path: Path) -> list[Path]:
    """Give the files that the one at the path was renamed to, oldest first, compressed or not."""
    numbered = re.compile(rf"{re.escape(path.name)}\.[1-9][0-9]{{0,6}}(\.gz)?")
    try:
        # Not by glob, which takes a folder that it cannot read for an empty one.
        names = os.listdir(path.parent)  # noqa: PTH208 # names are enough
    except FileNotFoundError:
        return []
    files = [path.with_name(name) for name in names if numbered.fullmatch(name)]
    return sorted((file for file in files if file.is_file()), key=number_of)


def number_of(file: Path) -> int:
    """Give the number at the end of a rotated file's name, 0 if there is none."""
    number = (file.stem if file.suffix == ".gz" else file.name).rpartition(".")[2]
    return int(number) if number.isdecimal() and number.isascii() else 0
