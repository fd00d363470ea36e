"""The built files of all distributions, and fresh places to install them into."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest
import uv

from tools.build import Files, build
from tools.projects import Project, projects
from tools.running import isolated

PROJECTS = projects()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """The sdist and the wheel of each distribution, by portion."""
    folder = tmp_path_factory.mktemp("dist")
    return {portion: build(project.folder, folder) for portion, project in PROJECTS.items()}


@pytest.fixture(scope="session")
def site(files: dict[str, Files], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every distribution installed into it."""
    folder = tmp_path_factory.mktemp("site")
    unpack(folder, *(built.wheel for built in files.values()))
    return folder


@pytest.fixture(params=PROJECTS.values(), ids=PROJECTS)
def project(request: pytest.FixtureRequest) -> Project:
    """Each distribution in turn."""
    found: Project = request.param
    return found


class Environment:
    """A virtual environment; uv installs into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run_uv("venv", "--quiet", "--python", sys.executable, str(folder))

    def install(self, *what: str | Path) -> None:
        run_uv(
            "pip", "install", "--quiet", "--no-deps", "--python", str(self.folder), *map(str, what)
        )

    def uninstall(self, name: str) -> None:
        run_uv("pip", "uninstall", "--quiet", "--python", str(self.folder), name)

    def run(self, code: str) -> str:
        windows = self.folder / "Scripts" / "python.exe"
        return run_python(windows if os.name == "nt" else self.folder / "bin" / "python", code)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")


@pytest.fixture
def target(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a folder with wheels unpacked into it."""

    def install(name: str, *wheels: Path) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        unpack(folder, *wheels)
        return folder

    return install


def unpack(folder: Path, *wheels: Path) -> None:
    """Unpack wheels into a folder as an installer does, without an environment."""
    if wheels:
        options = ["--quiet", "--offline", "--no-index", "--no-deps", "--target", str(folder)]
        run_uv("pip", "install", *options, "--python", sys.executable, *map(str, wheels))


def run_uv(*arguments: str) -> None:
    environment = {**isolated(), "UV_LINK_MODE": "copy"}
    subprocess.run([uv.find_uv_bin(), *arguments], env=environment, check=True)


def run_python(interpreter: str | Path, code: str) -> str:
    """Run the code where nothing of this test run can be imported; return what it prints."""
    command = [str(interpreter), "-I", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "" == done.stderr
    return done.stdout.strip()
