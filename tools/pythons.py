"""Find the Python interpreters that really run on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from python_discovery import get_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterable


def make_visible() -> None:
    """Put the interpreters that pyenv keeps behind PATH.

    pyenv's shims exist for every version that it knows and refuse to run for those that
    are not switched on; whoever looks further than the shim then finds a real one.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [str(folder) for folder in sorted(pyenv.glob("versions/3*/bin"))]
    present = os.environ.get("PATH", "").split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join([*present, *(f for f in folders if f not in present)])


def running(versions: Iterable[str]) -> list[str]:
    """Return those of the versions, such as ``3.8``, whose interpreter runs here."""
    return [version for version in versions if get_interpreter(version) is not None]
