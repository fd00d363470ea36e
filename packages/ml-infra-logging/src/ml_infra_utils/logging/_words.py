"""How errors tell values, names and numbers of things.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Iterable

MOST_NAMES = 20
"""A list of more names is not read to its end."""

MOST_LISTED = 500
"""Characters of a list of names, so that an error with one stays below 1,000."""

MOST_CHARACTERS = 80
"""Of a value: enough to recognize it, and an error still fits on a few lines."""


def described(value: object) -> str:
    """Return the value and its type, shortened: ``'n/a' (str)``."""
    if value is None:
        return "None"
    return f"{shortened(value)} ({type(value).__name__})"


def shortened(value: object, most: int = MOST_CHARACTERS) -> str:
    """Return the `repr` of a value in one line of at most `most` characters."""
    try:
        text = repr(value)
    except Exception as error:  # of a foreign class; the error being told matters more
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def listed(names: Iterable[object]) -> str:
    """Return names one after the other, and how many are left out: ``'a', 'b' and 3 more``."""
    names = list(names)
    shown = [shortened(name) for name in names[:MOST_NAMES]]
    while len(", ".join(shown)) > MOST_LISTED:
        shown.pop()
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def nearest(name: object, names: Iterable[object]) -> str:
    """Return ``; did you mean 'accuracy'?`` for the name most alike, or nothing.

    A part of a name is like it too: ``f1`` is meant for ``f1_score``.
    """
    from difflib import get_close_matches

    text, texts = str(name), {str(each): each for each in names}
    for match in get_close_matches(text, texts, 1) or [each for each in texts if text in each]:
        return f"; did you mean {texts[match]!r}?" if len(text) > 1 else ""
    return ""


def counted(number: int, thing: str, things: str = "") -> str:
    """Return a number with its noun: ``1 row``, ``2 rows``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
