"""From a record to a line of JSON."""

from __future__ import annotations

import logging
import math
import sys
import time
from itertools import islice
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Iterator, Mapping

from ml_infra_utils.logging._context import bound_fields
from ml_infra_utils.logging._limits import MAX_LINE, MAX_SITES, PLAIN_TEXT
from ml_infra_utils.logging._line.encoder import Encoder
from ml_infra_utils.logging._line.message import message_of
from ml_infra_utils.logging._line.plain import NeedsCareError, PlainKeys, plain
from ml_infra_utils.logging._line.redaction import Redaction
from ml_infra_utils.logging._record.fields import (
    ATTRIBUTE_COUNT,
    FIELDS,
    LAST_ATTRIBUTE,
    RECORD_LAYOUT,
    Fields,
    clock,
    context_of,
    extra_attributes,
    fields_of,
    raised_in,
    timestamp_of,
    trace_ids,
)
from ml_infra_utils.logging._record.text import class_name

if TYPE_CHECKING:
    from typing import Any, Tuple

    Extra = Tuple[Tuple[str, str], ...]

NON_FINITE = ("null", "string")

# What a line calls its own. A field of such a name is renamed, trace ids only if there are two.
OWN_KEYS = (
    "timestamp",
    "level",
    "logger",
    "message",
    "module",
    "function",
    "line",
    "context",
    "exception",
    "stack",
    "trace_id",
    "span_id",
    "_altered",
    "_writer",
    "_sequence",
)

RESERVED_KEYS = frozenset(OWN_KEYS) - {"trace_id", "span_id"}

# The attributes at the end of a record of a `StructuredLogger` that nobody else has touched.
STRUCTURED_TAIL = (FIELDS, "context", LAST_ATTRIBUTE)
UNKNOWN = ("",)


class Site:
    """What the lines of one place in the source have in common.

    Attributes
    ----------
    start, end : str
        What surrounds the message.
    last : tuple
        The last message, and the text from `start` to `end` with it: most are literals.
    extra : tuple
        The names of the extra attributes of the last record that had some, with their JSON text.
    tail : tuple of str
        These names and that of the attribute before them, backwards: a record that ends with them
        has these and no others.
    """

    __slots__ = ("end", "extra", "last", "start", "tail")

    def __init__(self, start: str, end: str) -> None:
        self.start = start
        self.end = end
        self.last: tuple[object, str] = (self, "")
        self.extra: Extra = ()
        self.tail: tuple[str, ...] = UNKNOWN


