"""Statistics of durations by name."""

from __future__ import annotations

from ml_infra_utils.decorators._checks import seconds as checked_seconds
from ml_infra_utils.decorators._checks import type_error, value_error
from ml_infra_utils.decorators._durations import (
    HEAD,
    Timing,
    cells,
    numbers_of,
    timing_from,
    timing_of,
)
from ml_infra_utils.decorators._ledger import Ledger
from ml_infra_utils.decorators._limits import LONGEST_DURATION, MOST_OBSERVATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, ClassVar, Iterator, Mapping, Sequence


class Timings:
    """Statistics of durations by name; give one to ``timer(record=...)`` or ``retry(record=...)``.

    It accumulates: each duration observed changes it. Threads, tasks, signal handlers and
    destructors may share one, none of them waits for another. What it keeps of a name does not
    grow with the calls: count, total, mean, standard deviation, extrema, and a histogram of at
    most 3,500 counters that gives percentiles within 0.8 %. Those of several processes are
    added: ``a + b``, ``sum(parts)``; the order changes last digits only.

    Examples
    --------
    >>> timings = Timings()
    >>> for seconds in (0.5, 1.0, 1.5):
    ...     timings.observe("load", seconds)
    >>> timings["load"].mean, timings["load"].stdev, timings["load"].percentile(100)
    (1.0, 0.5, 1.5)
    >>> print(timings)
    name  count    total     mean     stdev       min      p50      p95      p99      max
    load      3  3.000 s  1.000 s  500.0 ms  500.0 ms  1.008 s  1.500 s  1.500 s  1.500 s
    >>> (timings + Timings.from_json(timings.to_json()))["load"].count
    6
    """

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # it changes, and compares by value

    def __init__(self) -> None:
        self._ledger = _ledger({})

    def observe(self, name: str, seconds: float | timedelta) -> None:
        """Take a duration.

        Raises
        ------
        TypeError
            If `name` is no str, or `seconds` is no number.
        ValueError
            If `seconds` is negative or not finite.
        """
        if not isinstance(name, str):
            raise type_error("name", "a str", name)
        if type(seconds) is not float:  # a Decimal does not add, and JSON has no float32
            seconds = checked_seconds("seconds", seconds)
        if not 0 <= seconds <= LONGEST_DURATION:
            raise value_error("seconds", f"from 0 to {LONGEST_DURATION:g}", seconds)
        self._ledger.add(name, seconds)

    def take(self) -> Timings:
        """Return the timings so far, and start again from none.

        A worker sends what it takes after each task, and whoever collects adds it all up: each
        duration is in one part only, also if threads, signal handlers or destructors observe or
        take at the same time. A forked child starts with a copy of what its parent has recorded;
        it takes that out before its first task.

        Returns
        -------
        Timings
            What was observed since the last `take`.

        Examples
        --------
        >>> timings = Timings()
        >>> parts = []
        >>> for seconds in (0.5, 1.0):
        ...     timings.observe("load", seconds)
        ...     parts.append(timings.take())
        >>> [part["load"].count for part in parts], sum(parts)["load"].total, len(timings)
        ([1, 1], 1.5, 0)
        """
        return _holding(self._ledger.take())

    def __getitem__(self, name: str) -> Timing:
        return self._timings()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._timings())

    def __len__(self) -> int:
        return len(self._timings())

    def __contains__(self, name: object) -> bool:
        return name in self._timings()

    def _timings(self) -> dict[str, Timing]:
        timings: dict[str, Timing] = self._ledger.state()
        return timings

    def merge(self, other: Timings) -> Timings:
        """Return the timings of both."""
        if not isinstance(other, Timings):
            raise type_error("other", "a Timings", other)
        both = dict(self._timings())
        for name, timing in other._timings().items():
            both[name] = both.get(name, Timing()) + timing
        return _holding(both)

    def __add__(self, other: Timings) -> Timings:
        return self.merge(other) if isinstance(other, Timings) else NotImplemented

    def __radd__(self, other: object) -> Timings:
        return _holding(self._timings()) if other == 0 else NotImplemented  # sum() starts with 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timings):
            return NotImplemented
        return self._timings() == other._timings()

    def to_dict(self) -> dict[str, Any]:
        """Return the timings as a document: plain JSON values."""
        from ml_infra_utils.decorators._documents import header

        timings = {name: numbers_of(timing) for name, timing in self._timings().items()}
        return {**header("timings"), "timings": timings}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Timings:
        """Return the timings of a document.

        Raises
        ------
        ValueError
            If no durations can have these numbers; the message names the place.
        """
        from ml_infra_utils.decorators._documents import read

        timings = read(document, "timings")["timings"]
        return _holding(
            {name: timing_from(numbers, ("timings", name)) for name, numbers in timings.items()}
        )

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        from ml_infra_utils.decorators._documents import write_json

        return write_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Timings:
        """Return the timings of JSON text, as `from_dict` does."""
        from ml_infra_utils.decorators._documents import read_json

        return cls.from_dict(read_json(text))

    def to_openmetrics(self, prefix: str = "call_duration") -> str:
        """Return the statistics as OpenMetrics text, which Prometheus reads.

        Parameters
        ----------
        prefix : str
            What the names of the metrics begin with.

        Returns
        -------
        str
            A summary ``<prefix>_seconds`` with count, sum, median, 95th and 99th percentile by
            ``name``, and the gauges ``<prefix>_min_seconds`` and ``<prefix>_max_seconds``.

        Raises
        ------
        ValueError
            If `prefix` is no name of a metric: letters, digits, ``_`` and ``:``, no digit first.

        Examples
        --------
        >>> timings = Timings()
        >>> timings.observe("load", 0.5)
        >>> print(timings.to_openmetrics())  # doctest: +ELLIPSIS
        # TYPE call_duration_seconds summary
        # UNIT call_duration_seconds seconds
        # HELP call_duration_seconds Durations of calls and blocks.
        call_duration_seconds{name="load",quantile="0.5"} 0.5
        ...
        # EOF
        """
        from ml_infra_utils.decorators._openmetrics import openmetrics

        return openmetrics(self._timings(), prefix)

    def __repr__(self) -> str:
        from ml_infra_utils.decorators._words import counted, listed

        names = list(self)
        shown = f"Timings of {counted(len(names), 'name')}"
        if names:
            shown += f": {listed(names)}"
        return f"<{shown if len(shown) <= 198 else f'{shown[:197]}…'}>"

    def __str__(self) -> str:
        from ml_infra_utils.decorators._tables import as_text

        return as_text(("name", *HEAD), self._rows())

    def to_markdown(self) -> str:
        """Return the table of `print` as Markdown."""
        from ml_infra_utils.decorators._tables import as_markdown

        return as_markdown(("name", *HEAD), self._rows())

    def _repr_html_(self) -> str:
        from ml_infra_utils.decorators._tables import as_html

        return as_html(("name", *HEAD), self._rows())

    def _rows(self) -> list[list[str]]:
        return [[name, *cells(timing)] for name, timing in self._timings().items()]

    def __reduce__(self) -> tuple[Any, ...]:
        return Timings.from_dict, (self.to_dict(),)


def _observed(
    timings: dict[str, Timing], observations: Sequence[tuple[str, float]]
) -> dict[str, Timing]:
    """Return the timings with observations added."""
    durations: dict[str, list[float]] = {}
    for name, seconds in observations:
        durations.setdefault(name, []).append(seconds)
    both = dict(timings)
    for name, observed in durations.items():
        both[name] = both.get(name, Timing()) + timing_of(observed)
    return both


def _holding(timings: dict[str, Timing]) -> Timings:
    held = Timings()
    held._ledger = _ledger(timings)
    return held


def _ledger(timings: dict[str, Timing]) -> Ledger:
    return Ledger(timings, _observed, MOST_OBSERVATIONS, empty={})
