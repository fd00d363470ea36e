"""The summary of one column: its figures, how it merges, and what a document says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._counts import DistributionError
from ml_infra_utils.preprocessing._distributions import Numbers, Texts
from ml_infra_utils.preprocessing._formulas import sum_and_rest
from ml_infra_utils.preprocessing._limits import EXACT_INTEGER, FAR_FROM_ZERO, MERGE_ROUNDING
from ml_infra_utils.preprocessing._state import in_line
from ml_infra_utils.preprocessing._statistics import Statistics
from ml_infra_utils.preprocessing._times import Times
from ml_infra_utils.preprocessing._values import as_json, name_as_cell, name_as_json, name_from_json
from ml_infra_utils.preprocessing._words import described, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_infra_utils.preprocessing._counts import Between, ValueCount
    from ml_infra_utils.preprocessing._distributions import Distribution

__all__ = ["ColumnSummary"]

FIGURES = ("min", "max", "mean", "std")
HEAD = ["column", "type", "count", "missing", *FIGURES]


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
    half_std : float or None
        Half of the deviation, if that is more than a float holds, so that `std` is inf: a merge
        may bring it back into range.

    Examples
    --------
    >>> from ml_infra_utils.preprocessing import summarize
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
    half_std: float | None = None

    def quantile(self, share: float) -> Any:
        """Return the smallest number, or first date, that at least a share does not exceed.

        Parameters
        ----------
        share : float
            From 0, which is the smallest number or first date, to 1, which is the last.

        Returns
        -------
        float, date or datetime
            A number is at most 1 % away from that of the data, and a date or time at most a
            thousandth of the span from the first to the last. Times with a zone are told in UTC,
            and in microseconds. At most 1,920 bins are kept, those of
            the largest numbers; numbers that are nearer to zero, a billionth of the largest, or
            1/32,768 where there are numbers of both signs, may be counted together.

        Raises
        ------
        ValueError
            If the share is not from 0 to 1, or the column has no distribution, no value, or
            others than numbers or dates.

        Examples
        --------
        >>> from ml_infra_utils.preprocessing import summarize
        >>> summarize(range(1, 101), distributions=True)[0].quantile(0.99)
        99.0
        """
        return self.quantile_bounds(share).middle

    def quantile_bounds(self, share: float) -> Between:
        """Return two values of the data between which a quantile lies, both included.

        They are the smallest and the largest value that share the quantile's bin, and often one.

        Examples
        --------
        >>> from ml_infra_utils.preprocessing import summarize
        >>> summarize(range(1, 1001), distributions=True)[0].quantile_bounds(0.99)
        Between(least=984.0, most=991.0)
        """
        if not isinstance(share, (int, float)) or not 0 <= share <= 1:
            raise ValueError(f"share must be a number from 0 to 1, got {described(share)}")
        if isinstance(self.distribution, Times) and self.count:
            return self.distribution.quantile(share)
        return self._numbers().quantile(share)

    def _percentile(self, percent: float, method: str) -> Between:
        return self._numbers().percentile(percent, method)

    def _numbers(self) -> Numbers:
        distribution = self._distribution()
        if not isinstance(distribution, Numbers) or not self.count:
            what = "numbers" if self.count else "values"
            raise ValueError(
                f"a column must have {what} for a quantile, got {shortened(self.name)} of type "
                f"{self.type or 'nothing'}"
            )
        return distribution

    @property
    def distinct(self) -> Between:
        """How many different values there are: bounds, which are equal where it is known.

        Examples
        --------
        >>> from ml_infra_utils.preprocessing import summarize
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
        >>> from ml_infra_utils.preprocessing import summarize
        >>> summarize([3, 1, 3, None], distributions=True)[0].top[0]
        ValueCount(value=3.0, count=Between(least=2, most=2))
        """
        return self._distribution().top()

    @property
    def dates(self) -> tuple[Any, Any] | None:
        """The first and the last date or time, if there are some.

        Examples
        --------
        >>> from datetime import date
        >>> from ml_infra_utils.preprocessing import summarize
        >>> rows = [{"day": date(2026, 11, 27)}, {"day": date(2026, 1, 31)}, {"day": None}]
        >>> summarize(rows, distributions=True)["day"].dates
        (datetime.date(2026, 1, 31), datetime.date(2026, 11, 27))
        """
        distribution = self._distribution()
        return distribution.ends() if isinstance(distribution, Times) and self.count else None

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
        head, cells = HEAD[1:], cells_of(self)[1:]
        shown = ", ".join(f"{name}={cell}" for name, cell in zip(head, cells) if cell)
        return in_line(f"ColumnSummary({shortened(self.name)}, {shown})")

    def _document(self) -> dict[str, Any]:
        document = {**self._plain(), "name": name_as_json(self.name)}
        for key in ("weight", "half_std"):
            if document[key] is None:
                del document[key]
        return document

    def _plain(self) -> dict[str, Any]:
        plain = {key: as_json(value) for key, value in vars(self).items() if key != "distribution"}
        if self.distribution is not None:
            plain["distribution"] = self.distribution.document()
        return {**plain, "name": self.name}


def cells_of(column: ColumnSummary) -> list[str]:
    """Return the row of a table that shows a column."""
    ends = [end if isinstance(end, str) else f"{end:.6g}" for end in ends_of(column)]
    return [
        *(name_as_cell(column.name), column.type, str(column.count), str(column.missing)),
        *(ends or ["", ""]),
        *("" if figure is None else f"{figure:.6g}" for figure in (column.mean, column.std)),
    ]


def ends_of(column: ColumnSummary) -> list[Any]:
    """Return the smallest and the largest number, or the first and the last date as texts."""
    if column.min is not None:
        return [column.min, column.max]
    if isinstance(column.distribution, Times) and column.count:
        return [end.isoformat() for end in column.distribution.ends()]
    return []


def column_of(name: Any, kind: str, statistics: Statistics) -> ColumnSummary:
    """Return the summary of a column of these statistics."""
    counts = int(statistics.count), int(statistics.missing)
    if not statistics.count or statistics.mean is None:
        return ColumnSummary(name, kind, *counts)
    origin = statistics.origin or 0
    mean, residual = sum_and_rest(origin, float(statistics.mean))
    ends = statistics.low + origin, statistics.high + origin
    deviation, half = float(statistics.deviation), None
    if deviation == math.inf and statistics.half_deviation is not None:
        half = float(statistics.half_deviation)
        deviation = half * 2  # a device's narrow float may have overflowed where this does not
        half = half if deviation == math.inf else None
    return ColumnSummary(name, kind, *counts, *ends, mean, deviation, residual, half_std=half)


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
        half = column.half_std
        return Statistics(*counts, low * 1.0, high * 1.0, mean, deviation, half_deviation=half)
    above = math.floor(mean) - low + (mean - math.floor(mean)) if long else mean - low
    above += column.mean_residual
    return Statistics(*counts, 0.0, float(high - low), above, deviation, origin=low)


def column_from(document: Mapping[str, Any], path: tuple[str | int, ...]) -> ColumnSummary:
    """Return the summary of a part of a document, which lies at a path of it.

    Raises
    ------
    ValueError
        If it has figures that no data has.
    """
    figures: dict[str, Any] = {
        key: float(document[key]) if isinstance(document[key], str) else document[key]
        for key in FIGURES
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
    kind: Any = Times if "kind" in document else Numbers if "bins" in document else Texts
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
        absent = [key for key in FIGURES if getattr(column, key) is None]
        if len(absent) < len(FIGURES):
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
    if column.half_std is not None and not column.half_std * 2 == deviation == math.inf:
        yield "half_std", "more than half of the largest float, of a std of 'inf'"


def merged_columns(a: ColumnSummary, b: ColumnSummary) -> ColumnSummary:
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
    if isinstance(ours, Times) and isinstance(theirs, Times) and ours.kind == theirs.kind:
        return ours.merge(theirs)
    return None


def _merged_numbers(
    a: ColumnSummary, b: ColumnSummary, weights: tuple[float, ...]
) -> ColumnSummary:
    """Return the figures of two columns, of which each has a mean."""
    total = a.count + b.count
    means: Any = (a.mean, b.mean)
    halves = _half_deviation(a), _half_deviation(b)
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
    half_std = math.hypot(
        *(
            each * math.sqrt(share * sample * ((part.count - 1) / part.count))
            for each, share, part in zip(halves, shares, (a, b))
        ),
        half * math.sqrt(shares[0] * shares[1] * sample),
    )
    ends, deviation = (min(extremes[0]), max(extremes[1])), half_std * 2
    kept = half_std if deviation == math.inf > half_std else None
    return ColumnSummary(a.name, "", total, 0, *ends, mean, deviation, residual, half_std=kept)


def _half_deviation(column: ColumnSummary) -> Any:
    return column.half_std if column.half_std is not None else (column.std or 0.0) * 0.5
