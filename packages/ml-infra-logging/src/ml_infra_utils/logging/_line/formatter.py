"""From a record to a line of JSON."""

from __future__ import annotations

import logging
import re
import time
from functools import partial
from traceback import TracebackException
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping

from ml_infra_utils.logging._limits import MAX_LINE, MAX_PLACES, MAX_TEXT, MIN_LINE, MIN_TEXT
from ml_infra_utils.logging._line.encoder import Encoder
from ml_infra_utils.logging._line.layout import Layout
from ml_infra_utils.logging._line.message import Messages
from ml_infra_utils.logging._line.redaction import REDACTED, Redaction
from ml_infra_utils.logging._record.fields import (
    OWN_KEYS,
    Notes,
    further_part,
    message_of,
    own_part,
)
from ml_infra_utils.logging._record.origin import ORIGINS
from ml_infra_utils.logging._record.text import class_name
from ml_infra_utils.logging._record.times import clock
from ml_infra_utils.logging._words import described, listed

if TYPE_CHECKING:
    from typing import ClassVar, Literal, TypedDict

    from typing_extensions import Self

    from ml_infra_utils.logging._line.layout import Line, Processor
    from ml_infra_utils.logging._record.exceptions import Note
    from ml_infra_utils.logging._record.times import Zone

    FormatStyle = Literal["%", "{", "$"]

    class LineOptions(TypedDict, total=False):
        """What a formatter of lines takes."""

        redaction: Redaction | None
        rename: Mapping[str, str]
        static: Mapping[str, object]
        drop: Iterable[str]
        order: Iterable[str]
        processors: Iterable[Processor]
        include: Iterable[str]
        timestamp: str
        zone: Zone
        traceback: str | None
        traceback_limit: int | None
        json_default: Callable[[Any], object] | None
        ensure_ascii: bool
        max_text: int
        max_line: int


# What stands for the time and the message in what the lines of one place have in common.
TIME_MARK, MESSAGE_MARK = "<time of the record>", "<message of the record>"
# What a format names, in any of the three styles, that a line has on request only.
NAMED = re.compile(r"(?:%\(|\$\{|\{|\$)(\w+)")
ATTRIBUTES = {
    "process": "process",
    "processName": "process_name",
    "thread": "thread",
    "threadName": "thread_name",
    "taskName": "task",
}
TRACEBACKS = ("data", "text", "text with locals")


