"""How often each of two classifiers was right, and whether that may be chance."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Mapping, Sequence, overload

from ml_infra_utils.metrics._counting.frames import count_frame
from ml_infra_utils.metrics._formulas.intervals import Interval, decision, tango
from ml_infra_utils.metrics._limits import TOSSES_IN_INTEGERS
from ml_infra_utils.metrics._options import check_confidence, check_margin, refuse_weights
from ml_infra_utils.metrics._reading.numbers import as_integer
from ml_infra_utils.metrics._showing.names import as_html_line, one_line, shown
from ml_infra_utils.metrics._states.slices import Slices, as_slicers, sliced
from ml_infra_utils.metrics._states.state import State, Table
from ml_infra_utils.metrics._undefined import warn_of_kinds

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import Decision

_NAMES = ("both_right", "only_a_right", "only_b_right", "both_wrong")


@dataclass(frozen=True)
class PairedComparison(State):
    """How often each of two classifiers was right on the same examples.

    An immutable value, made by `compare`; comparisons of parts add up to that of the whole.

    Attributes
    ----------
    both_right, only_a_right, only_b_right, both_wrong : int
        Numbers of examples.

    Examples
    --------
    >>> monday = PairedComparison(both_right=80, only_a_right=9, only_b_right=2, both_wrong=9)
    >>> monday.accuracy_difference
    0.07
    >>> round(monday.p_value, 4), round((monday + monday).p_value, 4)
    (0.0654, 0.0043)
    """

    _kind: ClassVar[str] = "paired-comparison"
    _scores: ClassVar[tuple[str, ...]] = ("accuracy_difference",)

    both_right: int = 0
    only_a_right: int = 0
    only_b_right: int = 0
    both_wrong: int = 0

    def __post_init__(self) -> None:
        for name in _NAMES:
            integer = as_integer(getattr(self, name), name, least=0)
            object.__setattr__(self, name, integer)

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        a: str,
        b: str,
        labels: str,
        by: None = ...,
        *,
        sample_weight: None = ...,
    ) -> PairedComparison: ...

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        a: str,
        b: str,
        labels: str,
        by: str | Sequence[str],
        *,
        sample_weight: None = ...,
    ) -> Slices[PairedComparison]: ...

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        a: str,
        b: str,
        labels: str,
        by: str | Sequence[str] | None = None,
        *,
        sample_weight: None = None,
    ) -> PairedComparison | Slices[PairedComparison]:
        """Compare two columns of predictions with one GROUP BY, run where the table is.

        Parameters
        ----------
        frame : data frame or table
            Anything narwhals knows: frames of pandas, Polars (lazy too), PyArrow or Dask,
            relations of DuckDB, PySpark's data frames.
        a, b, labels : str
            The columns of predictions of the one, of the other, and of true classes.
        by : str or sequence of str, optional
            Columns that slice the table: a state for each value, or tuple of values.
        sample_weight : None
            Not taken, as by `compare`, whose words say why.

        Returns
        -------
        PairedComparison or Slices
            With ``by``, a mapping from slice to state, sorted, that shows a score of each; a
            missing value is None, the last.

        Raises
        ------
        ValueError
            If a column is unknown or holds missing values, or values that are no classes, or
            weights are passed.
        TypeError
            If the frame is of no known kind.

        Examples
        --------
        >>> import polars as pl
        >>> frame = pl.DataFrame({"old": [1, 0, 0], "new": [1, 1, 0], "truth": [1, 1, 1]})
        >>> PairedComparison.from_frame(frame, "new", "old", "truth")
        PairedComparison(both_right=1, only_a_right=1, only_b_right=0, both_wrong=1)
        """
        refuse_weights(sample_weight)
        columns = {"a": a, "b": b, "labels": labels}
        slices: Any = count_frame(frame, columns, as_slicers(by), None)
        cells = set(chain.from_iterable(slices.values()))
        warn_of_kinds({(label, of_a) for of_a, _, label in cells}, "a")
        warn_of_kinds({(label, of_b) for _, of_b, label in cells}, "b")

        def comparison(cells: Mapping[Any, int]) -> PairedComparison:
            counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
            for (of_a, of_b, label), n in cells.items():
                counts[of_a == label, of_b == label] += n
            return cls(*counts.values())

        return sliced(slices, by, comparison, {})

    @property
    def total(self) -> int:
        """The number of examples."""
        return self.both_right + self.only_a_right + self.only_b_right + self.both_wrong

    @property
    def accuracy_difference(self) -> float:
        """The accuracy of a minus that of b, in [-1, 1]; 0.0 for no examples."""
        return (self.only_a_right - self.only_b_right) / self.total if self.total else 0.0

    @property
    def p_value(self) -> float:
        """The probability of so unequal disagreements if both are equally good.

        Two-sided and exact: a fair coin for each example on which one is right (McNemar 1947).
        The time grows with the square root of their number; 10^10 take a tenth of a second.
        """
        fewer, more = sorted((self.only_a_right, self.only_b_right))
        if more - fewer <= 1:  # no other split is more likely
            return 1.0
        return min(1.0, 2 * _fair_coin_tail(fewer, fewer + more))

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return a confidence interval of `accuracy_difference` (Tango's score interval, 1998).

        Parameters
        ----------
        confidence : float, default 0.95
            How often such intervals hold the true difference, between 0 and 1.

        Returns
        -------
        Interval
            Named tuple of ``low`` and ``high``; from -1 to 1 for no examples.

        Examples
        --------
        >>> low, high = PairedComparison(80, 9, 2, 9).interval()
        >>> round(low, 3), round(high, 3)
        (0.006, 0.146)
        """
        check_confidence(confidence)
        return tango(self.only_a_right, self.only_b_right, self.total, confidence)

    def decide(self, margin: float = 0.01, confidence: float = 0.95) -> Decision:
        """Say whether a is better than b, not worse, worse, or that the data do not tell.

        The answer stands on the interval of the difference of the accuracies: a wrong "better"
        or "worse" has a probability of at most half of what the confidence leaves, and so has
        a "not worse" of a model that is worse by more than the margin, as far as the interval
        keeps its promise.

        Parameters
        ----------
        margin : float, default 0.01
            The loss of accuracy that does not matter, at least 0 and below 1.
        confidence : float, default 0.95
            The confidence of the interval, between 0 and 1.

        Returns
        -------
        {"better", "not worse", "worse", "undecided"}
            "better" if the whole interval is above 0; "worse" if it is below 0 but not above
            -margin; "not worse" if it is above -margin; else "undecided".

        Examples
        --------
        >>> PairedComparison(9000, 210, 120, 670).decide(margin=0.01)
        'better'
        >>> PairedComparison(9000, 120, 125, 755).decide(margin=0.01)
        'not worse'
        >>> PairedComparison(80, 9, 8, 3).decide(margin=0.01)
        'undecided'
        """
        return decision(self.interval(confidence), check_margin(margin))

    @property
    def _support(self) -> float:
        return self.total

    def _interval_of(self, _score: str, confidence: float, _: Mapping[str, Any]) -> Interval | None:
        return self.interval(confidence)

    def __add__(self, other: object) -> PairedComparison:
        if not isinstance(other, PairedComparison):
            return NotImplemented
        return type(self)(*(getattr(self, n) + getattr(other, n) for n in _NAMES))

    def _entries(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def _from_entries(cls, document: Mapping[str, Any]) -> PairedComparison:
        return cls(*(document[name] for name in _NAMES))

    def _table(self) -> Table:
        rows = [
            ["a right", shown(self.both_right), shown(self.only_a_right)],
            ["a wrong", shown(self.only_b_right), shown(self.both_wrong)],
        ]
        return ["", "b right", "b wrong"], rows

    def _words(self) -> str:
        low, high = self.interval()
        return (
            f"accuracy of a minus b {self.accuracy_difference:.4g}, 95 % interval "
            f"{low:.4g} to {high:.4g} (Tango), p-value {self.p_value:.3g} (McNemar, exact)"
        )

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self._words()}"

    def to_markdown(self) -> str:
        """Return the table and the words that `print` shows in Markdown."""
        return f"{super().to_markdown()}\n\n{self._words()}"

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}{as_html_line(self._words())}"

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}={getattr(self, name)}" for name in _NAMES)
        return one_line(
            f"PairedComparison({counts})", f"<PairedComparison of {shown(self.total)} examples>"
        )


