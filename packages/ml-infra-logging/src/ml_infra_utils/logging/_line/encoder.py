"""Encode anything as strictly valid JSON (RFC 8259) that every parser reads alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import accumulate, islice
from json.encoder import encode_basestring_ascii
from operator import mul
from typing import TYPE_CHECKING, Iterable

from ml_infra_utils.logging._limits import (
    ARRAY_SAMPLE,
    MAX_ALTERED,
    MAX_ARRAY,
    MAX_BYTES,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_DECIMAL_BITS,
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_ITEMS,
    MAX_NOTE,
    MAX_PATH,
    MAX_TEXT,
    MAX_VALUES,
    MIN_INTEGER,
    MIN_TEXT,
)
from ml_infra_utils.logging._line.redaction import REDACTED
from ml_infra_utils.logging._record.text import class_name, qualified_name, text_of

if TYPE_CHECKING:
    from typing import Any

    from ml_infra_utils.logging._line.redaction import Redaction

# Written as their text: the root of the module and the name of a class or its base.
AS_TEXT = {
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("ipaddress", "_BaseAddress"),
    ("ipaddress", "_BaseNetwork"),
    ("pathlib", "PurePath"),
    ("uuid", "UUID"),
}
AS_ISO = {("datetime", "date"), ("datetime", "time")}


class Encoder:
    """Encode the values of one line, and note in `altered` what could not stay as it was.

    `altered` maps the path of a value to what was done. Everything has its limit: characters of a
    text and of a line, items of a container, values of a line, depth.
    """

    def __init__(self, redaction: Redaction | None, non_finite: str) -> None:
        self.altered: dict[str, str] = {}
        self._redaction = redaction
        self._non_finite = non_finite
        self._characters = MAX_CHARACTERS
        self._values = MAX_VALUES
        self._open: set[int] = set()

    def encode(self, value: object, path: str) -> str:
        """Give the JSON text of any object."""
        self._values -= 1
        if self._values < 0:
            self.note(path, f"left out: more than {MAX_VALUES} values in a line")
            return "null"
        if type(value) is str:
            return self.text(value, path)
        identity = id(value)
        if identity in self._open:
            self.note(path, "circular")
            return self.text(f"<circular {class_name(type(value))}>", path)
        if len(self._open) >= MAX_DEPTH:
            self.note(path, f"left out: deeper than {MAX_DEPTH}")
            return self.text(f"<{class_name(type(value))}>", path)
        self._open.add(identity)
        try:
            return self._encode(value, type(value), path)
        except Exception as error:
            self.note(path, f"unreadable: {class_name(type(error))}")
            return self.text(f"<unreadable {class_name(type(value))}>", path)
        finally:
            self._open.discard(identity)

    def note(self, path: str, what: str) -> None:
        """Note what was done to the value at a path."""
        path = path[:MAX_PATH]
        before = self.altered.get(path)
        if before is not None:
            if len(before) < MAX_NOTE and what not in before.split("; "):
                self.altered[path] = f"{before}; {what}"
        elif len(self.altered) < MAX_ALTERED:
            self.altered[path] = what
        else:
            self.altered["..."] = "and more"

    def text(self, text: str, path: str) -> str:
        """Give the JSON string of a text: capped, without secrets and lone surrogates, ASCII."""
        text = str.__str__(text)  # of a subclass that overrides anything, the text itself
        room = max(MIN_TEXT, min(MAX_TEXT, self._characters))
        if len(text) > room:
            self.note(path, f"cut from {len(text)} characters")
            text = text[:room]
        if self._redaction is not None:
            text = self._redaction.clean(text)
        if not text.isascii():
            escaped = text.encode("utf-8", "backslashreplace").decode()
            if escaped != text:
                self.note(path, "lone surrogates escaped")
                text = escaped
        encoded = encode_basestring_ascii(text)
        self._characters -= len(encoded)
        return encoded

    def members(
        self, items: Iterable[tuple[object, object]], path: str, taken: set[str]
    ) -> list[str]:
        """Give ``"key": value`` of each item, under a key that is not taken yet."""
        members = []
        clashes: dict[str, int] = {}
        for count, (key, value) in enumerate(items):
            if count == MAX_ITEMS:
                self.note(path or "...", f"cut after {MAX_ITEMS} items")
                break
            name, note = self._key(key)
            wanted = name
            encoded = self.text(name, _below(path, name))
            if encoded in taken:
                encoded, suffix = _free(encoded, taken, clashes)
                name += suffix
            taken.add(encoded)
            child = _below(path, name)
            if note is not None:
                self.note(child, note)
            if name != wanted:
                self.note(child, f"renamed from {wanted[:MAX_PATH]}")
            if self._redaction is not None and self._redaction.hides(wanted):
                members.append(f'{encoded}: "{REDACTED}"')
            else:
                members.append(f"{encoded}: {self.encode(value, child)}")
        return members

    def _encode(self, value: Any, kind: type, path: str) -> str:
        if value is None:
            return "null"
        if kind is bool:
            return "true" if value else "false"
        if hasattr(kind, "_value2member_map_"):
            return self._encode(value.value, type(value.value), path)
        if issubclass(kind, str):
            return self.text(value, path)
        if issubclass(kind, int):
            return self._integer(int.__int__(value), path)
        if issubclass(kind, float):
            return self._float(float.__float__(value), path)
        if issubclass(kind, (bytes, bytearray, memoryview)):
            return self._bytes(value, kind, path)
        if issubclass(kind, Mapping):
            return self.mapping(list(islice(value.items(), MAX_ITEMS + 1)), path)
        if issubclass(kind, BaseException):
            return self.mapping([("type", qualified_name(kind)), ("message", str(value))], path)
        fields = _fields(value, kind)
        if fields is not None:
            return self.mapping(fields, path)
        if hasattr(kind, "shape") and hasattr(kind, "columns"):
            return self._frame(value, kind, path)
        if hasattr(kind, "dtype") and (hasattr(kind, "tolist") or hasattr(kind, "to_list")):
            return self._array(value, kind, path)
        if issubclass(kind, Set):
            return self._list(_sorted(list(islice(value, MAX_ITEMS + 1))), path)
        if issubclass(kind, (Sequence, type({}.values()))):
            return self._list(list(islice(value, MAX_ITEMS + 1)), path)
        return self._other(value, kind, path)

    def _other(self, value: Any, kind: type, path: str) -> str:
        names = {(base.__module__.partition(".")[0], base.__name__) for base in kind.__mro__}
        if names & AS_ISO:
            text = value.isoformat()
            if text == "NaT":
                self.note(path, "NaT")
                return "null"
            return self.text(text, path)
        if ("datetime", "timedelta") in names:
            return self._float(value.total_seconds(), path)
        if ("pandas", "NAType") in names:
            self.note(path, "NA")
            return "null"
        if names & AS_TEXT or hasattr(kind, "__fspath__"):
            return self.text(str(value), path)
        if issubclass(kind, type):
            return self.text(qualified_name(value), path)
        text = repr(value)
        self.note(path, "repr")
        return self.text(text, path)

    def _key(self, key: Any) -> tuple[str, str | None]:
        """Give the text of a key, and a note if more was done to it than writing it as text."""
        kind = type(key)
        try:
            if hasattr(kind, "_value2member_map_"):
                return self._key(key.value)
            if key is None or kind is bool:
                return ("null" if key is None else "true" if key else "false"), None
            if issubclass(kind, int):
                return _digits(int.__int__(key)), None
            if issubclass(kind, float):
                number = float.__float__(key)
                name = _non_finite_name(number)
                return (repr(number), None) if name is None else (name, f"key {name}")
            return text_of(key), None
        except Exception as error:
            return f"<unreadable {class_name(kind)}>", f"unreadable key: {class_name(type(error))}"

    def _integer(self, value: int, path: str) -> str:
        if MIN_INTEGER <= value <= MAX_INTEGER:
            return repr(value)
        self.note(path, "integer of more than 64 bits as text")
        return self.text(_digits(value), path)

    def _float(self, value: float, path: str) -> str:
        name = _non_finite_name(value)
        if name is None:
            return repr(value)
        self.note(path, name)
        return "null" if self._non_finite == "null" else f'"{name}"'

    def _bytes(self, value: Any, kind: type, path: str) -> str:
        if kind is memoryview:
            length = value.nbytes
            if length > MAX_BYTES and value.c_contiguous:
                value = value.cast("B")[:MAX_BYTES]
            data = value.tobytes()[:MAX_BYTES]
        else:
            # Of a subclass that overrides anything, the bytes themselves.
            base = bytes if issubclass(kind, bytes) else bytearray
            length = base.__len__(value)
            data = bytes(base.__getitem__(value, slice(MAX_BYTES)))
        text = data.decode("utf-8", "backslashreplace")
        if length > len(data):
            self.note(path, f"cut from {length} bytes")
        elif text.encode() != data:
            self.note(path, "bytes that are not UTF-8 escaped")
        return self.text(text, path)

    def mapping(self, items: Iterable[tuple[object, object]], path: str) -> str:
        """Give the JSON object of keys and values."""
        return "{" + ", ".join(self.members(items, path, set())) + "}"

    def _list(self, values: list[object], path: str) -> str:
        if len(values) == 2 and self._redaction is not None and self._redaction.hides_pair(values):
            return f'[{self.encode(values[0], f"{path}.0")}, "{REDACTED}"]'
        if len(values) > MAX_ITEMS:
            self.note(path, f"cut after {MAX_ITEMS} items")
        encode = self.encode
        items = [encode(v, f"{path}.{i}") for i, v in enumerate(values[:MAX_ITEMS])]
        return "[" + ", ".join(items) + "]"

    def _array(self, value: Any, kind: type, path: str) -> str:
        """Encode what has a shape and a dtype: a small one whole, a large one in short."""
        shape = tuple(value.shape)
        # The rows of an array may be many, and empty.
        if max(accumulate(shape, mul), default=1) <= MAX_ARRAY:
            values = self._listed(value, path)
            # NumPy gives a long double back as it is.
            number = type(values) is kind
            return self._float(float(values), path) if number else self.encode(values, path)
        self.note(path, "summarized")
        first = value
        while len(first.shape) > 1 and first.shape[0]:
            first = first[0]
        summary = {
            "type": class_name(kind),
            "shape": shape,
            "dtype": str(value.dtype),
            "values": self._listed(first[:ARRAY_SAMPLE], path),
        }
        return self.mapping(summary.items(), path)

    def _listed(self, array: Any, path: str) -> Any:
        """Give the values of an array as nested lists, times as text."""
        are_times = getattr(array.dtype, "kind", "") in ("m", "M")
        if are_times:
            array = array.astype(str)
        values = array.tolist() if hasattr(array, "tolist") else array.to_list()
        if not are_times:
            return values
        with_gaps = _without_nat(values)
        if with_gaps != values:
            self.note(path, "NaT")
        return with_gaps

    def _frame(self, value: Any, kind: type, path: str) -> str:
        self.note(path, "summarized")
        summary = {
            "type": class_name(kind),
            "shape": tuple(value.shape),
            "columns": [self._key(column)[0] for column in islice(value.columns, MAX_COLUMNS)],
        }
        return self.mapping(summary.items(), path)


def _fields(value: Any, kind: Any) -> list[tuple[object, object]] | None:
    """Give the fields of an instance of a dataclass, an attrs, pydantic or named tuple class.

    Fields that their class keeps out of its repr are kept out here too.
    """
    if hasattr(kind, "__dataclass_fields__"):
        shown = [f.name for f in kind.__dataclass_fields__.values() if f.repr]
    elif hasattr(kind, "__attrs_attrs__"):
        shown = [a.name for a in kind.__attrs_attrs__ if a.repr]
    elif hasattr(kind, "__pydantic_validator__") and hasattr(kind, "model_fields"):
        shown = [name for name, field in kind.model_fields.items() if field.repr]
    elif tuple in kind.__mro__ and hasattr(kind, "_fields"):
        shown = list(kind._fields)
    else:
        return None
    return [(name, getattr(value, name, None)) for name in shown]


def _free(encoded: str, taken: set[str], clashes: dict[str, int]) -> tuple[str, str]:
    """Give a key with something behind it that nothing else has: an underscore, then numbers."""
    number = clashes.get(encoded, 1)
    while True:
        suffix = "_" if number == 1 else f"_{number}"
        free = f'{encoded[:-1]}{suffix}"'
        number += 1
        if free not in taken:
            clashes[encoded] = number
            return free, suffix


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _digits(value: int) -> str:
    return str(value) if value.bit_length() <= MAX_DECIMAL_BITS else hex(value)


def _non_finite_name(value: float) -> str | None:
    if value - value == 0.0:
        return None
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _without_nat(values: Any) -> Any:
    if isinstance(values, list):
        return [_without_nat(value) for value in values]
    return None if values == "NaT" else values


def _sorted(values: list[Any]) -> list[Any]:
    """Give the values in order if they have one, so that equal sets give equal lines."""
    try:
        return sorted(values)
    except TypeError:
        return values
