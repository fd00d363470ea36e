"""Carry a plan out in a repository: versions, ranges, changelogs and lock, in one commit."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import tomlkit
from packaging.version import Version

from tools import changelog, git
from tools.history import History
from tools.lock import renew
from tools.projects import Project, projects
from tools.release.news import write_changelog
from tools.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.release.plan import Entry, Plan


# What a clone has to take over for its commit to be as one in the checkout.
INHERITED = (
    *("user.name", "user.email", "user.signingKey"),
    *("commit.gpgSign", "gpg.format", "gpg.program"),
)


def commit(root: Path, plan: Plan) -> str:
    """Write what the plan says and commit it; return the commit. The checkout has to be clean."""
    known, history = projects(root), History(root)
    date = datetime.now(timezone.utc).date().isoformat()
    for entry in plan.entries:
        project = known[entry.portion]
        _bring_sections(project, entry, history)
        if entry.next is not None:
            write_changelog(project, entry.next, date, root, also=entry.follows)
            _write_metadata(project, entry)
    renew(root)
    git.git(root, "add", "--all")
    git.git(root, "commit", "--quiet", "--message", plan.message)
    return git.git(root, "rev-parse", "HEAD")


@contextmanager
def copy(root: Path) -> Iterator[Path]:
    """Give a clone of the last commit, tags included, in a folder that is gone at the end."""
    git.git(root, "var", "GIT_COMMITTER_IDENT")  # fails, saying what to do, if git has no name
    settings = {name: git.git(root, "config", name, fails=True) for name in INHERITED}
    with scratch() as folder:
        clone = folder / root.name
        git.git(root, "clone", "--quiet", str(root), str(clone))
        for name, value in settings.items():
            if value:
                git.git(clone, "config", name, value)
        yield clone


def _bring_sections(project: Project, entry: Entry, history: History) -> None:
    """Put what was released on an older line into the changelog, in the order of versions."""
    sections = {}
    for version in map(Version, entry.missed):
        then = history.release(project, version)
        if then is not None:
            sections[version] = changelog.sections(then.changelog)[version]
    if sections:
        text = project.read_changelog()
        project.changelog.write_text(changelog.merged(text, sections), encoding="utf-8")


def _write_metadata(project: Project, entry: Entry) -> None:
    path = project.folder / "pyproject.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    table = document["project"]
    table["version"] = str(entry.next)
    extras = table.get("optional-dependencies", {})
    for lines in (table.get("dependencies", []), *extras.values()):
        for position, line in enumerate(lines):
            if line in entry.pins:
                new = entry.pins[line]
                lines[position] = tomlkit.string(new, literal='"' in new)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
