"""The script of the page on a PyTorch loop prints what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.examples.transcripts import PAGES, commands, is_as_shown, run

if TYPE_CHECKING:
    from pathlib import Path


def test_the_script_prints_what_the_page_shows(tmp_path: Path) -> None:
    (shown,) = commands(PAGES / "pytorch-loop.md")
    (printed,) = run([shown.line], tmp_path)
    assert is_as_shown(shown.wanted, printed)
