"""How far a file has been read, on a terminal, once that takes a second.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import BinaryIO

PATIENCE = 1.0


class Progress:
    """A bar on standard error, gone at the end; call it after each batch."""

    def __init__(self, name: str, size: int, file: BinaryIO) -> None:
        self._name = name
        self._size = size
        self._file = file
        self._bar: Any = None
        self._start = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __call__(self) -> None:
        """Show how far the file has been read."""
        if self._bar is None:
            is_due = time.monotonic() - self._start >= PATIENCE
            if not self._size or not is_due or not sys.stderr.isatty():
                return
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

            console = Console(stderr=True)
            columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=console, transient=True)
            self._bar.add_task(self._name, total=self._size)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=self._file.tell())

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
