"""The life of a portion: added, moved, mended on an older line, yanked, retired."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.conftest import Repository
from tools import git, new_portion
from tools.history import History
from tools.projects import META, projects
from tools.publish import upload
from tools.release import planning


def released(repository: Repository) -> dict[str, str]:
    return {entry.portion: str(entry.next) for entry in planning.make(repository.root).releases}


def change(repository: Repository, portion: str, value: int, category: str, text: str) -> None:
    repository.change(portion, value)
    repository.news(portion, category, text)
    repository.commit()


def publish(repository: Repository, folder: Path) -> None:
    upload.main(["--root", str(repository.root), "--to", str(folder), "--tag"])


def add(repository: Repository, *options: str) -> None:
    words = ["drift", "--description", "Tell whether data drifts", *options]
    new_portion.main(["--root", str(repository.root), *words])


class TestNewPortion:
    """`new -- drift`."""

    def test_it_is_a_distribution_and_its_first_release_is_the_version_that_is_written(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        add(repository)
        assert git.is_clean(repository.root)
        assert {"drift": "0.1.0", "utils": "0.2.0"} == released(repository)
        repository.release()
        assert "0.1.0" == repository.version("drift")
        publish(repository, tmp_path / "index")
        assert {"ml-infra-drift-v0.1.0", "ml-infra-utils-v0.2.0"} <= git.tags(
            repository.root
        ).keys()
        assert "ml-infra-drift>=0.1,<0.2" in repository.pins()

    def test_the_whole_is_not_released_with_a_pin_of_what_was_never_released(
        self, repository: Repository
    ) -> None:
        add(repository)
        with pytest.raises(SystemExit, match="would pin ml-infra-drift, which was never released"):
            planning.make(repository.root, only=[META])

    @pytest.mark.parametrize(
        ("name", "description", "message"),
        [
            ("metrics", "X", "metrics is there already"),
            ("data-drift", "X", "has to be one word"),
            ("import", "X", "has to be one word"),
            ("drift", 'X"""', "expected one line without quotation marks"),
            ("drift", "X\\x", "expected one line without quotation marks"),
            ("drift", "X\nY", "expected one line without quotation marks"),
            ("drift", "", "expected one line"),
        ],
    )
    def test_words_that_cannot_be_are_one_clear_line(
        self, repository: Repository, name: str, description: str, message: str
    ) -> None:
        before = repository.state()
        with pytest.raises(SystemExit, match=message):
            new_portion.main(["--root", str(repository.root), name, "--description", description])
        assert before == repository.state()

    def test_it_has_nothing_of_what_the_meta_package_alone_has(
        self, repository: Repository
    ) -> None:
        path = f"packages/ml-infra-{META}/pyproject.toml"
        scripts = '[project.scripts]\nml-infra = "ml_infra_utils:main"\n\n[tool.pdm.build]'
        repository.replace(path, "[tool.pdm.build]", scripts)
        repository.commit()
        add(repository)
        metadata = projects(repository.root)["drift"].metadata
        assert ("ml-infra-drift", ">=3.8", "MIT") == (
            *(metadata[key] for key in ("name", "requires-python", "license")),
        )
        assert not {"scripts", "dependencies"} & metadata.keys()

    def test_where_the_lock_cannot_be_renewed_nothing_is_there(
        self, repository: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repository.write("pdm.lock", '[metadata]\ngroups = ["default", "test-metrics"]\n')
        repository.commit()
        monkeypatch.setenv("PDM_PYPI_URL", "http://127.0.0.1:1/simple")
        before = repository.state()
        with pytest.raises(SystemExit, match=r"pdm\.lock cannot be renewed"):
            add(repository)
        assert before == repository.state()


class TestOlderLine:
    """A fix of 0.1 after 0.2 was released."""

    @pytest.fixture(scope="class")
    @classmethod
    def template(cls, template: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
        made = Repository.copy(template, tmp_path_factory.mktemp("line") / "monorepo")
        change(made, "metrics", 2, "added", "A score.")
        made.release()
        for name in ("ml-infra-metrics-v0.2.0", "ml-infra-utils-v0.2.0"):
            made.tag(name)
        return made

    @pytest.fixture(autouse=True)
    def line(self, repository: Repository) -> None:
        start = ("--create", "release/metrics-0.1.x", "ml-infra-metrics-v0.1.0")
        git.git(repository.root, "switch", "--quiet", *start)

    def test_it_is_released_from_its_branch_and_told_on_main(
        self, repository: Repository, tmp_path: Path
    ) -> None:
        change(repository, "metrics", 3, "fixed", "A bug of the old line.")
        assert {"metrics": "0.1.1"} == released(repository)
        repository.release()
        publish(repository, tmp_path / "index")
        assert "ml-infra-metrics-v0.1.1" in git.tags(repository.root)
        git.git(repository.root, "switch", "--quiet", "main")
        plan = planning.make(repository.root)
        assert ([], False) == (plan.releases, plan.is_empty)
        assert "ml-infra-metrics: the changelog of 0.1.1 comes from its tag" in plan.to_table()
        repository.release()
        text = repository.read("packages/ml-infra-metrics/CHANGELOG.md")
        assert text.index("## [0.2.0]") < text.index("## [0.1.1]") < text.index("## [0.1.0]")
        assert "- A bug of the old line." in text
        assert planning.make(repository.root).is_empty

    def test_a_feature_does_not_belong_there(self, repository: Repository) -> None:
        change(repository, "metrics", 3, "added", "A score.")
        with pytest.raises(SystemExit, match=r"0\.2\.0 is taken|not of the line metrics 0\.1\.x"):
            planning.make(repository.root)

    def test_another_portion_does_not_belong_there(self, repository: Repository) -> None:
        change(repository, "logging", 3, "fixed", "A bug.")
        assert {} == released(repository)
        with pytest.raises(SystemExit, match=r"logging 0\.1\.1 is not of the line metrics 0\.1\.x"):
            planning.make(repository.root, only=["logging"])

    def test_a_version_that_is_taken_is_not_proposed(self, repository: Repository) -> None:
        repository.tag("ml-infra-metrics-v0.1.1")
        change(repository, "metrics", 3, "fixed", "A bug.")
        with pytest.raises(SystemExit, match=r"0\.1\.1 is taken by a tag"):
            planning.make(repository.root)


def test_a_release_that_was_taken_back_is_marked_and_stood_beside_no_more(
    repository: Repository, tmp_path: Path
) -> None:
    change(repository, "metrics", 2, "fixed", "A bug is gone.")
    repository.release()
    path = "packages/ml-infra-metrics/CHANGELOG.md"
    (heading,) = (line for line in repository.read(path).splitlines() if "## [0.1.0]" in line)
    repository.replace(path, heading, f"{heading} [YANKED]")
    repository.commit()
    project = projects(repository.root)["metrics"]
    (pin,) = (r for r in projects(repository.root)[META].requirements if r.name == project.name)
    oldest = History(repository.root).oldest(project, pin.specifier)
    assert oldest is not None
    assert "0.1.1" == oldest.metadata["version"]
    upload.main(["--root", str(repository.root), "all", "--to", str(tmp_path / "index")])
    assert planning.make(repository.root).is_empty


def test_a_python_that_is_dropped_has_the_last_release_that_ran_there(
    repository: Repository,
) -> None:
    path = "packages/ml-infra-metrics/pyproject.toml"
    repository.replace(path, 'requires-python = ">=3.8"', 'requires-python = ">=3.9"')
    change(repository, "metrics", 2, "removed", "Python 3.8.")
    repository.release()
    project, history = projects(repository.root)["metrics"], History(repository.root)
    found = [history.newest_for(project, python) for python in ("3.8", "3.9", "3.7")]
    assert ["0.1.0", "0.2.0", None] == [there and there.metadata["version"] for there in found]


def test_a_portion_is_retired_with_a_last_release(repository: Repository) -> None:
    change(repository, "metrics", 2, "changed", "**Breaking:** This is the last release.")
    assert {"metrics": "0.2.0", "utils": "0.2.0"} == released(repository)
    repository.release()
    for path in ("packages/ml-infra-metrics", "tests/metrics"):
        git.git(repository.root, "rm", "-r", "--quiet", path)
    repository.pin("ml-infra-logging>=0.1,<0.2")
    repository.news(META, "removed", "ml-infra-metrics.")
    repository.commit()
    assert {"utils": "0.3.0"} == released(repository)
    repository.release()
    assert "- ml-infra-metrics." in repository.read(f"packages/ml-infra-{META}/CHANGELOG.md")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda r: r.write("packages/ml-infra-metrics/pyproject.toml", "x ="), "is not TOML"),
        (lambda r: r.write("packages/ml-infra-metrics/pyproject.toml", ""), "has no project"),
        (
            lambda r: (r.root / "packages/copy").symlink_to(r.root / "packages/ml-infra-metrics"),
            "packages/copy is a symbolic link",
        ),
        (
            lambda r: (
                (r.root / "packages").rename(r.root / "parts").parent
                and (r.root / "packages").symlink_to("parts")
            ),
            "packages is a symbolic link",
        ),
        (
            lambda r: r.write("packages/ml-infra-metrics/pyproject.toml", "project = 3"),
            "ml-infra-metrics/pyproject.toml: ",
        ),
        (
            lambda r: (r.root / "packages/ml-infra-metrics/pyproject.toml").write_bytes(b"\xff"),
            "is not UTF-8 text",
        ),
        (
            lambda r: (r.root / "packages/ml-infra-metrics/CHANGELOG.md").write_bytes(b"\xff"),
            "CHANGELOG.md is not UTF-8 text",
        ),
        (
            lambda r: (r.root / "packages/ml-infra-metrics/CHANGELOG.md").unlink(),
            "CHANGELOG.md is missing",
        ),
        (
            lambda r: r.replace(
                "packages/ml-infra-metrics/pyproject.toml",
                "dependencies = []",
                "dependencies = [3]",
            ),
            r"dependencies must be a list of strings, got \[3\]",
        ),
        (
            lambda r: r.replace(
                "packages/ml-infra-metrics/pyproject.toml",
                "dependencies = []",
                "optional-dependencies = { plot = 'pillow' }",
            ),
            "optional-dependencies.plot must be a list of strings, got 'pillow'",
        ),
    ],
    ids=[
        *("no TOML", "no metadata", "a link", "a link above", "no table", "no text"),
        *("no text in the changelog", "no changelog", "a number", "no list"),
    ],
)
def test_a_package_that_cannot_be_read_is_one_clear_line(
    repository: Repository, make: object, message: str
) -> None:
    assert callable(make)
    make(repository)
    with pytest.raises(SystemExit, match=message):
        planning.make(repository.root)
