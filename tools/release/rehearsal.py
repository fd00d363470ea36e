"""Prove a release before it is made: published to a throwaway index, installed and tested."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import uv
from packaging.utils import canonicalize_name

from tools import git
from tools.build import build
from tools.history import History
from tools.index import Index, devpi
from tools.progress import say, step
from tools.projects import META, PREFIX, Project, find, projects
from tools.running import isolated, run
from tools.scratch import scratch
from tools.third_party import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.history import Snapshot
    from tools.release.plan import Plan

# What has to be green after a release as before it: sessions of the clone's own noxfile.
CHECKS = ("lint", "tools")


def rehearse(clone: Path, plan: Plan) -> None:
    """Check a clone that a plan was committed to; publish, install and test what it releases.

    Exits with the output of the first command that fails: a session of the clone, a build, an
    upload, an installation from the index, or the tests of what came from there.
    """
    known = projects(clone)
    now = {portion: project.version for portion, project in known.items()}
    released = [entry.portion for entry in plan.releases]
    with step(f"Running the sessions {', '.join(CHECKS)} of the clone"):
        environment = {k: v for k, v in git.environment().items() if k != "VIRTUAL_ENV"}
        run([sys.executable, "noxfile.py", "-s", *CHECKS], cwd=clone, env=environment)
    with scratch() as folder:
        with step(f"Building what is released: {', '.join(released) or 'nothing'}"):
            new = [build(known[portion].folder, folder / "dist") for portion in released]
        with step("Building what it will stand beside: the others, and the oldest that may stay"):
            history, oldest = History(clone), _oldest(clone, known)
            # As they were released: what changed in them since is not what users will have.
            stay = [history.release(known[p]) for p in known if p not in released]
            beside = {(s.commit, s.folder): s for s in (*oldest.values(), *stay) if s is not None}
            there = [history.build(snapshot, folder) for snapshot in beside.values()]
            third_party = fetch(known.values(), folder / "third-party")
        old = {**now, **{p: str(s.metadata["version"]) for p, s in oldest.items()}}
        say("Starting devpi-server")
        with devpi(folder) as index:
            with step("Uploading them"):
                files = [path for built in (*there, *new) for path in (built.sdist, built.wheel)]
                index.upload([*third_party, *files])
            for portion in released:
                with step(f"Installing {known[portion].name} {now[portion]} alone, and testing it"):
                    _try(clone, index, known, {portion: now[portion]}, tests=portion)
            with step("Installing all of them together"):
                _try(clone, index, known, now, tests=META)
            for portion in released:
                mixed = {**old, META: now[META], portion: now[portion]}
                others = ", ".join(f"{p} {v}" for p, v in mixed.items() if p != portion)
                with step(f"Installing {portion} {now[portion]} beside {others}"):
                    _try(clone, index, known, mixed, tests=META)


def _oldest(clone: Path, known: dict[str, Project]) -> dict[str, Snapshot]:
    """Return the oldest final release of each portion that the meta-package still admits."""
    history = History(clone)
    pinned = {
        find(pin.name, known): pin.specifier
        for pin in known[META].requirements
        if canonicalize_name(pin.name).startswith(PREFIX)
    }
    found = {project.portion: history.oldest(project, pins) for project, pins in pinned.items()}
    return {portion: there for portion, there in found.items() if there is not None}


def _try(
    clone: Path,
    index: Index,
    known: Mapping[str, Project],
    versions: Mapping[str, str],
    *,
    tests: str,
) -> None:
    """Install these versions from the index into a fresh environment, and test them there."""
    with scratch() as temporary:
        environment = temporary / "environment"
        python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        binary = uv.find_uv_bin()
        install = [binary, "pip", "install", "--quiet", "--python", str(python)]
        run([binary, "venv", "--quiet", "--python", sys.executable, str(environment)])
        wanted = [f"{known[portion].name}=={version}" for portion, version in versions.items()]
        run([*install, "--index-url", index.simple, *wanted], env=isolated())
        run([*install, "--group", f"{clone / 'pyproject.toml'}:test-{tests}"])
        options = ["--quiet", "--rootdir", str(clone), "-c", str(clone / "pyproject.toml")]
        options += [f"--ignore={clone / 'tests' / tests / 'whole'}"]  # needs the sources of now
        run([str(python), "-m", "pytest", *options, str(clone / "tests" / tests)], cwd=clone)