def _fair_coin_tail(k: int, n: int) -> float:
    """Return P(X <= k) for X ~ Binomial(n, 1/2), where k <= n / 2."""
    if n <= TOSSES_IN_INTEGERS:
        ways: int = sum(math.comb(n, i) for i in range(k + 1))
        return ways / (1 << n)
    term = total = 1.0
    for i in range(k, 0, -1):
        term *= i / (n - i + 1)
        total += term
        if term < total * 2**-54:
            break
    return total * _fair_coin_mass(k, n)


def _fair_coin_mass(k: int, n: int) -> float:
    """Return P(X = k), from Stirling's series with its errors kept small (Loader 2000)."""
    if k == 0:
        return math.ldexp(1.0, -n)
    x = (n - 2 * k) / n
    deviance = n / 2 * ((1 + x) * math.log1p(x) + (1 - x) * math.log1p(-x))
    correction = _stirling_error(n) - _stirling_error(k) - _stirling_error(n - k)
    return math.sqrt(n / (2 * math.pi * k * (n - k))) * math.exp(correction - deviance)


def _stirling_error(n: int) -> float:
    """Return log(n!) minus Stirling's approximation of it."""
    if n < 64:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2
    return (1 / 12 - 1 / 360 / n**2) / n  # the next term is below 1e-12
