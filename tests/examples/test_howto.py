"""The pages of the twelve jobs do what they say, and each shows a script of examples/."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ml_infra_utils.decorators.testing import no_waits
from tests.examples.transcripts import FLAGS, PAGES, ROOT, commands, is_as_shown, run

JOBS = sorted(PAGES.glob("*.md"))
NEEDS_PYTORCH = "pytorch-loop"  # tests/metrics/engines runs that page
NOTEBOOK = "work-in-a-notebook"  # test_notebook.py runs that one
WITHOUT_PROMPT = re.compile(r"^```python\n(?!>>>)(.*?)^```$", re.DOTALL | re.MULTILINE)
MOST_LINES = 40

each_job = pytest.mark.parametrize("page", JOBS, ids=lambda page: page.stem)
each_script = pytest.mark.parametrize(
    "page", [p for p in JOBS if p.stem != NOTEBOOK], ids=lambda page: page.stem
)


def script_of(page: Path) -> Path:
    return ROOT / "examples" / f"{page.stem.replace('-', '_')}.py"


def test_there_are_twelve_and_the_index_names_them() -> None:
    index = (ROOT / "docs" / "howto.md").read_text(encoding="utf-8")
    assert {page.stem for page in JOBS} == set(re.findall(r"\(howto/(.*)\.md\)", index))
    assert 12 == len(JOBS)


@each_script
def test_a_page_shows_its_script_and_runs_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert f"```{{literalinclude}} ../../examples/{script_of(page).name}\n" in text
    assert any(script_of(page).name in command.line for command in commands(page))


@each_script
def test_a_script_is_short(page: Path) -> None:
    assert len(script_of(page).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "page",
    [p for p in JOBS if p.stem not in (NEEDS_PYTORCH, NOTEBOOK)],
    ids=lambda page: page.stem,
)
def test_a_terminal_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    shown = commands(page)
    printed = run([command.line for command in shown], tmp_path)
    pairs = list(zip(shown, printed))
    assert [] == [(c, got) for c, got in pairs if not is_as_shown(c.wanted, got)]


@each_job
def test_an_interactive_session_gives_what_the_page_shows(page: Path) -> None:
    with no_waits():
        assert 0 == doctest.testfile(str(page), module_relative=False, optionflags=FLAGS).failed


@each_job
def test_code_without_prompts_runs(page: Path) -> None:
    for code in WITHOUT_PROMPT.findall(page.read_text(encoding="utf-8")):
        subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
