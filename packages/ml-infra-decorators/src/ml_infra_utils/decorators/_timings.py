"""Statistics of durations that take little memory, whatever their number."""

from __future__ import annotations

from itertools import accumulate
from math import ceil, frexp, inf, nan, sqrt
from threading import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Mapping

# Each power of two is cut into this many equal buckets: the middle of one is within
# 1 / (2 * STEPS) = 0.8 % of all that is in it.
STEPS = 64
SHORTEST, LONGEST = 2.0**-30, 2.0**24
"""Seconds (0.9 nanoseconds, 194 days): what lies outside counts in the outermost buckets."""


def _middle(bucket: int) -> float:
    exponent, step = divmod(bucket, STEPS)
    return float((STEPS + step + 0.5) / (2 * STEPS) * 2.0**exponent)


class Timing:
    """The durations under one name, as numbers that two machines can add.

    Attributes
    ----------
    count : int
        How many durations there are.
    total, mean, min, max : float
        Seconds.
    """

    __slots__ = ("_buckets", "_squares", "count", "max", "mean", "min", "total")

    def __init__(self) -> None:
        self.count: int = 0
        self.total: float = 0.0
        self.mean: float = 0.0
        self.min: float = inf
        self.max: float = 0.0
        self._squares = 0.0  # of the distances from the mean
        self._buckets: dict[int, int] = {}

    def _observe(self, seconds: float) -> None:
        self.count = count = self.count + 1
        self.total += seconds
        distance = seconds - self.mean
        self.mean = mean = self.mean + distance / count
        self._squares += distance * (seconds - mean)
        if seconds < self.min:
            self.min = seconds
        if seconds > self.max:
            self.max = seconds
        if seconds < SHORTEST:
            seconds = SHORTEST
        elif seconds > LONGEST:
            seconds = LONGEST
        mantissa, exponent = frexp(seconds)
        bucket = (exponent - 1) * STEPS + int(2 * STEPS * mantissa)
        buckets = self._buckets
        buckets[bucket] = buckets.get(bucket, 0) + 1

    @property
    def stdev(self) -> float:
        """The sample standard deviation in seconds, NaN for a single duration."""
        return sqrt(self._squares / (self.count - 1)) if self.count > 1 else nan

    def percentile(self, percent: float) -> float:
        """Return the duration that `percent` of all do not exceed, in seconds.

        Parameters
        ----------
        percent : float
            From 0 (the minimum, exact) to 100 (the maximum, exact).

        Returns
        -------
        float
            The nearest-rank percentile with a relative error of at most 0.8 %
            (for durations from a nanosecond to 194 days).

        Raises
        ------
        ValueError
            If `percent` is not in [0, 100].
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"percent must be between 0 and 100, got {percent}")
        rank = max(1, ceil(self.count * percent / 100))
        if rank == 1:
            return self.min
        if rank == self.count:
            return self.max
        buckets = sorted(self._buckets)
        ranks = accumulate(self._buckets[bucket] for bucket in buckets)
        bucket = next(bucket for bucket, last in zip(buckets, ranks) if last >= rank)
        return min(max(_middle(bucket), self.min), self.max)

    def __add__(self, other: Timing) -> Timing:
        if not isinstance(other, Timing):
            return NotImplemented
        if not (self.count and other.count):
            return (other if other.count else self)._copy()
        both = Timing()
        both.count = self.count + other.count
        both.total = self.total + other.total
        both.min = min(self.min, other.min)
        both.max = max(self.max, other.max)
        # Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm", 1979.
        distance = other.mean - self.mean
        both.mean = self.mean + distance * other.count / both.count
        both._squares = (
            self._squares
            + other._squares
            + distance * distance * self.count * other.count / both.count
        )
        both._buckets = dict(self._buckets)
        for bucket, count in other._buckets.items():
            both._buckets[bucket] = both._buckets.get(bucket, 0) + count
        return both

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Timing) else NotImplemented

    def __repr__(self) -> str:
        return (
            f"<Timing: count {self.count}, mean {_duration(self.mean)}, "
            f"from {_duration(self.min)} to {_duration(self.max)}>"
        )

    def _copy(self) -> Timing:
        return Timing.from_dict(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data from which `from_dict` makes the same again."""
        return {
            "count": self.count,
            "total": self.total,
            "mean": self.mean,
            "squares": self._squares,
            "min": self.min,
            "max": self.max,
            "buckets": {str(bucket): n for bucket, n in sorted(self._buckets.items())},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Timing:
        """Return the timing of `to_dict`."""
        timing = cls()
        timing.count = int(data["count"])
        timing.total = float(data["total"])
        timing.mean = float(data["mean"])
        timing._squares = float(data["squares"])
        timing.min = float(data["min"])
        timing.max = float(data["max"])
        timing._buckets = {int(bucket): int(n) for bucket, n in data["buckets"].items()}
        held = sum(timing._buckets.values())
        if held != timing.count:
            raise ValueError(f"count is {timing.count}, but the buckets hold {held}")
        return timing


class Timings:
    """Statistics of durations by name; give one to ``timer(record=...)`` or ``retry(record=...)``.

    Threads may share one. What it keeps of a name does not grow with the calls: count,
    total, mean, standard deviation, extrema, and a histogram of at most 3,500 counters
    that gives percentiles within 0.8 %. Those of several processes are added: ``a + b``.

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

    def __init__(self) -> None:
        self._timings: dict[str, Timing] = {}
        self._lock = Lock()

    def observe(self, name: str, seconds: float) -> None:
        """Take a duration.

        Raises
        ------
        ValueError
            If `seconds` is negative or not finite.
        """
        if not 0 <= seconds < inf:
            raise ValueError(f"seconds must be finite and not negative, got {seconds}")
        seconds = float(seconds)  # a Decimal does not add, a float32 does not go to JSON
        with self._lock:
            timing = self._timings.get(name)
            if timing is None:
                timing = self._timings[name] = Timing()
            timing._observe(seconds)

    def __getitem__(self, name: str) -> Timing:
        with self._lock:
            return self._timings[name]._copy()

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._timings))

    def __len__(self) -> int:
        return len(self._timings)

    def __contains__(self, name: object) -> bool:
        return name in self._timings

    def __add__(self, other: Timings) -> Timings:
        if not isinstance(other, Timings):
            return NotImplemented
        both = Timings()
        for timings in (self, other):
            for name in timings:
                both._timings[name] = both._timings.get(name, Timing()) + timings[name]
        return both

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Timings) else NotImplemented

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data from which `from_dict` makes the same again."""
        return {name: self[name].to_dict() for name in self}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Timings:
        """Return the timings of `to_dict`."""
        timings = cls()
        timings._timings = {name: Timing.from_dict(timing) for name, timing in data.items()}
        return timings

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        import json

        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Timings:
        """Return the timings of `to_json`."""
        import json

        data = json.loads(text)
        if not isinstance(data, dict):
            raise TypeError(f"timings are a JSON object, got {text!r}")
        return cls.from_dict(data)

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

        return openmetrics({name: self[name] for name in self}, prefix)

    def __str__(self) -> str:
        head = ["name", "count", "total", "mean", "stdev", "min", "p50", "p95", "p99", "max"]
        rows = [head, *([name, *_cells(self[name])] for name in self)]
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join(
            "  ".join(
                [row[0].ljust(widths[0])]
                + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
            )
            for row in rows
        )

    def __repr__(self) -> str:
        return f"<Timings of {', '.join(self) or 'nothing'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Timings.from_dict, (self.to_dict(),)


def _cells(timing: Timing) -> list[str]:
    percentiles = [timing.percentile(percent) for percent in (50, 95, 99)]
    seconds = [timing.total, timing.mean, timing.stdev, timing.min, *percentiles, timing.max]
    return [str(timing.count), *map(_duration, seconds)]


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:#.4g} {unit}"
    return "-" if seconds != seconds else f"{seconds * 1e9:.0f} ns"
