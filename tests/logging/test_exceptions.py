from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable

import pytest

from ml_infra_utils.logging import JsonFormatter, StructuredLogger
from tests.logging.hostile import BrokenError
from tests.logging.strictly import altered, parse

if TYPE_CHECKING:
    from tests.logging.conftest import Lines


def fail() -> None:
    raise ValueError("inner")


def wrap() -> None:
    try:
        fail()
    except ValueError as error:
        raise RuntimeError("outer") from error


def logged(function: Callable[[], None], lines: Lines) -> Any:
    try:
        function()
    except Exception:
        StructuredLogger("train").exception("failed")
    (line,) = lines()
    assert "ERROR" == line["level"]
    return line["exception"]


def test_exception_has_type_message_and_frames(lines: Lines) -> None:
    exception = logged(fail, lines)
    assert ("ValueError", "inner") == (exception["type"], exception["message"])
    code = fail.__code__
    last = {"file": code.co_filename, "line": code.co_firstlineno + 1, "function": "fail"}
    assert ["logged", "fail"] == [frame["function"] for frame in exception["frames"]]
    assert last == exception["frames"][-1]
    assert {"type", "message", "frames"} == set(exception)


def test_cause_is_what_it_was_raised_from(lines: Lines) -> None:
    exception = logged(wrap, lines)
    assert ("RuntimeError", "outer") == (exception["type"], exception["message"])
    (cause,) = exception["chain"]
    assert ("cause", 0, "ValueError", "inner") == tuple(
        cause[key] for key in ("relation", "of", "type", "message")
    )
    assert ["wrap", "fail"] == [frame["function"] for frame in cause["frames"]]


def test_context_is_what_was_being_handled(lines: Lines) -> None:
    def while_handling() -> None:
        try:
            fail()
        except ValueError:
            {}["x"]  # type: ignore[index] # it is meant to fail

    (context,) = logged(while_handling, lines)["chain"]
    assert ("context", "ValueError") == (context["relation"], context["type"])


def test_context_that_was_suppressed_is_left_out(lines: Lines) -> None:
    def hide() -> None:
        try:
            fail()
        except ValueError:
            raise KeyError("x") from None

    assert "chain" not in logged(hide, lines)


def test_class_of_an_exception_has_its_module(lines: Lines) -> None:
    class OwnError(Exception):
        pass

    def raise_own() -> None:
        raise OwnError

    assert f"{__name__}.{OwnError.__qualname__}" == logged(raise_own, lines)["type"]


class GroupError(Exception):
    """As groups of exceptions are, also before Python 3.11."""

    def __init__(self, message: str, exceptions: tuple[Exception, ...]) -> None:
        super().__init__(message)
        self.exceptions = exceptions


def test_group_has_its_members(lines: Lines) -> None:
    inner = GroupError("inner", (ValueError("a"), ValueError("b")))

    def raise_group() -> None:
        raise GroupError("outer", (inner, ValueError("c")))

    chain = logged(raise_group, lines)["chain"]
    expected = [("member", 0, "inner"), ("member", 0, "c"), ("member", 1, "a"), ("member", 1, "b")]
    assert expected == [(e["relation"], e["of"], e["message"]) for e in chain]


def test_large_group_is_cut(lines: Lines) -> None:
    try:
        raise GroupError("several", tuple(ValueError(str(number)) for number in range(25)))
    except GroupError:
        StructuredLogger("train").exception("failed")
    (line,) = lines()
    assert [str(n) for n in range(20)] == [e["message"] for e in line["exception"]["chain"]]
    assert {"exception.chain": "cut after 20 items"} == altered(line)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="notes and groups came with Python 3.11")
def test_notes_and_groups_of_the_standard_library(lines: Lines) -> None:
    def raise_group() -> None:
        group = ExceptionGroup("several", [ValueError("a"), KeyError("b")])  # noqa: F821 # 3.11
        group.add_note("look here")
        raise group

    exception = logged(raise_group, lines)
    assert ["look here"] == exception["notes"]
    assert ["ValueError", "KeyError"] == [e["type"] for e in exception["chain"]]


def test_long_traceback_is_cut_in_the_middle(lines: Lines) -> None:
    def descend(level: int) -> None:
        if level == 0:
            fail()
        descend(level - 1)

    exception = logged(lambda: descend(200), lines)
    assert (80, 124) == (len(exception["frames"]), exception["frames_left_out"])
    assert "fail" == exception["frames"][-1]["function"]


