"""Run a script that needs packages with nothing but Python installed."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MINIMUM = (3, 10)


def requirements(script: Path) -> list[str]:
    """Return the dependencies of the script's PEP 723 header.

    The list is read as a Python literal, which TOML's array of strings also is: before
    Python 3.11 the standard library has no TOML parser.
    """
    header = "".join(
        line[2:] + "\n"
        for line in script.read_text(encoding="utf-8").splitlines()
        if line.startswith("# ")
    )
    match = re.search(r"^dependencies = (\[.*?\])$", header, re.MULTILINE | re.DOTALL)
    if match is None:
        raise SystemExit(f"{script.name} has no PEP 723 header with dependencies")
    return list(ast.literal_eval(match[1]))


def ensure(script: Path) -> None:
    """Return if the requirements are there; else run the script again where they are.

    That is a private environment below ``.nox`` beside the script. It is made at the first run,
    and again when the requirements change or when making it was interrupted.
    """
    wanted = requirements(script)
    if sys.version_info >= MINIMUM and all(map(_is_installed, wanted)):
        return
    if sys.version_info < MINIMUM:
        raise SystemExit(
            f"{script.name} needs Python {MINIMUM[0]}.{MINIMUM[1]} or newer, "
            f"this is {sys.version.split()[0]}"
        )
    folder = script.parent / ".nox" / f"_bootstrap-{sys.version_info[0]}.{sys.version_info[1]}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    complete = folder / "complete"
    whole = complete.exists() and complete.read_text(encoding="utf-8") == repr(wanted)
    if not (whole and python.exists()):
        print(f"{script.name}: installing, once: {', '.join(wanted)}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            install = [str(python), "-m", "pip", "install", "--quiet"]
            subprocess.run([*install, *wanted], check=True)
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"{script.name}: could not make {folder}: {error}") from None
        complete.write_text(repr(wanted), encoding="utf-8")
    os.environ.pop("PYTHONPATH", None)
    command = [str(python), str(script), *sys.argv[1:]]
    if os.name == "nt":  # execv on Windows gives the terminal back before the program ends
        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(python, command)


def _is_installed(requirement: str) -> bool:
    """Return whether the very version of a pin, ``name==version``, is installed."""
    name, _, pinned = requirement.partition("==")
    try:
        return version(name) == pinned
    except PackageNotFoundError:
        return False
