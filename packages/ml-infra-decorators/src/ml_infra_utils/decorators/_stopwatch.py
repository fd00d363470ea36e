"""Measure calls and blocks on the one clock, and tell and record what came out."""

from __future__ import annotations

from ml_infra_utils.decorators import _clock
from ml_infra_utils.decorators._awaitables import in_place_of, is_awaitable
from ml_infra_utils.decorators._checks import check_function, check_instance, type_error
from ml_infra_utils.decorators._generators import (
    Watcher,
    watched_async_generator,
    watched_generator,
)
from ml_infra_utils.decorators._introspection import kind_of, name_of, wraps
from ml_infra_utils.decorators._output import check_output, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Awaitable, Callable, Literal, TypeVar

    from typing_extensions import ParamSpec

    from ml_infra_utils.decorators._generators import Steps
    from ml_infra_utils.decorators._output import Output
    from ml_infra_utils.decorators._timings import Timings

    P = ParamSpec("P")
    R = TypeVar("R")
    GuideUnit = Literal["seconds", "milliseconds", "microseconds"]
    Unit = Literal[GuideUnit, "nanoseconds", "minutes", "hours", "auto"]

PER_SECOND = {
    "hours": 1 / 3600,
    "minutes": 1 / 60,
    "seconds": 1,
    "milliseconds": 1_000,
    "microseconds": 1_000_000,
    "nanoseconds": 1_000_000_000,
}


def fitting_unit(seconds: float) -> str:
    """Return the largest unit in which the duration is 1 or more."""
    for unit, factor in PER_SECOND.items():
        if seconds * factor >= 1:
            return unit
    return "nanoseconds"


class Stopwatch:
    """What becomes of a measured duration."""

    __slots__ = ("is_silent", "output", "record", "unit")

    def __init__(
        self,
        unit: str,
        output: Output,
        record: Timings | None,
        units: tuple[str, ...] = (*PER_SECOND, "auto"),
    ) -> None:
        if unit not in units:
            from ml_infra_utils.decorators._words import nearest, shortened

            shown = unit if isinstance(unit, str) and len(unit) < 80 else shortened(unit)
            valid = f"Valid units: {', '.join(units)}{nearest(unit, units)}"
            raise ValueError(f"Invalid unit: {shown}. {valid}")
        check_output(output)
        check_instance("record", record)
        self.unit: str = unit
        self.output: Output = output
        self.record: Timings | None = record
        self.is_silent: bool = output is None and record is None

    def stop(
        self,
        name: str,
        elapsed: float,
        error: BaseException | None = None,
        function: Callable[..., Any] | None = None,
    ) -> None:
        """Record the seconds that a call took, and say so; of a coroutine, with its function."""
        if self.record is not None:
            self.record.observe(name, elapsed)
        if self.output is not None:
            unit = fitting_unit(elapsed) if self.unit == "auto" else self.unit
            text = f"{name} took {elapsed * PER_SECOND[unit]:.4f} {unit}"
            if error is not None:
                text += f" and raised {type(error).__name__}"
            tell(self.output, "info", text, {"name": name, "seconds": elapsed}, function)


class Timed:
    """A measured block, made by `timed`, which explains it."""

    def __init__(self, name: str, stopwatch: Stopwatch) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{type_error('name', 'a str', name)}; a function takes @timer")
        self._name = name
        self._stopwatch = stopwatch
        self._start: float | None = None
        self._elapsed = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds: so far within the block, in all after it."""
        return self._elapsed if self._start is None else _clock.current.now() - self._start

    def __enter__(self) -> Timed:
        if self._start is not None:
            raise RuntimeError(
                f"timed({self._name!r}) is running already: each block within another, and "
                "each thread, takes one of its own"
            )
        self._start = _clock.current.now()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._elapsed = self.elapsed
        self._start = None
        self._stopwatch.stop(self._name, self._elapsed, error)


def decorate(
    decorator: str, function: Callable[P, R], stopwatch: Stopwatch, name: str | None
) -> Callable[P, R]:
    """Return the function with its calls measured, under its own name or another one."""
    check_function(function, decorator)
    if name is None:
        name = name_of(function)
    elif not isinstance(name, str):
        raise type_error("name", "a str", name)
    makers: dict[str, Callable[[Any], Any]] = {
        "function": lambda function: _plain(function, name, stopwatch),
        "coroutine function": lambda function: _coroutine(function, name, stopwatch),
        "generator": lambda function: watched_generator(
            function, lambda *_: _Laps(name, stopwatch)
        ),
        "async generator": lambda function: watched_async_generator(
            function, lambda *_: _Laps(name, stopwatch)
        ),
    }
    wrapper: Callable[P, R] = wraps(makers[kind_of(function)](function), function)
    return wrapper


def _plain(function: Callable[P, R], name: str, stopwatch: Stopwatch) -> Callable[P, R]:
    is_silent = stopwatch.is_silent

    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        now = _clock.current.now
        start = now()
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            stopwatch.stop(name, now() - start, error)
            raise
        elapsed = now() - start
        if not is_silent:
            if is_awaitable(result):
                return in_place_of(result, _until_awaited(result, name, stopwatch, start, function))
            stopwatch.stop(name, elapsed)
        return result

    return wrapper


async def _until_awaited(
    awaitable: Awaitable[R],
    name: str,
    stopwatch: Stopwatch,
    start: float,
    function: Callable[..., Any],
) -> R:
    """Measure on, to the result of what a plain function returned."""
    try:
        result = await awaitable
    except BaseException as error:
        stopwatch.stop(name, _clock.current.now() - start, error, function)
        raise
    stopwatch.stop(name, _clock.current.now() - start, None, function)
    return result


def _coroutine(
    function: Callable[P, Awaitable[R]], name: str, stopwatch: Stopwatch
) -> Callable[P, Awaitable[R]]:
    is_silent = stopwatch.is_silent

    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        now = _clock.current.now
        start = now()
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            stopwatch.stop(name, now() - start, error, function)
            raise
        elapsed = now() - start
        if not is_silent:
            stopwatch.stop(name, elapsed, None, function)
        return result

    return wrapper


class _Laps(Watcher):
    """The time inside the body of a generator, without that between its values."""

    __slots__ = ("elapsed", "name", "start", "stopwatch")

    def __init__(self, name: str, stopwatch: Stopwatch) -> None:
        self.elapsed = 0.0
        self.name = name
        self.start = 0.0
        self.stopwatch = stopwatch

    def begin(self) -> None:
        self.start = _clock.current.now()

    def yielded(self) -> None:
        self.elapsed += _clock.current.now() - self.start

    def ended(self) -> Steps[None]:
        self.yielded()
        self.stopwatch.stop(self.name, self.elapsed)
        yield from ()

    # Every Watcher is told whether it was thrown in; a stopwatch does not mind.
    def failed(self, error: BaseException, *, is_thrown: bool) -> Steps[bool]:  # noqa: ARG002
        self.yielded()
        self.stopwatch.stop(self.name, self.elapsed, error)
        yield from ()
        return False
