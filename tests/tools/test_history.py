"""Which commit released a version, told by the history: with tags, without, and with wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from tests.tools.conftest import Repository
from tools import git
from tools.history import History
from tools.projects import projects
from tools.release import planning


def released(repository: Repository, portion: str, version: str | None = None) -> str | None:
    project = projects(repository.root)[portion]
    found = History(repository.root).release(project, version and Version(version))
    return found and found.commit


def head(repository: Repository) -> str:
    return git.git(repository.root, "rev-parse", "HEAD")


@pytest.mark.parametrize("tagged", [True, False], ids=["tags", "no tags"])
def test_it_is_the_first_with_the_version_and_its_section(
    repository: Repository, tagged: bool
) -> None:
    if not tagged:
        repository.delete_tags()
    first = head(repository)
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.release()
    second = head(repository)
    repository.write("README.md", "# More\n")
    repository.commit()
    assert (second, first) == (released(repository, "metrics"), released(repository, "logging"))
    assert first == released(repository, "metrics", "0.1.0")


def test_a_release_that_was_squashed_is_the_commit_on_main(repository: Repository) -> None:
    git.git(repository.root, "switch", "--quiet", "--create", "next")
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.release()
    git.git(repository.root, "switch", "--quiet", "main")
    git.git(repository.root, "merge", "--quiet", "--squash", "next")
    repository.commit("Release (#7)")
    assert head(repository) == released(repository, "metrics")


def test_a_release_that_was_merged_is_the_merge(repository: Repository) -> None:
    git.git(repository.root, "switch", "--quiet", "--create", "next")
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.release()
    git.git(repository.root, "switch", "--quiet", "main")
    git.git(repository.root, "merge", "--quiet", "--no-ff", "--message", "Merge", "next")
    assert head(repository) == released(repository, "metrics")


def test_a_version_without_a_section_was_not_released(repository: Repository) -> None:
    repository.set_version("metrics", "0.2.0")
    repository.commit()
    assert released(repository, "metrics") is None


def test_a_package_that_moved_is_found_where_it_was(repository: Repository) -> None:
    first = head(repository)
    git.git(repository.root, "mv", "packages/ml-infra-metrics", "packages/scores")
    repository.commit("Move")
    assert first == released(repository, "metrics")
    assert "packages/ml-infra-metrics" == (
        History(repository.root).release(projects(repository.root)["metrics"]).folder
    )
    repository.news("metrics", "fixed")
    (entry,) = (e for e in planning.make(repository.root).entries if e.portion == "metrics")
    assert ("same", None) == (entry.content, entry.next)


def test_a_folder_may_have_letters_of_any_language(repository: Repository) -> None:
    git.git(repository.root, "mv", "packages/ml-infra-metrics", "packages/größe")
    repository.write("packages/größe/README.md", "# Größe\n")
    repository.news("metrics", "fixed")
    repository.release()
    assert head(repository) == released(repository, "metrics")
    assert planning.make(repository.root).is_empty


@pytest.mark.parametrize("spelling", ["ML_Infra.Metrics", "ml-infra_metrics"])
def test_a_name_may_be_spelled_otherwise(repository: Repository, spelling: str) -> None:
    path = "packages/ml-infra-metrics/pyproject.toml"
    repository.replace(path, 'name = "ml-infra-metrics"', f'name = "{spelling}"')
    repository.commit()
    assert git.git(repository.root, "rev-parse", "HEAD^") == released(repository, "metrics")


def test_a_tag_that_was_moved_is_one_clear_line(repository: Repository) -> None:
    first = head(repository)
    repository.write("README.md", "# More\n")
    repository.commit()
    git.git(repository.root, "tag", "--force", "ml-infra-metrics-v0.1.0")
    before = repository.state()
    with pytest.raises(SystemExit) as caught:
        planning.make(repository.root)
    told = str(caught.value)
    assert "the tag ml-infra-metrics-v0.1.0 is on" in told
    assert f"`git tag --force ml-infra-metrics-v0.1.0 {first[:12]}` moves it back" in told
    assert before == repository.state()


@pytest.mark.parametrize("to", ["HEAD", "HEAD~3"], ids=["forwards", "backwards"])
def test_a_tag_of_an_older_release_that_was_moved_is_one_clear_line(
    repository: Repository, to: str
) -> None:
    repository.change("metrics")
    repository.commit()
    first = head(repository)
    repository.news("metrics", "fixed")
    repository.release()
    repository.tag("ml-infra-metrics-v0.1.1")
    repository.change("metrics", 3)
    repository.news("metrics", "fixed")
    repository.release()
    tag = "ml-infra-metrics-v0.1.1"
    right = git.tags(repository.root)[tag]
    assert right != first
    git.git(repository.root, "tag", "--force", tag, to)
    with pytest.raises(SystemExit, match=f"git tag --force {tag} {right[:12]}` moves it back"):
        planning.make(repository.root)


@pytest.mark.parametrize("tagged", [True, False], ids=["tags", "no tags"])
@pytest.mark.parametrize("path", ["CHANGELOG.md", "pyproject.toml"])
def test_a_file_that_was_away_for_a_while_is_no_release(
    repository: Repository, path: str, *, tagged: bool
) -> None:
    if not tagged:
        repository.delete_tags()
    first = head(repository)
    path = f"packages/ml-infra-metrics/{path}"
    text = repository.read(path)
    (repository.root / path).unlink()
    repository.commit("Delete")
    repository.write(path, text)
    repository.commit("Restore")
    assert first == released(repository, "metrics")
    assert planning.make(repository.root).is_empty


def test_metadata_that_could_not_be_read_in_between_stops_nothing(repository: Repository) -> None:
    path = "packages/ml-infra-metrics/pyproject.toml"
    text = repository.read(path)
    repository.write(path, f"<<<<<<< HEAD\n{text}")
    repository.commit("Merge with a conflict")
    repository.write(path, text)
    repository.commit("Mend")
    assert planning.make(repository.root).is_empty


def test_lines_that_end_as_on_windows_are_no_change(repository: Repository) -> None:
    for path in (repository.root / "packages").rglob("*.*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert {"same"} == {entry.content for entry in planning.make(repository.root).entries}
    git.git(repository.root, "add", "--all")
    assert git.is_clean(repository.root)


def test_a_tag_of_what_was_not_released_is_one_clear_line(repository: Repository) -> None:
    repository.set_version("metrics", "0.2.0")
    repository.commit()
    repository.tag("ml-infra-metrics-v0.2.0")
    with pytest.raises(SystemExit, match=r"did not release that version: was it moved, or made by"):
        planning.make(repository.root)


def test_a_clone_without_history_is_one_clear_line(repository: Repository, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    source = f"file://{repository.root}"
    git.git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", source, str(shallow))
    with pytest.raises(SystemExit, match="no history to compare with: `git fetch --unshallow`"):
        planning.make(shallow)


def test_a_version_that_goes_back_is_one_clear_line(repository: Repository) -> None:
    repository.set_version("metrics", "0.0.9")
    with pytest.raises(
        SystemExit, match=r"ml-infra-metrics goes back: its changelog has 0\.1\.0, .* 0\.0\.9"
    ):
        planning.make(repository.root)


def test_a_release_that_was_reverted_goes_back_and_its_tag_was_not_moved(
    repository: Repository,
) -> None:
    repository.change("metrics")
    repository.news("metrics", "added")
    repository.release()
    git.git(repository.root, "revert", "--no-edit", "HEAD")
    with pytest.raises(SystemExit, match=r"goes back: \w+ released 0\.1\.0, and \w+ came back"):
        planning.make(repository.root)


def test_a_branch_without_the_history_of_main_is_one_clear_line(repository: Repository) -> None:
    git.git(repository.root, "switch", "--quiet", "--orphan", "alone")
    git.git(repository.root, "checkout", "main", "--", ".")
    repository.commit("Begin again")
    before = repository.state()
    with pytest.raises(SystemExit) as caught:
        planning.make(repository.root)
    assert "which this branch does not have: does it lack the history of main?" in str(caught.value)
    assert "--force" not in str(caught.value)
    assert before == repository.state()


@pytest.mark.parametrize(
    "settings",
    [
        ("color.ui", "always"),
        ("color.grep", "always"),
        ("grep.patternType", "fixed"),
        ("grep.lineNumber", "true"),
        ("grep.column", "true"),
        ("log.showRoot", "false"),
        ("core.quotePath", "true"),
    ],
)
def test_what_a_person_set_for_git_changes_nothing(
    repository: Repository, settings: tuple[str, str]
) -> None:
    before = planning.make(repository.root)
    git.git(repository.root, "config", *settings)
    assert before == planning.make(repository.root)


def test_what_git_cannot_do_is_told_as_git_says_it(repository: Repository) -> None:
    """It is not taken for a history without releases, whose tags were to be removed."""
    git.git(repository.root, "config", "diff.orderFile", "nowhere")
    with pytest.raises(SystemExit, match=r"git log .* failed: .*nowhere"):
        planning.make(repository.root)


def test_a_tag_of_a_file_is_no_release(repository: Repository) -> None:
    repository.delete_tags()
    git.git(repository.root, "tag", "ml-infra-metrics-v0.1.0", "HEAD:pyproject.toml")
    assert planning.make(repository.root).is_empty


def test_a_version_that_a_person_wrote_is_the_next_one(repository: Repository) -> None:
    repository.set_version("metrics", "0.5.0")
    repository.news("metrics", "fixed")
    assert ["0.5.0"] == [
        entry.next
        for entry in planning.make(repository.root).releases
        if entry.portion == "metrics"
    ]