class JsonFormatter(logging.Formatter):
    """Format a record as one line of strictly valid JSON, for any handler of the standard library.

    The line has the keys ``timestamp`` (ISO 8601, UTC, the moment the record was made),
    ``level``, ``logger``, ``message``, ``module``, ``function`` and ``line``; ``context`` if the
    record has it; each field given with ``extra=``, to a `StructuredLogger` or to `bound`;
    ``exception`` and ``stack`` if there are any; ``trace_id`` and ``span_id`` inside a span of
    OpenTelemetry. What could not be written as it was is named with the reason in the list
    ``_altered``. A key has values of one type in all lines.

    Parameters
    ----------
    fmt, datefmt, style, validate, defaults
        As for `logging.Formatter`, so that `logging.config` can name this class, also in an ini
        file. Of the format, what a line does not have anyway is included: ``%(process)d``,
        ``%(threadName)s``. `datefmt` is the form of the time, unless `timestamp` says one.
        `defaults` are fields of lines that do not have them.
    redaction : Redaction or None, optional
        Which values are secrets; None writes everything. By default the obvious ones are.
    rename : mapping of str to str, optional
        Other names for keys of the line: ``{"level": "severity"}``.
    static : mapping, optional
        Keys and values that every line gets: ``{"service": "api"}``.
    drop : iterable of str, optional
        Keys that no line has.
    order : iterable of str, optional
        Keys that come first, in this order.
    processors : iterable of callables, optional
        Each takes the finished mapping and gives it back, changed. The line is written without one
        that raises; that is counted in `failed` and told on standard error.
    include : iterable of str, optional
        What else every line has: ``process``, ``process_name``, ``thread``, ``thread_name``,
        ``task``.
    timestamp : str, optional
        How the time is written: ``iso``, as by default, ``epoch`` (seconds), ``epoch_ms``, or a
        format for ``strftime``.
    zone : {"utc", "local"} or datetime.tzinfo, default "utc"
        The time zone of a time that is a text.
    traceback : {"data", "text", "text with locals"}, optional
        Whether an exception also has the text of its traceback, with source lines, in its key
        ``traceback``. By default it has its data only.
    traceback_limit : int, optional
        How many frames that text has at most: the last ones. At least 1.
    json_default : callable, optional
        Gives what stands for a value of a class that is not known, as for `json.dumps`.
    ensure_ascii : bool, default True
        Whether letters beyond ASCII are escaped, so that no stream's encoding can refuse them.
    max_text : int, default 32_768
        Characters of a text; a longer one is cut.
    max_line : int, default 1_000_000
        Bytes of a line; of a longer one, texts and containers are shortened.

    Raises
    ------
    ValueError
        If a name, a limit or a choice is unknown or cannot be; the message says what can.
    TypeError
        If an argument is of another kind.

    Examples
    --------
    >>> import logging, sys
    >>> handler = logging.StreamHandler(sys.stdout)
    >>> handler.setFormatter(JsonFormatter(rename={"level": "severity"}))
    >>> logger = logging.Logger("train")
    >>> logger.addHandler(handler)
    >>> logger.warning("loss rose to %.1f", 2.5, extra={"epoch": 3, "token": "hf_123"})
    {"timestamp": "...", "severity": "WARNING", "logger": "train", "message": "loss rose to 2.5",
     "module": "...", "function": "<module>", "line": 1, "epoch": 3, "token": "[REDACTED]",
     "_altered": [{"path": "token", "what": "redacted"}]}
    """

    # The keys that a line calls its own, in its shape.
    KEYS: ClassVar[tuple[str, ...]] = OWN_KEYS
    TRACEBACK: ClassVar[str] = "data"

    _made_of: tuple[tuple[object, ...], dict[str, object]]

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: FormatStyle = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, object] | None = None,
        redaction: Redaction | None = Redaction(),  # noqa: B008 # it does not change
        rename: Mapping[str, str] = {},
        static: Mapping[str, object] = {},
        drop: Iterable[str] = (),
        order: Iterable[str] = (),
        processors: Iterable[Processor] = (),
        include: Iterable[str] = (),
        timestamp: str | None = None,
        zone: Zone = "utc",
        traceback: str | None = None,
        traceback_limit: int | None = None,
        json_default: Callable[[Any], object] | None = None,
        ensure_ascii: bool = True,
        max_text: int = MAX_TEXT,
        max_line: int = MAX_LINE,
    ) -> None:
        super().__init__(fmt, datefmt, style, validate)
        for name, given, is_of_kind, kind in (
            ("redaction", redaction, isinstance(redaction, Redaction), "a Redaction or None"),
            ("json_default", json_default, callable(json_default), "a callable or None"),
            ("defaults", defaults, isinstance(defaults, Mapping), "a mapping or None"),
            ("ensure_ascii", ensure_ascii, isinstance(ensure_ascii, bool), "a bool"),
        ):
            if not is_of_kind and (given is not None or kind == "a bool"):
                raise TypeError(f"{name} must be {kind}, got {described(given)}")
        traceback = self.TRACEBACK if traceback is None else traceback
        if traceback not in TRACEBACKS:
            raise ValueError(f"traceback must be {listed(TRACEBACKS)}, got {described(traceback)}")
        if traceback_limit is not None:
            _check_limit("traceback_limit", traceback_limit, 1)
        _check_limit("max_text", max_text, MIN_TEXT)
        _check_limit("max_line", max_line, MIN_LINE)
        include = [*include]
        for name in include:
            if name not in ORIGINS:
                raise ValueError(f"include must name {listed(ORIGINS)}, got {described(name)}")
        self._messages = None if redaction is None else Messages(redaction)
        self._clock = clock(datefmt or "iso" if timestamp is None else timestamp, zone)
        named = [] if fmt is None else NAMED.findall(fmt)
        include += [ATTRIBUTES[name] for name in named if name in ATTRIBUTES]
        self._include = tuple(dict.fromkeys(include))
        if defaults:
            processors = [partial(_with_defaults, dict(defaults)), *processors]
        self._traceback = traceback
        self._traceback_limit = traceback_limit
        self._layout = Layout(
            (*self.KEYS, *self._include),
            rename=rename,
            static=static,
            drop=drop,
            order=order,
            processors=processors,
        )
        is_text = isinstance(self._clock(0.0), str)
        is_ours = type(self).shaped is JsonFormatter.shaped
        self._is_plain = is_text and is_ours and not self._layout and not self._include
        self._places: dict[tuple[object, ...], list[str]] = {}
        self._encoder = Encoder(redaction, json_default, ensure_ascii, max_text, max_line)
        if static:
            # Of a line that is too long, more is shortened than what one line differs in.
            whole = Encoder(redaction, json_default, ensure_ascii, max_text)
            least = MIN_LINE + len(whole.careful(static, ()).encode())
            _check_limit("max_line", max_line, least, " with this static")

    def __new__(cls, *args: object, **options: object) -> Self:
        """Keep what it is made of, so that it can be sent to a process that is spawned."""
        formatter = super().__new__(cls)
        formatter._made_of = args, options
        return formatter

    def __reduce__(self) -> tuple[object, ...]:
        args, options = self._made_of
        kind: Callable[..., JsonFormatter] = type(self)
        return partial(kind, *args, **options), ()

    @property
    def failed(self) -> int:
        """How often a processor was left out of a line, since it raised."""
        return self._layout.failures.count

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without a line break."""
        notes = Notes()
        try:
            stamp = self._clock(record.created)
        except Exception as error:
            notes(self.KEYS[0], f"time of writing, for {class_name(type(error))}")
            stamp = self._clock(time.time())
        message: object = record.msg
        args: list[str] = []
        if record.args or type(message) is not str or type(record) is not logging.LogRecord:
            message, args = self._merged(record, notes)
        part = further_part(record, args, self._layout.reserved, notes)
        if "exception" in part and self._traceback != "data":
            self._add_traceback(record, part["exception"], notes)
        if self._is_plain and not notes:
            line = self._line_of_a_known_place(record, stamp, message, part)
            if line is not None:
                return line
        return self._line(record, stamp, message, part, notes)

    def _merged(self, record: logging.LogRecord, note: Note) -> tuple[object, list[str]]:
        """Give the message with its arguments, without those that stand for secrets."""
        message, args = message_of(record, note)
        if record.args and self._messages is not None:
            if args and self._messages.hides(record.msg):
                note("args", "redacted")
                return message, [REDACTED]
            cleaned = None if args else self._messages.cleaned(record)
            if cleaned is not None:
                note("message", "redacted")
                return cleaned, []
        return message, args

    def _line_of_a_known_place(
        self, record: logging.LogRecord, stamp: object, message: object, part: Line
    ) -> str | None:
        """Give the line if nothing in it needs care, None otherwise.

        The lines of one place in the source differ in their time, their message and what follows.
        """
        place = (record.levelname, record.name, record.module, record.funcName, record.lineno)
        pieces = self._places.get(place)
        if pieces is None:
            pieces = self._pieces(record)
            if len(self._places) >= MAX_PLACES:
                self._places.clear()
            self._places[place] = pieces
        end = self._encoder.quick_end(message, part)
        if end is None or not pieces:
            return None
        before, between, after = pieces
        written, rest = end
        rest = f", {rest[1:]}" if rest else "}"
        line = f"{before}{stamp}{between}{written}{after}{rest}"
        return line if self._encoder.fits(line) else None

    def _pieces(self, record: logging.LogRecord) -> list[str]:
        """Give what is before the time, before the message and behind it, in a line of a place."""
        line = self._encoder.quick(own_part(record, TIME_MARK, MESSAGE_MARK), None) or ""
        before, _, rest = line.partition(TIME_MARK)
        between, _, after = rest.partition(f'"{MESSAGE_MARK}"')
        return [before, between, after[:-1]] if after else []

    def _line(
        self,
        record: logging.LogRecord,
        stamp: object,
        message: object,
        part: Line,
        notes: Notes,
    ) -> str:
        """Give the line in the shape and the layout that are wanted, with care if it needs some."""
        for name in self._include:
            part[name] = ORIGINS[name](record)
        line = self.shaped({**own_part(record, stamp, message), **part}, record, notes)
        if self._layout:
            line = self._layout(line, notes)
        if not notes:
            text = self._encoder.quick(line, line.get(self._layout.renamed(self.KEYS[0])))
            if text is not None:
                return text
        return self._encoder.careful(line, [(self.place(path, line), what) for path, what in notes])

    def shaped(self, line: Line, record: logging.LogRecord, note: Note) -> Line:  # noqa: ARG002 # for shapes
        """Give the line in the shape that another program wants; here it is ours."""
        return line

    def place(self, path: str, line: Line) -> str:  # noqa: ARG002 # for shapes
        """Give the path in the finished line of a value of the record."""
        first, dot, rest = path.partition(".")
        return f"{self._layout.renamed(first)}{dot}{rest}"

    def _add_traceback(self, record: logging.LogRecord, exception: object, note: Note) -> None:
        """Add the text of the traceback to the data of an exception."""
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if not isinstance(exception, dict) or error is None:
            return
        text = None
        if self._traceback == "text with locals":
            text = self._traceback_of(error, note, with_locals=True)
        if text is None:
            text = self._traceback_of(error, note, with_locals=False)
        if text is not None:
            exception["traceback"] = text

    def _traceback_of(self, error: BaseException, note: Note, with_locals: bool) -> str | None:
        limit = None if self._traceback_limit is None else -self._traceback_limit
        try:
            found = TracebackException(
                type(error), error, error.__traceback__, limit=limit, capture_locals=with_locals
            )
            return "".join(found.format()).rstrip()
        except Exception as failure:
            # Before Python 3.13, a local that has no repr leaves no text at all.
            what = f"text{' with locals' * with_locals} left out: {class_name(type(failure))}"
            note("exception.traceback", what)
            return None


def _check_limit(name: str, value: object, least: int, where: str = "") -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{name} must be an integer of at least {least:,}{where}, got {described(value)}"
        )


def _with_defaults(defaults: Mapping[str, object], line: Line) -> Line:
    return {**line, **{name: value for name, value in defaults.items() if name not in line}}
