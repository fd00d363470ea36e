"""Which distributions a release would bring, with which version, and why."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from packaging.version import InvalidVersion, Version

from tools import git
from tools.build import build
from tools.projects import META, Project, find, projects, select
from tools.release.news import Fragment, fragments, reject_strays
from tools.release.versions import Level, admits, bump, level_of, text, widen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from packaging.specifiers import SpecifierSet

NO_TAG, SAME, DIFFERS = "no tag", "same", "differs"


@dataclass(frozen=True)
class Entry:
    """What the plan says of one distribution; `next` is None where it stays as it is."""

    name: str
    portion: str
    current: str
    next: str | None
    reasons: list[str]
    content: str
    dependants: list[str]
    pins: dict[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        return f"{self.name}-v{self.next}"


@dataclass(frozen=True)
class Plan:
    """All distributions, in the order in which they would be released."""

    tree: str
    entries: list[Entry]

    @property
    def releases(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.next is not None]

    @property
    def digest(self) -> str:
        """A hash of the files that the plan was made from, and of what it says."""
        content = [self.tree, [asdict(entry) for entry in self.entries]]
        text = json.dumps(content, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """Return the plan as the document that `apply` takes."""
        document = {
            "digest": self.digest,
            "tree": self.tree,
            "releases": [asdict(entry) for entry in self.releases],
            "unchanged": [asdict(entry) for entry in self.entries if entry.next is None],
        }
        return json.dumps(document, indent=2)

    def to_table(self) -> str:
        """Return the plan for people."""
        rows = [("distribution", "current", "next", "wheel", "needed by", "why")]
        for entry in self.entries:
            first, *more = [_shortened(reason) for reason in entry.reasons]
            dependants = ", ".join(entry.dependants) or "-"
            row = (entry.name, entry.current, entry.next or "-", entry.content, dependants)
            rows += [(*row, first), *(("",) * 5 + (reason,) for reason in more)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        if any(entry.content == NO_TAG for entry in self.entries):
            lines.append("no tag: not released yet, or a clone without tags; compared with nothing")
        if not self.releases:
            lines.append("nothing to release")
        return "\n".join(lines)


def load(text: str) -> Plan:
    """Return the plan of a document; one that was changed since it was made is refused."""
    try:
        document = json.loads(text)
        entries = [Entry(**entry) for entry in (*document["releases"], *document["unchanged"])]
        plan = Plan(document["tree"], sorted(entries, key=_order))
        digest = document["digest"]
    except (KeyError, TypeError, ValueError) as error:
        raise SystemExit(f"not a plan of `release -- plan --json`: {error!r}") from None
    if plan.digest != digest:
        raise SystemExit("the plan was changed after it was made: make it again")
    return plan


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
    known = projects(root)
    reject_strays(known, root)
    wanted = _wanted(known, bumps or {}, versions or {})
    chosen = {project.portion for project in select(only or ["all"], known)}
    tree = git.tree(root)
    entries: list[Entry] = []
    for portion, project in known.items():
        moved = _moved_pins(project, entries)
        news = fragments(project, root)
        entry = Entry(
            name=project.name,
            portion=portion,
            current=project.version,
            next=None,
            reasons=[],
            content=_content(root, project, tree),
            dependants=[p.name for p in known.values() if project.name in _pins(p)],
            pins={name: text(after) for name, (_, _, after) in moved.items()},
        )
        follow = [
            f"changed: {name} {version} leaves {text(before)}, now {text(after)}"
            for name, (version, before, after) in moved.items()
        ]
        if portion in wanted or moved:
            following = bump(project.version, max([Level.MINOR, *_levels(project, news)]))
            version, *reason = wanted.get(portion, (following,))
            reasons = [*reason, *follow, *map(str, news)]
            entries.append(replace(entry, next=version, reasons=reasons))
        else:
            entries.append(_by_news(entry, project, news, asked_for=portion in chosen))
    return Plan(tree, entries)


def _by_news(entry: Entry, project: Project, news: list[Fragment], *, asked_for: bool) -> Entry:
    if not news:
        silent = entry.content == DIFFERS
        return replace(entry, reasons=["no news, but another wheel" if silent else "no news"])
    if not asked_for:
        return replace(entry, reasons=["not asked for; its news waits"])
    if entry.content == SAME:
        return replace(entry, reasons=["its wheel is that of the last tag; its news waits"])
    version = bump(project.version, max(_levels(project, news)))
    return replace(entry, next=version, reasons=list(map(str, news)))


def _levels(project: Project, news: list[Fragment]) -> list[Level]:
    return [level_of(project.version, n.category, breaking=n.breaking) for n in news]


def _wanted(
    known: dict[str, Project], bumps: Mapping[str, str], versions: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return version and reason by portion, as the command line has them."""
    wanted = {}
    if twice := bumps.keys() & versions.keys():
        raise SystemExit(f"--bump and --version of {', '.join(sorted(twice))}: give one of them")
    for name, level in bumps.items():
        project = find(name, known)
        if level.upper() not in Level.__members__:
            levels = ", ".join(kind.name.lower() for kind in Level)
            raise SystemExit(f"--bump {name}={level}: expected one of {levels}")
        version = bump(project.version, Level[level.upper()])
        wanted[project.portion] = (version, f"--bump {name}={level}")
    for name, version in versions.items():
        project = find(name, known)
        wanted[project.portion] = (_forwards(project, version), f"--version {name}={version}")
    return wanted


def _forwards(project: Project, version: str) -> str:
    try:
        parsed = Version(version)
    except InvalidVersion:
        raise SystemExit(
            f"--version {project.portion}={version}: not a version by PEP 440, such as 1.0.0rc1"
        ) from None
    if parsed.epoch or parsed.local:
        raise SystemExit(
            f"--version {project.portion}={version}: public indexes take no local version, and an "
            "epoch is for ever; give a plain version"
        )
    if parsed <= Version(project.version):
        raise SystemExit(
            f"--version {project.portion}={version}: not above the current {project.version}"
        )
    return str(parsed)


def _pins(project: Project) -> dict[str, SpecifierSet]:
    return {requirement.name: requirement.specifier for requirement in project.requirements}


def _moved_pins(
    project: Project, released: list[Entry]
) -> dict[str, tuple[str, SpecifierSet, SpecifierSet]]:
    """Return version, range before and range after of each sibling that left its range."""
    pins = _pins(project)
    moved = {}
    for sibling in released:
        version = sibling.next or sibling.current
        if sibling.name in pins and not admits(pins[sibling.name], version):
            before = pins[sibling.name]
            moved[sibling.name] = (version, before, widen(before, version))
    return moved


def _content(root: Path, project: Project, tree: str) -> str:
    """Say how the wheel of the checkout differs from the one that was released last."""
    tag = git.released(root, project.name).get(Version(project.version))
    if tag is None:
        return NO_TAG
    source = project.folder.relative_to(root).as_posix()
    then, now = (git.git(root, "rev-parse", f"{commit}:{source}") for commit in (tag, tree))
    if then == now:
        return SAME
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        old = build(git.export(root, tag, source, folder / "tag"), folder / "old").wheel
        new = build(project.folder, folder / "new").wheel
        return SAME if _members(old) == _members(new) else DIFFERS


def _members(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _shortened(reason: str) -> str:
    return reason if len(reason) <= 80 else reason[:77] + "..."


def _order(entry: Entry) -> tuple[bool, str]:
    return entry.portion == META, entry.portion
