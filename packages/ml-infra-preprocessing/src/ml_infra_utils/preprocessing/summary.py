"""Count, range, mean and deviation of columns, as a value that merges."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._containers.kinds import container_of
from ml_infra_utils.preprocessing._containers.samples import weights_of
from ml_infra_utils.preprocessing._distributions import DistributionError, Numbers, Texts
from ml_infra_utils.preprocessing._formulas import sum_and_rest
from ml_infra_utils.preprocessing._limits import EXACT_INTEGER, FAR_FROM_ZERO, MERGE_ROUNDING
from ml_infra_utils.preprocessing._state import State, check_same_class, check_same_names, in_line
from ml_infra_utils.preprocessing._statistics import Statistics
from ml_infra_utils.preprocessing._values import as_json, name_as_json, name_from_json
from ml_infra_utils.preprocessing._words import counted, described, listed, nearest, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.base import Container
    from ml_infra_utils.preprocessing._distributions import Between, Distribution, ValueCount
    from ml_infra_utils.preprocessing._statistics import Measured

__all__ = ["ColumnSummary", "Summary", "summarize"]

_FIGURES = ("min", "max", "mean", "std")


@dataclass(frozen=True)
class ColumnSummary:
    """The summary of one column.

    Parameters
    ----------
    name : str, int or tuple
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
        The part of the mean that `mean` has no digits for. It matters where the mean is far from
        zero and the values lie close together.
    distribution : object or None
        How the values are spread, if `summarize` was asked for it: what `quantile`, `distinct`
        and `top` read.
    weight : float or None
        The sum of the weights, if the values were weighted: those of weight 0 are left out, mean
        and `std` are weighted, the latter with weights brought to a mean of 1.

    Examples
    --------
    >>> column = summarize([1, 2, None])[0]
    >>> column.count, column.missing, column.mean
    (2, 1, 1.5)
    """

    name: Any
    type: str
    count: int
    missing: int
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    mean_residual: float = 0.0
    weight: float | None = None
    distribution: Distribution | None = None

    def quantile(self, share: float) -> float:
        """Return the smallest number that at least a share of the numbers does not exceed.

        Parameters
        ----------
        share : float
            From 0, which is the smallest number, to 1, which is the largest.

        Returns
        -------
        float
            At most 1 % away from the number of the data. At most 1,920 bins are kept, those of
            the largest numbers; numbers that are nearer to zero, a billionth of the largest, or
            1/32,768 where there are numbers of both signs, may be counted together.

        Raises
        ------
        ValueError
            If the share is not from 0 to 1, or the column has no distribution, no number, or
            others than numbers.

        Examples
        --------
        >>> summarize(range(1, 101), distributions=True)[0].quantile(0.99)
        99.0
        """
        low, high = self.quantile_bounds(share)
        return low if low == high else low + (high - low) / 2

    def quantile_bounds(self, share: float) -> Between:
        """Return two numbers of the data between which a quantile lies, both included.

        They are the smallest and the largest number that share the quantile's bin, and often one.

        Examples
        --------
        >>> summarize(range(1, 1001), distributions=True)[0].quantile_bounds(0.99)
        Between(least=984.0, most=991.0)
        """
        if not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise ValueError(f"share must be a number from 0 to 1, got {described(share)}")
        distribution = self._distribution()
        if not isinstance(distribution, Numbers) or not self.count:
            what = "numbers" if self.count else "values"
            raise ValueError(
                f"a column must have {what} for a quantile, got {shortened(self.name)} of type "
                f"{self.type or 'nothing'}"
            )
        return distribution.quantile(share)

    @property
    def distinct(self) -> Between:
        """How many different values there are: bounds, which are equal where it is known.

        Examples
        --------
        >>> summarize([3, 1, 3, None], distributions=True)[0].distinct
        Between(least=2, most=2)
        """
        return self._distribution().distinct()

    @property
    def top(self) -> list[ValueCount]:
        """The values that are counted one by one, the most frequent first.

        Of texts and bools, these are the 500 most frequent of each part that was merged. Of
        numbers, they are those that have a bin of their own, such as integers up to 128 and
        numbers that are met very often.

        Examples
        --------
        >>> summarize([3, 1, 3, None], distributions=True)[0].top[0]
        ValueCount(value=3.0, count=Between(least=2, most=2))
        """
        return self._distribution().top()

    @property
    def lengths(self) -> tuple[int, int] | None:
        """The number of characters of the shortest and of the longest text, if there are texts."""
        distribution = self._distribution()
        return distribution.lengths if isinstance(distribution, Texts) else None

    def _distribution(self) -> Distribution:
        if self.distribution is None:
            raise ValueError(
                f"column {shortened(self.name)} must have a distribution, got none; numbers, "
                "texts and bools have one after summarize(data, distributions=True)"
            )
        return self.distribution

    def __eq__(self, other: object) -> bool:
        # Texts are compared, since the mean of infinite values is NaN, which does not equal
        # itself.
        if isinstance(other, ColumnSummary):
            return self._plain() == other._plain()
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.type, self.count, self.missing))

    def __repr__(self) -> str:
        head, cells = _HEAD[1:], _cells(self)[1:]
        shown = ", ".join(f"{name}={cell}" for name, cell in zip(head, cells) if cell)
        return in_line(f"ColumnSummary({shortened(self.name)}, {shown})")

    def _document(self) -> dict[str, Any]:
        document = {**self._plain(), "name": name_as_json(self.name)}
        if self.weight is None:
            del document["weight"]
        return document

    def _plain(self) -> dict[str, Any]:
        plain = {key: as_json(value) for key, value in vars(self).items() if key != "distribution"}
        if self.distribution is not None:
            plain["distribution"] = self.distribution.document()
        return {**plain, "name": self.name}


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
            self._columns = tuple(_column_of(*each) for each in self._measured.columns())
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
        return Summary(tuple(map(_merged, self.columns, other.columns)))

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
        return _HEAD, [_cells(column) for column in self.columns]


_HEAD = ["column", "type", "count", "missing", *_FIGURES]


def _cells(column: ColumnSummary) -> list[str]:
    figures = (column.min, column.max, column.mean, column.std)
    return [
        *(str(column.name), column.type, str(column.count), str(column.missing)),
        *("" if figure is None else f"{figure:.6g}" for figure in figures),
    ]


def summarize(
    data: Any, *, columns: str | Sequence[str] | None = None, distributions: bool = False
) -> Summary:
    """Summarize a column, or each column of a frame, in one pass.

    Missing values are counted and left out. Infinities are values. Nothing overflows if the result
    is finite, and a large mean does not spoil a small deviation.

    Parameters
    ----------
    data : iterable of numbers, array, series, frame, or query of an engine
        One or two axes. An iterator is read once. An engine gets one query for all columns, and a
        second one only for columns far from zero.
    columns : str or sequence of str, optional
        The columns of a frame, by default all. Columns that are not numeric are only counted.
    distributions : bool, default False
        Whether to count how the values are spread, too: numbers by 64 bins an octave, which are
        the same in every library and engine, and texts and bools one by one. Then
        `summary["income"].quantile(0.99)`, `.distinct` and `.top` are known, and `drift` can
        compare. An engine gets one more query for all numbers and two for all texts.

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
        figures = each.low, each.high, each.mean, each.deviation
        columns.append(
            ColumnSummary(
                name, kind, each.count, each.missing, *figures, each.residual, each.weight
            )
        )
    return Summary(columns)


