"""Lines of other shapes and other programs, under the names of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping

from ml_infra_utils.logging._line.layout import ADDED_LAST
from ml_infra_utils.logging._line.shapes import CUSTOM, GOOGLE
from ml_infra_utils.logging._record.exceptions import exception_of_text

if TYPE_CHECKING:
    from typing import Any, Dict

    Line = Dict[str, Any]

# What others call a key, the likeliest name first. A line that has our own name keeps it, and the
# others are fields then.
NAMES: dict[str, tuple[str, ...]] = {
    "timestamp": ("@timestamp", "time", "asctime", "datetime", "ts"),
    "level": ("log.level", "severity", "levelname", "status"),
    "logger": ("log.logger", "logger_name", "name"),
    "message": ("event", "msg"),
    "module": ("log.origin.file.name",),
    "function": ("log.origin.function", "funcName", "func_name"),
    "line": ("log.origin.file.line", "lineno"),
    "trace_id": ("trace.id", f"{GOOGLE}/trace"),
    "span_id": ("span.id", f"{GOOGLE}/spanId"),
}
TRACEBACKS = ("exc_info", "exc_text", "stack_trace")
# What an event has attributes for: no field has such a name.
OWN = frozenset(
    {
        *("timestamp", "level", "logger", "message", "module", "function", "line"),
        *("context", "exception", *ADDED_LAST),
    }
)
# A line of ours has them all, unless its formatter drops or renames some.
WHOLE = frozenset({"timestamp", "level", "logger", "message", "module", "function", "line"})
LOGURU = frozenset({"text", "record"})
STRUCTLOG_FRAME = {"file": "filename", "line": "lineno", "function": "name"}
ECS_ERROR = ("error.type", "error.message", "error.stack_trace")
# Objects of the schema that others write as such, and we with dots.
ECS_OBJECTS = ("log", "error", "trace", "span")


def as_ours(data: Line, rename: Mapping[str, str]) -> Line:
    """Give a line under our names; `rename` is what its formatter was told."""
    if rename:
        own = {name: key for key, name in rename.items()}
        data = {own.get(key, key): value for key, value in data.items()}
    if data.keys() >= WHOLE:
        return data
    record = data.get("record")
    if isinstance(record, dict) and data.keys() == LOGURU:
        return _from_loguru(record)
    if "@timestamp" in data:
        data = _with_dots(data)
        if "log.level" in data:
            return _from_ecs(data)
    if "status" in data and "level" not in data and _has_objects_of_datadog(data):
        return _from_datadog(data)
    place = data.get(f"{GOOGLE}/sourceLocation")
    if isinstance(place, dict):
        data = {**data, "line": _number(place.get("line")), "function": place.get("function", "")}
        del data[f"{GOOGLE}/sourceLocation"]
    return _with_traceback(_renamed(data))


def _renamed(data: Line) -> Line:
    """Give our names to what others call otherwise, in the order of the line."""
    ours = {}
    for name, others in NAMES.items():
        known = next((other for other in others if other in data), None)
        if known is not None and name not in data:
            ours[known] = name
    return {ours.get(key, key): value for key, value in data.items()}


def _with_traceback(line: Line) -> Line:
    """Make data of an exception of which there is only the text."""
    given = line.get("exception")
    if isinstance(given, str):
        return {**line, "exception": exception_of_text(given)}
    if isinstance(given, list):
        return {**line, "exception": _from_structlog(given)}
    for key in TRACEBACKS:
        text = line.get(key)
        if isinstance(text, str) and text:
            rest = {name: value for name, value in line.items() if name != key}
            exception = {**exception_of_text(text), **(given if isinstance(given, dict) else {})}
            return {**rest, "exception": exception}
    return line


def _from_structlog(stacks: object) -> Line | None:
    """Make data of an exception of what structlog's ``dict_tracebacks`` gives.

    It is a list of stacks, each of which has led to the one before it.
    """
    chain: list[Line] = []
    for stack in _objects(stacks):
        frames = [
            {key: frame.get(name) for key, name in STRUCTLOG_FRAME.items()}
            for frame in _objects(stack.get("frames"))
        ]
        data = {"type": stack.get("exc_type"), "message": stack.get("exc_value"), "frames": frames}
        relation = "cause" if stack.get("is_cause") else "context"
        chain.append({"relation": relation, "of": len(chain) - 1, **data} if chain else data)
    if not chain:
        return None
    first, *rest = chain
    return {**first, "chain": rest} if rest else first


def _objects(values: object) -> list[Line]:
    return [value for value in values if isinstance(value, dict)] if type(values) is list else []


def _from_loguru(record: Line) -> Line:
    level, time, exception = (record.get(key) for key in ("level", "time", "exception"))
    line = {
        "timestamp": time.get("repr") if isinstance(time, dict) else None,
        "level": level.get("name", "") if isinstance(level, dict) else level,
        "logger": record.get("name"),
        **{key: record.get(key) for key in ("message", "module", "function", "line")},
    }
    if isinstance(exception, dict):
        kind, message = exception.get("type"), exception.get("value")
        line["exception"] = {"type": kind, "message": message, "frames": []}
    extra = record.get("extra")
    return _with_fields(line, extra if isinstance(extra, dict) else {})


def _has_objects_of_datadog(data: Line) -> bool:
    return isinstance(data.get("logger"), dict) or isinstance(data.get("dd"), dict)


def _from_datadog(data: Line) -> Line:
    line = dict(data)
    logger, error, trace = (
        line.pop(key) if isinstance(line.get(key), dict) else None
        for key in ("logger", "error", "dd")
    )
    line["level"] = str(line.pop("status", "")).upper()
    if logger is not None:
        line["logger"], line["function"] = logger.get("name", ""), logger.get("method_name", "")
    if error is not None:
        kind, message, stack = (error.get(key, "") for key in ("kind", "message", "stack"))
        line["exception"] = {"type": kind, "message": message, "frames": [], "traceback": stack}
    if trace is not None:
        line.update(trace)
    return line


def _with_dots(data: Line, depth: int = 3) -> Line:
    """Give what is in objects of Elastic Common Schema under names with dots."""
    flat: Line = {}
    for key, value in data.items():
        if isinstance(value, dict) and depth and (key in ECS_OBJECTS or depth < 3):
            inner = _with_dots(value, depth - 1)
            flat.update({f"{key}.{name}": each for name, each in inner.items()})
        else:
            flat[key] = value
    return flat


def _from_ecs(data: Line) -> Line:
    renamed = _renamed(data)
    own = {name: renamed[name] for name in NAMES if name in renamed}
    own.update({key: data[key] for key in ADDED_LAST if key in data})
    line = {**own, "level": str(own.get("level", "")).upper()}
    # The name of the file, of which we call the first part the module.
    line["module"] = str(own.get("module", "")).partition(".py")[0]
    if "error.type" in data:
        kind, message, text = (data.get(key, "") for key in ECS_ERROR)
        line["exception"] = {"type": kind, "message": message, "frames": [], "traceback": text}
    custom = data.get(CUSTOM)
    custom = dict(custom) if isinstance(custom, dict) else {}
    if "context" in custom:
        line["context"] = custom.pop("context")
    known = {*own, *ECS_ERROR, CUSTOM, "ecs.version"}
    fields = {key: value for key, value in renamed.items() if key not in known}
    return _with_fields(line, {**fields, **custom})


def _with_fields(line: Line, fields: Line) -> Line:
    """Add fields, under another name where the line has one of that name itself."""
    for name, value in fields.items():
        free = name
        while free in line or free in OWN:
            free += "_"
        line[free] = value
    return line


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else 0
