"""The quick way to JSON, for the values that most lines hold.

It gives the same text as the `Encoder`, which takes what is left to it.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Iterable

from ml_infra_utils.logging._limits import (
    MAX_INTEGER,
    MAX_REMEMBERED,
    MIN_INTEGER,
    PLAIN_DEPTH,
    PLAIN_ITEMS,
    PLAIN_TEXT,
)

if TYPE_CHECKING:
    from typing import Any, Sequence

    from ml_infra_utils.logging._line.redaction import Redaction


class NeedsCareError(Exception):
    """A value that `plain` leaves to the `Encoder`."""


class PlainKeys:
    """The JSON text of keys, each with a comma before and a colon behind it.

    Attributes
    ----------
    known : dict of str to str
        What has been asked for before.
    """

    def __init__(self, redaction: Redaction | None, taken: Iterable[str] = ()) -> None:
        self.known: dict[object, str] = {}
        self._redaction = redaction
        self._taken = frozenset(taken)

    def hides_pair(self, pair: Sequence[object]) -> bool:
        """Tell whether a list of two is the name of a secret and the secret."""
        return (
            type(pair[0]) is str
            and self._redaction is not None
            and self._redaction.hides_pair(pair)
        )

    def learn(self, key: object) -> str:
        """Give the text of a key that is not known yet.

        Raises
        ------
        NeedsCareError
            If the key is no plain text, is taken, or names a secret.
        """
        if type(key) is not str or key in self._taken:
            raise NeedsCareError
        if self._redaction is not None and self._redaction.hides(key):
            raise NeedsCareError
        text = f", {plain(key, self)}: "
        if len(self.known) < MAX_REMEMBERED:
            self.known[key] = text
        return text


def plain(value: Any, keys: PlainKeys, depth: int = 0) -> str:
    """Give the JSON text of a value that most lines hold.

    Raises
    ------
    NeedsCareError
        If the value is of another type, too large, not ASCII, or might hold a secret.
    """
    kind = type(value)
    if kind is str:
        if len(value) <= PLAIN_TEXT and value.isascii():
            if value.isidentifier():
                return f'"{value}"'
            if (
                "=" not in value
                and ":" not in value
                and "earer " not in value
                and "EARER " not in value
            ):
                return encode_basestring_ascii(value)
    elif kind is float:
        if value - value == 0.0:
            return repr(value)
    elif kind is int:
        if MIN_INTEGER <= value <= MAX_INTEGER:
            return repr(value)
    elif kind is bool:
        return "true" if value else "false"
    elif value is None:
        return "null"
    elif kind is dict:
        if depth < PLAIN_DEPTH and len(value) <= PLAIN_ITEMS:
            known, learn = keys.known, keys.learn
            members = [
                (known.get(key) or learn(key)) + plain(item, keys, depth + 1)
                for key, item in value.items()
            ]
            return "{" + "".join(members)[2:] + "}"
    elif (kind is list or kind is tuple) and depth < PLAIN_DEPTH and len(value) <= PLAIN_ITEMS:
        if len(value) == 2 and keys.hides_pair(value):
            raise NeedsCareError
        return "[" + ", ".join([plain(item, keys, depth + 1) for item in value]) + "]"
    raise NeedsCareError
