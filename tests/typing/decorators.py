"""Typed usage of ml_infra_utils.decorators; type checkers read it, nobody runs it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Generic,
    Iterator,
    Literal,
    TypeVar,
)

from typing_extensions import Concatenate, ParamSpec, assert_type

from ml_infra_utils.decorators import (
    BreakerState,
    CircuitBreaker,
    CircuitOpenError,
    RetryBudget,
    RetryControl,
    RetryPolicy,
    RetryState,
    StopRetrying,
    Timing,
    Timings,
    cap_attempts,
    disable_retries,
    instrument,
    remaining,
    retry,
    retry_on_condition,
    retrying,
    timed,
    timer,
    timer_with_units,
)
from ml_infra_utils.decorators.instruments import (
    logging_hook,
    opentelemetry_hook,
    prometheus_hook,
)
from ml_infra_utils.decorators.testing import Simulation, VirtualClock, no_waits, simulate

logger = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")
budget = RetryBudget(ratio=0.1, capacity=5)
timings = Timings()


def on_change(state: BreakerState) -> None:
    assert_type(state.after, Literal["closed", "open", "half-open"])


breaker = CircuitBreaker(0.5, window=timedelta(minutes=1), min_calls=3, on_change=on_change)
assert_type(CircuitBreaker.from_json(breaker.to_json()), CircuitBreaker)
assert_type(CircuitOpenError("open", 3.0).retry_after, float)


@breaker
def guarded(path: str) -> bytes:
    return path.encode()


assert_type(guarded("a.csv"), bytes)


async def awaited(state: RetryState) -> None:
    if state.event == "give_up":
        raise StopRetrying(state.stopped_by)


def on_retry(state: RetryState) -> None:
    assert_type(state.max_attempts, "int | None")
    assert_type(list(state.as_dict()), "list[str]")
    assert_type(state.attempt_number, int)
    assert_type(state.error, "Exception | None")
    assert_type(state.wait, float)


# Signatures and results are kept, in every form


@retry
def bare(path: str, *, rows: int = 10) -> list[str]:
    return [path] * rows


assert_type(bare("a.csv"), "list[str]")
assert_type(bare("a.csv", rows=3), "list[str]")
bare(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a str is meant
bare("a.csv", columns=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # unknown


assert_type(RetryControl.of(bare).statistics.retries, int)
assert_type(RetryControl.of(bare).policy, RetryPolicy)


@retry(
    max_attempts=5,
    delay=0.5,
    backoff=2,
    exceptions=(OSError, TimeoutError),
    max_delay=30,
    jitter="full",
    seed=1,
    timeout=60,
    retry_after=30,
    on_retry=on_retry,
    output=logger,
    budget=budget,
    breaker=breaker,
    record=timings,
    wait=[1, timedelta(seconds=5)],
    fallback=0.0,
    name="everything",
)
def with_everything(x: int) -> float:
    return x / 2


assert_type(with_everything(3), float)


@retry(exceptions=lambda error: "reset" in str(error), output=None)
def with_a_predicate() -> bytes:
    return b""


assert_type(with_a_predicate(), bytes)


def wait(failure: Exception, attempt: int) -> float:
    return attempt * len(str(failure))


@retry(None, timeout=timedelta(minutes=1), exceptions=[OSError, KeyError], wait=wait)
def without_a_limit() -> bytes:
    return b""


assert_type(without_a_limit(), bytes)


@retry(
    RetryPolicy(max_attempts=5, attempt_timeout=3),
    output=print,
    before_attempt=on_retry,
    on_success=awaited,
)
async def coroutine(x: int) -> str:
    return str(x)


@retry
def generator(n: int) -> Generator[int, str, bool]:
    yield n
    return True


assert_type(generator(3), Generator[int, str, bool])


@retry(timeout=5)
def iterator() -> Iterator[int]:
    yield 1


assert_type(iterator(), Iterator[int])


@timer(unit="auto")
async def async_generator() -> AsyncGenerator[int, None]:
    yield 1


assert_type(async_generator(), AsyncGenerator[int, None])


@retry
async def async_iterator() -> AsyncIterator[int]:
    yield 1


assert_type(async_iterator(), AsyncIterator[int])


class Service:
    @retry(max_attempts=2)
    def get(self, key: str) -> int:
        return len(key)

    @classmethod
    @retry
    def build(cls, key: str) -> Service:
        service = cls()
        service.get(key)
        return service

    @staticmethod
    @timer
    def version() -> str:
        return "1"

    @timer_with_units("milliseconds")
    async def load(self) -> bytes:
        return b""


assert_type(Service().get("k"), int)
assert_type(Service.build("k"), Service)
assert_type(Service.version(), str)


# What is generic stays so, and what takes other decorators' arguments too


@retry
def listed(x: T) -> list[T]:
    return [x]


assert_type(listed("a"), "list[str]")


class Box(Generic[T]):
    @retry(max_attempts=2)
    def get(self, x: T) -> T:
        return x


assert_type(Box[int]().get(3), int)


def with_connection(function: Callable[Concatenate[int, P], T]) -> Callable[P, T]:
    def connected(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(1, *args, **kwargs)

    return connected


@with_connection
@retry(output=None)
def query(connection: int, sql: str, *, limit: int = 3) -> list[str]:
    return [sql] * connection * limit


assert_type(query("select 1", limit=2), "list[str]")


@retry_on_condition(5, 0.5, lambda result: result is None, backoff=2.0, exceptions=OSError)
def poll(job: int) -> str | None:
    return "done" if job else None


assert_type(poll(3), "str | None")


@retry_on_condition
def poll_by_default(job: int) -> str | None:
    return "done" if job else None


assert_type(poll_by_default(3), "str | None")


@timer
@retry
def stacked(x: int) -> int:
    return x


assert_type(stacked(1), int)
decorate: Callable[[Callable[[int], int]], Callable[[int], int]] = timer(record=timings)


# Mistakes that a checker sees

retry(max_attempts="3")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # a number is meant
retry(jitter="some")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # no such jitter
retry(RetryPolicy(), delay=3)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # the policy's
timer(unit="fortnights")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # no such unit


# Blocks


def block() -> None:
    for attempt in retrying(max_attempts=3, name="upload"):
        with attempt:
            assert_type(attempt.number, int)
    with timed("load", record=timings) as t:
        assert_type(t.elapsed, float)


async def async_block() -> None:
    assert_type(await coroutine(3), str)
    assert_type(await Service().load(), bytes)
    async for attempt in retrying(RetryPolicy(), budget=budget, on_give_up=awaited):
        async with attempt:
            assert_type(attempt.number, int)


assert_type(remaining(), "float | None")


# Values

assert_type(timings["load"], Timing)
assert_type(timings["load"].percentile(95), float)
assert_type(timings + timings, Timings)
assert_type(timings.take(), Timings)
assert_type(RetryPolicy.from_json(RetryPolicy().to_json()), RetryPolicy)
assert_type(RetryPolicy().replace(delay=1), RetryPolicy)
assert_type(simulate(RetryPolicy(), [OSError, "ok"]), Simulation)
with no_waits() as waits:
    assert_type(waits, "list[float]")
with VirtualClock() as clock:
    assert_type(clock.now(), float)


# The whole process

instrument(on_retry)
with instrument(prometheus_hook()), instrument(opentelemetry_hook(prefix="jobs")):
    instrument(logging_hook(logger)).end()
with disable_retries(), cap_attempts(3):
    pass
assert_type(timings.to_openmetrics(prefix="job"), str)
