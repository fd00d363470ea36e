"""The form of the errors of arguments, read from the sources: `x must be …, got …`."""

from __future__ import annotations

import ast
import re
from typing import Iterator

import pytest

from tests.distribution.conftest import PROJECTS
from tools.projects import META, Project

PORTIONS = [project for portion, project in PROJECTS.items() if portion != META]
FORM = re.compile(r"must be left out|must .*got ", re.DOTALL)

EXCEPTIONS = {
    # Callers match on what the guide and scikit-learn's own checks quote.
    "quoted in the guide": r"Cannot \S+ (empty data|only missing values)|Invalid unit: ",
    "asked for by scikit-learn's checks": (
        r"Complex data not supported|Expected 2D array|Found array with 0|X has |"
        r"input_features |Invalid parameter "
    ),
    # There is no argument with a wrong value, but a call that cannot be.
    "arguments or calls that exclude each other": (
        r"exclude each other|needs? |takes @|is running already|"
        r"got an unexpected keyword argument|looks at a result|"
        r"make (MultilabelCounts|a ScoreDifference) with"
    ),
    # What must be so is said, and what came would not fit a line.
    "another state or column": r"must (be the same|have figures|be at least one)",
    # The helper that fills the first gap has tests of its own.
    "begun by a helper": r"^(params\.|sample_weight )?\{\}",
}


def template(node: ast.expr) -> str | None:
    """Return the text of a message with {} for each value, or None if it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (v.value if isinstance(v, ast.Constant) else "{}" for v in node.values)
        return "".join(map(str, parts))
    return None


def messages(project: Project) -> Iterator[tuple[str, str]]:
    """Return each message of a ValueError or TypeError, with its file and line."""
    for path in sorted(project.package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                text = template(node.exc.args[0])
                named = ast.unparse(node.exc.func) in ("ValueError", "TypeError")
                # A template of values only is made by a helper, which has tests of its own.
                if named and text is not None and re.search(r"\w{3}", text):
                    yield f"{path.relative_to(project.package)}:{node.lineno}", text


@pytest.mark.parametrize("project", PORTIONS, ids=lambda project: project.portion)
def test_an_error_says_what_an_argument_must_be_and_what_it_got(project: Project) -> None:
    known = re.compile("|".join(EXCEPTIONS.values()))
    found = list(messages(project))
    just_begun = [project.package / "__init__.py"] == list(project.package.rglob("*.py"))
    assert found or just_begun
    assert [] == [m for m in found if not FORM.search(m[1]) and not known.search(m[1])]


def test_each_exception_is_met() -> None:
    texts = [text for project in PORTIONS for _, text in messages(project)]
    unmet = [why for why, form in EXCEPTIONS.items() if not any(re.search(form, t) for t in texts)]
    assert [] == unmet
