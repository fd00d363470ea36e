"""Say what is wrong with this environment, from its facts, and what to do."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections import Counter
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from ml_infra_utils._commands.installed import (
    META,
    PORTIONS,
    PREFIX,
    Installed,
    installed,
    outside,
)
from ml_infra_utils._commands.running import Format, Report
from ml_infra_utils._commands.tables import Table

if TYPE_CHECKING:
    from typing import Iterator

NAMESPACE = "ml_infra_utils"
LIBRARIES = {
    "numpy": "fits, arrays and fast counting",
    "pandas": "data frames",
    "polars": "data frames, Parquet files",
    "pyarrow": "data frames, Parquet files, files of zstd",
    "duckdb": "tables of an engine, Parquet files",
    "matplotlib": "plots: the extra `plot`",
    "datasketches": "percentiles that merge: the extra `sketch`",
}


class Finding(NamedTuple):
    """Something that is wrong, and what to do."""

    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.what}: {self.advice}"


def doctor(
    form: Format = typer.Option(Format.table, "--format", help="How to print what was found."),
) -> int:
    """Explain what is installed, from where, what is wrong with it, and what to do.

    The status is 1 if something is wrong.
    """
    found = installed()
    findings = [
        *_of_metadata(found),
        *_of_imports(found),
        *_of_shadows(found),
        *_of_python(),
    ]
    libraries = [*_libraries()]
    rows = [*_python(), *(_row(one) for one in found), *libraries, *_elsewhere()]
    problems = [str(finding) for finding in findings]
    document = {
        "python": sys.version.partition(" ")[0],
        "executable": sys.executable,
        "installed": [
            {"name": one.name, "version": one.version, "kind": one.kind, "folder": one.folder}
            for one in found
        ],
        "libraries": {name: version for _, name, version, _ in libraries},
    }
    table = Table(("what", "name", "version", "from"), rows, names=4)
    return Report("ml-infra doctor", table, document, problems).print(form)


def _python() -> Iterator[tuple[str, str, str, str]]:
    kind = "virtual environment" if sys.prefix != sys.base_prefix else "system"
    yield "Python", kind, sys.version.partition(" ")[0], sys.executable


def _row(one: Installed) -> tuple[str, str, str, str]:
    return one.kind, one.name, one.version, one.folder


def _libraries() -> Iterator[tuple[str, str, str, str]]:
    """Give the libraries that are used where they are there, once they have been imported."""
    for name, use in LIBRARIES.items():
        yield ("library", name, *_library(name, use))


def _library(name: str, use: str) -> tuple[str, str]:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError:
        return "is not installed", f"not needed; for {use}"
    except Exception as error:  # whatever a broken installation raises is the finding
        return "is broken", f"{type(error).__name__}: {error}"
    return str(getattr(module, "__version__", "is there")), f"for {use}"


def _of_metadata(found: list[Installed]) -> Iterator[Finding]:
    """Tell what the metadata of distributions says to be wrong."""
    for name, count in Counter(one.name for one in found).items():
        if count > 1:
            folders = ", ".join(one.folder for one in found if one.name == name)
            yield Finding(
                f"{name} is installed {count} times, in {folders}",
                f"uninstall it until it is gone, then pip install {name}",
            )
    for one in found:
        portion = one.name[len(PREFIX) :].replace("-", "_")
        wanted = f"{NAMESPACE}/__init__.py"
        if one.name != META:
            wanted = f"{NAMESPACE}/{portion}/__init__.py"
        if one.kind == "wheel" and one.files is not None and wanted not in one.files:
            yield Finding(
                f"{one.name} has been installed without its sources",
                f"the wheel was built wrongly; pip install --force-reinstall {one.name}, or in "
                'your own portion set `includes = ["src/ml_infra_utils"]` for pdm-backend',
            )
        other = [tag for tag in one.tags if not tag.endswith("none-any")]
        if other:
            yield Finding(
                f"the wheel of {one.name} is for {', '.join(other)} only",
                "its code is plain Python, so build it without compiled extensions: py3-none-any",
            )
    for name, version, limits in outside():
        if version:
            yield Finding(
                f"{name} is {version}, and {META} needs {limits}",
                f"pip install --upgrade {META} '{name}{limits}'",
            )
        else:
            yield Finding(f"{name} is not installed, and {META} needs it", f"pip install {name}")


def _of_imports(found: list[Installed]) -> Iterator[Finding]:
    """Try to import each portion that is installed, and look where it comes from."""
    for one in found:
        portion = one.name[len(PREFIX) :].replace("-", "_")
        if one.name == META:
            continue
        yield from _of_import(one, f"{NAMESPACE}.{portion}")


def _of_import(one: Installed, name: str) -> Iterator[Finding]:
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever it is, it is the finding
        yield Finding(
            f"{one.name} is installed in {one.folder} but {name} cannot be imported "
            f"({type(error).__name__}: {error})",
            f"{sys.executable} -m pip install --force-reinstall {one.name}",
        )
        return
    place = Path(module.__file__ or "").resolve()
    if not _is_below(place, Path(one.folder)):
        yield Finding(
            f"{name} is imported from {place.parent}, not from {one.folder}",
            "take that folder out of PYTHONPATH and sys.path, or install it with pip -e",
        )


def _of_shadows(found: list[Installed]) -> Iterator[Finding]:
    """Look for what stands before the namespace, or before Python's own modules."""
    homes = [Path(one.folder).resolve() for one in found]
    for entry in dict.fromkeys(sys.path):
        folder = Path(entry or ".").resolve()
        for shadow in (folder / f"{NAMESPACE}.py", folder / NAMESPACE / "__init__.py"):
            if not shadow.is_file() or "extend_path" in shadow.read_text("utf-8", "replace"):
                continue
            yield Finding(
                f"{shadow} shadows the namespace {NAMESPACE}",
                "rename it, or delete the `__init__.py` of your own portion's namespace folder",
            )
        if any(_is_below(folder, home) and folder.parent.name == NAMESPACE for home in homes):
            yield Finding(
                f"{folder} itself is on sys.path, so that `import logging` may find ours",
                f"put its grandparent there instead: {folder.parent.parent}",
            )
    standard = PathFinder.find_spec("logging", sys.path)
    if standard is not None and NAMESPACE in str(standard.origin):
        yield Finding(
            f"`import logging` finds {standard.origin}",
            "run Python from another folder, or with -P or -I",
        )


