"""A small monorepo with a history that a test writes."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
import tomlkit

from tools import git
from tools.build import Files, build
from tools.projects import META, ROOT, projects
from tools.release.commands import apply
from tools.release.news import write_changelog

git.forget_surroundings()  # a hook or an alias of git may have begun this

PORTIONS = ("logging", "metrics")
PROJECT = """[build-system]
requires = ["pdm-backend>=2.4.0"]
build-backend = "pdm.backend"

[project]
name = "ml-infra-{portion}"
version = "0.1.0" # the one place that says it
description = "A part of a small monorepo"
readme = "README.md"
requires-python = ">=3.8"
license = "MIT"
dependencies = [{dependencies}]

[tool.pdm.build]
package-dir = "src"
includes = ["src/ml_infra_utils"]
"""
PINS = '\n    "ml-infra-logging>=0.1,<0.2",\n    "ml-infra-metrics>=0.1,<0.2",\n'
FACADE = """from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
"""
CHANGELOG = "# Changelog\n\n<!-- towncrier release notes start -->\n"


def make_told(folder: Path, version: str = "0.1.0", pythons: str = ">=3.8") -> Path:
    """Write the sources of a small distribution, ml-infra-told, which no index has."""
    module = folder / "src" / "ml_infra_utils" / "told" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.write_text("VALUE = 7\n", encoding="utf-8")
    (folder / "README.md").write_text("# Told\n", encoding="utf-8")
    text = PROJECT.format(portion="told", dependencies="").replace(">=3.8", pythons)
    (folder / "pyproject.toml").write_text(text.replace("0.1.0", version), encoding="utf-8")
    return folder


class Repository:
    """A monorepo of two portions and the meta-package, all at 0.1.0 and tagged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        git.git(root, "init", "--quiet", "--initial-branch", "main")
        git.git(root, "config", "user.name", "A Maintainer")
        git.git(root, "config", "user.email", "maintainer@example.com")
        workshop = tomlkit.parse((ROOT / "pyproject.toml").read_text("utf-8")).unwrap()
        groups = {f"test-{portion}": ["pytest"] for portion in (*PORTIONS, META)}
        news = {"towncrier": workshop["tool"]["towncrier"]}
        self.write("pyproject.toml", tomlkit.dumps({"dependency-groups": groups, "tool": news}))
        self.write(".gitignore", "__pycache__/\n.pdm-build/\n")
        self.write(".gitattributes", (ROOT / ".gitattributes").read_text("utf-8"))
        self.write("noxfile.py", "import sys\n\nprint('sessions:', *sys.argv[2:])\n")
        for portion in PORTIONS:
            self._distribution(portion, f"src/ml_infra_utils/{portion}/__init__.py", "VALUE = 1\n")
            test = (
                f"from ml_infra_utils.{portion} import VALUE\n\ndef test_it():\n    assert VALUE\n"
            )
            self.write(f"tests/{portion}/test_{portion}.py", test)
        self._distribution(META, "src/ml_infra_utils/__init__.py", FACADE)
        names = ", ".join(PORTIONS)
        test = f"def test_all_are_there():\n    from ml_infra_utils import {names}\n"
        self.write(f"tests/{META}/test_facade.py", test)
        for portion in projects(root):
            self.news(portion, "added", f"The beginning of {portion}.")
        self.commit("Begin")
        for project in projects(root).values():
            write_changelog(project, "0.1.0", "2026-01-02", root)
        self.commit("Release")
        for portion in (*PORTIONS, META):
            self.tag(f"ml-infra-{portion}-v0.1.0")

    @classmethod
    def copy(cls, template: Repository, root: Path) -> Repository:
        copied = object.__new__(cls)
        copied.root = root
        git.git(template.root, "clone", "--quiet", str(template.root), str(root))
        git.git(root, "remote", "remove", "origin")
        git.git(root, "config", "user.name", "A Maintainer")
        git.git(root, "config", "user.email", "maintainer@example.com")
        return copied

    def _distribution(self, portion: str, module: str, code: str) -> None:
        folder = f"packages/ml-infra-{portion}"
        pins = PINS if portion == META else ""
        self.write(f"{folder}/pyproject.toml", PROJECT.format(portion=portion, dependencies=pins))
        self.write(f"{folder}/README.md", f"# ml-infra-{portion}\n")
        self.write(f"{folder}/CHANGELOG.md", CHANGELOG)
        self.write(f"{folder}/LICENSE", "MIT\n")
        self.write(f"{folder}/{module}", code)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def news(self, portion: str, category: str, text: str = "Something.") -> None:
        self.write(f"changelog.d/{portion}/+{category}.{category}.md", text + "\n")

    def change(self, portion: str, value: int = 2) -> None:
        """Change what a portion's wheel holds."""
        self.write(
            f"packages/ml-infra-{portion}/src/ml_infra_utils/{portion}/__init__.py",
            f"VALUE = {value}\n",
        )

    def commit(self, message: str = "Work") -> None:
        git.git(self.root, "add", "--all")
        git.git(self.root, "commit", "--quiet", "--message", message)

    def tag(self, name: str) -> None:
        git.git(self.root, "tag", "--annotate", name, "--message", name)

    def replace(self, path: str, old: str, new: str) -> None:
        """Change a text that has to be there once."""
        text = self.read(path)
        assert 1 == text.count(old), f"{old!r} in {path}: {text}"
        self.write(path, text.replace(old, new))

    def set_version(self, portion: str, version: str) -> None:
        """Write a version by hand, where it stands."""
        path = f"packages/ml-infra-{portion}/pyproject.toml"
        self.replace(path, f'version = "{self.version(portion)}"', f'version = "{version}"')

    def pin(self, *lines: str) -> None:
        """Let the meta-package depend on these lines."""
        path = f"packages/ml-infra-{META}/pyproject.toml"
        listed = "".join(f"    {line!r},\n" for line in lines)
        text = re.sub(
            r"dependencies = \[.*?\]", f"dependencies = [\n{listed}]", self.read(path), flags=re.S
        )
        self.write(path, text)

    def pins(self) -> list[str]:
        return [str(line) for line in projects(self.root)[META].metadata["dependencies"]]

    def release(self, *only: str, **options: dict[str, str]) -> None:
        """Commit what there is, and release it as `apply` does."""
        if not git.is_clean(self.root):
            self.commit()
        apply(self.root, {"only": only, **options})

    def delete_tags(self) -> None:
        for tag in git.tags(self.root):
            git.git(self.root, "tag", "--delete", tag)

    def version(self, portion: str) -> str:
        return projects(self.root)[portion].version

    def state(self) -> tuple[str, str, str]:
        """What a tool that only looks must leave as it was."""
        asked = (["status", "--porcelain"], ["show-ref", "--head"], ["config", "--local", "--list"])
        status, references, settings = (git.git(self.root, *command) for command in asked)
        return status, references, settings


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("template") / "monorepo")


@pytest.fixture
def repository(template: Repository, tmp_path: Path) -> Repository:
    """A fresh copy of the small monorepo."""
    return Repository.copy(template, tmp_path / "monorepo")


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The sdist and the wheel of each real distribution, by portion."""
    folder = tmp_path_factory.mktemp("dist")
    return {portion: build(project.folder, folder) for portion, project in projects().items()}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that holds nothing of others."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
