"""What every place is that files are published to."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from packaging.utils import parse_sdist_filename, parse_wheel_filename

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from packaging.version import Version


class TargetError(Exception):
    """A target could not be asked, or did not take a file."""


class Target(ABC):
    """A place that files are published to."""

    #: Whether an installation from here finds third-party packages only if they are here too.
    closed = False
    #: Whether what is there counts as released only if a person says so.
    is_trial = False
    #: How many seconds may pass before what was uploaded is shown.
    patience = 0.0

    @abstractmethod
    def hashes(self, names: Sequence[str]) -> dict[str, str | None]:
        """Return the SHA-256 of each file that is there, by name; None where it is not told."""

    @abstractmethod
    def upload(self, path: Path) -> None:
        """Put one file there; raise TargetError if that is not sure to have worked."""

    @abstractmethod
    def usage(self, release: str) -> str:
        """Return how a release, such as ``name==1.0``, is installed from there."""

    def finish(self, yanked: Mapping[str, Collection[Version]]) -> None:
        """Do what remains when every file is there: nothing, unless a kind of target says so.

        `yanked` has the releases that were taken back, by project.
        """
        del yanked


def project_of(filename: str) -> str:
    """Return the name of the project that an sdist or a wheel belongs to."""
    return _parsed(filename)[0]


def version_of(filename: str) -> Version:
    """Return the version of an sdist or a wheel."""
    return _parsed(filename)[1]


def _parsed(filename: str) -> tuple[str, Version]:
    if filename.endswith(".whl"):
        return parse_wheel_filename(filename)[:2]
    return parse_sdist_filename(filename)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
