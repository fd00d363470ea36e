"""Comparisons of two columns, as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._words import described, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    Comparison = tuple[str, str, str]

_COMPARISON = re.compile(r"(.+?)\s+(<=|>=|==|!=|<|>)\s+(.+)")
# Which of less, equal and greater a comparison allows.
_ALLOWED = {
    "<": {-1},
    "<=": {-1, 0},
    "==": {0},
    "!=": {-1, 1},
    ">=": {0, 1},
    ">": {1},
}
_TURNED = {"<": ">", "<=": ">=", "==": "==", "!=": "!=", ">=": "<=", ">": "<"}


def checked_comparisons(where: Any) -> tuple[Comparison, ...]:
    """Return comparisons as names of columns and signs.

    Raises
    ------
    TypeError, ValueError
        If they are none, or contradict each other.
    """
    if isinstance(where, str) or not hasattr(where, "__iter__"):
        raise TypeError(f"where must be a list of comparisons, got {described(where)}")
    checked = []
    for each in where:
        parts = each
        if isinstance(each, str):
            found = _COMPARISON.fullmatch(each.strip())
            parts = found.groups() if found else ()
        if not isinstance(parts, (list, tuple)) or len(parts) != 3 or parts[1] not in _ALLOWED:
            raise ValueError(
                "where must be comparisons of two columns such as 'start <= end', with one of "
                f"{listed(_ALLOWED)}, got {described(each)}"
            )
        left, sign, right = parts
        if left == right:
            raise ValueError(f"where must compare two columns, got {described(each)}")
        checked.append((left, sign, right))
    _check_that_they_agree(checked)
    return tuple(checked)


def _check_that_they_agree(where: Sequence[Comparison]) -> None:
    allowed: dict[frozenset[str], set[int]] = {}
    for left, sign, right in where:
        pair = frozenset((left, right))
        same = _ALLOWED[sign if left < right else _TURNED[sign]]
        allowed[pair] = allowed.get(pair, {-1, 0, 1}) & same
        if not allowed[pair]:
            raise ValueError(
                "where must not contradict itself, got "
                + listed(" ".join(each) for each in where if set(each) >= pair)
            )
