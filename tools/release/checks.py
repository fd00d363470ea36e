"""What no plan may do, whatever was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from tools import changelog, git
from tools.projects import PREFIX, find
from tools.release.pins import REQUIRED, after
from tools.release.plan import NEW, Entry
from tools.release.versions import admits, names_a_candidate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tools.history import History
    from tools.projects import Project


@dataclass(frozen=True)
class Line:
    """An older series of one portion, on a branch such as ``release/metrics-0.1.x``."""

    portion: str
    series: str

    @classmethod
    def of(cls, root: Path) -> Line | None:
        """Return the line that is checked out, if it is one."""
        branch = git.branch(root) or ""
        named = rf"release/({PREFIX})?(?P<portion>.+)-(?P<series>\d+(\.\d+)*)\.x"
        match = re.fullmatch(named, branch)
        return cls(**match.groupdict()) if match else None

    def holds(self, entry: Entry) -> bool:
        """Return whether a release belongs to the line."""
        return entry.portion == self.portion and f"{entry.next}.".startswith(f"{self.series}.")


def reject_steps_back(project: Project) -> None:
    """Raise for a version below one that was released already, as the changelog has it."""
    told = changelog.sections(project.read_changelog())
    newest = max(told, default=Version("0"))
    if Version(project.version) < newest:
        raise SystemExit(
            f"{project.name} goes back: its changelog has {newest}, its pyproject.toml says "
            f"{project.version}; write {newest} there"
        )


def check(
    known: dict[str, Project], entries: Sequence[Entry], history: History, line: Line | None
) -> None:
    """Raise for a plan that would release what cannot be installed, or what is there already."""
    planned = {entry.name: entry for entry in entries}
    for entry in entries:
        if entry.next is None:
            continue
        if entry.tag in history.tags and entry.next != entry.current:
            raise SystemExit(
                f"{entry.name} {entry.next} is taken by a tag that this branch does not have: is "
                f"it behind? `git pull`, or begin the line at the newest tag"
            )
        if line is not None and not line.holds(entry):
            raise SystemExit(
                f"{entry.name} {entry.next} is not of the line {line.portion} {line.series}.x: "
                "release there what only fixes, and the rest from main"
            )
        _check_pins(entry, find(entry.portion, known), planned)


def _check_pins(entry: Entry, project: Project, planned: dict[str, Entry]) -> None:
    there = after(project, entry.pins)
    for name in dict.fromkeys(pin.name for pin in there):
        sibling = planned[name]
        version = sibling.next or sibling.current
        lines = [pin for pin in there if pin.name == name]
        if sibling.content == NEW and sibling.next is None:
            raise SystemExit(
                f"{entry.name} {entry.next} would pin {name}, which was never released: release "
                f"it too, or take its line out ({lines[0].line})"
            )
        if not any(admits(pin.range, version) for pin in lines if pin.table == REQUIRED):
            raise SystemExit(
                f"{entry.name} {entry.next} would not admit {name} {version}: "
                f"{'; '.join(pin.line for pin in lines)}"
            )
        if names_a_candidate(lines[0].range) and not Version(str(entry.next)).is_prerelease:
            raise SystemExit(
                f"{entry.name} {entry.next} would pin the candidate {name} {version}: ask for a "
                f"candidate of it too, such as {entry.next}rc1"
            )
