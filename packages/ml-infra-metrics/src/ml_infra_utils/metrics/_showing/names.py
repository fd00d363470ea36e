"""Classes and counts as text, and a confusion matrix as text and as HTML."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Hashable, Sequence

from ml_infra_utils.metrics._limits import SHOWN_IN_FULL

if TYPE_CHECKING:
    from ml_infra_utils.metrics._exact_sums import Count


def distinct_names(classes: Sequence[Hashable], taken: Sequence[str] = ()) -> list[str]:
    """Return a name for each class: its text, or its repr where that text means something else.

    Both 1 and "1" may be classes, and a class may be called as one of the names taken.
    """
    texts = [str(name) for name in classes]
    times = Counter((*texts, *taken))
    names = [repr(name) if times[text] > 1 else text for name, text in zip(classes, texts)]
    return names if len(set(names)) == len(names) else [repr(name) for name in classes]


def printable(name: str) -> str:
    """Return a name in one line, what is not printable in it escaped."""
    return name if name.isprintable() else repr(name)[1:-1]


def as_text(names: Sequence[str], counts: Sequence[Sequence[float]]) -> str:
    """Return an aligned table, labels down and predictions across."""
    texts = [printable(name) for name in names]
    rows = [["label", *texts]]
    rows += [[name, *map(shown, row)] for name, row in zip(texts, counts)]
    first = max(len(row[0]) for row in rows)
    width = max((len(cell) for row in rows for cell in row[1:]), default=0)
    lines = [f"{'':{first}} predicted"]
    for name, *cells in rows:
        lines.append(" ".join([f"{name:{first}}", *(f"{cell:>{width}}" for cell in cells)]))
    return "\n".join(lines)


def as_html(names: Sequence[str], counts: Sequence[Sequence[float]]) -> str:
    """Return a table, labels down and predictions across."""
    from html import escape

    head = "".join(f"<th>{escape(name)}</th>" for name in ("label \\ predicted", *names))
    body = "".join(
        f"<tr><th>{escape(name)}</th>" + "".join(f"<td>{shown(n)}</td>" for n in row) + "</tr>"
        for name, row in zip(names, counts)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def as_html_line(text: str) -> str:
    """Return a paragraph."""
    from html import escape

    return f"<p>{escape(text)}</p>"


def shown(value: float | Count) -> str:
    """Return a count in full, a sum of weights to six digits."""
    if isinstance(value, int) and not SHOWN_IN_FULL <= value <= sys.float_info.max:
        return str(value)
    return f"{float(value):.6g}"
