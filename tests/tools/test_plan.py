"""The plan: what would be released, and why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from tests.tools.conftest import PORTIONS, Repository
from tools.projects import META, projects
from tools.release import planning
from tools.release.pins import after
from tools.release.versions import admits


def planned(repository: Repository, **options: object) -> dict[str, str]:
    made = planning.make(repository.root, **options)
    return {entry.portion: str(entry.next) for entry in made.releases}


def reasons(repository: Repository, portion: str) -> list[str]:
    (entry,) = (e for e in planning.make(repository.root).entries if e.portion == portion)
    return entry.reasons


def test_without_news_there_is_nothing_to_release(repository: Repository) -> None:
    made = planning.make(repository.root)
    assert [] == made.releases
    assert "nothing to release" in made.to_table()


def test_a_fix_releases_its_portion_and_leaves_the_meta_package_alone(
    repository: Repository,
) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed")
    assert {"metrics": "0.1.1"} == planned(repository)


def test_the_meta_package_follows_a_portion_that_leaves_its_range(repository: Repository) -> None:
    repository.change("metrics")
    repository.news("metrics", "added", "A score.")
    assert {"metrics": "0.2.0", "utils": "0.2.0"} == planned(repository)
    (meta,) = (e for e in planning.make(repository.root).entries if e.portion == META)
    assert {"ml-infra-metrics>=0.1,<0.2": "ml-infra-metrics>=0.1,<0.3"} == meta.pins
    expected = ["changed: Accepts ml-infra-metrics 0.2.0, with the range >=0.1,<0.3."]
    assert expected == meta.reasons


def test_every_fragment_is_a_reason(repository: Repository) -> None:
    repository.change("metrics")
    repository.news("metrics", "added", "A score.")
    repository.news("metrics", "fixed", "A bug is gone.")
    assert ["added: A score.", "fixed: A bug is gone."] == reasons(repository, "metrics")


def test_news_of_files_that_did_not_change_waits(repository: Repository) -> None:
    repository.news("metrics", "fixed")
    path = "packages/ml-infra-metrics/CHANGELOG.md"
    repository.write(path, repository.read(path).replace("The beginning", "The very beginning"))
    assert {} == planned(repository)
    assert ["its files are those of the last release; its news waits"] == reasons(
        repository, "metrics"
    )


def test_a_change_without_news_is_told_and_not_released(repository: Repository) -> None:
    repository.change("metrics")
    assert {} == planned(repository)
    assert ["no news, but other files"] == reasons(repository, "metrics")


def test_a_readme_is_part_of_what_is_installed(repository: Repository) -> None:
    repository.write("packages/ml-infra-metrics/README.md", "# Better\n")
    repository.news("metrics", "changed")
    assert {"metrics", "utils"} == planned(repository).keys()


def test_without_tags_the_commit_that_set_the_version_is_compared_with(
    repository: Repository,
) -> None:
    repository.delete_tags()
    repository.news("metrics", "fixed")
    assert {} == planned(repository)
    repository.change("metrics")
    assert {"metrics": "0.1.1"} == planned(repository)


@pytest.mark.parametrize(
    "tag",
    [
        "ml-infra-metrics-vfoo",
        "ml-infra-metrics-v0.9.0",
        "ml-infra-metrics-v0.1.0-rc1",
        "metrics",
    ],
)
def test_a_tag_of_no_release_in_the_history_changes_nothing(
    repository: Repository, tag: str
) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.commit()
    repository.tag(tag)
    assert {"metrics": "0.1.1"} == planned(repository)


def test_a_wish_for_the_meta_package_still_tells_of_its_ranges(repository: Repository) -> None:
    made = planning.make(repository.root, bumps={"metrics": "minor", "utils": "patch"})
    (meta,) = (entry for entry in made.releases if entry.portion == META)
    follow = "changed: Accepts ml-infra-metrics 0.2.0, with the range >=0.1,<0.3."
    assert ("0.1.1", ["--bump utils=patch", follow]) == (meta.next, meta.reasons)


def test_only_the_named_portions_are_released(repository: Repository) -> None:
    for portion in PORTIONS:
        repository.change(portion)
        repository.news(portion, "fixed")
    assert {"metrics": "0.1.1"} == planned(repository, only=["metrics"])
    assert {"metrics": "0.1.1"} == planned(repository, only=["ml-infra-metrics"])


def test_a_bump_overrides_the_news(repository: Repository) -> None:
    assert {"metrics": "1.0.0", "utils": "0.2.0"} == planned(repository, bumps={"metrics": "major"})


def test_a_version_overrides_the_news(repository: Repository) -> None:
    assert {"metrics": "0.1.7"} == planned(repository, versions={"metrics": "0.1.7"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"only": ["metric"]}, "unknown portion 'metric': .* did you mean metrics?"),
        (
            {"bumps": {"metrics": "huge"}},
            "metrics=huge: expected one of patch, minor, major, final",
        ),
        ({"versions": {"metrics": "one"}}, "--version metrics=one: not a version by PEP 440"),
        (
            {"versions": {"metrics": "0.1.0"}},
            "metrics=0.1.0: not above the current 0.1.0",
        ),
        ({"versions": {"metrics": "0.0.9"}}, "--version metrics=0.0.9: not above"),
        ({"versions": {"metric": "0.2.0"}}, "unknown portion 'metric'"),
        ({"versions": {"metrics": "1!0.1"}}, "metrics=1!0.1: .* give a plain version"),
        ({"versions": {"metrics": "1.0+local"}}, "give a plain version"),
        ({"bumps": {"metrics": "final"}}, "metrics=final: 0.1.0 is final already"),
        ({"versions": {"metrics": "1.0"}, "bumps": {"metrics": "minor"}}, "give one of them"),
    ],
)
def test_a_wrong_wish_is_one_clear_line(
    repository: Repository, options: dict[str, object], message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        planning.make(repository.root, **options)


def test_outside_of_git_it_is_one_clear_line(template: Repository, tmp_path: Path) -> None:
    shutil.copytree(
        template.root, tmp_path, ignore=shutil.ignore_patterns(".git"), dirs_exist_ok=True
    )
    with pytest.raises(SystemExit, match=r"git add --all failed: .*not a git repository"):
        planning.make(tmp_path)


def test_a_folder_that_is_no_checkout_is_one_clear_line(repository: Repository) -> None:
    with pytest.raises(SystemExit, match=r"no distributions below .*: is .* a whole checkout\?"):
        planning.make(repository.root / "packages")


def test_the_document_names_releases_with_versions_and_reasons(repository: Repository) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed", "A bug is gone.")
    document = json.loads(planning.make(repository.root).to_json())
    (release,) = document["releases"]
    expected = {
        "name": "ml-infra-metrics",
        "current": "0.1.0",
        "next": "0.1.1",
        "reasons": ["fixed: A bug is gone."],
        "content": "differs",
        "dependants": ["ml-infra-utils"],
    }
    assert expected == {key: release[key] for key in expected}
    assert ["ml-infra-logging", "ml-infra-utils"] == [e["name"] for e in document["unchanged"]]


portions = st.sampled_from([*PORTIONS, META])
categories = st.sampled_from(["added", "changed", "deprecated", "removed", "fixed", "security"])
wishes = st.sampled_from(["0.1.1", "0.9.0", "1.0.0rc1", "3.0"])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    news=st.dictionaries(portions, st.lists(categories, max_size=3)),
    wanted=st.dictionaries(st.sampled_from(PORTIONS), wishes, max_size=1),
)
def test_a_plan_lowers_no_version_and_every_pin_admits_its_sibling(
    repository: Repository, news: dict[str, list[str]], wanted: dict[str, str]
) -> None:
    for portion in PORTIONS:
        repository.change(portion)
    for fragment in (repository.root / "changelog.d").glob("*/*.md"):
        fragment.unlink()
    for portion, found in news.items():
        for category in found:
            repository.news(portion, category)
    made = planning.make(repository.root, versions=wanted)
    for entry in made.releases:
        assert Version(str(entry.next)) > Version(entry.current)
    versions = {entry.name: entry.next or entry.current for entry in made.entries}
    (meta,) = (entry for entry in made.entries if entry.portion == META)
    project = projects(repository.root)[META]
    for pin in after(project, meta.pins):
        assert admits(pin.range, versions[pin.name])
