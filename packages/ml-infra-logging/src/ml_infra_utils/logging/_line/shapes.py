"""The lines that Elasticsearch, Google Cloud and Datadog read without further ado."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Iterable

from ml_infra_utils.logging._line.formatter import JsonFormatter

if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ml_infra_utils.logging._line.layout import Line
    from ml_infra_utils.logging._record.exceptions import Note

ECS_VERSION = "1.6.0"
CUSTOM = "ml_infra"

GOOGLE = "logging.googleapis.com"
# The severities that Google Cloud knows, the highest first.
SEVERITIES = (
    (logging.CRITICAL, "CRITICAL"),
    (logging.ERROR, "ERROR"),
    (logging.WARNING, "WARNING"),
    (logging.INFO, "INFO"),
    (logging.DEBUG, "DEBUG"),
)


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
    **options
        As for `JsonFormatter`; `rename`, `drop` and `order` take the keys of this schema.

    Examples
    --------
    >>> import logging
    >>> record = logging.makeLogRecord({"msg": "hello", "service.name": "api", "epoch": 3})
    >>> print(EcsFormatter().format(record))
    {"@timestamp": "...Z", "log.level": "...", "message": "hello", "ecs.version": "1.6.0", ...
     "service.name": "api", "ml_infra": {"epoch": 3}}
    """

    KEYS: ClassVar[tuple[str, ...]] = (
        *("@timestamp", "log.level", "message", "ecs.version", "log.logger"),
        *("log.origin.file.name", "log.origin.file.line", "log.origin.function"),
        *("error.type", "error.message", "error.stack_trace", "trace.id", "span.id", CUSTOM),
    )

    TRACEBACK: ClassVar[str] = "text"

    def shaped(self, line: Line, record: logging.LogRecord, note: Note) -> Line:
        """Give the line in Elastic Common Schema."""
        exception: Any = line.pop("exception", {})
        stamp = line.pop("timestamp")
        shaped = {
            "@timestamp": stamp.replace("+00:00", "Z") if isinstance(stamp, str) else stamp,
            "log.level": str(line.pop("level")).lower(),
            "message": line.pop("message"),
            "ecs.version": ECS_VERSION,
            "log.logger": line.pop("logger"),
            "log.origin.file.name": record.filename,
            "log.origin.file.line": line.pop("line"),
            "log.origin.function": line.pop("function"),
        }
        del line["module"]
        if exception:
            shaped["error.type"] = exception["type"]
            shaped["error.message"] = exception["message"]
            shaped["error.stack_trace"] = exception.get("traceback", "")
        if "trace_id" in line and "span_id" in line:
            shaped["trace.id"], shaped["span.id"] = line.pop("trace_id"), line.pop("span_id")
        custom = {}
        names = Names([CUSTOM, *self.KEYS])
        for key, value in line.items():
            if "." not in key:
                custom[key] = value
            elif names.add(key):
                shaped[key] = value
            else:
                name = key.replace(".", "_")
                note(name, f"renamed from {key}")
                custom[name] = value
        if custom:
            shaped[CUSTOM] = custom
        return shaped

    def place(self, path: str, line: Line) -> str:
        """Give the path in the finished line of a value of the record."""
        if path in line or path.partition(".")[0] == "message":
            return super().place(path, line)
        return f"{CUSTOM}.{path}"


class Names:
    """Dotted names of values: what is before a dot names an object, which may be no value."""

    def __init__(self, names: Iterable[str]) -> None:
        self._values: set[str] = set()
        self._objects: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> bool:
        """Add a name; False if it is taken, clashes with that of an object, or is none."""
        parts = name.split(".")
        objects = {".".join(parts[:length]) for length in range(1, len(parts))}
        if (
            name in self._values
            or name in self._objects
            or not objects.isdisjoint(self._values)
            or not all(parts)
        ):
            return False
        self._values.add(name)
        self._objects |= objects
        return True


