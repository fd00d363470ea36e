"""An index on a server: read by the simple API, written to by uv."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import requests
from pypi_simple import NoSuchProjectError, PyPISimple, UnsupportedRepoVersionError

from tools import git
from tools.index import for_uv, uv_publish
from tools.publish.target import Target, TargetError
from tools.running import isolated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tools.index import Index

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Remote(Target):
    """An index that takes uploads at one URL and is read at another.

    ``uv publish`` could ask by itself what is there. It asks for each file just before it uploads
    that one, in the order of names, and refuses an index that tells no hashes: here everything is
    looked at before anything is uploaded.
    """

    def __init__(
        self,
        url: str,
        simple: str,
        *,
        timeout: float,
        index: Index | None = None,
        credentials: tuple[str, str] | None = None,
        reader: tuple[str, str] | None = None,
        is_public: bool = False,
        is_trial: bool = False,
    ) -> None:
        self.url = url
        self.simple = simple
        self.timeout = self.patience = timeout
        self.index = index
        self.credentials = credentials if index is None else index.credentials
        self.reader = reader
        self.is_public = is_public
        self.closed = index is not None
        self.is_trial = is_trial or self.closed

    def __str__(self) -> str:
        return self.simple

    def hashes(self, names: Sequence[str]) -> dict[str, str | None]:
        """Ask the simple API (PEP 503 or 691) for the files of each project."""
        found = {}
        with PyPISimple(self.simple, auth=self.reader) as client:
            for name in names:
                try:
                    page = client.get_project_page(name, timeout=self.timeout)
                except NoSuchProjectError:
                    continue
                except requests.RequestException as error:
                    raise TargetError(str(error)) from None
                except (UnsupportedRepoVersionError, ValueError) as error:
                    reason = str(error).partition("\n")[0]
                    raise TargetError(f"{name}/ is no page of a simple API: {reason}") from None
                found.update({p.filename: p.digests.get("sha256") for p in page.packages})
        return found

    def upload(self, path: Path) -> None:
        """Upload one file."""
        base = git.environment() if self.index is None else isolated()
        try:
            done = subprocess.run(
                uv_publish(self.url, path, trusted=self.is_public),
                # Wrapped, the reason would be broken where a long path before it ends a line.
                env={**base, **for_uv(self.credentials), "UV_NO_WRAP": "1"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TargetError(f"no answer within {self.timeout:g} seconds") from None
        if done.returncode != 0:
            said = _COLOUR.sub("", done.stderr).partition("error: ")[2].strip()
            raise TargetError(said or _COLOUR.sub("", done.stderr).strip())

    def usage(self, release: str) -> str:
        """Return pip's command."""
        command = f"pip install --index-url {self.simple} {release}"
        if self.index is None:
            return command
        return f"{command}\nStop the index on this machine: kill {self.index.pid}"
