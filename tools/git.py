"""Ask git, and say plainly what it answered when it failed."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from packaging.version import InvalidVersion, Version


class GitError(SystemExit):
    """Git is missing, or refused."""


def git(root: Path, *arguments: str, index: Path | None = None, fails: bool = False) -> str:
    """Run git in `root` and return what it prints.

    `index` stands in for the staging area; with `fails`, a failure is an empty answer.
    """
    environment = (
        dict(os.environ) if index is None else {**os.environ, "GIT_INDEX_FILE": str(index)}
    )
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise GitError("git is needed and was not found: install it first") from None
    if done.returncode != 0 and not fails:
        raise GitError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def is_clean(root: Path) -> bool:
    """Return whether everything is committed; ignored files do not count."""
    return git(root, "status", "--porcelain") == ""


def tree(root: Path) -> str:
    """Return git's hash of all files in the checkout as they are now, ignored ones left out."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        git(root, "add", "--all", index=index)
        return git(root, "write-tree", index=index)


def tags(root: Path) -> set[str]:
    """Return the names of all tags."""
    return set(git(root, "tag", "--list").split())


def released(root: Path, name: str) -> dict[Version, str]:
    """Return the tags of a distribution's releases by version; others are passed over."""
    prefix = f"{name}-v"
    found = {}
    for tag in tags(root):
        if tag.startswith(prefix):
            with suppress(InvalidVersion):
                found[Version(tag[len(prefix) :])] = tag
    return found


def export(root: Path, revision: str, path: str, into: Path) -> Path:
    """Write the files below `path`, as they were at the revision, into a folder."""
    into.mkdir(parents=True, exist_ok=True)
    archive = into / "export.tar"
    git(root, "archive", "--output", str(archive), revision, path)
    with tarfile.open(archive) as files:
        files.extractall(into, filter="data")
    archive.unlink()
    return into / path
