"""pip, uv and pdm install what was published, from devpi and from a static folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest
import uv

from tests.tools.serving import serving_folder
from tools.build import Files
from tools.index import devpi
from tools.projects import META, projects
from tools.publish import upload
from tools.publish.folder import Folder
from tools.running import isolated, run
from tools.third_party import fetch

PORTIONS = tuple(portion for portion in projects() if portion != META)
LOOK = "import importlib.util as u, sys; print([p for p in sys.argv[1:] if u.find_spec(p)])"


@pytest.fixture(scope="module", params=["devpi", "static folder"])
def simple(
    request: pytest.FixtureRequest,
    files: dict[str, Files],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The URL of an index that has our distributions and what they need."""
    folder = tmp_path_factory.mktemp("index")
    paths = fetch(projects().values(), folder / "third-party")
    paths += [path for built in files.values() for path in (built.sdist, built.wheel)]
    if request.param == "devpi":
        with devpi(folder) as index:
            index.upload(paths)
            yield index.simple
        return
    to = Folder(folder / "static")
    upload.send(paths, to, upload.ask(paths, to))
    to.finish({})
    with serving_folder(folder / "static") as url:
        yield f"{url}/simple/"


def with_pip(simple: str, name: str, folder: Path) -> Path:
    run([sys.executable, "-m", "venv", folder / "env"], env=isolated())
    python = interpreter(folder / "env")
    run([python, "-m", "pip", "install", "--index-url", simple, name], env=isolated())
    return python


def with_uv(simple: str, name: str, folder: Path) -> Path:
    binary = uv.find_uv_bin()
    run([binary, "venv", "--python", sys.executable, folder / "env"], env=isolated())
    python = interpreter(folder / "env")
    install = [binary, "pip", "install", "--python", python, "--index-url", simple, name]
    run(install, env=isolated())
    return python


def with_pdm(simple: str, name: str, folder: Path) -> Path:
    environment = {
        **{k: v for k, v in isolated().items() if k != "VIRTUAL_ENV"},
        "PDM_PYPI_URL": simple,
        "PDM_IGNORE_ACTIVE_VENV": "1",
        "PDM_CHECK_UPDATE": "0",
        # In a cache that it shares, PDM keeps what a version of an earlier run required.
        "PDM_CACHE_DIR": str(folder / "cache"),
    }
    pdm = [sys.executable, "-m", "pdm"]
    run([*pdm, "init", "--non-interactive"], env=environment, cwd=folder)
    run([*pdm, "add", "--quiet", name], env=environment, cwd=folder)
    return interpreter(folder / ".venv")


def interpreter(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ml-infra-metrics", ["metrics"]), ("ml-infra-utils", list(PORTIONS))],
)
@pytest.mark.parametrize("client", [with_pip, with_uv, with_pdm], ids=["pip", "uv", "pdm"])
def test_a_client_installs_exactly_what_was_asked_for(
    client: object, name: str, expected: list[str], simple: str, tmp_path: Path
) -> None:
    assert callable(client)
    python = client(simple, name, tmp_path)
    modules = [f"ml_infra_utils.{portion}" for portion in PORTIONS]
    command = [str(python), "-I", "-c", LOOK, *modules]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert str([f"ml_infra_utils.{portion}" for portion in expected]) == done.stdout.strip()
