"""A line as the record that it was."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Iterator, Mapping

from ml_infra_utils.logging._reading.dialects import OWN, as_ours
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Any

# How the lines of this package begin.
START = re.compile(
    r'\{"(?:@?timestamp|time)": "[0-9T:.+-]+Z?", "(?:log\.level|level|severity|status)": '
)
DECODER = json.JSONDecoder()
METRICS = "context.metrics."
# Of a time: in the year 3000. A larger number counts thousandths, or less.
MOST_SECONDS = 32_503_680_000
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(frozen=True)
class Event:
    """A line that was logged.

    Attributes
    ----------
    timestamp : datetime.datetime or None
        When, with a time zone; None if the line does not say.
    level, logger, message, module, function : str
        As in the line; empty if it has none.
    line : int
        Line number in the source, 0 if unknown.
    context : mapping
        The context; empty if there is none.
    fields : mapping
        All further keys of the line.
    exception : mapping or None
        The exception as data.
    writer : str or None
        Which `DurableFileHandler`, in which process, wrote the line.
    sequence : int or None
        The number of the line among those of its writer.
    raw : mapping
        The line itself, under our names if it has the shape of another program.
    """

    timestamp: datetime | None
    level: str
    logger: str
    message: str
    module: str
    function: str
    line: int
    context: Mapping[str, Any]
    fields: Mapping[str, Any]
    exception: Mapping[str, Any] | None
    writer: str | None
    sequence: int | None
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def event_type(self) -> str | None:
        """What happened, if this is an ML event."""
        return _text_or_none(self.context.get("event_type"))

    @property
    def model_name(self) -> str | None:
        """The model it happened to, if this is an ML event."""
        return _text_or_none(self.context.get("model_name"))

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics that are numbers, also those that are not finite."""
        given = self.context.get("metrics")
        if not isinstance(given, dict):
            return {}
        numbers = {name: as_number(value) for name, value in given.items()}
        numbers.update(self._not_finite())
        return {name: number for name, number in numbers.items() if number is not None}

    def _not_finite(self) -> Iterator[tuple[str, float]]:
        """Give the metrics that JSON has no number for, as the line tells them."""
        notes = self.raw.get("_altered")
        for note in notes if isinstance(notes, list) else []:
            if isinstance(note, dict):
                path, what = text_of(note.get("path")), text_of(note.get("what"))
                if path.startswith(METRICS) and what in NOT_FINITE:
                    yield path[len(METRICS) :], NOT_FINITE[what]


def parsed(line: bytes) -> dict[str, Any] | None:
    """Give the object that a line holds, None if it holds none."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def objects_in(line: bytes) -> Iterator[dict[str, Any]]:
    """Give the lines that have run into one, as behind a torn one, as far as they are whole."""
    text = line.decode("utf-8", "replace").rstrip()
    end = 0
    for match in START.finditer(text):
        if match.start() >= end:
            try:
                data, reached = DECODER.raw_decode(text, match.start())
            except (ValueError, RecursionError):
                continue
            # Otherwise it is part of a torn line.
            if reached == len(text) or text[reached] == "{":
                end = reached
                yield data


def event_of(data: dict[str, Any], rename: Mapping[str, str] = {}) -> Event:  # not changed
    """Give the event of a line, whatever it lacks and whatever it holds."""
    data = as_ours(data, rename)
    context, exception = data.get("context"), data.get("exception")
    return Event(
        timestamp=_time_or_none(data.get("timestamp")),
        level=text_of(data.get("level", "")),
        logger=text_of(data.get("logger", "")),
        message=text_of(data.get("message", "")),
        module=text_of(data.get("module", "")),
        function=text_of(data.get("function", "")),
        line=_count_or_none(data.get("line")) or 0,
        context=context if isinstance(context, dict) else {},
        fields={key: value for key, value in data.items() if key not in OWN},
        exception=exception if isinstance(exception, dict) else None,
        writer=_text_or_none(data.get("_writer")),
        sequence=_count_or_none(data.get("_sequence")),
        raw=data,
    )


def text_of(value: object) -> str:
    """Give the text of what a line holds."""
    try:
        return str(value)
    except (RecursionError, ValueError):
        # Lists in lists in lists, integers of more digits than Python writes.
        return f"<{type(value).__name__}>"


def as_number(value: object) -> float | None:
    """Give a metric as a number: the names of those that are not finite count."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return NOT_FINITE.get(value) if isinstance(value, str) else None


def time_of(value: object) -> datetime:
    """Give a time, or what ISO 8601 text says, with a zone: UTC unless there is another.

    A date is its midnight.
    """
    if isinstance(value, str):
        # What Python before 3.11 does not read: Z, a zone without colon, other than six digits.
        text = re.sub("[zZ]$", "+00:00", value)
        text = re.sub(r"(:\d\d[.,]?\d*[+-]\d\d)(\d\d)$", r"\1:\2", text)
        text = re.sub(r"(:\d\d)[.,](\d+)", lambda m: f"{m[1]}.{m[2][:6]:0<6}", text)
        value = datetime.fromisoformat(text)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise TypeError(
            f"a time must be a datetime, a date or ISO 8601 text, got {described(value)}"
        )
    return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)


def _time_or_none(value: object) -> datetime | None:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            # Seconds since 1970 or parts of them: the size says which.
            for unit in (1, 1e3, 1e6, 1e9):
                if abs(value) <= MOST_SECONDS * unit:
                    return datetime.fromtimestamp(value / unit, timezone.utc)
            return None
        return time_of(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _count_or_none(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
