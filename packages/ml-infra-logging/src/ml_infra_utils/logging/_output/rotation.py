"""The names of rotated files."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# At most as many digits as MAX_FILE_NUMBER has.
NUMBERED = re.compile(r"\.([1-9][0-9]{0,6})(\.gz)?")


def rotated_files(path: Path) -> dict[int, Path]:
    """Give the files that the one at the path was renamed to, by their numbers, oldest first.

    They are ``run.jsonl.1``, ``run.jsonl.2`` and so on, or ``run.jsonl.1.gz`` once somebody has
    compressed them. While that is being done there are both, and the first one counts.
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
