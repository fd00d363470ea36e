"""What containers measure, as plain values."""

from __future__ import annotations

from typing import Any, NamedTuple


class Statistics(NamedTuple):
    """Statistics of one feature (Python numbers) or of many (arrays of one entry each).

    The deviation is that of a sample (ddof = 1), 0 of a single value.

    Values are relative to `origin`, if there is one: integers that a float would round have it,
    and moments of values whose mean is far from zero for their deviation.
    """

    count: Any
    missing: Any
    low: Any = None
    high: Any = None
    mean: Any = None
    deviation: Any = None
    origin: Any = None


class ColumnStatistics(NamedTuple):
    """The statistics of one column; of a column that is not numeric they are counts only."""

    name: str | int
    type: str
    statistics: Statistics


class ColumnPlaces(NamedTuple):
    """How many values of a column were found, and the position and value of the first ones."""

    name: str | None
    number: int
    first: tuple[tuple[Any, Any], ...] = ()


class Places(NamedTuple):
    """How many rows were looked at, and what was found in each column."""

    rows: int
    columns: tuple[ColumnPlaces, ...]
