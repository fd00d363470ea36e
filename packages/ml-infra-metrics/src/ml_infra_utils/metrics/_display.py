"""A confusion matrix as text and as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

if TYPE_CHECKING:
    from ml_infra_utils.metrics._exact import Count


def as_text(names: Sequence[str], counts: Sequence[Sequence[float]]) -> str:
    """Return an aligned table, labels down and predictions across."""
    rows = [["label", *names]]
    rows += [[name, *map(shown, row)] for name, row in zip(names, counts)]
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
    return str(value) if isinstance(value, int) else f"{float(value):.6g}"
