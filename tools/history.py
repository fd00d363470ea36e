"""What was released, and by which commit: the history tells it, with tags or without."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tools import changelog, git
from tools.build import Files, build
from tools.projects import Project, read_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What a commit that releases touches: a version, or the heading of a changelog's section.
_TOUCHED = r"^version *=|^## \["

# A line of a pyproject.toml with a name or a version, as git finds it in a commit.
_WRITTEN = re.compile(
    r"(?P<commit>\w+):(?P<path>[^:]+):(?P<key>name|version) *= *[\"'](?P<value>[^\"']*)"
)


@dataclass(frozen=True)
class Snapshot:
    """A distribution as it was at a commit."""

    commit: str
    folder: str
    metadata: dict[str, Any]
    changelog: str


@dataclass(frozen=True)
class History:
    """The commits of the branch that is checked out, a merged branch as one, and the tags."""

    root: Path

    @cached_property
    def tags(self) -> dict[str, str]:
        """The commit of each tag."""
        return git.tags(self.root)

    def versions(self, name: str) -> list[Version]:
        """Return the tagged versions of a distribution, the oldest first."""
        found = set()
        for tag in self.tags:
            if tag.startswith(f"{name}-v"):
                with suppress(InvalidVersion):
                    found.add(Version(tag[len(name) + 2 :]))
        return sorted(v for v in found if f"{name}-v{v}" in self.tags)  # not 1.0-rc1 for 1.0rc1

    def release(self, project: Project, version: Version | None = None) -> Snapshot | None:
        """Return the distribution as a version (the current one) was released; None if it was not.

        That is at the first commit whose files have both the version and its section in the
        changelog. A tag has to say the same; a version that is not of this branch has only that.
        """
        wanted = version or Version(project.version)
        name = f"{project.name}-v{wanted}"
        tag = self.tags.get(name)
        found = self._first_with(project.name, wanted)
        if found is None and tag is not None:
            found = self.snapshot(project.name, tag)
            if found is None or Version(found.metadata["version"]) != wanted or version is None:
                raise SystemExit(
                    f"the tag {name} is on {tag[:12]}, which did not release that version: was it "
                    f"moved, or made by hand? Remove it with `git tag --delete {name}`"
                )
        if found is not None and tag is not None and tag != found.commit:
            there = self.snapshot(project.name, tag)
            is_before = git.is_ancestor(self.root, tag, found.commit)
            if there is not None and is_before and _has_released(there, wanted):
                if version is not None:
                    return there
                raise SystemExit(
                    f"{project.name} goes back: {tag[:12]} released {wanted}, and "
                    f"{found.commit[:12]} came back to it: bring the newest version and its "
                    "changelog back"
                )
            if not git.is_ancestor(self.root, tag, "HEAD"):
                raise SystemExit(
                    f"the tag {name} is on {tag[:12]}, which this branch does not have: does it "
                    f"lack the history of main? Otherwise the tag was moved: {found.commit[:12]} "
                    "released that version here"
                )
            raise SystemExit(
                f"the tag {name} is on {tag[:12]}, but {found.commit[:12]} released that version: "
                f"was it moved? `git tag --force {name} {found.commit[:12]}` moves it back"
            )
        return found

    def reject_moved_tags(self, project: Project) -> None:
        """Raise for a tag of an older release that is on another commit than made it."""
        told = changelog.sections(project.read_changelog())
        for version in self.versions(project.name):
            if version in told or version < Version(project.version):
                commits = self._commits_with(project.name, version)
                if self.tags[f"{project.name}-v{version}"] not in commits[-1:]:
                    self.release(project, version)

    def _first_with(self, name: str, version: Version) -> Snapshot | None:
        for commit in reversed(self._commits_with(name, version)):
            there = self.snapshot(name, commit)
            if there is not None and _has_released(there, version):
                return there
        return None

    def _commits_with(self, name: str, version: Version) -> list[str]:
        """Return the commits that may have a version, newest first, back to another version.

        A changelog or a whole package that was away for a while is no other version.
        """
        found = []
        for commit in self._candidates:
            there = self._versions.get((commit, name), set())
            if version in there:
                found.append(commit)
            elif there and found:
                return found
        if git.git(self.root, "rev-parse", "--is-shallow-repository") == "true":
            raise SystemExit("this clone has no history to compare with: `git fetch --unshallow`")
        return found

    @cached_property
    def _versions(self) -> dict[tuple[str, str], set[Version]]:
        """What each candidate may have as the version of a distribution, for all at once.

        A line of another table may look like a name or a version, so a snapshot has to tell.
        """
        values: dict[tuple[str, str], dict[str, list[str]]] = {}
        for start in range(0, len(self._candidates), 500):  # a command line has an end
            search = ["grep", "--extended-regexp", "^(name|version) *="]
            search += [*self._candidates[start : start + 500], "--", "packages/*/pyproject.toml"]
            for line in git.git(self.root, *search, none=True).splitlines():
                if told := _WRITTEN.match(line):
                    there = values.setdefault((told["commit"], told["path"]), {})
                    there.setdefault(told["key"], []).append(told["value"])
        found: dict[tuple[str, str], set[Version]] = {}
        for (commit, _), there in values.items():
            for name in there.get("name", ()):
                versions = found.setdefault((commit, canonicalize_name(name)), set())
                for version in there.get("version", ()):
                    with suppress(InvalidVersion):
                        versions.add(Version(version))
        return found

    @cached_property
    def _candidates(self) -> list[str]:
        """The commits that may have released something, newest first."""
        search = ["log", "--first-parent", "--diff-merges=first-parent", "--no-renames"]
        search += ["--no-patch", f"-G{_TOUCHED}", "--format=%H", "--", "packages"]
        return git.git(self.root, *search).split()

    def snapshot(self, name: str, commit: str) -> Snapshot | None:
        """Return a distribution as it was at a commit, wherever it lay then; None if nowhere."""
        spelled = re.sub("-", "[-_.]+", canonicalize_name(name))
        search = ["grep", "--files-with-matches", "--ignore-case", "--extended-regexp"]
        search += [rf"^name *= *[\"']{spelled}[\"']", commit, "--", "packages/*/pyproject.toml"]
        path = git.git(self.root, *search, none=True).partition("\n")[0].partition(":")[2]
        if not path:
            return None
        folder = str(PurePosixPath(path).parent)
        metadata = read_metadata(git.git(self.root, "show", f"{commit}:{path}"), path)
        there = git.object_at(self.root, f"{commit}:{folder}/CHANGELOG.md")
        text = git.git(self.root, "cat-file", "blob", there) if there else ""
        return Snapshot(commit, folder, metadata, text)

    def oldest(self, project: Project, pins: SpecifierSet) -> Snapshot | None:
        """Return the oldest final release that a range admits, of those that still stand."""
        return self._first(project, sorted(self._standing(project)), lambda v, _: v in pins)

    def newest_for(self, project: Project, python: str) -> Snapshot | None:
        """Return the newest final release that runs on a Python version, such as ``3.8``."""

        def runs(_: Version, there: Snapshot) -> bool:
            pythons = SpecifierSet(there.metadata.get("requires-python", ""))
            return f"{python}.99" in pythons

        return self._first(project, sorted(self._standing(project), reverse=True), runs)

    def _first(
        self,
        project: Project,
        versions: Iterable[Version],
        fits: Callable[[Version, Snapshot], bool],
    ) -> Snapshot | None:
        for version in versions:
            there = self.release(project, version)
            if there is not None and fits(version, there):
                return there
        return None

    def _standing(self, project: Project) -> set[Version]:
        """Return the final releases that were not taken back, as the changelog has them."""
        text = project.read_changelog()
        standing = changelog.sections(text).keys() - changelog.yanked(text)
        return {version for version in standing if not version.is_prerelease}

    def sources(self, snapshot: Snapshot, folder: Path) -> Project:
        """Write a distribution as it was at a commit, into a folder that may be that of others."""
        name = f"{snapshot.metadata['name']}-{snapshot.commit[:12]}"
        return Project(git.export(self.root, snapshot.commit, snapshot.folder, folder / name))

    def build(self, snapshot: Snapshot, folder: Path) -> Files:
        """Build a distribution as it was at a commit."""
        return build(self.sources(snapshot, folder).folder, folder / "dist")


def _has_released(there: Snapshot, version: Version) -> bool:
    return Version(there.metadata["version"]) == version and version in changelog.sections(
        there.changelog
    )
