"""Build a distribution's files, the same bytes from the same sources."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import uv

# The earliest time that a ZIP file can hold; any fixed time would do.
EPOCH = "315532800"

_LEFT_OUT = shutil.ignore_patterns(".pdm-build", "__pycache__")


@dataclass(frozen=True)
class Files:
    """A source archive, and the wheel that was built from it."""

    sdist: Path
    wheel: Path


def build(folder: Path, into: Path) -> Files:
    """Build the sdist of the project in `folder`, and its wheel from that sdist.

    ``SOURCE_DATE_EPOCH`` is respected, and fixed where it is not set.
    """
    into.mkdir(parents=True, exist_ok=True)
    # Built beside the target, since a file can only be moved within a file system; and of a copy,
    # since a build works in .pdm-build beside the sources, where two at once would meet.
    with tempfile.TemporaryDirectory() as copy, tempfile.TemporaryDirectory(dir=into) as temporary:
        sources = shutil.copytree(folder, Path(copy) / folder.name, ignore=_LEFT_OUT)
        sdist = _uv_build("--sdist", sources, Path(temporary) / "sdist")
        _fix_time(sdist)
        wheel = _uv_build("--wheel", sdist, Path(temporary) / "wheel")
        return Files(sdist.replace(into / sdist.name), wheel.replace(into / wheel.name))


def _uv_build(kind: str, source: Path, into: Path) -> Path:
    command = [uv.find_uv_bin(), "build", kind, "--no-create-gitignore"]
    command += ["--python", sys.executable, "--out-dir", str(into), str(source)]
    environment = {"SOURCE_DATE_EPOCH": EPOCH, "UV_PYTHON_DOWNLOADS": "never", **os.environ}
    run = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"building {source.name} failed:\n{run.stderr}")
    (built,) = into.iterdir()
    return built


def _fix_time(sdist: Path) -> None:
    """Take the time of the build out of the gzip header, the one place that holds it."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", EPOCH))
    sdist.write_bytes(gzip.compress(gzip.decompress(sdist.read_bytes()), 9, mtime=epoch))
