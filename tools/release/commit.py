"""Carry a plan out in a repository: versions, ranges, changelogs and lock, in one commit."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import tomlkit
from packaging.version import Version

from tools import changelog, git
from tools.history import History
from tools.lock import renew
from tools.projects import Project, projects
from tools.release.news import write_changelog

if TYPE_CHECKING:
    from pathlib import Path

    from tools.release.plan import Entry, Plan


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
