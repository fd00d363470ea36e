"""What changed of the public names since the last release, and news that do not say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.conftest import Repository
from tools.history import History
from tools.projects import projects
from tools.release import planning
from tools.release.public_api import Changes, changes

MODULE = "packages/ml-infra-metrics/src/ml_infra_utils/metrics/__init__.py"
BEFORE = """__all__ = ["Meter", "score"]


class Base:
    def merge(self): ...


class Meter(Base):
    def update(self, value): ...
    def _private(self): ...


def score(labels, predictions): ...
"""


@pytest.fixture(scope="module")
def template(template: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = Repository.copy(template, tmp_path_factory.mktemp("released") / "monorepo")
    made.write(MODULE, BEFORE)
    made.news("metrics", "fixed")
    made.release()
    return made


def compared(repository: Repository, folder: Path) -> Changes:
    project = projects(repository.root)["metrics"]
    since = History(repository.root).release(project)
    assert since is not None
    return changes(repository.root, project, since, folder)


def test_names_members_and_parameters_are_compared(repository: Repository, tmp_path: Path) -> None:
    after = BEFORE.replace('"score"', '"score", "curve"').replace("labels, pre", "pre")
    after = after.replace("def update", "def reset") + "\n\ndef curve(): ...\n"
    repository.write(MODULE, after)
    found = compared(repository, tmp_path)
    assert ["Meter.reset", "curve"] == found.added
    assert ["Meter.update"] == found.removed
    assert "score (parameter was removed)" in found.signatures
    assert "removed: Meter.update" in str(found)


def test_what_moved_into_a_base_class_is_still_there(
    repository: Repository, tmp_path: Path
) -> None:
    line = "    def update(self, value): ...\n"
    base = "    def merge(self): ...\n"
    repository.write(MODULE, BEFORE.replace(line, "").replace(base, base + line))
    assert [] == compared(repository, tmp_path).removed


def test_a_source_that_is_no_python_is_one_clear_line(repository: Repository) -> None:
    repository.write(MODULE, "<<<<<<< HEAD\n")
    repository.news("metrics", "added", "A score.")
    with pytest.raises(SystemExit, match="is each file there valid Python"):
        planning.make(repository.root)


@pytest.mark.parametrize(
    ("category", "text", "is_told"),
    [
        ("fixed", "A bug is gone.", False),
        ("changed", "Meters are faster.", False),
        ("removed", "`Meter.update`.", True),
        ("changed", "**Breaking:** `Meter.update` is `reset` now.", True),
    ],
)
def test_a_release_whose_news_do_not_tell_of_a_removal_is_refused(
    repository: Repository, category: str, text: str, is_told: bool
) -> None:
    repository.write(MODULE, BEFORE.replace("def update", "def reset"))
    repository.news("metrics", category, text)
    if is_told:
        assert "metrics" in {entry.portion for entry in planning.make(repository.root).releases}
    else:
        with pytest.raises(SystemExit, match=r"gone since 0\.1\.1: Meter\.update; no news says so"):
            planning.make(repository.root)
