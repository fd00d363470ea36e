"""The local index: real, closed, and gone when it is no longer needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator
from zipfile import ZipFile

import pytest
import requests

from tools.build import Files
from tools.index import Index, devpi
from tools.running import isolated


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with devpi(tmp_path_factory.mktemp("devpi")) as running:
        yield running


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_pip_installs_what_was_uploaded(
    index: Index, files: dict[str, Files], tmp_path: Path
) -> None:
    built = files["decorators"]
    index.upload([built.sdist, built.wheel])
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(tmp_path)]
    subprocess.run(
        [*command, "--index-url", index.simple, "ml-infra-decorators"], env=isolated(), check=True
    )
    assert built.wheel.read_bytes() == (tmp_path / built.wheel.name).read_bytes()


def test_the_same_file_again_is_accepted_and_other_content_is_not(
    index: Index, files: dict[str, Files], tmp_path: Path
) -> None:
    built = files["logging"]
    index.upload([built.wheel])
    index.upload([built.wheel])
    other = Path(shutil.copy(built.wheel, tmp_path))
    with ZipFile(other, "a") as archive:
        archive.writestr("more.txt", "More.")
    with pytest.raises(SystemExit, match="409 Conflict"):
        index.upload([other])


def test_it_knows_no_other_index(index: Index) -> None:
    answer = requests.get(f"{index.simple}pip/", timeout=10)
    assert 404 == answer.status_code


def test_the_password_is_not_shown(index: Index) -> None:
    assert index.password not in repr(index)


def test_it_stops_when_something_fails(tmp_path: Path) -> None:
    started: list[int] = []

    def fail() -> None:
        with devpi(tmp_path) as running:
            started.append(running.pid)
            assert alive(running.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not alive(*started)


def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.index.HOST", "no such host")
    monkeypatch.setattr("tools.index._free_port", lambda: 1)
    with pytest.raises(SystemExit, match=r"(?s)devpi-server did not start:\n.+"):
        devpi(tmp_path).__enter__()
