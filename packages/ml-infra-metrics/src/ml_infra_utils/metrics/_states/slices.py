"""States by slice of a table, and their scores as a table with intervals."""

from __future__ import annotations

import math
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Generic,
    Hashable,
    Iterator,
    Mapping,
    NamedTuple,
    Sequence,
    TypeVar,
)

from ml_infra_utils.metrics._formulas.intervals import Interval, difference_interval
from ml_infra_utils.metrics._limits import MOST_DRAWN_SLICES
from ml_infra_utils.metrics._options import check_choice, check_confidence, check_margin
from ml_infra_utils.metrics._showing.names import distinct_names, few, one_line, shown
from ml_infra_utils.metrics._states.decisions import SliceDecisions, decided
from ml_infra_utils.metrics._states.state import Scored, State
from ml_infra_utils.metrics._tables import as_html, as_markdown, as_text
from ml_infra_utils.metrics._words import counted, described, listed, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ml_infra_utils.metrics._states.state import Table

AnyState = TypeVar("AnyState", bound=Scored)


class SliceScore(NamedTuple):
    """The score of one slice.

    Attributes
    ----------
    slice : hashable
        The value of the column, or the tuple of values, that makes the slice.
    score : float
        The score of the slice; nan where it is undefined.
    low, high : float
        The ends of its interval, which holds together with those of the other slices; nan for a
        score that has none.
    support : float
        The number of examples, or the sum of their weights.
    differs : {"lower", "higher", ""}
        Whether the slice differs from the rest of the table by more than chance explains, all
        slices looked at together.
    """

    slice: Hashable
    score: float
    low: float
    high: float
    support: float
    differs: str


