"""The rules of version numbers and of the ranges that pin them; nothing here reads or writes."""

from __future__ import annotations

from enum import IntEnum

from packaging.specifiers import SpecifierSet
from packaging.version import Version


class Level(IntEnum):
    """Which part of a version a change raises."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


_FEATURES = frozenset({"added", "changed", "deprecated", "removed"})


def level_of(current: str, category: str, *, breaking: bool = False) -> Level:
    """Return what one change raises, by the guide's rule.

    Before 1.0 a breaking change is allowed in a MINOR release; from 1.0 it is MAJOR.
    """
    if Version(current).major >= 1 and (breaking or category == "removed"):
        return Level.MAJOR
    return Level.MINOR if breaking or category in _FEATURES else Level.PATCH


def bump(current: str, level: Level) -> str:
    """Return the next final version of that level.

    A pre-release already stands for the version that it leads to, so 1.0.0rc1 becomes 1.0.0
    for any change that is no larger than the step to 1.0.0.
    """
    version = Version(current)
    major, minor, patch = version.release + (0,) * (3 - len(version.release))
    if version.is_prerelease and level <= _step(minor, patch):
        return f"{major}.{minor}.{patch}"
    if level is Level.MAJOR:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if level is Level.MINOR else f"{major}.{minor}.{patch + 1}"


def _step(minor: int, patch: int) -> Level:
    """Return what was raised to reach a version with that minor and patch number."""
    return Level.PATCH if patch else Level.MINOR if minor else Level.MAJOR


def admits(pins: SpecifierSet, version: str) -> bool:
    """Return whether a range holds a version, pre-releases included."""
    return pins.contains(version, prereleases=True)


def widen(pins: SpecifierSet, version: str) -> SpecifierSet:
    """Return the range with its upper end moved past the version, the rest as it was.

    The new end is the next version that may break: the next MINOR before 1.0, the next MAJOR
    from then on.
    """
    new = Version(version)
    end = f"{new.major + 1}" if new.major else f"0.{new.minor + 1}"
    kept = [pin for pin in pins if not pin.operator.startswith("<")]
    return SpecifierSet(",".join([*map(str, kept), f"<{end}"]))


def text(pins: SpecifierSet) -> str:
    """Return a range as people write it, the lower end first: ``>=0.1,<0.3``."""
    return ",".join(sorted(map(str, pins), key=lambda pin: pin.startswith("<")))
