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
    """

    count: Any
    missing: Any
    low: Any = None
    high: Any = None
    mean: Any = None
    deviation: Any = None
    origin: Any = None


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


class Places(NamedTuple):
    """How many rows were looked at, and what was found in each column.

    If there are `names`, these are all columns, and `columns` are those with a finding only.
    """

    rows: int
    columns: Sequence[ColumnPlaces]
    names: Sequence[Any] | None = None
