"""When a file is rotated, what rotated files are called, and which of them are kept."""

from __future__ import annotations

import os
import re
import time
from numbers import Integral
from typing import TYPE_CHECKING, Union

from ml_infra_utils.logging._output.handlers import is_positive
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from pathlib import Path

    Every = Union[float, str]

# At most as many digits as MAX_FILE_NUMBER has.
NUMBERED = re.compile(r"\.([1-9][0-9]{0,6})(\.gz)?")
MIDNIGHT = "midnight"


class Rotation:
    """Say when a file is to be rotated, and which rotated files are too many.

    The parameters are those of `DurableFileHandler`.
    """

    def __init__(
        self,
        max_bytes: int | None,
        rotate_every: Every | None,
        backup_count: int | None,
        backup_seconds: float | None,
        backup_bytes: int | None,
    ) -> None:
        numbers = {
            "max_bytes": max_bytes,
            "backup_seconds": backup_seconds,
            "backup_bytes": backup_bytes,
        }
        for name, value in numbers.items():
            if not (value is None or is_positive(value)):
                raise ValueError(
                    f"{name} must be a positive number or None, got {described(value)}"
                )
        if not (rotate_every is None or rotate_every == MIDNIGHT or is_positive(rotate_every)):
            raise ValueError(
                "rotate_every must be a positive number, 'midnight' or None, "
                f"got {described(rotate_every)}"
            )
        if not (backup_count is None or is_positive(backup_count, Integral)):
            raise ValueError(
                f"backup_count must be a positive integer or None, got {described(backup_count)}"
            )
        self._max_bytes = max_bytes
        self._every = rotate_every
        self._count = backup_count
        self._seconds = backup_seconds
        self._bytes = backup_bytes

    def __bool__(self) -> bool:
        return self._max_bytes is not None or self._every is not None

    def is_due(self, status: os.stat_result, length: int) -> bool:
        """Tell whether a file is to be rotated before a line of this length is written."""
        if status.st_size == 0:
            return False
        if self._max_bytes is not None and status.st_size + length > self._max_bytes:
            return True
        if self._every is None:
            return False
        now = time.time()
        if isinstance(self._every, str):
            # Dates are compared, not seconds: a day has 23 or 25 hours when the clocks change.
            return time.localtime(status.st_mtime)[:3] < time.localtime(now)[:3]
        return status.st_mtime // self._every < now // self._every

    def superfluous(self, files: list[Path]) -> list[Path]:
        """Give those of the rotated files, oldest first, that are not to be kept."""
        if self._count is None and self._seconds is None and self._bytes is None:
            return []
        found: list[Path] = []
        now, total = time.time(), 0
        for newer, file in enumerate(reversed(files)):
            try:
                status = file.stat()
            except FileNotFoundError:
                # Another process was faster.
                continue
            total += status.st_size
            if (
                (self._count is not None and newer >= self._count)
                or (self._seconds is not None and now - status.st_mtime > self._seconds)
                or (self._bytes is not None and total > self._bytes and newer > 0)
            ):
                found.append(file)
        return found[::-1]


def rotated_files(path: Path) -> dict[int, Path]:
    """Give the files that the one at the path was renamed to, by their numbers, oldest first.

    They are ``run.jsonl.1``, ``run.jsonl.2`` and so on, or ``run.jsonl.1.gz`` once they are
    compressed. While that is being done there are both, and the first one counts.
    """
    files: dict[int, Path] = {}
    start = len(path.name)
    try:
        with os.scandir(path.parent) as entries:
            for entry in entries:
                match = NUMBERED.fullmatch(entry.name, start)
                if match and entry.name.startswith(path.name) and entry.is_file():
                    number = int(match.group(1))
                    if number not in files or not match.group(2):
                        files[number] = path.with_name(entry.name)
    except FileNotFoundError:
        return {}
    return dict(sorted(files.items()))
