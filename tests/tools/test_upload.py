"""Uploads to an index or a folder: resumable, and none twice."""

from __future__ import annotations

import hashlib
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest

from tests.tools.proxy import Proxy, proxied
from tools.build import Files
from tools.index import USER, Index, create, devpi, local
from tools.publish import upload
from tools.publish.folder import Folder
from tools.publish.remote import Remote
from tools.publish.target import Target, TargetError, project_of, sha256
from tools.publish.targets import target


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with devpi(tmp_path_factory.mktemp("devpi")) as running:
        yield running


@pytest.fixture
def index(server: Index, request: pytest.FixtureRequest) -> Index:
    """An empty index of its own for each test."""
    name = "t" + hashlib.sha256(request.node.name.encode()).hexdigest()[:8]
    made = replace(server, name=name)
    create(made)
    return made


@pytest.fixture
def proxy(index: Index) -> Iterator[Proxy]:
    with proxied(index.server) as running:
        yield running


@pytest.fixture
def paths(files: dict[str, Files]) -> list[Path]:
    """Ten files of five distributions, in the order in which they are published."""
    return [path for built in files.values() for path in (built.sdist, built.wheel)][:10]


def through(proxy: Proxy, index: Index) -> Remote:
    """The index behind the proxy, as a target."""
    url = f"{proxy.url}/{USER}/{index.name}/"
    return Remote(url, f"{url}+simple/", timeout=30, index=index)


def send(paths: list[Path], to: Target) -> None:
    upload.send(paths, to, upload.ask(paths, to))
    to.finish({})


def is_complete(to: Remote | Folder, paths: list[Path]) -> bool:
    projects = sorted({project_of(path.name) for path in paths})
    return to.hashes(projects) == {path.name: sha256(path) for path in paths}


@pytest.mark.parametrize(
    ("fault", "number", "stored"),
    [
        ("cut", 1, 0),
        ("cut", 3, 2),
        ("cut", 8, 7),
        ("lost", 3, 10),
        ("500", 3, 2),
        ("slow", 1, 0),
    ],
)
def test_after_a_fault_the_same_command_goes_on_and_uploads_nothing_twice(
    fault: str, number: int, stored: int, proxy: Proxy, index: Index, paths: list[Path]
) -> None:
    to = through(proxy, index)
    to.timeout = 1.0 if fault == "slow" else 30
    proxy.fail(number, fault)
    name = paths[number - 1].name
    if fault == "lost":  # the index has it, and says so when it is asked
        send(paths, to)
    else:
        with pytest.raises(SystemExit, match=f"{name} was not uploaded") as caught:
            send(paths, to)
        left = ", ".join(path.name for path in paths[number - 1 :])
        assert f"The same command goes on with: {left}" == str(caught.value).splitlines()[-1]
        assert stored == len(proxy.stored)
    proxy.fault = None
    to.timeout = 30
    send(paths, to)
    assert is_complete(to, paths)
    assert 10 == len(set(proxy.stored))


