from __future__ import annotations

import contextlib
import ctypes
import datetime
import io
import ipaddress
import json
import subprocess
import sys
import uuid
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, Iterator

import attr
import numpy as np
import orjson
import pandas
import polars
import pydantic
import pytest

from ml_infra_utils.logging import JsonFormatter, StructuredLogger, configure
from tests.logging.encoding import Colour, Config, Level, record, written
from tests.logging.hostile import (
    HOSTILE,
    SHORT_LINE,
    Point,
    circular,
    deep,
)
from tests.logging.strictly import altered, parse


@attr.s
class Sample:
    size = attr.ib(default=3)
    secret = attr.ib(default="hidden", repr=False)


class Request(pydantic.BaseModel):
    size: int = 3
    key: pydantic.SecretStr = pydantic.SecretStr("hidden")
    secret: str = pydantic.Field("hidden", repr=False)


# What the guide promises.
MAX_TEXT = 32_768
MAX_LINE = 1_000_000
MAX_ITEMS = 1_000

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
    (np.float64(1) / 3, 1 / 3),
    (np.str_("a"), "a"),
    (np.array(7), 7),
    (np.arange(6).reshape(2, 3), [[0, 1, 2], [3, 4, 5]]),
    (np.array(["a", None], dtype=object), ["a", None]),
    (np.datetime64("2026-01-02"), "2026-01-02"),
    (np.array(["2026-01-02"], dtype="M8[ns]"), ["2026-01-02T00:00:00.000000000"]),
    (np.arange(64), [*range(64)]),
    (np.zeros((4, 4, 4)), np.zeros((4, 4, 4)).tolist()),
    (pandas.Series([1, 2]), [1, 2]),
    (pandas.Index(["a", "b"]), ["a", "b"]),
    (pandas.Series(["a", "b", "a"]).value_counts(), {"a": 2, "b": 1}),
    (pandas.Series([2, 1, 2]).value_counts(), {"2": 2, "1": 1}),
    (pandas.DataFrame({"a": [1, 2], "b": [0.5, 1]}), {"a": [1, 2], "b": [0.5, 1.0]}),
    (pandas.DataFrame({"a": [1], "b": ["x"]}).iloc[0], {"a": 1, "b": "x"}),
    (
        pandas.DataFrame({"loss": [1.0, 3.0]}).agg(["min", "max"]),
        {"loss": {"min": 1.0, "max": 3.0}},
    ),
    (polars.Series([1, None]), [1, None]),
    (polars.DataFrame({"a": [1, 2]}), {"a": [1, 2]}),
    (np.array([]), []),
    (np.zeros((2, 0)), [[], []]),
    (np.zeros((0, 1_000)), []),
    (memoryview(b"abcdef")[::2], "ace"),
    (memoryview(ctypes.c_char(b"a")), "a"),
    ({Colour.RED: 1, Level.HIGH: 2, 2**64: 3}, {"red": 1, "3": 2, str(2**64): 3}),
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
    (np.arange(65), [*range(64)], "cut from shape (65,) of int64"),
    (np.zeros((100, 2)), [[0.0, 0.0]] * 8, "cut from shape (100, 2) of float64"),
    (np.zeros((1_000, 0)), [[]] * 8, "cut from shape (1000, 0) of float64"),
    (np.zeros((100, 0, 5)), [[]] * 8, "cut from shape (100, 0, 5) of float64"),
    (2**64, None, f"more than 64 bits: {2**64}"),
    (-(2**63) - 1, None, f"more than 64 bits: {-(2**63) - 1}"),
    ("a\ud800b", "a\\ud800b", "lone surrogates escaped"),
    (b"\xffa", "\\xffa", "bytes that are not UTF-8 escaped"),
    ("x" * (MAX_TEXT + 1), "x" * MAX_TEXT, f"cut from {MAX_TEXT + 1} characters"),
    (list(range(MAX_ITEMS + 1)), list(range(MAX_ITEMS)), f"cut after {MAX_ITEMS} items"),
    (1j, "1j", "repr"),
    (
        pandas.Series(range(65), index=[f"k{number}" for number in range(65)]),
        {f"k{number}": number for number in range(64)},
        "cut from 65 items",
    ),
    (
        pandas.DataFrame({"a": range(100)}),
        {"a": [*range(16)]},
        "cut from 100 rows and 1 columns",
    ),
    (
        polars.DataFrame({"a": range(100)}),
        {"a": [*range(16)]},
        "cut from 100 rows and 1 columns",
    ),
]


