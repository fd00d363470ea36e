"""The distributions of this repository, as their own metadata tells of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

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
        path = self.folder / "pyproject.toml"
        return read_metadata(_read(path), str(path))

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
    def changelog(self) -> Path:
        return self.folder / "CHANGELOG.md"

    def read_changelog(self) -> str:
        """Return the text of the changelog."""
        return _read(self.changelog)

    @property
    def requirements(self) -> list[Requirement]:
        return self.required()

    def required(self, extras: Collection[str] = ()) -> list[Requirement]:
        """Return what an installation with these extras requires; one may be made of others."""
        optional = self.metadata.get("optional-dependencies", {})
        found = [Requirement(line) for line in self.metadata.get("dependencies", [])]
        asked = list(extras)
        for extra in asked:  # it grows
            if extra not in optional:
                raise SystemExit(f"{self.name} has no extra {extra}")
            for requirement in map(Requirement, optional[extra]):
                if canonicalize_name(requirement.name) == self.name:
                    asked += (name for name in requirement.extras if name not in asked)
                else:
                    found.append(requirement)
        return found

    @property
    def pythons(self) -> list[str]:
        """The Python versions of the classifiers that ``requires-python`` admits, oldest first."""
        prefix = "Programming Language :: Python :: 3."
        classifiers = self.metadata.get("classifiers", [])
        minors = sorted(int(c[len(prefix) :]) for c in classifiers if c.startswith(prefix))
        admitted = SpecifierSet(self.metadata.get("requires-python", ""))
        return [f"3.{minor}" for minor in minors if f"3.{minor}.99" in admitted]


def read_metadata(text: str, where: str) -> dict[str, Any]:
    """Return the ``[project]`` table of a pyproject.toml; say what a person has to mend in it."""
    try:
        project: dict[str, Any] = tomllib.loads(text)["project"]
        project["version"] = str(Version(project["version"]))
        SpecifierSet(project.get("requires-python", ""))
        project["name"] = canonicalize_name(project["name"])
        _reject_odd_lines(project, where)
    except tomllib.TOMLDecodeError as error:
        raise SystemExit(f"{where} is not TOML: {error}") from None
    except KeyError as error:
        raise SystemExit(f"{where} has no {error.args[0]}: a distribution needs one") from None
    except (InvalidVersion, InvalidSpecifier, TypeError, AttributeError) as error:
        raise SystemExit(f"{where}: {error}") from None
    return project


def _reject_odd_lines(project: dict[str, Any], where: str) -> None:
    extras = project.get("optional-dependencies", {})
    required = {f"optional-dependencies.{extra}": lines for extra, lines in extras.items()}
    required["dependencies"] = project.get("dependencies", [])
    for table, lines in {**required, "classifiers": project.get("classifiers", [])}.items():
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise SystemExit(f"{where}: {table} must be a list of strings, got {lines!r}")
    for line in (line for lines in required.values() for line in lines):
        _reject_odd_requirement(line, where)


def _reject_odd_requirement(line: str, where: str) -> None:
    try:
        Requirement(line)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise SystemExit(f"{where}: {line!r} is no requirement: {reason}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SystemExit(f"{path} is missing: each distribution has one") from None
    except UnicodeDecodeError as error:
        raise SystemExit(f"{path} is not UTF-8 text: {error}") from None


def projects(root: Path = ROOT) -> dict[str, Project]:
    """Return the distributions by portion, each after those that it depends on."""
    found: dict[str, Project] = {}
    paths = sorted(root.glob("packages/*/pyproject.toml"))
    if not paths:
        raise SystemExit(f"no distributions below {root / 'packages'}: is {root} a whole checkout?")
    for path in paths:
        project, where = Project(path.parent), path.parent.relative_to(root).as_posix()
        for folder in (root / "packages", project.folder, project.folder / "src"):
            if folder.is_symlink():
                raise SystemExit(
                    f"{folder.relative_to(root).as_posix()} is a symbolic link: git keeps no files "
                    "behind it; move them"
                )
        if not project.name.startswith(PREFIX):
            raise SystemExit(f"{where}: {project.name} does not begin with {PREFIX}")
        if project.portion in found:
            raise SystemExit(f"{where}: {project.name} is in {found[project.portion].folder.name}")
        found[project.portion] = project
    return dict(sorted(found.items(), key=lambda item: (item[1].is_meta, item[0])))


def find(name: str, among: dict[str, Project]) -> Project:
    """Return the project of that portion or distribution name, or exit naming the nearest."""
    portion = canonicalize_name(name).removeprefix(PREFIX)
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


def closure(
    project: Project, among: dict[str, Project], extras: Collection[str] = ()
) -> list[Project]:
    """Return the project and the sibling distributions that it depends on, those first."""
    names = {canonicalize_name(requirement.name) for requirement in project.required(extras)}
    return [*(p for p in among.values() if p.name in names), project]
