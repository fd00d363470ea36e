"""Count, range, mean and deviation of columns, as a value that merges."""

from __future__ import annotations

import html
import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _json
from ml_infra_utils.preprocessing._containers.kinds import container_of
from ml_infra_utils.preprocessing._limits import EXACT_INTEGER, FAR_FROM_ZERO
from ml_infra_utils.preprocessing._statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.base import Container

__all__ = ["ColumnSummary", "Summary", "summarize"]

_FORMAT = "ml_infra_utils.preprocessing.Summary"
_VERSION = 1
_FIGURES = ("min", "max", "mean", "std")


@dataclass(frozen=True)
class ColumnSummary:
    """The summary of one column.

    Parameters
    ----------
    name : str or int
        The column's name, or its number where it has none.
    type : str
        The type of its values, in the words of their container.
    count, missing : int
        How many values are there, and how many are None or NaN.
    min, max, mean : float or None
        Of the values that are there; None if there are none or they are not numbers.
    std : float or None
        The sample standard deviation (ddof = 1), 0.0 for a single value.
    mean_residual : float
        What rounding took from `mean`: far from zero, a float has too few digits for it.
    """

    name: str | int
    type: str
    count: int
    missing: int
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    mean_residual: float = 0.0

    def merge(self, other: ColumnSummary) -> ColumnSummary:
        """Return the summary of the values of both.

        Counts and extrema are exact. Mean and deviation are combined as by Chan, Golub and
        LeVeque (1983), without overflow, and the order of merges matters to the last digits only.

        Raises
        ------
        ValueError
            If the two have different names.
        """
        if self.name != other.name:
            raise ValueError(f"cannot merge column {self.name!r} with column {other.name!r}")
        if not self.count or not other.count:
            merged = other if other.count else self
        elif self.mean is None or other.mean is None:
            merged = ColumnSummary(self.name, "", 0, 0)
        else:
            merged = _merged(self, other)
        kinds = {*self.type.split(" | "), *other.type.split(" | ")} - {""}
        return replace(
            merged,
            type=" | ".join(sorted(kinds)),
            count=self.count + other.count,
            missing=self.missing + other.missing,
        )


