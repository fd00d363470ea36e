"""What a margin decides about each slice of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, NamedTuple, Sequence

from ml_infra_utils.metrics._formulas.intervals import Interval, decision
from ml_infra_utils.metrics._showing.names import as_html_line, distinct_names, few, one_line, shown
from ml_infra_utils.metrics._tables import as_html, as_markdown, as_text
from ml_infra_utils.metrics._words import counted, listed

if TYPE_CHECKING:
    from ml_infra_utils.metrics._states.state import Scored, Table
    from ml_infra_utils.metrics._types import Decision


class SliceDecision(NamedTuple):
    """Whether model a may be shipped for one slice in place of b.

    Attributes
    ----------
    slice : hashable
        The value, or tuple of values, that makes the slice.
    difference : float
        The score of a minus that of b.
    low, high : float
        The ends of its interval, which holds together with those of the other slices.
    support : float
        The number of examples.
    decision : {"better", "not worse", "worse", "undecided"}
        What the interval tells beside the margin.
    """

    slice: Hashable
    difference: float
    low: float
    high: float
    support: float
    decision: Decision


class SliceDecisions(Sequence[SliceDecision]):
    """A decision for each slice, of intervals that hold together.

    A sequence of `SliceDecision`, made by `Slices.decide`; ``pandas.DataFrame(decisions)`` makes a
    data frame of it. Where there are m slices, each interval has the confidence 1 - (1 - c) / m
    (Bonferroni), so that in all slices together a wrong decision is as rare as c says.

    Attributes
    ----------
    margin : float
        The loss that does not matter.
    confidence : float
        How often all intervals together hold.
    overall : SliceDecision
        The decision about the whole, with its own interval of this confidence.
    """

    def __init__(
        self,
        margin: float,
        confidence: float,
        rows: Sequence[SliceDecision],
        overall: SliceDecision,
    ) -> None:
        self.margin = margin
        self.confidence = confidence
        self.overall = overall
        self._rows = tuple(rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def worse(self) -> list[Hashable]:
        """The slices in which a is worse."""
        return [row.slice for row in self._rows if row.decision == "worse"]

    def _table(self) -> Table:
        names = distinct_names([row.slice for row in self._rows], ["overall"])
        rows = few(list(zip(names, self._rows)), lambda row: _texts(*row))
        head = ["slice", "a minus b", "low", "high", "support", "decision"]
        return head, [*rows, _texts("overall", self.overall)]

    def _words(self) -> str:
        worse = f"Worse in {listed(self.worse)}. " if self.worse else "Worse in no slice. "
        return (
            f"{worse}Margin {self.margin:g}; the intervals of the {counted(len(self), 'slice')} "
            f"hold together with a confidence of {self.confidence:g} (Bonferroni)."
        )

    def __str__(self) -> str:
        return f"{as_text(*self._table())}\n{self._words()}"

    def to_markdown(self) -> str:
        """Return the table that `print` shows in Markdown, for a comment on a pull request."""
        return f"{as_markdown(*self._table())}\n\n{self._words()}"

    def _repr_html_(self) -> str:
        return f"{as_html(*self._table())}{as_html_line(self._words())}"

    def __repr__(self) -> str:
        short = f"<SliceDecisions of {counted(len(self), 'slice')}>"
        return one_line(f"{short[:-1]}, worse in {self.worse}>" if self.worse else short, short)


def decided(name: Hashable, comparison: Scored, margin: float, confidence: float) -> SliceDecision:
    """Return the decision about one comparison, by the first of its scores."""
    known: Any = comparison
    difference: float = getattr(known, known._scores[0])
    ends: Interval = known.interval(confidence)
    told = decision(ends, margin)
    return SliceDecision(name, difference, ends.low, ends.high, comparison._support, told)


def _texts(name: str, row: SliceDecision) -> list[str]:
    numbers = [f"{x:.4g}" for x in (row.difference, row.low, row.high)]
    return [name, *numbers, shown(row.support), row.decision]
