"""A table of texts, as people see it: in a terminal, in Markdown and in a notebook.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Iterable, Sequence


def as_text(head: Sequence[str], rows: Iterable[Sequence[str]], names: int = 1) -> str:
    """Return aligned columns: the first `names` to the left, since they hold names."""
    table = [[printable(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < names else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in table
    )


def as_markdown(head: Sequence[str], rows: Iterable[Sequence[str]], names: int = 1) -> str:
    """Return a table for a comment on a pull request."""
    rule = [":--" if place < names else "--:" for place in range(len(head))]
    table = [[_escaped(cell) for cell in row] for row in (head, *rows)]
    table.insert(1, rule)
    return "\n".join(f"| {' | '.join(row)} |" for row in table)


def as_html(head: Sequence[str], rows: Iterable[Sequence[str]], names: int = 1) -> str:
    """Return a table for a notebook: the first `names` cells of a row are its header."""
    from html import escape

    columns = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>"
        + "".join(f'<th scope="row">{escape(cell)}</th>' for cell in row[:names])
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[names:])
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"


def printable(text: str) -> str:
    """Return the text in one line: characters that do not print are escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def _escaped(cell: str) -> str:
    """Return a cell that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", printable(cell))
