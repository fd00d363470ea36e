"""Work in a clone, and bring its commit into the checkout: all of it, or nothing."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tools import git
from tools.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What a clone has to take over for its commit to be as one in the checkout.
INHERITED = (
    *("user.name", "user.email", "user.signingKey"),
    *("commit.gpgSign", "gpg.format", "gpg.program"),
)

# Names the commit that is being brought here. Git keeps what is below this for each worktree.
UNDER_WAY = "refs/worktree/ml-infra-under-way"


@contextmanager
def copy(root: Path) -> Iterator[Path]:
    """Give a clone of the last commit, tags included, in a folder that is gone at the end."""
    git.git(root, "var", "GIT_COMMITTER_IDENT")  # fails, saying what to do, if git has no name
    settings = {name: git.git(root, "config", name, none=True) for name in INHERITED}
    with scratch() as folder:
        clone = folder / root.name
        git.git(root, "clone", "--quiet", str(root), str(clone))
        for name, value in settings.items():
            if value:
                git.git(clone, "config", name, value)
        yield clone


def bring(root: Path, clone: Path, commit: str) -> None:
    """Move the branch and the files of the checkout to a commit of the clone.

    Git writes the files first, one by one. If it is stopped there, `tidy` finds the commit by its
    reference, and takes them back.
    """
    git.git(root, "fetch", "--quiet", "--no-tags", str(clone), f"+{commit}:{UNDER_WAY}")
    try:
        git.git(root, "merge", "--quiet", "--ff-only", commit)
    except git.GitError:
        with suppress(SystemExit):  # then the next call does, and this one says why it failed
            tidy(root)
        raise
    git.git(root, "update-ref", "-d", UNDER_WAY)


def tidy(root: Path) -> None:
    """Take back what an interrupted call brought in part; raise SystemExit for all other changes.

    A file that was being written is missing, empty, or as in the commit: any other is a person's.
    """
    commit = git.object_at(root, UNDER_WAY)
    if commit and not git.is_clean(root) and not git.is_ancestor(root, commit, "HEAD"):
        if odd := [path for path in git.changed(root) if not _is_begun(root, path, commit)]:
            raise SystemExit(
                f"an interrupted call left files of {commit[:12]} here, and these are not of it: "
                f"{', '.join(sorted(odd))}; stash or remove them, then give the same command again"
            )
        git.git(root, "read-tree", "--reset", "-u", "HEAD")
        if not git.is_clean(root):  # there are files that only the commit has
            git.git(root, "read-tree", "--reset", "-u", commit)
            git.git(root, "read-tree", "-m", "-u", commit, "HEAD")
        print("Took back what an interrupted call had begun to write.")
    if commit:
        git.git(root, "update-ref", "-d", UNDER_WAY)
    if not git.is_clean(root):
        raise SystemExit("the checkout has changes that are not committed: commit or stash them")


def _is_begun(root: Path, path: str, commit: str) -> bool:
    """Return whether a file that differs from the last commit does so by what was interrupted."""
    file, there = root / path, git.object_at(root, f"{commit}:{path}")
    if there == git.object_at(root, f"HEAD:{path}"):
        return False
    if not file.is_file() or file.stat().st_size == 0:
        return True
    return there == git.git(root, "hash-object", "--path", path, str(file))
