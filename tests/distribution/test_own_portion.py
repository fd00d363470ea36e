"""A portion of one's own, examples/own-portion, is built and works beside the others."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Callable

import pytest

from tools.build import Files, build
from tools.projects import ROOT
from tools.running import isolated

OWN = ROOT / "examples" / "own-portion"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return build(OWN, tmp_path_factory.mktemp("own"))


def test_its_wheel_has_its_folder_of_the_namespace_only(own: Files) -> None:
    names = zipfile.ZipFile(own.wheel).namelist()
    inside = [name for name in names if ".dist-info/" not in name]
    assert all(name.startswith("ml_infra_utils/acme/") for name in inside)
    assert "ml_infra_utils/acme/schemas/word-counts-1.schema.json" in inside


def test_its_tests_pass_beside_the_others(
    own: Files, files: dict[str, Files], target: Callable[..., Path]
) -> None:
    folder = target("together", *(built.wheel for built in files.values()), own.wheel)
    environment = {**isolated(), "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(OWN / "tests")]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "4 passed" in done.stdout
