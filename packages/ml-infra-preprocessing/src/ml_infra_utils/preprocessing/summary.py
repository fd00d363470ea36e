"""Count, range, mean and deviation of columns, as a value that merges."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._containers.kinds import container_of
from ml_infra_utils.preprocessing._containers.samples import weights_of
from ml_infra_utils.preprocessing._limits import FAR_FROM_ZERO
from ml_infra_utils.preprocessing._state import State, check_same_class, check_same_names, in_line
from ml_infra_utils.preprocessing._words import counted, described, listed, nearest, shortened
from ml_infra_utils.preprocessing.column_summary import (
    HEAD,
    ColumnSummary,
    cells_of,
    column_from,
    column_of,
    merged_columns,
    statistics_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.base import Container
    from ml_infra_utils.preprocessing._statistics import Measured, Statistics

__all__ = ["Summary", "summarize"]


class Summary(State):
    """The summary of one column or of each column of a frame.

    It is immutable. It merges (`a + b` and `sum(parts)` are `a.merge(b)`), becomes plain JSON, and
    shows as a table in a terminal, in a notebook and in Markdown. `summary["age"].mean` is a
    figure of a column.

    Parameters
    ----------
    columns : tuple of ColumnSummary
        In the order of the data.

    Examples
    --------
    >>> summary = summarize([3, 4]) + summarize([None, 5])
    >>> summary
    Summary(1 column: 0)
    >>> summary[0].mean, summary[0].missing
    (4.0, 1)
    """

    _name_columns = 2

    def __init__(self, columns: Iterable[ColumnSummary]) -> None:
        self._columns: tuple[ColumnSummary, ...] | None = tuple(columns)
        self._measured: Measured | None = None

    @property
    def columns(self) -> tuple[ColumnSummary, ...]:
        """The summary of each column, in the order of the data."""
        if self._columns is None and self._measured is not None:
            self._columns = tuple(column_of(*each) for each in self._measured.columns())
        return self._columns or ()

    def __eq__(self, other: object) -> bool:
        return self.columns == other.columns if isinstance(other, Summary) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.columns)

    def __reduce__(self) -> tuple[Any, ...]:
        return Summary, (self.columns,)

    def __getitem__(self, name: Any) -> ColumnSummary:
        same = [column for column in self.columns if column.name == name]
        # Engines have no numbers as names, so a number's text is found too.
        alike = same or [column for column in self.columns if str(column.name) == str(name)]
        if alike:
            return alike[0]
        raise KeyError(
            f"name must be one of {listed(self.names)}, got {shortened(name)}"
            f"{nearest(name, self.names)}"
        )

    def __iter__(self) -> Iterator[ColumnSummary]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __repr__(self) -> str:
        return in_line(f"Summary({counted(len(self), 'column')}: {listed(self.names)})")

    @property
    def names(self) -> list[Any]:
        """The names of the columns, or their numbers."""
        return [column.name for column in self.columns]

    def merge(self, other: Summary) -> Summary:
        """Return the summary of the data of both, as if it had been one.

        Counts and extrema are exact, in any order. Means and deviations are combined by the
        formula of Chan, Golub and LeVeque (1983), without overflow: the order and the grouping of
        merges change their last digits only.

        Raises
        ------
        ValueError
            If the two have different columns.
        TypeError
            If the other is something else.
        """
        check_same_class(self, other)
        check_same_names("columns", self.names, other.names)
        return Summary(tuple(map(merged_columns, self.columns, other.columns)))

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as a document of plain JSON.

        A figure that JSON does not have becomes its text: "inf", "-inf" or "nan". The form is
        that of the schema `summary-1.schema.json` in the package.
        """
        columns = [column._document() for column in self.columns]
        return {**_documents.header("summary"), "columns": columns}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Summary:
        """Return the summary that `to_dict` wrote.

        Raises
        ------
        ValueError
            If the document has another form, or figures that no data has; the message names the
            entry.
        """
        return summary_from(_documents.read(document, "summary"))

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        return HEAD, [cells_of(column) for column in self.columns]


