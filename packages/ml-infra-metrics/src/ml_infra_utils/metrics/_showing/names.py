"""Classes, counts and tables, shortened to what people read."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Callable, Hashable, Sequence

from ml_infra_utils.metrics._limits import LONGEST_REPR, SHOWN_IN_FULL
from ml_infra_utils.metrics._words import MOST_NAMES

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


def shown(value: float | Count) -> str:
    """Return a count in full, a sum of weights to six digits."""
    if isinstance(value, int) and not SHOWN_IN_FULL <= value <= sys.float_info.max:
        return str(value)
    return f"{float(value):.6g}"


def few(
    rows: Sequence[Sequence[Any]], as_texts: Callable[[Sequence[Any]], Sequence[str]]
) -> list[Sequence[str]]:
    """Return rows as texts; of many the first and the last, with a row of dots between them."""
    if len(rows) <= MOST_NAMES:
        return list(map(as_texts, rows))
    half = MOST_NAMES // 2
    dots = ["…"] * len(rows[0])
    return [*map(as_texts, rows[:half]), dots, *map(as_texts, rows[-half:])]


def one_line(full: str, short: str) -> str:
    """Return the full `repr`, or the short one where the full one is too long to read."""
    return full if len(full) <= LONGEST_REPR else short


def as_html_line(text: str) -> str:
    """Return a paragraph."""
    from html import escape

    return f"<p>{escape(text)}</p>"
