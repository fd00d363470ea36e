"""The main job, on this machine: build all distributions, publish, install and use them."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.build import Files, build
from tools.index import Index, devpi
from tools.program import program
from tools.progress import say, step
from tools.projects import PREFIX, ROOT, projects
from tools.running import isolated, run
from tools.scratch import scratch
from tools.third_party import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ALONE = "metrics"
EXAMPLE = ROOT / "examples" / "breast_cancer.py"

# Run by the Python of a fresh environment: which of our modules can it import?
LOOK = "import importlib.util as u, sys; print([m for m in sys.argv[1:] if u.find_spec(m)])"
USE = "from ml_infra_utils.metrics import f1_score as f; print(f([1, 0, 1, 1], [1, 0, 0, 1]))"


def main() -> None:
    """Run the quickstart from the command line."""
    parser = argparse.ArgumentParser(prog="quickstart", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the index running at the end")
    keep = parser.parse_args().keep
    with program(), kept() if keep else scratch() as folder:
        quickstart(folder, keep=keep)


@contextmanager
def kept() -> Iterator[Path]:
    """Give a folder that stays, unless the block fails."""
    folder = Path(tempfile.mkdtemp(prefix="ml-infra-quickstart-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def quickstart(folder: Path, *, keep: bool) -> None:
    """Do the main job in `folder`, saying what is done while it is done."""
    everything = projects()
    portions = [project for project in everything.values() if not project.is_meta]
    with step(f"Building {len(everything)} distributions: each sdist, and its wheel from that"):
        files = {p.name: build(p.folder, folder / "dist") for p in everything.values()}
    with step("Fetching by name the third-party packages that an install needs"):
        fetched = fetch(everything.values(), folder / "third-party")
    say("Starting devpi-server")
    with devpi(folder, keep=keep) as index:
        print(f"    {index.simple} serves what is uploaded, and nothing else", flush=True)
        with step(f"Uploading {2 * len(files) + len(fetched)} files"):
            index.upload([*fetched, *(path for f in files.values() for path in (f.sdist, f.wheel))])
        with step(f"Installing {PREFIX}{ALONE} alone"):
            alone = Environment(folder / "alone")
            alone.install(f"{PREFIX}{ALONE}", index)
            present = alone.python("-c", LOOK, *(p.module for p in portions))
            if present != f"['ml_infra_utils.{ALONE}']":
                raise SystemExit(f"{ALONE} was installed alone, but there are: {present}")
            used = alone.python("-c", USE)
        with step("Installing ml-infra-utils, and running examples/breast_cancer.py"):
            full = Environment(folder / "all")
            full.install(f"{PREFIX}utils", index)
            output = full.python(str(EXAMPLE))
        print(f"\n{output}\n")
        summarize(files, [alone, full], f"{present} (f1_score gave {used})", output, index)
        if keep:
            explain(index, folder)


class Environment:
    """A fresh virtual environment, and what pip installed into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        run([sys.executable, "-m", "venv", folder], env=isolated())

    def python(self, *arguments: str) -> str:
        return run([self.interpreter, *arguments], env=isolated()).strip()

    def install(self, requirement: str, index: Index) -> None:
        self.python("-m", "pip", "install", "--index-url", index.simple, requirement)

    @property
    def installed(self) -> list[str]:
        listed = json.loads(self.python("-m", "pip", "list", "--format", "json"))
        ours = [f"{d['name']} {d['version']}" for d in listed]
        return [name for name in ours if not name.startswith(("pip ", "setuptools ", "wheel "))]


def summarize(
    files: Mapping[str, Files],
    environments: Iterable[Environment],
    present: str,
    output: str,
    index: Index,
) -> None:
    """Print what was built, what was installed where, and the scores."""
    print("Built and published")
    for built in files.values():
        for path in (built.sdist, built.wheel):
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            print(f"  {path.name:52} {len(content):>7,} bytes  sha256 {digest}")
    print("\nInstalled, each in a fresh environment")
    for environment in environments:
        print(f"  {environment.folder.name + ':':7}{', '.join(environment.installed)}")
    print(f"  of the four portions, 'alone' can import: {present}")
    print("\nScores on the held-out third of the Wisconsin breast-cancer data")
    for name, score in scores(output).items():
        print(f"  {name:10} {score:.4f}")
    pattern = index.simple.replace(str(index.port), "PORT")
    print(f"\nIndex: {pattern} (was port {index.port})")


def scores(output: str) -> dict[str, float]:
    """Return the metrics of the last log line of the example that has any."""
    lines: list[dict[str, Any]] = [json.loads(s) for s in output.splitlines() if s.startswith("{")]
    (*_, metrics) = (m for line in lines if (m := line.get("context", {}).get("metrics")))
    return dict(metrics)


def explain(index: Index, folder: Path) -> None:
    """Print the commands that use the index that was left running."""
    name = f"{PREFIX}{ALONE}"
    print(
        f"""
The index is still there. Use it:
  pip install --index-url {index.simple} {name}
  uv pip install --index-url {index.simple} {name}
  mkdir try && cd try && pdm init -n && PDM_PYPI_URL={index.simple} pdm add {name}
Stop it, and then remove what it holds:
  kill {index.pid}
  rm -r {folder}"""
    )


if __name__ == "__main__":
    main()
