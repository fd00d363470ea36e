"""The distributions of this repository, as their own metadata tells of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Collection

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "ml-infra-"
META = "utils"


@dataclass(frozen=True)
class Project:
    """One distribution, in a folder with a pyproject.toml of its own."""

    folder: Path

    @cached_property
    def metadata(self) -> dict[str, Any]:
        text = (self.folder / "pyproject.toml").read_text(encoding="utf-8")
        project: dict[str, Any] = tomllib.loads(text)["project"]
        return project

    @property
    def name(self) -> str:
        """The name on an index, for instance ``ml-infra-metrics``."""
        return str(self.metadata["name"])

    @property
    def version(self) -> str:
        return str(self.metadata["version"])

    @property
    def portion(self) -> str:
        """The short name that people type, for instance ``metrics``."""
        return self.name[len(PREFIX) :]

    @property
    def tag(self) -> str:
        """The tag of the release of this version."""
        return f"{self.name}-v{self.version}"

    @property
    def is_meta(self) -> bool:
        return self.portion == META

    @property
    def module(self) -> str:
        return "ml_infra_utils" if self.is_meta else f"ml_infra_utils.{self.portion}"

    @property
    def package(self) -> Path:
        """The folder of the module's sources."""
        return self.folder / "src" / Path(*self.module.split("."))

    @property
    def requirements(self) -> list[Requirement]:
        return [Requirement(text) for text in self.metadata.get("dependencies", [])]

    @property
    def pythons(self) -> list[str]:
        """The Python versions of the classifiers, oldest first."""
        prefix = "Programming Language :: Python :: 3."
        minors = [c[len(prefix) :] for c in self.metadata["classifiers"] if c.startswith(prefix)]
        return [f"3.{minor}" for minor in sorted(map(int, minors))]


def projects(root: Path = ROOT) -> dict[str, Project]:
    """Return the distributions by portion, each after those that it depends on."""
    found = [Project(path.parent) for path in sorted(root.glob("packages/*/pyproject.toml"))]
    return {p.portion: p for p in sorted(found, key=lambda p: (p.is_meta, p.portion))}


def find(name: str, among: dict[str, Project]) -> Project:
    """Return the project of that portion or distribution name, or exit naming the nearest."""
    portion = name[len(PREFIX) :] if name.startswith(PREFIX) else name
    if portion in among:
        return among[portion]
    near = get_close_matches(portion, among, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise SystemExit(f"unknown portion {name!r}: expected one of {', '.join(among)}{hint}")


def select(names: Collection[str], among: dict[str, Project]) -> list[Project]:
    """Return the named projects in the order of their release; ``all`` names every one."""
    if "all" in names:
        return list(among.values())
    chosen = {find(name, among).portion for name in names}
    return [project for portion, project in among.items() if portion in chosen]


def closure(project: Project, among: dict[str, Project]) -> list[Project]:
    """Return the project and the sibling distributions that it depends on, those first."""
    names = {requirement.name for requirement in project.requirements}
    return [*(p for p in among.values() if p.name in names), project]
