"""What a record holds, whatever it is made of."""

from __future__ import annotations

import logging
import math
import sys
import time
from typing import TYPE_CHECKING, Dict, Iterator, Mapping

from ml_infra_utils.logging._context import bound_fields
from ml_infra_utils.logging._encoder import class_name, text_of
from ml_infra_utils.logging._exceptions import exception_data
from ml_infra_utils.logging._redaction import REDACTED

if TYPE_CHECKING:
    from typing import Any

    from ml_infra_utils.logging._encoder import Encoder
    from ml_infra_utils.logging._redaction import Redaction

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


def timestamp_of(record: logging.LogRecord, encoder: Encoder) -> str:
    """Give the time of a record, ISO 8601 in UTC with microseconds and without a zone."""
    try:
        second = math.floor(record.created)
        return f"{clock(second)}.{int((record.created - second) * 1e6):06d}"
    except Exception as error:
        encoder.note("timestamp", f"time of writing, for {class_name(type(error))}")
        return clock(int(time.time())) + ".000000"


def message_of(
    record: logging.LogRecord, encoder: Encoder, redaction: Redaction | None
) -> tuple[str, object]:
    """Give the message with its arguments merged in; without, and the arguments, if they misfit."""
    args: Any = record.args
    try:
        if type(record).getMessage is logging.LogRecord.getMessage:
            if isinstance(args, Mapping):
                named = NamedArguments(args, redaction)
                text = text_of(record.msg) % named
                if named.used or not args:
                    return text, None
                encoder.note("message", "arguments left out: it names none of them")
                return text, args
            if args and redaction is not None:
                template, shown = redaction.clean_template(text_of(record.msg), args)
                return template % shown, None
        return record.getMessage(), None
    except Exception as error:
        if args:
            encoder.note("message", f"arguments left out: {class_name(type(error))}")
        try:
            text = text_of(record.msg)
            if args and redaction is not None and redaction.clean(text) != text:
                # They stand for what would have been hidden in the message.
                args = REDACTED
            return text, args or None
        except Exception as failure:
            encoder.note("message", f"unreadable: {class_name(type(failure))}")
            return f"<unreadable {class_name(type(record.msg))}>", args or None


class NamedArguments(Dict[object, object]):
    """The arguments of a message by name, without secrets; it knows whether it was used."""

    def __init__(self, given: Mapping[object, object], redaction: Redaction | None) -> None:
        super().__init__(given)
        if redaction is not None:
            self.update((key, REDACTED) for key in given if redaction.hides(text_of(key)))
        self.used = False
        self._given = given

    def __getitem__(self, key: object) -> object:
        self.used = True
        return super().__getitem__(key)

    def __missing__(self, key: object) -> object:
        return self._given[key]

    def __repr__(self) -> str:
        self.used = True
        return super().__repr__()


def context_of(record: logging.LogRecord, encoder: Encoder) -> object:
    """Give the context of a record; one that is no mapping under the key value."""
    given: object = vars(record)["context"]
    if issubclass(type(given), Mapping):
        return given
    encoder.note("context", "not a mapping")
    return {"value": given}


def fields_of(record: logging.LogRecord) -> list[tuple[object, object]]:
    """Give the fields of a record: bound ones, those of the call, attributes added to it."""
    attributes = vars(record)
    extra = extra_attributes(attributes)
    given = attributes.get(FIELDS)
    if type(given) is not Fields:
        return list({**bound_fields.get(), **extra}.items())
    return [*given.items(), *extra.items()]


def raised_in(record: logging.LogRecord, encoder: Encoder) -> Iterator[tuple[str, object]]:
    """Give the exception and the stack of a record, if it has them."""
    info: Any = record.exc_info
    error = info[1] if isinstance(info, tuple) and len(info) == 3 else info
    if isinstance(error, BaseException):
        try:
            yield "exception", exception_data(error, encoder.note)
        except Exception as failure:
            encoder.note("exception", f"unreadable: {class_name(type(failure))}")
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
