from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.logging import JsonFormatter, Redaction
from tests.logging.encoding import record, written
from tests.logging.secrets_table import (
    HARMLESS_NAMES,
    HELD_OUT_HARMLESS,
    HELD_OUT_NAMES,
    MISSED,
    NAMES,
    NAMES_OF_RANDOM,
    NEGATIVES,
    POSITIVES,
    RANDOM,
    S,
)
from tests.logging.strictly import altered, parse


@pytest.mark.parametrize(("value", "secret"), POSITIVES, ids=[repr(v)[:80] for v, _ in POSITIVES])
def test_secret_is_hidden_and_told(value: object, secret: str) -> None:
    line = written(value)
    assert secret not in json.dumps(line, ensure_ascii=False)
    assert "redacted" in altered(line).values()


def test_names_of_secrets_that_the_rule_was_not_made_with_are_found() -> None:
    redaction = Redaction()
    shown = {name for name in HELD_OUT_NAMES if not redaction.hides(name, RANDOM)}
    assert MISSED == shown


@pytest.mark.parametrize("value", ["the", "bert-base", "mean", 5, 512, 0.5, True, None])
def test_harmless_names_that_the_rule_was_not_made_with_are_shown(value: object) -> None:
    redaction = Redaction()
    assert [] == [name for name in HELD_OUT_HARMLESS if redaction.hides(name, value)]


@pytest.mark.parametrize("value", NEGATIVES, ids=[repr(value)[:80] for value in NEGATIVES])
def test_what_is_no_secret_is_shown(value: object) -> None:
    line = written(value)
    assert json.loads(json.dumps(value)) == line["value"]
    assert "_altered" not in line


@pytest.mark.parametrize("name", NAMES)
def test_name_of_a_secret_is_one_with_words_before_it(name: str) -> None:
    for longer in (f"my_{name}", f"x-{name}", f"the.{name}", f"{name}_old", f"{name} value"):
        assert {longer: "[REDACTED]"} == written({longer: RANDOM})["value"]


@pytest.mark.parametrize("name", [*NAMES, *NAMES_OF_RANDOM])
def test_name_of_a_secret_is_none_with_a_word_behind_it(name: str) -> None:
    for longer in (f"{name}_id_count", f"{name}-policy", f"{name} rotation"):
        assert {longer: RANDOM} == written({longer: RANDOM})["value"]


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_harmless_name_is_harmless_in_a_text_too(name: str) -> None:
    for text in (f"{name}={S}", f"{{'{name}': '{S}'}}", f"--{name} {S}", f"{name}    {S}"):
        assert text == written(text)["value"]


@pytest.mark.parametrize("name", NAMES)
def test_name_of_a_secret_hides_in_a_text_too(name: str) -> None:
    for text in (f"{name}={S}", f"{{'{name}': '{S}'}}", f"--{name} {S}", f"{name}    {S}"):
        assert text.replace(S, "[REDACTED]") == written(text)["value"]


SHAPES = [
    ("login password=hunter2 ok", "login password=[REDACTED] ok"),
    ("{'password': 'a b', 'user': 'me'}", "{'password': '[REDACTED]', 'user': 'me'}"),
    ('{"password": "a\\"b", "n": 1}', '{"password": "[REDACTED]", "n": 1}'),
    ("secret: b'abc', next", "secret: b'[REDACTED]', next"),
    ('{"password":["a","b"]}', '{"password":[REDACTED]}'),
    ("https://me:p@ss@host/x?token=a&y=1", "https://me:[REDACTED]@host/x?token=[REDACTED]&y=1"),
    ("postgres://me:p/w/x=@host/a@b", "postgres://me:[REDACTED]@host/a@b"),
    ("Cookie: a=b; c=d\nHost: x", "Cookie: [REDACTED]\nHost: x"),
    ("run --password S3 --lr 0.1", "run --password [REDACTED] --lr 0.1"),
    ("-----BEGIN PRIVATE KEY-----\na\n-----END PRIVATE KEY----- x", "[REDACTED] x"),
    ("password=a&b next", "password=[REDACTED] next"),
    ("password=a,b;c)d, user=me", "password=[REDACTED], user=me"),
    ("f(token=abc).g(3)", "f(token=[REDACTED]).g(3)"),
    ("token=abc,max_tokens=5;host=db", "token=[REDACTED],max_tokens=5;host=db"),
    ("password=a token=b secret=c", "password=[REDACTED] token=[REDACTED] secret=[REDACTED]"),
]


