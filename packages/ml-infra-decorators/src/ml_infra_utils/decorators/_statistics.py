"""What became of the calls of a function."""

from __future__ import annotations

from ml_infra_utils.decorators._ledger import Ledger
from ml_infra_utils.decorators._limits import MOST_TRANSACTIONS

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Sequence, Tuple

    from ml_infra_utils.decorators._events import RetryState

    Counts = Tuple[int, int, int, float]


class RetryStatistics:
    """What became of the calls of a function that failed at least once.

    Calls that succeed at once are not counted: they cost nothing. Threads and signal handlers
    may count at any moment.

    Attributes
    ----------
    retries : int
        Attempts that failed and were made again.
    recoveries : int
        Calls that succeeded after a retry.
    give_ups : int
        Calls that failed for good.
    waited : float
        Seconds that were to be waited before retries, in all.
    """

    def __init__(self) -> None:
        self.__setstate__((0, 0, 0, 0.0))

    @property
    def retries(self) -> int:
        return self._counts()[0]

    @property
    def recoveries(self) -> int:
        return self._counts()[1]

    @property
    def give_ups(self) -> int:
        return self._counts()[2]

    @property
    def waited(self) -> float:
        return self._counts()[3]

    def count(self, state: RetryState) -> None:
        """Count an event of a call that has failed at least once."""
        self._ledger.add(state.event, state.wait)

    def _counts(self) -> Counts:
        counts: Counts = self._ledger.state()
        return counts

    def __getstate__(self) -> Counts:
        return self._counts()

    def __setstate__(self, counts: Counts) -> None:
        self._ledger = Ledger(counts, _counted, MOST_TRANSACTIONS)

    def __repr__(self) -> str:
        retries, recoveries, give_ups, waited = self._counts()
        return (
            f"<RetryStatistics: {retries} retries, {recoveries} recoveries, "
            f"{give_ups} give-ups, {waited:.2f} seconds waited>"
        )


def _counted(counts: Counts, entries: Sequence[tuple[str, float]]) -> Counts:
    retries, recoveries, give_ups, waited = counts
    for event, wait in entries:
        retries += event == "retry"
        recoveries += event == "success"
        give_ups += event == "give_up"
        waited += wait if event == "retry" else 0.0
    return retries, recoveries, give_ups, waited
