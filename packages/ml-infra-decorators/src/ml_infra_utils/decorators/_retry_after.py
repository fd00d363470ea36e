"""How long a server asks to wait, from whatever client raised the error."""

from __future__ import annotations

import time
from datetime import timezone
from email.utils import parsedate_to_datetime

from ml_infra_utils.decorators._limits import LONGEST_WAIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping


def retry_after(failure: object) -> float | None:
    """Return the seconds that an exception or a response asks to wait, or None.

    It is read from a ``retry_after`` attribute (seconds or timedelta), else from a header of the
    exception or of its response: ``retry-after-ms`` and ``x-ms-retry-after-ms``,
    ``Retry-After`` (RFC 9110, section 10.2.3: seconds or an HTTP date), ``RateLimit-Reset``. A
    date is compared with the server's own ``Date``, if that was sent. Of an exception that says
    nothing its cause is asked, and of a group its members: the longest wait counts.
    """
    seen: list[object] = []
    waits: list[float] = []
    failures = [failure]
    while failures:
        failure = failures.pop()
        if failure is None or any(failure is each for each in seen):
            continue
        seen.append(failure)
        wait = _asked_by(failure)
        if wait is not None:
            waits.append(wait)
        elif isinstance(failure, BaseException):
            members = _attribute(failure, "exceptions")
            failures += members if isinstance(members, tuple) else ()
            failures.append(failure.__cause__)
    return max(waits, default=None)


def _asked_by(failure: object) -> float | None:
    seconds = _seconds(_attribute(failure, "retry_after"))
    if seconds is not None:
        return seconds
    headers = _headers(failure)
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = _seconds(headers.get(name))
        if milliseconds is not None:
            return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None:
        reset = _seconds(headers.get("ratelimit-reset"))
        # Some servers send the moment, in seconds since 1970, in place of the seconds until then.
        return reset if reset is None or reset < LONGEST_WAIT else max(0.0, reset - time.time())
    seconds = _seconds(value)
    return _until(value, headers.get("date")) if seconds is None else seconds


def _headers(failure: object) -> dict[str, str]:
    """Return the headers by their names in lower case."""
    headers: Any = None
    response = _attribute(failure, "response")
    if isinstance(response, dict):  # botocore
        metadata = response.get("ResponseMetadata")
        if isinstance(metadata, dict):
            headers = metadata.get("HTTPHeaders")
    else:  # requests and httpx; urllib, aiohttp and the responses themselves
        headers = _attribute(response, "headers") or _attribute(failure, "headers")
    if not hasattr(headers, "items"):
        return {}
    mapping: Mapping[str, str] = headers
    return {str(name).lower(): str(value) for name, value in mapping.items()}


def _attribute(value: object, name: str) -> Any:
    try:
        return getattr(value, name)
    except Exception:  # not only AttributeError: an HTTPError of urllib may raise KeyError
        return None


def _seconds(value: Any) -> float | None:
    if hasattr(value, "total_seconds"):
        value = value.total_seconds()
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number < float("inf") else None


def _until(date: str, server_date: str | None) -> float | None:
    """Return the seconds from now, as the server sees it, until an HTTP date."""
    moment = _epoch(date)
    if moment is None:
        return None
    now = None if server_date is None else _epoch(server_date)
    return max(0.0, moment - (time.time() if now is None else now))


def _epoch(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (TypeError, ValueError, IndexError):  # IndexError: before Python 3.10
        return None
    # The asctime form names no zone: dates of HTTP are always in GMT.
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
