"""What retry and timer cost when nothing goes wrong, next to their peers.

``python -m benchmarks.decorators`` prints a table, ``--write`` keeps it as
``docs/benchmarks/decorators.md`` with a plot.
"""

from __future__ import annotations

import functools
import platform
import statistics
import subprocess
import sys
import time
import types
from typing import Any, Callable

import backoff
import codetiming
import stamina
import tenacity

from benchmarks.harness import OURS, Row, destination, race, report
from ml_infra_utils.decorators import RetryBudget, Timings, retry, timer

DIRECT, FLOOR = "direct call", "bare wrapper"
BY_HAND = {FLOOR, "textbook loop", "textbook timer"}
FLOOR_BARS = {FLOOR: 1 / 1.05}
RETRY_BARS = {"tenacity": 50.0, "stamina": 50.0}
TIMER_BARS = {"codetiming": 2.3}
INTERPRETERS = 15

FIRST_USE = "from ml_infra_utils.decorators import retry\nretry()(len)"
PEERS = {peer: f"import {peer}" for peer in ("backoff", "codetiming", "stamina", "tenacity")}


def work() -> None:
    """Do nothing, so that what is around it is all there is to measure."""


async def work_async() -> None:
    """Do nothing either."""


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """The floor: a wrapper that only calls."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def bare_async(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    return wrapper


def textbook(function: Callable[..., Any]) -> Callable[..., Any]:
    """What teams write themselves."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        delay = 1.0
        for attempt in range(3):
            try:
                return function(*args, **kwargs)
            except Exception:  # noqa: PERF203 - as it is found in the wild
                if attempt == 2:
                    raise
                time.sleep(delay)
                delay *= 2
        return None

    return wrapper


def textbook_timer(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        result = function(*args, **kwargs)
        wrapper.last = time.perf_counter() - start  # type: ignore[attr-defined]  # the simplest record
        return result

    return wrapper


def from_a_library(decorator: Callable[..., Any]) -> Callable[..., Any]:
    """Return the decorator as if imported: before Python 3.11, calls between modules cost more."""
    return types.FunctionType(decorator.__code__, dict(decorator.__globals__))


def driven(function: Callable[..., Any]) -> Callable[[], object]:
    """Run a coroutine that never suspends, without an event loop around it."""

    def call() -> None:
        try:
            function().send(None)
        except StopIteration:
            return

    return call


def retry_candidates(function: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    return {
        OURS: retry(function),
        "backoff": backoff.on_exception(backoff.expo, Exception, max_tries=3)(function),
        "stamina": stamina.retry(on=Exception, attempts=3)(function),
        "tenacity": tenacity.retry(
            stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_exponential()
        )(function),
    }


def rows() -> list[Row]:
    floor, floor_async = from_a_library(bare), from_a_library(bare_async)
    loop = from_a_library(textbook)
    functions = {
        **retry_candidates(work),
        FLOOR: floor(work),
        "textbook loop": loop(work),
        DIRECT: work,
    }
    coroutines = {
        **retry_candidates(work_async),
        FLOOR: floor_async(work_async),
        DIRECT: work_async,
    }
    timers = {
        OURS: timer(output=None)(work),
        FLOOR: floor(work),
        "textbook timer": from_a_library(textbook_timer)(work),
        "codetiming": codetiming.Timer(logger=None)(work),
        DIRECT: work,
    }
    recording = {
        OURS: timer(output=None, record=Timings())(work),
        "codetiming": codetiming.Timer(name="work", logger=None)(work),
    }
    watching = {
        OURS: retry(timeout=60, budget=RetryBudget())(work),
        "tenacity": tenacity.retry(stop=tenacity.stop_after_delay(60))(work),
        "stamina": stamina.retry(on=Exception, timeout=60)(work),
    }
    driven_coroutines = {name: driven(function) for name, function in coroutines.items()}
    return [
        *whole_and_added("retry, function", functions, FLOOR_BARS, RETRY_BARS),
        *whole_and_added("retry, coroutine", driven_coroutines, FLOOR_BARS, RETRY_BARS),
        Row("retry with timeout and budget", race(watching)),
        *whole_and_added("timer, silent", timers, {}, TIMER_BARS),
        Row("timer, recording", race(recording)),
        Row("import", race_fresh({OURS: "import ml_infra_utils.decorators", **PEERS})),
        Row("import and first use of retry", race_fresh({OURS: FIRST_USE, **PEERS})),
    ]


def whole_and_added(
    job: str,
    candidates: dict[str, Callable[..., Any]],
    whole_bars: dict[str, float],
    added_bars: dict[str, float],
) -> list[Row]:
    """Return a row for the whole call, by hand, and one for what libraries add to a direct call."""
    # Short samples, and many: a few percent are at stake, and other processes interfere less.
    whole = race(candidates, rounds=101, sample=0.0005)
    direct = whole.pop(DIRECT)
    by_hand = {name: whole[name] for name in whole if name == OURS or name in BY_HAND}
    added = {name: whole[name] - direct for name in whole if name not in BY_HAND}
    return [Row(job, by_hand, whole_bars), Row(f"{job}: added", added, added_bars)]


def race_fresh(statements: dict[str, str]) -> dict[str, float]:
    """Return the median seconds of each statement, in fresh interpreters, in turn."""
    samples: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(INTERPRETERS):
        for name, statement in statements.items():
            samples[name].append(seconds_of(statement))
    return {name: statistics.median(times) for name, times in samples.items()}


def seconds_of(statement: str) -> float:
    """Return how long a fresh interpreter computes for a statement, beyond its own start."""
    code = (
        "from time import process_time\nstart = process_time()\n"
        f"{statement}\nprint(process_time() - start)"
    )
    printed = subprocess.run(
        [sys.executable, "-I", "-c", code], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return float(printed)


def main() -> None:
    into = destination("decorators")
    report(f"Decorators, Python {platform.python_version()}", rows(), into=into)


if __name__ == "__main__":
    main()
