"""A line as the record that it was."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Iterator, Mapping

if TYPE_CHECKING:
    from typing import Any

FROM_ECS = {
    "@timestamp": "timestamp",
    "log.level": "level",
    "log.logger": "logger",
    "log.origin.file.name": "module",
    "log.origin.function": "function",
    "log.origin.file.line": "line",
    "trace.id": "trace_id",
    "span.id": "span_id",
    "message": "message",
    "_altered": "_altered",
    "_writer": "_writer",
    "_sequence": "_sequence",
}
# How the lines of this package begin.
START = re.compile(r'\{"@?timestamp": "[0-9T:.+-]+Z?", "(?:log\.)?level": ')
DECODER = json.JSONDecoder()
ERROR_IN_ECS = ("error.type", "error.message", "error.stack_trace")
METRICS = "context.metrics."
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
OWN = frozenset(
    {
        "timestamp",
        "level",
        "logger",
        "message",
        "module",
        "function",
        "line",
        "context",
        "exception",
        "_altered",
        "_writer",
        "_sequence",
    }
)


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
        The line itself; one of Elastic Common Schema under the names of the others.
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
            path, what = (
                (note.get("path"), note.get("what")) if isinstance(note, dict) else ("", "")
            )
            if isinstance(path, str) and path.startswith(METRICS) and what in NOT_FINITE:
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


def event_of(data: dict[str, Any]) -> Event:
    """Give the event of a line, whatever it lacks and whatever it holds."""
    if "@timestamp" in data:
        data = _from_ecs(data)
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
        raise TypeError(f"expected a datetime, a date or ISO 8601 text, not {value!r}")
    return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)


def _from_ecs(data: dict[str, Any]) -> dict[str, Any]:
    """Give a line of Elastic Common Schema under the names of the others."""
    line = {name: data[key] for key, name in FROM_ECS.items() if key in data}
    line["level"] = text_of(line.get("level", "")).upper()
    if "error.type" in data:
        type_, message, text = (data.get(key, "") for key in ERROR_IN_ECS)
        line["exception"] = {"type": type_, "message": message, "text": text}
    custom = data.get("ml_infra")
    custom = dict(custom) if isinstance(custom, dict) else {}
    if "context" in custom:
        line["context"] = custom.pop("context")
    known = {*FROM_ECS, *ERROR_IN_ECS, "ml_infra"}
    given = [(key, value) for key, value in data.items() if key not in known]
    for name, value in [*given, *custom.items()]:
        # A field of the same name as a key that is the line's own, as in the other formats.
        while name in line or name in OWN:
            name += "_"
        line[name] = value
    return line


def _time_or_none(value: object) -> datetime | None:
    try:
        return time_of(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _count_or_none(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
