"""Whole releases on a scripted history: rehearsed, applied, refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.conftest import Repository
from tools import git
from tools.projects import META, ROOT, projects
from tools.release import commands, plan


def rehearse(repository: Repository, *arguments: str) -> None:
    commands.main(["--root", str(repository.root), "rehearse", *arguments])


def write_plan(repository: Repository, folder: Path) -> Path:
    path = folder / "plan.json"
    path.write_text(plan.make(repository.root).to_json(), encoding="utf-8")
    return path


def apply(repository: Repository, path: Path) -> None:
    commands.main(["--root", str(repository.root), "apply", "--plan", str(path)])


def with_news(repository: Repository, **news: str) -> None:
    for portion, category in news.items():
        repository.change(portion)
        repository.news(portion, category, f"News of {portion}.")
    repository.commit()


@pytest.mark.parametrize(
    ("news", "arguments", "said"),
    [
        ({"metrics": "fixed"}, [], ["ml-infra-metrics 0.1.1 alone", "beside logging 0.1.0"]),
        (
            {"metrics": "added"},
            [],
            ["ml-infra-utils 0.2.0 alone", "utils 0.2.0 beside logging 0.1.0"],
        ),
        (
            {"metrics": "added", "logging": "fixed"},
            [],
            ["logging 0.1.1 alone", "metrics 0.2.0 alone"],
        ),
        ({"metrics": "added"}, ["--version", "metrics=1.0.0rc1"], ["metrics 1.0.0rc1 alone"]),
    ],
    ids=["a fix", "a portion leaves its range", "two portions", "a release candidate"],
)
def test_a_rehearsal_installs_and_tests_what_would_be_released_and_touches_nothing(
    news: dict[str, str],
    arguments: list[str],
    said: list[str],
    repository: Repository,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_news(repository, **news)
    before = repository.state()
    rehearse(repository, *arguments)
    assert before == repository.state()
    out = capsys.readouterr().out
    assert [] == [text for text in said if text not in out]
    assert "The rehearsal succeeded" in out


def test_a_rehearsal_of_nothing_says_so(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    rehearse(repository)
    assert "nothing to release" in capsys.readouterr().out


def test_a_rehearsal_fails_with_the_tests_of_what_it_would_release(repository: Repository) -> None:
    with_news(repository, metrics="fixed")
    repository.write("tests/metrics/test_metrics.py", "def test_no(): assert False\n")
    repository.commit()
    with pytest.raises(SystemExit, match=r"(?s)pytest .* failed \(1\):.*test_no"):
        rehearse(repository)


def test_apply_writes_versions_ranges_and_changelogs_in_one_commit_with_a_tag_each(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_news(repository, metrics="added")
    apply(repository, write_plan(repository, tmp_path))
    known = projects(repository.root)
    assert ["0.1.0", "0.2.0", "0.2.0"] == [p.version for p in known.values()]
    pins = {str(requirement) for requirement in known[META].requirements}
    assert {"ml-infra-logging<0.2,>=0.1", "ml-infra-metrics<0.3,>=0.1"} == pins
    metadata = repository.read("packages/ml-infra-utils/pyproject.toml")
    assert '"ml-infra-metrics>=0.1,<0.3",' in metadata
    assert "# the one place that says it" in metadata
    assert "- News of metrics." in repository.read("packages/ml-infra-metrics/CHANGELOG.md")
    assert "- Accepts ml-infra-metrics >=0.1,<0.3." in repository.read(
        "packages/ml-infra-utils/CHANGELOG.md"
    )
    assert [] == list((repository.root / "changelog.d").glob("*/*.md"))
    assert '"ml-infra-metrics<0.3,>=0.1"' in repository.read("pdm.lock")
    assert git.is_clean(repository.root)
    subject = git.git(repository.root, "log", "-1", "--format=%s")
    assert "Release ml-infra-metrics 0.2.0, ml-infra-utils 0.2.0" == subject
    for tag in ("ml-infra-metrics-v0.2.0", "ml-infra-utils-v0.2.0"):
        assert "tag" == git.git(repository.root, "cat-file", "-t", tag)
        assert git.git(repository.root, "rev-parse", "HEAD", f"{tag}^{{}}").split()[0] in git.git(
            repository.root, "rev-parse", f"{tag}^{{}}"
        )
    assert "Nothing was pushed" in capsys.readouterr().out


def test_after_a_release_there_is_nothing_to_release(
    repository: Repository, tmp_path: Path
) -> None:
    with_news(repository, metrics="added")
    apply(repository, write_plan(repository, tmp_path))
    assert [] == plan.make(repository.root).releases


def refused(repository: Repository, path: Path, message: str) -> None:
    before = repository.state()
    with pytest.raises(SystemExit, match=message):
        apply(repository, path)
    assert before == repository.state()


def test_apply_refuses_what_is_not_committed(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    repository.write("README.md", "# New\n")
    refused(repository, path, "not committed")


def test_apply_refuses_a_plan_of_other_files(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    repository.write("README.md", "# New\n")
    repository.commit()
    refused(repository, path, "not those that the plan was made from")


def test_apply_refuses_a_tag_that_is_there(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    repository.tag("ml-infra-metrics-v0.1.1")
    refused(repository, path, r"already there: the tag ml-infra-metrics-v0\.1\.1")


def test_apply_refuses_a_detached_head(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    git.git(repository.root, "checkout", "--quiet", "--detach")
    refused(repository, path, "HEAD is detached")


def test_apply_that_cannot_move_the_branch_leaves_no_tag(
    repository: Repository, tmp_path: Path
) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    lock = repository.root / ".git" / "index.lock"
    lock.touch()
    refused(repository, path, "git merge .* failed")
    lock.unlink()
    apply(repository, path)
    assert "0.1.1" == repository.version("metrics")


@pytest.mark.parametrize("name", ["nothing.json", "."])
def test_a_plan_that_cannot_be_read_is_one_clear_line(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    refused(repository, tmp_path / name, "cannot read the plan")


def test_a_wish_given_twice_is_refused(repository: Repository) -> None:
    with pytest.raises(SystemExit, match="--bump is given twice for one portion"):
        rehearse(repository, "--bump", "metrics=minor", "--bump", "metrics=major")


def test_a_signal_ends_a_release_without_a_traceback(repository: Repository) -> None:
    command = [sys.executable, "-m", "tools.release", "--root", str(repository.root), "plan"]
    code = (
        "import os, signal\nfrom tools.release import commands\n"
        "commands.make = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)\n"
        f"commands.main({command[3:]!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (1, "stopped") == (done.returncode, done.stderr.strip())


def test_apply_of_an_empty_plan_does_nothing(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = repository.state()
    apply(repository, write_plan(repository, tmp_path))
    assert before == repository.state()
    assert "nothing to release" in capsys.readouterr().out


def test_without_a_name_in_git_nothing_is_written(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("user.name", "user.email"):
        git.git(repository.root, "config", "--unset", name)
    git.git(repository.root, "config", "user.useConfigOnly", "true")
    refused(repository, path, r"(?is)git var GIT_COMMITTER_IDENT failed: .*tell me who you are")


def test_git_that_is_not_there_is_one_clear_line(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="git is needed and was not found"):
        plan.make(repository.root)


def test_a_wish_without_a_value_is_refused(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        rehearse(repository, "--bump", "metrics")
    assert "expected PORTION=VALUE, got 'metrics'" in capsys.readouterr().err
