"""A line as the record that it was."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Mapping

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
}
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
        "_writer",
        "_sequence",
    }
)
FRACTION = re.compile(r"\.[0-9]+")


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
        return {name: number for name, number in numbers.items() if number is not None}


def parsed(line: bytes) -> dict[str, Any] | None:
    """Give the object that a line holds, None if it holds none."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def event_of(data: dict[str, Any]) -> Event:
    """Give the event of a line, whatever it lacks."""
    if "@timestamp" in data:
        data = _from_ecs(data)
    number, sequence, context = data.get("line"), data.get("_sequence"), data.get("context")
    exception = data.get("exception")
    texts = [data.get(key, "") for key in ("level", "logger", "message", "module", "function")]
    try:
        timestamp = time_of(str(data.get("timestamp")))
    except ValueError:
        timestamp = None
    level, logger, message, module, function = map(str, texts)
    return Event(
        timestamp=timestamp,
        level=level,
        logger=logger,
        message=message,
        module=module,
        function=function,
        line=number if isinstance(number, int) else 0,
        context=context if isinstance(context, dict) else {},
        fields={key: value for key, value in data.items() if key not in OWN},
        exception=exception if isinstance(exception, dict) else None,
        writer=_text_or_none(data.get("_writer")),
        sequence=sequence if isinstance(sequence, int) else None,
        raw=data,
    )


def as_number(value: object) -> float | None:
    """Give a metric as a number: the names of those that are not finite count."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(str(value))


def time_of(value: date | str) -> datetime:
    """Give a time, or what ISO 8601 text says, with a zone: UTC unless there is another.

    A date is its midnight.
    """
    time: object = value
    if isinstance(value, str):
        # Python before 3.11 reads neither the Z nor other than three or six digits.
        text = FRACTION.sub(lambda match: f"{match.group()[:7]:0<7}", value)
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    elif isinstance(value, date) and not isinstance(value, datetime):
        time = datetime(value.year, value.month, value.day)
    if not isinstance(time, datetime):
        raise TypeError(f"a time is a datetime, a date or ISO 8601 text, not {value!r}")
    return time if time.tzinfo is not None else time.replace(tzinfo=timezone.utc)


def _from_ecs(data: dict[str, Any]) -> dict[str, Any]:
    line = {FROM_ECS.get(key, key): value for key, value in data.items() if key != "ml_infra"}
    line["level"] = str(line.get("level", "")).upper()
    if "error.type" in line:
        line["exception"] = {
            "type": line.pop("error.type"),
            "message": line.pop("error.message", ""),
            "text": line.pop("error.stack_trace", ""),
        }
    custom = data.get("ml_infra")
    for key, value in custom.items() if isinstance(custom, dict) else ():
        # The line's own keys win, as in the other format.
        name = key
        while name in line or (name in OWN and name != "context"):
            name += "_"
        line[name] = value
    return line


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
