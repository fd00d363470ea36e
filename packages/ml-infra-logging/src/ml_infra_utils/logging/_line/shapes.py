"""Lines in Elastic Common Schema, as the specification of ECS logging wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Iterator

from ml_infra_utils.logging._line.console import exception_lines
from ml_infra_utils.logging._line.encoder import Encoder
from ml_infra_utils.logging._line.formatter import JsonFormatter
from ml_infra_utils.logging._line.message import message_of
from ml_infra_utils.logging._record.fields import (
    context_of,
    fields_of,
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
    of the schema; context and other fields go into the object ``ml_infra``, out of its way. So
    does, with underscores for its dots, one that would make a value of the line an object, or the
    other way round: ``message.text`` is ``message_text`` there.

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
        text, arguments = message_of(record, encoder, self._redaction)
        raised = dict(raised_in(record, encoder.note))
        own = dict([*self._named(record, encoder, text), *_error(raised.get("exception"))])
        schema: list[tuple[object, object]] = list(own.items())
        custom: list[tuple[object, object]] = []
        if "context" in vars(record):
            custom.append(("context", context_of(record, encoder.note)))
        if arguments is not None:
            custom.append(("args", arguments))
        if "stack" in raised:
            custom.append(("stack", raised["stack"]))
        names = Names([CUSTOM, *own])
        for key, value in fields_of(record):
            if type(key) is not str or "." not in key:
                custom.append((key, value))
            elif names.add(key):
                schema.append((key, value))
            else:
                name = key.replace(".", "_")
                encoder.note(f"{CUSTOM}.{name}", f"renamed from {key}")
                custom.append((name, value))
        members = encoder.members(schema, "", set())
        if custom:
            members.append(f'"{CUSTOM}": {encoder.mapping(custom, CUSTOM)}')
        return self._finished(members, encoder)

    def _named(
        self, record: logging.LogRecord, encoder: Encoder, text: str
    ) -> Iterator[tuple[str, object]]:
        yield "@timestamp", timestamp_of(record, encoder.note) + "Z"
        yield "log.level", str(record.levelname).lower()
        yield "message", text
        yield "ecs.version", ECS_VERSION
        yield "log.logger", record.name
        yield "log.origin.file.name", record.filename
        yield "log.origin.file.line", record.lineno
        yield "log.origin.function", record.funcName
        for key, value in trace_ids():
            yield key.replace("_", "."), value


class Names:
    """Dotted names of values: what is before a dot names an object, which may be no value."""

    def __init__(self, names: Iterable[str]) -> None:
        self._values: set[str] = set()
        self._objects: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> bool:
        """Add a name; False if it clashes with that of an object or is none."""
        parts = name.split(".")
        objects = {".".join(parts[:length]) for length in range(1, len(parts))}
        if name in self._objects or not objects.isdisjoint(self._values) or not all(parts):
            return False
        self._values.add(name)
        self._objects |= objects
        return True


def _error(exception: Any) -> Iterator[tuple[str, object]]:
    if exception is not None:
        yield "error.type", exception.get("type", "")
        yield "error.message", exception.get("message", "")
        yield "error.stack_trace", exception.get("text") or "\n".join(exception_lines(exception))
