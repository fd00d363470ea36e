from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from ml_infra_utils.logging import StructuredLogger, bound, testing
from ml_infra_utils.logging.testing import capture_logs as captured
from tests.logging.hostile import HOSTILE


def test_captured_records_are_dicts_like_their_lines() -> None:
    with captured() as records, bound(request="r"):
        StructuredLogger("train").info("hello", {"a": 1}, epoch=3, password="x")
        StructuredLogger("train").debug("too low")
        logging.getLogger("library").error("again %d", 2)
    StructuredLogger("train").info("after")
    first, second = records
    assert ("hello", {"a": 1}, 3) == (first["message"], first["context"], first["epoch"])
    assert ("[REDACTED]", "r") == (first["password"], first["request"])
    assert ("again 2", "ERROR") == (second["message"], second["level"])


def test_captured_records_are_written_too(capsys: Any) -> None:
    with captured():
        StructuredLogger("train").info("hello")
    assert "hello" in capsys.readouterr().out


def test_blocks_nest_and_leave_no_trace() -> None:
    before = logging.Logger.callHandlers
    with captured() as outer:
        with captured() as inner:
            StructuredLogger("train").info("a")
        StructuredLogger("train").info("b")
    assert (["a"], ["a", "b"]) == tuple([r["message"] for r in found] for found in (inner, outer))
    assert before is logging.Logger.callHandlers


def test_other_threads_are_captured() -> None:
    with captured() as records:
        thread = threading.Thread(target=StructuredLogger("train").info, args=("hello",))
        thread.start()
        thread.join()
    assert ["hello"] == [record["message"] for record in records]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_object_is_captured(name: str) -> None:
    with captured() as records:
        StructuredLogger("train").info("hello", value=HOSTILE[name]())
    assert "hello" == records[0]["message"]


def test_fixture_is_the_list_of_records(capture_logs: list[dict[str, Any]]) -> None:
    StructuredLogger("train").info("hello", epoch=3)
    assert [("hello", 3)] == [(record["message"], record["epoch"]) for record in capture_logs]


def test_what_another_has_put_over_it_stays_and_nothing_is_captured_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(logging.Logger, "callHandlers", logging.Logger.callHandlers)
    monkeypatch.setattr(testing, "_installed", [])
    with captured() as first:
        call = logging.Logger.callHandlers

        def over_it(self: logging.Logger, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())
            call(self, record)

        monkeypatch.setattr(logging.Logger, "callHandlers", over_it)
        StructuredLogger("train").info("a")
    StructuredLogger("train").info("b")
    with captured() as second:
        StructuredLogger("train").info("c")
    assert (["a"], ["c"]) == tuple([r["message"] for r in found] for found in (first, second))
    assert ["a", "b", "c"] == seen