class SliceScores(Sequence[SliceScore]):
    """One score of every slice, with intervals that hold together.

    A sequence of `SliceScore`, made by `Slices.scores`; ``pandas.DataFrame(scores)`` makes a
    data frame of it. Where there are m slices, each interval has the confidence 1 - (1 - c) / m
    (Bonferroni), so that all of them hold at once with a confidence of c at least.

    Attributes
    ----------
    score : str
        The name of the score.
    confidence : float
        How often all intervals together hold.
    overall : SliceScore
        The score of the whole table, with its own interval of this confidence.
    """

    def __init__(
        self,
        score: str,
        confidence: float,
        rows: Sequence[SliceScore],
        overall: SliceScore,
        smaller_is_better: bool,
    ) -> None:
        self.score = score
        self.confidence = confidence
        self.overall = overall
        self._rows = tuple(rows)
        self._smaller_is_better = smaller_is_better

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def _defined(self) -> list[SliceScore]:
        return [row for row in self._rows if not math.isnan(row.score)]

    @property
    def worst(self) -> SliceScore | None:
        """The slice of the worst score, the first of several; None if none has a score."""
        rows = self._defined
        if not rows:
            return None
        pick = max if self._smaller_is_better else min
        return pick(rows, key=lambda row: row.score)

    @property
    def gap(self) -> float:
        """The largest minus the smallest score of a slice; nan if none has a score."""
        scores = [row.score for row in self._defined]
        return max(scores) - min(scores) if scores else math.nan

    @property
    def ratio(self) -> float:
        """The smallest over the largest score of a slice; nan if that is not above 0."""
        scores = [row.score for row in self._defined]
        return min(scores) / max(scores) if scores and max(scores) > 0 else math.nan

    def _table(self) -> Table:
        names = distinct_names([row.slice for row in self._rows], ["overall"])
        rows = list(zip(names, self._rows))
        texts = few(rows, lambda row: _texts(*row))
        head = ["slice", self.score.replace("_", " "), "low", "high", "support", "differs"]
        return head, [*texts, _texts("overall", self.overall)]

    def _words(self) -> str:
        worst = self.worst
        if worst is None:
            return "No slice has a score."
        return (
            f"Worst: {shortened(worst.slice)} with {worst.score:.4g}; gap {self.gap:.4g}, ratio "
            f"{self.ratio:.4g}. The intervals of the {counted(len(self), 'slice')} hold together "
            f"with a confidence of {self.confidence:g} (Bonferroni)."
        )

    def __str__(self) -> str:
        return f"{as_text(*self._table())}\n{self._words()}"

    def to_markdown(self) -> str:
        """Return the table that `print` shows in Markdown, for a comment on a pull request."""
        return f"{as_markdown(*self._table())}\n\n{self._words()}"

    def _repr_html_(self) -> str:
        from html import escape

        return f"{as_html(*self._table())}<p>{escape(self._words())}</p>"

    def __repr__(self) -> str:
        return one_line(
            f"<SliceScores of {self.score}, {counted(len(self), 'slice')}, worst {self.worst}>",
            f"<SliceScores of {self.score}, {counted(len(self), 'slice')}>",
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the score of each slice with its interval, and the overall score as a line.

        Of more than 40 slices the worst 40 are drawn, the worst on top.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default on a new figure.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from ml_infra_utils.metrics._showing.plots import plot_slices

        rows: Sequence[SliceScore] = self._rows
        score = self.score.replace("_", " ")
        if len(rows) > MOST_DRAWN_SLICES:
            by_score = sorted(
                self._defined, key=lambda row: row.score, reverse=self._smaller_is_better
            )
            rows = by_score[:MOST_DRAWN_SLICES]
            score += f" (the worst {len(rows)} of {counted(len(self), 'slice')})"
        names = distinct_names([row.slice for row in rows])
        figures = (
            [row.score for row in rows],
            [row.low for row in rows],
            [row.high for row in rows],
        )
        return plot_slices(names, *figures, self.overall.score, score, ax)


class Slices(Mapping[Hashable, AnyState], Generic[AnyState]):
    """A state for each slice of a table: a mapping that shows its scores.

    What ``from_frame(..., by=...)`` gives. Keys are the values of the column, or tuples of the
    values of several, sorted; a missing value is None, the last.

    Examples
    --------
    >>> import polars as pl
    >>> from ml_infra_utils.metrics import ConfusionMatrix
    >>> frame = pl.DataFrame({"guess": [1, 0] * 40, "truth": [1, 0] * 30 + [0, 0] * 10,
    ...                       "country": ["it"] * 60 + ["de"] * 20})
    >>> slices = ConfusionMatrix.from_frame(frame, "guess", "truth", by="country")
    >>> scores = slices.scores("accuracy")
    >>> scores.worst.slice, scores.gap, scores.ratio
    ('de', 0.5, 0.5)
    >>> print(scores)
    slice    accuracy     low    high  support  differs
    de            0.5   0.276   0.724       20    lower
    it              1  0.9227       1       60   higher
    overall     0.875   0.785  0.9307       80
    Worst: 'de' with 0.5; gap 0.5, ratio 0.5. The intervals of the 2 slices hold together ...
    """

    def __init__(
        self, states: Mapping[Hashable, AnyState], overall: AnyState | None = None
    ) -> None:
        self._states = dict(states)
        self._overall = overall

    def __getitem__(self, key: Hashable) -> AnyState:
        try:
            return self._states[key]
        except KeyError:
            raise KeyError(
                f"{shortened(key)} is no slice; the slices are {listed(self._states)}"
            ) from None

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    @property
    def overall(self) -> AnyState | None:
        """The state of the whole table: that of all slices; None if there is none."""
        whole: AnyState | None = self._overall or _merged(list(self._states.values()))
        return whole

    def scores(
        self, score: str | None = None, confidence: float = 0.95, **options: Any
    ) -> SliceScores:
        """Return one score of every slice, with intervals that hold together.

        Parameters
        ----------
        score : str, optional
            The name of a score of the state; by default ``"accuracy"`` of a matrix or of
            multilabel counts, ``"roc_auc"`` of a histogram, ``"mean_absolute_error"`` of
            errors and ``"accuracy_difference"`` or ``"difference"`` of a comparison.
        confidence : float, default 0.95
            How often all intervals together hold, between 0 and 1.
        **options
            What the score takes, such as ``positive_class`` or ``average``.

        Raises
        ------
        ValueError
            If the score is unknown, or confidence is not between 0 and 1.
        """
        check_confidence(confidence)
        states = list(self._states.values())
        kind = type(states[0]) if states else State
        if states:
            check_choice("score", score or kind._scores[0], kind._scores)
        name = score or (kind._scores[0] if states else "score")
        if not states:
            nothing = SliceScore("overall", math.nan, math.nan, math.nan, 0, "")
            return SliceScores(name, confidence, [], nothing, False)
        level = 1 - (1 - confidence) / len(states)
        # What does not add up has no rest to differ from.
        rests = _without_each(states) if self._overall is None else [None] * len(states)
        rows = []
        for key, state, rest in zip(self._states, states, rests):
            value, ends = _scored(state, name, level, options)
            differs = ""
            if rest is not None and ends is not None and state._support and rest._support:
                other, other_ends = _scored(rest, name, level, options)
                half = 1 / (2 * state._support) + 1 / (2 * rest._support)
                differs = _told(value, ends, other, other_ends, half)
            low, high = ends or (math.nan, math.nan)
            rows.append(SliceScore(key, value, low, high, state._support, differs))
        whole = self.overall
        assert whole is not None
        value, ends = _scored(whole, name, confidence, options)
        overall = SliceScore("overall", value, *(ends or (math.nan, math.nan)), whole._support, "")
        return SliceScores(name, confidence, rows, overall, name in kind._errors)

    def decide(self, margin: float = 0.01, confidence: float = 0.95) -> SliceDecisions:
        """Say for each slice whether model a is better, not worse, worse, or undecided.

        Parameters
        ----------
        margin : float, default 0.01
            The loss that does not matter, at least 0 and below 1.
        confidence : float, default 0.95
            How often all intervals together hold, between 0 and 1.

        Raises
        ------
        TypeError
            If the slices are not of comparisons.
        ValueError
            If there is no slice, or margin or confidence is none.
        """
        margin = check_margin(margin)
        check_confidence(confidence)
        whole = self.overall
        if whole is None:
            raise ValueError("slices must be at least one to decide, got none")
        if not hasattr(whole, "decide"):
            raise TypeError(
                f"slices must be of comparisons to decide, got slices of {type(whole).__name__}; "
                "make them with compare(..., by=) or PairedComparison.from_frame(..., by=)"
            )
        level = 1 - (1 - confidence) / len(self)
        rows = [decided(key, each, margin, level) for key, each in self.items()]
        return SliceDecisions(
            margin, confidence, rows, decided("overall", whole, margin, confidence)
        )

    def __str__(self) -> str:
        return str(self.scores()) if self._states else "No slices."

    def to_markdown(self, score: str | None = None, **options: Any) -> str:
        """Return the table of a score in Markdown; the parameters are those of `scores`."""
        return self.scores(score, **options).to_markdown()

    def _repr_html_(self) -> str:
        return self.scores()._repr_html_()

    def plot(self, score: str | None = None, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw a score of each slice with its interval; the options are those of `scores`."""
        return self.scores(score, **options).plot(ax)

    def __repr__(self) -> str:
        kind = type(next(iter(self._states.values()))).__name__ if self._states else "nothing"
        return f"<Slices of {kind}: {counted(len(self), 'slice')}>"


def as_slicers(by: str | Sequence[str] | None) -> list[str]:
    """Return the columns that slice a table."""
    if by is None:
        return []
    if isinstance(by, str):
        return [by]
    if not isinstance(by, (list, tuple)):
        raise TypeError(f"by must be a column or a list of columns, got {described(by)}")
    return list(by)


def sliced(
    slices: Mapping[tuple[Hashable, ...], Any],
    by: str | Sequence[str] | None,
    make: Callable[[Any], AnyState],
    nothing: Any,
) -> AnyState | Slices[AnyState]:
    """Return a state of what each slice holds; without slices that of all, or of nothing."""
    if by is None:
        return make(slices.get((), nothing))
    single = isinstance(by, str)
    return Slices({key[0] if single else key: make(held) for key, held in slices.items()})


def _texts(name: str, row: SliceScore) -> list[str]:
    numbers = [f"{x:.4g}" for x in (row.score, row.low, row.high)]
    return [name, *numbers, shown(row.support), row.differs]


def _merged(states: Sequence[Any]) -> Any:
    """Return the sum; None of nothing."""
    total = None
    for state in states:
        total = state if total is None else total + state
    return total


def _without_each(states: Sequence[Any]) -> list[Any]:
    """Return the sum of all other states for each, from sums of those before and after it."""
    before: list[Any] = [None]
    after: list[Any] = [None]
    for state in states[:-1]:
        before.append(state if before[-1] is None else before[-1] + state)
    for state in states[:0:-1]:
        after.append(state if after[-1] is None else state + after[-1])
    return [
        right if left is None else left if right is None else left + right
        for left, right in zip(before, reversed(after))
    ]


def _scored(
    state: Scored, name: str, confidence: float, options: Mapping[str, Any]
) -> tuple[float, Interval | None]:
    value: Any = getattr(state, name)
    result = float(value(**options) if callable(value) else value)
    return result, state._interval_of(name, confidence, options)


def _told(
    value: float, ends: Interval, other: float, other_ends: Interval | None, half: float
) -> str:
    """Say whether one score is above or below another by more than half an example explains."""
    if other_ends is None or math.isnan(value) or math.isnan(other):
        return ""
    low, high = difference_interval(value, ends, other, other_ends)
    return "higher" if low > half else "lower" if high < -half else ""
