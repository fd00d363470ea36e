"""What containers measure and find, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Statistics(NamedTuple):
    """Statistics of one feature, as Python numbers, or of many, as arrays of one entry each.

    Parameters
    ----------
    count, missing
        How many values are there, and how many are missing.
    low, high
        The smallest and the largest value, or two percentiles; NaN if there is no value.
    mean
        The mean; NaN if there is no value.
    deviation
        The standard deviation of a sample (ddof = 1); 0 of a single value.
    origin
        If it is not None, `low`, `high` and `mean` are relative to it. Integers have an origin
        where a float would round them, and features have one whose values lie so far from zero
        that a float would round their differences.
    half_deviation
        Half of the deviation, where that is larger than a float holds; None if it is so nowhere.
    """

    count: Any
    missing: Any
    low: Any = None
    high: Any = None
    mean: Any = None
    deviation: Any = None
    origin: Any = None
    half_deviation: Any = None


class ColumnStatistics(NamedTuple):
    """The statistics of one column; of a column that is not numeric only the counts are known."""

    name: str | int
    type: str
    statistics: Statistics


class Measured(NamedTuple):
    """The statistics of all features of a container.

    Parameters
    ----------
    columns
        Returns the statistics of each column. To make a thousand of them takes longer than to
        measure as many, so it is called only when somebody asks for one.
    layout, statistics
        The statistics in the form that the container has, and the layout for which it has it.
    """

    columns: Callable[[], list[ColumnStatistics]]
    layout: Any = None
    statistics: Sequence[Statistics] = ()


class ColumnPlaces(NamedTuple):
    """How many values of a column were found, and the position and value of the first ones."""

    name: Any  # a frame's, or a dict's key, of whatever type; None where columns have none
    number: int
    first: tuple[tuple[Any, Any], ...] = ()


class Places:
    """How many rows were looked at, and what was found in each column.

    Parameters
    ----------
    rows
        How many rows were looked at.
    columns
        What was found in each column, or a function that returns it: to make places of a thousand
        columns takes longer than to count them, so it is called only when somebody asks.
    names
        The names of all columns, if `columns` are those with a finding only.
    total
        How many values were found in all columns, if `columns` is a function.
    """

    def __init__(
        self,
        rows: int,
        columns: Sequence[ColumnPlaces] | Callable[[], Sequence[ColumnPlaces]],
        names: Sequence[Any] | None = None,
        total: int | None = None,
    ) -> None:
        self.rows = rows
        self._columns = columns
        self.names = names
        self._total = total

    @property
    def columns(self) -> Sequence[ColumnPlaces]:
        """What was found in each column."""
        if callable(self._columns):
            self._columns = self._columns()
        return self._columns

    @property
    def total(self) -> int:
        """How many values were found in all columns."""
        if self._total is None:
            self._total = sum(column.number for column in self.columns)
        return self._total

    def __reduce__(self) -> tuple[Any, ...]:
        return Places, (self.rows, self.columns, self.names, self.total)