def test_chain_of_causes_is_cut(lines: Lines) -> None:
    def chain() -> None:
        error: Exception = ValueError("0")
        for number in range(1, 30):
            wrapper = ValueError(str(number))
            wrapper.__cause__ = error
            error = wrapper
        raise error

    with suppress(ValueError):
        try:
            chain()
        finally:
            StructuredLogger("train").exception("failed")
    (line,) = lines()
    expected = [("cause", number, str(28 - number)) for number in range(20)]
    chain = line["exception"]["chain"]
    assert expected == [(e["relation"], e["of"], e["message"]) for e in chain]
    assert {"exception.chain": "cut after 20 items"} == altered(line)


def test_exceptions_in_a_circle_are_described_once(lines: Lines) -> None:
    def raise_circle() -> None:
        error, other = GroupError("inside itself", ()), ValueError("other")
        error.exceptions = (error, other)
        other.__cause__ = error
        raise error

    assert ["other"] == [e["message"] for e in logged(raise_circle, lines)["chain"]]


def test_exception_that_cannot_be_read_still_has_its_type(lines: Lines) -> None:
    def raise_broken() -> None:
        raise BrokenError

    expected = {"type": "BrokenError", "message": "", "frames": []}
    assert expected == logged(raise_broken, lines)


def test_message_that_cannot_be_read_is_named(lines: Lines) -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    try:
        raise MuteError
    except MuteError:
        StructuredLogger("train").exception("failed")
    (line,) = lines()
    assert "" == line["exception"]["message"]
    assert {"exception.message": "unreadable: ZeroDivisionError"} == altered(line)


@pytest.mark.parametrize("how", ["instance", "bool", "tuple"])
def test_any_method_takes_an_exception_as_the_standard_library_does(how: str, lines: Lines) -> None:
    try:
        fail()
    except ValueError as error:
        given = {"instance": error, "bool": True, "tuple": sys.exc_info()}[how]
        StructuredLogger("train").warning("failed", exc_info=given)
    (line,) = lines()
    assert "inner" == line["exception"]["message"]
    assert "exc_info" not in line


@pytest.mark.parametrize("given", [None, False, True, (None, None, None)])
def test_no_exception_is_no_key(given: object, lines: Lines) -> None:
    StructuredLogger("train").info("fine", exc_info=given)
    StructuredLogger("train").exception("none is being handled")
    assert [False, False] == ["exception" in line for line in lines()]


@pytest.mark.parametrize("given", ["text", 3, (1, 2, 3)])
def test_field_named_exc_info_that_is_no_exception_stays_a_field(
    given: object, lines: Lines
) -> None:
    StructuredLogger("train").info("hello", exc_info=given)
    expected = list(given) if isinstance(given, tuple) else given
    assert expected == lines()[0]["exc_info"]


def test_secret_in_an_exception_is_hidden(lines: Lines) -> None:
    def leak() -> None:
        raise ValueError("login with password=hunter2 failed")

    assert "login with password=[REDACTED] failed" == logged(leak, lines)["message"]


def test_secret_in_the_arguments_of_an_exception_is_hidden(lines: Lines) -> None:
    def leak() -> None:
        raise subprocess.CalledProcessError(1, ["curl", "--token", "S3cret", "https://host"])

    message = logged(leak, lines)["message"]
    assert "['curl', '--token', '[REDACTED]', 'https://host']" in message


def test_traceback_is_written_as_a_text_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    def line_of(**options: Any) -> Any:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonFormatter(**options))
        secret = "hunter2"  # noqa: F841 # it is among the locals
        try:
            fail()
        except ValueError:
            StructuredLogger("train", handler=handler).exception("failed")
        return parse(capsys.readouterr().out.strip())["exception"]

    exception = line_of(traceback="text")
    assert exception["traceback"].startswith("Traceback (most recent call last):\n")
    assert 'raise ValueError("inner")' in exception["traceback"]
    assert "line_of" not in line_of(traceback="text", traceback_limit=1)["traceback"]
    with_locals = line_of(traceback="text with locals")["traceback"]
    assert "secret = '[REDACTED]'" in with_locals
    assert "traceback" not in line_of()


def test_local_that_has_no_repr_costs_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ValueError("no repr")

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(traceback="text with locals"))
    broken = Broken()  # noqa: F841 # it is among the locals
    try:
        fail()
    except ValueError:
        StructuredLogger("train", handler=handler).exception("failed")
    line = parse(capsys.readouterr().out.strip())
    assert 'raise ValueError("inner")' in line["exception"]["traceback"]
    # Later ones write that it has none.
    assert sys.version_info >= (3, 13) or {
        "exception.traceback": "text with locals left out: ValueError"
    } == altered(line)


def test_choice_of_a_traceback_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"traceback must be 'data', 'text', .* got 'html'"):
        JsonFormatter(traceback="html")
