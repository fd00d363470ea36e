"""What pages show of a terminal: commands behind a prompt, and what they print."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "howto"
BLOCK = re.compile(r"^```console\n(\$ python examples/.*?)^```$", re.DOTALL | re.MULTILINE)
DURATION = re.compile(r"\d[\d.]* (?:ns|us|ms|s)\b")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Command(NamedTuple):
    """A line that is typed, and what a page says that it prints."""

    line: str
    wanted: str


def commands(page: Path) -> list[Command]:
    """Return the commands of those blocks of a page that begin with a script of examples/."""
    found = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, wanted = part.partition("\n")
            found.append(Command(line, wanted))
    return found


def run(lines: list[str], folder: Path) -> list[str]:
    """Run command lines in a folder that holds the examples; return what each prints."""
    (folder / "examples").symlink_to(ROOT / "examples")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "COLUMNS": "120", "MPLBACKEND": "agg"}
    status, printed = 0, []
    for line in lines:
        if line == "echo $?":
            printed.append(f"{status}\n")
            continue
        done = subprocess.run(
            line, cwd=folder, env=environment, shell=True, capture_output=True, encoding="utf-8"
        )
        status = done.returncode
        printed.append(done.stdout + done.stderr)
    return printed


def is_as_shown(wanted: str, got: str) -> bool:
    """Tell whether a command printed what its page says, but for how long things took.

    Three dots stand for any text.
    """
    pair = (DURATION.sub("DURATION", text) for text in (wanted, got))
    return doctest.OutputChecker().check_output(*pair, FLAGS)
