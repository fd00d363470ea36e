"""Bring pdm.lock up to date with the dependencies that are declared."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from tools import git
from tools.program import program
from tools.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def main() -> None:
    """Renew the lock of this repository; the arguments are groups that come to it."""
    with program():
        renew(ROOT, added=sys.argv[1:])


def renew(root: Path, *, added: Collection[str] = ()) -> None:
    """Lock again what changed, and nothing else.

    The lock itself says which dependency groups it holds; `added` come to them. Where there is
    no lock there is nothing to do.

    Raises
    ------
    SystemExit
        If pdm cannot do it, for instance because no index can be reached.
    """
    path = root / "pdm.lock"
    if not path.exists():
        return
    declared = _read(root / "pyproject.toml", "dependency-groups")
    locked = _read(path, "metadata", "groups")
    left_out = sorted(set(declared) - {*locked, *added})
    command = [sys.executable, "-m", "pdm", "lock", "--update-reuse", "--quiet"]
    command += ["--without", ",".join(left_out)] if left_out else []
    environment = {
        **git.environment(),
        "PDM_CHECK_UPDATE": "0",
        "PDM_IGNORE_SAVED_PYTHON": "1",
        "VIRTUAL_ENV": sys.prefix,  # else pdm makes an environment in the repository
    }
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise SystemExit(
            f"pdm.lock cannot be renewed: {reason[-1].strip()}\n"
            "Is an index reachable? Then give the same command again, or `-s lock`"
        )


def _read(path: Path, *keys: str) -> list[str]:
    """Return the names that a file has in a table or a list."""
    try:
        found: Any = tomlkit.parse(path.read_text("utf-8"))
        for key in keys:
            found = found[key]
        return list(map(str, found))
    except (TOMLKitError, KeyError, TypeError, UnicodeDecodeError) as error:
        reason = f"{path.name} cannot be read: {error}"
    raise SystemExit(f"{reason}; `git checkout HEAD -- {path.name}` takes back what was changed")


if __name__ == "__main__":
    main()
