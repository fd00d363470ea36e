"""Folders for work in progress, which nothing leaves behind for long."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "ml-infra-scratch"


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is gone at the end.

    A killed process cannot remove its folder. The name holds the number of the process, so that
    the next one finds what is left of those that are gone.
    """
    remove_left()
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}-{os.getpid()}-") as folder:
        yield Path(folder)


def remove_left() -> None:
    """Remove the folders of processes that are gone."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}-*"):
        owner = re.match(rf"{PREFIX}-(\d+)-", left.name)
        if owner is not None and not _runs(int(owner[1])):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    if os.name == "nt":
        return True  # there, to ask for a process by os.kill is to end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
