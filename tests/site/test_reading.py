"""Every page can be read: on a phone and a desktop, in light and dark, by eye and by ear."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.site.conftest import PAGES, WIDTHS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_page_can_be_read(
    width: int, scheme: str, address: str, open_page: Callable[..., Page]
) -> None:
    page = open_page("index.html", width=width, scheme=scheme)
    faults = {}
    for name in PAGES:
        page.goto(f"{address}/{name}")
        if found := page.evaluate(LOOK):
            faults[name] = found
    assert {} == faults


def test_titles_differ(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page("index.html")
    titles = []
    for name in PAGES:
        page.goto(f"{address}/{name}")
        titles.append(page.title())
    assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("document.title = ''", "no title"),
        ("document.querySelector('h1').remove()", "not one h1"),
        ("document.body.append(new Image())", "no alt text"),
        ("document.body.append(document.createElement('button'))", "no name"),
        ("document.querySelector('article').style.width = '3000px'", "wider than the window"),
        ("document.querySelector('article p').style.color = '#999'", "contrast 2.85"),
    ],
)
def test_what_cannot_be_read_is_told(
    change: str, told: str, open_page: Callable[..., Page]
) -> None:
    page = open_page("tutorial.html")
    page.evaluate(change)
    (fault, *_) = page.evaluate(LOOK)
    assert told in fault
