"""Which of the lines that one place in the source logs again and again are written."""

from __future__ import annotations

import time
from collections import OrderedDict
from itertools import count
from numbers import Integral
from typing import TYPE_CHECKING, Tuple

from ml_infra_utils.logging._limits import MAX_REMEMBERED
from ml_infra_utils.logging._output.forks import at_end, start_over_after_forks
from ml_infra_utils.logging._output.handlers import is_positive
from ml_infra_utils.logging._record.taken import give
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    import logging
    from typing import Any

    # A file, a line and a function.
    Place = Tuple[str, int, str]
    Call = Tuple[logging.Logger, int, Place]


class Sampling:
    """Let one line of many through, counted for each place apart; no lock is held.

    What was left out behind the last line is told when the program ends.

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
        if every is not None and not is_positive(every, Integral):
            raise ValueError(f"every must be a positive integer, got {described(every)}")
        if seconds is not None and not is_positive(seconds):
            raise ValueError(f"seconds must be a positive number, got {described(seconds)}")
        self._rule = (every, seconds, once)

    def left_out(self, logger: logging.Logger, level: int, place: Place) -> int | None:
        """Give how many lines were left out since the last one; None if this one is left out."""
        every, seconds, once = self._rule
        calls = _places.calls((logger.name, place, self._rule), (logger, level, place))
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
    """The calls from one place: how many there were, and which of them was written last."""

    def __init__(self, first: Call) -> None:
        self.numbers = count()
        self.written = -1
        self.written_at = 0.0
        self._first = first

    def tell_the_rest(self) -> None:
        """Write how many lines were left out behind the last one."""
        left_out = next(self.numbers) - self.written - 1
        logger, level, (file, line, function) = self._first
        if left_out > 0 and logger.isEnabledFor(level):
            record = logger.makeRecord(
                logger.name, level, file, line, "lines left out", (), None, function
            )
            give(record, {"left_out": left_out})
            logger.handle(record)


class _Places:
    """The calls from each place in the source; a forked child counts its own."""

    def __init__(self) -> None:
        self._calls: OrderedDict[object, _Calls] = OrderedDict()
        self._will_tell = False

    def calls(self, key: object, first: Call) -> _Calls:
        """Give the calls of a rule from one place."""
        if not self._will_tell:
            self._will_tell = True
            start_over_after_forks(self)
            at_end(self.tell_the_rest)
        calls = self._calls.get(key) or self._calls.setdefault(key, _Calls(first))
        if len(self._calls) > MAX_REMEMBERED:
            # A program that makes up its source has many.
            self._calls.popitem(last=False)
        return calls

    def start_over(self) -> None:
        """Begin anew in a forked child."""
        self._calls = OrderedDict()
        self._will_tell = False

    def tell_the_rest(self) -> None:
        """Write how many lines were left out since the last one of each place."""
        while self._calls:
            self._calls.popitem(last=False)[1].tell_the_rest()


_places = _Places()
