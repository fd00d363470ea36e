"""The plan: what would be released, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.tools.conftest import PORTIONS, Repository
from tools import git
from tools.projects import META, projects
from tools.release import plan
from tools.release.versions import admits


def planned(repository: Repository, **options: object) -> dict[str, str]:
    made = plan.make(repository.root, **options)
    return {entry.portion: str(entry.next) for entry in made.releases}


def reasons(repository: Repository, portion: str) -> list[str]:
    (entry,) = (e for e in plan.make(repository.root).entries if e.portion == portion)
    return entry.reasons


def test_without_news_there_is_nothing_to_release(repository: Repository) -> None:
    made = plan.make(repository.root)
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
    (meta,) = (e for e in plan.make(repository.root).entries if e.portion == META)
    assert {"ml-infra-metrics": ">=0.1,<0.3"} == meta.pins
    assert ["changed: ml-infra-metrics 0.2.0 leaves >=0.1,<0.2, now >=0.1,<0.3"] == meta.reasons


def test_every_fragment_is_a_reason(repository: Repository) -> None:
    repository.change("metrics")
    repository.news("metrics", "added", "A score.")
    repository.news("metrics", "fixed", "A bug is gone.")
    assert ["added: A score.", "fixed: A bug is gone."] == reasons(repository, "metrics")


def test_news_of_a_wheel_that_did_not_change_waits(repository: Repository) -> None:
    repository.news("metrics", "fixed")
    assert {} == planned(repository)
    assert ["its wheel is that of the last tag; its news waits"] == reasons(repository, "metrics")


def test_a_change_without_news_is_told_and_not_released(repository: Repository) -> None:
    repository.change("metrics")
    assert {} == planned(repository)
    assert ["no news, but another wheel"] == reasons(repository, "metrics")


def test_a_readme_is_part_of_the_wheel(repository: Repository) -> None:
    repository.write("packages/ml-infra-metrics/README.md", "# Better\n")
    repository.news("metrics", "changed")
    assert {"metrics", "utils"} == planned(repository).keys()


def test_without_tags_the_plan_says_so_and_compares_with_nothing(repository: Repository) -> None:
    for tag in git.tags(repository.root):
        git.git(repository.root, "tag", "--delete", tag)
    repository.news("metrics", "fixed")
    made = plan.make(repository.root)
    assert {"no tag"} == {entry.content for entry in made.entries}
    assert "compared with nothing" in made.to_table()
    assert ["0.1.1"] == [entry.next for entry in made.releases]


@pytest.mark.parametrize("tag", ["ml-infra-metrics-vfoo", "ml-infra-metrics-v0.9.0"])
def test_a_tag_of_no_release_in_the_history_changes_nothing(
    repository: Repository, tag: str
) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed")
    repository.commit()
    repository.tag(tag)
    assert {"metrics": "0.1.1"} == planned(repository)


def test_a_wish_for_the_meta_package_still_tells_of_its_ranges(repository: Repository) -> None:
    made = plan.make(repository.root, bumps={"metrics": "minor", "utils": "patch"})
    (meta,) = (entry for entry in made.releases if entry.portion == META)
    follow = "changed: ml-infra-metrics 0.2.0 leaves >=0.1,<0.2, now >=0.1,<0.3"
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
    wanted = {"metrics": "1.0.0RC1"}
    assert {"metrics": "1.0.0rc1", "utils": "0.2.0"} == planned(repository, versions=wanted)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"only": ["metric"]}, "unknown portion 'metric': .* did you mean metrics?"),
        (
            {"bumps": {"metrics": "huge"}},
            "metrics=huge: expected one of patch, minor, major",
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
        ({"versions": {"metrics": "1.0"}, "bumps": {"metrics": "minor"}}, "give one of them"),
    ],
)
def test_a_wrong_wish_is_one_clear_line(
    repository: Repository, options: dict[str, object], message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        plan.make(repository.root, **options)


def test_outside_of_git_it_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"git add --all failed: .*not a git repository"):
        plan.make(tmp_path)


def test_the_document_names_releases_with_versions_and_reasons(repository: Repository) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed", "A bug is gone.")
    document = json.loads(plan.make(repository.root).to_json())
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


def test_a_document_gives_its_plan_back(repository: Repository) -> None:
    repository.news("metrics", "fixed")
    made = plan.make(repository.root)
    assert made == plan.load(made.to_json())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"releases": [{}]}'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(SystemExit, match="not a plan"):
        plan.load(text)


def test_a_plan_that_was_edited_is_refused(repository: Repository) -> None:
    repository.change("metrics")
    repository.news("metrics", "fixed")
    text = plan.make(repository.root).to_json().replace("0.1.1", "0.3.0")
    with pytest.raises(SystemExit, match="changed after it was made"):
        plan.load(text)


def test_the_digest_depends_on_every_file(repository: Repository) -> None:
    before = plan.make(repository.root).digest
    assert before == plan.make(repository.root).digest
    repository.write("tests/metrics/conftest.py", "")
    assert before != plan.make(repository.root).digest


portions = st.sampled_from([*PORTIONS, META])
categories = st.sampled_from(["added", "changed", "deprecated", "removed", "fixed", "security"])
wishes = st.sampled_from(["0.1.1", "0.9.0", "1.0.0rc1", "3.0"])


@pytest.fixture
def every_wheel_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare building the wheels again for each example."""
    monkeypatch.setattr(plan, "_content", lambda *_: plan.DIFFERS)


@pytest.mark.usefixtures("every_wheel_differs")
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    news=st.dictionaries(portions, st.lists(categories, max_size=3)),
    wanted=st.dictionaries(st.sampled_from(PORTIONS), wishes, max_size=1),
)
def test_a_plan_lowers_no_version_and_every_pin_admits_its_sibling(
    repository: Repository, news: dict[str, list[str]], wanted: dict[str, str]
) -> None:
    for fragment in (repository.root / "changelog.d").glob("*/*.md"):
        fragment.unlink()
    for portion, found in news.items():
        for category in found:
            repository.news(portion, category)
    made = plan.make(repository.root, versions=wanted)
    for entry in made.releases:
        assert Version(str(entry.next)) > Version(entry.current)
    versions = {entry.name: entry.next or entry.current for entry in made.entries}
    (meta,) = (entry for entry in made.entries if entry.portion == META)
    for requirement in projects(repository.root)[META].requirements:
        pin = SpecifierSet(meta.pins.get(requirement.name, str(requirement.specifier)))
        assert admits(pin, versions[requirement.name])
