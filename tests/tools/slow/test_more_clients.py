"""Poetry, Hatch, pipx, pex, shiv, PyInstaller and a zip take one portion, and all.

Each client runs by uv in an environment of its own, and reads an index on this machine that has
ours and what they need, and nothing else. conda is on no registry that these tests may reach; its
pip is pip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator

import pytest
import uv

from tools.build import Files
from tools.index import devpi
from tools.projects import META, projects
from tools.running import isolated, run
from tools.third_party import fetch

PORTIONS = [portion for portion in projects() if portion != META]
LOOK = (
    "import importlib.util as u\n"
    f"print([p for p in {PORTIONS} if u.find_spec('ml_infra_utils.' + p)])\n"
)
CASES = [("ml-infra-metrics", ["metrics"]), ("ml-infra-utils", PORTIONS)]


@pytest.fixture(scope="module")
def simple(files: dict[str, Files], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an index that has our distributions and what they need."""
    folder = tmp_path_factory.mktemp("index")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    run([*download, "--dest", folder / "third-party", "pip"])  # pipx wants its newest
    paths = fetch(projects().values(), folder / "third-party")
    paths += [path for built in files.values() for path in (built.sdist, built.wheel)]
    with devpi(folder) as index:
        index.upload(paths)
        yield index.simple


def tool(package: str, command: str, *more: str) -> list[str]:
    """Return a command that runs a tool from the index of this machine's settings."""
    extra = [option for name in more for option in ("--with", name)]
    return [uv.find_uv_bin(), "tool", "run", "--from", package, *extra, command]


def reading(simple: str) -> dict[str, str]:
    """Return an environment in which pip reads that index; uv, which runs the tool, does not."""
    return {**isolated(), "PIP_INDEX_URL": simple}


def found(*command: str | Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=env or isolated()
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip().splitlines()[-1]


def with_poetry(simple: str, name: str, folder: Path) -> str:
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.11"\n'
        f'dependencies = ["{name}"]\n[tool.poetry]\npackage-mode = false\n'
        f'[[tool.poetry.source]]\nname = "ours"\nurl = "{simple}"\npriority = "primary"\n',
        encoding="utf-8",
    )
    # In a cache that it shares, Poetry would find other files of this version from an earlier run.
    own = {"POETRY_VIRTUALENVS_IN_PROJECT": "true", "POETRY_CACHE_DIR": str(folder / "cache")}
    env = {**os.environ, **own}
    env.pop("VIRTUAL_ENV", None)
    run([*tool("poetry", "poetry"), "install", "--no-interaction"], cwd=folder, env=env)
    return found(folder / ".venv" / "bin" / "python", "-I", "-c", LOOK)


def with_hatch(simple: str, name: str, folder: Path) -> str:
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "app"\nversion = "0"\n'
        "[tool.hatch.envs.default]\nskip-install = true\n"
        f'dependencies = ["{name}"]\n',
        encoding="utf-8",
    )
    env = {**os.environ, **reading(simple), "HATCH_DATA_DIR": str(folder / "data")}
    command = [*tool("hatch", "hatch"), "run", "python", "-I", "-c", LOOK]
    return run(command, cwd=folder, env=env).strip().splitlines()[-1]


def with_pipx(simple: str, name: str, folder: Path) -> str:
    script = folder / "look.py"
    script.write_text(f'# /// script\n# dependencies = ["{name}"]\n# ///\n{LOOK}', "utf-8")
    env = {**reading(simple), "PIPX_HOME": str(folder / "pipx"), "PIPX_DEFAULT_BACKEND": "pip"}
    return run([*tool("pipx", "pipx"), "run", script], env=env).strip().splitlines()[-1]


def with_pex(simple: str, name: str, folder: Path) -> str:
    archive = folder / "app.pex"
    command = [*tool("pex", "pex"), name, "--index-url", simple, "--no-pypi"]
    run([*command, "--python", sys.executable, "--output-file", archive], env=isolated())
    return found(sys.executable, archive, "-c", LOOK)


def with_shiv(simple: str, name: str, folder: Path) -> str:
    archive = folder / "app.pyz"
    command = [*tool("shiv", "shiv", "pip"), "--output-file", archive, "--index-url", simple, name]
    run(command, env=isolated())
    env = {**isolated(), "SHIV_ROOT": str(folder / "shiv")}
    return found(sys.executable, archive, "-c", LOOK, env=env)


def with_pyinstaller(simple: str, name: str, folder: Path) -> str:
    """A frozen program has what it imports: here each portion that is installed."""
    python = folder / "env" / "bin" / "python"
    run([uv.find_uv_bin(), "venv", "--python", sys.executable, folder / "env"], env=isolated())
    install = [uv.find_uv_bin(), "pip", "install", "--python", python]
    run([*install, "--index-url", simple, name], env=isolated())
    run([*install, "pyinstaller"])
    script = folder / "look.py"
    script.write_text(LOOK, encoding="utf-8")
    hidden = [f"--collect-submodules=ml_infra_utils.{p}" for p in dict(CASES)[name]]
    command = [python, "-m", "PyInstaller", "--onefile", *hidden, script]
    run(command, cwd=folder, env=isolated())
    return found(folder / "dist" / "look")


@pytest.mark.parametrize(("name", "expected"), CASES, ids=["one", "all"])
@pytest.mark.parametrize(
    "client",
    [with_poetry, with_hatch, with_pipx, with_pex, with_shiv, with_pyinstaller],
    ids=["poetry", "hatch", "pipx", "pex", "shiv", "pyinstaller"],
)
def test_a_client_installs_exactly_what_was_asked_for(
    client: Callable[[str, str, Path], str],
    name: str,
    expected: list[str],
    simple: str,
    tmp_path: Path,
) -> None:
    assert str(expected) == client(simple, name, tmp_path)


@pytest.mark.parametrize(("name", "expected"), CASES, ids=["one", "all"])
def test_what_was_installed_is_imported_from_a_zip(
    name: str, expected: list[str], simple: str, tmp_path: Path
) -> None:
    """Before Python 3.13 a namespace is found in a zip that lists its folders; wheels do not."""
    install = [uv.find_uv_bin(), "pip", "install", "--python", sys.executable]
    site = tmp_path / "site"
    run([*install, "--index-url", simple, "--target", site, name], env=isolated())
    archive = shutil.make_archive(str(tmp_path / "layer"), "zip", site)
    code = f"import sys\nsys.path.insert(0, {archive!r})\n{LOOK}"
    assert str(expected) == found(sys.executable, "-I", "-c", code)
