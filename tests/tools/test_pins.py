"""The lines by which the meta-package pins its portions, when those are released."""

from __future__ import annotations

import pytest

from tests.tools.conftest import Repository
from tools.projects import META, projects
from tools.release import planning
from tools.release.plan import Plan

Factory = pytest.TempPathFactory
LOGGING = "ml-infra-logging>=0.1,<0.2"


def next_of(plan: Plan, portion: str) -> str | None:
    (entry,) = (entry for entry in plan.entries if entry.portion == portion)
    return entry.next


def with_news(repository: Repository, portion: str, category: str, text: str) -> None:
    repository.change(portion)
    repository.news(portion, category, text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ml-infra-metrics>=0.1,<0.2", "ml-infra-metrics>=0.1,<0.3"),
        ("ml-infra-metrics >= 0.1, < 0.2", "ml-infra-metrics>=0.1,<0.3"),
        ("ml-infra-metrics<0.2,>=0.1,!=0.1.3", "ml-infra-metrics>=0.1,<0.3,!=0.1.3"),
        ("ml-infra-metrics==0.1.*", "ml-infra-metrics>=0.1,<0.3"),
        ("ml-infra-metrics~=0.1.0", "ml-infra-metrics>=0.1.0,<0.3"),
        ("ml-infra-metrics[plot]>=0.1,<0.2", "ml-infra-metrics[plot]>=0.1,<0.3"),
        (
            'ml-infra-metrics>=0.1,<0.2; python_version >= "3.9"',
            'ml-infra-metrics>=0.1,<0.3; python_version >= "3.9"',
        ),
        ("ML_Infra.Metrics>=0.1,<0.2", "ML_Infra.Metrics>=0.1,<0.3"),
    ],
)
def test_a_line_moves_and_keeps_what_else_it_says(
    repository: Repository, line: str, expected: str
) -> None:
    repository.pin(LOGGING, line)
    with_news(repository, "metrics", "added", "A score.")
    repository.release()
    assert [LOGGING, expected] == repository.pins()
    assert "0.2.0" == repository.version(META)


@pytest.mark.parametrize(
    "line", ["ml-infra-metrics", "ml-infra-metrics>=0.1", "ml-infra-metrics<1"]
)
def test_a_line_that_admits_the_release_stays(repository: Repository, line: str) -> None:
    repository.pin(LOGGING, line)
    with_news(repository, "metrics", "added", "A score.")
    assert next_of(planning.make(repository.root), META) is None


def test_a_line_that_holds_back_an_old_python_stays(repository: Repository) -> None:
    old = 'ml-infra-metrics>=0.0.5,<0.1; python_version < "3.9"'
    new = 'ml-infra-metrics>=0.1,<{}; python_version >= "3.9"'
    repository.pin(LOGGING, old, new.format("0.2"))
    with_news(repository, "metrics", "added", "A score.")
    repository.release()
    assert [LOGGING, old, new.format("0.3")] == repository.pins()


def test_the_lines_of_an_extra_move_too(repository: Repository) -> None:
    path = f"packages/ml-infra-{META}/pyproject.toml"
    table = '[project.optional-dependencies]\nplot = ["ml-infra-metrics[plot]>=0.1,<0.2"]\n\n'
    repository.replace(path, "[tool.pdm.build]", f"{table}[tool.pdm.build]")
    with_news(repository, "metrics", "added", "A score.")
    repository.release()
    assert 'plot = ["ml-infra-metrics[plot]>=0.1,<0.3"]' in repository.read(path)


@pytest.mark.parametrize(
    "line",
    ["ml-infra-metrics==0.1.0", "ml-infra-metrics===0.1.0", "ml-infra-metrics @ file:///metrics"],
)
def test_a_line_that_is_no_range_is_refused_and_named(repository: Repository, line: str) -> None:
    repository.pin(LOGGING, line)
    with pytest.raises(SystemExit, match="a sibling is pinned by a range") as caught:
        planning.make(repository.root)
    assert repr(line) in str(caught.value)


def test_an_extra_made_of_others_is_no_pin(repository: Repository) -> None:
    path = f"packages/ml-infra-{META}/pyproject.toml"
    extras = 'plot = ["ml-infra-metrics[plot]>=0.1,<0.2"]\nall = ["ML_Infra-Utils[plot]"]\n'
    table = f"[project.optional-dependencies]\n{extras}\n"
    repository.replace(path, "[tool.pdm.build]", f"{table}[tool.pdm.build]")
    with_news(repository, "metrics", "added", "A score.")
    repository.release()
    assert extras.replace("<0.2", "<0.3") in repository.read(path)
    required = projects(repository.root)[META].required(["all"])
    assert "ml-infra-metrics[plot]<0.3,>=0.1" in map(str, required)


def test_a_line_that_cannot_be_read_is_named(repository: Repository) -> None:
    repository.pin("ml-infra-metrics>=0.1,,<x")
    with pytest.raises(SystemExit, match=r"ml-infra-utils/.*>=0\.1,,<x' is no requirement"):
        planning.make(repository.root)


def test_a_portion_that_is_pinned_and_gone_is_named(repository: Repository) -> None:
    repository.pin(LOGGING, "ml-infra-metrics>=0.1,<0.2", "ml-infra-drift>=0.1,<0.2")
    with pytest.raises(SystemExit, match=r"pins ml-infra-drift>=0\.1,<0\.2, which is not below"):
        planning.make(repository.root)


