"""How often each of two classifiers was right, and whether that may be chance."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Mapping

from ml_infra_utils.metrics._limits import TOSSES_IN_INTEGERS
from ml_infra_utils.metrics._reading.numbers import as_integer
from ml_infra_utils.metrics._showing.names import one_line, shown
from ml_infra_utils.metrics._states.state import State, Table

_NAMES = ("both_right", "only_a_right", "only_b_right", "both_wrong")


@dataclass(frozen=True, repr=False)
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

    both_right: int = 0
    only_a_right: int = 0
    only_b_right: int = 0
    both_wrong: int = 0

    def __post_init__(self) -> None:
        for name in _NAMES:
            integer = as_integer(getattr(self, name), name, least=0)
            object.__setattr__(self, name, integer)

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
        return math.ldexp(1.0, -n) if n < 1075 else 0.0
    x = (n - 2 * k) / n
    deviance = n / 2 * ((1 + x) * math.log1p(x) + (1 - x) * math.log1p(-x))
    correction = _stirling_error(n) - _stirling_error(k) - _stirling_error(n - k)
    return math.sqrt(n / (2 * math.pi * k * (n - k))) * math.exp(correction - deviance)


def _stirling_error(n: int) -> float:
    """Return log(n!) minus Stirling's approximation of it."""
    if n < 16:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2
    square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / n
