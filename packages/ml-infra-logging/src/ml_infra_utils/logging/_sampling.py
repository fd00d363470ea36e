"""Which of the lines that one place in the source logs again and again are written."""

from __future__ import annotations

import time
from collections import OrderedDict
from itertools import count
from numbers import Integral
from typing import TYPE_CHECKING, Tuple

from ml_infra_utils.logging._limits import MAX_REMEMBERED
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Any

    Place = Tuple[str, str, int]


class Sampling:
    """Let one line of many through, counted for each place apart; no lock is held.

    The parameters are those of `StructuredLogger.sampled`.
    """

    def __init__(self, every: int | None, seconds: float | None, once: bool) -> None:
        given: Any = (every, seconds, once or None)
        if sum(value is not None for value in given) != 1 or not isinstance(once, bool):
            raise ValueError(
                "sampled must be given one of every=100, seconds=60 and once=True, "
                f"got every={described(every)}, seconds={described(seconds)}, "
                f"once={described(once)}"
            )
        for name, value, kind in (("every", every, Integral), ("seconds", seconds, (int, float))):
            is_number = isinstance(value, kind) and not isinstance(value, bool)
            if value is not None and not (is_number and value > 0):
                kind_of = "integer" if name == "every" else "number"
                raise ValueError(f"{name} must be a positive {kind_of}, got {described(value)}")
        self._rule = (every, seconds, once)

    def left_out(self, place: Place) -> int | None:
        """Give how many lines were left out since the last one; None if this one is left out."""
        every, seconds, once = self._rule
        calls = _calls_of((place, self._rule))
        number = next(calls.numbers)
        if number and once:
            return None
        if number and every is not None and number % every:
            return None
        now = time.monotonic()
        if number and seconds is not None and now - calls.written_at < seconds:
            return None
        calls.written_at = now
        before, calls.written = calls.written, number
        return max(number - before - 1, 0)


class _Calls:
    def __init__(self) -> None:
        self.numbers = count()
        self.written = -1
        self.written_at = 0.0


# Places are many in a program that makes up its source; the oldest are forgotten.
_places: OrderedDict[object, _Calls] = OrderedDict()


def _calls_of(key: object) -> _Calls:
    calls = _places.setdefault(key, _Calls())
    if len(_places) > MAX_REMEMBERED:
        _places.popitem(last=False)
    return calls
