"""The statistics of durations under one name, as numbers that two machines can add."""

from __future__ import annotations

from itertools import accumulate
from math import ceil, frexp, fsum, nan, sqrt
from operator import mul

from ml_infra_utils.decorators._checks import between, type_error, value_error
from ml_infra_utils.decorators._limits import LONGEST, SHORTEST, STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping

    from ml_infra_utils.decorators._documents import Path

PERCENTILES = (50, 95, 99)
HEAD = ("count", "total", "mean", "stdev", "min", *(f"p{p}" for p in PERCENTILES), "max")


class Timing:
    """The durations under one name: how many, how long, and how they are spread.

    It does not change, and compares by value. Adding in another order changes the last digits
    of `total`, `mean` and `stdev` only.

    Attributes
    ----------
    count : int
        How many durations there are.
    total, min, max : float
        Seconds; the extrema are NaN if there are none.

    Examples
    --------
    >>> from ml_infra_utils.decorators import Timings
    >>> timings = Timings()
    >>> timings.observe("load", 0.5)
    >>> timing = timings["load"] + timings["load"]
    >>> timing
    <Timing: count 2, mean 500.0 ms, from 500.0 ms to 500.0 ms>
    >>> timing == Timing.from_json(timing.to_json())
    True
    """

    __slots__ = ("_buckets", "_squares", "count", "max", "min", "total")

    count: int
    total: float
    min: float
    max: float
    _squares: float  # of the distances from the mean
    _buckets: dict[int, int]

    def __init__(self) -> None:
        _set(self, 0, 0.0, 0.0, nan, nan, {})

    @property
    def mean(self) -> float:
        """The mean in seconds, NaN without durations."""
        return self.total / self.count if self.count else nan

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
            (for durations from a nanosecond to 194 days); NaN without durations.

        Raises
        ------
        TypeError
            If `percent` is no number.
        ValueError
            If `percent` is not in [0, 100].
        """
        percent = between("percent", percent, 0, 100)
        rank = max(1, ceil(self.count * percent / 100))
        if rank == 1:
            return self.min
        if rank == self.count:
            return self.max
        buckets = sorted(self._buckets)
        ranks = accumulate(self._buckets[bucket] for bucket in buckets)
        bucket = next(bucket for bucket, last in zip(buckets, ranks) if last >= rank)
        return min(max(_middle(bucket), self.min), self.max)

    def merge(self, other: Timing) -> Timing:
        """Return the timing of the durations of both."""
        if not isinstance(other, Timing):
            raise type_error("other", "a Timing", other)
        if not (self.count and other.count):
            return self if self.count else other
        count = self.count + other.count
        # Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm", 1979.
        distance = other.mean - self.mean
        between = distance * distance * self.count * other.count / count
        buckets = dict(self._buckets)
        for bucket, number in other._buckets.items():
            buckets[bucket] = buckets.get(bucket, 0) + number
        both = object.__new__(Timing)
        _set(
            both,
            count,
            self.total + other.total,
            self._squares + other._squares + between,
            min(self.min, other.min),
            max(self.max, other.max),
            buckets,
        )
        return both

    def __add__(self, other: Timing) -> Timing:
        return self.merge(other) if isinstance(other, Timing) else NotImplemented

    def __radd__(self, other: object) -> Timing:
        return self if other == 0 else NotImplemented  # sum() starts with 0

    def to_dict(self) -> dict[str, Any]:
        """Return the timing as a document: plain JSON values."""
        from ml_infra_utils.decorators._documents import header

        return {**header("timing"), **numbers_of(self)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Timing:
        """Return the timing of a document.

        Raises
        ------
        ValueError
            If no durations can have these numbers; the message names the place.
        """
        from ml_infra_utils.decorators._documents import read

        return timing_from(read(document, "timing"), ())

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        from ml_infra_utils.decorators._documents import write_json

        return write_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Timing:
        """Return the timing of JSON text, as `from_dict` does."""
        from ml_infra_utils.decorators._documents import read_json

        return cls.from_dict(read_json(text))

    def __eq__(self, other: object) -> bool:
        return (
            numbers_of(self) == numbers_of(other) if isinstance(other, Timing) else NotImplemented
        )

    def __hash__(self) -> int:
        return hash((self.count, self.total, self._squares))

    def __repr__(self) -> str:
        if not self.count:
            return "<Timing: count 0>"
        return (
            f"<Timing: count {self.count}, mean {_duration(self.mean)}, "
            f"from {_duration(self.min)} to {_duration(self.max)}>"
        )

    def __str__(self) -> str:
        from ml_infra_utils.decorators._tables import as_text

        return as_text(HEAD, [cells(self)], names=0)

    def to_markdown(self) -> str:
        """Return the table of `print` as Markdown."""
        from ml_infra_utils.decorators._tables import as_markdown

        return as_markdown(HEAD, [cells(self)], names=0)

    def _repr_html_(self) -> str:
        from ml_infra_utils.decorators._tables import as_html

        return as_html(HEAD, [cells(self)], names=0)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Timing does not change; {name} stays")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Timing does not change; {name} stays")

    def __reduce__(self) -> tuple[Any, ...]:
        return Timing.from_dict, (self.to_dict(),)


def _set(
    timing: Timing,
    count: int,
    total: float,
    squares: float,
    shortest: float,
    longest: float,
    buckets: dict[int, int],
) -> None:
    """Set the numbers of a timing, around its own __setattr__, which refuses."""
    put = object.__setattr__
    put(timing, "count", count)
    put(timing, "total", total)
    put(timing, "_squares", squares)
    put(timing, "min", shortest)
    put(timing, "max", longest)
    put(timing, "_buckets", buckets)


def timing_of(durations: list[float]) -> Timing:
    """Return the timing of durations, of which there is one at least."""
    count, total = len(durations), fsum(durations)
    mean = total / count
    distances = [seconds - mean for seconds in durations]
    buckets: dict[int, int] = {}
    for bucket in map(_bucket, durations):
        buckets[bucket] = buckets.get(bucket, 0) + 1
    timing = object.__new__(Timing)
    squares = sum(map(mul, distances, distances))
    _set(timing, count, total, squares, min(durations), max(durations), buckets)
    return timing


def _bucket(seconds: float) -> int:
    """Return the number of the bucket: 64 * e + k for ``2**e * (1 + k / 64)`` and above."""
    if seconds < SHORTEST:
        seconds = SHORTEST
    elif seconds > LONGEST:
        seconds = LONGEST
    mantissa, exponent = frexp(seconds)  # the mantissa is from 1/2 to 1
    return (exponent - 2) * STEPS + int(2 * STEPS * mantissa)


def _middle(bucket: int) -> float:
    exponent, step = divmod(bucket, STEPS)
    return float((STEPS + step + 0.5) / STEPS * 2.0**exponent)


def numbers_of(timing: Timing) -> dict[str, Any]:
    """Return what documents hold of a timing."""
    return {
        "count": timing.count,
        "total": timing.total,
        "squares": timing._squares,
        "min": timing.min if timing.count else None,
        "max": timing.max if timing.count else None,
        "buckets": {str(bucket): n for bucket, n in sorted(timing._buckets.items())},
    }


def timing_from(numbers: Mapping[str, Any], path: Path) -> Timing:
    """Return the timing of a document, if durations can have these numbers."""
    from ml_infra_utils.decorators._documents import told

    def check(is_possible: bool, key: str, expected: str) -> None:
        if not is_possible:
            raise value_error(told((*path, key)), expected, numbers[key])

    count, total, squares = numbers["count"], float(numbers["total"]), float(numbers["squares"])
    buckets = {int(bucket): n for bucket, n in numbers["buckets"].items()}
    held = sum(buckets.values())
    check(count == held, "count", f"the number that the buckets hold, {held}")
    if count == 0:
        for key, expected in (("total", 0), ("squares", 0), ("min", None), ("max", None)):
            check(numbers[key] == expected, key, f"{expected} without durations")
        return Timing()
    for key in ("min", "max"):
        check(numbers[key] is not None, key, "a number of seconds")
    shortest, longest = float(numbers["min"]), float(numbers["max"])
    check(shortest <= longest, "min", f"at most the maximum, {longest}")
    check(_bucket(shortest) == min(buckets), "min", f"in the lowest bucket, {min(buckets)}")
    check(_bucket(longest) == max(buckets), "max", f"in the highest bucket, {max(buckets)}")
    # Sums of many roundings differ from the true ones by far less than a millionth.
    rounding = 1e-6 * longest
    least, most = count * (shortest - rounding), count * (longest + rounding)
    check(least <= total <= most, "total", f"between {count} times the minimum and the maximum")
    farthest = (longest - shortest) / 2 + rounding
    check(squares <= count * farthest * farthest, "squares", "possible between the extrema")
    timing = object.__new__(Timing)
    _set(timing, count, total, squares, shortest, longest, buckets)
    return timing


def cells(timing: Timing) -> list[str]:
    """Return what tables show of a timing, below `HEAD`."""
    percentiles = [timing.percentile(percent) for percent in PERCENTILES]
    seconds = [timing.total, timing.mean, timing.stdev, timing.min, *percentiles, timing.max]
    return [str(timing.count), *map(_duration, seconds)]


def _duration(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:#.4g} {unit}"
    return "-" if seconds != seconds else f"{seconds * 1e9:.0f} ns"
