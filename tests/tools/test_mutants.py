"""The changes that the session `mutants` tries, one token each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tools.mutants import Shown, complaints, gone, outcomes, sample

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


def test_a_decorator_is_shown_without_the_empty_lines_that_go_with_it(tmp_path: Path) -> None:
    code = "import functools\n\n\n@functools.cache\ndef one():\n    pass\n"
    assert changed(tmp_path, code) == [("@functools.cache", "")]


def test_a_sample_is_the_same_again_and_nearly_so_after_an_edit(tmp_path: Path) -> None:
    few = changed(tmp_path, CODE, number=3)
    assert few == changed(tmp_path, CODE, number=3)
    longer = changed(tmp_path, "FIRST = 7\n" + CODE)
    assert set(few) <= set(longer)


NOTICED: Shown = {"file": "module.py", "old": "return -1", "new": "return +1"}
UNNOTICED: Shown = {
    "file": "module.py",
    "old": "return width * height",
    "new": "return width / height",
}
BOTH = [NOTICED, UNNOTICED]


def tried(folder: Path, explained: list[Shown]) -> dict[str, str]:
    """Return what came of the two changes above."""
    (folder / "module.py").write_text(CODE)
    changes = [change for change in sample(folder, 1, 100) if change.shown(CODE) in BOTH]
    found = outcomes(folder, changes, explained, lambda _, shown: shown == NOTICED)
    return {shown["old"]: outcome for outcome, _, shown in found}


def test_an_explained_change_is_equivalent_and_stale_once_a_test_notices_it(tmp_path: Path) -> None:
    assert tried(tmp_path, []) == {
        "return -1": "noticed",
        "return width * height": "UNNOTICED",
    }
    assert tried(tmp_path, BOTH) == {
        "return -1": "STALE",
        "return width * height": "equivalent",
    }


def test_an_explained_change_whose_line_or_file_is_no_more_is_gone(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(CODE)
    moved = {**NOTICED, "file": "moved.py"}
    edited = {**NOTICED, "old": "return -2", "new": "return +2"}
    impossible = {**NOTICED, "new": "return 1"}
    assert gone(tmp_path, [*BOTH, moved, edited, impossible]) == [moved, edited, impossible]


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [
        ({"noticed": 95, "UNNOTICED": 5}, []),
        ({"noticed": 94, "UNNOTICED": 6}, ["95% must be noticed"]),
        ({"noticed": 19, "UNNOTICED": 1, "equivalent": 80}, []),
        ({"noticed": 18, "UNNOTICED": 1, "equivalent": 81}, ["95% must be noticed"]),
        ({"noticed": 99, "STALE": 1}, ["what is stale must be taken out"]),
        ({"UNNOTICED": 1, "STALE": 1}, ["95% must be noticed", "what is stale must be taken out"]),
    ],
)
def test_tests_notice_enough_of_what_is_not_equivalent(
    counts: dict[str, int], wrong: list[str]
) -> None:
    found = complaints(Counter(counts), "equivalent_changes.toml")
    assert [text.partition(" of")[0] for text in found] == wrong
