"""A real package index on this machine: a devpi-server that serves our files and nothing else."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import requests
import uv
from filelock import FileLock

from tools.running import HOST, isolated, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

USER = "ml"
START_SECONDS = 180  # a busy machine starts it within a minute

# Run by a Python of its own, which holds the server and ends it when we end, however we do: the
# other end of its standard input is ours.
_GUARD = """
import os, subprocess, sys, threading
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
threading.Thread(target=lambda: (os.read(0, 1), server.kill()), daemon=True).start()
os._exit(server.wait())
"""


@dataclass(frozen=True)
class Index:
    """A closed index: it has what was uploaded, and asks no other index for the rest."""

    port: int
    pid: int
    password: str = field(repr=False)
    name: str = "dev"

    @property
    def server(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """Where files are uploaded to."""
        return f"{self.server}/{USER}/{self.name}/"

    @property
    def simple(self) -> str:
        """What pip, uv and pdm install from."""
        return f"{self.url}+simple/"

    @property
    def credentials(self) -> tuple[str, str]:
        return USER, self.password

    def upload(self, files: Sequence[Path]) -> None:
        """Upload the files."""
        run(uv_publish(self.url, *files), env={**isolated(), **for_uv(self.credentials)})


def uv_publish(url: str, *files: Path, trusted: bool = False) -> list[str]:
    """Return the command that uploads files, on PyPI by its trust in a workflow if need be."""
    command = [uv.find_uv_bin(), "publish", "--no-config", "--no-progress", "--color", "never"]
    command += ["--trusted-publishing", "automatic" if trusted else "never"]
    return [*command, "--publish-url", url, *map(str, files)]


def for_uv(credentials: tuple[str, str] | None) -> dict[str, str]:
    """Return the variables that tell uv a name and a password: arguments are seen by everybody."""
    names = ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD")
    return dict(zip(names, credentials, strict=True)) if credentials else {}


@contextmanager
def devpi(folder: Path, *, keep: bool = False) -> Iterator[Index]:
    """Run a devpi-server with one closed index in `folder`, and stop it at the end.

    With `keep`, the server is left running when the block ends well.
    """
    kept = False
    server, index = _start(folder, secrets.token_urlsafe(), guarded=not keep)
    try:
        _wait(index, server, folder)
        set_up(index)
        yield index
        kept = keep
    finally:
        if kept:
            _let_go(server)
        else:
            _end(server)


def local(folder: Path) -> Index:
    """Return the index of this machine that keeps its files in `folder`; start it if need be."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):  # two that begin at once start one
        record = folder / "index.json"
        if not record.exists():
            shutil.rmtree(folder, ignore_errors=True)  # begun, and never finished
            with devpi(folder, keep=True) as index:
                _write_privately(record, json.dumps(asdict(index)))
            return index
        index = Index(**json.loads(record.read_text(encoding="utf-8")))
        with _client() as client:
            if _answers(client, index):
                return index
        server, index = _start(folder, index.password, guarded=False)
        _wait(index, server, folder)
        _let_go(server)
        _write_privately(record, json.dumps(asdict(index)))
        return index


def _write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _start(folder: Path, password: str, *, guarded: bool) -> tuple[subprocess.Popen[bytes], Index]:
    folder.mkdir(parents=True, exist_ok=True)
    state = ["--serverdir", str(folder / "server")]
    scripts = Path(sys.executable).parent
    if not (folder / "server").exists():
        run([scripts / "devpi-init", *state, "--no-root-pypi"], env=isolated())
    port = _free_port()
    command = [str(scripts / "devpi-server"), *state, "--offline-mode"]
    command += ["--host", HOST, "--port", str(port)]
    guard = [sys.executable, "-c", _GUARD] if guarded else []
    with _log(folder).open("w", encoding="utf-8") as log:
        # A session of its own: Ctrl-C reaches us, and we stop the server.
        server = subprocess.Popen(
            [*guard, *command],
            env=isolated(),
            stdin=subprocess.PIPE if guarded else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return server, Index(port, server.pid, password)


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.stdin is None:
        server.kill()
    else:
        server.stdin.close()  # the guard ends the server
    server.wait()


def _let_go(server: subprocess.Popen[bytes]) -> None:
    """Let the server outlive us, without the warning that it does."""
    server.returncode = 0


def _log(folder: Path) -> Path:
    return folder / "devpi.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(index: Index, server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with _client() as client:
        while time.monotonic() < deadline and server.poll() is None:
            if _answers(client, index):
                return
            time.sleep(0.1)
    _end(server)
    log = _log(folder).read_text(encoding="utf-8")
    raise SystemExit(f"devpi-server did not start:\n{log}")


def _answers(client: requests.Session, index: Index) -> bool:
    try:
        return client.get(f"{index.server}/+api", timeout=5).ok
    except requests.RequestException:
        return False


def set_up(index: Index) -> None:
    """Make the user that owns the index, lock the administrator out, and make the index."""
    with _client() as client:
        _sign_in(client, index.server, "root", "")
        _call(client, "PATCH", f"{index.server}/root", password=secrets.token_urlsafe())
        _call(client, "PUT", f"{index.server}/{USER}", password=index.password)
    create(index)


def create(index: Index) -> None:
    """Make the index, closed, for the user that is there.

    ``devpi index -c`` does the same, but ``devpi login`` has the password in the process list.
    """
    with _client() as client:
        _sign_in(client, index.server, USER, index.password)
        path = f"{index.server}/{USER}/{index.name}"
        _call(client, "PUT", path, type="stage", bases="", volatile="False")


def _sign_in(client: requests.Session, server: str, user: str, password: str) -> None:
    token = _call(client, "POST", f"{server}/+login", user=user, password=password)["password"]
    client.headers["X-Devpi-Auth"] = b64encode(f"{user}:{token}".encode()).decode()


def _call(client: requests.Session, method: str, url: str, **body: str) -> dict[str, str]:
    answer = client.request(method, url, json=body, timeout=30)
    answer.raise_for_status()
    result: dict[str, str] = answer.json().get("result", {})
    return result


def _client() -> requests.Session:
    client = requests.Session()
    client.trust_env = False
    client.headers["Accept"] = "application/json"
    return client
