"""Whatever is logged, each parser reads the same line."""

from __future__ import annotations

import json
import logging

import jq
import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.logging import JsonFormatter, Redaction
from tests.logging.encoding import Colour, Config, Level, record, written
from tests.logging.hostile import SHORT_LINE, Point, hostile_objects
from tests.logging.strictly import parse, parse_ours

JQ = jq.compile(".")


class Weird:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.decimals()
    | st.datetimes()
    | st.timedeltas()
    | st.uuids()
    | st.complex_numbers()
    | st.builds(Weird, st.text(st.characters()))
    | st.sampled_from([np.float32("nan"), np.int64(3), np.arange(100), *Colour, *Level])
)


keys = st.text(st.characters()) | st.integers() | st.floats() | st.tuples(st.integers()) | st.none()


anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(keys, inner)
        | st.tuples(inner, inner)
        | st.builds(Config, inner, inner)
        | st.builds(Point, inner, inner)
    ),
    max_leaves=30,
)


@given(value=anything, message=st.text(st.characters()) | anything, key=st.text(st.characters()))
def test_whatever_is_logged_every_parser_reads_the_same_line(
    value: object, message: object, key: str
) -> None:
    made = logging.makeLogRecord({"name": "train", "msg": message})
    vars(made).setdefault(key, value)
    text = JsonFormatter().format(made)
    assert parse_ours(text) == orjson.loads(text)
    assert parse(text).keys() == JQ.input_text(text).first().keys()  # its numbers are rounded


# A pattern has every text searched; a processor has the mapping written as a whole.
WAYS = [
    JsonFormatter(),
    JsonFormatter(processors=[dict]),
    JsonFormatter(redaction=Redaction(patterns=["(?!)"])),
]


@given(anything)
def test_quick_and_careful_way_give_the_same_line(value: object) -> None:
    made = record(value)
    made.context = {"value": value}
    lines = [parse(formatter.format(made)) for formatter in WAYS]
    assert lines == [lines[0]] * len(WAYS)


plain_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(st.characters(codec="ascii"))
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)


@given(plain_json)
def test_plain_json_comes_back_as_it_was(value: object) -> None:
    assert json.loads(json.dumps(value)) == written(value, redaction=None)["value"]


def test_jq_reads_every_hostile_line() -> None:
    formatter = JsonFormatter(max_line=SHORT_LINE)
    lines = [formatter.format(record(value)) for value in hostile_objects().values()]
    assert ["hello"] * len(lines) == [JQ.input_text(line).first()["message"] for line in lines]
