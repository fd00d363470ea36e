"""A file that many processes write, rotate and never tear."""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ml_infra_utils.logging._failures import Failures
from ml_infra_utils.logging._limits import ATOMIC, MAX_FILE_NUMBER
from ml_infra_utils.logging._output.compression import Compressor
from ml_infra_utils.logging._output.file_lock import FileLock
from ml_infra_utils.logging._output.handlers import LineHandler
from ml_infra_utils.logging._output.rotation import Rotation, rotated_files
from ml_infra_utils.logging._output.syncing import Syncing
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Any

    from ml_infra_utils.logging._output.rotation import Every
    from ml_infra_utils.logging._output.syncing import Fsync

# Milliseconds for another process to finish a line that it is writing.
TAIL_PATIENCE = 10
# How the lines of this package begin.
STARTS = ('{"timestamp": "', '{"@timestamp": "')
# Seconds between two looks whether the file is still the one at the path; and lines, which are kept
# until then: they are written again if it was deleted meanwhile.
LOOK_EVERY = 1.0
MAX_KEPT = 1_000
OPEN_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


class DurableFileHandler(LineHandler):
    """Append lines to a file that any number of threads and processes write at once.

    A line is one `os.write` to a descriptor opened for appending; one of more than 4096 bytes is
    written under a lock. Each line gets the keys ``_writer`` and ``_sequence``: each handler in
    each process counts its own lines from 1, so that `read_events` can prove that nothing is
    missing (on Windows, only one process may write a file).
    What cannot be written (a full disk, say) is counted in `lost` and reported on standard error,
    at most once a minute; its number is missing in the file. A logging call returns in any case: if
    another process has been stopped amid a line, this one goes on without the lock after 5 seconds.

    Rotation renames the file to ``run.jsonl.1``, ``run.jsonl.2`` and so on, the newest having the
    highest number; no line is lost, whoever else is writing, and no other file is touched. A file
    that something else has moved away, such as logrotate, is opened anew within a second. One that
    is deleted, with its folder maybe, is made anew within a second or when the handler is closed,
    and has the lines since then.

    Parameters
    ----------
    path : str or path
        The file. Its folder exists.
    max_bytes : int, optional
        Rotate before the file would grow past this size.
    rotate_every : float or "midnight", optional
        Rotate every so many seconds, counted from 1970 in UTC: 86400 is at midnight there.
        ``"midnight"`` is that of the local time zone, also when the clocks change.
    backup_count : int, optional
        How many rotated files to keep; all, by default. The oldest are removed when the file is
        rotated or opened; so are they for the next two.
    backup_seconds : float, optional
        Remove rotated files whose last line is older.
    backup_bytes : int, optional
        Remove the oldest rotated files while all together are larger; the newest one stays.
    compress : bool, default False
        Make ``run.jsonl.1.gz`` of ``run.jsonl.1`` two seconds after the rotation, in a thread;
        `close`, which also the end of the program calls, waits for it. `read_events` reads both.
    fsync : {"never", "always"} or float, default "never"
        When to force lines to the disk: lines survive the end of a process, however sudden, without
        it, but not the end of the machine. A number is the most seconds that a line waits for it,
        whether further lines come or not; a rotation, `flush` and `close` do not wait. What
        fails is counted in `unsynced`, apart from `lost`: the lines are written.

    Raises
    ------
    OSError
        If the file cannot be opened; the subclass says why.
    ValueError
        If a size, an interval or a count is not positive, or `fsync` is unknown.
    TypeError
        If the path is none, or `compress` no bool.

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
        rotate_every: Every | None = None,
        backup_count: int | None = None,
        backup_seconds: float | None = None,
        backup_bytes: int | None = None,
        compress: bool = False,
        fsync: Fsync = "never",
    ) -> None:
        keeping: dict[str, Any] = {
            "max_bytes": max_bytes,
            "rotate_every": rotate_every,
            "backup_count": backup_count,
            "backup_seconds": backup_seconds,
            "backup_bytes": backup_bytes,
        }
        rotation = Rotation(**keeping)
        if not isinstance(compress, bool):
            raise TypeError(f"compress must be a bool, got {described(compress)}")
        given: Any = path
        if not isinstance(given, (str, os.PathLike)):
            raise TypeError(f"path must be a path, got {described(given)}")
        syncing = Syncing(fsync, self)
        super().__init__()
        self.path: Path = Path(os.path.abspath(path))  # noqa: PTH100 # Path.absolute() keeps ..
        self._keeping = {**keeping, "compress": compress}
        self._rotation = rotation
        self._compressor = Compressor(self.path, repr(self)) if compress else None
        self._syncing = syncing
        self._identity = (0, 0)
        self._kept: list[bytes] = []
        self._starts_amid_a_line = False
        self._followed = time.monotonic()
        self._writer = _new_writer()
        self._sequence = 0
        self._rotation_failures = Failures("cannot rotate")
        self._removal_failures = Failures("cannot remove an old file")
        self._file_lock = FileLock(repr(self))
        try:
            self._open()
        except OSError as error:
            reason = f"cannot open the log file: {error.strerror}"
            raise OSError(error.errno, reason, str(self.path)) from None
        self._tidy()

    def write(self, line: str) -> None:
        """Append a line, with the number that comes next."""
        self._sequence += 1
        if self._descriptor < 0:
            self._open()
        if _is_object(line):
            line = f'{line[:-1]}, "_writer": "{self._writer}", "_sequence": {self._sequence}}}'
        data = (line + "\n").encode("utf-8", "backslashreplace")
        try:
            self._follow(len(data))
            self._append(data)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            # Something has closed the file, as who becomes a daemon closes all.
            self._descriptor = -1
            self._open()
            self._append(data)
        self._kept.append(data)
        self._syncing.written(self._descriptor)

    def arguments(self) -> dict[str, object]:
        """Give the arguments that make a handler like this one."""
        return {
            "path": self.path,
            **self._keeping,
            "fsync": self._syncing.when,
        }

    @property
    def unsynced(self) -> int:
        """How many times lines could not be forced to the disk, though they were written."""
        return self._syncing.failures.count

    def skip(self, lines: int) -> None:
        """Leave numbers out, for lines that are known to be lost."""
        self._sequence += lines

    def flush(self) -> None:
        """Force lines to the disk, unless `fsync` is "never"."""
        self.acquire()
        try:
            if self._descriptor >= 0:
                self._syncing.now(self._descriptor)
        finally:
            self.release()

    def close(self) -> None:
        """Close the file; a later line opens it again."""
        self.acquire()
        try:
            # Not if a signal handler closes it amid a line.
            if not self._is_amid_a_line():
                self._close_for_good()
        finally:
            self.release()
        super().close()
        if self._compressor is not None:
            self._compressor.finish()

    def start_over(self) -> None:
        """Begin anew in a forked child: an own descriptor, for own locks, and own numbers."""
        super().start_over()
        self._file_lock.start_over()
        self._syncing.start_over()
        if self._compressor is not None:
            self._compressor.start_over()
        self._writer = _new_writer()
        self._sequence = 0
        self._kept = []
        if self._has_file():
            os.close(self._descriptor)
        self._descriptor = -1

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    def __del__(self) -> None:
        if self._has_file():
            os.close(self._descriptor)

    def _open(self) -> None:
        """Open the file at the path, and only then close the one that was open.

        If that one is deleted, nobody finds the lines that were written since the last look.
        """
        try:
            descriptor = os.open(self.path, OPEN_FLAGS, 0o644)
        except FileNotFoundError:
            if self._identity == (0, 0):
                raise
            # The folder was there: somebody has deleted it since.
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, OPEN_FLAGS, 0o644)
        kept = self._kept if self._is_deleted() else []
        self._kept = []
        self._close()
        self._descriptor = descriptor
        status = os.fstat(descriptor)
        self._identity = (status.st_dev, status.st_ino)
        # Some file systems count no links.
        self._is_linked = status.st_nlink > 0
        # Whoever wrote last may have been killed while it did. Pipes and terminals cannot be read.
        self._starts_amid_a_line = stat.S_ISREG(status.st_mode) and _is_torn(descriptor)
        self._followed = time.monotonic()
        for data in kept:
            self._append_again(data)
        self._kept = kept

    def _close(self) -> None:
        if self._has_file():
            self.flush()
            os.close(self._descriptor)
        self._descriptor = -1

    def _has_file(self) -> bool:
        """Tell whether the file is open still: who becomes a daemon closes all that is."""
        if self._descriptor < 0:
            return False
        try:
            status = os.fstat(self._descriptor)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def _close_for_good(self) -> None:
        """Close the file; the lines that have gone into a deleted one are written to another."""
        # It may also have been deleted behind its last line, as temporary files are.
        if self._is_deleted() and _was_written_last(os.fstat(self._descriptor)):
            try:
                self._open()
            except OSError as error:
                for _ in self._kept:
                    self.losses.add(self, error)
        self._kept = []
        self._close()

    def _is_deleted(self) -> bool:
        """Tell whether the file that is open has been deleted, so that nobody finds its lines."""
        return self._has_file() and self._is_linked and os.fstat(self._descriptor).st_nlink == 0

    def _append(self, data: bytes) -> None:
        if len(data) <= ATOMIC:
            self._write_all(data)
        else:
            self._file_lock.held(self._descriptor, self._identity, lambda _: self._write_all(data))

    def _append_again(self, data: bytes) -> None:
        try:
            self._append(data)
        except OSError as error:
            self.losses.add(self, error)

    def _write_all(self, data: bytes) -> None:
        if self._starts_amid_a_line:
            data = b"\n" + data
        written = os.write(self._descriptor, data)
        while written < len(data):
            self._starts_amid_a_line = True
            written += os.write(self._descriptor, data[written:])
        self._starts_amid_a_line = False

    def _follow(self, length: int) -> None:
        """Have the file at the path open, with room for a line of this length."""
        now = time.monotonic()
        is_many = len(self._kept) >= MAX_KEPT or length > ATOMIC
        if is_many or now - self._followed >= LOOK_EVERY:
            self._followed = now
            if not self._has_file():
                self._descriptor = -1
                self._open()
        elif not self._rotation:
            return
        status = self._status()
        if status is not None and self._rotation.is_due(status, length):
            status = self._file_lock.held(
                self._descriptor, self._identity, lambda is_alone: self._rotated(length, is_alone)
            )
        if status is None:
            try:
                self._open()
            except OSError as error:
                # The file that is open takes the lines until this is over, if anybody can find it.
                if self._is_deleted():
                    raise
                self._rotation_failures.add(self, error)
        else:
            self._kept = []

    def _status(self) -> os.stat_result | None:
        """Give the status of the file at the path; None if it is another one than is open."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        return status if (status.st_dev, status.st_ino) == self._identity else None

    def _rotated(self, length: int, is_alone: bool) -> os.stat_result | None:
        """Move the file away: None; its status if that cannot be done, so that it grows on."""
        status = self._status()
        # Whoever had the lock before may have rotated the file.
        if not is_alone or status is None or not self._rotation.is_due(status, length):
            return status
        try:
            files = rotated_files(self.path)
            number = max(files, default=0) + 1
            while os.path.lexists(f"{self.path}.{number}"):
                number += 1
            if number > MAX_FILE_NUMBER:
                raise FileExistsError(f"there is a file of the number {MAX_FILE_NUMBER}")
            self.path.rename(f"{self.path}.{number}")
            self._tidy()
        except OSError as error:
            self._rotation_failures.add(self, error)
        return self._status()

    def _tidy(self) -> None:
        """Remove the rotated files that are too many, and compress the others."""
        try:
            for file in self._rotation.superfluous([*rotated_files(self.path).values()]):
                self._remove(file)
        except OSError as error:
            self._removal_failures.add(self, error)
        if self._compressor is not None:
            self._compressor.start()

    def _remove(self, file: Path) -> None:
        try:
            file.unlink()
        except FileNotFoundError:
            # Another process was faster.
            return
        except OSError as error:
            self._removal_failures.add(self, error)


def _was_written_last(status: os.stat_result) -> bool:
    """Tell whether a deleted file was written after its deletion, which also is a change."""
    return status.st_mtime_ns >= status.st_ctime_ns


def _new_writer() -> str:
    return f"{os.getpid()}-{os.urandom(4).hex()}"


def _is_object(line: str) -> bool:
    """Tell whether a line is a JSON object that more members can be added to."""
    if line.startswith(STARTS):
        return line.endswith("}")
    try:
        return line.endswith("}") and bool(json.loads(line)) and line.startswith("{")
    except (ValueError, RecursionError):
        return False


def _is_torn(descriptor: int) -> bool:
    """Tell whether a file ends amid a line that nobody is writing any more."""
    for _ in range(TAIL_PATIENCE):
        if os.lseek(descriptor, 0, os.SEEK_END) == 0:
            return False
        os.lseek(descriptor, -1, os.SEEK_END)
        if os.read(descriptor, 1) == b"\n":
            return False
        # A line may become visible in pieces.
        time.sleep(0.001)
    return True
