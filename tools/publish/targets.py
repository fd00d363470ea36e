"""Where released files go: a devpi on this machine, a public or private index, a folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from pypi_simple import NoSuchProjectError, PyPISimple
from twine.exceptions import TwineException
from twine.settings import Settings
from twine.utils import get_config

from tools.index import TWINE_UPLOAD, Index, local
from tools.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PUBLIC = ("pypi", "testpypi")


class TargetError(Exception):
    """A target could not be asked, or did not take a file."""


class Target(ABC):
    """A place that files are published to."""

    #: Whether an installation from here finds third-party packages only if they are here too.
    closed = False

    @abstractmethod
    def hashes(self, names: Sequence[str]) -> dict[str, str]:
        """Return the SHA-256 of each file that is there, by file name."""

    @abstractmethod
    def upload(self, path: Path) -> None:
        """Put one file there; raise TargetError if that is not sure to have worked."""

    @abstractmethod
    def usage(self, name: str) -> str:
        """Return how a published distribution is installed from there."""

    def finish(self) -> None:
        """Do what remains when every file is there: nothing, unless a kind of target says so."""
        return


class Remote(Target):
    """An index that twine uploads to and that answers the simple API."""

    def __init__(
        self,
        options: Sequence[str],
        simple: str,
        *,
        timeout: float,
        index: Index | None = None,
        credentials: tuple[str, str] | None = None,
    ) -> None:
        self.options = options
        self.simple = simple
        self.timeout = timeout
        self.index = index
        self.credentials = credentials
        self.closed = index is not None

    def __str__(self) -> str:
        return self.simple

    def hashes(self, names: Sequence[str]) -> dict[str, str]:
        """Ask the simple API (PEP 503 or 691) for the files of each project."""
        found = {}
        with PyPISimple(self.simple, auth=self.credentials) as client:
            for name in names:
                try:
                    page = client.get_project_page(name, timeout=self.timeout)
                except NoSuchProjectError:
                    continue
                except requests.RequestException as error:
                    raise TargetError(str(error)) from None
                found.update({p.filename: p.digests.get("sha256", "") for p in page.packages})
        return found

    def upload(self, path: Path) -> None:
        """Upload with twine, which takes credentials from keyring, environment or .pypirc."""
        try:
            done = subprocess.run(
                [*TWINE_UPLOAD, *self.options, str(path)],
                env=None if self.index is None else self.index.twine_environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TargetError(f"no answer within {self.timeout:g} seconds") from None
        if done.returncode != 0:
            lines = (done.stdout + done.stderr).strip().splitlines()
            raise TargetError(next((s for s in reversed(lines) if "ERROR" in s), lines[-1]))

    def usage(self, name: str) -> str:
        """Return pip's command."""
        command = f"pip install --index-url {self.simple} {name}"
        if self.index is None:
            return command
        return f"{command}\nStop the index on this machine: kill {self.index.pid}"


