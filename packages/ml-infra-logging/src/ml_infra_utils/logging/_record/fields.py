"""What a record holds, as the mapping that its line is made of."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping  # that of typing takes twice as long to ask
from itertools import islice
from typing import TYPE_CHECKING, Dict, List, Tuple

from ml_infra_utils.logging._limits import MAX_ITEMS
from ml_infra_utils.logging._record.exceptions import exception_data, exception_of_text
from ml_infra_utils.logging._record.frameworks import READERS, fields_of_framework, framework_of
from ml_infra_utils.logging._record.taken import NOTHING, bound_fields, moment_of, trace_ids
from ml_infra_utils.logging._record.text import class_name, text_of

if TYPE_CHECKING:
    from typing import Any

    from ml_infra_utils.logging._record.exceptions import Note
    from ml_infra_utils.logging._record.taken import Moment

# Not by makeLogRecord: that takes what factories of others add.
STANDARD = tuple(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
LAST_STANDARD = len(STANDARD) - 1
# Attributes that formatters of the standard library and this package add.
NOT_FIELDS = frozenset(STANDARD) | {"message", "asctime", "context"}

# What a line calls its own.
OWN_KEYS = (
    *("timestamp", "level", "logger", "message", "module", "function", "line", "args", "context"),
    *("exception", "stack", "trace_id", "span_id"),
)
# Fields may have these names where the line has none of its own.
OWN_AT_TIMES = frozenset({"args", "trace_id", "span_id"})


class Notes(List[Tuple[str, str]]):
    """What was altered before a line is written: the path of a value, and what was done."""

    def __call__(self, path: str, what: str) -> None:
        """Add a note."""
        self.append((path, what))


def own_part(record: logging.LogRecord, timestamp: object, message: object) -> dict[str, object]:
    """Give what each line begins with."""
    return {
        "timestamp": timestamp,
        "level": record.levelname,
        "logger": record.name,
        "message": message,
        "module": record.module,
        "function": record.funcName,
        "line": record.lineno,
    }


def further_part(
    record: logging.LogRecord, args: list[str], reserved: frozenset[str], note: Note
) -> dict[str, object]:
    """Give what the line of a record has beyond that, in order, the values as they were given.

    A field that has one of the reserved names is kept with an underscore behind it.
    """
    attributes = record.__dict__
    part: dict[str, object] = {"args": args} if args else {}
    last: dict[str, object] = {}
    if "context" in attributes:
        part["context"] = _context(attributes["context"], note)
    if record.exc_info or record.exc_text or record.stack_info:
        last = _raised(record, note)
    moment = moment_of(record)
    if moment is not None:
        last.update(moment.ids)
    elif "opentelemetry.trace" in sys.modules:
        last.update(trace_ids())
    fields = _fields_of(attributes, moment)
    if framework_of(record.name) in READERS:
        fields = fields_of_framework(record, fields)
    if type(record.msg) is not str and is_mapping(record.msg):
        fields = {**_fields_of_message(record.msg, note), **fields}
    if not part and not last and reserved.isdisjoint(fields):
        return fields
    _add(fields, part, reserved.union(last), note)
    part.update(last)
    return part


def is_mapping(value: object) -> bool:
    """Tell whether something is a mapping: the type does not lie, as the instance may."""
    return issubclass(type(value), Mapping)


def message_of(record: logging.LogRecord, note: Note) -> tuple[object, list[str]]:
    """Give the message with its arguments merged in, and the arguments that it does not take."""
    args: Any = record.args
    try:
        if type(record.msg) is not str and is_mapping(record.msg):
            message: Any = record.msg
            return text_of(message["message"]) if "message" in message else "", _texts(args)
        if (
            type(args) is not tuple
            and is_mapping(args)
            and type(record).getMessage is logging.LogRecord.getMessage
        ):
            named = NamedArguments(args)
            text = text_of(record.msg) % named
            if named.used or not args:
                return text, []
            note("message", "arguments left out: it names none of them")
            return text, _texts(args)
        return record.getMessage(), []
    except Exception as error:
        if args:
            note("message", f"arguments left out: {class_name(type(error))}")
        return _text(record.msg, "message", note), _texts(args)


def _fields_of(attributes: dict[str, Any], moment: Moment | None) -> dict[str, object]:
    """Give the fields of a record: bound ones, those of the call, attributes added to it.

    Attributes come last: a filter may have changed one.
    """
    if moment is not None:
        fields = moment.fields
    else:
        # A structured logger has given its records all that was bound; they have a context.
        fields = NOTHING if "context" in attributes else bound_fields.get()
    # At once: another thread may add an attribute meanwhile.
    names = [*attributes]
    # Who made the record has added the others behind these, unless somebody took some away.
    if len(names) > LAST_STANDARD and names[LAST_STANDARD] == STANDARD[-1]:
        del names[: len(STANDARD)]
    if not NOT_FIELDS.isdisjoint(names):
        names = [name for name in names if name not in NOT_FIELDS]
    # In Python before 3.12, a comprehension takes as long as three fields.
    extra: dict[str, object] = {}
    for name in names:
        extra[name] = attributes[name]
    return {**fields, **extra} if fields else extra


def _fields_of_message(message: Any, note: Note) -> dict[str, object]:
    """Give the fields of a message that is a mapping."""
    try:
        return {text_of(key): value for key, value in message.items() if key != "message"}
    except Exception as error:
        note("message", f"unreadable: {class_name(type(error))}")
        return {}


def _add(
    fields: Mapping[str, object], line: dict[str, object], taken: frozenset[str], note: Note
) -> None:
    """Add fields to a line, under names that nothing else has."""
    if taken.isdisjoint(fields) and line.keys().isdisjoint(fields):
        line.update(fields)
        return
    for name, value in fields.items():
        free, number = name, 1
        while free in taken or free in line:
            free = f"{name}_" if number == 1 else f"{name}_{number}"
            number += 1
        if free != name:
            note(free, f"renamed from {name}")
        line[free] = value


class NamedArguments(Dict[object, object]):
    """The arguments of a message by name; it knows whether it was used."""

    def __init__(self, given: Mapping[object, object]) -> None:
        super().__init__(given)
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


def _text(value: object, path: str, note: Note) -> str:
    try:
        return text_of(value)
    except Exception as error:
        note(path, f"unreadable: {class_name(type(error))}")
        return f"<unreadable {class_name(type(value))}>"


def _texts(args: Any) -> list[str]:
    """Give arguments as texts."""
    if isinstance(args, tuple):
        return [_text(value, "args", _say_nothing) for value in args]
    try:
        return [f"{key}={value}" for key, value in islice(args.items(), MAX_ITEMS)]
    except Exception:
        return [_text(args, "args", _say_nothing)] if args else []


def _say_nothing(path: str, what: str) -> None:
    """Take no note: the text says it."""


def _context(given: object, note: Note) -> object:
    """Give the context of a record; one that is no mapping under the key value."""
    if is_mapping(given):
        return given
    note("context", "not a mapping")
    return {"value": given}


def _raised(record: logging.LogRecord, note: Note) -> dict[str, object]:
    """Give the exception and the stack of a record, if it has them."""
    raised: dict[str, object] = {}
    info: Any = record.exc_info
    error = info[1] if isinstance(info, tuple) and len(info) == 3 else info
    if isinstance(error, BaseException):
        try:
            raised["exception"] = exception_data(error, note)
        except Exception as failure:
            note("exception", f"unreadable: {class_name(type(failure))}")
            raised["exception"] = {"type": class_name(type(error)), "message": "", "frames": []}
    elif record.exc_text:
        raised["exception"] = exception_of_text(record.exc_text)
    if record.stack_info:
        raised["stack"] = record.stack_info
    return raised
