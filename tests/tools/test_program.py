"""How our programs begin and end, whatever is around them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.tools.conftest import Repository
from tools import git
from tools.program import program
from tools.projects import ROOT
from tools.release import planning
from tools.scratch import scratch

RELEASE = [sys.executable, "-m", "tools.release"]


def in_python(code: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_ends_it_with_one_word(name: str) -> None:
    code = (
        "import os, signal\nfrom tools.program import program\n"
        f"signal.signal(signal.{name}, signal.SIG_DFL)\n"  # a shell may have it ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"with program(): os.kill(os.getpid(), signal.{name}); signal.pause()"
    )
    done = in_python(code)
    assert (1, "stopped") == (done.returncode, done.stderr.strip())


def test_a_reader_that_stops_is_no_failure(repository: Repository) -> None:
    command = " ".join([*RELEASE, "--root", str(repository.root), "plan"])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -c 1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "d", "") == (done.returncode, done.stdout, done.stderr)


def test_an_error_that_nobody_foresaw_is_one_line_that_names_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SystemExit, match="a defect of tools/: ZeroDiv") as caught, program():
        1 / 0  # noqa: B018
    (report,) = tmp_path.iterdir()
    assert str(report) in str(caught.value)
    assert "Traceback" in report.read_text("utf-8")


def test_a_system_that_refuses_is_one_line() -> None:
    with pytest.raises(SystemExit, match=r"FileNotFoundError: .*nowhere"), program():
        Path("nowhere").read_text("utf-8")


def test_what_a_killed_process_left_is_removed_by_the_next(temporary: Path) -> None:
    code = (
        f"import os, signal, tempfile\ntempfile.tempdir = {str(temporary)!r}\n"
        "from tools.scratch import scratch\n"
        "with scratch() as folder:\n"
        "    (folder / 'file').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    in_python(code)
    (left,) = temporary.iterdir()
    with scratch() as folder:
        assert [folder] == list(temporary.iterdir())
        assert not left.exists()
        with scratch() as other:  # one of a process that still runs
            assert {folder, other} == set(temporary.iterdir())


@pytest.fixture
def other(template: Repository, tmp_path: Path) -> Repository:
    """A repository in which a git command runs, and whose variables it exports."""
    return Repository.copy(template, tmp_path / "other")


def test_variables_of_a_surrounding_git_are_not_ours(
    repository: Repository, other: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.commit()
    before = other.state()
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")  # as of an alias of `git --literal-pathspecs`
    repository.release()
    assert "0.1.1" == repository.version("metrics")
    assert planning.make(repository.root).is_empty
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name)
    assert before == other.state()
    assert git.is_clean(repository.root)


def test_a_hook_in_a_worktree_may_propose_a_release(repository: Repository, tmp_path: Path) -> None:
    """Git exports to a hook where it works; a branch of a worktree is another's real one."""
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.commit()
    worktree, origin, proposals = (tmp_path / name for name in ("worktree", "origin", "proposals"))
    git.git(repository.root, "worktree", "add", "--quiet", "-b", "work", str(worktree))
    for bare in (origin, proposals):
        git.git(tmp_path, "init", "--quiet", "--bare", str(bare))
        git.git(repository.root, "remote", "add", bare.name, str(bare))
    hook = repository.root / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    command = " ".join([*RELEASE, "--root", str(worktree), "propose", "--remote", "proposals"])
    hook.write_text(f'#!/bin/sh\ntest -n "$GIT_DIR" || exit 3\ncd {ROOT} && {command}\n', "utf-8")
    hook.chmod(0o755)
    head = git.git(worktree, "rev-parse", "HEAD")
    done = subprocess.run(
        ["git", "-C", str(worktree), "push", "origin", "work"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    assert (head, True) == (git.git(worktree, "rev-parse", "HEAD"), git.is_clean(worktree))
    assert "work" == git.branch(worktree)
    assert git.git(proposals, "log", "-1", "--format=%s", "next-release").startswith("Release")