class JsonFormatter(logging.Formatter):
    """Format a record as one line of strictly valid JSON, for any handler of the standard library.

    The line has the keys ``timestamp`` (ISO 8601, UTC, the moment the record was made),
    ``level``, ``logger``, ``message``, ``module``, ``function`` and ``line``; ``context`` if the
    record has it; each field given with ``extra=``, to a `StructuredLogger` or to `bound`;
    ``exception`` and ``stack`` if there are any; ``trace_id`` and ``span_id`` inside a span of
    OpenTelemetry. It is ASCII, and never fails: what could not be written as it was is named with
    the reason under ``_altered``.

    Parameters
    ----------
    non_finite : {"null", "string"}, default "null"
        What JSON has for NaN and the infinities: null, or "NaN", "Infinity" and "-Infinity".
    redaction : Redaction or None, optional
        Which values are secrets; None writes everything. By default the obvious ones are.

    Raises
    ------
    ValueError
        If `non_finite` is neither of the two.
    TypeError
        If `redaction` is neither a `Redaction` nor None.

    Examples
    --------
    >>> import logging, sys
    >>> handler = logging.StreamHandler(sys.stdout)
    >>> handler.setFormatter(JsonFormatter())
    >>> logger = logging.Logger("train")
    >>> logger.addHandler(handler)
    >>> logger.warning("loss rose to %.1f", 2.5, extra={"epoch": 3, "token": "hf_123"})
    {"timestamp": "...", "level": "WARNING", "logger": "train", "message": "loss rose to 2.5",
     "module": "...", "function": "<module>", "line": 1, "epoch": 3, "token": "[REDACTED]"}
    """

    _last_template = (
        '{"timestamp": "%(time)s+00:00", "level": %(level)s, "logger": %(logger)s, '
        '"message": %(message)s, "_altered": {"...": "left out: %(reason)s"}}'
    )

    def __init__(
        self,
        *,
        non_finite: str = "null",
        redaction: Redaction | None = Redaction(),  # noqa: B008 # it does not change
    ) -> None:
        super().__init__()
        if non_finite not in NON_FINITE:
            raise ValueError(f"non_finite is one of {', '.join(NON_FINITE)}, not {non_finite!r}")
        if redaction is not None and not isinstance(redaction, Redaction):
            raise TypeError(f"redaction is a Redaction, or None for none, not {redaction!r}")
        self._non_finite = non_finite
        self._redaction = redaction
        self._second = (math.inf, "")
        self._sites: dict[tuple[object, ...], Site] = {}
        self._keys = PlainKeys(redaction)
        self._field_keys = PlainKeys(redaction, taken=OWN_KEYS)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without a line break."""
        try:
            # The quick way, for records that hold plain values only; anything else raises.
            if record.exc_info or record.exc_text or record.stack_info:
                raise NeedsCareError
            key = (record.name, record.levelname, record.module, record.funcName, record.lineno)
            site = self._sites.get(key) or self._site(key)
            message, constant = site.last
            if record.msg is not message or record.args:
                constant = self._constant(record, site)
            second, start = self._second
            fraction = record.created - second
            if not 0.0 <= fraction < 1.0:
                second = math.floor(record.created)
                start = f'{{"timestamp": "{clock(second)}.'
                fraction = record.created - second
                self._second = (second, start)
            attributes = record.__dict__
            bound = bound_fields.get()
            more = ""
            if (
                bound
                or len(attributes) != ATTRIBUTE_COUNT
                # A filter may have taken some away: then those that were added are behind.
                or next(reversed(attributes)) != LAST_ATTRIBUTE
            ):
                more = self._more(attributes, bound, site)
            if "opentelemetry.trace" in sys.modules:
                more += "".join(f', "{name}": "{value}"' for name, value in trace_ids())
            microsecond = "%06d" % (fraction * 1e6)  # noqa: UP031 # half the time of int and format
            return f"{start}{microsecond}{constant}{more}}}"
        except Exception:
            return self._careful_line(record)

    def _site(self, key: tuple[object, ...]) -> Site:
        if self._redaction is not None and self._redaction.patterns:
            # Every text has to be searched: there is no quick way.
            raise NeedsCareError
        name, level, module, function, line = (plain(part, self._keys) for part in key)
        site = Site(
            f'+00:00", "level": {level}, "logger": {name}, "message": ',
            f', "module": {module}, "function": {function}, "line": {line}',
        )
        if len(self._sites) < MAX_SITES:
            self._sites[key] = site
        return site

    def _constant(self, record: logging.LogRecord, site: Site) -> str:
        """Give the line from the time zone to the line number."""
        message = record.msg
        if record.args or type(message) is not str:
            if record.args and type(record.args) is not tuple:
                raise NeedsCareError
            return site.start + plain(record.getMessage(), self._keys) + site.end
        constant = site.start + plain(message, self._keys) + site.end
        site.last = (message, constant)
        return constant

    def _more(self, attributes: dict[str, Any], bound: Mapping[str, Any], site: Site) -> str:
        """Give what follows the line number: context and fields."""
        keys = self._keys
        text = ""
        if not bound and "context" not in attributes:
            if tuple(islice(reversed(attributes), len(site.tail))) != site.tail:
                site.extra = self._extra(attributes)
                names = [name for name, _ in site.extra]
                is_whole = [*attributes] == [*RECORD_LAYOUT, *names]
                site.tail = (*reversed(names), LAST_ATTRIBUTE) if is_whole else UNKNOWN
            for key, member in site.extra:
                text += member + plain(attributes[key], keys)
            return text
        if "context" in attributes:
            context = attributes["context"]
            if type(context) is not dict:
                raise NeedsCareError
            text = f', "context": {plain(context, keys)}'
        fields = attributes.get(FIELDS)
        if type(fields) is not Fields:
            fields = {**bound, **extra_attributes(attributes)}
        elif tuple(islice(reversed(attributes), 3)) != STRUCTURED_TAIL:
            raise NeedsCareError
        known, learn = self._field_keys.known, self._field_keys.learn
        for key, value in fields.items():
            text += (known.get(key) or learn(key)) + plain(value, keys)
        return text

    def _extra(self, attributes: dict[str, Any]) -> Extra:
        """Give the names of a record's extra attributes with their JSON text."""
        if FIELDS in attributes:
            raise NeedsCareError
        learn = self._field_keys.learn
        return tuple((name, learn(name)) for name in extra_attributes(attributes))

    def _careful_line(self, record: logging.LogRecord) -> str:
        """Give the line of any record, with a note on what could not be written as it was."""
        try:
            return self._whole_line(record)
        except Exception as error:
            return self._last_line(record, error)

    def _whole_line(self, record: logging.LogRecord) -> str:
        encoder = Encoder(self._redaction, self._non_finite)
        taken: set[str] = set()
        members = encoder.members(self._own(record, encoder), "", taken)
        last = [*raised_in(record, encoder.note), *trace_ids()]
        reserved = RESERVED_KEYS.union(key for key, _ in last)
        taken.update(map(encode_basestring_ascii, reserved))
        members += encoder.members(fields_of(record), "", taken)
        members += encoder.members(last, "", set())
        return self._finished(members, encoder)

    def _finished(self, members: list[str], encoder: Encoder) -> str:
        if encoder.altered:
            altered = Encoder(self._redaction, self._non_finite).encode(encoder.altered, "")
            members.append(f'"_altered": {altered}')
        line = "{" + ", ".join(members) + "}"
        if len(line) > MAX_LINE:
            raise OverflowError(f"a line of {len(line)} characters")
        return line

    def _last_line(self, record: logging.LogRecord, error: Exception) -> str:
        """Give what can be said when there is no room left, on the stack or in memory."""
        level, logger, text = map(self._last_text, (record.levelname, record.name, record.msg))
        return self._last_template % {
            "time": clock(int(time.time())) + ".000000",
            "level": level,
            "logger": logger,
            "message": text,
            "reason": class_name(type(error)),
        }

    def _last_text(self, value: Any) -> str:
        try:
            if not issubclass(type(value), str):
                return '"<unreadable>"'
            text = str.__str__(value)[:PLAIN_TEXT]
            redaction = self._redaction
            # Only a text that may hold a secret takes the room that looking for it does.
            if redaction is not None and (
                redaction.patterns or "=" in text or ":" in text or "earer " in text
            ):
                text = redaction.clean(text)
            return encode_basestring_ascii(text.encode("utf-8", "backslashreplace").decode())
        except Exception:
            return '"<unreadable>"'

    def _own(self, record: logging.LogRecord, encoder: Encoder) -> Iterator[tuple[object, object]]:
        text, arguments = message_of(record, encoder, self._redaction)
        yield "timestamp", timestamp_of(record, encoder.note) + "+00:00"
        yield "level", record.levelname
        yield "logger", record.name
        yield "message", text
        if arguments is not None:
            yield "args", arguments
        yield "module", record.module
        yield "function", record.funcName
        yield "line", record.lineno
        if "context" in vars(record):
            yield "context", context_of(record, encoder.note)
