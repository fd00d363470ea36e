"""What the sessions of the noxfile install: what is built here, and what is chosen beside it."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import nox
from packaging.requirements import Requirement
from uv import find_uv_bin

from tools.build import Files, build
from tools.history import History
from tools.projects import ROOT, find, projects

if TYPE_CHECKING:
    from tools.projects import Project


def group(name: str) -> tuple[str, ...]:
    """Return the requirements of a dependency group of the root pyproject.toml."""
    return nox.project.dependency_groups(nox.project.load_toml(ROOT / "pyproject.toml"), name)


def built(session: nox.Session, portion: str) -> Files:
    """Return the files of a distribution, built once a run; end the session if that fails."""
    try:
        return _built(find(portion, projects()).portion)
    except SystemExit as error:
        session.error(str(error))


@cache
def _built(portion: str) -> Files:
    return build(projects()[portion].folder, ROOT / ".nox" / "dist")


def wheel_for(session: nox.Session, project: Project, python: str) -> Path:
    """Return the wheel of the sources, or of the last release that ran on that Python."""
    if python in project.pythons:
        return built(session, project.portion).wheel
    history = History(ROOT)
    there = history.newest_for(project, python)
    if there is None:
        session.skip(f"no release of {project.name} supports Python {python}")
    return history.build(there, Path(session.create_tmp())).wheel


def oldest_beside(session: nox.Session, project: Project) -> list[str]:
    """Return the oldest of all that the project's metadata admit: wheels of ours, and pins."""
    history = History(ROOT)
    ours = {each.name: each for each in projects().values()}
    wheels, others = [], []
    for requirement in project.required(project.metadata.get("optional-dependencies", {})):
        sibling = ours.get(requirement.name)
        if sibling is None:
            others.append(str(requirement))
        elif there := history.oldest(sibling, requirement.specifier):
            wheels.append(str(history.build(there, Path(session.create_tmp())).wheel))
        else:  # it was never released
            wheels.append(str(built(session, sibling.portion).wheel))
    return [*wheels, *(_lowest(session, others) if others else ())]


def _lowest(session: nox.Session, requirements: list[str]) -> list[str]:
    """Pin each of the requirements to the lowest version that it admits."""
    wanted = Path(session.create_tmp()) / "wanted.txt"
    wanted.write_text("\n".join(requirements), encoding="utf-8")
    python = f"3.{sys.version_info[1]}"
    pinned = session.run(
        *(find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"),
        *("--only-binary", ":all:", "--resolution", "lowest-direct"),
        *("--python-version", python, str(wanted)),
        silent=True,
        external=True,
    )
    direct = {Requirement(requirement).name for requirement in requirements}
    lines = str(pinned).splitlines()
    return [line for line in lines if line.partition("==")[0] in direct]


def install_torch(session: nox.Session) -> None:
    """Install PyTorch by pip: uv resolves to a build for CUDA, of several gigabytes."""
    session.install("pip")
    session.run("python", "-m", "pip", "install", "--quiet", *group("torch"))
