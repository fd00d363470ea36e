from __future__ import annotations

import asyncio
import logging
import sys
import threading
from typing import TYPE_CHECKING, AsyncIterator, Iterator
from unittest import mock

import pytest

from ml_infra_utils.logging import StructuredLogger, bound, configure

if TYPE_CHECKING:
    from types import SimpleNamespace

    from tests.logging.conftest import Lines


def test_bound_fields_are_in_every_line_of_the_block(lines: Lines) -> None:
    configure()
    logger = StructuredLogger("train")
    with bound(request="r", user="a"):
        logger.info("a", user="b")
        logging.getLogger("library").info("b", extra={"user": "c"})
        with bound(user="d"):
            logger.info("c")
    logger.info("d")
    found = [(line.get("request"), line.get("user")) for line in lines()]
    assert [("r", "b"), ("r", "c"), ("r", "d"), (None, None)] == found


def test_bound_is_a_decorator(lines: Lines) -> None:
    @bound(request="r")
    def serve() -> None:
        StructuredLogger("train").info("hello")

    serve()
    serve()
    assert ["r", "r"] == [line["request"] for line in lines()]


def test_bound_decorates_coroutine_functions_too(lines: Lines) -> None:
    @bound(request="r")
    async def serve() -> str:
        await asyncio.sleep(0)
        StructuredLogger("train").info("hello")
        return "done"

    async def main() -> list[str]:
        return await asyncio.gather(serve(), serve())

    assert ["done", "done"] == asyncio.run(main())
    assert ["r", "r"] == [line["request"] for line in lines()]


def test_bound_can_be_entered_again(lines: Lines) -> None:
    block = bound(request="r", self="s")
    with block, block:
        StructuredLogger("train").info("inside")
    StructuredLogger("train").info("outside")
    inside, outside = lines()
    assert ("r", "s") == (inside["request"], inside["self"])
    assert "request" not in outside


def test_bound_field_named_as_a_key_of_the_line_is_kept_renamed(lines: Lines) -> None:
    with bound(level="mine"):
        StructuredLogger("train").info("hello")
    assert "mine" == lines()[0]["level_"]


def test_threads_do_not_see_each_others_fields(lines: Lines) -> None:
    logger = StructuredLogger("train")
    start = threading.Barrier(32)

    def work(number: int) -> None:
        with bound(number=number):
            start.wait()
            for _ in range(20):
                logger.info("hello", expected=number)
        logger.info("after", expected=None)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines()
    assert 32 * 21 == len(found)
    assert all(line.get("number") == line["expected"] for line in found)


def test_tasks_do_not_see_each_others_fields_but_their_parents(lines: Lines) -> None:
    logger = StructuredLogger("train")

    async def serve(number: int) -> None:
        with bound(number=number):
            for _ in range(3):
                await asyncio.sleep(0)
                logger.info("hello", expected=number)

    async def main() -> None:
        with bound(parent="p"):
            await asyncio.gather(*(serve(number) for number in range(500)))

    asyncio.run(main())
    found = lines()
    assert 1_500 == len(found)
    assert all((line["number"], line["parent"]) == (line["expected"], "p") for line in found)


def test_block_in_a_generator_that_another_task_closes_ends_in_peace(lines: Lines) -> None:
    async def items() -> AsyncIterator[int]:
        with bound(inside=True):
            yield 1

    async def main() -> None:
        generator = items()
        await asyncio.ensure_future(generator.__anext__())
        await asyncio.ensure_future(generator.aclose())  # type: ignore[attr-defined] # a generator has it
        StructuredLogger("train").info("after")

    asyncio.run(main())
    assert "inside" not in lines()[0]


@pytest.fixture
def span(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """OpenTelemetry's module `trace`, with a span that is current."""
    trace = mock.MagicMock()
    context = trace.get_current_span.return_value.get_span_context.return_value
    context.is_valid, context.trace_id, context.span_id = True, 0xABC, 0xDEF
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", trace)
    found: SimpleNamespace = context
    return found


def test_current_span_is_named(span: SimpleNamespace, lines: Lines) -> None:
    logger = StructuredLogger("train")
    logger.info("plain")
    logger.info("careful", value=object())
    logger.info("taken", trace_id="mine")
    span.is_valid = False
    logger.info("outside", trace_id="mine")
    first, second, third, fourth = lines()
    ids = ("00000000000000000000000000000abc", "0000000000000def")
    assert ids == (first["trace_id"], first["span_id"]) == (second["trace_id"], second["span_id"])
    assert (ids[0], "mine") == (third["trace_id"], third["trace_id_"])
    assert "mine" == fourth["trace_id"]


def test_tracing_that_does_not_work_costs_no_line(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", mock.Mock(spec=[]))
    StructuredLogger("train").info("hello")
    assert "hello" == lines()[0]["message"]


def test_span_of_the_real_opentelemetry_is_named(lines: Lines) -> None:
    trace = pytest.importorskip("opentelemetry.trace", reason="OpenTelemetry is not installed")
    context = trace.SpanContext(trace_id=0x123, span_id=0x456, is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(context)):
        StructuredLogger("train").info("hello")
    (line,) = lines()
    assert (trace.format_trace_id(0x123), trace.format_span_id(0x456)) == (
        line["trace_id"],
        line["span_id"],
    )


def test_block_that_two_threads_are_in_ends_for_each_by_itself(lines: Lines) -> None:
    logger, block = StructuredLogger("train"), bound(shared=1)
    entered, left = threading.Event(), threading.Event()

    def first() -> None:
        with block:
            entered.set()
            left.wait()
            logger.info("inside")
        logger.info("after")

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait()
    with block:
        pass
    logger.info("after")
    left.set()
    thread.join()
    assert {"inside": True, "after": False} == {
        line["message"]: "shared" in line for line in lines()
    }


def test_blocks_of_generators_end_in_any_order(lines: Lines) -> None:
    def items(name: str) -> Iterator[int]:
        with bound(**{name: 1}):
            yield 1

    first, second = items("first"), items("second")
    next(first)
    next(second)
    first.close()  # type: ignore[attr-defined] # a generator has it
    StructuredLogger("train").info("hello")
    second.close()  # type: ignore[attr-defined] # a generator has it
    StructuredLogger("train").info("hello")
    assert [(False, True), (False, False)] == [
        ("first" in line, "second" in line) for line in lines()
    ]


def test_generators_and_classes_are_not_decorated() -> None:
    def items() -> Iterator[int]:
        yield 1

    async def later() -> AsyncIterator[int]:
        yield 1

    for wrong in (items, later, StructuredLogger):
        with pytest.raises(TypeError, match=r"use `with bound\(\.\.\.\)` inside"):
            bound(request="r")(wrong)  # type: ignore[type-var] # the mistake
