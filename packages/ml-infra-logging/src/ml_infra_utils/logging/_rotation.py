"""The names of rotated files."""

from __future__ import annotations

import glob
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Less than eight digits: others name files by dates.
NUMBERED = re.compile(r"\.([1-9][0-9]{0,6})(?:\.gz)?")


def rotated_files(path: Path) -> dict[int, Path]:
    """Give the files that the one at the path was renamed to, by their numbers, oldest first.

    They are ``run.jsonl.1``, ``run.jsonl.2`` and so on, or ``run.jsonl.1.gz`` once somebody has
    compressed them. While that is being done there are both, and the first one counts.
    """
    files = {}
    for file in sorted(path.parent.glob(glob.escape(path.name) + ".*"), reverse=True):
        match = NUMBERED.fullmatch(file.name, len(path.name))
        if match:
            files[int(match.group(1))] = file
    return dict(sorted(files.items()))
