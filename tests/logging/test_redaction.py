from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest

from ml_infra_utils.logging import JsonFormatter, Redaction, StructuredLogger
from tests.logging.strictly import parse

SECRETS = [
    "password",
    "db_password",
    "PASSWORD",
    "token",
    "hf_token",
    "accessToken",
    "Authorization",
    "api_key",
    "api-key",
    "X-API-Key",
    "openai.api_key",
    "aws_secret_access_key",
    "client_secret",
    "private_key",
    "Set-Cookie",
    "credentials",
    "passwords",
    "api_keys",
    "HTTPToken",
    "password ",
    "jwt",
]
HARMLESS = [
    "tokens",
    "max_tokens",
    "num_token",
    "eos_token",
    "pad_token",
    "tokenizer",
    "key",
    "loss",
    "author",
]


@pytest.mark.parametrize("key", SECRETS)
def test_value_of_a_secret_key_is_hidden_wherever_it_is(key: str) -> None:
    record = logging.makeLogRecord(
        {"msg": "hello", key: 1, "context": {key: "x", "deep": [{key: "x"}]}}
    )
    line = parse(JsonFormatter().format(record))
    assert "[REDACTED]" == line[key]
    assert {key: "[REDACTED]", "deep": [{key: "[REDACTED]"}]} == line["context"]


@pytest.mark.parametrize("key", HARMLESS)
def test_harmless_key_is_shown(key: str) -> None:
    record = logging.makeLogRecord({"msg": f"{key}=shown", key: "shown"})
    line = parse(JsonFormatter().format(record))
    assert ("shown", f"{key}=shown") == (line[key], line["message"])


TEXTS = [
    ("login password=hunter2 ok", "login password=[REDACTED] ok"),
    ("note: password: hunter2, next", "note: password: [REDACTED], next"),
    ("{'password': 'a b', 'user': 'me'}", "{'password': '[REDACTED]', 'user': 'me'}"),
    ('{"api_key": 5}', '{"api_key": [REDACTED]}'),
    ('{\\"token\\": \\"a\\"}', '{\\"token\\": \\"[REDACTED]\\"}'),
    ("Authorization: Bearer abc.def", "Authorization: [REDACTED]"),
    ("header Bearer abc.def", "header Bearer [REDACTED]"),
    ("https://me:pw@host/x?token=a&y=1", "https://me:[REDACTED]@host/x?token=[REDACTED]&y=1"),
    ("token=", "token="),
    ('{"password": "a\\"b", "n": 1}', '{"password": "[REDACTED]", "n": 1}'),
    ("https://me:p@ss@host/x", "https://me:[REDACTED]@host/x"),
    ("http://host:80/path", "http://host:80/path"),
    ("postgres://me:p/w@host/db", "postgres://me:[REDACTED]@host/db"),
    ("postgres://me:p/w/x=@host/a@b", "postgres://me:[REDACTED]@host/a@b"),
    ("redis://:p/w@host", "redis://:[REDACTED]@host"),
    ("http://host:80/a@b http://[::1]:80/a@b", "http://host:80/a@b http://[::1]:80/a@b"),
    ("Cookie: a=b; c=d", "Cookie: [REDACTED]"),
    ("authorization: Token abc", "authorization: [REDACTED]"),
    ('{"password":["a","b"]}', '{"password":[REDACTED]}'),
    ("password=(1,2) next", "password=[REDACTED] next"),
    ("secret: b'abc', next", "secret: [REDACTED], next"),
    ("header BEARER abc", "header Bearer [REDACTED]"),
    ("12:30 eos_token=</s>", "12:30 eos_token=</s>"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_secret_in_a_text_is_hidden_wherever_it_is(text: str, expected: str) -> None:
    record = logging.makeLogRecord({"msg": text, "note": text, "context": {"notes": [text]}})
    line = parse(JsonFormatter().format(record))
    assert expected == line["message"] == line["note"] == line["context"]["notes"][0]


def test_secret_among_the_arguments_is_hidden() -> None:
    def message(text: str, *args: Any) -> Any:
        record = logging.LogRecord("train", 20, "a.py", 1, text, args, None)
        return parse(JsonFormatter().format(record))["message"]

    assert "token=[REDACTED]" == message("token=%s", "abc")
    assert "{'token': '[REDACTED]'}" == message("%s", {"token": "abc"}, *())
    assert "[REDACTED] of me" == message("%(token)s of %(user)s", {"token": "a", "user": "me"})


def test_names_and_patterns_can_be_added() -> None:
    redaction = Redaction(names=["Social-Security"], patterns=[r"\bsk-\w+", "[0-9]{16}"])
    formatter = JsonFormatter(redaction=redaction)
    record = logging.makeLogRecord(
        {"msg": "use sk-123", "social_security": 5, "card": "1234567812345678", "sk-9": 1}
    )
    line = parse(formatter.format(record))
    assert "use [REDACTED]" == line["message"]
    assert ("[REDACTED]", "[REDACTED]") == (line["social_security"], line["card"])
    assert 1 == line["[REDACTED]"]


def test_redaction_can_be_turned_off() -> None:
    record = logging.makeLogRecord({"msg": "password=x", "password": "x"})
    line = parse(JsonFormatter(redaction=None).format(record))
    assert ("password=x", "x") == (line["message"], line["password"])


@pytest.mark.parametrize("wrong", [{"names": "token"}, {"patterns": "token"}])
def test_one_string_for_a_list_is_an_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="lists of strings"):
        Redaction(**wrong)


def test_name_that_is_no_text_is_an_error() -> None:
    with pytest.raises(TypeError, match="names are strings, not 5"):
        Redaction(names=[5])  # type: ignore[list-item] # the mistake


@pytest.mark.parametrize("wrong", [False, True, ["ssn"]])
def test_redaction_of_another_kind_is_an_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="redaction is a Redaction, or None"):
        JsonFormatter(redaction=wrong)


