"""Prove a release before it is made: published to a throwaway index, installed and tested."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import uv

from tools import git
from tools.build import Files, build
from tools.index import Index, devpi, fetch, isolated, run
from tools.progress import say, step
from tools.projects import META, Project, projects
from tools.release.versions import admits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.release.plan import Plan


def rehearse(clone: Path, plan: Plan) -> None:
    """Publish, install and test what a plan committed to a clone.

    Exits with the output of the first command that fails: a build, an upload, an installation
    from the index, or the tests of what came from there.
    """
    known = projects(clone)
    now = {portion: project.version for portion, project in known.items()}
    released = [entry.portion for entry in plan.releases]
    with tempfile.TemporaryDirectory(prefix="ml-infra-rehearsal-") as temporary:
        folder = Path(temporary)
        with step(f"Building from their tags: {', '.join(released)}"):
            new = [_build_tag(clone, known[e.portion], e.tag, folder) for e in plan.releases]
            paths = [str(path) for files in new for path in (files.sdist, files.wheel)]
            run([sys.executable, "-m", "twine", "check", "--strict", *paths])
        with step("Building what it will stand beside: the others, and the oldest that may stay"):
            oldest = {**now, **_oldest(clone, known)}
            there = [build(known[p].folder, folder / "now") for p in known if p not in released]
            there += [
                _build_tag(clone, known[p], f"{known[p].name}-v{version}", folder)
                for p, version in oldest.items()
                if version != now[p]
            ]
            third_party = fetch(known.values(), folder / "third-party")
        say("Starting devpi-server")
        with devpi(folder) as index:
            with step("Uploading in dependency order"):
                index.upload([*third_party, *(path for f in there for path in (f.wheel, f.sdist))])
                for files in new:
                    index.upload([files.sdist, files.wheel])
            for portion in released:
                with step(f"Installing {known[portion].name} {now[portion]} alone, and testing it"):
                    _try(clone, folder, index, known, {portion: now[portion]}, tests=portion)
            with step("Installing all of them together"):
                _try(clone, folder, index, known, now, tests=META)
            for portion in released:
                mixed = {**oldest, META: now[META], portion: now[portion]}
                others = ", ".join(f"{p} {v}" for p, v in mixed.items() if p != portion)
                with step(f"Installing {portion} {now[portion]} beside {others}"):
                    _try(clone, folder, index, known, mixed, tests=META)


def _build_tag(clone: Path, project: Project, tag: str, folder: Path) -> Files:
    source = project.folder.relative_to(clone).as_posix()
    return build(git.export(clone, tag, source, folder / tag), folder / "dist")


def _oldest(clone: Path, known: Mapping[str, Project]) -> dict[str, str]:
    """Return the oldest released version of each portion that the meta-package still admits."""
    found = {}
    for pin in known[META].requirements:
        (portion,) = (portion for portion, project in known.items() if project.name == pin.name)
        versions = git.released(clone, pin.name)
        if allowed := [v for v in versions if admits(pin.specifier, str(v))]:
            found[portion] = str(min(allowed))
    return found


def _try(
    clone: Path,
    folder: Path,
    index: Index,
    known: Mapping[str, Project],
    versions: Mapping[str, str],
    *,
    tests: str,
) -> None:
    """Install these versions from the index into a fresh environment, and test them there."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        environment = Path(temporary) / "environment"
        python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        binary = uv.find_uv_bin()
        install = [binary, "pip", "install", "--quiet", "--python", str(python)]
        run([binary, "venv", "--quiet", "--python", sys.executable, str(environment)])
        wanted = [f"{known[portion].name}=={version}" for portion, version in versions.items()]
        run([*install, "--index-url", index.simple, *wanted], env=isolated())
        run([*install, "--group", f"{clone / 'pyproject.toml'}:test-{tests}"])
        options = ["--quiet", "--rootdir", str(clone), "-c", str(clone / "pyproject.toml")]
        run([str(python), "-m", "pytest", *options, str(clone / "tests" / tests)], cwd=clone)
