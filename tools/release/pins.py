"""The lines by which one distribution pins another of ours: read, and moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import changelog
from tools.projects import PREFIX
from tools.release.news import BREAKING, Fragment
from tools.release.versions import admits, just, names_a_candidate, text, widen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from packaging.specifiers import SpecifierSet

    from tools.history import History
    from tools.projects import Project
    from tools.release.plan import Entry

REQUIRED = "dependencies"


@dataclass(frozen=True)
class Pin:
    """One line; `table` is ``dependencies``, or the name of an extra."""

    table: str
    line: str

    @property
    def requirement(self) -> Requirement:
        return Requirement(self.line)

    @property
    def range(self) -> SpecifierSet:
        return self.requirement.specifier

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def place(self) -> tuple[str, ...]:
        """What tells lines of one sibling apart: the table, the extras, the marker."""
        requirement = self.requirement
        return self.table, self.name, *sorted(requirement.extras), str(requirement.marker)

    def moved_to(self, pins: SpecifierSet) -> Pin:
        """Return the line with another range; its spelling, extras and marker stay."""
        requirement, (_, semicolon, marker) = self.requirement, self.line.partition(";")
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        line = f"{requirement.name}{extras}{text(pins)}{semicolon}{marker}"
        return Pin(self.table, line)


def pins(metadata: Mapping[str, Any]) -> list[Pin]:
    """Return the lines that pin a sibling; one that cannot be moved is refused.

    A distribution names itself where one of its extras is made of others: that is no pin.
    """
    extras: Mapping[str, list[str]] = metadata.get("optional-dependencies", {})
    tables = {REQUIRED: metadata.get("dependencies", []), **extras}
    found = []
    for table, lines in tables.items():
        for line in lines:
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            if name.startswith(PREFIX) and name != metadata["name"]:
                exact = [p for p in requirement.specifier if p.operator in ("==", "===")]
                if requirement.url or any(not str(pin).endswith(".*") for pin in exact):
                    raise SystemExit(
                        f"{metadata['name']} pins {line!r}: a sibling is pinned by a range, "
                        "such as >=0.1,<0.2"
                    )
                found.append(Pin(table, line))
    return found


def after(project: Project, moved: Mapping[str, str]) -> list[Pin]:
    """Return the lines as they are when those that move have moved."""
    return [replace(pin, line=moved.get(pin.line, pin.line)) for pin in pins(project.metadata)]


def follow(
    project: Project, before: Sequence[Entry], history: History
) -> tuple[dict[str, str], list[Fragment]]:
    """Return the lines that have to move, each with what becomes of it, and the news of that.

    `before` says what is planned for the siblings.
    """
    there = pins(project.metadata)
    planned = {entry.name: entry for entry in before}
    if gone := sorted({pin.line for pin in there if pin.name not in planned}):
        raise SystemExit(
            f"{project.name} pins {', '.join(gone)}, which is not below packages/: if it was "
            "retired, take its line out and say so in the news"
        )
    final = _final_ranges(project, there, history)
    moved: dict[str, str] = {}
    news: list[Fragment] = []
    for pin in there:
        sibling = planned[pin.name]
        version = sibling.next or sibling.current
        peers = [other for other in there if (other.table, other.name) == (pin.table, pin.name)]
        new = _moved(pin, peers, sibling, version, final.get(pin.place))
        if new != pin:
            moved[pin.line] = new.line
            accepts = f"Accepts {pin.name} {version}, with the range {text(new.range)}."
            news.append(Fragment("changed", accepts))
            news += [_retold(sibling, fragment) for fragment in sibling.breaking]
    return moved, list(dict.fromkeys(news))


def _moved(
    pin: Pin, peers: Sequence[Pin], sibling: Entry, version: str, final: SpecifierSet | None
) -> Pin:
    """Return the line as it has to be for that version of the sibling.

    A candidate narrows the range to itself, and its final version goes back to the range of the
    last final release. Where one line of a sibling holds the current version, those that do not
    are meant to hold back, for instance on an old Python: they stay.
    """
    if sibling.next is None and admits(pin.range, version):
        return pin
    if names_a_candidate(just(version)):
        return pin.moved_to(just(version))
    if names_a_candidate(pin.range):
        return pin.moved_to(widen(final or just(version), version))
    current = sibling.current
    holds_back = not admits(pin.range, current) and any(admits(p.range, current) for p in peers)
    if holds_back or admits(pin.range, version):
        return pin
    return pin.moved_to(widen(pin.range, version))


def _final_ranges(
    project: Project, there: Sequence[Pin], history: History
) -> dict[tuple[str, ...], SpecifierSet]:
    """Return the ranges of the last final release by place, if one names a candidate by now."""
    if not any(names_a_candidate(pin.range) for pin in there):
        return {}
    told = changelog.sections(project.read_changelog())
    last = changelog.last_final(told)
    then = None if last is None else history.release(project, last)
    return {} if then is None else {pin.place: pin.range for pin in pins(then.metadata)}


def _retold(sibling: Entry, fragment: Fragment) -> Fragment:
    """Return breaking news of a sibling as news of what follows it."""
    what = fragment.text.removeprefix(BREAKING).strip()
    return Fragment(fragment.category, f"{BREAKING} {sibling.name} {sibling.next}: {what}")
