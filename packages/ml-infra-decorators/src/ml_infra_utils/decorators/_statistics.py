"""What became of the calls of a function."""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from ml_infra_utils.decorators._events import RetryState


class RetryStatistics:
    """What became of the calls of a function that failed at least once.

    Calls that succeed at once are not counted: they cost nothing.

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
        self.retries: int = 0
        self.recoveries: int = 0
        self.give_ups: int = 0
        self.waited: float = 0.0

    def count(self, state: RetryState) -> None:
        """Count an event of a call that has failed at least once."""
        if state.event == "retry":
            self.retries += 1
            self.waited += state.wait
        elif state.event == "success":
            self.recoveries += 1
        elif state.event == "give_up":
            self.give_ups += 1

    def __repr__(self) -> str:
        return (
            f"<RetryStatistics: {self.retries} retries, {self.recoveries} recoveries, "
            f"{self.give_ups} give-ups, {self.waited:.2f} seconds waited>"
        )
