"""What a block runs, and what it is to print before it gets a Run button."""

from __future__ import annotations

import runpy

import pytest

from tools.docs.__main__ import BLOCK, statements_and_output, text_of
from tools.projects import ROOT

PYTHON = (
    '<div class="highlight-python notranslate"><div class="highlight"><pre><span></span>'
    '<span class="nb">print</span>(1 &lt; 2)\n</pre></div>\n</div>\n'
)
TERMINAL = (
    '<div class="highlight-console notranslate"><div class="highlight"><pre>'
    '<span class="gp">$ </span>python examples/less.py\nTrue\n</pre></div>\n</div>\n'
)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (PYTHON, [("print(1 < 2)\n", "")]),
        (PYTHON + TERMINAL, [("print(1 < 2)\n", "$ python examples/less.py\nTrue\n")]),
        (PYTHON + "<p>Text.</p>\n" + TERMINAL, [("print(1 < 2)\n", "")]),
        (PYTHON + PYTHON, [("print(1 < 2)\n", "")] * 2),
        (TERMINAL, []),
    ],
)
def test_a_block_is_found_with_the_terminal_below_it(
    html: str, expected: list[tuple[str, str]]
) -> None:
    found = [(text_of(m["code"]), text_of(m["terminal"] or "")) for m in BLOCK.finditer(html)]
    assert expected == found


@pytest.mark.parametrize(
    ("terminal", "printed"),
    [
        ("", ""),
        ("$ python examples/less.py\nTrue\n", "True\n"),
        ("$ python examples/less.py\nTrue\n$ echo $?\n0\n", "True\n"),
        ("$ python examples/less.py picture.png\nTrue\n", ""),
        ("$ pip install something\nDone\n", ""),
    ],
    ids=["none", "a script", "and its status", "with arguments", "another program"],
)
def test_a_script_prints_what_the_terminal_shows(terminal: str, printed: str) -> None:
    assert ("print(1 < 2)\n", printed) == statements_and_output("print(1 < 2)\n", terminal)


def test_an_interactive_session_says_itself_what_it_prints() -> None:
    session = ">>> x = 1\n>>> x + 1\n2\n"
    assert ("x = 1\nx + 1\n", "2\n") == statements_and_output(session)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ('"""Say what a script does."""\nprint(1)\n', "1\n"),
        ('"a value"\n', "'a value'\n"),
        ("1\n'a value'\n", "1\n'a value'\n"),
    ],
    ids=["a docstring", "a text alone", "a text at the end"],
)
def test_values_are_shown_but_no_docstring(source: str, printed: str) -> None:
    runner = runpy.run_path(str(ROOT / "docs" / "_static" / "runner.py"))
    assert printed == runner["run_block"](source, runner["namespace_of"](""))["text"]