def test_what_would_be_written_has_to_admit_what_is_released(repository: Repository) -> None:
    """A version left out on purpose is not one to release."""
    repository.pin(LOGGING, "ml-infra-metrics>=0.1,<0.2,!=0.2.0")
    with_news(repository, "metrics", "added", "A score.")
    with pytest.raises(SystemExit, match=r"would not admit ml-infra-metrics 0\.2\.0: .*!=0\.2\.0"):
        planning.make(repository.root)


class TestFromOneOn:
    """All at 1.0."""

    @pytest.fixture(scope="class")
    @classmethod
    def template(cls, template: Repository, tmp_path_factory: Factory) -> Repository:
        made = Repository.copy(template, tmp_path_factory.mktemp("at-one") / "monorepo")
        made.release(versions=dict.fromkeys(("logging", "metrics", META), "1.0.0"))
        return made

    def test_a_feature_raises_the_portion_alone(self, repository: Repository) -> None:
        with_news(repository, "metrics", "added", "A score.")
        plan = planning.make(repository.root)
        assert ("1.1.0", None) == (next_of(plan, "metrics"), next_of(plan, META))

    @pytest.mark.parametrize(
        ("category", "text", "told"),
        [
            ("changed", "**Breaking:** labels come first.", "labels come first."),
            ("removed", "`old_score`.", "`old_score`."),
        ],
    )
    def test_a_break_is_the_next_major_of_the_whole_with_the_news_of_it(
        self, repository: Repository, category: str, text: str, told: str
    ) -> None:
        with_news(repository, "metrics", category, text)
        repository.release()
        assert ("2.0.0", "2.0.0") == (repository.version("metrics"), repository.version(META))
        section = repository.read(f"packages/ml-infra-{META}/CHANGELOG.md").split("## [1.0.0]")[0]
        assert f"- **Breaking:** ml-infra-metrics 2.0.0: {told}" in section
        assert "Accepts ml-infra-metrics 2.0.0, with the range >=0.1,<3." in section


class TestCandidates:
    """A release candidate of a portion, and of the whole with it."""

    @pytest.fixture(scope="class")
    @classmethod
    def template(cls, template: Repository, tmp_path_factory: Factory) -> Repository:
        made = Repository.copy(template, tmp_path_factory.mktemp("candidate") / "monorepo")
        with_news(made, "metrics", "added", "A score.")
        made.release(versions={"metrics": "1.0.0rc1"})
        return made

    def test_the_whole_is_a_candidate_that_pins_it(self, repository: Repository) -> None:
        assert ("1.0.0rc1", "0.2.0rc1") == (
            repository.version("metrics"),
            repository.version(META),
        )
        assert [LOGGING, "ml-infra-metrics>=1.0.0rc1,<2"] == repository.pins()

    def test_nothing_more_is_proposed_before_something_changes(
        self, repository: Repository
    ) -> None:
        assert [] == planning.make(repository.root).releases

    def test_more_news_is_the_next_candidate_of_both(self, repository: Repository) -> None:
        repository.change("metrics", 3)
        plan = planning.make(repository.root)
        assert ("1.0.0rc2", "0.2.0rc2") == (next_of(plan, "metrics"), next_of(plan, META))

    @pytest.mark.parametrize(
        "wish", [{"bumps": {"metrics": "final"}}, {"versions": {"metrics": "1.0.0"}}]
    )
    def test_the_final_has_to_be_asked_for_and_the_whole_is_final_with_it(
        self, repository: Repository, wish: dict[str, dict[str, str]]
    ) -> None:
        repository.release(**wish)
        assert ("1.0.0", "0.2.0") == (repository.version("metrics"), repository.version(META))
        assert [LOGGING, "ml-infra-metrics>=0.1,<2"] == repository.pins()

    def test_the_final_tells_everything_since_the_last_final(self, repository: Repository) -> None:
        repository.change("metrics", 3)
        repository.news("metrics", "fixed", "A bug of the candidate.")
        repository.release()
        repository.release(bumps={"metrics": "final"})
        for portion in ("metrics", META):
            told = repository.read(f"packages/ml-infra-{portion}/CHANGELOG.md").split("## [")
            heading = told[1].split("\n")[0]
            assert f"v0.1.0...ml-infra-{portion}-v" in heading
            assert "rc" not in heading
        text = repository.read("packages/ml-infra-metrics/CHANGELOG.md").split("## [")[1]
        assert "- A score." in text
        assert "- A bug of the candidate." in text
        assert [] == list((repository.root / "changelog.d").glob("*/*.md"))

    def test_the_whole_stays_a_candidate_while_it_pins_one(self, repository: Repository) -> None:
        with_news(repository, "logging", "added", "A handler.")
        plan = planning.make(repository.root)
        assert ("0.2.0", "0.2.0rc2") == (next_of(plan, "logging"), next_of(plan, META))

    def test_a_final_whole_over_a_candidate_is_refused(self, repository: Repository) -> None:
        repository.change("metrics", 3)
        with pytest.raises(SystemExit, match=r"0\.3\.0 would pin the candidate ml-infra-metrics"):
            planning.make(repository.root, versions={META: "0.3.0"})


def test_a_candidate_of_a_fix_comes_with_one_of_the_whole(repository: Repository) -> None:
    with_news(repository, "metrics", "fixed", "A bug.")
    plan = planning.make(repository.root, versions={"metrics": "0.1.1rc1"})
    assert ("0.1.1rc1", "0.2.0rc1") == (next_of(plan, "metrics"), next_of(plan, META))
