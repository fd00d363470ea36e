"""See whether data has moved away from a reference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._distributions import Numbers, Texts
from ml_infra_utils.preprocessing._divergence import (
    groups_of_numbers,
    groups_of_texts,
    jensen_shannon,
    kolmogorov_smirnov,
    population_stability_index,
)
from ml_infra_utils.preprocessing._limits import LISTED_VALUES
from ml_infra_utils.preprocessing._state import Shown, in_line
from ml_infra_utils.preprocessing._times import Times, aligned
from ml_infra_utils.preprocessing._values import as_json, name_as_cell, name_as_json
from ml_infra_utils.preprocessing._words import counted, described, listed, shortened
from ml_infra_utils.preprocessing.column_summary import ends_of
from ml_infra_utils.preprocessing.summary import Summary, summarize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from ml_infra_utils.preprocessing._counts import Between
    from ml_infra_utils.preprocessing.column_summary import ColumnSummary

__all__ = ["ColumnDrift", "DriftError", "DriftReport", "drift"]


class DriftError(ValueError):
    """Data has moved away from its reference; `report` says how far.

    Examples
    --------
    >>> try:
    ...     drift([1.0, 2.0, 3.0], [7.0, 8.0, 9.0]).raise_if_any()
    ... except DriftError as error:
    ...     print(error.report.drifted)
    [0]
    """

    def __init__(self, message: str, report: DriftReport) -> None:
        super().__init__(message)
        self.report: DriftReport = report

    def __reduce__(self) -> tuple[Any, ...]:
        # By default an exception is rebuilt from `args` alone, without the report.
        return type(self), (*self.args, self.report), self.__dict__


@dataclass(frozen=True, repr=False)
class ColumnDrift:
    """How far one column has moved away from its reference.

    What cannot be told, as the Kolmogorov-Smirnov distance of texts, is None.

    Parameters
    ----------
    name : str, int or tuple
        The column.
    before, after : ColumnSummary
        The column in the reference, and in the current data.
    psi : float or None
        The population stability index: 0 for equal shares, without an upper end.
    js : float or None
        The Jensen-Shannon distance, from 0 to 1.
    ks : tuple of two floats or None
        Bounds of the Kolmogorov-Smirnov distance, from 0 to 1; equal where it is exact.
    new, gone : tuple
        Texts or bools that only the current data has, and that only the reference has: the most
        frequent 20, and none where either has more values than are counted one by one.
    problems : tuple of str
        In which ways the column has moved farther than the thresholds allow.

    Examples
    --------
    >>> drift([1, 2, 3, 4], [1, 2, 4, 4])[0].ks
    Between(least=0.25, most=0.25)
    """

    name: Any
    before: ColumnSummary
    after: ColumnSummary
    psi: float | None
    js: float | None
    ks: Between | None
    new: tuple[Any, ...]
    gone: tuple[Any, ...]
    problems: tuple[str, ...]

    @property
    def missing(self) -> tuple[float, float]:
        """The share of missing values before and after."""
        return _missing(self.before), _missing(self.after)

    def __repr__(self) -> str:
        told = ", ".join(self.problems) or "as before"
        return in_line(f"ColumnDrift({shortened(self.name)}: {told})")

    def _document(self) -> dict[str, Any]:
        return {
            "name": name_as_json(self.name),
            "psi": self.psi,
            "js": self.js,
            "ks": None if self.ks is None else list(self.ks),
            "missing": list(self.missing),
            "range": [
                [as_json(end) for end in ends_of(each)] or [None, None]
                for each in (self.before, self.after)
            ],
            "new": list(self.new),
            "gone": list(self.gone),
            "problems": list(self.problems),
        }


class DriftReport(Shown):
    """How far each column has moved away from its reference: true if one has moved too far.

    `print` shows a table with the worst columns first.

    Parameters
    ----------
    columns : tuple of ColumnDrift
        The columns that both have, those with the largest index first.
    lost, added : tuple
        The columns that only the reference has, and those that only the current data has.

    Examples
    --------
    >>> report = drift([1, 2, 3, 4], [3, 4, 4, 4])
    >>> bool(report), report.drifted
    (True, [0])
    """

    def __init__(
        self, columns: Sequence[ColumnDrift], lost: Sequence[Any] = (), added: Sequence[Any] = ()
    ) -> None:
        self.columns: tuple[ColumnDrift, ...] = tuple(sorted(columns, key=_badness))
        self.lost: tuple[Any, ...] = tuple(lost)
        self.added: tuple[Any, ...] = tuple(added)

    @property
    def drifted(self) -> list[Any]:
        """The names of the columns that have moved too far, the lost ones included."""
        return [*self.lost, *(column.name for column in self.columns if column.problems)]

    def __bool__(self) -> bool:
        return bool(self.drifted)

    def __getitem__(self, name: Any) -> ColumnDrift:
        for column in self.columns:
            if column.name == name:
                return column
        names = [column.name for column in self.columns]
        raise KeyError(f"name must be one of {listed(names)}, got {shortened(name)}")

    def __iter__(self) -> Iterator[ColumnDrift]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __repr__(self) -> str:
        return in_line(f"DriftReport({self._headline()})")

    def raise_if_any(self) -> None:
        """Raise one error that tells of the columns that have moved too far.

        Raises
        ------
        DriftError
            If there are any; the error's `report` has them all.
        """
        if not self:
            return
        lines = [f"column {shortened(name)} is lost" for name in self.lost]
        lines += [
            f"column {shortened(column.name)}: {', '.join(column.problems)}"
            for column in self.columns
            if column.problems
        ]
        shown = "\n  ".join(line[:_MOST_OF_A_LINE] for line in lines[:_MOST_LINES])
        more = len(lines) - _MOST_LINES
        rest = f"\n  and {counted(more, 'more column')}" if more > 0 else ""
        raise DriftError(f"{counted(len(lines), 'column')} drifted\n  {shown}{rest}", self)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON, for an alarm or a dashboard."""
        return {
            **_documents.header("drift-report"),
            "drifted": [name_as_json(name) for name in self.drifted],
            "lost": [name_as_json(name) for name in self.lost],
            "added": [name_as_json(name) for name in self.added],
            "columns": [column._document() for column in self.columns],
        }

    def to_json(self) -> str:
        """Return what `to_dict` does as JSON text."""
        return _documents.write_json(self.to_dict())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the population stability index of each column, the worst on top.

        Columns that have drifted are darker. It needs matplotlib, which the extra `plot` installs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw, by default a new figure.
        """
        if ax is None:
            try:
                import matplotlib.pyplot as plt
            except ModuleNotFoundError as error:
                raise ModuleNotFoundError(
                    "plots need matplotlib: pip install 'ml-infra-preprocessing[plot]'",
                    name="matplotlib",
                ) from error
            ax = plt.subplots(layout="constrained")[1]
        shown = [column for column in self.columns if column.psi is not None]
        # matplotlib would read a dollar as the beginning of a formula.
        names = [str(column.name).replace("$", r"\$") for column in shown]
        colours = ["C3" if column.problems else "C0" for column in shown]
        places = range(len(shown))
        ax.barh(places, [column.psi or 0.0 for column in shown], color=colours)
        ax.set_yticks(places, names)
        ax.invert_yaxis()
        ax.set_xlabel("population stability index")
        return ax

    def _headline(self) -> str:
        parts = [f"{len(self.drifted)} of {counted(len(self) + len(self.lost), 'column')} drifted"]
        for what, names in (("lost", self.lost), ("added", self.added)):
            if names:
                parts.append(f"{what}: {listed(names)}")
        return "; ".join(parts)

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        return _HEAD, [_cells(column) for column in self.columns]


_HEAD = ["column", "drift", "psi", "js", "ks", "missing", "min", "max", "new", "gone"]
# An error shows so many columns, each in so many characters at most.
_MOST_LINES = 8
_MOST_OF_A_LINE = 100


def drift(
    reference: Any,
    current: Any,
    *,
    psi: float | None = 0.25,
    js: float | None = None,
    ks: float | None = None,
    missing: float | None = None,
    columns: str | Sequence[str] | None = None,
) -> DriftReport:
    """Compare the distributions of columns with those of a reference.

    A column has drifted if it lies farther from the reference than a threshold allows, has other
    values (numbers where there were texts), or is lost. What the columns are worth is up to the
    user: the thresholds are rules of thumb and no tests of significance.

    Parameters
    ----------
    reference, current : Summary, or data
        Summaries with distributions, or whatever `summarize` takes.
    psi : float or None, default 0.25
        The largest population stability index. In credit scoring, where the index comes from,
        0.1 is customarily called a small shift and 0.25 a large one. The groups are tenths of the
        reference, and what lies beyond its ends; of texts, the 20 most frequent ones, the others,
        and the new ones. The share of a group counts as 0.0001 at least.
    js : float or None, optional
        The largest Jensen-Shannon distance of the shares of the same groups, with logarithms of
        base 2, as `scipy.spatial.distance.jensenshannon(p, q, base=2)` has it.
    ks : float or None, optional
        The largest Kolmogorov-Smirnov distance of numbers or dates. It counts as exceeded if its
        lower bound is above.
    missing : float or None, optional
        By how much the share of missing values may grow or shrink.
    columns : str or sequence of str, optional
        The columns to compare, by default all.

    Returns
    -------
    DriftReport
        True if a column has drifted; `raise_if_any` raises.

    Raises
    ------
    ValueError
        If a summary has no distributions or no columns, a threshold is negative, or a column of
        `columns` is in neither.

    Examples
    --------
    >>> print(drift([1, 2, 3, 4], [1, 2, 4, 4], psi=0.1))
    1 of 1 column drifted
    column           drift     psi     js    ks  missing  min  max  new  gone
    0       psi 2.13 > 0.1  2.1285  0.395  0.25             1    4
    """
    thresholds = {"psi": psi, "js": js, "ks": ks, "missing": missing}
    for name, most in thresholds.items():
        if most is not None and not (isinstance(most, (int, float)) and most >= 0):
            raise ValueError(
                f"{name} must be a number of at least 0 or None, got {described(most)}"
            )
    one, other = _summary("reference", reference, columns), _summary("current", current, columns)
    names = set(other.names)
    compared = [
        _compared(column, other[column.name], thresholds) for column in one if column.name in names
    ]
    lost = [name for name in one.names if name not in names]
    added = [name for name in other.names if name not in set(one.names)]
    return DriftReport(compared, lost, added)


def _summary(argument: str, data: Any, columns: str | Sequence[str] | None) -> Summary:
    if not isinstance(data, Summary):
        summary = summarize(data, columns=columns, distributions=True)
    elif columns is None:
        summary = data
    else:
        chosen = [columns] if isinstance(columns, str) else columns
        unknown = [name for name in chosen if name not in data.names]
        if unknown:
            raise ValueError(f"columns must be columns of {argument}, got {listed(unknown)}")
        summary = Summary(data[name] for name in chosen)
    if not len(summary):
        raise ValueError(f"{argument} must have columns, got none")
    if all(column.distribution is None for column in summary) and any(
        column.min is not None for column in summary
    ):
        raise ValueError(
            f"{argument} must have distributions, got a summary without; "
            "make it by summarize(data, distributions=True)"
        )
    return summary


def _compared(
    before: ColumnSummary, after: ColumnSummary, thresholds: Mapping[str, float | None]
) -> ColumnDrift:
    old, new = before.distribution, after.distribution
    psi = js = ks = None
    added: tuple[Any, ...] = ()
    gone: tuple[Any, ...] = ()
    problems = []
    if before.count and after.count:
        groups = None
        if isinstance(old, Times) and isinstance(new, Times) and old.kind == new.kind:
            old, new = map(Numbers, aligned(old, new))
        if isinstance(old, Numbers) and isinstance(new, Numbers):
            groups, ks = groups_of_numbers(old, new), kolmogorov_smirnov(old, new)
        elif isinstance(old, Texts) and isinstance(new, Texts):
            groups = groups_of_texts(old, new)
            added, gone = _only_in(new, old), _only_in(old, new)
        elif old is not None or new is not None:
            problems.append(f"type {after.type}, before {before.type}")
        if groups is not None:
            psi, js = population_stability_index(groups), jensen_shannon(groups)
    elif before.count:
        problems.append("no values")
    figures = {
        "psi": psi,
        "js": js,
        "ks": None if ks is None else ks.least,
        "missing": abs(_missing(after) - _missing(before)),
    }
    for name, figure in figures.items():
        most = thresholds[name]
        if most is not None and figure is not None and figure > most:
            problems.append(f"{name} {figure:.3g} > {most:g}")
    return ColumnDrift(before.name, before, after, psi, js, ks, added, gone, tuple(problems))


def _only_in(one: Texts, other: Texts) -> tuple[Any, ...]:
    if other.hidden:
        return ()
    values = (each.value for each in one.top() if each.value not in other.counts)
    return tuple(value for value, _ in zip(values, range(LISTED_VALUES)))


def _missing(column: ColumnSummary) -> float:
    rows = column.count + column.missing
    return column.missing / rows if rows else 0.0


def _badness(column: ColumnDrift) -> tuple[bool, float]:
    unknown = math.inf if column.problems else -math.inf
    return not column.problems, -(unknown if column.psi is None else column.psi)


def _cells(column: ColumnDrift) -> list[str]:
    ks = "" if column.ks is None else _from_to(*column.ks)
    before, after = column.missing
    known = [ends_of(column.before), ends_of(column.after)]
    ends = [_from_to(old, new, " → ") for old, new in zip(*known)] if all(known) else ["", ""]
    return [
        name_as_cell(column.name),
        ", ".join(column.problems),
        "" if column.psi is None else f"{column.psi:.4f}",
        "" if column.js is None else f"{column.js:.3f}",
        ks,
        _from_to(before, after, " → ") if before or after else "",
        *ends,
        str(len(column.new) or ""),
        str(len(column.gone) or ""),
    ]


def _from_to(one: float | str, other: float | str, between: str = " to ") -> str:
    a, b = (each if isinstance(each, str) else f"{each:.4g}" for each in (one, other))
    return a if a == b else f"{a}{between}{b}"
