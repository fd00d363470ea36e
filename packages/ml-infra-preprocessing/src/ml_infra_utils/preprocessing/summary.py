"""Count, range, mean and deviation of columns, as a value that merges."""

from __future__ import annotations

import html
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _json
from ml_infra_utils.preprocessing._container import container_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
    """

    name: str | int
    type: str
    count: int
    missing: int
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None

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
        kinds = dict.fromkeys([*self.type.split(" | "), *other.type.split(" | ")])
        total = self.count + other.count
        parts = [part for part in (self, other) if part.count]
        figures = parts[0]._figures() if parts else {}
        if len(parts) == 2 and None not in (self.mean, other.mean):
            figures = _merged(self, other, total)
        missing = self.missing + other.missing
        return ColumnSummary(self.name, " | ".join(kinds), total, missing, **figures)

    def _figures(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FIGURES}


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
            if column.name == name:
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
        columns = []
        for column in state["columns"]:
            _json.check_keys("a column", column, set(ColumnSummary.__dataclass_fields__))
            where = f"column {column['name']!r}"
            counts = [_json.count(f"{where}: {key}", column[key]) for key in ("count", "missing")]
            figures = [_json.number(f"{where}: {key}", column[key]) for key in _FIGURES]
            columns.append(ColumnSummary(column["name"], str(column["type"]), *counts, *figures))
        return cls(tuple(columns))

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
            [str(c.name), c.type, str(c.count), str(c.missing)]
            + ["" if figure is None else f"{figure:.6g}" for figure in c._figures().values()]
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
    return Summary(tuple(container.summary()))


def _merged(a: ColumnSummary, b: ColumnSummary, total: int) -> dict[str, Any]:
    means: Any = (a.mean, b.mean)
    deviations: Any = (a.std, b.std)
    shares = a.count / total, b.count / total
    delta = means[1] - means[0]
    if math.isinf(delta):
        mean = means[0] * shares[0] + means[1] * shares[1]
    else:
        mean = means[0] + delta * shares[1]
    # Of halves, so that the difference of two means near the largest float is finite.
    deviation = math.hypot(
        *(
            half * 0.5 * math.sqrt((part.count - 1) / (total - 1))
            for half, part in zip(deviations, (a, b))
        ),
        (means[1] * 0.5 - means[0] * 0.5) * math.sqrt(a.count * shares[1] / (total - 1)),
    )
    extremes: Any = ((a.min, b.min), (a.max, b.max))
    return {"min": min(extremes[0]), "max": max(extremes[1]), "mean": mean, "std": deviation * 2}
