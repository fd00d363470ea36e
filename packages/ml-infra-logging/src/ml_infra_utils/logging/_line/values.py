"""What stands for a value in a line: a plain value, a list, or the items of an object.

A class is recognized by its bases and its attributes, so that no library is imported for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from itertools import accumulate, islice
from operator import mul
from typing import TYPE_CHECKING, Callable, List, Tuple

from ml_infra_utils.logging._limits import (
    ARRAY_SIDE,
    MAX_ARRAY,
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_CORNER,
    MAX_ITEMS,
    MAX_KINDS,
    MAX_ROWS,
)
from ml_infra_utils.logging._record.text import qualified_name, text_of

if TYPE_CHECKING:
    from typing import Any, Iterable

    Note = Callable[[str], None]
    Opener = Callable[[Any, Note], object]

# The root of a module and the name of a class or of one of its bases.
AS_TEXT = {
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("ipaddress", "_BaseAddress"),
    ("ipaddress", "_BaseNetwork"),
    ("pathlib", "PurePath"),
    ("uuid", "UUID"),
}
AS_ISO = {("datetime", "date"), ("datetime", "time")}
AS_SECONDS = {("datetime", "timedelta")}
AS_NULL = {("pandas", "NAType")}


class Items(List[Tuple[object, object]]):
    """The names and the values of an object, in order."""


_openers: dict[type, Opener] = {}


def opened(value: object, note: Note, default: Callable[[Any], object] | None = None) -> object:
    """Give what stands for a value that is not plain, and say in `note` what that changed.

    What is given may hold further values that are not plain. Of a class that is not known, it is
    what `default` gives, unless that raises a TypeError as one for `json.dumps` does.
    """
    kind = type(value)
    opener = _openers.get(kind)
    if opener is None:
        # How a class is opened is found out once.
        opener = _opener_of(kind)
        if len(_openers) >= MAX_KINDS:
            _openers.clear()
        _openers[kind] = opener
    if opener is _repr and default is not None:
        with suppress(TypeError):
            return default(value)
    return opener(value, note)


def _opener_of(kind: Any) -> Opener:
    names = {(base.__module__.partition(".")[0], base.__name__) for base in kind.__mro__}
    rules: tuple[tuple[object, Opener], ...] = (
        (hasattr(kind, "_value2member_map_"), _member),
        (issubclass(kind, str), _text_itself),
        (issubclass(kind, int), lambda value, _: int.__int__(value)),
        (issubclass(kind, float), lambda value, _: float.__float__(value)),
        (issubclass(kind, (bytes, bytearray, memoryview)), _bytes),
        (issubclass(kind, Mapping), _mapping),
        (issubclass(kind, BaseException), _exception),
        (hasattr(kind, "__dataclass_fields__"), _dataclass),
        (hasattr(kind, "__attrs_attrs__"), _attrs),
        (hasattr(kind, "__pydantic_validator__") and hasattr(kind, "model_fields"), _pydantic),
        (issubclass(kind, tuple) and hasattr(kind, "_fields"), _named_tuple),
        (hasattr(kind, "shape") and hasattr(kind, "columns"), _frame),
        (hasattr(kind, "dtype") and hasattr(kind, "index") and hasattr(kind, "items"), _series),
        (hasattr(kind, "dtype") and hasattr(kind, "tolist"), _array),
        (hasattr(kind, "dtype") and hasattr(kind, "to_list"), _array),
        (issubclass(kind, Set), _set),
        (issubclass(kind, (Sequence, type({}.values()))), _sequence),
        (names & AS_ISO, _iso),
        (names & AS_SECONDS, lambda value, _: value.total_seconds()),
        (names & AS_NULL, lambda _, note: note("NA")),
        (names & AS_TEXT or hasattr(kind, "__fspath__"), lambda value, _: str(value)),
        (issubclass(kind, type), lambda value, _: qualified_name(value)),
    )
    return next((opener for holds, opener in rules if holds), _repr)


def _member(value: Any, _: Note) -> object:
    return value.value


def _text_itself(value: Any, _: Note) -> object:
    return text_of(value)


def _bytes(value: Any, note: Note) -> object:
    length = memoryview(value).nbytes
    data = bytes(value)[:MAX_BYTES]
    text = data.decode("utf-8", "backslashreplace")
    if length > len(data):
        note(f"cut from {length} bytes")
    elif text.encode() != data:
        note("bytes that are not UTF-8 escaped")
    return text


def _mapping(value: Any, _: Note) -> object:
    return Items(islice(value.items(), MAX_ITEMS + 1))


def _exception(value: BaseException, _: Note) -> object:
    return Items([("type", qualified_name(type(value))), ("message", str(value))])


# Fields that their class keeps out of its repr are kept out of the line too.
def _dataclass(value: Any, _: Note) -> object:
    return _fields(value, (f.name for f in value.__dataclass_fields__.values() if f.repr))


def _attrs(value: Any, _: Note) -> object:
    return _fields(value, (a.name for a in value.__attrs_attrs__ if a.repr))


def _pydantic(value: Any, _: Note) -> object:
    fields = type(value).model_fields.items()
    return _fields(value, (name for name, field in fields if field.repr))


def _named_tuple(value: Any, _: Note) -> object:
    return Items(zip(value._fields, value))


def _fields(value: object, names: Iterable[str]) -> Items:
    return Items((name, getattr(value, name, None)) for name in names)


def _set(value: Any, _: Note) -> object:
    values = list(islice(value, MAX_ITEMS + 1))
    try:
        # Equal sets give equal lines.
        return sorted(values)
    except TypeError:
        return values


def _sequence(value: Any, _: Note) -> object:
    return list(islice(value, MAX_ITEMS + 1))


def _array(value: Any, note: Note) -> object:
    """Give nested lists of an array, the beginning of each axis if it is large."""
    shape = tuple(value.shape)
    if not shape:
        number = value.item()
        if getattr(value.dtype, "kind", "") in ("m", "M"):
            return _time(str(value), note)
        # NumPy gives a long double back as it is.
        return float(number) if type(number) is type(value) else number
    # The rows of an array may be many, and empty.
    if max(accumulate(shape, mul)) > MAX_ARRAY:
        note(f"cut from shape {shape} of {value.dtype}")
        value = value[:MAX_ARRAY] if len(shape) == 1 else value[_corner(shape)]
    are_times = getattr(value.dtype, "kind", "") in ("m", "M")
    if are_times:
        value = value.astype(str)
    values = value.tolist() if hasattr(value, "tolist") else value.to_list()
    return _times(values, note) if are_times else values


def _corner(shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Give what to keep of each axis: a few of each, one of the first ones if there are many."""
    sides: list[int] = []
    total = 1
    for length in reversed(shape):
        side = ARRAY_SIDE if total * ARRAY_SIDE <= MAX_CORNER else 1
        total *= min(side, length)
        sides.append(side)
    return tuple(slice(side) for side in reversed(sides))


def _times(values: Any, note: Note) -> object:
    if isinstance(values, list):
        return [_times(value, note) for value in values]
    return _time(values, note)


def _time(text: str, note: Note) -> object:
    if text != "NaT":
        return text
    note("NaT")
    return None


def _iso(value: Any, note: Note) -> object:
    return _time(value.isoformat(), note)


def _series(value: Any, note: Note) -> object:
    """Give the values of a series with their labels, unless those are just numbers of rows."""
    if type(value.index).__name__ == "RangeIndex":
        return _array(value, note)
    if len(value) > MAX_ARRAY:
        note(f"cut from {len(value)} items")
        value = value[:MAX_ARRAY]
    return Items(value.items())


def _frame(value: Any, note: Note) -> object:
    """Give the columns of a frame, each with its first rows."""
    rows, columns = value.shape
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        note(f"cut from {rows} rows and {columns} columns")
    head = value[:MAX_ROWS]
    items = head.items() if hasattr(head, "items") else zip(head.columns, head.get_columns())
    return Items(islice(items, MAX_COLUMNS))


def _repr(value: Any, note: Note) -> object:
    text = repr(value)
    note("repr")
    return text
