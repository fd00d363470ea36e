"""Ask git, and say plainly what it answered when it failed."""

from __future__ import annotations

import os
import subprocess
import tarfile
from functools import cache
from typing import TYPE_CHECKING

from tools.scratch import scratch

if TYPE_CHECKING:
    from pathlib import Path


# What is read here has no colours, whatever a person set for the terminal.
_PLAIN = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "color.ui",
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_CONFIG_KEY_1": "color.grep",
    "GIT_CONFIG_VALUE_1": "false",
}


class GitError(SystemExit):
    """Git is missing, or refused."""


def git(root: Path, *arguments: str, index: Path | None = None, fails: bool = False) -> str:
    """Run git in `root` and return what it prints.

    `index` stands in for the staging area; with `fails`, a failure is an empty answer.
    """
    command = ["git", "-C", str(root), *arguments]
    own = _PLAIN if index is None else {**_PLAIN, "GIT_INDEX_FILE": str(index)}
    try:
        done = subprocess.run(
            command,
            env={**environment(), **own},
            capture_output=True,
            encoding="utf-8",
            errors="replace",  # a file of the history may be in any
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is needed and was not found: install it first") from None
    if done.returncode != 0 and not fails:
        raise GitError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """Return this environment without what a surrounding git says of its own repository.

    Git tells its hooks and aliases by ``GIT_DIR``, ``GIT_INDEX_FILE`` and their kin where they
    work, and these win over the folder that a command is run in.
    """
    return {name: value for name, value in os.environ.items() if name not in _local_variables()}


def forget_surroundings() -> None:
    """Take those variables out of this process, for all that it starts."""
    for name in _local_variables():
        os.environ.pop(name, None)


@cache
def _local_variables() -> frozenset[str]:
    command = ["git", "rev-parse", "--local-env-vars"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return frozenset()
    return frozenset(done.stdout.split())


def is_clean(root: Path) -> bool:
    """Return whether everything is committed; ignored files do not count."""
    return git(root, "status", "--porcelain", "--untracked-files=normal") == ""


def branch(root: Path) -> str | None:
    """Return the branch that is checked out; None where HEAD is detached."""
    return git(root, "symbolic-ref", "--quiet", "--short", "HEAD", fails=True) or None


def tree(root: Path) -> str:
    """Return git's hash of all files in the checkout as they are now, ignored ones left out."""
    with scratch() as folder:
        index = folder / "index"
        git(root, "add", "--all", index=index)
        return git(root, "write-tree", index=index)


def tags(root: Path) -> dict[str, str]:
    """Return the commit of each tag by its name."""
    form = "%(refname:strip=2) %(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"
    lines = git(root, "for-each-ref", f"--format={form}", "refs/tags").splitlines()
    return dict(line.split(" ") for line in lines)


def remote_tags(root: Path, remote: str) -> set[str]:
    """Return the names of the tags of a remote."""
    lines = git(root, "ls-remote", "--tags", "--refs", remote).splitlines()
    return {line.partition("refs/tags/")[2] for line in lines}


def is_ancestor(root: Path, commit: str, of: str) -> bool:
    """Return whether the history of a branch holds the commit."""
    return git(root, "merge-base", commit, of, fails=True) == commit


def export(root: Path, revision: str, path: str, into: Path) -> Path:
    """Write the files below `path`, as they were at the revision, into a folder."""
    into.mkdir(parents=True, exist_ok=True)
    archive = into / "export.tar"
    git(root, "archive", "--output", str(archive), revision, path)
    with tarfile.open(archive) as files:
        files.extractall(into, filter="data")
    archive.unlink()
    return into / path
