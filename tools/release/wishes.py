"""What a person asks of a release on the command line, in place of what the news would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tools.projects import Project, find
from tools.release.versions import Level, bump

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FINAL = "final"


def wanted(
    known: dict[str, Project],
    released: Collection[str],
    bumps: Mapping[str, str],
    versions: Mapping[str, str],
) -> dict[str, tuple[str, str]]:
    """Return version and reason by portion; `released` are the portions whose version is taken."""
    found = {}
    if twice := bumps.keys() & versions.keys():
        raise SystemExit(f"--bump and --version of {', '.join(sorted(twice))}: give one of them")
    for name, level in bumps.items():
        project = find(name, known)
        found[project.portion] = (_raised(project, level), f"--bump {name}={level}")
    for name, version in versions.items():
        project = find(name, known)
        forwards = _forwards(project, version, is_taken=project.portion in released)
        found[project.portion] = (forwards, f"--version {name}={version}")
    return found


def _raised(project: Project, level: str) -> str:
    asked = f"--bump {project.portion}={level}"
    if level == FINAL:
        if not Version(project.version).is_prerelease:
            raise SystemExit(f"{asked}: {project.version} is final already")
        return Version(project.version).base_version
    if level.upper() not in Level.__members__:
        levels = ", ".join([*(kind.name.lower() for kind in Level), FINAL])
        raise SystemExit(f"{asked}: expected one of {levels}")
    return bump(project.version, Level[level.upper()])


def _forwards(project: Project, version: str, *, is_taken: bool) -> str:
    asked = f"--version {project.portion}={version}"
    try:
        parsed = Version(version)
    except InvalidVersion:
        raise SystemExit(f"{asked}: not a version by PEP 440, such as 1.0.0rc1") from None
    if parsed.epoch or parsed.local:
        raise SystemExit(
            f"{asked}: public indexes take no local version, and an epoch is for ever; give a "
            "plain version"
        )
    current = Version(project.version)
    if parsed < current or (parsed == current and is_taken):
        raise SystemExit(f"{asked}: not above the current {project.version}")
    return str(parsed)
