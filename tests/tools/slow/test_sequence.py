"""The life of this repository, by the commands that CONTRIBUTING tells, in a clone with a remote.

A release is planned, applied, checked and published; it is stopped and given again; a candidate
and its final version follow; a portion is added, moved, mended on an older line, drops a Python,
and is retired. What a step leaves is what the next begins with.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import tomlkit

from tests.tools.interrupted import killed_before
from tools import git, new_portion
from tools.projects import META, ROOT, projects
from tools.publish import upload
from tools.release import commands, planning


class Clone:
    """A clone of the last commit, with a bare repository as its origin and an index beside."""

    def __init__(self, folder: Path) -> None:
        self.root, self.origin, self.index = (folder / n for n in ("clone", "origin", "index"))
        git.git(folder, "clone", "--quiet", "--bare", str(ROOT), str(self.origin))
        git.git(folder, "clone", "--quiet", str(self.origin), str(self.root))
        git.git(self.root, "switch", "--quiet", "--force-create", "main")
        git.git(self.root, "push", "--quiet", "--force", "origin", "main")
        git.git(self.root, "config", "user.name", "A Maintainer")
        git.git(self.root, "config", "user.email", "maintainer@example.com")

    def release(self, *arguments: str) -> None:
        commands.main(["--root", str(self.root), "apply", *arguments])

    def push(self) -> None:
        git.git(self.root, "push", "--quiet", "origin", f"HEAD:{git.branch(self.root)}")

    def publish(self, *arguments: str) -> None:
        to = ["--to", str(self.index), "--tag"]
        upload.main(["--root", str(self.root), *arguments, *to])

    def commit(self, message: str) -> None:
        git.git(self.root, "add", "--all")
        git.git(self.root, "commit", "--quiet", "--message", message)

    def news(self, portion: str, category: str, text: str) -> None:
        path = self.root / "changelog.d" / portion / f"+sequence.{category}.md"
        path.write_text(text + "\n", encoding="utf-8")

    def touch(self, portion: str) -> None:
        """Change what is installed of a portion, and nothing that it does."""
        readme = projects(self.root)[portion].folder / "README.md"
        readme.write_text(readme.read_text("utf-8") + "\nMore.\n", encoding="utf-8")

    def edit(self, path: Path, old: str, new: str) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def session(self, *sessions: str) -> None:
        """Run sessions of the clone, by the command that a maintainer types."""
        kept = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
        command = [sys.executable, "noxfile.py", "-s", *sessions]
        done = subprocess.run(
            command, cwd=self.root, env=kept, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, done.stdout[-5000:] + done.stderr[-5000:]

    @property
    def versions(self) -> dict[str, str]:
        return {portion: project.version for portion, project in projects(self.root).items()}

    @property
    def published(self) -> set[str]:
        return {path.name for path in self.index.glob("files/ml_infra_*.whl")}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone(tmp_path_factory.mktemp("sequence"))


def test_1_what_was_released_and_has_no_tag_is_published_first(clone: Clone) -> None:
    clone.publish()
    tags = git.tags(clone.origin)
    assert {project.tag for project in projects(clone.root).values()} <= tags.keys()
    clone.publish()  # a second time there is nothing to do


def test_2_after_a_release_everything_is_green(clone: Clone) -> None:
    for portion in projects(clone.root):
        if portion != META:
            clone.touch(portion)
            clone.news(portion, "fixed", "A bug is gone.")
    clone.commit("Mend")
    before = clone.versions
    clone.release()
    assert all(before[portion] != version for portion, version in clone.versions.items())
    clone.session("lint", "tools", "tests")
    clone.push()
    clone.publish()
    tags = git.tags(clone.origin)
    assert {project.tag for project in projects(clone.root).values()} <= tags.keys()
    assert planning.make(clone.root).is_empty


def test_3_a_release_that_is_killed_is_finished_by_the_next_call(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    clone.touch("metrics")
    clone.news("metrics", "fixed", "Another bug is gone.")
    clone.commit("Mend again")
    before = clone.versions["metrics"]
    killed_before("merge", clone.release)
    assert before == clone.versions["metrics"]
    assert git.is_clean(clone.root)
    clone.release()
    assert before != clone.versions["metrics"]
    clone.push()
    clone.publish()


def test_4_a_candidate_comes_before_the_final_version_and_the_whole_with_both(
    clone: Clone,
) -> None:
    clone.touch("metrics")
    clone.news("metrics", "removed", "`old_score`.")
    clone.commit("Break")
    clone.release("--version", "metrics=1.0.0rc1")
    assert "1.0.0rc1" == clone.versions["metrics"]
    assert clone.versions[META].endswith("rc1")
    clone.push()
    clone.publish()
    assert planning.make(clone.root).is_empty
    clone.release("--bump", "metrics=final")
    assert "1.0.0" == clone.versions["metrics"]
    assert "rc" not in clone.versions[META]
    clone.push()
    clone.publish()
    assert "ml_infra_metrics-1.0.0-py3-none-any.whl" in clone.published


def test_5a_a_portion_is_added_and_moved(clone: Clone) -> None:
    words = ["drift", "--description", "Tell whether data drifts", "--facade"]
    new_portion.main(["--root", str(clone.root), *words])
    clone.session("lint", "tests(drift)", "tests(utils)")
    clone.release()
    assert "0.1.0" == clone.versions["drift"]
    clone.push()
    clone.publish()
    git.git(clone.root, "mv", "packages/ml-infra-drift", "packages/drift")
    clone.session("lock")
    clone.commit("Move drift")
    assert planning.make(clone.root).is_empty
    clone.session("tests(drift)")


def test_5b_a_portion_drops_a_python_and_the_whole_still_resolves_there(clone: Clone) -> None:
    path = projects(clone.root)["metrics"].folder / "pyproject.toml"
    clone.edit(path, 'requires-python = ">=3.8"', 'requires-python = ">=3.9"')
    clone.edit(path, '    "Programming Language :: Python :: 3.8",\n', "")
    clone.news("metrics", "changed", "Python 3.9 or newer is needed.")
    clone.session("lock")
    clone.commit("Drop Python 3.8")
    clone.release()
    clone.push()
    clone.publish()
    assert "3.8" not in projects(clone.root)["metrics"].pythons
    page = (clone.index / "simple" / "ml-infra-metrics" / "index.html").read_text("utf-8")
    assert 2 <= len(set(re.findall('data-requires-python="([^"]+)"', page)))


def test_5c_an_older_line_is_mended_and_told_on_main(clone: Clone) -> None:
    start = ("--create", "release/metrics-1.0.x", "ml-infra-metrics-v1.0.0")
    git.git(clone.root, "switch", "--quiet", *start)
    clone.touch("metrics")
    (clone.root / "changelog.d" / "metrics").mkdir(exist_ok=True)
    clone.news("metrics", "fixed", "A bug of the old line.")
    clone.commit("Mend the old line")
    clone.release()
    assert "1.0.1" == clone.versions["metrics"]
    clone.push()
    clone.publish()
    git.git(clone.root, "switch", "--quiet", "main")
    clone.release()
    changelog = projects(clone.root)["metrics"].changelog.read_text("utf-8")
    assert "- A bug of the old line." in changelog
    clone.push()


def test_5d_a_portion_is_retired(clone: Clone) -> None:
    clone.touch("drift")
    clone.news("drift", "changed", "**Breaking:** This is the last release.")
    clone.commit("End drift")
    clone.release()
    clone.push()
    clone.publish()
    git.git(clone.root, "rm", "-r", "--quiet", "packages/drift", "tests/drift", "changelog.d/drift")
    meta = projects(clone.root)[META]
    (line,) = (s for s in meta.metadata["dependencies"] if s.startswith("ml-infra-drift"))
    clone.edit(meta.folder / "pyproject.toml", f'    "{line}",\n', "")
    clone.edit(meta.package / "__init__.py", '    "drift": (),\n', "")
    path = clone.root / "pyproject.toml"
    document = tomlkit.parse(path.read_text("utf-8"))
    del document["dependency-groups"]["test-drift"]
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    text = path.read_text("utf-8").replace('    "ml_infra_utils.drift",\n', "")
    path.write_text(text, encoding="utf-8")
    clone.news(META, "removed", "ml-infra-drift was retired.")
    clone.session("lock")
    clone.commit("Retire drift")
    clone.session("lint")
    clone.release()
    clone.push()
    clone.publish()
    assert "drift" not in clone.versions
