"""A limit on retries that many functions share."""

from __future__ import annotations

from ml_infra_utils.decorators._checks import not_negative, value_error
from ml_infra_utils.decorators._ledger import Ledger
from ml_infra_utils.decorators._limits import MOST_TRANSACTIONS, ROUNDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence, Union

    Entry = Union[float, "_Withdrawal"]


class RetryBudget:
    """Allow retries in proportion to successes, so that they do not multiply the load.

    A bucket of tokens, full at first: each success puts `ratio` tokens in, each retry
    takes one out, and without a whole token there is no retry. While a backend works,
    the budget is never felt; when it is down, the load stays near that of one attempt
    a call. Give the same budget to all functions that call the same backend.

    Parameters
    ----------
    ratio : float
        Tokens that a success puts in: 0.1 allows one retry for every ten successes.
    capacity : float
        How many tokens the bucket holds, that is, how many retries in a row
        are possible. At least 1.

    Notes
    -----
    As in the retry throttling of gRPC (gRFC A6) and the retry budgets of Finagle.
    Threads, tasks and signal handlers may share a budget; each process has its own.

    Examples
    --------
    >>> budget = RetryBudget(ratio=0.5, capacity=1)
    >>> budget.withdraw(), budget.withdraw()
    (True, False)
    >>> budget.deposit()
    >>> budget.deposit()
    >>> budget.withdraw()
    True
    """

    def __init__(self, ratio: float = 0.1, capacity: float = 10.0) -> None:
        self._ratio = not_negative("ratio", ratio)
        self._capacity = not_negative("capacity", capacity)
        if self._capacity < 1:
            raise value_error("capacity", "at least 1", capacity)
        self._ledger = _ledger(self._capacity, self._capacity)

    @property
    def tokens(self) -> float:
        """What the bucket holds: the retries possible now."""
        tokens: float = self._ledger.state()
        return max(0.0, tokens)

    def deposit(self) -> None:
        """Count a success."""
        self._ledger.add(self._ratio)

    def withdraw(self) -> bool:
        """Take a token for a retry; False if there is none."""
        withdrawal = _Withdrawal()
        self._ledger.add(withdrawal)
        self._ledger.state()
        return withdrawal.is_granted

    def __repr__(self) -> str:
        return (
            f"RetryBudget(ratio={self._ratio}, capacity={self._capacity}, tokens={self.tokens:g})"
        )

    def __getstate__(self) -> tuple[float, float, float]:
        return self._ratio, self._capacity, self._ledger.state()

    def __setstate__(self, state: tuple[float, float, float]) -> None:
        self._ratio, self._capacity, tokens = state
        self._ledger = _ledger(tokens, self._capacity)


class _Withdrawal:
    """A wish for a token. What came before it decides, so that all who ask agree."""

    __slots__ = ("is_granted",)

    def __init__(self) -> None:
        self.is_granted = False


def _ledger(tokens: float, capacity: float) -> Ledger:
    def apply(tokens: float, entries: Sequence[tuple[Entry]]) -> float:
        for (entry,) in entries:
            if isinstance(entry, _Withdrawal):
                entry.is_granted = tokens >= 1 - ROUNDING
                tokens -= entry.is_granted
            else:
                tokens = min(tokens + entry, capacity)
        return tokens

    return Ledger(tokens, apply, MOST_TRANSACTIONS)
