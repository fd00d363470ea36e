"""A link of the site that leads nowhere is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.docs.links import broken


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "guide").mkdir()
    (tmp_path / "picture.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "index.html").write_text('<h1 id="über">x</h1>', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("../index.html", None),
        ("../index.html#%C3%BCber", None),
        ("../index.html?q=1", None),
        ("../picture.svg#part", None),
        ("#here", None),
        ("#", None),
        ("https://example.org/nowhere", None),
        ("mailto:someone@example.org", None),
        ("data:image/png;base64,", None),
        ("../gone.html", "no such file"),
        ("../index.html#gone", "no such place"),
        ("#gone", "no such place"),
        ("..", "no such file"),
    ],
)
def test_a_link_leads_somewhere_or_is_told(link: str, fault: str | None, site: Path) -> None:
    page = site / "guide" / "page.html"
    page.write_text(f'<p id="here"><a href="{link}">x</a></p>', encoding="utf-8")
    expected = [] if fault is None else [f"{Path('guide/page.html')}: {link}: {fault}"]
    assert expected == broken(site)


def test_a_picture_that_is_not_there_is_told(site: Path) -> None:
    (site / "index.html").write_text('<img src="gone.png">', encoding="utf-8")
    assert ["index.html: gone.png: no such file"] == broken(site)