@pytest.mark.parametrize(("text", "expected"), SHAPES)
def test_no_more_than_the_secret_is_hidden_wherever_the_text_is(text: str, expected: str) -> None:
    made = logging.makeLogRecord({"msg": text, "note": text, "context": {"notes": [text]}})
    line = parse(JsonFormatter().format(made))
    assert [expected] * 3 == [line["message"], line["note"], line["context"]["notes"][0]]
    assert {"message", "note", "context.notes.0"} == set(altered(line))
    assert expected == written(expected)["value"]


def test_object_under_the_name_of_a_secret_keeps_its_shape() -> None:
    line = written({"credentials": {"user": "me", "age": 5, "keys": ["a", None], "pin": 123_456}})
    hidden = "[REDACTED]"
    expected = {"user": hidden, "age": 5, "keys": [hidden, None], "pin": None}
    assert {"credentials": expected} == line["value"]
    paths = ("user", "keys.0", "pin")
    assert {f"value.credentials.{path}": "redacted" for path in paths} == altered(line)


MERGED: list[tuple[str, tuple[object, ...], str]] = [
    ("token=%s", ("abc",), "token=[REDACTED]"),
    ("%s", ({"token": "abc"}, *()), "{'token': '[REDACTED]'}"),
    ("password=%s", ("correct horse",), "password=[REDACTED]"),
    ("%s: password=%r, next %d", ("a", "b, c", 5), "a: password=[REDACTED], next 5"),
    ("token: %s", ('a"b c',), "token: [REDACTED]"),
    ("100%% of token=%d left", (5,), "100% of token=5 left"),
    ("max_tokens=%d at %.1f%%", (512, 2.5), "max_tokens=512 at 2.5%"),
    ("pin password=%d", (123_456,), "pin password=[REDACTED]"),
    ("postgres://me:%s@host/%s", ("p /w", "db"), "postgres://me:[REDACTED]@host/db"),
    ("%s at %.1f%% of x=%5d", ("a", 2.5, 3), "a at 2.5% of x=    3"),
    ("%(token)s of %(user)s", ({"token": "a", "user": "me"},), "[REDACTED] of me"),
    ("%(max_tokens)d of %(user)s", ({"max_tokens": 5, "user": "me"},), "5 of me"),
]


@pytest.mark.parametrize(("template", "args", "expected"), MERGED)
def test_argument_that_stands_for_a_secret_is_hidden_whole(
    template: str, args: tuple[object, ...], expected: str
) -> None:
    made = logging.LogRecord("a", 20, "a.py", 1, template, args, None)
    assert expected == parse(JsonFormatter().format(made))["message"]


def test_arguments_that_do_not_fit_a_message_with_a_secret_are_hidden() -> None:
    made = logging.LogRecord("a", 20, "a.py", 1, "%d password=%s", ("bob", S), None)
    line = parse(JsonFormatter().format(made))
    assert ("%d password=%s", ["[REDACTED]"]) == (line["message"], line["args"])


def test_names_and_patterns_can_be_added_and_taken_away() -> None:
    redaction = Redaction(
        extra=["Social-Security", "pin"], exclude=["cookie"], patterns=["[0-9]{16}"]
    )
    value = {"social_security": "a", "my_pin": "b", "cookie": "c", "card": "x 1234567812345678"}
    line = written([value, "Pin=e; cookie: f", {"1234567812345678": 1}], redaction=redaction)
    hidden = "[REDACTED]"
    assert [
        {"social_security": hidden, "my_pin": hidden, "cookie": "c", "card": f"x {hidden}"},
        f"Pin={hidden}; cookie: f",
        {hidden: 1},
    ] == line["value"]


@pytest.mark.parametrize("value", [1, 1234, "1234", "12ab"])
def test_small_integers_are_secrets_under_names_of_the_users_own(value):
    redaction = Redaction(extra=["pin"])

    assert redaction.hides("card_pin", value)
    assert "card_pin=[REDACTED], spin=1" == redaction.clean(f"card_pin={value}, spin=1")
    assert not redaction.hides("password", 1234)