def statistics_for(container: Container, summary: Summary) -> Sequence[Statistics]:
    """Return the statistics of a summary in the form that a container has."""
    measured = summary._measured
    if measured is not None and measured.layout is not None and measured.layout == container.layout:
        known = [_as_of_columns(each, container.xp) for each in measured.statistics]
        if all(each is not None for each in known):
            return [each for each in known if each is not None]
    statistics = [statistics_of(column) for column in summary]
    if any(each.origin is not None for each in statistics):  # then an array of origins needs all
        statistics = [each._replace(origin=each.origin or 0) for each in statistics]
    return container.features(statistics)


def _as_of_columns(statistics: Statistics, xp: Any) -> Statistics | None:
    """Return statistics of features as their columns give them, or None where these differ.

    A scaler must do the same with what it has learned and with what it has read from a document.
    """
    count, mean, deviation = statistics.count, statistics.mean, statistics.deviation
    if statistics.origin is not None or str(getattr(mean, "dtype", "")) != "float64":
        return None
    if xp.any((deviation > 0) & (deviation <= FAR_FROM_ZERO * abs(mean))):
        return None
    return statistics._replace(deviation=xp.where(count > 0, deviation, math.nan))


def _column_of(name: Any, kind: str, statistics: Statistics) -> ColumnSummary:
    counts = int(statistics.count), int(statistics.missing)
    if not statistics.count or statistics.mean is None:
        return ColumnSummary(name, kind, *counts)
    origin = statistics.origin or 0
    mean, residual = sum_and_rest(origin, float(statistics.mean))
    ends = statistics.low + origin, statistics.high + origin
    return ColumnSummary(name, kind, *counts, *ends, mean, float(statistics.deviation), residual)


