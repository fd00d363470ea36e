"""Which public names changed since a release, read from the sources: nothing is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import griffe

from tools import git
from tools.history import History, Snapshot
from tools.program import program
from tools.projects import ROOT, Project, projects
from tools.release.news import Fragment, NewsError, fragments
from tools.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tools.history import Snapshot
    from tools.projects import Project
    from tools.release.news import Fragment


@dataclass(frozen=True)
class Changes:
    """What a user of a distribution can notice of its public names and their parameters."""

    added: list[str]
    removed: list[str]
    signatures: list[str]

    def __str__(self) -> str:
        parts = {"added": self.added, "removed": self.removed, "changed": self.signatures}
        return "\n".join(f"  {kind}: {listed(names)}" for kind, names in parts.items() if names)


def listed(names: Sequence[str]) -> str:
    """Return the names with commas, the first twenty of many."""
    more = len(names) - 20
    return ", ".join(names[:20]) + (f" and {more} more" if more > 0 else "")


def changes(root: Path, project: Project, since: Snapshot, folder: Path) -> Changes:
    """Compare the checkout with a release; `folder` takes the old sources."""
    source = git.export(root, since.commit, f"{since.folder}/src", folder / project.portion)
    old, new = (_load(project.module, path) for path in (source, project.folder / "src"))
    then, now = set(_public(old)), set(_public(new))
    return Changes(
        added=sorted(now - then),
        removed=sorted(then - now),
        signatures=sorted(set(_signatures(old, new, then & now))),
    )


def reject_silent_removals(
    root: Path, project: Project, since: Snapshot, news: Sequence[Fragment]
) -> None:
    """Raise for public names that are gone although no news says so."""
    if any(fragment.category == "removed" or fragment.breaking for fragment in news):
        return
    with scratch() as folder:
        gone = changes(root, project, since, folder).removed
    if gone:
        raise NewsError(
            f"{project.name}: gone since {since.metadata['version']}: {listed(gone)}; no news says "
            f"so: add one such as changelog.d/{project.portion}/+gone.removed.md"
        )


def main() -> None:
    """Say what changed since the last release of each distribution; fail if its news does not."""
    with program():
        history, silent = History(ROOT), []
        for project in projects().values():
            since = history.release(project)
            if since is None:
                print(f"{project.name}: never released")
                continue
            with scratch() as folder:
                found = changes(ROOT, project, since, folder)
            print(
                f"{project.name}, since {since.metadata['version']}:\n{str(found) or '  nothing'}"
            )
            try:
                reject_silent_removals(ROOT, project, since, fragments(project))
            except NewsError as error:
                silent.append(str(error))
        if silent:
            raise NewsError("\n".join(silent))


def _load(module: str, path: Path) -> griffe.Object:
    try:
        loaded = griffe.load(
            module, search_paths=[path], resolve_aliases=True, allow_inspection=False
        )
    except (KeyError, ImportError, griffe.LoadingError):
        loaded = None
    if loaded is None or isinstance(loaded, griffe.Alias):
        raise SystemExit(f"{module} cannot be read from {path}: is each file there valid Python?")
    return loaded


def _public(module: griffe.Object) -> Iterator[str]:
    """Yield the names of ``__all__``, and the public members of the classes among them."""
    for name in map(str, module.exports or ()):
        yield name
        member = _target(module, name)
        if isinstance(member, griffe.Class):  # what it inherits is as public as its own
            inner = (inner for inner in member.all_members if not inner.startswith("_"))
            yield from (f"{name}.{part}" for part in inner)


def _target(module: griffe.Object, name: str) -> griffe.Object | None:
    member = module.members.get(name)
    try:
        return member.final_target if isinstance(member, griffe.Alias) else member
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None


def _signatures(old: griffe.Object, new: griffe.Object, names: set[str]) -> Iterator[str]:
    """Yield the functions that cannot be called as before.

    Of an overloaded function the overloads tell what it takes, and griffe compares only what
    stands behind them: these are left out.
    """
    for breakage in griffe.find_breaking_changes(old, new):
        name = breakage.obj.name
        after = _target(new, name)
        if name in names and isinstance(after, griffe.Function) and not _is_overloaded(after):
            yield f"{name} ({breakage.kind.value.lower()})"


def _is_overloaded(function: griffe.Function) -> bool:
    home = function.parent
    elsewhere = home.overloads if isinstance(home, (griffe.Module, griffe.Class)) else {}
    return bool(function.overloads or elsewhere.get(function.name))


if __name__ == "__main__":
    main()
