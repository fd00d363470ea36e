"""The built site, served on this machine and read in a real Chromium."""

from __future__ import annotations

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("ML_INFRA_SITE", ROOT / ".nox" / "site"))
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
WIDTHS = {"phone": 390, "desktop": 1280}
PATIENCE = 180_000
"""Milliseconds: the first block that is run waits for Python."""


class Quiet(SimpleHTTPRequestHandler):
    """Serve a folder as any server of files does, with the types that modules and wasm need."""

    extensions_map = {  # noqa: RUF012  # the base class has it like this
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "the session browser installs Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page of the site; what went wrong in it is told at the end.

    No page may ask another server for anything, get an error from this one, or write an error to
    the console.
    """
    contexts, faults = [], []

    def is_ours(url: str) -> bool:
        return url.startswith((address, "data:", "blob:", "about:"))

    def look(response: Any) -> None:
        if response.status >= 400:
            faults.append(f"{response.status} {response.url}")

    def open_(name: str, *, width: int = 1280, scheme: str = "light", without: str = "") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        if without:
            context.add_init_script(f"delete globalThis.{without}")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("response", look)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
        page.on("request", lambda asked: is_ours(asked.url) or faults.append(asked.url))
        page.goto(f"{address}/{name}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [] == faults
