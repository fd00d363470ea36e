"""A limit on retries that many functions share."""

from __future__ import annotations

from threading import Lock

from ml_infra_utils.decorators._checks import not_negative, value_error
from ml_infra_utils.decorators._limits import ROUNDING


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
    Threads and tasks may share a budget; each process has its own.

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
        self._tokens = self._capacity
        self._lock = Lock()

    @property
    def tokens(self) -> float:
        """What the bucket holds: the retries possible now."""
        return max(0.0, self._tokens)

    def deposit(self) -> None:
        """Count a success."""
        with self._lock:
            self._tokens = min(self._tokens + self._ratio, self._capacity)

    def withdraw(self) -> bool:
        """Take a token for a retry; False if there is none."""
        with self._lock:
            if self._tokens < 1 - ROUNDING:
                return False
            self._tokens -= 1
            return True

    def __repr__(self) -> str:
        return (
            f"RetryBudget(ratio={self._ratio}, capacity={self._capacity}, tokens={self.tokens:g})"
        )

    def __getstate__(self) -> dict[str, float]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, float]) -> None:
        vars(self).update(state, _lock=Lock())
