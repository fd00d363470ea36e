"""What is taken when a record is made: bound fields, and the ids of the current span.

A handler may format the record later, in another thread, or in another process.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Callable, Mapping

if TYPE_CHECKING:
    Factory = Callable[..., logging.LogRecord]

NOTHING: Mapping[str, object] = {}
bound_fields: ContextVar[Mapping[str, object]] = ContextVar("bound_fields", default=NOTHING)

# Names that a field may not have as an attribute: formatters and the record itself use them.
NOT_FREE = frozenset(dir(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    *("message", "asctime", "context")
}
# The factory of records that was seen last; it takes fields, or somebody's factory around ours.
_seen: list[Factory] = []


class Moment(float):
    """When a record was made, with what was true then.

    It stands where the standard library has put the number: others export every attribute that
    they do not know. A pickle and a copy of the record have it too.
    """

    fields: Mapping[str, object] = NOTHING
    ids: Mapping[str, object] = NOTHING


def moment_of(record: logging.LogRecord) -> Moment | None:
    """Give what was taken when a record was made, if anything was."""
    made = vars(record).get("relativeCreated")
    return made if type(made) is Moment else None


def take(record: logging.LogRecord, fields: Mapping[str, object]) -> None:
    """Keep fields in a record, together with the ids of the current span."""
    made = vars(record).get("relativeCreated")
    if isinstance(made, float):
        moment = record.relativeCreated = Moment(made)
        moment.fields = fields
        if "opentelemetry.trace" in sys.modules:
            moment.ids = trace_ids()


def give(record: logging.LogRecord, fields: Mapping[str, object]) -> None:
    """Give a record its fields as attributes; those of names that are not free are kept in it."""
    others = NOTHING
    if not NOT_FREE.isdisjoint(fields):
        others = {name: fields[name] for name in fields if name in NOT_FREE}
        fields = {name: fields[name] for name in fields if name not in NOT_FREE}
    moment = moment_of(record)
    if moment is not None:
        moment.fields = others
    elif others or "opentelemetry.trace" in sys.modules:
        take(record, others)
    vars(record).update(fields)


def take_from_now_on() -> None:
    """Have bound fields and trace ids taken for the records of all loggers.

    They are no attributes, since `extra=` may not name one that a record has already.
    """
    current = logging.getLogRecordFactory()
    if _seen and _seen[0] is current:
        return
    try:
        takes = moment_of(current("", 0, "", 0, "", (), None)) is not None
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
        take(record, bound_fields.get())
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
