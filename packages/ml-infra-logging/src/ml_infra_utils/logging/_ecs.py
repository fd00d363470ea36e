"""Lines in Elastic Common Schema, as the specification of ECS logging wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from ml_infra_utils.logging._console import described
from ml_infra_utils.logging._encoder import Encoder
from ml_infra_utils.logging._formatter import JsonFormatter
from ml_infra_utils.logging._record import (
    context_of,
    fields_of,
    message_of,
    raised_in,
    timestamp_of,
    trace_ids,
)

if TYPE_CHECKING:
    import logging
    from typing import Any

ECS_VERSION = "1.6.0"
CUSTOM = "ml_infra"


class EcsFormatter(JsonFormatter):
    """Format a record as one line of Elastic Common Schema.

    The line has ``@timestamp``, ``log.level``, ``message``, ``ecs.version``, ``log.logger`` and
    ``log.origin``; ``error`` with the traceback as text; ``trace.id`` and ``span.id`` inside a span
    of OpenTelemetry. A field with a dot in its name, such as ``service.name``, is taken to be one
    of the schema; context and other fields go into the object ``ml_infra``, out of its way.

    Parameters
    ----------
    non_finite, redaction
        As for `JsonFormatter`.

    Examples
    --------
    >>> import logging
    >>> record = logging.makeLogRecord({"msg": "hello", "service.name": "api", "epoch": 3})
    >>> print(EcsFormatter().format(record))
    {"@timestamp": "...Z", "log.level": "...", "message": "hello", "ecs.version": "1.6.0", ...
     "service.name": "api", "ml_infra": {"epoch": 3}}
    """

    _last_template = (
        '{"@timestamp": "%(time)sZ", "log.level": %(level)s, "message": %(message)s, '
        f'"ecs.version": "{ECS_VERSION}", "log.logger": %(logger)s, '
        '"_altered": {"...": "left out: %(reason)s"}}'
    )

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without a line break."""
        return self._careful_line(record)

    def _whole_line(self, record: logging.LogRecord) -> str:
        encoder = Encoder(self._redaction, self._non_finite)
        taken: set[str] = set()
        members = encoder.members(self._own(record, encoder), "", taken)
        members += encoder.members(_error(record, encoder), "", taken)
        schema: list[tuple[object, object]] = []
        custom: list[tuple[object, object]] = []
        if "context" in vars(record):
            custom.append(("context", context_of(record, encoder)))
        for key, value in fields_of(record):
            (schema if type(key) is str and "." in key else custom).append((key, value))
        members += encoder.members(schema, "", taken)
        if custom:
            members.append(f'"{CUSTOM}": {encoder.mapping(custom, CUSTOM)}')
        return self._finished(members, encoder)

    def _own(self, record: logging.LogRecord, encoder: Encoder) -> Iterator[tuple[object, object]]:
        text, arguments = message_of(record, encoder, self._redaction)
        yield "@timestamp", timestamp_of(record, encoder) + "Z"
        yield "log.level", str(record.levelname).lower()
        yield "message", text
        yield "ecs.version", ECS_VERSION
        yield "log.logger", record.name
        yield "log.origin.file.name", record.filename
        yield "log.origin.file.line", record.lineno
        yield "log.origin.function", record.funcName
        for key, value in trace_ids():
            yield key.replace("_", "."), value
        if arguments is not None:
            yield f"{CUSTOM}.args", arguments


def _error(record: logging.LogRecord, encoder: Encoder) -> Iterator[tuple[object, object]]:
    data = dict(raised_in(record, encoder))
    exception: Any = data.get("exception")
    if exception is not None:
        yield "error.type", exception.get("type", "")
        yield "error.message", exception.get("message", "")
        yield "error.stack_trace", exception.get("text") or "\n".join(described(exception))
    if "stack" in data:
        yield f"{CUSTOM}.stack", data["stack"]
