"""The changes that the session `mutants` tries, one token each."""

from __future__ import annotations

from pathlib import Path

from tools.mutants import sample

CODE = """\
def area(width: int | float, *, height=1):
    if width < 0 and height:
        return -1
    return width * height
"""


def changed(folder: Path, code: str, number: int = 100) -> list[tuple[str, str]]:
    (folder / "module.py").write_text(code)
    shown = [change.shown(code) for change in sample(folder, seed=1, number=number)]
    return [(change["old"], change["new"]) for change in shown]


def test_each_token_that_does_something_is_changed_and_no_annotation(tmp_path: Path) -> None:
    changes = changed(tmp_path, CODE)
    assert ("return width * height", "return width / height") in changes
    assert {"if width < 0 and height:", "return -1", "return width * height"} == {
        old for old, _ in changes
    }


def test_a_sample_is_the_same_again_and_nearly_so_after_an_edit(tmp_path: Path) -> None:
    few = changed(tmp_path, CODE, number=3)
    assert few == changed(tmp_path, CODE, number=3)
    longer = changed(tmp_path, "FIRST = 7\n" + CODE)
    assert set(few) <= set(longer)
