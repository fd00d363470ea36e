"""The columns of a summary as the features of a fit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.chosen_columns import chosen_columns
from ml_infra_utils.preprocessing._serving import Rows
from ml_infra_utils.preprocessing._words import counted, described, listed, shortened
from ml_infra_utils.preprocessing.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing.column_summary import ColumnSummary


class Features(Rows):
    """The container of a fit to a summary: it names the features, and has no rows."""

    def __init__(self, columns: Sequence[ColumnSummary], names: Sequence[Any] | None) -> None:
        features = range(len(columns)) if names is None else names
        super().__init__((), (), features, keyed=names is not None)
        self.columns = columns


def features_of(summary: Any, columns: Any, nan_policy: str, finite: bool) -> Features:
    """Return the columns to learn from: those that `columns` names, by default all.

    Raises
    ------
    ValueError
        If there is no such column, or a column has no values, missing ones that `nan_policy`
        refuses, or infinite ones though all must be `finite`.
    TypeError
        If it is no summary, or a column has other values than numbers.
    """
    if not isinstance(summary, Summary):
        raise TypeError(
            f"summary must be a Summary, got {described(summary)}; summarize(data) makes one"
        )
    known = {column.name: column for column in summary}
    if not known:
        raise ValueError("summary must have at least one column, got none")
    numeric = [name for name, column in known.items() if _has_numbers(column)]
    if columns is None and len(numeric) < len(known):
        others = [name for name in known if name not in numeric]
        raise TypeError(
            f"columns of the summary must be numeric, got others, {listed(others)}; name the "
            "columns to scale by columns="
        )
    names = chosen_columns(columns, list(known), numeric, lambda name: known[name].type)
    chosen = [known[name] for name in names]
    for column in chosen:
        _check_values(column, nan_policy, finite)
    has_names = columns is not None or names != list(range(len(names)))
    return Features(chosen, names if has_names else None)


def _has_numbers(column: ColumnSummary) -> bool:
    return column.mean is not None or not column.count


def _check_values(column: ColumnSummary, nan_policy: str, finite: bool) -> None:
    if not column.count and not column.missing:
        raise ValueError("Cannot fit empty data")
    if column.missing and nan_policy == "raise":
        raise ValueError(
            f"data must have no missing values, got {counted(column.missing, 'missing value')} in "
            f"column {shortened(column.name)}; pass nan_policy='omit' to leave them out"
        )
    for end in (column.min, column.max):
        if finite and end is not None and math.isinf(end):
            raise ValueError(
                f"data must have no infinite values, got {end} in column {shortened(column.name)}; "
                "drop or clip them first"
            )
