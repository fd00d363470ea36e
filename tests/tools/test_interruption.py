"""All of it or nothing: a release that is killed between two git commands, and done again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.tools.conftest import Repository
from tests.tools.interrupted import around, git_commands, killed_before
from tools import git
from tools.publish import upload
from tools.release import commands, planning


def with_origin(repository: Repository, root: Path) -> Repository:
    """A copy that has a remote with the same commits and tags."""
    copied = Repository.copy(repository, root)
    origin = root.with_suffix(".git")
    git.git(root, "clone", "--quiet", "--bare", str(root), str(origin))
    git.git(root, "remote", "add", "origin", str(origin))
    return copied


def apply(repository: Repository, plan: Path) -> None:
    commands.main(["--root", str(repository.root), "apply", "--plan", str(plan)])


def publish(repository: Repository, folder: Path) -> None:
    upload.main(["--root", str(repository.root), "--to", str(folder), "--tag"])


def test_apply_has_done_nothing_or_all_and_the_next_call_says_which(
    template: Repository, tmp_path: Path, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = Repository.copy(template, tmp_path / "planned")
    planned.change("metrics")
    planned.news("metrics", "fixed", "A bug is gone.")
    planned.commit()
    plan = tmp_path / "plan.json"
    plan.write_text(planning.make(planned.root).to_json(), encoding="utf-8")
    before = git.git(planned.root, "rev-parse", "HEAD")
    trial = Repository.copy(planned, tmp_path / "trial")
    told = set()
    for number in around(git_commands(partial(apply, trial, plan))):
        repository = Repository.copy(planned, tmp_path / str(number))
        killed_before(number, partial(apply, repository, plan))
        assert git.is_clean(repository.root)
        was_done = before != git.git(repository.root, "rev-parse", "HEAD")
        apply(repository, plan)
        said = capsys.readouterr().out
        assert was_done == ("applied already" in said), said
        told.add(was_done)
        assert "0.1.1" == repository.version("metrics")
        assert before == git.git(repository.root, "rev-parse", "HEAD^")
        assert git.is_clean(repository.root)
        assert [] == list(temporary.iterdir())
    assert False in told


def test_publish_goes_on_where_it_was(
    template: Repository, tmp_path: Path, temporary: Path
) -> None:
    released = Repository.copy(template, tmp_path / "released")
    released.change("metrics")
    released.news("metrics", "fixed", "A bug is gone.")
    released.release()
    trial = with_origin(released, tmp_path / "trial")
    for number in around(git_commands(partial(publish, trial, tmp_path / "index"))):
        repository = with_origin(released, tmp_path / str(number))
        folder = tmp_path / f"index-{number}"
        killed_before(number, partial(publish, repository, folder))
        publish(repository, folder)
        commit = git.git(repository.root, "rev-parse", "HEAD")
        origin = repository.root.with_suffix(".git")
        assert commit == git.tags(origin)["ml-infra-metrics-v0.1.1"]
        assert 2 == len(list(folder.glob("files/ml_infra_metrics-*")))
        assert "metrics-0.1.1.tar.gz" in (folder / "simple/ml-infra-metrics/index.html").read_text()
        assert [] == list(temporary.iterdir())


class TestWhileGitWrites:
    """Git is killed between two of the files that it brings into the checkout."""

    @pytest.fixture(autouse=True)
    def killed(self, repository: Repository) -> None:
        repository.change("metrics")
        repository.news("metrics", "fixed", "A bug is gone.")
        repository.commit()
        git.git(repository.root, "config", "filter.kill.smudge", "kill -KILL $PPID")
        attributes = repository.root / ".git" / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("packages/ml-infra-metrics/pyproject.toml filter=kill\n", "utf-8")
        with pytest.raises(SystemExit, match=r"git merge .* failed: it ended with -9"):
            commands.apply(repository.root, {})
        attributes.unlink()
        assert "## [0.1.1]" in repository.read("packages/ml-infra-metrics/CHANGELOG.md")
        assert not (repository.root / "packages/ml-infra-metrics/pyproject.toml").exists()
        (repository.root / ".git" / "index.lock").unlink()  # as git has told

    def test_the_next_call_takes_them_back_and_does_it_all(
        self, repository: Repository, capsys: pytest.CaptureFixture[str]
    ) -> None:
        commands.apply(repository.root, {})
        said = capsys.readouterr().out.splitlines()
        assert "Took back what an interrupted call had begun to write." == said[0]
        assert "Committed: Release ml-infra-metrics 0.1.1" == said[1]
        assert git.is_clean(repository.root)
        assert "refs/worktree" not in git.git(repository.root, "show-ref")

    def test_what_a_person_changed_since_is_left_alone(self, repository: Repository) -> None:
        repository.write("packages/ml-infra-metrics/CHANGELOG.md", "Mine.\n")
        repository.write("packages/ml-infra-logging/README.md", "Mine.\n")
        before = repository.state()
        with pytest.raises(
            SystemExit, match=r"not of it: .*logging/README\.md.*metrics/CHANGELOG\.md"
        ):
            commands.apply(repository.root, {})
        assert before == repository.state()
        assert "Mine.\n" == repository.read("packages/ml-infra-metrics/CHANGELOG.md")