def statistics_of(column: ColumnSummary) -> Statistics:
    """Return the statistics of a column of numbers, relative to an origin if floats would round.

    They are NaN if nothing is known.
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


def summary_from(document: Mapping[str, Any], path: tuple[str, ...] = ()) -> Summary:
    """Return the summary of a document that has the right form, and lies at a path of another.

    Raises
    ------
    ValueError
        If it has figures that no data has.
    """
    columns = enumerate(document["columns"])
    return Summary(tuple(_column_from(each, (*path, "columns", place)) for place, each in columns))


def _column_from(document: Mapping[str, Any], path: tuple[str | int, ...]) -> ColumnSummary:
    figures: dict[str, Any] = {
        key: float(document[key]) if isinstance(document[key], str) else document[key]
        for key in _FIGURES
    }
    name = name_from_json(document["name"])
    distribution = _distribution_from(document.get("distribution"), (*path, "distribution"))
    known = {**document, **figures, "name": name, "distribution": distribution}
    column = ColumnSummary(**known)
    for key, expected in _faults(column):
        entry = _documents.told((*path, key))
        raise ValueError(f"{entry} must be {expected}, got {described(document[key])}")
    return column


def _distribution_from(
    document: Mapping[str, Any] | None, path: tuple[str | int, ...]
) -> Distribution | None:
    if document is None:
        return None
    kind: Any = Numbers if "bins" in document else Texts
    try:
        distribution: Distribution = kind.from_document(document)
    except DistributionError as error:
        entry = _documents.told((*path, *error.path))
        raise ValueError(f"{entry} must be {error.expected}, got {error.got}") from None
    return distribution


def _faults(column: ColumnSummary) -> Iterator[tuple[str, str]]:
    """Yield the figures that contradict others, and what they must be."""
    if column.distribution is not None and column.distribution.count != column.count:
        yield "count", f"{column.distribution.count}, as the distribution has"
    low, high, mean, deviation = column.min, column.max, column.mean, column.std
    if low is None or high is None or mean is None or deviation is None:
        absent = [key for key in _FIGURES if getattr(column, key) is None]
        if len(absent) < len(_FIGURES):
            yield absent[0], "a number, as other figures are"
        return
    if not column.count:
        yield "count", "at least 1, since there are figures"
    if column.weight == 0:
        yield "weight", "above 0, since there are figures"
    if not low <= high:
        yield "min", f"at most max, {high!r}"
    slack = MERGE_ROUNDING * max(abs(low), abs(high))
    if mean < low - slack or mean > high + slack:
        yield "mean", f"from min to max, {low!r} to {high!r}"


def _merged(a: ColumnSummary, b: ColumnSummary) -> ColumnSummary:
    """Return the summary of the values of two columns of one name."""
    weights = tuple(each.count if each.weight is None else each.weight for each in (a, b))
    if not a.count or not b.count:
        merged = b if b.count else a
    elif a.mean is None or b.mean is None:  # numbers and texts
        merged = ColumnSummary(a.name, "", 0, 0)
    else:
        merged = _merged_numbers(a, b, weights)
    types = {*a.type.split(" | "), *b.type.split(" | ")} - {""}
    return replace(
        merged,
        type=" | ".join(sorted(types)),
        count=a.count + b.count,
        missing=a.missing + b.missing,
        weight=None if a.weight is b.weight is None else sum(weights),
        distribution=_merged_distribution(a, b),
    )


def _merged_distribution(a: ColumnSummary, b: ColumnSummary) -> Distribution | None:
    """Return the distribution of both columns; None if one is not known, or of another kind."""
    ours, theirs = a.distribution, b.distribution
    if not a.count or not b.count:  # a column of nothing but nulls has no kind
        return (theirs if b.count else ours) if ours is not None and theirs is not None else None
    if isinstance(ours, Numbers) and isinstance(theirs, Numbers):
        return ours.merge(theirs)
    if isinstance(ours, Texts) and isinstance(theirs, Texts):
        return ours.merge(theirs)
    return None


def _merged_numbers(
    a: ColumnSummary, b: ColumnSummary, weights: tuple[float, ...]
) -> ColumnSummary:
    """Return the figures of two columns, of which each has a mean."""
    total = a.count + b.count
    means: Any = (a.mean, b.mean)
    deviations: Any = (a.std, b.std)
    extremes: Any = ((a.min, b.min), (a.max, b.max))
    weight = weights[0] + weights[1]
    shares = weights[0] / weight, weights[1] / weight
    delta = means[1] - means[0] + (b.mean_residual - a.mean_residual)
    if math.isinf(delta):
        mean, residual = means[0] * shares[0] + means[1] * shares[1], 0.0
    else:
        mean, residual = sum_and_rest(means[0], a.mean_residual + delta * shares[1])
    # Halves are subtracted, so that two means near the largest float have a finite difference.
    half = means[1] * 0.5 - means[0] * 0.5 + (b.mean_residual - a.mean_residual) * 0.5
    sample = total / (total - 1)
    deviation = math.hypot(
        *(
            each * 0.5 * math.sqrt(share * sample * ((part.count - 1) / part.count))
            for each, share, part in zip(deviations, shares, (a, b))
        ),
        half * math.sqrt(shares[0] * shares[1] * sample),
    )
    ends = min(extremes[0]), max(extremes[1])
    return ColumnSummary(a.name, "", total, 0, *ends, mean, deviation * 2, residual)
