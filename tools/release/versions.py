"""The rules of version numbers and of the ranges that pin them; nothing here reads or writes."""

from __future__ import annotations

from enum import IntEnum

from packaging.specifiers import Specifier, SpecifierSet
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


def candidate(current: str, level: Level) -> str:
    """Return the next release candidate of that level: 1.0.0rc2 after 1.0.0rc1, or a first one."""
    version, final = Version(current), bump(current, level)
    if version.pre is not None and Version(final) == Version(version.base_version):
        letter, number = version.pre
        return f"{final}{letter}{number + 1}"
    return f"{final}rc1"


def _step(minor: int, patch: int) -> Level:
    """Return what was raised to reach a version with that minor and patch number."""
    return Level.PATCH if patch else Level.MINOR if minor else Level.MAJOR


def admits(pins: SpecifierSet, version: str) -> bool:
    """Return whether a range holds a version, pre-releases included."""
    return pins.contains(version, prereleases=True)


def names_a_candidate(pins: SpecifierSet) -> bool:
    """Return whether a range begins with a pre-release, so that installers take one."""
    return any(Version(pin.version.removesuffix(".*")).is_prerelease for pin in pins)


def widen(pins: SpecifierSet, version: str) -> SpecifierSet:
    """Return the range with its upper end moved past the version, the rest as it was."""
    return SpecifierSet(",".join([*filter(None, map(_lower_end, pins)), f"<{_end(version)}"]))


def just(version: str) -> SpecifierSet:
    """Return the range from this version to the next that may break."""
    return SpecifierSet(f">={version},<{_end(version)}")


def _end(version: str) -> str:
    """Return the next version that may break: the next MINOR before 1.0, then the next MAJOR."""
    new = Version(version)
    return f"{new.major + 1}" if new.major else f"0.{new.minor + 1}"


def _lower_end(pin: Specifier) -> str | None:
    """Return what a part of a range says of its lower end, or of versions that it leaves out.

    ``==0.1.*`` and ``~=0.1`` say both ends at once.
    """
    if pin.operator in ("==", "~="):
        return f">={pin.version.removesuffix('.*')}"
    return None if pin.operator.startswith("<") else str(pin)


def text(pins: SpecifierSet) -> str:
    """Return a range as people write it, the lower end first: ``>=0.1,<0.3``."""
    return ",".join(sorted(map(str, pins), key=lambda pin: ("><!=".index(pin[0]), pin)))
