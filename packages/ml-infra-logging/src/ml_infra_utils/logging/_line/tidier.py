"""Make any value plain: what JSON can hold, without secrets, within limits, each change noted."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from ml_infra_utils.logging._limits import (
    MAX_DECIMAL_BITS,
    MAX_INTEGER,
    MAX_NOTE,
    MAX_PATH,
    MAX_VALUES,
    MIN_INTEGER,
    MIN_TEXT,
)
from ml_infra_utils.logging._line.redaction import REDACTED, is_secret
from ml_infra_utils.logging._line.secret_names import HARMLESS
from ml_infra_utils.logging._line.values import Items, opened
from ml_infra_utils.logging._record.text import class_name, text_of

if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Sequence

    from ml_infra_utils.logging._limits import Limits
    from ml_infra_utils.logging._line.redaction import Redaction


class Tidier:
    """Make the values of one line plain.

    Parameters
    ----------
    redaction : Redaction or None
        Which values are secrets.
    json_default : callable or None
        What stands for a value of a class that is not known.
    limits : Limits
        How long a text may be, how many items a container may have, and so on.
    room : int
        Characters of all texts together; what comes behind them is cut short.

    Attributes
    ----------
    altered : list of dict
        The path of each value that could not stay as it was, and what was done to it.
    """

    def __init__(
        self,
        redaction: Redaction | None,
        json_default: Callable[[Any], object] | None,
        limits: Limits,
        room: int,
    ) -> None:
        self.altered: list[dict[str, object]] = []
        self._redaction = redaction
        self._default = json_default
        self._limits = limits
        self._room = room
        self._values = MAX_VALUES
        self._open: set[int] = set()

    def note(self, path: str, what: str) -> None:
        """Note what was done to the value at a path."""
        if len(self.altered) < self._limits.notes:
            self.altered.append({"path": path[:MAX_PATH], "what": what[:MAX_NOTE]})
        elif len(self.altered) == self._limits.notes:
            self.altered.append({"path": "", "what": "more values were altered"})

    def mapping(
        self, items: Iterable[tuple[object, object]], path: str = "", kind: str = HARMLESS
    ) -> dict[str, object]:
        """Give the object of names and values, each under a name that nothing else has.

        All of them are secrets of a kind if the name of the object is one of secrets.
        """
        given = [*islice(items, self._limits.items + 1)]
        if len(given) > self._limits.items:
            self.note(path, f"cut after {self._limits.items} items")
            del given[-1]
        self._values -= len(given)
        names = [self._name(key, path) for key, _ in given]
        values = [value for _, value in given]
        kinds = [kind] * len(given)
        if kind == HARMLESS and self._redaction is not None:
            kinds = self._redaction.kinds_in_object(names, values)
        plain: dict[str, object] = {}
        for wanted, value, each in zip(names, values, kinds):
            name, number = wanted, 1
            while name in plain:
                name = f"{wanted}_" if number == 1 else f"{wanted}_{number}"
                number += 1
            below = f"{path}.{name}" if path else name
            if name != wanted:
                self.note(below, f"renamed from {wanted}")
            plain[name] = self.value(value, below, each)
        return plain

    def value(self, value: object, path: str, kind: str = HARMLESS) -> object:
        """Give any value as a plain one, without what is a secret under a name of this kind."""
        given: Any = value
        if value is None or value is True or value is False:
            return value
        if type(value) is str:
            return self._text(value, path, kind)
        if type(value) is int or type(value) is float:
            return self._number(given, path, kind)
        if self._values < 0:
            return self._left_out(path, f"more than {MAX_VALUES} values in a line")
        if id(value) in self._open:
            return self._left_out(path, "circular")
        if len(self._open) >= self._limits.depth:
            return self._left_out(path, f"deeper than {self._limits.depth}")
        self._open.add(id(value))
        try:
            return self._opened(given, path, kind)
        except Exception as error:
            return self._left_out(path, f"unreadable: {class_name(type(error))}")
        finally:
            self._open.discard(id(value))

    def _opened(self, value: Any, path: str, kind: str) -> object:
        if type(value) is dict:
            return self.mapping([*value.items()], path, kind)
        if type(value) is list or type(value) is tuple:
            return self._list(value, path, kind)
        found: Any = opened(value, lambda what: self.note(path, what), self._default)
        if type(found) is Items:
            return self.mapping(found, path, kind)
        if type(found) is list:
            return self._list(found, path, kind)
        return self.value(found, path, kind)

    def _list(self, values: Sequence[object], path: str, kind: str) -> list[object]:
        if len(values) > self._limits.items:
            self.note(path, f"cut after {self._limits.items} items")
            values = values[: self._limits.items]
        self._values -= len(values)
        kinds = [kind] * len(values)
        if kind == HARMLESS and self._redaction is not None:
            kinds = self._redaction.kinds_in_list(values)
        return [
            self.value(value, f"{path}.{index}", each)
            for index, (value, each) in enumerate(zip(values, kinds))
        ]

    def _text(self, text: str, path: str, kind: str) -> str:
        if is_secret(text, kind):
            self.note(path, "redacted")
            return REDACTED
        most = max(MIN_TEXT, min(self._limits.text, self._room))
        if len(text) > most:
            self.note(path, f"cut from {len(text)} characters")
            text = text[:most]
        self._room -= len(text)
        cleaned = self._cleaned(text)
        if cleaned != text:
            self.note(path, "redacted")
            text = cleaned
        if not text.isascii():
            escaped = text.encode("utf-8", "backslashreplace").decode()
            if escaped != text:
                self.note(path, "lone surrogates escaped")
                text = escaped
        return text

    def _cleaned(self, text: str) -> str:
        """Give a text without its secrets."""
        if self._redaction is None:
            return text
        # The proof takes a fiftieth of the time; it refuses lone surrogates.
        with suppress(UnicodeEncodeError):
            if self._redaction.proves(text):
                return text
        return self._redaction.clean(text)

    def _number(self, number: Any, path: str, kind: str) -> object:
        if is_secret(number, kind):
            # Not a text: a key has values of one type.
            return self._left_out(path, "redacted")
        if type(number) is float:
            if number - number == 0.0:
                return number
            name = "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"
            return self._left_out(path, name)
        if MIN_INTEGER <= number <= MAX_INTEGER:
            return number
        digits = str(number) if number.bit_length() <= MAX_DECIMAL_BITS else hex(number)
        return self._left_out(path, f"more than 64 bits: {digits}")

    def _left_out(self, path: str, what: str) -> object:
        self.note(path, what)
        return None

    def _name(self, key: Any, path: str) -> str:
        """Give the text of a key."""
        if key is None or key is True or key is False:
            return {None: "null", True: "true", False: "false"}[key]
        try:
            text = text_of(key.value if hasattr(type(key), "_value2member_map_") else key)
        except Exception as error:
            text = f"<unreadable {class_name(type(key))}>"
            self.note(f"{path}.{text}", f"unreadable key: {class_name(type(error))}")
        return self._text(text, path, HARMLESS)
