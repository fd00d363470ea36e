"""How dates and times are spread: counts by bins that are as wide as their span asks for.

A date is the number of its day, and a time that of its microsecond, both from 1970 on. A bin holds
the numbers that agree but for their lowest bits, so that bins become wider by joining two.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._counts import Bin, Binned, DistributionError, joined
from ml_infra_utils.preprocessing._limits import MOST_BINS, MOST_SLOTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

DATE, NAIVE, AWARE = "date", "datetime", "datetime in UTC"

MICROSECOND = datetime.timedelta(microseconds=1)
MICROSECONDS_OF_DAY = datetime.timedelta(days=1) // MICROSECOND
_FIRST_DAY = datetime.date(1970, 1, 1)
_START = datetime.datetime(1970, 1, 1)
_START_IN_UTC = _START.replace(tzinfo=datetime.timezone.utc)
# Python has the years 1 to 9999; what engines have beyond counts as the first or the last of them.
EARLIEST = (datetime.datetime.min - _START) // MICROSECOND
LATEST = (datetime.datetime.max - _START) // MICROSECOND


class Times(Binned):
    """Counts of dates, of times, or of times in UTC, by bins.

    Bins are as narrow as two limits allow: how many there may be, and how many there would be at
    most between the first and the last value. Both follow from all values together, so that parts
    merge to what the whole has.

    Parameters
    ----------
    kind
        What the values are.
    shift
        How many of the lowest bits of a value its bin leaves out; more, if there are many bins.
    bins
        By those bits that are left, how many values a bin has, the first and the last of them.
    """

    def __init__(self, kind: str, shift: int, bins: Mapping[int, Bin]) -> None:
        self.kind: str = kind
        if bins:
            first, last = (
                min(each.low for each in bins.values()),
                max(b.high for b in bins.values()),
            )
            shift = max(shift, shift_of(int(first), int(last)))
            bins = _wider(bins, shift)
        while len(bins) > MOST_BINS:
            shift += 1
            bins = _wider(bins, shift)
        self.shift: int = shift
        self.bins: dict[int, Bin] = dict(sorted(bins.items()))

    def _in_order(self) -> Collection[Bin]:
        return self.bins.values()

    def ends(self) -> tuple[Any, Any]:
        """Return the first and the last value."""
        bins = list(self.bins.values())
        return self._value(bins[0].low), self._value(bins[-1].high)

    def merge(self, other: Times) -> Times:
        """Return the distribution of the values of both, which are of one kind."""
        return Times(self.kind, *_together(self, other))

    def _value(self, number: float) -> Any:
        if self.kind == DATE:
            return _FIRST_DAY + datetime.timedelta(days=number)
        start = _START if self.kind == NAIVE else _START_IN_UTC
        return start + datetime.timedelta(microseconds=number)

    def document(self) -> dict[str, Any]:
        """Return the distribution as plain JSON."""
        bins = [[each.rows, *dict.fromkeys((each.low, each.high))] for each in self.bins.values()]
        return {"kind": self.kind, "shift": self.shift, "bins": bins}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Times:
        """Return the distribution of a document.

        Raises
        ------
        DistributionError
            If it has bins that no values have.
        """
        kind, shift = document["kind"], document["shift"]
        least, most = (each // unit_of(kind) for each in (EARLIEST, LATEST))
        bins: dict[int, Bin] = {}
        last = least - 1
        for place, (count, *ends) in enumerate(document["bins"]):
            low, high = ends[0], ends[-1]
            if low >> shift != high >> shift or not low <= high or (count == 1 and low != high):
                raise DistributionError(("bins", place), "of values of one bin", ends)
            if low >> shift in bins or low <= last or high > most:
                raise DistributionError(("bins", place), "above the bins before", ends)
            bins[low >> shift], last = Bin(count, low, high), high
        times = cls(kind, shift, bins)
        if times.shift != shift:
            raise DistributionError(("shift",), f"at least {times.shift}, for so many bins", shift)
        return times


def unit_of(kind: str) -> int:
    """Return how many microseconds lie between two values of a kind."""
    return MICROSECONDS_OF_DAY if kind == DATE else 1


def shift_of(first: int, last: int) -> int:
    """Return how many of the lowest bits a bin leaves out at least, between these values."""
    shift = max(0, (last - first).bit_length() - MOST_SLOTS.bit_length())
    while (last >> shift) - (first >> shift) >= MOST_SLOTS:
        shift += 1
    return shift


def aligned(one: Times, other: Times) -> tuple[dict[int, Bin], dict[int, Bin]]:
    """Return the bins of two distributions by the same numbers."""
    shift = Times(one.kind, *_together(one, other)).shift
    return _wider(one.bins, shift), _wider(other.bins, shift)


def times_of(values: Iterable[Any]) -> Times | None:
    """Return the distribution of dates or times, none of which is missing; None of two kinds."""
    bins: dict[int, Bin] = {}
    kinds = set()
    for value in values:
        kind, number = _numbered(value)
        kinds.add(kind)
        count = bins[number].rows if number in bins else 0
        bins[number] = Bin(count + 1, number, number)
    return Times(kinds.pop(), 0, bins) if len(kinds) == 1 else None


def _numbered(value: datetime.date) -> tuple[str, int]:
    if not isinstance(value, datetime.datetime):
        return DATE, (value - _FIRST_DAY).days
    if value.utcoffset() is None:
        return NAIVE, (value.replace(tzinfo=None) - _START) // MICROSECOND
    return AWARE, min(max((value - _START_IN_UTC) // MICROSECOND, EARLIEST), LATEST)


def _together(one: Times, other: Times) -> tuple[int, dict[int, Bin]]:
    shift = max(one.shift, other.shift)
    bins = (_wider(each.bins, shift).items() for each in (one, other))
    return shift, joined(pair for each in bins for pair in each)


def _wider(bins: Mapping[int, Bin], shift: int) -> dict[int, Bin]:
    """Return bins that leave out so many bits."""
    return joined((int(each.low) >> shift, each) for each in bins.values())
