"""Compress rotated files while the program goes on."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import time
from pathlib import Path
from shutil import copyfileobj
from threading import Thread

from ml_infra_utils.logging._failures import Failures
from ml_infra_utils.logging._output.rotation import rotated_files

if sys.platform != "win32":
    import fcntl

# Seconds after which no other process writes to a rotated file any more: each looks once a second
# whether its file is still the one at the path.
SETTLED = 2.0


class Compressor:
    """Make ``run.jsonl.1.gz`` of ``run.jsonl.1`` and so on, in a thread."""

    def __init__(self, path: Path, who: str) -> None:
        self._path = path
        self._who = who
        self._failures = Failures("cannot compress a rotated file")
        self._thread: Thread | None = None

    def start(self) -> None:
        """Compress what is there, unless that is being done; a file that fails stays as it is."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = Thread(target=self._compress_all, daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            # No thread can be started when the interpreter ends, and in WebAssembly.
            self._thread = None
            self._compress_all()

    def finish(self) -> None:
        """Wait until all is compressed."""
        if self._thread is not None:
            self._thread.join()
            # A file may have come when the thread had looked for the last time.
            self._compress_all()

    def start_over(self) -> None:
        """Begin anew in a forked child, which does not have the thread."""
        self._thread = None

    def _compress_all(self) -> None:
        tried: set[Path] = set()
        while True:
            files = [file for file in rotated_files(self._path).values() if file.suffix != ".gz"]
            files = [file for file in files if file not in tried]
            if not files:
                return
            tried.update(files)
            for file in files:
                self._compress(file)

    def _compress(self, file: Path) -> None:
        try:
            since = time.time() - file.stat().st_ctime
            time.sleep(min(max(SETTLED - since, 0.0), SETTLED))
            compress(file)
        except FileNotFoundError:
            # Another process has compressed or removed it.
            return
        except OSError as error:
            self._failures.add(self._who, error)


def compress(file: Path) -> None:
    """Put a gzip file in the place of a file, unless another process is doing so."""
    with file.open("rb") as source:
        if sys.platform != "win32":
            try:
                fcntl.flock(source, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        status = os.fstat(source.fileno())
        if status.st_nlink == 0:
            return
        # No reader takes a file of this name for a rotated one.
        part = Path(f"{file}.gz.part")
        with part.open("wb") as raw:
            with gzip.GzipFile("", "wb", 6, raw, mtime=status.st_mtime) as packed:
                copyfileobj(source, packed, 1 << 20)
            raw.flush()
            os.fsync(raw.fileno())
    part.chmod(stat.S_IMODE(status.st_mode))
    # Its age is that of its lines.
    os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
    part.replace(f"{file}.gz")
    file.unlink()
