"""The tag of a release: on a commit that everybody has, here and at the remote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import git
from tools.projects import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REMOTE = "origin"
BRANCHES = ("main", "release/*")


def remote_of(root: Path) -> str | None:
    """Return the remote that all share; None where there is none."""
    names = git.git(root, "remote").split()
    if REMOTE in names or not names:
        return REMOTE if names else None
    if len(names) > 1:
        raise SystemExit(
            f"which of {', '.join(names)} has the main of all? `git remote rename NAME {REMOTE}`"
        )
    return names[0]


def fetch(root: Path, remote: str) -> None:
    """Fetch branches, and the tags of releases: where ours says otherwise, that of all counts."""
    git.git(root, "fetch", "--quiet", "--no-tags", remote)
    releases = f"+refs/tags/{PREFIX}*:refs/tags/{PREFIX}*"
    git.git(root, "fetch", "--quiet", "--no-tags", remote, releases)


def of_all(root: Path, remote: str | None) -> dict[str, str]:
    """Return the commit of each tag that all have: one that is only here may be half of a call."""
    return git.remote_tags(root, remote) if remote else git.tags(root)


def reject_what_is_not_shared(root: Path, released: Mapping[str, str], remote: str | None) -> None:
    """Raise for a release, here with its commit, that is neither on main nor on its branch."""
    where = f"refs/remotes/{remote}/" if remote else "refs/heads/"
    patterns = [where + branch for branch in BRANCHES]
    branches = git.git(root, "for-each-ref", "--format=%(refname)", *patterns).split()
    for release, commit in released.items():
        if not any(git.is_ancestor(root, commit, branch) for branch in branches):
            raise SystemExit(
                f"{release} was released by {commit[:12]}, which is not on main or a release "
                f"branch{f' of {remote}' if remote else ''}: push or merge it first"
            )


def put(root: Path, name: str, commit: str, message: str, remote: str | None) -> None:
    """Give a commit its tag, here and where everybody has it.

    Another call may have done so at the same time.
    """
    try:
        if name not in git.tags(root):
            git.git(root, "tag", "--annotate", name, commit, "--message", message)
        if remote:
            git.git(root, "push", "--quiet", remote, f"refs/tags/{name}")
    except git.GitError:
        if of_all(root, remote).get(name) != commit:
            raise
        if remote:
            fetch(root, remote)