class GoogleCloudFormatter(JsonFormatter):
    """Format a record as one line that Google Cloud Logging reads from standard output.

    It finds there the severity, the time, the place in the source, the trace, and in
    ``stack_trace`` what its error reporting looks for. Context and fields are as ever.

    Parameters
    ----------
    **options
        As for `JsonFormatter`; `rename`, `drop` and `order` take the keys of this shape.

    Examples
    --------
    >>> import logging
    >>> record = logging.makeLogRecord({"msg": "hello", "levelno": 30, "epoch": 3})
    >>> print(GoogleCloudFormatter().format(record))
    {"time": "...", "severity": "WARNING", "message": "hello", "logger": ...,
     "logging.googleapis.com/sourceLocation": {...}, "epoch": 3}
    """

    KEYS: ClassVar[tuple[str, ...]] = (
        *("time", "severity", "message", "logger", f"{GOOGLE}/sourceLocation"),
        *("args", "context", "exception", "stack_trace", "stack"),
        *(f"{GOOGLE}/trace", f"{GOOGLE}/spanId"),
    )

    TRACEBACK: ClassVar[str] = "text"

    def shaped(self, line: Line, record: logging.LogRecord, note: Note) -> Line:  # noqa: ARG002 # see above
        """Give the line as Google Cloud reads it."""
        del line["level"], line["module"]
        shaped: Line = {
            "time": line.pop("timestamp"),
            "severity": _severity_of(record.levelno),
            "message": line.pop("message"),
            "logger": line.pop("logger"),
            f"{GOOGLE}/sourceLocation": {
                "file": record.pathname,
                # A text: it is a number of 64 bits there.
                "line": str(line.pop("line")),
                "function": line.pop("function"),
            },
        }
        if "trace_id" in line and "span_id" in line:
            shaped[f"{GOOGLE}/trace"] = line.pop("trace_id")
            shaped[f"{GOOGLE}/spanId"] = line.pop("span_id")
        exception: Any = line.get("exception")
        if exception and "traceback" in exception:
            shaped["stack_trace"] = exception.pop("traceback")
        return {**shaped, **line}


def _severity_of(number: object) -> str:
    """Give the severity of a level; a record that was made of a few attributes may have none."""
    if not isinstance(number, int):
        return "DEFAULT"
    return next((name for least, name in SEVERITIES if number >= least), "DEFAULT")


class DatadogFormatter(JsonFormatter):
    """Format a record as one line with the attributes that Datadog gives a meaning.

    They are ``status``, ``logger.name``, ``logger.method_name``, ``error.kind``,
    ``error.message``, ``error.stack``, ``dd.trace_id`` and ``dd.span_id``. Context and fields are
    as ever.

    Parameters
    ----------
    **options
        As for `JsonFormatter`; `rename`, `drop` and `order` take the keys of this shape.

    Examples
    --------
    >>> import logging
    >>> record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "epoch": 3})
    >>> print(DatadogFormatter(static={"service": "api"}).format(record))
    {"timestamp": "...", "status": "info", "message": "hello", "logger": {...}, ...
     "epoch": 3, "service": "api"}
    """

    KEYS: ClassVar[tuple[str, ...]] = (
        *("timestamp", "status", "message", "logger", "module", "line", "args", "context"),
        *("error", "dd", "stack"),
    )

    TRACEBACK: ClassVar[str] = "text"

    def shaped(self, line: Line, record: logging.LogRecord, note: Note) -> Line:  # noqa: ARG002 # see above
        """Give the line as Datadog reads it."""
        shaped: Line = {
            "timestamp": line.pop("timestamp"),
            "status": str(line.pop("level")).lower(),
            "message": line.pop("message"),
            "logger": {"name": line.pop("logger"), "method_name": line.pop("function")},
        }
        exception: Any = line.pop("exception", None)
        if exception:
            shaped["error"] = {
                "kind": exception["type"],
                "message": exception["message"],
                "stack": exception.get("traceback", ""),
            }
        if "trace_id" in line and "span_id" in line:
            # Decimal, and of the trace's 128 bits the last 64.
            trace, span = str(line.pop("trace_id")), str(line.pop("span_id"))
            shaped["dd"] = {"trace_id": str(int(trace[-16:], 16)), "span_id": str(int(span, 16))}
        return {**shaped, **line}