def _of_python() -> Iterator[Finding]:
    """Look whether anything is installed for this Python, or only put on its path."""
    path = os.environ.get("PYTHONPATH", "")
    if any((Path(entry) / NAMESPACE).is_dir() for entry in path.split(os.pathsep) if entry):
        yield Finding(
            f"PYTHONPATH holds the namespace {NAMESPACE}: {path}",
            "install what lies there with pip install -e, and unset PYTHONPATH",
        )
    if not any(_has_metadata(f"{PREFIX}{portion}") for portion in PORTIONS):
        yield Finding(
            f"no portion is installed for {sys.executable}",
            f"{sys.executable} -m pip install {META}",
        )


def _elsewhere() -> Iterator[tuple[str, str, str, str]]:
    """Give the programs of a shell that belong to another Python than this one."""
    folder = Path(sys.executable).parent
    for name in ("python", "pip"):
        path = shutil.which(name)
        if path is not None and (folder / name).exists() and Path(path).parent != folder:
            advice = f"what it installs is not found here: use {sys.executable} -m pip"
            yield "note", f"`{name}` in this shell", "is another", f"{path}; {advice}"


def _has_metadata(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _is_below(path: Path, folder: Path) -> bool:
    path, folder = path.resolve(), folder.resolve()
    return path == folder or folder in path.parents