def test_arguments_that_do_not_fit_a_message_with_a_secret_are_hidden() -> None:
    record = logging.LogRecord("a", 20, "a.py", 1, "%d password=%s", ("bob", "hunter2"), None)
    line = parse(JsonFormatter().format(record))
    assert ("%d password=[REDACTED]", "[REDACTED]") == (line["message"], line["args"])


MERGED: list[tuple[str, tuple[object, ...], str]] = [
    ("password=%s", ("correct horse",), "password=[REDACTED]"),
    ("%s: password=%r, next %d", ("a", "b, c", 5), "a: password=[REDACTED], next 5"),
    ("token: %s", ('a"b c',), "token: [REDACTED]"),
    ("100%% of token=%d left", (5,), "100% of token=[REDACTED] left"),
    ("postgres://me:%s@host/%s", ("p /w", "db"), "postgres://me:[REDACTED]@host/db"),
    ("%s at %.1f%% of x=%5d", ("a", 2.5, 3), "a at 2.5% of x=    3"),
]


@pytest.mark.parametrize(("template", "arguments", "expected"), MERGED)
def test_argument_that_stands_for_a_secret_is_hidden_whole(
    template: str, arguments: tuple[object, ...], expected: str
) -> None:
    record = logging.LogRecord("a", 20, "a.py", 1, template, arguments, None)
    assert expected == parse(JsonFormatter().format(record))["message"]


@pytest.mark.parametrize("name", ["authorization", b"authorization", "X-API-Key", "Cookie"])
def test_secret_in_a_pair_with_its_name_is_hidden(name: object) -> None:
    value = [(name, "k3y"), ["host", "example.org"], ("tokens", 5)]
    line = parse(JsonFormatter().format(logging.makeLogRecord({"headers": value})))
    shown = name.decode() if isinstance(name, bytes) else name
    assert [[shown, "[REDACTED]"], ["host", "example.org"], ["tokens", 5]] == line["headers"]


def test_wrong_pattern_is_an_error() -> None:
    with pytest.raises(re.error):
        Redaction(patterns=["("])


@pytest.mark.parametrize(
    "text",
    [
        "://a:/" * 6_000,
        "://a:" + "/x" * 15_000,
        "a" * 30_000 + "=",
        "token " * 5_000 + "=",
        'password="' * 3_000,
        "://:" * 7_000,
    ],
)
def test_long_text_takes_time_in_proportion(text: str) -> None:
    record = logging.makeLogRecord({"msg": text})
    assert json.loads(JsonFormatter().format(record))


def test_secret_is_hidden_also_when_no_room_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_memory(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(JsonFormatter, "_whole_line", no_memory)
    StructuredLogger("train").info("password=hunter2")
    line = parse(capsys.readouterr().out.strip())
    assert "password=[REDACTED]" == line["message"]
    assert {"...": "left out: MemoryError"} == line["_altered"]
