"""How long a server asks to wait, from whatever client raised the error."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping


def retry_after(failure: object) -> float | None:
    """Return the seconds that an exception or a response asks to wait, or None.

    It is read from a ``retry_after`` attribute (seconds or timedelta), else from the
    ``Retry-After`` header (RFC 9110, section 10.2.3: seconds or an HTTP date) of the
    exception or of its response. A date is compared with the server's own ``Date``, if
    that was sent.
    """
    seconds = _seconds(_attribute(failure, "retry_after"))
    if seconds is not None:
        return seconds
    headers = _headers(failure)
    value = headers.get("retry-after")
    if value is None:
        return None
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
    from time import time

    moment = _epoch(date)
    if moment is None:
        return None
    now = None if server_date is None else _epoch(server_date)
    return max(0.0, moment - (time() if now is None else now))


def _epoch(date: str) -> float | None:
    from datetime import timezone
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
    except (TypeError, ValueError, IndexError):  # IndexError: before Python 3.10
        return None
    # The asctime form names no zone: dates of HTTP are always in GMT.
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
