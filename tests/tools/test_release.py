"""Whole releases on a scripted history: rehearsed, applied, refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.conftest import Repository
from tools import git
from tools.projects import META, ROOT, projects
from tools.release import commands, planning


def rehearse(repository: Repository, *arguments: str) -> None:
    commands.main(["--root", str(repository.root), "rehearse", *arguments])


def write_plan(repository: Repository, folder: Path) -> Path:
    path = folder / "plan.json"
    path.write_text(planning.make(repository.root).to_json(), encoding="utf-8")
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
        (
            {"metrics": "added", "logging": "fixed"},
            [],
            [
                "the sessions lint, tools of the clone",
                "logging 0.1.1 alone",
                "ml-infra-utils 0.2.0 alone",
                "utils 0.2.0 beside logging 0.1.0",
            ],
        ),
        (
            {"metrics": "added"},
            ["--version", "metrics=1.0.0rc1"],
            ["metrics 1.0.0rc1 alone", "ml-infra-utils 0.2.0rc1 alone"],
        ),
    ],
    ids=["two portions, one leaves its range", "a release candidate"],
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


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (
            "tests/metrics/test_metrics.py",
            "def test_no(): assert False\n",
            r"(?s)pytest .* failed \(1\):.*test_no",
        ),
        (
            "noxfile.py",
            "import sys; sys.exit(f'red: {sys.argv}')\n",
            r"noxfile\.py -s lint tools failed \(1\):\nred",
        ),
    ],
    ids=["the tests of what is released", "the checks of main after it"],
)
def test_a_rehearsal_fails_with(path: str, text: str, message: str, repository: Repository) -> None:
    with_news(repository, metrics="fixed")
    repository.write(path, text)
    repository.commit()
    with pytest.raises(SystemExit, match=message):
        rehearse(repository)


def test_apply_writes_versions_ranges_and_changelogs_in_one_commit_and_tags_nothing(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_news(repository, metrics="added")
    before, tags = git.git(repository.root, "rev-parse", "HEAD"), git.tags(repository.root)
    apply(repository, write_plan(repository, tmp_path))
    known = projects(repository.root)
    assert ["0.1.0", "0.2.0", "0.2.0"] == [p.version for p in known.values()]
    assert ["ml-infra-logging>=0.1,<0.2", "ml-infra-metrics>=0.1,<0.3"] == repository.pins()
    metadata = repository.read("packages/ml-infra-utils/pyproject.toml")
    assert '"ml-infra-metrics>=0.1,<0.3",' in metadata
    assert "# the one place that says it" in metadata
    assert "- News of metrics." in repository.read("packages/ml-infra-metrics/CHANGELOG.md")
    assert "- Accepts ml-infra-metrics 0.2.0, with the range >=0.1,<0.3." in repository.read(
        f"packages/ml-infra-{META}/CHANGELOG.md"
    )
    assert [] == list((repository.root / "changelog.d").glob("*/*.md"))
    assert git.is_clean(repository.root)
    subject, parent = git.git(repository.root, "log", "-1", "--format=%s%n%P").split("\n")
    assert "Release ml-infra-metrics 0.2.0, ml-infra-utils 0.2.0" == subject
    assert before == parent
    assert tags == git.tags(repository.root)
    assert "git push origin main" in capsys.readouterr().out


def test_after_a_release_there_is_nothing_to_release(repository: Repository) -> None:
    with_news(repository, metrics="added")
    repository.release()
    assert [] == planning.make(repository.root).releases


def test_the_lock_is_renewed_in_the_same_commit(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tools.release.commit.renew", lambda root: (root / "pdm.lock").write_text("renewed")
    )
    repository.write("pdm.lock", "as it was")
    with_news(repository, metrics="fixed")
    repository.release()
    assert "renewed" == repository.read("pdm.lock")


def refused(repository: Repository, path: Path, message: str) -> None:
    before = repository.state()
    with pytest.raises(SystemExit, match=message):
        apply(repository, path)
    assert before == repository.state()


def test_a_lock_that_cannot_be_renewed_offline_changes_nothing(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("pdm.lock", '[metadata]\ngroups = ["default", "test-metrics"]\n')
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    monkeypatch.setenv("PDM_PYPI_URL", "http://127.0.0.1:1/simple")
    refused(repository, path, r"(?s)pdm\.lock cannot be renewed: .*Is an index reachable")


@pytest.mark.parametrize(
    "text", ["", "[metadata]\n", "<<<<<<< HEAD\n[metadata]\n", "[metadata]\ngroups = 3\n"]
)
def test_a_lock_that_cannot_be_read_is_one_clear_line(
    repository: Repository, tmp_path: Path, text: str
) -> None:
    repository.write("pdm.lock", text)
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    refused(
        repository, path, r"pdm\.lock cannot be read: .*; `git checkout HEAD -- pdm\.lock` takes"
    )


def test_apply_refuses_what_is_not_committed(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    repository.write("README.md", "# New\n")
    refused(repository, path, "not committed")


def test_apply_refuses_new_files_that_git_was_told_not_to_show(repository: Repository) -> None:
    git.git(repository.root, "config", "status.showUntrackedFiles", "no")
    repository.news("metrics", "fixed")
    with pytest.raises(SystemExit, match="not committed"):
        commands.main(["--root", str(repository.root), "apply"])


def test_apply_refuses_a_plan_of_other_files(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    repository.write("README.md", "# New\n")
    repository.commit()
    refused(repository, path, "not those that the plan was made from")


def test_apply_refuses_a_plan_that_was_edited(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    path.write_text(path.read_text("utf-8").replace("0.1.1", "0.3.0"), encoding="utf-8")
    refused(repository, path, "the plan was changed after it was made")


def test_apply_does_what_was_asked_of_the_plan(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed", logging="fixed")
    made = planning.make(repository.root, only=["metrics"], versions={"metrics": "0.1.5"})
    path = tmp_path / "plan.json"
    path.write_text(made.to_json(), encoding="utf-8")
    apply(repository, path)
    assert ("0.1.0", "0.1.5") == (repository.version("logging"), repository.version("metrics"))


def test_apply_of_a_plan_that_was_applied_says_so_and_does_nothing(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    apply(repository, path)
    before = repository.state()
    apply(repository, path)
    assert before == repository.state()
    assert "This plan was applied already: " in capsys.readouterr().out


def test_apply_without_a_plan_makes_its_own(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    with_news(repository, metrics="fixed")
    commands.main(["--root", str(repository.root), "apply", "metrics"])
    assert "0.1.1" == repository.version("metrics")
    assert "Committed: Release ml-infra-metrics 0.1.1" in capsys.readouterr().out


def test_apply_refuses_a_detached_head(repository: Repository, tmp_path: Path) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    git.git(repository.root, "checkout", "--quiet", "--detach")
    refused(repository, path, "HEAD is detached")


@pytest.mark.parametrize("name", ["index.lock", "refs/heads/main.lock"])
def test_a_checkout_that_git_has_locked_is_left_as_it_was(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    with_news(repository, metrics="fixed")
    path = write_plan(repository, tmp_path)
    lock = repository.root / ".git" / name
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


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"releases": [{}]}'])
def test_what_is_no_plan_is_refused(repository: Repository, tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    refused(repository, tmp_path / "plan.json", "is not a plan of")


def test_a_wish_given_twice_is_refused(repository: Repository) -> None:
    with pytest.raises(SystemExit, match="--bump is given twice for one portion"):
        rehearse(repository, "--bump", "metrics=minor", "--bump", "metrics=major")


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
        planning.make(repository.root)


def test_a_wish_without_a_value_is_refused(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        rehearse(repository, "--bump", "metrics")
    assert "expected PORTION=VALUE, got 'metrics'" in capsys.readouterr().err


def test_the_next_release_is_proposed_on_a_branch_that_is_kept_up_to_date(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    origin = tmp_path / "origin.git"
    git.git(tmp_path, "init", "--quiet", "--bare", str(origin))
    git.git(repository.root, "remote", "add", "origin", str(origin))
    for portion in ("metrics", "logging"):
        with_news(repository, **{portion: "fixed"})
        before = repository.state()
        commands.main(["--root", str(repository.root), "propose"])
        assert before[0] == repository.state()[0]
        assert "main" == git.branch(repository.root)
    said = capsys.readouterr().out
    assert "ml-infra-metrics" in said
    assert "- News of logging." in said
    subject = git.git(origin, "log", "-1", "--format=%s", commands.PROPOSED)
    assert "Release ml-infra-logging 0.1.1, ml-infra-metrics 0.1.1" == subject
    parent = git.git(origin, "rev-parse", f"{commands.PROPOSED}^")
    assert git.git(repository.root, "rev-parse", "main") == parent


def test_the_document_can_be_read_by_others(repository: Repository) -> None:
    with_news(repository, metrics="fixed")
    command = [sys.executable, "-m", "tools.release", "--root", str(repository.root)]
    done = subprocess.run(
        [*command, "plan", "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ["ml-infra-metrics"] == [e["name"] for e in json.loads(done.stdout)["releases"]]
