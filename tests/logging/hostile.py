"""Objects that break what reads them, for every output to survive."""

from __future__ import annotations

import ctypes
import threading
from collections import OrderedDict, UserDict, deque
from decimal import Decimal
from enum import Enum, Flag
from typing import Any, Callable, Dict, Iterator, NamedTuple

# Bytes of a line that some of these are too long for; the default takes long to fill.
SHORT_LINE = 32_768


class RaisesInRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


class ReprIsLyingText:
    def __repr__(self) -> str:
        return LyingText("text")


class ReprIsNoText:
    def __repr__(self) -> str:
        return 5  # type: ignore[return-value] # that is what is hostile


class HugeRepr:
    def __repr__(self) -> str:
        return "x" * 40_000


class RaisesInEverything:
    def __getattribute__(self, name: str) -> Any:
        raise ValueError(name)

    def __eq__(self, other: object) -> bool:
        raise ValueError

    def __hash__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        raise ValueError

    def __repr__(self) -> str:
        raise ValueError


class NamelessMeta(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override] # that is what is hostile
        raise ValueError

    def __getattr__(cls, name: str) -> Any:
        raise ValueError


class Nameless(metaclass=NamelessMeta):
    pass


class LyingText(str):
    def __str__(self) -> str:
        raise ValueError

    def __len__(self) -> int:
        return -1 % 7

    def isascii(self) -> bool:
        raise ValueError


class LyingBytes(bytes):
    def __getitem__(self, key: Any) -> Any:
        raise ValueError

    __len__ = __iter__ = __bytes__ = __getitem__  # type: ignore[assignment] # that is what is hostile


class LyingInteger(int):
    def __int__(self) -> int:
        raise ValueError

    __index__ = __repr__ = __str__ = __int__  # type: ignore[assignment] # that is what is hostile


class EndlessList(list):  # type: ignore[type-arg] # a generic base fails on Python 3.8
    def __iter__(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1


class GrowsWhileRead(UserDict):  # type: ignore[type-arg] # likewise
    def __getitem__(self, key: object) -> object:
        self.data[len(self.data)] = 1
        return 1


class ShrinksWhileRead(list):  # type: ignore[type-arg] # likewise
    def __iter__(self) -> Iterator[object]:
        while self:
            yield self.pop()


class RaisesInItems(Dict[str, int]):
    def items(self) -> Any:
        raise OSError("gone")


class BrokenError(Exception):
    def __str__(self) -> str:
        raise ValueError

    @property
    def __notes__(self) -> Any:
        raise ValueError


class Colour(Enum):
    RED = RaisesInRepr()


class Bits(Flag):
    A = 1
    B = 2


class Point(NamedTuple):
    x: object
    y: object


def circular() -> dict[str, object]:
    outer: dict[str, object] = {}
    outer["list"] = [outer, {"again": outer}]
    return outer


def deep(levels: int = 10_000) -> list[object]:
    value: list[object] = []
    for _ in range(levels):
        value = [value]
    return value


def wide() -> object:
    value: object = 1
    for _ in range(3):
        value = [value] * 30
    return value


HOSTILE: dict[str, Callable[[], object]] = {
    "raises in repr": RaisesInRepr,
    "repr is no text": ReprIsNoText,
    "huge repr": HugeRepr,
    "raises in everything": RaisesInEverything,
    "class that has no name": Nameless,
    "the class itself": lambda: Nameless,
    "lying text": lambda: LyingText("text"),
    "lying key": lambda: {LyingText("key"): 1, "other": 2},
    "lying bytes": lambda: LyingBytes(b"bytes"),
    "lying integer": lambda: LyingInteger(5),
    "repr is lying text": ReprIsLyingText,
    "endless list": EndlessList,
    "grows while read": lambda: GrowsWhileRead(a=1, b=2),
    "shrinks while read": lambda: ShrinksWhileRead([1, 2, 3]),
    "raises in items": lambda: RaisesInItems(a=1),
    "broken error": BrokenError,
    "enum of broken": lambda: Colour.RED,
    "flag": lambda: Bits.A | Bits.B,
    "circular": circular,
    "deep": deep,
    "wide": wide,
    "lone surrogate": lambda: "a\ud800b",
    "surrogate in key": lambda: {"\udfff": "\ud83d"},
    "control characters": lambda: "\x00\x1b[31m\x7f\u2028\r\n",
    "huge text": lambda: "é" * 40_000,
    "huge integer": lambda: 10**20_000,
    "huge integer key": lambda: {10**10_000: 1},
    "big integer": lambda: 2**64,
    "not a number": lambda: float("nan"),
    "infinities": lambda: [float("inf"), -float("inf")],
    "decimal": lambda: [Decimal("sNaN"), Decimal("1E+999999")],
    "complex": lambda: complex("nan"),
    "bytes": lambda: b"\xff\x00abc",
    "memoryview": lambda: memoryview(bytearray(b"abc")),
    "memoryview without dimensions": lambda: memoryview(ctypes.c_int(5)),
    "memoryview every other byte": lambda: memoryview(b"abcdef")[::2],
    "keys that are not finite": lambda: {float("nan"): 1, float("inf"): 2, float("-inf"): 3},
    "tuple keys": lambda: {(1, "a"): 1, None: 2, True: 3, 1.5: 4, b"k": 5},
    "keys that clash as text": lambda: {1: "a", "1": "b", None: "c", "null": "d"},
    "huge keys that differ at the end": lambda: {"k" * 40_000 + str(n): n for n in range(3)},
    "keys that differ in a secret": lambda: {f"token={n}": n for n in range(3)},
    "more text than a line may have": lambda: [
        {f"k{n}": "x" * 1_000, "same": 1} for n in range(36)
    ],
    "broken key": lambda: {RaisesInEverything(): 1},
    "deque": lambda: deque([1, 2], maxlen=2),
    "ordered": lambda: OrderedDict(a=1),
    "generator": lambda: (i for i in range(3)),
    "lock": threading.Lock,
    "function": lambda: hostile_objects,
    "module": lambda: threading,
    "named tuple": lambda: Point(RaisesInRepr(), {1, 2}),
    "mixed set": lambda: {1, "a", None},
}


def hostile_objects() -> dict[str, object]:
    return {name: make() for name, make in HOSTILE.items()}
