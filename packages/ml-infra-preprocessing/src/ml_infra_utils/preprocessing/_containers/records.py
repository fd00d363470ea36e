"""The container of rows that are dicts, as services have them: a column for each key."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.base import Container
from ml_infra_utils.preprocessing._containers.chosen_columns import chosen_columns
from ml_infra_utils.preprocessing._containers.lists import Values, finite_sum
from ml_infra_utils.preprocessing._formulas import Scalars
from ml_infra_utils.preprocessing._statistics import (
    ColumnPlaces,
    ColumnStatistics,
    Places,
    Statistics,
)
from ml_infra_utils.preprocessing._values import is_missing, number
from ml_infra_utils.preprocessing._words import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._containers.base import Suspect
    from ml_infra_utils.preprocessing._distributions import Distribution
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._predicates import Predicate


class Records(Container):
    """A list of dicts. A key that a row lacks is missing there.

    Each column is a list of Python values, so that results do not depend on NumPy.
    """

    xp = Scalars
    n_axes = 2

    def __init__(self, rows: Sequence[dict[Any, Any]], columns: Any, numeric: bool) -> None:
        for i, row in enumerate(rows):
            if not isinstance(row, dict):
                raise TypeError(f"data[{i}] must be a dict, as others are, got {described(row)}")
        self.rows = rows
        self.all_names: list[Any] = list(dict.fromkeys(name for row in rows for name in row))
        numbers = [name for name in self.all_names if self._holds_numbers(name)]
        eligible = numbers if numeric else self.all_names
        self.names: list[Any] = chosen_columns(columns, self.all_names, eligible, self._kind)
        self.n_features = len(self.names)
        known = set(numbers)
        self.columns = [Values(self._column(name)) for name in self.names]
        self.are_numbers = [name in known for name in self.names]
        for name, column, are_numbers in zip(self.names, self.columns, self.are_numbers):
            if are_numbers and finite_sum(column.values) is None:
                for i, value in enumerate(column.values):
                    if not is_missing(value):
                        number(value, (i, name))  # which refuses it by its place

    @property
    def is_empty(self) -> bool:
        return not self.names

    def extrema(self) -> list[Statistics]:
        return [each for column in self.columns for each in column.extrema()]

    def moments(self) -> list[Statistics]:
        return [each for column in self.columns for each in column.moments()]

    def bounds(self, lower: float, upper: float, method: str) -> list[Statistics]:
        return [each for column in self.columns for each in column.bounds(lower, upper, method)]

    def summary(self) -> list[ColumnStatistics]:
        return [
            column.summary()[0]._replace(name=name) if are_numbers else _counted(name, column)
            for name, column, are_numbers in zip(self.names, self.columns, self.are_numbers)
        ]

    def distributions(self) -> list[Distribution | None]:
        from ml_infra_utils.preprocessing._containers.counted import single_objects

        return [
            column.distributions()[0]
            if are_numbers
            else single_objects([each for each in column.values if not is_missing(each)])
            for column, are_numbers in zip(self.columns, self.are_numbers)
        ]

    def numpy_columns(self) -> list[Any]:
        import numpy as np

        return [
            np.array([math.nan if is_missing(value) else value for value in column.values], float)
            for column in self.columns
        ]

    def apply(self, steps: Sequence[Sequence[Step]], suspect: Suspect | None = None) -> Any:
        changed = [column.apply([each]) for column, each in zip(self.columns, steps)]
        return self._replaced(changed, suspect)

    def clip(self, bounds: Sequence[Statistics], suspect: Suspect | None = None) -> Any:
        changed = [column.clip([each]) for column, each in zip(self.columns, bounds)]
        return self._replaced(changed, suspect)

    def find(self, predicate: Predicate, limit: int) -> Places:
        found = [column.find(predicate, limit).columns[0] for column in self.columns]
        columns = [ColumnPlaces(name, *each[1:]) for name, each in zip(self.names, found)]
        return Places(len(self.rows), columns)

    def any(self, predicate: Predicate) -> bool:
        return any(column.any(predicate) for column in self.columns)

    def _replaced(self, changed: Sequence[Sequence[Any]], suspect: Suspect | None) -> Any:
        if suspect is not None:
            suspect(True)
        results = [dict(row) for row in self.rows]
        for name, values in zip(self.names, changed):
            for row, value in zip(results, values):
                if name in row:
                    row[name] = value
        return tuple(results) if isinstance(self.rows, tuple) else results

    def _column(self, name: Any) -> list[Any]:
        return [row.get(name) for row in self.rows]

    def _first(self, name: Any) -> Any:
        return next((v for v in self._column(name) if not is_missing(v)), None)

    def _holds_numbers(self, name: Any) -> bool:
        first = self._first(name)
        if first is not None:
            with suppress(TypeError):
                number(first, 0)
                return True
        return first is None

    def _kind(self, name: Any) -> str:
        return type(self._first(name)).__name__


def _counted(name: Any, column: Values) -> ColumnStatistics:
    """Return how many values of a column of texts are there, and how many are missing."""
    present = [value for value in column.values if not is_missing(value)]
    kinds = " | ".join(sorted({type(value).__name__ for value in present}))
    missing = len(column.values) - len(present)
    return ColumnStatistics(name, kinds, Statistics(len(present), missing))
