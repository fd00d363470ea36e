"""Indexes of other shapes than devpi's, and what they refuse."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from tests.tools.conftest import make_told
from tests.tools.fake_index import fake_index
from tools.build import build
from tools.publish import upload
from tools.publish.remote import Remote
from tools.publish.targets import target


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A name and a password, and no file or keyring of the person who runs this."""
    monkeypatch.setenv("TWINE_USERNAME", "me")
    monkeypatch.setenv("TWINE_PASSWORD", "secret")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The two files of a small distribution."""
    folder = tmp_path_factory.mktemp("told")
    built = build(make_told(folder / "sources"), folder / "dist")
    return [built.sdist, built.wheel]


def send(paths: list[Path], to: Remote) -> None:
    upload.send(paths, to, upload.ask(paths, to))


def remote(text: str, **options: str) -> Remote:
    found = target(text, timeout=20, **options)
    assert isinstance(found, Remote)
    return found


def test_it_is_read_at_another_url_than_it_is_uploaded_to(paths: list[Path]) -> None:
    with fake_index() as index:
        to = remote(f"{index.url}/legacy/")
        assert f"{index.url}/simple/" == to.simple
        send(paths, to)
        assert {path.name for path in paths} == set(index.files)


def test_where_it_is_read_can_be_told(paths: list[Path]) -> None:
    with fake_index(reads="/elsewhere/") as index:
        with pytest.raises(SystemExit, match="say with --read where the index is read"):
            remote(f"{index.url}/legacy/")
        to = remote(f"{index.url}/legacy/", read=f"{index.url}/elsewhere")
        send(paths, to)
        assert {path.name for path in paths} == to.hashes(["ml-infra-told"]).keys()


def test_without_hashes_content_is_not_compared_and_nothing_is_uploaded_twice(
    paths: list[Path],
) -> None:
    with fake_index(files=[paths[0].name]) as index:
        send(paths, remote(f"{index.url}/legacy/"))
        assert [path.name for path in paths] == index.files


def test_a_name_of_pypirc_is_a_target(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWINE_USERNAME")
    monkeypatch.delenv("TWINE_PASSWORD")
    with fake_index() as index:
        (tmp_path / ".pypirc").write_text(
            "[distutils]\nindex-servers = ours\n\n"
            f"[ours]\nrepository = {index.url}/legacy/\nusername = you\npassword = 1%s\n",
            encoding="utf-8",
        )
        send(paths, remote("ours"))
        assert {f"Basic {b64encode(b'you:1%s').decode()}"} == index.users
    with pytest.raises(SystemExit, match=r"expected devpi, .*, ours, .* did you mean ours\?"):
        target("our", timeout=5)


def test_the_reason_of_a_refusal_is_shown_whole_and_without_colours(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")  # where uv would wrap it
    long = "The name is reserved for those who asked for it before you, and may not give it."
    reason = f"{long}\nSee /help for how to ask for it."
    with fake_index(refusal=(400, reason)) as index:
        to = remote(f"{index.url}/legacy/")
        with pytest.raises(SystemExit, match="was not uploaded") as caught:
            send(paths, to)
    told = str(caught.value)
    assert long in told
    assert "See /help for how to ask for it." in told
    assert "\x1b" not in told
    names = ", ".join(path.name for path in paths)
    assert f"The same command goes on with: {names}" == told.splitlines()[-1]


def test_an_index_that_wants_to_be_asked_in_an_hour_is_one_clear_line(paths: list[Path]) -> None:
    with fake_index(refusal=(429, "")) as index, pytest.raises(SystemExit, match=r"429|no answer"):
        send(paths, remote(f"{index.url}/legacy/"))


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_index_that_is_out_of_order_is_one_clear_line(status: int) -> None:
    with fake_index(fault=(status, "text/html", "")) as index, pytest.raises(
        SystemExit, match=rf"/simple/ answers {status} .*: give the same command again later"
    ):
        remote(f"{index.url}/legacy/")


JSON = "application/vnd.pypi.simple.v1+json"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (JSON, '{"meta": {"api-ver'),
        (JSON, "[]"),
        (JSON, '{"meta": {"api-version": "2.0"}, "name": "x", "files": []}'),
        ("text/plain", "It works!"),
    ],
    ids=["cut off", "no document", "of another time", "no index"],
)
def test_an_answer_that_cannot_be_read_is_one_clear_line(
    paths: list[Path], kind: str, text: str
) -> None:
    with fake_index(fault=(200, kind, text)) as index:
        with pytest.raises(SystemExit, match="cannot be asked what it has, so nothing was upl"):
            send(paths, remote(f"{index.url}/legacy/"))
        assert set() == index.users


def test_what_an_index_took_and_does_not_show_is_not_released(paths: list[Path]) -> None:
    """A gateway that wants a person to sign in answers every call with a page."""
    with fake_index(fault=(200, "text/html", "<form>Sign in</form>")) as index:
        to = remote(f"{index.url}/legacy/")
        send(paths, to)
        to.patience = 0
        with pytest.raises(SystemExit, match=rf"does not show {paths[0].name}, .*nothing was tag"):
            upload.confirm(paths, to)
        index.fault = None
        upload.confirm(paths, to)


def test_a_broken_pypirc_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text("no section\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"\.pypirc cannot be read"):
        target("ours", timeout=5)
