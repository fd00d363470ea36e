"""Run other programs, package clients above all, so that nothing around leads them elsewhere."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tools import git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOST = "127.0.0.1"


def isolated() -> dict[str, str]:
    """Return this environment without what would lead a package client elsewhere."""
    kept = {
        name: value
        for name, value in git.environment().items()
        if not name.startswith(("PIP_", "UV_", "PDM_", "TWINE_")) and name != "PYTHONPATH"
    }
    no_proxy = ",".join(filter(None, [kept.get("NO_PROXY"), HOST]))
    return {
        **kept,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def run(
    command: Sequence[str | Path], *, env: dict[str, str] | None = None, cwd: Path | None = None
) -> str:
    """Run a command and return what it prints; what a failing one printed goes into the error."""
    done = subprocess.run(
        command,
        env=env,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(
            f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}"
        )
    return done.stdout
