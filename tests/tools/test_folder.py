"""The static index: every Python and every date finds what it may have."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator

import pytest
import requests
import uv
from packaging.version import Version

from tests.tools.conftest import make_told
from tests.tools.serving import serving_folder
from tools.build import build
from tools.publish.folder import Folder
from tools.running import isolated

OLD, NEW = 1_700_000_000, 1_750_000_000  # in November 2023, and in June 2025


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with a version for Python 3.8, a newer one without, and one that was yanked."""
    root = tmp_path_factory.mktemp("static")
    to = Folder(root / "index")
    for version, pythons in (("0.1.0", ">=3.8"), ("0.2.0", ">=3.9"), ("0.3.0", ">=3.8")):
        wheel = build(make_told(root / version, version, pythons), root / "dist").wheel
        to.upload(wheel)
        os.utime(to.files / wheel.name, (OLD, OLD) if version == "0.1.0" else (NEW, NEW))
    to.finish({"ml-infra-told": {Version("0.3.0")}})
    return to.folder


@pytest.fixture(scope="module")
def simple(folder: Path) -> Iterator[str]:
    with serving_folder(folder) as url:
        yield f"{url}/simple/"


def resolved(simple: str, *options: str) -> str:
    command = [uv.find_uv_bin(), "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command += ["--no-cache", "--default-index", simple, *options, "-"]
    done = subprocess.run(
        command, input="ml-infra-told", env=isolated(), check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("python", "expected"), [("3.8", "0.1.0"), ("3.9", "0.2.0")])
def test_each_python_finds_what_runs_there(simple: str, python: str, expected: str) -> None:
    assert f"ml-infra-told=={expected}" == resolved(simple, "--python-version", python)


@pytest.mark.parametrize(("python", "expected"), [("3.8", "0.1.0"), ("3.9", "0.2.0")])
def test_pip_finds_it_too(simple: str, python: str, expected: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    command += ["--python-version", python, "--no-deps", "--index-url", simple]
    subprocess.run([*command, "--dest", str(tmp_path), "ml-infra-told"], env=isolated(), check=True)
    assert [f"ml_infra_told-{expected}-py3-none-any.whl"] == [p.name for p in tmp_path.iterdir()]


def test_a_date_finds_what_was_there(simple: str) -> None:
    before = resolved(simple, "--python-version", "3.9", "--exclude-newer", "2024-01-01")
    assert "ml-infra-told==0.1.0" == before


def test_what_was_taken_back_is_marked(simple: str, folder: Path) -> None:
    page = requests.get(f"{simple}ml-infra-told/", timeout=10).text
    (line,) = (line for line in page.splitlines() if "data-yanked" in line)
    assert "0.3.0" in line
    document = (folder / "simple" / "ml-infra-told" / "index.json").read_text("utf-8")
    assert 1 == document.count('"yanked": true')


def test_two_that_write_at_once_leave_pages_that_list_all(folder: Path, tmp_path: Path) -> None:
    wheels = sorted((folder / "files").glob("*.whl"))

    def publish(wheel: Path) -> None:
        to = Folder(tmp_path / "index")
        to.upload(wheel)
        to.finish({})

    threads = [threading.Thread(target=publish, args=(wheel,)) for wheel in wheels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    page = (tmp_path / "index/simple/ml-infra-told/index.html").read_text("utf-8")
    assert [] == [wheel.name for wheel in wheels if wheel.name not in page]


def test_the_commands_can_be_typed_whatever_the_folder_is_called(tmp_path: Path) -> None:
    told = Folder(tmp_path / "mine & yours").usage("ml-infra-told==0.1.0")
    assert f"--directory '{tmp_path}/mine & yours' 8080" in told.splitlines()[0]


@pytest.mark.parametrize("name", ["odd.whl", "told-1.0-py3-none-any.whl", "told-1.0.tar.gz"])
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / name).write_text("Not found.", encoding="utf-8")
    with pytest.raises(SystemExit, match=rf"{name} cannot be read as a distribution \(.*remove it"):
        Folder(tmp_path).finish({})
