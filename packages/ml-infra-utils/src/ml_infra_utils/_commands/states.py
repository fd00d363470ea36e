"""Show, merge and compare documents of any portion: what `to_json` of a state wrote."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, List, Optional

import typer

import ml_infra_utils
from ml_infra_utils._commands.running import (
    CommandError,
    Format,
    Report,
    guarded,
    show,
    write_text,
)
from ml_infra_utils._commands.tables import Table

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Iterator, Mapping

SCHEMA = re.compile(r"ml-infra/([a-z0-9-]+)/(\d+)")
MOST_SHOWN = 60
FILES = typer.Argument(..., metavar="FILES", help="Documents as JSON; - is standard input.")
FORM = typer.Option(Format.table, "--format", help="How to print it.")

state = typer.Typer(
    help="Show, merge and compare the documents of any portion.", no_args_is_help=True
)


def show_states(files: List[str] = FILES, form: Format = FORM) -> int:
    """Show what documents hold."""
    status = 0
    for name in files:
        value = _read(name)
        shown = value if hasattr(value, "to_markdown") else _Plain(value)
        title = f"{name}: {type(value).__name__}"
        status |= Report(title, shown, value.to_dict(), file=name, is_gate=False).print(form)
    return status


def merge_states(
    files: List[str] = FILES,
    output: Optional[Path] = typer.Option(None, "-o", "--output", help="Where to write the sum."),
) -> int:
    """Add documents of one kind up, and print the sum or write it to a file."""
    total: Any = None
    for name in files:
        value = _read(name)
        if not hasattr(value, "merge"):
            raise CommandError(f"{name}: a {type(value).__name__} cannot be merged")
        if total is not None and type(value) is not type(total):
            raise CommandError(
                f"{name}: must be a {type(total).__name__} like {files[0]}, "
                f"got a {type(value).__name__}"
            )
        try:
            total = value if total is None else total.merge(value)
        except (TypeError, ValueError) as error:
            raise CommandError(f"{name}: {error}") from error
    text = total.to_json()
    if output is None:
        show(text)
    else:
        write_text(output, f"{text}\n")
    return 0


def diff_states(
    one: str = typer.Argument(..., metavar="ONE", help="A document; - is standard input."),
    other: str = typer.Argument(..., metavar="OTHER", help="Another of the same kind."),
    form: Format = FORM,
) -> int:
    """Compare two documents entry by entry; the status is 1 if they differ."""
    a, b = _read(one), _read(other)
    if type(a) is not type(b):
        raise CommandError(
            f"{other}: must be a {type(a).__name__} like {one}, got a {type(b).__name__}"
        )
    rows = [(path, _short(x), _short(y)) for path, x, y in _differences(a.to_dict(), b.to_dict())]
    table = Table(("entry", one, other), rows)
    document = {"differences": [{"entry": path, "a": x, "b": y} for path, x, y in rows]}
    problems = [f"{one} and {other} differ in {len(rows)} entries"] if rows else []
    if not rows and form is Format.table:
        show(f"{one} and {other} hold the same {type(a).__name__}")
        return 0
    return Report(f"{one} and {other}", table, document, problems, other).print(form)


for _name, _command in (("show", show_states), ("merge", merge_states), ("diff", diff_states)):
    state.command(_name)(guarded(_command))


class _Plain:
    """A value that has no table of its own, as a table of its entries."""

    def __init__(self, value: Any) -> None:
        rows = [(path, _short(entry)) for path, entry in _entries(value.to_dict(), "")]
        self._table = Table(("entry", "value"), rows)

    def __str__(self) -> str:
        return str(self._table)

    def to_markdown(self) -> str:
        return self._table.to_markdown()


def _read(name: str) -> Any:
    """Return the value that a document holds."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CommandError(f"{name}: must be a document of JSON, got no UTF-8 text") from None
    if not text.strip():
        raise CommandError(f"{name}: is empty")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise CommandError(f"{name}: must be a document of JSON ({error})") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    match = SCHEMA.fullmatch(schema) if isinstance(schema, str) else None
    if match is None:
        raise CommandError(
            f'{name}: must be a document that begins with "schema": "ml-infra/…", '
            f"got {_short(schema if isinstance(document, dict) else document)}"
        )
    try:
        return _class_of(name, match[1]).from_dict(document)
    except ValueError as error:
        raise CommandError(f"{name}: {error}") from error


def _class_of(file: str, wanted: str) -> Any:
    """Return the class of the documents of a kind, from whichever portion has it."""
    kinds = dict(_kinds())
    if wanted in kinds:
        kind = getattr(*kinds[wanted])
        if hasattr(kind, "from_dict"):
            return kind
    known = sorted(kind for kind, home in kinds.items() if hasattr(getattr(*home), "from_dict"))
    near = get_close_matches(wanted, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise CommandError(
        f"{file}: no installed portion has documents of the kind {wanted!r}; "
        f"there are {', '.join(known)}{hint}"
    )


def _kinds() -> Iterator[tuple[str, tuple[ModuleType, str]]]:
    """Give the kinds of documents that installed portions have, each with its portion and class."""
    for found in pkgutil.iter_modules(ml_infra_utils.__path__, f"{ml_infra_utils.__name__}."):
        if found.name.rpartition(".")[2].startswith("_"):
            continue
        portion = importlib.import_module(found.name)
        for name in getattr(portion, "__all__", ()):
            if name[:1].isupper():
                yield re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower(), (portion, name)


def _entries(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Give every entry of a document, by its path."""
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            yield from _entries(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)) and value:
        for place, entry in enumerate(value):
            yield from _entries(entry, f"{path}[{place}]")
    else:
        yield path, value


def _differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    one, other = dict(_entries(a, "")), dict(_entries(b, ""))
    for path in dict.fromkeys([*one, *other]):
        x, y = one.get(path, "is missing"), other.get(path, "is missing")
        if x != y or type(x) is not type(y):
            yield path, x, y


def _short(value: Any) -> str:
    text = value if value == "is missing" else json.dumps(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"
