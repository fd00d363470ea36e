"""How far the scores of two models of the same examples differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

from ml_infra_utils.metrics._formulas.intervals import (
    Interval,
    decision,
    difference_interval,
    quantile,
)
from ml_infra_utils.metrics._options import check_confidence, check_margin
from ml_infra_utils.metrics._showing.names import as_html_line, shown
from ml_infra_utils.metrics._states.state import Scored, Table
from ml_infra_utils.metrics._tables import as_html, as_markdown, as_text

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import Decision

    Ends = Callable[..., Interval]  # of a score, by confidence


class ScoreDifference(Scored):
    """The scores of two models of the same examples, and their difference.

    An immutable value, made by `compare`. Differences do not add up: compare all examples at once.

    Attributes
    ----------
    score : str
        The name of the score.
    a, b : float
        The score of each model.
    total : int
        The number of examples.

    Examples
    --------
    >>> from ml_infra_utils.metrics import compare
    >>> labels = [1, 1, 1, 0, 0, 0, 1, 0] * 20
    >>> new, old = [1, 1, 1, 0, 0, 1, 1, 0] * 20, [1, 0, 1, 0, 1, 1, 1, 0] * 20
    >>> difference = compare(new, old, labels, score="f1_score")
    >>> print(difference)
               f1_score     low    high
    a            0.8889  0.8312  0.9286
    b            0.6667  0.5835  0.7406
    a minus b    0.2222  0.1576  0.2924
    160 examples, 95 % intervals (Zou, correlation by the delta method), p-value 1.61e-11
    >>> difference.decide(margin=0.01)
    'better'
    """

    __slots__ = ("_correlation", "_ends", "_method", "a", "b", "score", "total")

    _scores = ("difference",)

    score: str
    a: float
    b: float
    total: int
    _ends: Sequence[Ends]
    _correlation: float
    _method: str

    def __init__(self) -> None:
        raise TypeError("make a ScoreDifference with compare(a, b, labels, score=...)")

    @classmethod
    def _of(
        cls,
        score: str,
        a: float,
        b: float,
        total: int,
        ends: Sequence[Ends],
        correlation: float,
        method: str,
    ) -> ScoreDifference:
        self = cls.__new__(cls)
        values = {"score": score, "a": a, "b": b, "total": total}
        hidden = {"_ends": ends, "_correlation": correlation, "_method": method}
        for name, value in {**values, **hidden}.items():
            object.__setattr__(self, name, value)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a ScoreDifference is immutable, cannot set {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        values = (self.score, self.a, self.b, self.total)
        return type(self)._of, (*values, self._ends, self._correlation, self._method)

    @property
    def difference(self) -> float:
        """The score of a minus that of b; nan where one is undefined."""
        return self.a - self.b

    @property
    def p_value(self) -> float:
        """The probability of so large a difference if both models are equally good.

        Two-sided, from the standard error that the interval of 95 % has on the side of 0: below
        0.05 just if that interval leaves out 0. It is nan where a score is undefined.
        """
        low, high = self.interval()
        reach = self.difference - low if self.difference > 0 else high - self.difference
        if reach > 0:
            distance = abs(self.difference) * quantile(0.95) / reach
            return math.erfc(distance / math.sqrt(2))
        return self.difference if self.difference != self.difference else float(not self.difference)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return a confidence interval of `difference`.

        The intervals of both scores, with the correlation of the two (Zou 2007): for a score of
        classes from the delta method over counts, for an area from DeLong's covariance.

        Parameters
        ----------
        confidence : float, default 0.95
            How often such intervals hold the true difference, between 0 and 1.

        Returns
        -------
        Interval
            Named tuple of ``low`` and ``high``.
        """
        check_confidence(confidence)
        a, b = (ends(confidence=confidence) for ends in self._ends)
        return difference_interval(self.a, a, self.b, b, self._correlation)

    def decide(self, margin: float = 0.01, confidence: float = 0.95) -> Decision:
        """Say whether a is better than b, not worse, worse, or that the data do not tell.

        Parameters
        ----------
        margin : float, default 0.01
            The loss of score that does not matter, at least 0 and below 1.
        confidence : float, default 0.95
            The confidence of the interval, between 0 and 1.

        Returns
        -------
        {"better", "not worse", "worse", "undecided"}
            As `PairedComparison.decide`: "better" if the whole interval is above 0, "worse" if it
            is below 0 but not above -margin, "not worse" if it is above -margin.
        """
        return decision(self.interval(confidence), check_margin(margin))

    @property
    def _support(self) -> float:
        return self.total

    def _interval_of(self, _: str, confidence: float, __: Mapping[str, Any]) -> Interval | None:
        return self.interval(confidence)

    def _table(self) -> Table:
        ends = [each(confidence=0.95) for each in self._ends]
        rows = [("a", self.a, *ends[0]), ("b", self.b, *ends[1])]
        rows.append(("a minus b", self.difference, *self.interval()))
        texts = [[name, *(f"{x:.4g}" for x in numbers)] for name, *numbers in rows]
        return ["", self.score, "low", "high"], texts

    def _words(self) -> str:
        return (
            f"{shown(self.total)} examples, 95 % intervals ({self._method}), "
            f"p-value {self.p_value:.3g}"
        )

    def __repr__(self) -> str:
        return (
            f"<ScoreDifference of {self.score}: {self.a:.4g} minus {self.b:.4g}, "
            f"total {shown(self.total)}>"
        )

    def __str__(self) -> str:
        return f"{as_text(*self._table())}\n{self._words()}"

    def to_markdown(self) -> str:
        """Return the table and the words that `print` shows in Markdown."""
        return f"{as_markdown(*self._table())}\n\n{self._words()}"

    def _repr_html_(self) -> str:
        return f"{as_html(*self._table())}{as_html_line(self._words())}"
