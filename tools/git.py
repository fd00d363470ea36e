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


# How git is to answer here, whatever a person set for what he reads himself: without colours and
# numbers of lines, with the letters of a name as they are, and with the first commit as the others.
_PLAIN = {
    "color.ui": "false",
    "color.grep": "false",
    "core.quotePath": "false",
    "grep.column": "false",
    "grep.lineNumber": "false",
    "log.showRoot": "true",
    "log.showSignature": "false",
}

# What git tells its hooks and aliases beside what `rev-parse --local-env-vars` lists.
_TOLD = ("GIT_NAMESPACE", "GIT_QUARANTINE_PATH", "GIT_REFLOG_ACTION")


class GitError(SystemExit):
    """Git is missing, or refused."""


def git(root: Path, *arguments: str, index: Path | None = None, none: bool = False) -> str:
    """Run git in `root` and return what it prints.

    `index` stands in for the staging area; with `none`, that there is nothing of what was asked
    for, by which git ends with 1, is an empty answer.
    """
    command = ["git", "-C", str(root), *arguments]
    own = {} if index is None else {"GIT_INDEX_FILE": str(index)}
    try:
        done = subprocess.run(
            command,
            env={**environment(), **_settings(), **own},
            capture_output=True,
            encoding="utf-8",
            errors="replace",  # a file of the history may be in any
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is needed and was not found: install it first") from None
    if done.returncode not in ((0, 1) if none else (0,)):
        reason = done.stderr.strip() or done.stdout.strip() or f"it ended with {done.returncode}"
        raise GitError(f"git {' '.join(arguments)} failed: {reason}")
    return done.stdout.strip()


def _settings() -> dict[str, str]:
    told = {"GIT_CONFIG_COUNT": str(len(_PLAIN))}
    for number, (key, value) in enumerate(_PLAIN.items()):
        told |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return told


def environment() -> dict[str, str]:
    """Return this environment without what a surrounding git says of its own repository.

    Git tells its hooks and aliases by ``GIT_DIR``, ``GIT_INDEX_FILE`` and their kin where they
    work, and these win over the folder that a command is run in.
    """
    return {name: value for name, value in os.environ.items() if not _is_of_surroundings(name)}


def forget_surroundings() -> None:
    """Take those variables out of this process, for all that it starts."""
    for name in filter(_is_of_surroundings, list(os.environ)):
        del os.environ[name]


def _is_of_surroundings(name: str) -> bool:
    return name in _local_variables() or name in _TOLD or name.endswith("_PATHSPECS")


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


def changed(root: Path) -> set[str]:
    """Return the files that are not as in the last commit; ignored ones do not count."""
    told = ["diff", "--name-only", "--no-renames", "-z"]
    new = git(root, "ls-files", "--others", "--exclude-standard", "-z")
    listed = [git(root, *told, "HEAD"), git(root, *told, "--cached"), new]
    return {path for text in listed for path in text.split("\0") if path}


def object_at(root: Path, place: str) -> str | None:
    """Return the hash of what git finds by that name, such as ``HEAD:README.md``."""
    return git(root, "rev-parse", "--verify", "--quiet", place, none=True) or None


def branch(root: Path) -> str | None:
    """Return the branch that is checked out; None where HEAD is detached."""
    return git(root, "symbolic-ref", "--quiet", "--short", "HEAD", none=True) or None


def tree(root: Path) -> str:
    """Return git's hash of all files in the checkout as they are now, ignored ones left out."""
    with scratch() as folder:
        index = folder / "index"
        git(root, "add", "--all", index=index)
        return git(root, "write-tree", index=index)


def tags(root: Path) -> dict[str, str]:
    """Return the commit of each tag by its name."""
    form = "%(refname:strip=2) %(objecttype) %(objectname) %(*objecttype) %(*objectname)"
    found = {}
    for line in git(root, "for-each-ref", f"--format={form}", "refs/tags").splitlines():
        name, *words = line.split()
        there = dict(zip(words[::2], words[1::2], strict=True))
        if "commit" in there:
            found[name] = there["commit"]
    return found


def remote_tags(root: Path, remote: str) -> dict[str, str]:
    """Return the commit of each tag of a remote by its name."""
    found = {}
    for line in git(root, "ls-remote", "--tags", remote).splitlines():
        commit, _, name = line.partition("\trefs/tags/")
        found[name.removesuffix("^{}")] = commit  # the second line of a tag has what it is on
    return found


def is_ancestor(root: Path, commit: str, of: str) -> bool:
    """Return whether the history of a branch holds the commit."""
    return git(root, "merge-base", commit, of, none=True) == commit


def export(root: Path, revision: str, path: str, into: Path) -> Path:
    """Write the files below `path`, as they were at the revision, into a folder."""
    into.mkdir(parents=True, exist_ok=True)
    archive = into / "export.tar"
    git(root, "archive", "--output", str(archive), revision, path)
    with tarfile.open(archive) as files:
        files.extractall(into, filter="data")
    archive.unlink()
    return into / path