def summarize(
    data: Any, *, columns: str | Sequence[str] | None = None, distributions: bool = False
) -> Summary:
    """Summarize a column, or each column of a frame, in one pass.

    Missing values are counted and left out. Infinities are values. Nothing overflows if the result
    is finite, and a large mean does not spoil a small deviation.

    Parameters
    ----------
    data : iterable of numbers, list of dicts, array, series, frame, or query of an engine
        One or two axes. An iterator is read once. A list of dicts has a column for each key, and a
        key that a row lacks is missing there. An engine gets one query for all columns, and a
        second one only for columns far from zero.
    columns : str or sequence of str, optional
        The columns of a frame, or keys of dicts, by default all. Columns that are not numeric are
        only counted.
    distributions : bool, default False
        Whether to count how the values are spread, too: numbers by 64 bins an octave, which are
        the same in every library and engine, dates and times by bins of days or microseconds, and
        texts and bools one by one. Then `summary["income"].quantile(0.99)`, `.distinct` and `.top`
        are known, and `drift` can compare. An engine gets one more query for all numbers, two for
        all texts and two for all dates; engines other than Polars, DuckDB and Dask count no dates.

    Returns
    -------
    Summary
        One entry for each column.

    Raises
    ------
    ValueError
        If a column does not exist, or an array has more than two axes.
    TypeError
        If a value is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> print(summarize([3, None, 5, 4]))
    column  type  count  missing  min  max  mean  std
    0       int       3        1    3    5     4    1
    """
    container = container_of(data, columns=columns, numeric=False)
    summary = summary_of(container)
    if not distributions:
        return summary
    columns_with = zip(summary, container.distributions())
    return Summary(replace(column, distribution=each) for column, each in columns_with)


def summary_of(container: Container) -> Summary:
    """Return the summary of a container."""
    summary = Summary(())
    summary._columns, summary._measured = None, container.measured()
    return summary


def weighted_summary_of(container: Container, sample_weight: Any) -> Summary:
    """Return the summary of a container whose samples have weights.

    Raises
    ------
    ValueError, TypeError
        If these are no weights of the samples, or a query's, whose rows have no order.
    """
    if container.is_lazy:
        raise TypeError(
            "sample_weight must be None for a query, whose rows have no order, got "
            f"{described(sample_weight)}; collect the data first"
        )
    from ml_infra_utils.preprocessing._kernels.weighted import weighted

    values = container.numpy_columns()
    weights = weights_of(sample_weight, len(values[0]))
    columns = []
    for (name, kind, _), column in zip(container.summary(), values):
        each = weighted(column, weights)
        figures = each.low, each.high, each.mean, each.deviation, each.residual, each.weight
        half = each.half_deviation
        columns.append(ColumnSummary(name, kind, each.count, each.missing, *figures, half_std=half))
    return Summary(columns)


def statistics_for(container: Container, summary: Summary) -> Sequence[Statistics]:
    """Return the statistics of a summary in the form that a container has."""
    measured = summary._measured
    if measured is not None and measured.layout is not None and measured.layout == container.layout:
        known = [_as_of_columns(each, container.xp) for each in measured.statistics]
        if all(each is not None for each in known):
            return [each for each in known if each is not None]
    return container.features([statistics_of(column) for column in summary])


def _as_of_columns(statistics: Statistics, xp: Any) -> Statistics | None:
    """Return statistics of features as their columns give them, or None where these differ.

    A scaler must do the same with what it has learned and with what it has read from a document.
    """
    count, mean, deviation = statistics.count, statistics.mean, statistics.deviation
    if statistics.origin is not None or statistics.half_deviation is not None:
        return None
    if str(getattr(mean, "dtype", "")) != "float64":
        return None
    if xp.any((deviation > 0) & (deviation <= FAR_FROM_ZERO * abs(mean))):
        return None
    return statistics._replace(deviation=xp.where(count > 0, deviation, math.nan))


def summary_from(document: Mapping[str, Any], path: tuple[str, ...] = ()) -> Summary:
    """Return the summary of a document that has the right form, and lies at a path of another.

    Raises
    ------
    ValueError
        If it has figures that no data has.
    """
    columns = enumerate(document["columns"])
    return Summary(tuple(column_from(each, (*path, "columns", place)) for place, each in columns))
