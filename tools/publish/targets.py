"""Where released files go, as people name it on the command line."""

from __future__ import annotations

import os
from configparser import ConfigParser
from configparser import Error as ConfigError
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import keyring
import requests
from keyring.errors import KeyringError

from tools.index import local
from tools.projects import ROOT
from tools.publish.folder import Folder
from tools.publish.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.publish.target import Target

# The public indexes: where they take uploads, and where they are read.
PUBLIC = {
    "pypi": ("https://upload.pypi.org/legacy/", "https://pypi.org/simple/"),
    "testpypi": ("https://test.pypi.org/legacy/", "https://test.pypi.org/simple/"),
}


def target(text: str, *, timeout: float, read: str | None = None) -> Target:
    """Return the target that a person named; `read` is where an index is read, if it is told."""
    if text == "devpi":
        index = local(ROOT / ".nox" / "devpi")
        return Remote(index.url, index.simple, timeout=timeout, index=index)
    if "://" in text:
        try:
            parts = urlsplit(text)
        except ValueError as error:
            raise SystemExit(f"{text} is no URL: {error}") from None
        if parts.username is not None or parts.query:
            raise SystemExit(
                "credentials do not belong into a URL: keep them in keyring, in .pypirc, or in "
                "TWINE_USERNAME and TWINE_PASSWORD"
            )
        return _remote(text, {}, read, timeout)
    if text and (Path(text).is_dir() or Path(text).name != text):
        return Folder(Path(text).expanduser())
    named = _pypirc()
    if text in PUBLIC:
        url, simple = PUBLIC[text]
        credentials = _credentials(url, named.get(text, {}))
        return Remote(
            url,
            simple,
            timeout=timeout,
            credentials=credentials,
            is_public=True,
            is_trial=text == "testpypi",
        )
    if "repository" in named.get(text, {}):
        return _remote(named[text]["repository"], named[text], read, timeout)
    names = ["devpi", *PUBLIC, *(name for name in named if name not in PUBLIC)]
    near = get_close_matches(text, names, n=1)
    raise SystemExit(
        f"unknown target {text!r}: expected {', '.join(names)}, a URL, or a folder such as "
        "./index" + (f"; did you mean {near[0]}?" if near else "")
    )


def _pypirc() -> dict[str, Mapping[str, str]]:
    """Return the sections of .pypirc, which is where twine's users keep indexes and passwords."""
    parser = ConfigParser(interpolation=None)
    try:
        parser.read(Path("~/.pypirc").expanduser(), encoding="utf-8")
    except (ConfigError, UnicodeDecodeError) as error:
        raise SystemExit(f".pypirc cannot be read: {error}") from None
    return {name: parser[name] for name in parser.sections() if name != "distutils"}


def _remote(url: str, section: Mapping[str, str], read: str | None, timeout: float) -> Remote:
    url = url.rstrip("/") + "/"
    credentials = _credentials(url, section)
    simple = f"{read.rstrip('/')}/" if read else _simple(url, timeout, credentials)
    return Remote(url, simple, timeout=timeout, credentials=credentials, reader=credentials)


def _credentials(url: str, section: Mapping[str, str]) -> tuple[str, str] | None:
    """Return a name and a password from where twine looks: environment, .pypirc, keyring."""
    name = os.environ.get("TWINE_USERNAME") or section.get("username")
    password = os.environ.get("TWINE_PASSWORD") or section.get("password")
    if not password:
        try:
            found = keyring.get_credential(url, name)
        except KeyringError:
            found = None
        name, password = (found.username, found.password) if found else (name, None)
    return (name or "__token__", password) if password else None


def _simple(url: str, timeout: float, credentials: tuple[str, str] | None) -> str:
    """Find where an index is read that is uploaded to here, as devpi, Warehouse or others have it.

    Warehouse, which is PyPI, takes uploads at ``upload.HOST/legacy/``, and ``HOST/simple/`` is
    where it is read.
    """
    base = url.removesuffix("legacy/")
    candidates = [f"{url}+simple/", f"{url}simple/"]
    if base != url:
        candidates = list(
            dict.fromkeys([f"{base.replace('//upload.', '//')}simple/", f"{base}simple/"])
        )
    try:
        for simple in candidates:
            with requests.get(
                simple, timeout=timeout, auth=credentials, allow_redirects=False, stream=True
            ) as answer:
                if answer.ok:
                    return simple
            if answer.status_code in (401, 403):
                raise SystemExit(f"{simple} wants other credentials ({answer.status_code})")
            if answer.status_code == 429 or answer.status_code >= 500:
                raise SystemExit(
                    f"{simple} answers {answer.status_code} {answer.reason}: give the same command "
                    "again later"
                )
    except requests.RequestException as error:
        raise SystemExit(f"{url} does not answer: {error}") from None
    raise SystemExit(
        f"no simple API at {' or '.join(candidates)}: is it the URL to upload to? If it is, say "
        "with --read where the index is read"
    )
