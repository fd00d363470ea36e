"""Carry a plan out in a repository: versions, ranges, changelogs, one commit, a tag each."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import tomlkit
from packaging.requirements import Requirement

from tools import git
from tools.projects import Project, projects
from tools.release.news import write_changelog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.release.plan import Entry, Plan


# What a clone has to take over for its commit to be as one in the checkout.
INHERITED = (
    *("user.name", "user.email", "user.signingKey"),
    *("commit.gpgSign", "tag.gpgSign", "gpg.format", "gpg.program"),
)


def commit(root: Path, plan: Plan) -> None:
    """Write what the plan says, commit it and tag it; the checkout has to be clean."""
    known = projects(root)
    date = datetime.now(timezone.utc).date().isoformat()
    for entry in plan.releases:
        project = known[entry.portion]
        for line in entry.pins:
            _add_news(root, entry, line)
        write_changelog(project, str(entry.next), date, root)
        _write_metadata(project, entry)
    _write_lock(root, plan)
    released = ", ".join(f"{entry.name} {entry.next}" for entry in plan.releases)
    git.git(root, "add", "--all")
    git.git(root, "commit", "--quiet", "--message", f"Release {released}")
    for entry in plan.releases:
        message = f"{entry.name} {entry.next}"
        git.git(root, "tag", "--annotate", entry.tag, "--message", message)


@contextmanager
def copy(root: Path) -> Iterator[Path]:
    """Give a clone of the last commit, tags included, in a folder that is gone at the end."""
    git.git(root, "var", "GIT_COMMITTER_IDENT")  # fails, saying what to do, if git has no name
    settings = {name: git.git(root, "config", name, fails=True) for name in INHERITED}
    with tempfile.TemporaryDirectory(prefix="ml-infra-release-") as folder:
        clone = Path(folder) / root.name
        git.git(root, "clone", "--quiet", str(root), str(clone))
        for name, value in settings.items():
            if value:
                git.git(clone, "config", name, value)
        yield clone


def _add_news(root: Path, entry: Entry, sibling: str) -> None:
    """Tell users of the meta-package of the sibling that it now accepts."""
    fragment = root / "changelog.d" / entry.portion / f"+{sibling}.changed.md"
    text = f"Accepts {sibling} {entry.pins[sibling]}."
    fragment.parent.mkdir(parents=True, exist_ok=True)
    fragment.write_text(text + "\n", encoding="utf-8")
    git.git(root, "add", str(fragment))


def _write_metadata(project: Project, entry: Entry) -> None:
    path = project.folder / "pyproject.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    table = document["project"]
    table["version"] = str(entry.next)
    pins = table.get("dependencies", [])
    for position, line in enumerate(pins):
        name = Requirement(line).name
        if name in entry.pins:
            pins[position] = name + entry.pins[name]
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def _write_lock(root: Path, plan: Plan) -> None:
    """Bring the lock's copy of our own metadata up to date; all else in it stays as it is."""
    path = root / "pdm.lock"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    released = {entry.name: entry for entry in plan.releases}
    for package in document["package"]:
        entry = released.get(package["name"])
        if entry is not None:
            package["version"] = str(entry.next)
            for position, line in enumerate(package.get("dependencies", [])):
                name = Requirement(line).name
                if name in entry.pins:
                    package["dependencies"][position] = str(Requirement(name + entry.pins[name]))
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