@dataclass(frozen=True)
class Summary:
    """The summary of one column or of each column of a frame.

    It is a value: it merges, becomes plain JSON, prints as an aligned table and shows as HTML in
    a notebook. `summary["age"].mean` is a figure of a column.

    Parameters
    ----------
    columns : tuple of ColumnSummary
        In the order of the data.
    """

    columns: tuple[ColumnSummary, ...]

    def __getitem__(self, name: str | int) -> ColumnSummary:
        for column in self.columns:
            if str(column.name) == str(name):  # pandas has numbers as names, kept as text
                return column
        raise KeyError(f"no column {name!r}, the columns are {self.names}")

    def __iter__(self) -> Iterator[ColumnSummary]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def names(self) -> list[str | int]:
        """The names of the columns, or their numbers."""
        return [column.name for column in self.columns]

    def merge(self, other: Summary) -> Summary:
        """Return the summary of the data of both, as if it had been one.

        Raises
        ------
        ValueError
            If the two have different columns.
        """
        if self.names != other.names:
            raise ValueError(
                f"cannot merge summaries of different columns: {self.names} and {other.names}"
            )
        return Summary(tuple(a.merge(b) for a, b in zip(self.columns, other.columns)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON, as the schema `state-1.schema.json` of the package describes."""
        columns = [
            {key: _json.plain(value) for key, value in asdict(column).items()}
            for column in self.columns
        ]
        return {"format": _FORMAT, "version": _VERSION, "columns": columns}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Summary:
        """Return the summary that `to_dict` wrote.

        Raises
        ------
        ValueError
            If the state is of a newer version, or has missing, unknown or wrong entries.
        """
        _json.check_header(state, _FORMAT, _VERSION, {"columns"})
        return cls(tuple(map(_column_from, _json.listed("columns", state["columns"]))))

    def __str__(self) -> str:
        rows = self._rows()
        widths = [max(map(len, cells)) for cells in zip(*rows)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if place < 2 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths))
            ).rstrip()
            for row in rows
        )

    def _repr_html_(self) -> str:
        head, *body = (
            "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row)
            for row, tag in zip(self._rows(), ["th", *["td"] * len(self)])
        )
        rows = "".join(f"<tr>{row}</tr>" for row in body)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _rows(self) -> list[list[str]]:
        head = ["column", "type", "count", "missing", *_FIGURES]
        return [head] + [
            [_in_line(str(c.name)), c.type, str(c.count), str(c.missing)]
            + [
                "" if figure is None else f"{figure:.6g}"
                for figure in (c.min, c.max, c.mean, c.std)
            ]
            for c in self.columns
        ]


def summarize(data: Any, *, columns: str | Sequence[str] | None = None) -> Summary:
    """Summarize a column, or each column of a frame, in one pass.

    Missing values are counted and left out; infinities are values. Nothing overflows where the
    answer is finite, and a large mean does not spoil a small deviation.

    Parameters
    ----------
    data : iterable of numbers, array, series, frame, or query of an engine
        One or two axes. An iterator is taken once. A query is asked once, for all columns.
    columns : str or sequence of str, optional
        The columns of a frame, by default all; those that are not numeric are only counted.

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
    return summary_of(container)


def summary_of(container: Container) -> Summary:
    """Return the summary of a container."""
    return Summary(tuple(_column_of(*each) for each in container.summary()))


def _column_of(name: str | int, kind: str, statistics: Statistics) -> ColumnSummary:
    counts = int(statistics.count), int(statistics.missing)
    if not statistics.count or statistics.mean is None:
        return ColumnSummary(name, kind, *counts)
    origin = statistics.origin or 0
    mean, residual = _sum(origin, float(statistics.mean))
    ends = statistics.low + origin, statistics.high + origin
    return ColumnSummary(name, kind, *counts, *ends, mean, float(statistics.deviation), residual)


def statistics_of(column: ColumnSummary) -> Statistics:
    """Return the statistics of a column of numbers, from an origin where floats would round.

    They are NaN where nothing is known.
    """
    counts = column.count, column.missing
    low, high, mean, deviation = column.min, column.max, column.mean, column.std
    if low is None or high is None or mean is None or deviation is None:
        return Statistics(*counts, *[math.nan] * 4)
    long = isinstance(low, int) and isinstance(high, int) and max(-low, high) > EXACT_INTEGER
    if not long and not 0 < deviation <= FAR_FROM_ZERO * abs(mean):
        return Statistics(*counts, low * 1.0, high * 1.0, mean, deviation)
    above = math.floor(mean) - low + (mean - math.floor(mean)) if long else mean - low
    above += column.mean_residual
    return Statistics(*counts, 0.0, float(high - low), above, deviation, origin=low)


def _column_from(state: Any) -> ColumnSummary:
    _json.check_keys("a column", state, ColumnSummary.__dataclass_fields__)
    name = state["name"]
    if not isinstance(name, int) or isinstance(name, bool):
        name = _json.text("a column: name", name)
    where = f"column {name!r}"
    kind = _json.text(f"{where}: type", state["type"])
    count, missing = (_json.count(f"{where}: {key}", state[key]) for key in ("count", "missing"))
    if all(state[key] is None for key in _FIGURES):
        return ColumnSummary(name, kind, count, missing)
    keys = (*_FIGURES, "mean_residual")
    low, high, mean, deviation, residual = (
        _json.number(f"{where}: {key}", state[key]) for key in keys
    )
    if not count:
        raise ValueError(f"{where}: min, max, mean and std of no value must be null")
    if not low <= high:
        raise ValueError(f"{where}: min must not be greater than max, got {low!r} and {high!r}")
    slack = 1e-9 * max(abs(low), abs(high))  # of merges, far from zero
    if mean < low - slack or mean > high + slack:
        raise ValueError(f"{where}: mean must lie between min and max, got {mean!r}")
    if deviation < 0:
        raise ValueError(f"{where}: std must not be negative, got {deviation!r}")
    return ColumnSummary(name, kind, count, missing, low, high, mean, deviation, residual)


def _merged(a: ColumnSummary, b: ColumnSummary) -> ColumnSummary:
    """Return the figures of two columns, of which each has a mean."""
    total = a.count + b.count
    means: Any = (a.mean, b.mean)
    deviations: Any = (a.std, b.std)
    extremes: Any = ((a.min, b.min), (a.max, b.max))
    shares = a.count / total, b.count / total
    delta = means[1] - means[0] + (b.mean_residual - a.mean_residual)
    if math.isinf(delta):
        mean, residual = means[0] * shares[0] + means[1] * shares[1], 0.0
    else:
        mean, residual = _sum(means[0], a.mean_residual + delta * shares[1])
    # Of halves, so that the difference of two means near the largest float is finite.
    half = means[1] * 0.5 - means[0] * 0.5 + (b.mean_residual - a.mean_residual) * 0.5
    deviation = math.hypot(
        *(
            each * 0.5 * math.sqrt((part.count - 1) / (total - 1))
            for each, part in zip(deviations, (a, b))
        ),
        half * math.sqrt(a.count * shares[1] / (total - 1)),
    )
    ends = min(extremes[0]), max(extremes[1])
    return ColumnSummary(a.name, "", total, 0, *ends, mean, deviation * 2, residual)


def _in_line(text: str) -> str:
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _sum(a: float, b: float) -> tuple[float, float]:
    """Return the sum of two numbers as a float, and what rounding took from it (Knuth, 1997)."""
    if isinstance(a, int):
        b += a - int(float(a))
        a = float(a)
    total = a + b
    if not math.isfinite(total):
        return total, 0.0
    part = total - a
    return total, (a - (total - part)) + (b - part)
