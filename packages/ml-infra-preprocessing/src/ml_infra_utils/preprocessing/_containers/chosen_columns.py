"""Which columns of a frame are meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._words import MOST_NAMES, described, listed, nearest, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


def chosen_columns(
    columns: Any,
    names: Collection[Any],
    numeric: Collection[Any],
    type_of: Callable[[Any], Any],
) -> list[Any]:
    """Return the names of columns that `columns` asks for, by default those of `numeric`.

    Raises
    ------
    TypeError
        If no column is numeric, or one that was asked for is not, or `columns` is something else.
    ValueError
        If there is no such column, and the message suggests a near one, or one is named twice.
    """
    if columns is None:
        if names and not numeric:
            raise TypeError(f"data must have a numeric column, got {_types(names, type_of)}")
        return list(numeric)
    known, numbers = set(names), set(numeric)
    is_name = isinstance(columns, str) or (isinstance(columns, Hashable) and columns in known)
    if not is_name and not isinstance(columns, Iterable):
        raise TypeError(f"columns must be a name or a list of names, got {described(columns)}")
    chosen = [columns] if is_name else list(columns)
    if not chosen:
        raise ValueError("columns must name at least one column, got none; None takes all")
    for name in chosen:
        if name not in known:
            got = f"{shortened(name)}{nearest(name, names)}"
            raise ValueError(f"columns must be among {listed(names)}, got {got}")
        if name not in numbers:
            raise TypeError(f"columns must be numeric, got {_types([name], type_of)}")
    if len(set(chosen)) < len(chosen):
        twice = [name for name, number in Counter(chosen).items() if number > 1]
        raise ValueError(f"columns must name each column once, got {listed(twice)} twice")
    return chosen


def refuse_nested(name: Any, kind: Any) -> None:
    """Refuse a column whose values hold others.

    Raises
    ------
    TypeError
        Always.
    """
    raise TypeError(
        f"data must have columns of single values, got {shortened(name)} of type "
        f"{shortened(str(kind))}; explode or unnest it, or name the others with columns="
    )


def _types(names: Collection[Any], type_of: Callable[[Any], Any]) -> str:
    """Tell columns with their types, for an error."""
    first = list(names)[:MOST_NAMES]
    told = ", ".join(f"{shortened(name, 40)} of type {type_of(name)}" for name in first)
    more = len(names) - len(first)
    return f"{told} and {more} more" if more else told
