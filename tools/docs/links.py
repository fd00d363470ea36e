"""Find the links of a built site that lead nowhere within it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path


class Page(NamedTuple):
    """What a page links to, and which places of it can be linked to."""

    links: list[str]
    places: set[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page([], set())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.page.links.append(value)
            if value and (name == "id" or (tag == "a" and name == "name")):
                self.page.places.add(value)


def read(path: Path) -> Page:
    """Read a page."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def broken(site: Path) -> list[str]:
    """Return each link to a file or a place of a page that is not there, behind its page.

    Links to other servers are not looked at.
    """
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    faults = []
    for path, page in pages.items():
        for link in page.links:
            scheme, server, target, _, place = urlsplit(link)
            if scheme or server:
                continue
            file = (path.parent / unquote(target)).resolve() if target else path
            if not file.is_file():
                faults.append(f"{path.relative_to(site)}: {link}: no such file")
            elif place and file in pages and unquote(place) not in pages[file].places:
                faults.append(f"{path.relative_to(site)}: {link}: no such place")
    return faults
