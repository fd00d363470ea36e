"""A real package index on this machine: a devpi-server that serves our files and nothing else."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from tools.projects import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tools.projects import Project

HOST = "127.0.0.1"
USER = "ml"
INDEX = "dev"
START_SECONDS = 60


@dataclass(frozen=True)
class Index:
    """A closed index: it has what was uploaded, and asks no other index for the rest."""

    port: int
    pid: int
    password: str = field(repr=False)

    @property
    def server(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Where files are uploaded to."""
        return f"{self.server}/{USER}/{INDEX}/"

    @property
    def simple(self) -> str:
        """What pip, uv and pdm install from."""
        return f"{self.url}+simple/"

    def upload(self, files: Sequence[Path]) -> None:
        """Upload the files with twine."""
        command = [sys.executable, "-m", "twine", "upload", "--non-interactive"]
        command += ["--disable-progress-bar", "--config-file", os.devnull]
        command += ["--repository-url", self.url, *map(str, files)]
        credentials = {"TWINE_USERNAME": USER, "TWINE_PASSWORD": self.password}
        run(command, env={**isolated(), **credentials})


def isolated() -> dict[str, str]:
    """Return this environment without what would lead a package client elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "UV_", "PDM_", "TWINE_")) and name != "PYTHONPATH"
    }
    no_proxy = ",".join(filter(None, [kept.get("NO_PROXY"), HOST]))
    return {
        **kept,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def run(
    command: Sequence[str | Path], *, env: dict[str, str] | None = None, cwd: Path | None = None
) -> str:
    """Run a command and return what it prints; what a failing one printed goes into the error."""
    done = subprocess.run(
        command,
        env=env,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(
            f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}"
        )
    return done.stdout


def fetch(among: Iterable[Project], folder: Path) -> list[Path]:
    """Download the wheels that the projects need beside each other, dependencies included."""
    wanted = {str(r) for p in among for r in p.requirements if not r.name.startswith(PREFIX)}
    if not wanted:
        return []
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    run([*command, "--dest", folder, *sorted(wanted)])
    return sorted(folder.iterdir())


@contextmanager
def devpi(folder: Path, *, keep: bool = False) -> Iterator[Index]:
    """Run a devpi-server with one closed index in `folder`, and stop it at the end.

    With `keep`, the server is left running when the block ends well.
    """
    state = ["--serverdir", str(folder / "server")]
    scripts = Path(sys.executable).parent
    run([scripts / "devpi-init", *state, "--no-root-pypi"], env=isolated())
    port = _free_port()
    command = [str(scripts / "devpi-server"), *state, "--offline-mode"]
    command += ["--host", HOST, "--port", str(port)]
    with (folder / "devpi.log").open("w", encoding="utf-8") as log:
        # A session of its own: Ctrl-C reaches us, and we stop the server.
        server = subprocess.Popen(
            command, env=isolated(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    kept = False
    try:
        index = Index(port, server.pid, secrets.token_urlsafe())
        _wait(index, server, folder / "devpi.log")
        _create(index)
        yield index
        kept = keep
    finally:
        if not kept:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(index: Index, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if _answers(index):
            return
        time.sleep(0.1)
    raise SystemExit(f"devpi-server did not start:\n{log.read_text(encoding='utf-8')}")


def _answers(index: Index) -> bool:
    try:
        return _client().get(f"{index.server}/+api", timeout=5).ok
    except requests.RequestException:
        return False


def _create(index: Index) -> None:
    """Make the user and the index.

    ``devpi user -c`` and ``devpi index -c`` do the same, with the password in the process list.
    """
    client = _client()

    def call(method: str, path: str, body: dict[str, str]) -> dict[str, str]:
        answer = client.request(method, f"{index.server}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        result: dict[str, str] = answer.json().get("result", {})
        return result

    call("PUT", USER, {"password": index.password})
    token = call("POST", "+login", {"user": USER, "password": index.password})["password"]
    client.headers["X-Devpi-Auth"] = b64encode(f"{USER}:{token}".encode()).decode()
    call("PUT", f"{USER}/{INDEX}", {"type": "stage", "bases": "", "volatile": "False"})


def _client() -> requests.Session:
    client = requests.Session()
    client.trust_env = False
    client.headers["Accept"] = "application/json"
    return client
