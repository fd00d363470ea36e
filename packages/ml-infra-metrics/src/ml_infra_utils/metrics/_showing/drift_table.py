"""What `drift` has found, as people see it: a table, a plot, an error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Hashable, Iterator, NamedTuple, Sequence

from ml_infra_utils.metrics._showing.names import as_html_line, one_line, shown
from ml_infra_utils.metrics._tables import as_html, as_markdown, as_text
from ml_infra_utils.metrics._words import counted, listed, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ml_infra_utils.metrics._formulas.intervals import Interval


class DriftError(ValueError):
    """Scores or classes have moved away from their reference; `report` says how far.

    Examples
    --------
    >>> from ml_infra_utils.metrics import drift
    >>> try:
    ...     drift({"cat": 50, "dog": 50}, {"cat": 5, "dog": 95}).raise_if_any()
    ... except DriftError as error:
    ...     print(error.report.drifted)
    ['classes']
    """

    def __init__(self, message: str, report: DriftReport) -> None:
        super().__init__(message)
        self.report: DriftReport = report

    def __reduce__(self) -> tuple[Any, ...]:
        # By default an exception is rebuilt from `args` alone, without the report.
        return type(self), (*self.args, self.report), self.__dict__


class DistributionDrift(NamedTuple):
    """How far one distribution has moved away from its reference.

    What cannot be told, as the Kolmogorov-Smirnov distance of classes without an order, is None.

    Attributes
    ----------
    name : str
        What is distributed: ``"probabilities"``, ``"labels"`` and others.
    before, after : float
        The number of examples, or the sum of their weights, in the reference and now.
    psi : float or None
        The population stability index: 0 for equal shares, without an upper end.
    js : float or None
        The Jensen-Shannon distance, from 0 to 1.
    ks : Interval or None
        Bounds of the Kolmogorov-Smirnov distance, from 0 to 1; equal where it is exact.
    new, gone : tuple
        Classes that occur only now, and only in the reference: the most frequent 20.
    problems : tuple of str
        In which ways it has moved farther than the thresholds allow.
    """

    name: str
    before: float
    after: float
    psi: float | None
    js: float | None
    ks: Interval | None
    new: tuple[Hashable, ...]
    gone: tuple[Hashable, ...]
    problems: tuple[str, ...]


class DriftReport(Sequence[DistributionDrift]):
    """How far distributions have moved away from a reference: true if one has moved too far.

    A sequence of `DistributionDrift`, the worst first, made by `drift`; `print` shows a table, and
    ``pandas.DataFrame(report)`` makes a data frame of it.

    Examples
    --------
    >>> from ml_infra_utils.metrics import drift
    >>> report = drift({"cat": 50, "dog": 50}, {"cat": 5, "dog": 90, "cow": 5})
    >>> bool(report), report.drifted, report["classes"].new
    (True, ['classes'], ('cow',))
    """

    def __init__(self, rows: Sequence[DistributionDrift]) -> None:
        self._rows = tuple(sorted(rows, key=_badness))

    @property
    def drifted(self) -> list[str]:
        """The names of the distributions that have moved too far."""
        return [row.name for row in self._rows if row.problems]

    def __bool__(self) -> bool:
        return bool(self.drifted)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, str):
            return self._rows[index]
        for row in self._rows:
            if row.name == index:
                return row
        names = listed(row.name for row in self._rows)
        raise KeyError(f"name must be one of {names}, got {shortened(index)}")

    def __iter__(self) -> Iterator[DistributionDrift]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DriftReport):
            return NotImplemented
        return self._rows == other._rows

    def __hash__(self) -> int:
        return hash(self._rows)

    def raise_if_any(self) -> None:
        """Raise one error that tells of the distributions that have moved too far.

        Raises
        ------
        DriftError
            If there are any; the error's `report` has them all.
        """
        if self:
            lines = [f"{row.name}: {', '.join(row.problems)}" for row in self if row.problems]
            raise DriftError("\n  ".join((self._headline(), *lines)), self)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON, for an alarm or a dashboard.

        Classes that JSON has no values for stand there by their `repr`.
        """
        from ml_infra_utils.metrics._documents import header  # slow to import

        rows = [
            {
                **row._asdict(),
                "ks": None if row.ks is None else list(row.ks),
                "new": list(map(_plain, row.new)),
                "gone": list(map(_plain, row.gone)),
                "problems": list(row.problems),
            }
            for row in self
        ]
        return {**header("score-drift-report"), "drifted": self.drifted, "distributions": rows}

    def to_json(self) -> str:
        """Return what `to_dict` does as JSON text."""
        from ml_infra_utils.metrics._documents import write_json

        return write_json(self.to_dict())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the population stability index of each distribution, the worst on top.

        Those that have drifted are red. It needs matplotlib, which the extra `plot` installs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw, by default a new figure.
        """
        from ml_infra_utils.metrics._showing.plots import plot_bars

        rows = [(row.name, row.psi, bool(row.problems)) for row in self if row.psi is not None]
        names, lengths, are_marked = map(list, zip(*rows)) if rows else ([], [], [])
        return plot_bars(names, lengths, are_marked, "population stability index", ax)

    def __repr__(self) -> str:
        line = f"DriftReport({self._headline()})"
        return one_line(line, line)

    def __str__(self) -> str:
        return f"{self._headline()}\n{as_text(*self._table())}"

    def to_markdown(self) -> str:
        """Return the table that `print` shows in Markdown, for a comment on a pull request."""
        return f"{self._headline()}\n\n{as_markdown(*self._table())}"

    def _repr_html_(self) -> str:
        return as_html_line(self._headline()) + as_html(*self._table())

    def _headline(self) -> str:
        return f"{len(self.drifted)} of {counted(len(self), 'distribution')} drifted"

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        head = ["distribution", "drift", "before", "after", "psi", "js", "ks", "new", "gone"]
        return head, [_cells(row) for row in self]


def _badness(row: DistributionDrift) -> tuple[bool, float]:
    unknown = math.inf if row.problems else -math.inf
    return not row.problems, -(unknown if row.psi is None else row.psi)


def _cells(row: DistributionDrift) -> list[str]:
    ends = () if row.ks is None else dict.fromkeys(f"{end:.4g}" for end in row.ks)
    return [
        row.name,
        ", ".join(row.problems),
        shown(row.before),
        shown(row.after),
        "" if row.psi is None else f"{row.psi:.4f}",
        "" if row.js is None else f"{row.js:.3f}",
        " to ".join(ends),
        _named(row.new),
        _named(row.gone),
    ]


def _named(classes: Sequence[Hashable]) -> str:
    """Return the names of a few classes, of more their number."""
    return (
        ", ".join(shortened(name, 20) for name in classes)
        if len(classes) < 4
        else str(len(classes))
    )


def _plain(name: Hashable) -> Any:
    if isinstance(name, tuple):
        return list(map(_plain, name))
    return name if name is None or isinstance(name, (str, int)) else repr(name)
