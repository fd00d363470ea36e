"""A table that a command prints: as text, or in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Sequence


class Table:
    """Rows of texts under a head; the first `names` columns stand to the left."""

    def __init__(self, head: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1) -> None:
        self._rows = [list(map(_in_line, row)) for row in (head, *rows)]
        self._names = names

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self._rows)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if place < self._names else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths))
            ).rstrip()
            for row in self._rows
        )

    def to_markdown(self) -> str:
        """Return the table for a comment on a pull request."""
        rule = [":--" if place < self._names else "--:" for place in range(len(self._rows[0]))]
        table = [list(map(_escaped, row)) for row in self._rows]
        return "\n".join(f"| {' | '.join(row)} |" for row in [table[0], rule, *table[1:]])


def _escaped(cell: str) -> str:
    """Return a cell that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", cell)


def _in_line(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]
