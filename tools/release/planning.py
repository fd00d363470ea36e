"""Make the plan of a release from news, history, and what a person asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.version import Version

from tools import changelog, git
from tools.history import History, Snapshot
from tools.projects import Project, projects, select
from tools.release.checks import Line, check, reject_steps_back
from tools.release.news import Fragment, fragments, level, reject_strays
from tools.release.pins import after, follow, pins
from tools.release.plan import DIFFERS, NEW, SAME, Entry, Plan
from tools.release.public_api import reject_silent_removals
from tools.release.versions import Level, bump, candidate, names_a_candidate
from tools.release.wishes import wanted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


def make(
    root: Path,
    *,
    only: Collection[str] = (),
    bumps: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
) -> Plan:
    """Plan the release of what the news asks for.

    Parameters
    ----------
    root : Path
        The checkout. Its files are read as they are, committed or not.
    only : collection of str
        The portions that may be released; all where none is named. The meta-package follows
        by itself when a portion leaves the range that it pins.
    bumps, versions : mapping of str to str
        By portion, a level or a version that overrides what the news asks for.
    """
    bumps, versions = dict(bumps or {}), dict(versions or {})
    known = projects(root)
    reject_strays(known, root)
    tree, history, line = git.tree(root), History(root), Line.of(root)
    chosen = {p.portion for p in select(only or [line.portion if line else "all"], known)}
    released = {portion: history.release(project) for portion, project in known.items()}
    taken = {portion for portion, there in released.items() if there is not None}
    wishes = wanted(known, taken, bumps, versions)
    entries: list[Entry] = []
    for portion, project in known.items():
        reject_steps_back(project)
        history.reject_moved_tags(project)
        there, own = released[portion], fragments(project, root)
        moved, follows = follow(project, entries, history)
        entry = Entry(
            name=project.name,
            portion=portion,
            current=project.version,
            next=None,
            reasons=[],
            content=_content(project, there, tree, history),
            dependants=[p.name for p in known.values() if _needs(p, project)],
            pins=moved,
            follows=follows,
            breaking=[n for n in own if n.breaking or n.category == "removed"],
            missed=_missed(project, history),
        )
        news = [*follows, *own]
        pinned = any(names_a_candidate(pin.range) for pin in after(project, moved))
        if portion in wishes:
            version, reason = wishes[portion]
            entry = replace(entry, next=version, reasons=[reason, *map(str, news)])
        elif reason := _waits(entry, news, is_chosen=portion in chosen):
            entry = replace(entry, reasons=[reason])
        else:
            version = _next(entry, news, pins_candidate=pinned)
            entry = replace(entry, next=version, reasons=list(map(str, news)))
        if entry.next and there and entry.content == DIFFERS:
            reject_silent_removals(root, project, there, own)
        entries.append(entry)
    check(known, entries, history, line)
    asked = {"only": list(only), "bumps": bumps, "versions": versions}
    return Plan(tree, asked, entries)


def _waits(entry: Entry, news: list[Fragment], *, is_chosen: bool) -> str:
    """Say why a distribution is not released; nothing where it is."""
    if entry.pins:
        return ""
    if not news:
        return "no news, but other files" if entry.content == DIFFERS else "no news"
    if not is_chosen:
        return "not asked for; its news waits"
    is_same = entry.content == SAME
    return "its files are those of the last release; its news waits" if is_same else ""


def _next(entry: Entry, news: list[Fragment], *, pins_candidate: bool) -> str:
    """Return the version that the news leads to.

    The first release has the version that is written. A candidate is followed by the next one,
    since a final version is asked for; what pins a candidate is one too, and becomes final with
    what it pins.
    """
    current = Version(entry.current)
    if entry.content == NEW and not (pins_candidate and not current.is_prerelease):
        return entry.current
    raised = max(level(entry.current, news), Level.MINOR if entry.pins else Level.PATCH)
    if pins_candidate or (current.is_prerelease and not entry.pins):
        return candidate(entry.current, raised)
    return bump(entry.current, raised)


def _needs(project: Project, sibling: Project) -> bool:
    return sibling.name in {pin.name for pin in pins(project.metadata)}


def _missed(project: Project, history: History) -> list[str]:
    """Return the releases of an older line whose sections are not in the changelog yet."""
    told = changelog.sections(project.read_changelog())
    return [
        str(version)
        for version in history.versions(project.name)
        if version < Version(project.version) and version not in told
    ]


def _content(project: Project, then: Snapshot | None, tree: str, history: History) -> str:
    """Say whether what is installed comes from other files than at the last release."""
    if then is None:
        return NEW
    source = project.folder.relative_to(history.root).as_posix()
    places = [f"{then.commit}:{then.folder}", f"{tree}:{source}"]
    told = ["diff", "--name-only", *places, "--", ".", ":!CHANGELOG.md"]
    return DIFFERS if git.git(history.root, *told) else SAME
