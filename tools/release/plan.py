"""A plan: which distributions a release would bring, with which version, and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.release.news import Fragment

# The files of a distribution beside those of its last release: it has none, the same, others.
NEW, SAME, DIFFERS = "new", "same", "differs"


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
    #: The lines that pin its siblings and have to move: each with what becomes of it.
    pins: dict[str, str] = field(default_factory=dict)
    #: What its users have to know of the siblings that it follows.
    follows: list[Fragment] = field(default_factory=list)
    #: Its news that break something.
    breaking: list[Fragment] = field(default_factory=list)
    #: Releases of an older line whose sections its changelog still lacks.
    missed: list[str] = field(default_factory=list)

    @property
    def tag(self) -> str:
        return f"{self.name}-v{self.next}"


@dataclass(frozen=True)
class Plan:
    """All distributions, in the order in which they would be released."""

    tree: str
    asked: dict[str, Any]
    entries: list[Entry]

    @property
    def releases(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.next is not None]

    @property
    def is_empty(self) -> bool:
        return not self.releases and not any(entry.missed for entry in self.entries)

    @property
    def message(self) -> str:
        """The message of the commit that carries it out."""
        if self.releases:
            return "Release " + ", ".join(f"{entry.name} {entry.next}" for entry in self.releases)
        missed = (f"{e.name} {version}" for e in self.entries for version in e.missed)
        return f"Bring the changelog of {', '.join(missed)}"

    def to_json(self) -> str:
        """Return the plan as the document that `apply` takes."""
        document = {
            "tree": self.tree,
            "asked": self.asked,
            "message": "" if self.is_empty else self.message,
            "releases": [asdict(entry) for entry in self.releases],
            "unchanged": [asdict(entry) for entry in self.entries if entry.next is None],
        }
        return json.dumps(document, indent=2)

    def to_table(self) -> str:
        """Return the plan for people."""
        rows = [("distribution", "current", "next", "files", "needed by", "why")]
        for entry in self.entries:
            first, *more = [_shortened(reason) for reason in entry.reasons]
            dependants = ", ".join(entry.dependants) or "-"
            row = (entry.name, entry.current, entry.next or "-", entry.content, dependants)
            rows += [(*row, first), *(("",) * 5 + (reason,) for reason in more)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines += [
            f"{entry.name}: the changelog of {', '.join(entry.missed)} comes from its tag"
            for entry in self.entries
            if entry.missed
        ]
        return "\n".join([*lines, "nothing to release"] if self.is_empty else lines)


def _shortened(reason: str) -> str:
    return reason if len(reason) <= 80 else reason[:77] + "..."