def test_publishing_again_uploads_nothing(
    proxy: Proxy, index: Index, paths: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    to = through(proxy, index)
    send(paths[:4], to)
    send(paths[:4], to)
    assert 4 == proxy.uploads
    assert 4 == capsys.readouterr().out.count("there already")


def test_other_content_under_the_same_name_stops_everything_first(
    proxy: Proxy, index: Index, paths: list[Path], tmp_path: Path
) -> None:
    to = through(proxy, index)
    other = tmp_path / paths[5].name
    other.write_bytes(paths[3].read_bytes())
    index.upload([paths[5]])
    with pytest.raises(SystemExit, match=f"other content under the name {other.name}; nothing"):
        send([*paths[:5], other], to)
    assert [] == proxy.stored


def test_a_server_that_died_and_came_back_goes_on(paths: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "devpi"
    first = local(folder)
    stop = [first.pid]
    try:
        to = Remote(first.url, first.simple, timeout=30, index=first)
        send(paths[:3], to)
        os.kill(first.pid, signal.SIGKILL)
        os.waitpid(first.pid, 0)
        with pytest.raises(SystemExit, match="nothing was uploaded"):
            send(paths, to)
        second = local(folder)
        stop = [second.pid]
        to = Remote(second.url, second.simple, timeout=30, index=second)
        send(paths, to)
        assert is_complete(to, paths)
    finally:
        os.kill(*stop, signal.SIGKILL)
        os.waitpid(*stop, 0)


def test_the_local_index_is_started_once_and_keeps_its_password_to_itself(tmp_path: Path) -> None:
    first = local(tmp_path / "devpi")
    try:
        assert first == local(tmp_path / "devpi")
        assert 0o600 == (tmp_path / "devpi" / "index.json").stat().st_mode & 0o777
    finally:
        os.kill(first.pid, signal.SIGKILL)
        os.waitpid(first.pid, 0)


def test_a_folder_becomes_an_index_and_skips_what_is_there(
    paths: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = Folder(tmp_path / "index")
    send(paths[:4], to)
    send(paths, to)
    assert is_complete(to, paths)
    assert 4 == capsys.readouterr().out.count("there already")
    pages = tmp_path / "index" / "simple" / "ml-infra-metrics"
    assert {"index.html", "index.json"} <= {page.name for page in pages.iterdir()}


def test_a_folder_that_cannot_be_written_is_one_clear_line(
    paths: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit, match=f"{paths[0].name} was not uploaded"):
        send(paths, Folder(tmp_path / "file"))


def test_without_credentials_nothing_is_uploaded(
    index: Index, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("TWINE_USERNAME", raising=False)
    monkeypatch.delenv("TWINE_PASSWORD", raising=False)
    to = target(index.url, timeout=30)
    with pytest.raises(SystemExit, match=r"was not uploaded: (?s:.)*[Cc]redentials"):
        send(paths, to)
    assert {} == to.hashes(["ml-infra-metrics"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("http://me:secret@127.0.0.1:1/a/", "credentials do not belong into a URL"),
        ("http://127.0.0.1:1/a/?token=secret", "credentials do not belong into a URL"),
        ("http://127.0.0.1:1/a/", "http://127.0.0.1:1/a/ does not answer"),
        ("http://[::1/", r"http://\[::1/ is no URL"),
    ],
)
def test_a_wrong_url_is_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(SystemExit, match=message):
        target(text, timeout=5)


@pytest.mark.parametrize("name", ["pypi", "testpypi"])
def test_a_public_index_is_asked_where_it_is_uploaded_to(name: str) -> None:
    to = target(name, timeout=5)
    assert isinstance(to, Remote)
    hosts = {"pypi": "pypi.org", "testpypi": "test.pypi.org"}
    assert (f"https://{hosts[name]}/simple/", name == "testpypi") == (to.simple, to.is_trial)


def test_an_index_that_does_not_answer_is_a_target_error() -> None:
    with pytest.raises(TargetError):
        Remote("http://127.0.0.1:1/", "http://127.0.0.1:1/simple/", timeout=5).hashes(["a"])


@pytest.mark.parametrize("text", ["pypii", ""])
def test_a_word_that_is_no_target_is_not_taken_for_a_folder(text: str) -> None:
    with pytest.raises(SystemExit, match="unknown target"):
        target(text, timeout=5)


def test_what_is_no_distribution_in_a_folder_is_passed_over(
    paths: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "README.txt").write_text("Hello.", encoding="utf-8")
    send(paths[:2], Folder(tmp_path))
    assert is_complete(Folder(tmp_path), paths[:2])


def test_a_local_index_that_was_never_finished_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "devpi" / "server").mkdir(parents=True)
    index = local(tmp_path / "devpi")
    try:
        assert {} == Remote(index.url, index.simple, timeout=5).hashes(["ml-infra-metrics"])
    finally:
        os.kill(index.pid, signal.SIGKILL)
        os.waitpid(index.pid, 0)
