"""What is taken when a record is made: bound fields, and the ids of the current span.

A handler may format the record later, in another thread, or in another process.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping

if TYPE_CHECKING:
    Factory = Callable[..., logging.LogRecord]

NOTHING: Mapping[str, object] = {}
bound_fields: ContextVar[Mapping[str, object]] = ContextVar("bound_fields", default=NOTHING)

# The attribute of a record that keeps what was taken, but for what is an attribute by itself.
FIELDS = "_structured_fields"
# Names that a field may not have as an attribute: formatters and the record itself use them.
NOT_FREE = frozenset(dir(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    *("message", "asctime", "context", FIELDS)
}
# The factory of records that was seen last; it takes fields, or somebody's factory around ours.
_seen: list[Factory] = []


class Fields(Dict[str, object]):
    """The fields of a record; a class that nobody else's attribute has."""

    ids: Mapping[str, object] = NOTHING


def taken(fields: Mapping[str, object]) -> Fields:
    """Give fields together with the ids of the current span."""
    found = Fields(fields)
    if "opentelemetry.trace" in sys.modules:
        found.ids = trace_ids()
    return found


def give(record: logging.LogRecord, fields: Mapping[str, object]) -> None:
    """Give a record its fields as attributes; those of names that are not free in one attribute."""
    attributes = vars(record)
    are_free = NOT_FREE.isdisjoint(fields)
    if not are_free or "opentelemetry.trace" in sys.modules:
        attributes[FIELDS] = taken({name: fields[name] for name in fields if name in NOT_FREE})
    else:
        # Others show whatever attributes there are.
        attributes.pop(FIELDS, None)
    if are_free:
        attributes.update(fields)
    else:
        attributes.update({name: fields[name] for name in fields if name not in NOT_FREE})


def take_from_now_on() -> None:
    """Have bound fields and trace ids taken for the records of all loggers.

    They are in one attribute, since `extra=` may not name an attribute that a record has already.
    """
    current = logging.getLogRecordFactory()
    if _seen and _seen[0] is current:
        return
    try:
        takes = FIELDS in vars(current("", 0, "", 0, "", (), None))
    except Exception:
        # It is somebody else's, who will see it fail.
        return
    if not takes:
        current = _taking(current)
        logging.setLogRecordFactory(current)
    _seen[:] = [current]


def _taking(make: Factory) -> Factory:
    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        vars(record)[FIELDS] = taken(bound_fields.get())
        return record

    return factory


def trace_ids() -> dict[str, object]:
    """Give the ids of OpenTelemetry's current span, if there is one."""
    try:
        span = sys.modules["opentelemetry.trace"].get_current_span().get_span_context()
        if not span.is_valid:
            return {}
        return {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
    except Exception:
        # While it is being imported, or of an unknown version: then there is no span to name.
        return {}
