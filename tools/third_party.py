"""Download the packages of others that an installation of ours needs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import uv

from tools.projects import PREFIX
from tools.running import run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from tools.projects import Project

RUNNING = f"3.{sys.version_info[1]}"


def fetch(
    among: Iterable[Project],
    folder: Path,
    *,
    pythons: Iterable[str] = (RUNNING,),
    extras: Mapping[str, Collection[str]] | None = None,
) -> list[Path]:
    """Download the wheels that the projects need beside each other, dependencies included.

    Parameters
    ----------
    among : iterable of Project
        What is to be installed.
    folder : Path
        Where the wheels go.
    pythons : iterable of str
        The Python versions to install on, such as ``3.8``; a project that does not support one
        asks for nothing there.
    extras : mapping of str to collection of str
        The extras to install, by portion.
    """
    chosen = list(among)
    for python in pythons:
        wanted = {
            str(requirement)
            for project in chosen
            if python in project.pythons
            for requirement in project.required((extras or {}).get(project.portion, ()))
            if not requirement.name.startswith(PREFIX)
        }
        if wanted:
            _download(sorted(wanted), python, folder)
    return sorted(folder.glob("*.whl"))


def _download(wanted: Collection[str], python: str, folder: Path) -> None:
    """Resolve with uv, which reads markers for any Python, and download with pip."""
    folder.mkdir(parents=True, exist_ok=True)
    loose, locked = folder / f"{python}.in", folder / f"{python}.txt"
    loose.write_text("\n".join(wanted), encoding="utf-8")
    only = ["--python-version", python, "--only-binary", ":all:"]
    compiled = [
        uv.find_uv_bin(),
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--no-annotate",
        *only,
    ]
    run([*compiled, "--output-file", locked, loose])
    # PDM locks for every system, so what only Windows needs has to be there as well.
    windows = folder / f"{python}-windows.txt"
    run([*compiled, "--python-platform", "windows", "--output-file", windows, loose])
    lines = {*locked.read_text("utf-8").splitlines(), *windows.read_text("utf-8").splitlines()}
    locked.write_text("\n".join(sorted(lines)), encoding="utf-8")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *only]
    run([*download, "--dest", folder, "--requirement", locked])
