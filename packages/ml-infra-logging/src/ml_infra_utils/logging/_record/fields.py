"""What a record holds, whatever it is made of."""

from __future__ import annotations

import logging
import math
import sys
import time
from typing import TYPE_CHECKING, Dict, Iterator, Mapping

from ml_infra_utils.logging._context import bound_fields
from ml_infra_utils.logging._record.exceptions import exception_data
from ml_infra_utils.logging._record.text import class_name

if TYPE_CHECKING:
    from typing import Any

    from ml_infra_utils.logging._record.exceptions import Note

# Where StructuredLogger keeps the fields of a call: beside the record's attributes, not among them.
FIELDS = "_structured_fields"


class Fields(Dict[str, object]):
    """The fields of a call of a `StructuredLogger`; a class that nobody else's attribute has."""


# Not by makeLogRecord: that takes what factories of others add.
RECORD_LAYOUT = tuple(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
ATTRIBUTE_COUNT = len(RECORD_LAYOUT)
LAST_ATTRIBUTE = RECORD_LAYOUT[-1]
# Attributes that formatters of the standard library and this package add.
NOT_FIELDS = frozenset(RECORD_LAYOUT) | {"message", "asctime", "context"}


def timestamp_of(record: logging.LogRecord, note: Note) -> str:
    """Give the time of a record, ISO 8601 in UTC with microseconds and without a zone."""
    try:
        second = math.floor(record.created)
        return f"{clock(second)}.{int((record.created - second) * 1e6):06d}"
    except Exception as error:
        note("timestamp", f"time of writing, for {class_name(type(error))}")
        return clock(int(time.time())) + ".000000"


def context_of(record: logging.LogRecord, note: Note) -> object:
    """Give the context of a record; one that is no mapping under the key value."""
    given: object = vars(record)["context"]
    if issubclass(type(given), Mapping):
        return given
    note("context", "not a mapping")
    return {"value": given}


def fields_of(record: logging.LogRecord) -> list[tuple[object, object]]:
    """Give the fields of a record: bound ones, those of the call, attributes added to it."""
    attributes = vars(record)
    extra = extra_attributes(attributes)
    given = attributes.get(FIELDS)
    if type(given) is not Fields:
        return list({**bound_fields.get(), **extra}.items())
    return [*given.items(), *extra.items()]


def raised_in(record: logging.LogRecord, note: Note) -> Iterator[tuple[str, object]]:
    """Give the exception and the stack of a record, if it has them."""
    info: Any = record.exc_info
    error = info[1] if isinstance(info, tuple) and len(info) == 3 else info
    if isinstance(error, BaseException):
        try:
            yield "exception", exception_data(error, note)
        except Exception as failure:
            note("exception", f"unreadable: {class_name(type(failure))}")
            yield "exception", {"type": class_name(type(error))}
    elif record.exc_text:
        yield "exception", {"text": record.exc_text}
    if record.stack_info:
        yield "stack", record.stack_info


def trace_ids() -> list[tuple[str, object]]:
    """Give the ids of OpenTelemetry's current span, if the program uses OpenTelemetry."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return []
    try:
        span = trace.get_current_span().get_span_context()
        if not span.is_valid:
            return []
        return [("trace_id", f"{span.trace_id:032x}"), ("span_id", f"{span.span_id:016x}")]
    except Exception:
        # While it is being imported, or of an unknown version: then there is no span to name.
        return []


def extra_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """Give the attributes that a record has beyond those of every record."""
    return {
        name: value
        for name, value in attributes.items()
        if name not in NOT_FIELDS and not (name == FIELDS and type(value) is Fields)
    }


def clock(second: int) -> str:
    """Give a second since 1970 as ISO 8601, without a zone."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
