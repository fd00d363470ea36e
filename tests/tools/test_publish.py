"""Publishing a repository: which versions are built, from which commit, and what is tagged."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.tools.conftest import Repository
from tools import git
from tools.publish import upload


def publish(repository: Repository, *arguments: str) -> None:
    upload.main(["--root", str(repository.root), *arguments])


def built(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("files/*.whl")}


def test_what_is_built_is_what_was_released(repository: Repository, tmp_path: Path) -> None:
    repository.change("metrics", 7)
    folder = tmp_path / "index"
    publish(repository, "metrics", "--to", str(folder))
    (wheel,) = folder.glob("files/*.whl")
    with ZipFile(wheel) as archive:
        assert b"VALUE = 1\n" == archive.read("ml_infra_utils/metrics/__init__.py")


def test_what_has_no_tag_is_built_from_its_commit_and_then_tagged(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.release()
    commit = git.git(repository.root, "rev-parse", "HEAD")
    repository.change("metrics", 7)
    repository.commit()
    publish(repository, "--to", str(tmp_path / "index"), "--tag")
    assert {"ml_infra_metrics-0.1.1-py3-none-any.whl"} == built(tmp_path / "index")
    assert commit == git.tags(repository.root)["ml-infra-metrics-v0.1.1"]
    assert "tagged: ml-infra-metrics-v0.1.1" in capsys.readouterr().out
    publish(repository, "--to", str(tmp_path / "index"), "--tag")
    assert "nothing to publish" in capsys.readouterr().out


def test_a_trial_tags_nothing(repository: Repository, tmp_path: Path) -> None:
    repository.delete_tags()
    publish(repository, "metrics", "--to", str(tmp_path / "index"))
    assert {} == git.tags(repository.root)


def test_a_folder_gets_the_siblings_that_an_installation_needs(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(repository, "utils", "--to", str(tmp_path / "index"))
    expected = {f"ml_infra_{p}-0.1.0-py3-none-any.whl" for p in ("logging", "metrics", "utils")}
    assert expected == built(tmp_path / "index")
    assert capsys.readouterr().out.endswith("/simple/ ml-infra-utils==0.1.0\n")


def test_a_folder_gets_the_last_release_for_a_python_that_a_sibling_dropped(
    repository: Repository, tmp_path: Path
) -> None:
    for portion, oldest in (("metrics", 9), ("logging", 8), ("utils", 8)):
        path = f"packages/ml-infra-{portion}/pyproject.toml"
        told = [f"Programming Language :: Python :: 3.{minor}" for minor in (8, 9)]
        repository.replace(path, '">=3.8"\n', f'">=3.{oldest}"\nclassifiers = {told}\n')
    repository.news("metrics", "removed", "Python 3.8.")
    repository.news("utils", "changed", "Classifiers.")
    repository.release()
    publish(repository, "utils", "--to", str(tmp_path / "index"))
    versions = {name.partition("-py3")[0] for name in built(tmp_path / "index")}
    assert {"ml_infra_metrics-0.1.0", "ml_infra_metrics-0.2.0"} <= versions
    assert "ml_infra_utils-0.2.0" in versions


def test_what_was_not_released_is_one_clear_line(repository: Repository, tmp_path: Path) -> None:
    repository.set_version("metrics", "0.2.0")
    with pytest.raises(SystemExit, match=r"ml-infra-metrics 0\.2\.0 was not released"):
        publish(repository, "all", "--to", str(tmp_path / "index"))
    assert not (tmp_path / "index").exists()


class TestSharedBranches:
    """With a remote that has main, as GitHub has."""

    @pytest.fixture(scope="class")
    @classmethod
    def template(cls, template: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
        made = Repository.copy(template, tmp_path_factory.mktemp("released") / "monorepo")
        made.change("metrics")
        made.news("metrics", "fixed")
        made.release()
        return made

    @pytest.fixture(autouse=True)
    def origin(self, repository: Repository, tmp_path: Path) -> Path:
        origin = tmp_path / "origin.git"
        git.git(tmp_path, "init", "--quiet", "--bare", str(origin))
        git.git(repository.root, "remote", "add", "origin", str(origin))
        git.git(repository.root, "push", "--quiet", "origin", "main~1:refs/heads/main")
        return origin

    def test_a_commit_that_nobody_else_has_is_not_published(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        before = repository.state()
        with pytest.raises(SystemExit, match=r"0\.1\.1 was released by .*: push or merge it first"):
            publish(repository, "metrics", "--to", str(tmp_path / "index"), "--tag")
        assert before == repository.state()
        assert not (tmp_path / "index").exists()

    @pytest.mark.parametrize("branch", ["main", "release/metrics-0.1.x"])
    def test_the_tag_of_a_commit_that_all_have_is_pushed(
        self, repository: Repository, origin: Path, tmp_path: Path, branch: str
    ) -> None:
        git.git(repository.root, "push", "--quiet", "origin", f"main:{branch}")
        publish(repository, "metrics", "--to", str(tmp_path / "index"), "--tag")
        commit = git.git(repository.root, "rev-parse", "HEAD")
        assert {"ml-infra-metrics-v0.1.1": commit} == git.tags(origin)

    def test_another_push_that_came_first_leaves_no_tag_on_a_commit_that_is_not_on_main(
        self, repository: Repository, origin: Path, template: Repository, tmp_path: Path
    ) -> None:
        other = Repository.copy(template, tmp_path / "other")
        git.git(other.root, "reset", "--quiet", "--hard", "HEAD~1")
        other.write("README.md", "# First\n")
        other.commit()
        git.git(other.root, "push", "--quiet", str(origin), "main")
        with pytest.raises(SystemExit, match="git push origin main failed"):
            git.git(repository.root, "push", "origin", "main")
        with pytest.raises(SystemExit, match="push or merge it first"):
            publish(repository, "metrics", "--to", str(tmp_path / "index"), "--tag")
        git.git(repository.root, "pull", "--quiet", "--rebase", "origin", "main")
        git.git(repository.root, "push", "--quiet", "origin", "main")
        publish(repository, "metrics", "--to", str(tmp_path / "index"), "--tag")
        assert git.git(repository.root, "rev-parse", "HEAD") in git.tags(origin).values()

    def test_a_tag_that_was_never_pushed_gives_way_to_that_of_all(
        self, repository: Repository, origin: Path, tmp_path: Path
    ) -> None:
        git.git(repository.root, "push", "--quiet", "origin", "main")
        repository.tag("ml-infra-metrics-v0.1.1")  # by a call that was interrupted
        other = Repository.copy(repository, tmp_path / "other")
        git.git(other.root, "tag", "--delete", "ml-infra-metrics-v0.1.1")
        git.git(other.root, "remote", "add", "origin", str(origin))
        for clone in (other, repository):
            publish(clone, "--to", str(tmp_path / "index"), "--tag")
        name = "ml-infra-metrics-v0.1.1"
        assert 1 == len(
            {git.git(c, "rev-parse", name) for c in (origin, other.root, repository.root)}
        )

    def test_two_publish_at_once(
        self, repository: Repository, origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        git.git(repository.root, "push", "--quiet", "origin", "main")
        other = Repository.copy(repository, tmp_path / "other")
        git.git(other.root, "remote", "add", "origin", str(origin))
        confirm = upload.confirm

        def overtaken(*_: object) -> None:
            monkeypatch.setattr(upload, "confirm", confirm)
            publish(other, "metrics", "--to", str(tmp_path / "index"), "--tag")

        monkeypatch.setattr(upload, "confirm", overtaken)
        publish(repository, "metrics", "--to", str(tmp_path / "index"), "--tag")
        commit = git.git(repository.root, "rev-parse", "HEAD")
        assert {"ml-infra-metrics-v0.1.1": commit} == git.tags(origin)

    @pytest.mark.parametrize("only", [True, False], ids=["the only one", "one of two"])
    def test_a_remote_of_another_name_is_shared_if_it_is_the_only_one(
        self, repository: Repository, tmp_path: Path, *, only: bool
    ) -> None:
        git.git(repository.root, "remote", "rename", "origin", "upstream")
        if not only:
            git.git(repository.root, "remote", "add", "mine", str(tmp_path))
        said = "not on main or a release branch of upstream" if only else "which of mine, upstream"
        with pytest.raises(SystemExit, match=said):
            publish(repository, "metrics", "--to", str(tmp_path / "index"), "--tag")

    def test_a_branch_without_the_history_of_main_is_refused(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        git.git(repository.root, "switch", "--quiet", "--orphan", "alone")
        git.git(repository.root, "checkout", "main", "--", ".")
        repository.commit("Begin again")
        repository.delete_tags()
        with pytest.raises(SystemExit, match="not on main or a release branch of origin"):
            publish(repository, "metrics", "--to", str(tmp_path / "index"), "--tag")


def test_files_for_a_workflow_are_built_with_the_notes_of_the_release(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed", "A bug is gone.")
    repository.release()
    publish(repository, "--build", str(tmp_path / "dist"))
    assert "ml-infra-metrics" == capsys.readouterr().out.splitlines()[-1]
    expected = {
        "ml-infra-metrics/ml_infra_metrics-0.1.1-py3-none-any.whl",
        "ml-infra-metrics/ml_infra_metrics-0.1.1.tar.gz",
        "ml-infra-metrics-v0.1.1.md",
        "ml-infra-metrics-v0.1.1.cdx.json",
    }
    there = (path for path in (tmp_path / "dist").rglob("*") if path.is_file())
    assert expected == {path.relative_to(tmp_path / "dist").as_posix() for path in there}
    notes = (tmp_path / "dist" / "ml-infra-metrics-v0.1.1.md").read_text("utf-8")
    assert "### Fixed\n\n- A bug is gone.\n" == notes


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_that_cannot_be_is_refused(
    seconds: str, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        publish(repository, "--timeout", seconds)
    assert f"expected a number of seconds above 0, got '{seconds}'" in capsys.readouterr().err


def test_no_version_is_asked_for(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"metrics==0\.0\.9: the version is the one that was rele"):
        publish(repository, "metrics==0.0.9", "--to", str(tmp_path / "index"))


def test_an_unknown_portion_names_the_nearest_and_starts_no_index(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "target", lambda *_, **__: pytest.fail("a target was made"))
    with pytest.raises(SystemExit, match=r"unknown portion 'metrix': .* did you mean metrics\?"):
        upload.main(["--root", str(repository.root), "metrix"])
