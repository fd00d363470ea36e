"""Write a mapping as one line of strictly valid JSON (RFC 8259) that every parser reads alike.

The encoder of the standard library writes every line. Most lines hold plain values and no secret,
which is quickly proven; a mapping for which that fails is made plain first, with care.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TYPE_CHECKING

from ml_infra_utils.logging._limits import (
    LEAST,
    MAX_INTEGER,
    MAX_ITEMS,
    MAX_LINE,
    MAX_NAME,
    MAX_REMEMBERED,
    MAX_SUFFIX,
    MAX_TEXT,
    MAX_VALUES,
    MIN_INTEGER,
    MOST,
    SHORT_TEXT,
)
from ml_infra_utils.logging._line.redaction import NAME_KEYS, is_secret
from ml_infra_utils.logging._line.secret_names import HARMLESS
from ml_infra_utils.logging._line.tidier import Tidier
from ml_infra_utils.logging._line.values import opened

try:
    from json.encoder import c_make_encoder  # type: ignore[attr-defined] # not in the stubs
except ImportError:
    # PyPy has an encoder of its own.
    c_make_encoder = None

if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Mapping

    from ml_infra_utils.logging._line.redaction import Redaction

PLAIN = frozenset({float, bool, type(None)})
# What the name of a secret can be in a list.
NAMES = frozenset({str, bytes})
# The encoder writes subclasses of these as if they were the class itself.
WRITTEN_AS_THEIR_BASE = (str, int, dict, list, tuple)


class NeedsCareError(Exception):
    """A value that the encoder cannot write as it is."""


class Encoder:
    """Write mappings as JSON.

    Parameters
    ----------
    redaction : Redaction or None
        Which values are secrets.
    json_default : callable, optional
        What stands for a value of a class that is not known.
    ensure_ascii : bool, default True
        Whether letters beyond ASCII are escaped.
    max_text, max_line : int
        Characters of a text, bytes of a line.
    """

    def __init__(
        self,
        redaction: Redaction | None,
        json_default: Callable[[Any], object] | None = None,
        ensure_ascii: bool = True,
        max_text: int = MAX_TEXT,
        max_line: int = MAX_LINE,
    ) -> None:
        self._options = (redaction, json_default, ensure_ascii, max_text, max_line)
        self._redaction = redaction
        self._default = json_default
        self._max_text = max_text
        self._max_line = max_line - MAX_SUFFIX
        self._write_text = encode_basestring_ascii if ensure_ascii else encode_basestring
        self._write = self._writer()
        # Short texts and keys that are proven to hold no secret; the kinds of keys that name one.
        self._harmless: set[str] = set()
        self._harmless_keys: set[str] = set()
        self._kinds: dict[str, str] = {}

    def __reduce__(self) -> tuple[object, ...]:
        # What writes cannot be sent to another process.
        return Encoder, self._options

    def quick(self, mapping: Mapping[str, object], stamp: object) -> str | None:
        """Give the line of a mapping if it needs no care, None otherwise.

        `stamp` is the value that is the time: it differs each time, and is no secret.
        """
        texts: list[str] = []
        try:
            if not self._is_plain(mapping, texts, MAX_VALUES):
                return None
            if not self._hold_no_secret([text for text in texts if text is not stamp]):
                return None
            text = self._write(mapping)
        except Exception:
            # A NaN, a lone surrogate, a value that fails when it is read.
            return None
        return text if self.fits(text) else None

    def quick_end(self, message: object, part: Mapping[str, object]) -> tuple[str, str] | None:
        """Give the JSON of a message, and of what else a line ends with, if they need no care."""
        if type(message) is not str:
            return None
        texts = [] if message in self._harmless else [message]
        try:
            if part and not self._is_plain(part, texts, MAX_VALUES):
                return None
            if texts and not self._hold_no_secret(texts):
                return None
            return self._write_text(message), self._write(part) if part else ""
        except Exception:
            # As above.
            return None

    def careful(self, mapping: Mapping[str, object], altered: Iterable[tuple[str, str]]) -> str:
        """Make a mapping plain, and give its line with a list of what could not stay as it was.

        While the line is too long, its texts, containers and depth get half of what they had.
        """
        limits = MOST._replace(text=self._max_text)
        while True:
            tidier = Tidier(self._redaction, self._default, limits, self._max_line)
            if limits.items < MOST.items:
                tidier.note("", f"shortened to {self._max_line} bytes")
            for path, what in altered:
                tidier.note(path, what)
            plain = tidier.mapping(mapping.items())
            if tidier.altered:
                plain["_altered"] = tidier.altered
            text = self._write(plain)
            if self.fits(text) or limits == LEAST:
                return text
            limits = limits.halved()

    def fits(self, text: str) -> bool:
        # A letter has at most four bytes.
        return 4 * len(text) <= self._max_line or len(text.encode()) <= self._max_line

    def _is_plain(self, container: Any, texts: list[str], room: int) -> bool:
        """Tell whether a container can be written as it is; collect texts that are not known.

        With what it contains it has at most `room` values, or it is none.
        """
        if len(container) > room or len(container) > MAX_ITEMS:
            return False
        values = container
        if isinstance(container, dict):
            values = container.values()
            if "value" in container and not container.keys().isdisjoint(NAME_KEYS):
                return False
            if not self._harmless_keys.issuperset(container) and not all(
                map(self._shows, container, values)
            ):
                return False
        else:
            kinds = {*map(type, container)}
            if kinds <= PLAIN:
                return True
            if not NAMES.isdisjoint(kinds) and self._names_secrets(container):
                return False
        for value in values:
            kind = type(value)
            if kind is str:
                if value not in self._harmless:
                    texts.append(value)
            elif kind in PLAIN:
                pass
            elif kind is int:
                if not MIN_INTEGER <= value <= MAX_INTEGER:
                    return False
            elif kind is dict or kind is list or kind is tuple:
                if not self._is_plain(value, texts, room // (len(container) + 1)):
                    return False
            elif issubclass(kind, WRITTEN_AS_THEIR_BASE):
                return False
        return True

    def _shows(self, key: object, value: object) -> bool:
        """Tell whether a key is a plain text that does not hide its value."""
        if type(key) is not str:
            return False
        kind = self._kinds.get(key)
        if kind is None:
            if len(key) > MAX_NAME or not self._hold_no_secret([key]):
                return False
            kind = HARMLESS if self._redaction is None else self._redaction.kind_of(key)
            if len(self._kinds) >= MAX_REMEMBERED:
                self._kinds.clear()
                self._harmless_keys.clear()
            self._kinds[key] = kind
            if kind == HARMLESS:
                self._harmless_keys.add(key)
        # A count of tokens stands under a key that may name a secret.
        return kind == HARMLESS or (
            type(value) in PLAIN or (type(value) is int and not is_secret(value, kind))
        )

    def _names_secrets(self, values: Any) -> bool:
        """Tell whether a list may hold a secret behind its name: a pair, or an option."""
        return self._redaction is not None and any(
            kind != HARMLESS for kind in self._redaction.kinds_in_list(values)
        )

    def _hold_no_secret(self, texts: list[str]) -> bool:
        """Tell whether texts can be written as they are; remember the short ones.

        Raises
        ------
        UnicodeEncodeError
            If a text has a lone surrogate.
        """
        if not texts:
            return True
        joined = "\0".join(texts)
        if len(joined) > self._max_text:
            return False
        redaction = self._redaction
        if redaction is None:
            joined.encode()
        elif not redaction.proves(joined):
            for text in texts:
                if not redaction.proves(text) and redaction.clean(text) != text:
                    return False
        if len(self._harmless) >= MAX_REMEMBERED:
            self._harmless.clear()
        self._harmless.update(text for text in texts if len(text) <= SHORT_TEXT)
        return True

    def _writer(self) -> Callable[[object], str]:
        """Give what writes JSON: the encoder in C, without its own search for circles."""
        if c_make_encoder is None:
            return json.JSONEncoder(
                check_circular=False,
                allow_nan=False,
                ensure_ascii=self._write_text is encode_basestring_ascii,
                default=self._stand_in,
            ).encode
        encode = c_make_encoder(
            *(None, self._stand_in, self._write_text, None, ": ", ", ", False, False, False)
        )
        return lambda value: "".join(encode(value, 0))

    def _stand_in(self, value: object) -> object:
        """Give the encoder what stands for a value of a class that it does not know."""
        found = opened(value, _refuse, self._default)
        texts: list[str] = []
        container = found if type(found) is list else [found]
        if self._is_plain(container, texts, MAX_VALUES) and self._hold_no_secret(texts):
            return found
        raise NeedsCareError


def _refuse(what: str) -> None:
    raise NeedsCareError(what)