@pytest.mark.parametrize("value", [True, None, 2.5])
def test_what_is_no_text_and_no_integer_is_never_a_secret(value):
    assert not Redaction(extra=["pin"]).hides("pin", value)


def test_redaction_can_be_asked() -> None:
    redaction = Redaction()
    assert redaction.hides("db_password", "x")
    assert not redaction.hides("max_tokens", 512)
    assert "password=[REDACTED]" == redaction.clean("password=x")


def test_redaction_can_be_turned_off() -> None:
    made = logging.makeLogRecord({"msg": "password=x", "password": "x", "n": ["token", "y"]})
    line = parse(JsonFormatter(redaction=None).format(made))
    assert ("password=x", "x", ["token", "y"]) == (line["message"], line["password"], line["n"])


WRONG = [
    ({"extra": "token"}, "extra must be a list of strings, got one string 'token'"),
    ({"exclude": "token"}, "exclude must be a list of strings"),
    ({"patterns": "token"}, "patterns must be a list of strings"),
    ({"extra": [5]}, r"extra must hold strings, got 5 \(int\)"),
]


@pytest.mark.parametrize(("options", "match"), WRONG)
def test_list_that_is_none_of_strings_is_an_error(options: Any, match: str) -> None:
    with pytest.raises(TypeError, match=match):
        Redaction(**options)


def test_wrong_pattern_is_an_error() -> None:
    with pytest.raises(re.error):
        Redaction(patterns=["("])


@pytest.mark.parametrize("wrong", [False, True, ["ssn"]])
def test_redaction_of_another_kind_is_an_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="redaction must be a Redaction or None, got"):
        JsonFormatter(redaction=wrong)


@pytest.mark.parametrize(
    "text",
    [
        "://a:/" * 5_000,
        "://a:" + "/x" * 15_000,
        "a" * 30_000 + "=",
        "token " * 5_000 + "=",
        "password" + " " * 30_000 + "x",
        'password="' * 3_000,
        "password=[" * 3_000,
        "://:" * 7_000,
        "sk-" * 10_000,
        "eyJ-" * 7_500,
        "-----BEGIN PRIVATE KEY-----" * 1_000,
        "('a','" * 5_000,
        "--a " * 7_500,
    ],
)
def test_long_text_takes_time_in_proportion(text: str) -> None:
    assert parse(JsonFormatter().format(record(text)))


# What the proof that a line holds no secret goes by, put together at random.
WORDS = """
password passwd pwd pw pass passphrase secret secrets credential authorization cookie jwt apikey
api key keys access private token tokens auth csrf session sessionid sessid sid id value old new
confirmation base has requires db root user max eos bearer basic sig signature x-amz-signature hf
ssh account name hunter2 abc12345 dXNlcjpwYXNz expired me:pw@host 1 12 123456 123456789012 0.5
= : => := ' " ( ) [ ] { } , ; & ? / @ :// https:// -- - _ . < > %s $ é \u017f \u212a \u0130 ß
eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc AKIAIOSFODNN7EXAMPLE ghp_0a1b2c3d4e5f6g7h8i9j0k1l
sk-a1Ba1Ba1Ba1Ba1Ba1Ba1Ba1Ba1B hf_xxxxxxxxxxxxxxxxxxxxxxxx xoxb-1111111111111111
"""
PARTS = [
    *WORDS.split(),
    *(" ", "  ", "\t", "\n", "\0", "\\", '\\"', "', '", "': '", '": "', "\u2028", "\u00a0"),
    *("-----BEGIN PRIVATE KEY-----", "AIza" + "x" * 35, "//hooks.slack.com/services/T1/B1/"),
]
fragments = st.lists(
    st.sampled_from([*PARTS, *map(str.upper, PARTS), *map(str.capitalize, PARTS)]), max_size=9
).map("".join)
EACH_TEXT = JsonFormatter(redaction=Redaction(patterns=["(?!)"]))


@given(st.lists(fragments, max_size=3), fragments, fragments)
def test_line_that_is_proven_harmless_is_one(texts: list[str], key: str, text: str) -> None:
    """A pattern has every text searched; without one, what is proven harmless is not."""
    made = record([texts, {key: text}, {"name": key, "value": text}])
    made.msg = text
    assert parse(JsonFormatter().format(made)) == parse(EACH_TEXT.format(made))