class Folder(Target):
    """A static index (PEP 503 and 691) that any web server serves."""

    closed = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"

    def __str__(self) -> str:
        return str(self.folder)

    def hashes(self, names: Sequence[str]) -> dict[str, str]:
        """Hash the files that are there, of any project."""
        del names
        there = [*self.files.glob("*.tar.gz"), *self.files.glob("*.whl")]
        return {p.name: sha256(p) for p in sorted(there) if not p.name.startswith(".")}

    def upload(self, path: Path) -> None:
        """Copy the file, so that it is there whole or not at all."""
        try:
            self.files.mkdir(parents=True, exist_ok=True)
            partial = self.files / f".{path.name}"
            shutil.copyfile(path, partial)
            partial.replace(self.files / path.name)
        except OSError as error:
            raise TargetError(str(error)) from None

    def finish(self) -> None:
        """Write the pages of the index: HTML (PEP 503), and JSON beside it (PEP 691)."""
        listed = self.folder / "packages.json"
        files: dict[str, list[Mapping[str, object]]] = {}
        lines = []
        for filename, digest in self.hashes([]).items():
            lines.append(json.dumps({"filename": filename, "hash": f"sha256={digest}"}))
            url, hashes = f"../../files/{filename}", {"sha256": digest}
            file = {"filename": filename, "url": url, "hashes": hashes}
            files.setdefault(project_of(filename), []).append(file)
        listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "dumb_pypi.main", "--package-list-json", str(listed)]
        command += ["--packages-url", "../../files/", "--output-dir", str(self.folder)]
        subprocess.run([*command, "--no-generate-timestamp"], check=True)
        for name, its_files in files.items():
            page = {"meta": {"api-version": "1.0"}, "name": name, "files": its_files}
            path = self.folder / "simple" / name / "index.json"
            path.write_text(json.dumps(page, indent=2), encoding="utf-8")

    def usage(self, name: str) -> str:
        """Return the commands that serve the folder and install from it."""
        return (
            f"python3 -m http.server --bind 127.0.0.1 --directory {self.folder} 8080\n"
            f"pip install --index-url http://127.0.0.1:8080/simple/ {name}"
        )


def target(text: str, *, timeout: float) -> Target:
    """Return the target that a person named."""
    if text == "devpi":
        index = local(ROOT / ".nox" / "devpi")
        return Remote(index.twine_options, index.simple, timeout=timeout, index=index)
    if text in PUBLIC:
        uploads = str(get_config(os.devnull)[text]["repository"])
        simple = uploads.replace("//upload.", "//").replace("/legacy/", "/simple/")
        return Remote(["--repository", text], simple, timeout=timeout)
    if "://" in text:
        parts = urlsplit(text)
        if parts.username is not None or parts.query:
            raise SystemExit(
                "credentials do not belong into a URL: keep them in keyring, in .pypirc, or in "
                "TWINE_USERNAME and TWINE_PASSWORD"
            )
        url = text.rstrip("/") + "/"
        credentials = _credentials(url)
        simple = _simple(url, timeout, credentials)
        options = ["--repository-url", url]
        return Remote(options, simple, timeout=timeout, credentials=credentials)
    if text and (Path(text).is_dir() or Path(text).name != text):
        return Folder(Path(text))
    near = get_close_matches(text, ("devpi", *PUBLIC), n=1)
    raise SystemExit(
        f"unknown target {text!r}: expected devpi, pypi, testpypi, a URL, or a folder such as "
        f"./index" + (f"; did you mean {near[0]}?" if near else "")
    )


def _credentials(url: str) -> tuple[str, str] | None:
    """Return the name and password that twine would upload with, for an index that asks readers."""
    settings = Settings(
        repository_url=url,
        username=os.environ.get("TWINE_USERNAME"),
        password=os.environ.get("TWINE_PASSWORD"),
        non_interactive=True,
    )
    try:
        return str(settings.username), str(settings.password)
    except TwineException:
        return None


def project_of(filename: str) -> str:
    """Return the name of the project that an sdist or a wheel belongs to."""
    if filename.endswith(".whl"):
        return parse_wheel_filename(filename)[0]
    return parse_sdist_filename(filename)[0]


def _simple(url: str, timeout: float, credentials: tuple[str, str] | None) -> str:
    """Find the simple API that belongs to an upload URL: devpi's, or the usual place."""
    candidates = [f"{url}+simple/", f"{url}simple/"]
    try:
        for simple in candidates:
            answer = requests.get(simple, timeout=timeout, auth=credentials, allow_redirects=False)
            if answer.ok:
                return simple
            if answer.status_code in (401, 403):
                raise SystemExit(f"{simple} wants other credentials ({answer.status_code})")
    except requests.RequestException as error:
        raise SystemExit(f"{url} does not answer: {error}") from None
    raise SystemExit(f"no simple API at {' or '.join(candidates)}: is it the URL to upload to?")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