@pytest.mark.parametrize(("value", "expected", "note"), ALTERED, ids=[n for *_, n in ALTERED])
def test_value_that_cannot_stay_as_it_was_comes_with_a_note(
    value: object, expected: object, note: str
) -> None:
    line = written(value)
    assert expected == line["value"]
    assert {"value": note} == altered(line)


def depth_of(value: object) -> int:
    return 1 + depth_of(value[0]) if isinstance(value, list) and value else 0


@pytest.mark.parametrize("shape", [(3,), (300,), (2, 2), (90, 90), (32, 3, 224, 224)])
def test_array_of_any_size_has_one_shape_and_few_values(shape: tuple[int, ...]) -> None:
    line = written(np.zeros(shape, dtype=np.int8))
    assert len(shape) == depth_of(line["value"])
    assert np.array(line["value"]).size <= 512


def test_note_names_the_path() -> None:
    line = written({"metrics": [{"loss": float("nan")}]})
    assert [{"path": "value.metrics.0.loss", "what": "NaN"}] == line["_altered"]


def test_keys_that_become_the_same_text_are_all_kept() -> None:
    line = written({1: "a", "1": "b"})
    assert {"1": "a", "1_": "b"} == line["value"]
    assert {"value.1_": "renamed from 1"} == altered(line)


def test_keys_that_are_the_same_once_cut_or_cleaned_are_all_kept() -> None:
    line = written({f"password=x{n}": n for n in range(3)})
    hidden = "password=[REDACTED]"
    assert {hidden: 0, f"{hidden}_": 1, f"{hidden}_2": 2} == line["value"]
    assert [0, 1] == list(written({"k" * 100_000 + str(n): n for n in range(2)})["value"].values())


def test_keys_that_are_no_text_are_their_text() -> None:
    line = written({float("nan"): 1, None: 4, "null": 5, True: 6, 1.5: 7})
    assert {"nan": 1, "null": 4, "null_": 5, "true": 6, "1.5": 7} == line["value"]
    assert {"value.null_": "renamed from null"} == altered(line)


def test_key_that_cannot_be_read_is_named_and_its_neighbours_stay() -> None:
    class Mute:
        def __str__(self) -> str:
            raise ZeroDivisionError

    line = written({"a": 1, Mute(): 2})
    assert {"a": 1, "<unreadable Mute>": 2} == line["value"]
    assert {"value.<unreadable Mute>": "unreadable key: ZeroDivisionError"} == altered(line)


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
@pytest.mark.parametrize("digits", [20, 100, 641, 5_000])
def test_integer_is_told_whatever_the_limit_of_digits(digits: int) -> None:
    line = written(10**digits)
    assert line["value"] is None
    what = altered(line)["value"]
    assert what.startswith("more than 64 bits: 1" if digits < 600 else "more than 64 bits: 0x")


def test_array_that_gives_no_values_is_its_repr() -> None:
    class Dataset:
        shape = (3,)
        dtype = "float32"

        def __repr__(self) -> str:
            return "<dataset>"

    assert "<dataset>" == written(Dataset())["value"]


LONG = [
    ["x" * MAX_TEXT] * 32,
    [{"\U0001f389" * 256 + str(n): n for n in range(300)}] * 4,
    {f"k{n}": "é" * 30_000 for n in range(20)},
]


