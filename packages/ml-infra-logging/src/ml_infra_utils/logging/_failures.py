"""Failures of logging itself: counted, and told on standard error."""

from __future__ import annotations

import math
import sys
import time

COMPLAINT_INTERVAL = 60.0


def complain(who: object, what: str, error: BaseException) -> None:
    """Say something about logging itself on standard error, if there is one."""
    try:
        reason = f"{type(error).__name__}: {error}"
        sys.stderr.write(f"ml_infra_utils.logging: {who} {what}: {reason}\n")
        sys.stderr.flush()
    except Exception:
        # Nobody is left to be told.
        return


class Failures:
    """What fails again and again: counted, and said on standard error, at most once a minute.

    Attributes
    ----------
    count : int
        How often it has failed.
    """

    def __init__(self, what: str) -> None:
        self.count: int = 0
        self._what = what
        self._said = -math.inf

    def add(self, who: object, error: Exception) -> None:
        """Count one, and say so unless that was done just now."""
        self.count += 1
        now = time.monotonic()
        if now - self._said >= COMPLAINT_INTERVAL:
            self._said = now
            complain(who, self._what, error)
