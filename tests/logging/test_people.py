"""What people see in terminals and notebooks, and which repeated lines are left out."""

from __future__ import annotations

import io
import json
import logging
import multiprocessing
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import StructuredLogger, configure, training_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.logging.conftest import Lines


class OutStream(io.StringIO):
    """A stream as notebooks have it: no terminal."""

    __module__ = "ipykernel.iostream"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "is_text", "is_coloured"),
    [
        (OutStream, {}, True, True),
        (OutStream, {"NO_COLOR": "1"}, True, False),
        (io.StringIO, {}, False, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, True, True),
        (io.StringIO, {"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        (io.StringIO, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        (io.StringIO, {"FORCE_COLOR": ""}, False, False),
    ],
)
def test_console_is_for_whoever_reads_it(
    stream: Any,
    environment: dict[str, str],
    is_text: bool,
    is_coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    output = stream()
    monkeypatch.setattr(sys, "stdout", output)
    configure(format="console")
    StructuredLogger("train").warning("slow")
    assert is_text == (not output.getvalue().startswith("{"))
    assert is_coloured == ("\x1b[33m" in output.getvalue())


def test_console_shows_source_lines_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Terminal()
    monkeypatch.setattr(sys, "stdout", output)
    configure(format="console")
    try:
        int("x y")
    except ValueError:
        StructuredLogger("train").exception("failed")
    assert 'int("x y")' in output.getvalue()
    assert "ValueError: invalid literal" in output.getvalue()


def test_one_line_of_many_is_written_and_tells_of_the_others(lines: Lines) -> None:
    logger = StructuredLogger("sampled.every")
    for step in range(7):
        logger.sampled(every=3).info("step", step=step)
    assert [(0, None), (3, 2), (6, 2)] == [(line["step"], line.get("left_out")) for line in lines()]


def test_line_is_written_once(lines: Lines) -> None:
    logger = StructuredLogger("sampled.once").sampled(once=True)
    for step in range(7):
        logger.bind(fold=1).info("step", step=step)
    logger.info("another place")
    assert ["step", "another place"] == [line["message"] for line in lines()]


REST = """
import multiprocessing, sys
from ml_infra_utils.logging import StructuredLogger

logger = StructuredLogger("train")
def work(number):
    for step in range(number):
        logger.sampled(once=True).info("first step")
        logger.sampled(every=3).warning("step")
        logger.sampled(seconds=60).debug("never written")
    logger.sampled(once=True).error("done")

if __name__ == "__main__":
    work(6)
    child = multiprocessing.get_context(sys.argv[1]).Process(target=work, args=(2,))
    child.start()
    child.join()
"""


@pytest.mark.parametrize("way", sorted({*multiprocessing.get_all_start_methods()} - {"forkserver"}))
def test_what_is_left_out_in_the_end_is_told_then(way: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(REST)
    out = subprocess.run(
        [sys.executable, program, way], check=True, stdout=subprocess.PIPE, timeout=60
    ).stdout
    found = [json.loads(line) for line in out.splitlines()]
    written = [(line["message"], line["level"], line.get("left_out")) for line in found]
    of_child = [
        *[("first step", "INFO", None), ("step", "WARNING", None), ("done", "ERROR", None)],
        *[("lines left out", "INFO", 1), ("lines left out", "WARNING", 1)],
    ]
    assert [
        *[("first step", "INFO", None), ("step", "WARNING", None), ("step", "WARNING", 2)],
        ("done", "ERROR", None),
        *of_child,
        *[("lines left out", "INFO", 5), ("lines left out", "WARNING", 2)],
    ] == written
    assert [8, 9] == [line["line"] for line in found[-2:]]


def test_line_is_written_at_most_once_in_so_many_seconds(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    logger = StructuredLogger("sampled.seconds").sampled(seconds=10)
    for step in range(25):
        logger.info("step", step=step)
        now += 1
    assert [(0, None), (10, 9), (20, 9)] == [
        (line["step"], line.get("left_out")) for line in lines()
    ]


def test_threads_write_one_line_of_many_together(lines: Lines) -> None:
    logger = StructuredLogger("sampled.threads").sampled(every=10)

    def work() -> None:
        for _ in range(250):
            logger.info("step")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 100 == len(lines())


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"every": 2, "once": True},
        {"every": 0},
        {"every": True},
        {"every": 1.5},
        {"seconds": -1},
        {"once": 1},
    ],
)
def test_sampling_that_makes_no_sense_is_an_error(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"must be .*got"):
        StructuredLogger("train").sampled(**wrong)


def progress(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        line["context"]
        for line in lines
        if line["context"].get("event_type") == "training_progress"
    ]


def test_loop_that_is_tracked_is_in_the_log(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    seen = []
    with training_run(StructuredLogger("train"), "resnet") as run:
        for item in run.track([1, 2, 3, 4], every=2, name="batches"):
            seen.append(item)
            now += 1
    assert [1, 2, 3, 4] == seen
    assert [
        ("batches", 2, 4, 2.0, 1.0),
        ("batches", 4, 4, 4.0, 1.0),
    ] == [
        tuple(context[key] for key in ("name", "done", "total", "seconds", "per_second"))
        for context in progress(lines())
    ]


def test_loop_that_is_left_early_tells_how_far_it_came(lines: Lines) -> None:
    run = training_run(StructuredLogger("train"), "resnet")
    items = run.track(iter("abcdef"))
    assert ["a", "b"] == [next(items), next(items)]
    items.close()  # type: ignore[attr-defined] # a generator
    ((done, total),) = [(context["done"], context["total"]) for context in progress(lines())]
    assert (1, 6) == (done, total)


@pytest.mark.parametrize("stream", [Terminal, OutStream])
def test_bar_is_drawn_on_a_terminal_and_in_a_notebook_and_wiped_out(
    stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    terminal = stream()
    monkeypatch.setattr(sys, "stderr", terminal)
    for _ in training_run(StructuredLogger("train"), "resnet").track(range(4)):
        now += 1
    shown = terminal.getvalue().split("\r")
    assert "[#######                       ]  25% 1/4        1/s" == shown[0]
    assert "" == shown[-2].strip()
    assert len(shown[-2]) >= len(shown[-3])


def screen(text: str) -> list[str]:
    """Give what a terminal shows in the end: a line is written over after a return."""
    lines = []
    for written in text.split("\n"):
        line = ""
        for piece in written.split("\r"):
            line = piece + line[len(piece) :]
        lines.append(line.rstrip())
    return lines


def test_line_amid_a_loop_leaves_nothing_of_the_bar_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    configure(output=logging.StreamHandler(io.StringIO()))
    logger = StructuredLogger("train", stream=terminal)
    logger.logger.handlers[0].setFormatter(logging.Formatter("%(message)s"))
    for step in training_run(StructuredLogger("other"), "resnet").track(range(4)):
        now += 1
        logger.info(f"step {step}")
    assert [*(f"step {step}" for step in range(4)), ""] == screen(terminal.getvalue())


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("80", "[###############               ]  50% 2/4        1/s"),
        ("40", "[########         ]  50% 2/4        1/s"),
        ("20", " 50% 2/4        1/s"),
        ("10", " 50% 2/4"),
    ],
)
def test_bar_has_room_on_the_terminal(
    columns: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setenv("COLUMNS", columns)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    for _ in training_run(StructuredLogger("train"), "resnet").track(range(4)):
        now += 1
    assert expected == terminal.getvalue().split("\r")[1].rstrip()


def test_numbers_are_short_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    output = Terminal()
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setenv("NO_COLOR", "1")
    configure(format="console")
    numbers = {"loss": [1 / 3, {"f1": 0.1 + 0.2}], "at": 1767323045.678, "tiny": -1.23456789e-9}
    StructuredLogger("train").info("hello", numbers)
    assert output.getvalue().split()[4:] == [
        *("loss=[0.3333333,", '{"f1":', "0.3}]"),
        *("at=1767323045.678", "tiny=-1.234568e-09"),
    ]


def test_nothing_is_drawn_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    run = training_run(StructuredLogger("train"), "resnet")
    assert [1, 2] == list(run.track([1, 2], every=0.5))
    assert "" == capsys.readouterr().err


@pytest.mark.parametrize("total", [-1, True, "4", 1.5])
def test_total_is_a_number_of_items(total: Any) -> None:
    with pytest.raises(ValueError, match="total must be a number of items or None, got"):
        training_run(StructuredLogger("train"), "resnet").track([1, 2], total=total)


@pytest.mark.parametrize("every", [0, -1, True, "1", float("nan")])
def test_interval_of_events_is_positive(every: Any) -> None:
    with pytest.raises(ValueError, match="every must be a positive number of seconds, got"):
        training_run(StructuredLogger("train"), "resnet").track([], every=every)