@pytest.mark.parametrize("value", LONG, ids=["texts", "keys", "object"])
@pytest.mark.parametrize("max_line", [2_048, 32_768, MAX_LINE])
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_line_is_never_longer_than_it_may_be(
    value: object, max_line: int, ensure_ascii: bool
) -> None:
    formatter = JsonFormatter(max_line=max_line, ensure_ascii=ensure_ascii)
    text = formatter.format(record(value))
    # With what a DurableFileHandler adds.
    assert len(text.encode()) + len(', "_writer": "1234567-01234567", "_sequence": 12345678') <= (
        max_line
    )
    line = json.loads(text)
    assert ("train", "hello") == (line["logger"], line["message"])
    assert [{"path": "", "what": f"shortened to {max_line - 120} bytes"}] == line["_altered"][:1]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"max_line": 2_047}, "max_line must be an integer of at least 2,048, got 2047"),
        ({"max_line": "1"}, "max_line must be an integer of at least 2,048, got '1'"),
        ({"max_text": 0}, "max_text must be an integer of at least 64, got 0"),
    ],
)
def test_limit_that_cannot_be_kept_is_an_error(options: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        JsonFormatter(**options)


def test_texts_are_cut_where_the_user_wants() -> None:
    line = written(["x" * 100, "y" * 101], max_text=100)
    assert ["x" * 100, "y" * 100] == line["value"]
    assert {"value.1": "cut from 101 characters"} == altered(line)


def test_letters_beyond_ascii_stay_on_request() -> None:
    value = "naïve ✓ 🎉 \ud800 \u2028"
    text = JsonFormatter(ensure_ascii=False).format(record(value))
    assert "naïve ✓ 🎉 \\\\ud800 \u2028" in text
    assert json.loads(text)["value"] == "naïve ✓ 🎉 \\ud800 \u2028"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_letters_that_a_stream_cannot_hold_are_escaped_as_json_has_them(encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    configure(ensure_ascii=False)
    with contextlib.redirect_stdout(stream):
        StructuredLogger("train").info("naïve ✓ 🎉")
        stream.flush()
    line = json.loads(stream.buffer.getvalue().decode(encoding))  # type: ignore[attr-defined] # BytesIO
    assert "naïve ✓ 🎉" == line["message"]


class Celsius:
    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def __repr__(self) -> str:
        return "<Celsius>"


def test_own_types_are_written_as_the_user_wants() -> None:
    def default(value: object) -> object:
        if isinstance(value, Celsius):
            return {"celsius": value.degrees, "raw": Celsius}
        raise TypeError(f"{value!r} is not JSON")

    line = written([Celsius(1.5), 1j], json_default=default)
    assert [{"celsius": 1.5, "raw": "tests.logging.test_encoder.Celsius"}, "1j"] == line["value"]
    assert {"value.1": "repr"} == altered(line)


def test_own_type_that_stands_for_itself_ends() -> None:
    line = written(Celsius(1.5), json_default=lambda value: [value])
    assert {"circular"} == set(altered(line).values())


def test_circular_reference_is_null_and_told() -> None:
    line = written(circular())
    assert {"list": [None, {"again": None}]} == line["value"]
    assert {"value.list.0": "circular", "value.list.1.again": "circular"} == altered(line)


def test_same_object_twice_is_not_circular() -> None:
    shared = [1]
    assert [[1], [1]] == written([shared, shared])["value"]


def test_depth_is_limited() -> None:
    line = written(deep())
    assert ["deeper than 32"] == list(altered(line).values())


def test_number_of_values_is_limited() -> None:
    line = written([[1] * 900] * 900)
    assert "more than 20000 values in a line" in altered(line).values()
    assert {"path": "", "what": "more values were altered"} == line["_altered"][-1]
    assert 33 == len(line["_altered"])


def test_object_that_cannot_be_read_is_null_and_its_neighbours_stay() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    line = written([1, Broken(), 2])
    assert [1, None, 2] == line["value"]
    assert {"value.1": "unreadable: RuntimeError"} == altered(line)


def test_lazy_frame_is_its_repr() -> None:
    assert {"value": "repr"} == altered(written(polars.DataFrame({"a": [1]}).lazy()))


def test_times_of_pandas_are_iso() -> None:
    assert "2026-01-02T00:00:00" == written(pandas.Timestamp("2026-01-02"))["value"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_object_gives_a_strictly_valid_line(name: str) -> None:
    text = JsonFormatter(max_line=SHORT_LINE).format(record(HOSTILE[name]()))
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


def test_lists_of_lists_without_end_are_not_read_to_their_end() -> None:
    value: object = 1
    for _ in range(4):
        value = [value] * 1_000
    # A trillion values: whoever counts them does not come back.
    assert "more than 20000 values in a line" in altered(written(value)).values()
