"""A static index in a folder, which any web server serves."""

from __future__ import annotations

import html
import json
import re
import shlex
import shutil
import tarfile
import zlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from filelock import FileLock
from packaging.metadata import parse_email

from tools.publish.target import Target, TargetError, project_of, sha256, version_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from packaging.metadata import RawMetadata
    from packaging.version import Version


class Folder(Target):
    """Pages in HTML (PEP 503) and in JSON (PEP 691 and 700), and the files beside them.

    The pages say which Pythons a file is for, or pip on an old one takes a release that it cannot
    install, and when it came here, or uv knows nothing of dates.
    """

    closed = True
    is_trial = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"

    def __str__(self) -> str:
        return str(self.folder)

    def hashes(self, names: Sequence[str]) -> dict[str, str | None]:
        """Hash the files that are there, of any project."""
        del names
        return {path.name: sha256(path) for path in self._there()}

    def upload(self, path: Path) -> None:
        """Copy the file, so that it is there whole or not at all."""
        try:
            self.files.mkdir(parents=True, exist_ok=True)
            partial = self.files / f".{path.name}"
            shutil.copyfile(path, partial)
            partial.replace(self.files / path.name)
        except OSError as error:
            raise TargetError(str(error)) from None

    def finish(self, yanked: Mapping[str, Collection[Version]]) -> None:
        """Write the pages, one call at a time: each lists all that is there."""
        with FileLock(self.folder / ".lock"):
            by_project: dict[str, list[dict[str, Any]]] = {}
            for path in self._there():
                name, file = _described(path, yanked)
                by_project.setdefault(name, []).append(file)
            links = [f'<a href="{name}/">{name}</a>' for name in sorted(by_project)]
            _write(self.folder / "simple" / "index.html", _page("Simple index", links))
            for name, files in by_project.items():
                folder = self.folder / "simple" / name
                document: dict[str, Any] = {"meta": {"api-version": "1.1"}, "name": name}
                document["files"] = files
                versions = sorted({version_of(file["filename"]) for file in files})
                document["versions"] = list(map(str, versions))
                _write(folder / "index.json", json.dumps(document, indent=2))
                _write(folder / "index.html", _page(name, map(_link, files)))

    def usage(self, release: str) -> str:
        """Return the commands that serve the folder and install from it."""
        folder = shlex.quote(str(self.folder))
        return (
            f"python3 -m http.server --bind 127.0.0.1 --directory {folder} 8080\n"
            f"pip install --index-url http://127.0.0.1:8080/simple/ {release}"
        )

    def _there(self) -> list[Path]:
        found = [*self.files.glob("*.tar.gz"), *self.files.glob("*.whl")]
        return sorted(path for path in found if not path.name.startswith("."))


def _described(path: Path, yanked: Mapping[str, Collection[Version]]) -> tuple[str, dict[str, Any]]:
    """Return the project of a file, and what the simple API says of it."""
    try:
        name, version = project_of(path.name), version_of(path.name)
        pythons = _metadata(path).get("requires_python")
    except (ValueError, KeyError, EOFError, tarfile.TarError, BadZipFile, zlib.error) as error:
        reason = str(error).partition("\n")[0]
        raise SystemExit(
            f"{path} cannot be read as a distribution ({reason}): remove it, and give the same "
            "command again"
        ) from None
    came = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    file = {
        "filename": path.name,
        "url": f"../../files/{path.name}",
        "hashes": {"sha256": sha256(path)},
        "size": path.stat().st_size,
        "upload-time": f"{came:%Y-%m-%dT%H:%M:%S.%fZ}",
        "yanked": version in yanked.get(name, ()),
    }
    return name, {**file, "requires-python": pythons} if pythons else file


def _metadata(path: Path) -> RawMetadata:
    """Read the metadata of a wheel or an sdist."""
    if path.suffix == ".whl":
        with ZipFile(path) as wheel:
            (name,) = (n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
            return parse_email(wheel.read(name))[0]
    with tarfile.open(path) as sdist:
        member = sdist.extractfile(f"{path.name.removesuffix('.tar.gz')}/PKG-INFO")
        return parse_email(member.read() if member else b"")[0]


def _link(file: dict[str, Any]) -> str:
    told = {
        "href": f"{file['url']}#sha256={file['hashes']['sha256']}",
        "data-requires-python": file.get("requires-python"),
        "data-upload-time": file["upload-time"],  # not in PEP 503, but uv reads it
        "data-yanked": "" if file["yanked"] else None,
    }
    words = (f'{key}="{html.escape(text)}"' for key, text in told.items() if text is not None)
    return f"<a {' '.join(words)}>{file['filename']}</a>"


def _page(title: str, links: Iterable[str]) -> str:
    lines = "\n".join(f"{link}<br>" for link in links)
    return f"<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n{lines}\n"


def _write(path: Path, text: str) -> None:
    """Write a page, whole or not at all: somebody may read it now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
