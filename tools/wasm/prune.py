"""Leave out of a test module what needs a library that is not there."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass
class Pruned:
    """The source that remains, and each name that is gone, with the library that it needs."""

    source: str
    gone: dict[str, str] = field(default_factory=dict)

    @property
    def tests(self) -> dict[str, str]:
        """Those of the names that are tests."""
        return {name: why for name, why in self.gone.items() if name.startswith("test_")}


def prune(
    source: str,
    is_missing: Callable[[str], bool],
    elsewhere: Mapping[str, Mapping[str, str]],
    fixtures: Mapping[str, str],
) -> Pruned:
    """Blank out each top-level statement that needs a missing library, directly or not.

    Parameters
    ----------
    source
        The text of a module. The lines that stay keep their numbers.
    is_missing
        Says of the top-level name of a module whether it cannot be imported.
    elsewhere
        What is gone from other modules of the tests, by the name of the module.
    fixtures
        The fixtures that are gone from the conftest beside the module.
    """
    statements = ast.parse(source).body
    gone: dict[str, str] = {}
    left: dict[ast.stmt, str] = {}
    while True:
        before = len(left), len(gone)
        for statement in statements:
            if statement in left:
                continue
            if there := _gone_from(statement, elsewhere):
                gone.update(there)
                continue
            why = _need(statement, is_missing, gone, {**fixtures, **gone})
            if why is not None:
                left[statement] = why
                gone.update(dict.fromkeys(_bound(statement), why))
        if before == (len(left), len(gone)):
            break
    lines = source.splitlines()
    for statement in statements:
        first = min(
            [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))]
        )
        rows = slice(first - 1, statement.end_lineno)
        kept = ""
        if isinstance(statement, ast.ImportFrom) and _gone_from(statement, elsewhere):
            statement.names = [a for a in statement.names if (a.asname or a.name) not in gone]
            kept = ast.unparse(statement) if statement.names else ""
        elif statement not in left:
            continue
        lines[rows] = [kept, *[""] * (len(lines[rows]) - 1)]
    return Pruned("\n".join(lines) + "\n", gone)


def _gone_from(statement: ast.stmt, elsewhere: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return those names that are imported from another module of the tests, and gone there."""
    if not isinstance(statement, ast.ImportFrom):
        return {}
    there = elsewhere.get(statement.module or "", {})
    return {a.asname or a.name: there[a.name] for a in statement.names if a.name in there}


def _need(
    statement: ast.stmt,
    is_missing: Callable[[str], bool],
    gone: Mapping[str, str],
    parameters: Mapping[str, str],
) -> str | None:
    """Return the first library that the statement needs and that is missing."""
    if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
        return None
    for node in _executed(statement):
        if isinstance(node, ast.Import):
            roots = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            roots = [(node.module or "").partition(".")[0]]
        else:
            roots = []
            if isinstance(node, ast.Name) and node.id in gone:
                return gone[node.id]
            if isinstance(node, ast.arg) and node.arg in parameters:  # a fixture, by its name
                return parameters[node.arg]
        for root in roots:
            if is_missing(root):
                return root
    return None


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """Walk over a tree but for its annotations, which nothing evaluates."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _executed(child)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Return the names that a top-level statement binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
