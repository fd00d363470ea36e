from __future__ import annotations

import ctypes
import datetime
import ipaddress
import json
import subprocess
import sys
import uuid
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Iterator

import attr
import numpy as np
import orjson
import pandas
import polars
import pydantic
import pytest

from ml_infra_utils.logging import JsonFormatter
from ml_infra_utils.logging._limits import MAX_CHARACTERS, MAX_ITEMS, MAX_LINE, MAX_TEXT
from tests.logging.encoding import Colour, Config, Level, record, written
from tests.logging.hostile import (
    HOSTILE,
    LyingBytes,
    LyingText,
    Point,
    circular,
    deep,
    wide,
)
from tests.logging.strictly import parse


@attr.s
class Sample:
    size = attr.ib(default=3)
    secret = attr.ib(default="hidden", repr=False)


class Request(pydantic.BaseModel):
    size: int = 3
    key: pydantic.SecretStr = pydantic.SecretStr("hidden")
    secret: str = pydantic.Field("hidden", repr=False)


WHOLE = [
    ("text", "text"),
    ("naïve ✓ 🎉", "naïve ✓ 🎉"),
    (3, 3),
    (2**64 - 1, 2**64 - 1),
    (-(2**63), -(2**63)),
    (0.1, 0.1),
    (1e300, 1e300),
    (True, True),
    (None, None),
    ({"a": [1, {"b": ()}]}, {"a": [1, {"b": []}]}),
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset("a"), ["a"]),
    ({}.keys(), []),
    ({"a": 1}.values(), [1]),
    (range(3), [0, 1, 2]),
    (b"abc", "abc"),
    (bytearray("é".encode()), "é"),
    (datetime.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05"),
    (datetime.date(2026, 1, 2), "2026-01-02"),
    (datetime.time(3, 4), "03:04:00"),
    (datetime.timedelta(minutes=1.5), 90.0),
    (Decimal("0.10"), "0.10"),
    (Fraction(1, 3), "1/3"),
    (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    (PurePosixPath("a/b"), "a/b"),
    (ipaddress.ip_address("127.0.0.1"), "127.0.0.1"),
    (Colour.RED, "red"),
    (Colour.DARK, [1, 2]),
    (Level.HIGH, 3),
    (Point(1, "b"), {"x": 1, "y": "b"}),
    (Config(0.1, [8, 8]), {"rate": 0.1, "layers": [8, 8]}),
    (Sample(), {"size": 3}),
    (Request().model_copy(update={"key": 1}), {"size": 3, "key": 1}),
    (Config, "tests.logging.encoding.Config"),
    (ValueError("no"), {"type": "ValueError", "message": "no"}),
    ({None: "b", True: "c", (1, 2): "d"}, {"true": "c", "null": "b", "(1, 2)": "d"}),
    (np.float64(0.5), 0.5),
    (np.float32(0.5), 0.5),
    (np.int8(-3), -3),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (np.bool_(True), True),
    (np.longdouble(0.5), 0.5),
    (np.str_("a"), "a"),
    (np.array(7), 7),
    (np.arange(6).reshape(2, 3), [[0, 1, 2], [3, 4, 5]]),
    (np.array(["a", None], dtype=object), ["a", None]),
    (np.datetime64("2026-01-02"), "2026-01-02"),
    (np.array(["2026-01-02"], dtype="M8[ns]"), ["2026-01-02T00:00:00.000000000"]),
    (np.array([]), []),
    (np.zeros((2, 0)), [[], []]),
    (np.zeros((0, 1_000)), []),
    (LyingText("text"), "text"),
    (LyingBytes(b"bytes"), "bytes"),
    (memoryview(b"abcdef")[::2], "ace"),
    (memoryview(ctypes.c_char(b"a")), "a"),
    ({LyingText("key"): 1, "other": 2}, {"key": 1, "other": 2}),
    ({Colour.RED: 1, Level.HIGH: 2, 2**64: 3}, {"red": 1, "3": 2, str(2**64): 3}),
    ({10**5_000: 1}, {hex(10**5_000): 1}),
]


@pytest.mark.parametrize(("value", "expected"), WHOLE, ids=[repr(e) for _, e in WHOLE])
def test_value_is_written_whole(value: object, expected: object) -> None:
    line = written(value)
    assert expected == line["value"]
    assert "_altered" not in line


ALTERED = [
    (float("nan"), None, "NaN"),
    (float("inf"), None, "Infinity"),
    (np.float32("-inf"), None, "-Infinity"),
    (pandas.NaT, None, "NaT"),
    (pandas.NA, None, "NA"),
    (np.datetime64("NaT", "s"), None, "NaT"),
    (np.array(["NaT", "2026-01-02"], "M8[D]"), [None, "2026-01-02"], "NaT"),
    (
        np.zeros((1_000, 0)),
        {"type": "ndarray", "shape": [1_000, 0], "dtype": "float64", "values": []},
        "summarized",
    ),
    (
        np.zeros((100, 0, 5)),
        {"type": "ndarray", "shape": [100, 0, 5], "dtype": "float64", "values": []},
        "summarized",
    ),
    (2**64, str(2**64), "integer of more than 64 bits as text"),
    ("a\ud800b", "a\\ud800b", "lone surrogates escaped"),
    (b"\xffa", "\\xffa", "bytes that are not UTF-8 escaped"),
    ("x" * (MAX_TEXT + 1), "x" * MAX_TEXT, f"cut from {MAX_TEXT + 1} characters"),
    (list(range(MAX_ITEMS + 1)), list(range(MAX_ITEMS)), f"cut after {MAX_ITEMS} items"),
    (1j, "1j", "repr"),
    (
        np.zeros((10, 10), dtype=np.int16),
        {"type": "ndarray", "shape": [10, 10], "dtype": "int16", "values": [0] * 8},
        "summarized",
    ),
]


@pytest.mark.parametrize(("value", "expected", "note"), ALTERED, ids=[n for *_, n in ALTERED])
def test_value_that_cannot_stay_as_it_is_comes_with_a_note(
    value: object, expected: object, note: str
) -> None:
    line = written(value)
    assert expected == line["value"]
    assert {"value": note} == line["_altered"]


def test_note_names_the_path() -> None:
    line = written({"metrics": [{"loss": float("nan")}]})
    assert {"value.metrics.0.loss": "NaN"} == line["_altered"]


def test_non_finite_numbers_are_texts_by_choice() -> None:
    line = written([float("nan"), float("inf"), -float("inf")], non_finite="string")
    assert ["NaN", "Infinity", "-Infinity"] == line["value"]


def test_unknown_choice_for_non_finite_numbers_is_an_error() -> None:
    with pytest.raises(ValueError, match="one of null, string, not 'zero'"):
        JsonFormatter(non_finite="zero")


def test_keys_that_become_the_same_text_are_all_kept() -> None:
    line = written({1: "a", "1": "b"})
    assert {"1": "a", "1_": "b"} == line["value"]
    assert {"value.1_": "renamed from 1"} == line["_altered"]


def test_keys_that_are_the_same_once_cut_or_cleaned_are_all_kept() -> None:
    line = written({f"token={n}": n for n in range(3)})
    hidden = "token=[REDACTED]"
    assert {hidden: 0, f"{hidden}_": 1, f"{hidden}_2": 2} == line["value"]
    assert [0, 1] == list(written({"k" * 100_000 + str(n): n for n in range(2)})["value"].values())


def test_keys_that_are_not_finite_are_told_apart_and_marked() -> None:
    line = written({float("nan"): 1, float("inf"): 2, -float("inf"): 3, None: 4, "null": 5})
    assert {"NaN": 1, "Infinity": 2, "-Infinity": 3, "null": 4, "null_": 5} == line["value"]
    assert {
        "value.NaN": "key NaN",
        "value.Infinity": "key Infinity",
        "value.-Infinity": "key -Infinity",
        "value.null_": "renamed from null",
    } == line["_altered"]


def test_note_on_a_key_stays_beside_that_on_its_value() -> None:
    line = written({float("nan"): float("nan")})
    assert {"value.NaN": "key NaN; NaN"} == line["_altered"]


def test_key_that_cannot_be_read_is_named_and_its_neighbours_stay() -> None:
    class Mute:
        def __str__(self) -> str:
            raise ZeroDivisionError

    line = written({"a": 1, Mute(): 2})
    assert {"a": 1, "<unreadable Mute>": 2} == line["value"]
    assert {"value.<unreadable Mute>": "unreadable key: ZeroDivisionError"} == line["_altered"]


@pytest.fixture
def _few_digits() -> Iterator[None]:
    """Have Python refuse to write more than 640 digits, the least that it can be told."""
    if not hasattr(sys, "set_int_max_str_digits"):  # it came with a patch release
        yield
        return
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    yield
    sys.set_int_max_str_digits(before)


@pytest.mark.usefixtures("_few_digits")
@pytest.mark.parametrize("digits", [20, 600, 641, 5_000])
def test_integer_is_written_whatever_the_limit_of_digits(digits: int) -> None:
    value = 10**digits
    line = written({"value": value, value: "key"})["value"]
    text = line.pop("value")
    assert value == int(text, 0 if text.startswith("0x") else 10)
    assert {text: "key"} == line


def test_array_that_gives_no_values_is_its_repr() -> None:
    class Dataset:
        shape = (3,)
        dtype = "float32"

        def __repr__(self) -> str:
            return "<dataset>"

    assert "<dataset>" == written(Dataset())["value"]


def test_line_is_never_longer_than_the_reader_takes() -> None:
    keys = {"\U0001f389" * 64 + str(n): n for n in range(MAX_ITEMS)}
    text = JsonFormatter().format(record([keys] * 20))
    assert len(text) <= MAX_LINE
    assert {"...": "left out: OverflowError"} == parse(text)["_altered"]


def test_circular_reference_is_named() -> None:
    line = written(circular())
    assert {"list": ["<circular dict>", {"again": "<circular dict>"}]} == line["value"]
    assert "circular" == line["_altered"]["value.list.0"]


def test_same_object_twice_is_not_circular() -> None:
    shared = [1]
    assert [[1], [1]] == written([shared, shared])["value"]


def test_depth_is_limited() -> None:
    line = written(deep())
    assert ["left out: deeper than 32"] == list(line["_altered"].values())


def test_number_of_values_is_limited() -> None:
    line = written(wide())
    assert len(json.dumps(line)) < 2 * MAX_CHARACTERS
    assert "and more" == line["_altered"]["..."]


def test_length_of_a_line_is_limited() -> None:
    line = written(["x" * MAX_TEXT] * MAX_ITEMS)
    assert len(json.dumps(line)) < MAX_CHARACTERS + 100_000


def test_object_that_cannot_be_read_is_named_and_its_neighbours_stay() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    line = written([1, Broken(), 2])
    assert [1, "<unreadable Broken>", 2] == line["value"]
    assert {"value.1": "unreadable: RuntimeError"} == line["_altered"]


def test_stack_that_is_nearly_used_up_costs_detail_but_no_line() -> None:
    formatter = JsonFormatter()
    lines = []

    def descend() -> None:
        with suppress(RecursionError):
            try:
                descend()
            finally:
                if len(lines) < 30:
                    lines.append(formatter.format(record(circular())))

    descend()
    assert 30 == len(lines)
    assert {"hello"} == {parse(line)["message"] for line in lines}


def test_pandas_objects_are_written_in_short() -> None:
    frame = pandas.DataFrame({"a": range(100), "b": 0.5})
    expected = {"type": "DataFrame", "shape": [100, 2], "columns": ["a", "b"]}
    assert expected == written(frame)["value"]
    series = written(frame["a"])["value"]
    assert {"type": "Series", "shape": [100], "dtype": "int64", "values": [*range(8)]} == series
    assert [0.5, 0.5] == written(frame["b"][:2])["value"]
    assert "2026-01-02T00:00:00" == written(pandas.Timestamp("2026-01-02"))["value"]
    assert {"value": "NA"} == written(pandas.NA)["_altered"]


def test_polars_objects_are_written_in_short() -> None:
    frame = polars.DataFrame({"a": range(100)})
    expected = {"type": "DataFrame", "shape": [100, 1], "columns": ["a"]}
    assert expected == written(frame)["value"]
    expected = {"type": "Series", "shape": [100], "dtype": "Int64", "values": [*range(8)]}
    assert expected == written(frame["a"])["value"]
    assert "repr" == written(frame.lazy())["_altered"]["value"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_object_gives_a_strictly_valid_line(name: str) -> None:
    text = JsonFormatter().format(record(HOSTILE[name]()))
    assert "hello" == parse(text)["message"]
    assert "hello" == orjson.loads(text)["message"]


def test_no_library_is_imported_to_recognize_its_objects() -> None:
    code = (
        "import sys, logging; from ml_infra_utils.logging import JsonFormatter; "
        "JsonFormatter().format(logging.makeLogRecord({'value': object(), 'other': {1, 2}})); "
        "print({'numpy', 'pandas', 'torch', 'decimal', 'uuid', 'dataclasses'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    assert "set()" == done.stdout.strip()
