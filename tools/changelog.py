"""Changelogs as they are written: a heading for each release, the newest on top."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

START = "<!-- towncrier release notes start -->\n"
YANKED = "[YANKED]"
_HEADING = re.compile(r"^## \[(?P<version>[^]]+)\].*$", re.MULTILINE)


def sections(text: str) -> dict[Version, str]:
    """Return the section of each release, its heading first, in the order of the file."""
    found = {}
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=False):
        with suppress(InvalidVersion):
            found[Version(heading["version"])] = text[heading.start() : end].strip() + "\n"
    return found


def yanked(text: str) -> set[Version]:
    """Return the releases whose heading says that they were taken back."""
    return {v for v, section in sections(text).items() if YANKED in section.split("\n", 1)[0]}


def last_final(versions: Iterable[Version]) -> Version | None:
    """Return the newest version that is no pre-release."""
    return max((v for v in versions if not v.is_prerelease), default=None)


def merged(text: str, others: dict[Version, str]) -> str:
    """Return the changelog with the sections of other releases put in, the newest on top."""
    head, start, _ = text.partition(START)
    every = {**others, **sections(text)}
    body = "\n".join(every[version] for version in sorted(every, reverse=True))
    return f"{head}{start}\n{body}"
