"""The time of a record, as a text or a number.

Times are rounded, not cut: a float holds 0.123 as 0.12299999.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Callable

from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Union

    Zone = Union[str, tzinfo]

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FORMS = ("iso", "epoch", "epoch_ms")
ZONES = ("utc", "local")


def clock(form: str, zone: Zone) -> Callable[[float], object]:
    """Give what makes the time of a line of seconds since 1970."""
    if not isinstance(form, str) or not (form in FORMS or "%" in form):
        raise ValueError(
            f"timestamp must be {', '.join(map(repr, FORMS))} or a format for strftime, "
            f"got {described(form)}"
        )
    if not (zone in ZONES or isinstance(zone, tzinfo)):
        raise ValueError(f"zone must be 'utc', 'local' or a tzinfo, got {described(zone)}")
    if form == "epoch":
        return epoch
    if form == "epoch_ms":
        return epoch_ms
    if form == "iso" and zone in ("utc", timezone.utc):
        return IsoClock()
    return ZoneClock(form, zone)


def epoch(created: float) -> float:
    """Give the seconds since 1970, with the microseconds that the other forms have."""
    return round(created * 1e6) / 1e6


def epoch_ms(created: float) -> int:
    """Give the milliseconds since 1970."""
    return round(created * 1e3)


class IsoClock:
    """ISO 8601 in UTC; it remembers the last second, which most records share."""

    def __init__(self) -> None:
        # Its first microsecond since 1970, and its text.
        self._second = (0, "1970-01-01T00:00:00.")

    def __call__(self, created: float) -> str:
        """Give the text of a time."""
        moment = created * 1e6
        first, text = self._second
        microsecond = round(moment - first)
        if not 0 <= microsecond < 1_000_000:
            second, microsecond = divmod(round(moment), 1_000_000)
            text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(second))
            self._second = (second * 1_000_000, text)
        return f"{text}{microsecond:06d}+00:00"


class ZoneClock:
    """ISO 8601, or the format of a user, in any time zone."""

    def __init__(self, form: str, zone: Zone) -> None:
        self._form = form
        # None is the local time zone.
        self._zone = {"local": None, "utc": timezone.utc}[zone] if isinstance(zone, str) else zone

    def __call__(self, created: float) -> str:
        """Give the text of a time."""
        # Not by fromtimestamp, which fails before 1970 on Windows.
        moment = (EPOCH + timedelta(microseconds=round(created * 1e6))).astimezone(self._zone)
        if self._form == "iso":
            return moment.isoformat(timespec="microseconds")
        return moment.strftime(self._form)
