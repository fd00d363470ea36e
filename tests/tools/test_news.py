"""News: found, checked, shown and made into changelogs."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.tools.conftest import Repository
from tools.projects import ROOT, projects
from tools.release.news import (
    NewsError,
    fragments,
    missing,
    preview,
    reject_strays,
    write_changelog,
)


def test_fragments_are_found_with_their_category_and_text(repository: Repository) -> None:
    repository.news("metrics", "fixed", "A bug\nis gone.")
    (fragment,) = fragments(projects(repository.root)["metrics"], repository.root)
    assert ("fixed", "A bug is gone.", False) == (
        fragment.category,
        fragment.text,
        fragment.breaking,
    )


def test_a_name_may_hold_dots(repository: Repository) -> None:
    repository.write("changelog.d/metrics/+python-3.14.added.md", "Runs on Python 3.14.\n")
    repository.change("metrics")
    repository.release()
    assert "- Runs on Python 3.14." in repository.read("packages/ml-infra-metrics/CHANGELOG.md")


@pytest.mark.parametrize(
    "name",
    [
        ".+x.added.md.swp",
        "+x.added.md~",
        "#+x.added.md#",
        ".#+x.added.md",
        "+x.added.md.orig",
        ".DS_Store",
        "4913",
        "+x.added.md___jb_tmp___",
        "+x.added.md.save",
        "~$x.added.md",
        "desktop.ini",
    ],
)
def test_what_an_editor_left_is_passed_over(repository: Repository, name: str) -> None:
    repository.write(f"changelog.d/metrics/{name}", "Half a sen")
    repository.write(f"changelog.d/{name}", "Half a sen")
    repository.news("metrics", "fixed", "A bug is gone.")
    repository.change("metrics")
    repository.release()
    text = repository.read("packages/ml-infra-metrics/CHANGELOG.md")
    assert "- A bug is gone." in text
    assert "Half a sen" not in text


def test_all_news_behind_a_symbolic_link_is_one_clear_line(repository: Repository) -> None:
    shutil.rmtree(repository.root / "changelog.d", ignore_errors=True)
    (repository.root / "changelog.d").symlink_to(repository.root / "tests")
    with pytest.raises(NewsError, match=r"^changelog\.d is a symbolic link"):
        reject_strays({}, repository.root)


@pytest.mark.parametrize("path", ["changelog.d", "changelog.d/metrics"])
def test_a_file_in_place_of_a_folder_is_one_clear_line(repository: Repository, path: str) -> None:
    shutil.rmtree(repository.root / "changelog.d", ignore_errors=True)
    repository.write(path, "News.\n")
    with pytest.raises(NewsError, match=f"^{path} is a file: make it a folder"):
        reject_strays(projects(repository.root), repository.root)


def test_news_that_is_a_symbolic_link_is_one_clear_line(repository: Repository) -> None:
    repository.write("changelog.d/metrics/.gitignore", "")
    (repository.root / "changelog.d/metrics/+x.fixed.md").symlink_to(repository.root / "noxfile.py")
    with pytest.raises(NewsError, match=r"\+x\.fixed\.md is a symbolic link: make it a file"):
        fragments(projects(repository.root)["metrics"], repository.root)


def test_a_folder_that_is_a_symbolic_link_is_one_clear_line(repository: Repository) -> None:
    (repository.root / "changelog.d").mkdir(exist_ok=True)
    (repository.root / "changelog.d/metrics").symlink_to(repository.root / "tests")
    with pytest.raises(NewsError, match=r"changelog\.d/metrics is a symbolic link"):
        reject_strays(projects(repository.root), repository.root)


def test_news_of_a_portion_that_was_retired_is_one_clear_line(repository: Repository) -> None:
    repository.write("changelog.d/drift/+x.added.md", "Something.\n")
    with pytest.raises(NewsError, match=r"drift belongs to no .*; was it retired\? Remove its"):
        reject_strays(projects(repository.root), repository.root)


def test_a_fragment_can_say_that_it_breaks(repository: Repository) -> None:
    repository.news("metrics", "changed", "**Breaking:** labels come first.")
    (fragment,) = fragments(projects(repository.root)["metrics"], repository.root)
    assert fragment.breaking


@pytest.mark.parametrize(
    "name",
    [
        *("+x.feature.md", "+x.md", "added.md", "+x.removed", "+x.added.rst", "+x.added.MD"),
        *("x.added.md", "+.added.md", "x7.fixed.md"),  # neither a name nor the number of an issue
    ],
)
def test_a_name_without_a_known_category_is_an_error_that_lists_them(
    repository: Repository, name: str
) -> None:
    repository.write(f"changelog.d/metrics/{name}", "Something.\n")
    with pytest.raises(NewsError, match=f"changelog.d/metrics/.*{name[-4:]}: .*added, changed"):
        fragments(projects(repository.root)["metrics"], repository.root)


def test_an_empty_fragment_is_an_error(repository: Repository) -> None:
    repository.write("changelog.d/metrics/+x.fixed.md", " \n")
    with pytest.raises(NewsError, match=r"changelog\.d/metrics/\+x\.fixed\.md is empty"):
        fragments(projects(repository.root)["metrics"], repository.root)


@pytest.mark.parametrize("text", ["- **Breaking:** x", "**breaking**: x", "BREAKING x"])
def test_a_nearly_right_mark_of_a_break_is_an_error(repository: Repository, text: str) -> None:
    repository.news("metrics", "fixed", text)
    with pytest.raises(NewsError, match="begin exactly with"):
        fragments(projects(repository.root)["metrics"], repository.root)


def test_a_fragment_that_is_not_utf_8_is_named(repository: Repository) -> None:
    path = repository.root / "changelog.d/metrics/+x.fixed.md"
    path.parent.mkdir(parents=True)
    path.write_bytes("größer".encode("latin-1"))
    with pytest.raises(NewsError, match=r"\+x\.fixed\.md cannot be read as UTF-8"):
        fragments(projects(repository.root)["metrics"], repository.root)


def test_a_pre_release_leaves_the_fragments_for_the_final_one(repository: Repository) -> None:
    repository.news("metrics", "fixed", "A bug is gone.")
    repository.commit()
    project = projects(repository.root)["metrics"]
    write_changelog(project, "0.2.0rc1", "2026-02-03", repository.root)
    assert "## [0.2.0rc1]" in repository.read("packages/ml-infra-metrics/CHANGELOG.md")
    assert ["fixed: A bug is gone."] == [str(f) for f in fragments(project, repository.root)]


def test_an_edit_of_the_changelog_alone_is_no_news(repository: Repository) -> None:
    repository.change("metrics")
    repository.write("packages/ml-infra-metrics/CHANGELOG.md", "# Changelog\n")
    repository.commit()
    assert ["ml-infra-metrics"] == [p.name for p in missing("HEAD~1", repository.root)]


def test_news_of_an_unknown_portion_is_an_error_that_suggests_one(repository: Repository) -> None:
    repository.write("changelog.d/metric/+x.added.md", "Something.\n")
    with pytest.raises(NewsError, match=r"changelog\.d/metric .* did you mean metrics\?"):
        reject_strays(projects(repository.root), repository.root)


def test_the_preview_writes_nothing(repository: Repository) -> None:
    repository.news("metrics", "added", "A score.")
    repository.commit()
    before = repository.state()
    shown = preview(projects(repository.root)["metrics"], "0.2.0", repository.root)
    assert "### Added\n\n- A score." in shown
    assert before == repository.state()


def test_the_changelog_grows_at_its_top_and_links_what_changed(repository: Repository) -> None:
    repository.news("metrics", "fixed", "A bug is gone.")
    repository.news("metrics", "added", "A score.")
    repository.commit()
    project = projects(repository.root)["metrics"]
    write_changelog(project, "0.2.0", "2026-02-03", repository.root)
    text = repository.read("packages/ml-infra-metrics/CHANGELOG.md")
    first, second = (line for line in text.splitlines() if line.startswith("## "))
    assert first.startswith("## [0.2.0](https://")
    assert first.endswith(
        "/compare/ml-infra-metrics-v0.1.0...ml-infra-metrics-v0.2.0) - 2026-02-03"
    )
    assert second.startswith("## [0.1.0](https://")
    assert text.index("### Added") < text.index("### Fixed")
    assert [] == fragments(project, repository.root)


def test_a_change_of_sources_needs_news_of_its_own_portion(repository: Repository) -> None:
    repository.change("metrics")
    repository.news("logging", "fixed")
    repository.commit()
    assert ["ml-infra-metrics"] == [p.name for p in missing("HEAD~1", repository.root)]
    repository.news("metrics", "fixed")
    repository.commit()
    assert [] == missing("HEAD~2", repository.root)


def test_news_may_be_named_with_letters_of_any_language(repository: Repository) -> None:
    repository.change("metrics")
    repository.write("changelog.d/metrics/+größe.fixed.md", "The size.\n")
    repository.commit()
    assert [] == missing("HEAD~1", repository.root)


def test_a_change_of_tests_alone_needs_no_news(repository: Repository) -> None:
    repository.write("tests/metrics/test_more.py", "def test_more():\n    assert True\n")
    repository.commit()
    assert [] == missing("HEAD~1", repository.root)


def test_an_unknown_base_is_one_clear_line(repository: Repository) -> None:
    with pytest.raises(SystemExit, match=r"git diff .* failed: .*nowhere"):
        missing("nowhere", repository.root)


def test_the_command_names_the_nearest_portion() -> None:
    command = [sys.executable, "-m", "tools.release.news", "preview", "metric"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 1 == done.returncode
    assert "unknown portion 'metric'" in done.stderr
    assert "did you mean metrics?" in done.stderr
