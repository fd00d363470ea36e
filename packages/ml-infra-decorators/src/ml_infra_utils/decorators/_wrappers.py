"""The functions that stand in for retried ones, one for each kind."""

from __future__ import annotations

from ml_infra_utils.decorators._checks import DESCRIPTORS, check_function
from ml_infra_utils.decorators._engine import Attempt
from ml_infra_utils.decorators._generators import (
    Watcher,
    watched_async_generator,
    watched_generator,
)
from ml_infra_utils.decorators._introspection import kind_of, name_of, wraps
from ml_infra_utils.decorators._output import add_note, hide_engine

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, TypeVar

    from typing_extensions import ParamSpec

    from ml_infra_utils.decorators._retrying import Retrying

    P = ParamSpec("P")
    R = TypeVar("R")

__hidden_from_tracebacks__ = True


def split_target(first: Any) -> tuple[Any, Any]:
    """Tell ``@retry`` from ``@retry(3)``: return the function, if any, and the attempts."""
    if callable(first) or isinstance(first, DESCRIPTORS):
        return first, 3
    return None, first


def apply(decorator: str, retrying: Retrying, function: Any = None) -> Any:
    """Return the decorated function or, without one yet, the decorator."""
    if function is not None:
        return _decorate(decorator, retrying, function)

    return lambda function: _decorate(decorator, retrying, function)


def _decorate(decorator: str, retrying: Retrying, function: Callable[P, R]) -> Callable[P, R]:
    check_function(function, decorator)
    retrying = retrying.of(function, name_of(function))
    kind = kind_of(function)
    if retrying.condition is not None and "generator" in kind:
        raise TypeError(
            f"@{decorator} looks at a result, and the {kind} {retrying.name!r} has none; use @retry"
        )
    if kind in ("function", "generator"):
        retrying.check_form(f"the {kind} {retrying.name!r}", "make that an `async def`")
    watched = retrying.watches_success
    makers: dict[str, Callable[[Any, Any], Any]] = {
        "function": _watched if watched else _plain,
        "coroutine function": _watched_coroutine if watched else _coroutine,
        "generator": _generator,
        "async generator": _async_generator,
    }
    wrapper: Callable[P, R] = wraps(makers[kind](function, retrying), function)
    return wrapper


def _plain(function: Callable[P, R], retrying: Retrying) -> Callable[P, R]:
    # A call that succeeds costs no more than a bare wrapper: no clock, no allocation.
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            attempts = Attempt(retrying, args, kwargs)
            if not attempts.ended(error):
                raise
        for attempt in attempts:
            with attempt:
                attempt.result = function(*args, **kwargs)
        result: R = attempts.result
        return result

    return wrapper


def _watched(function: Callable[P, R], retrying: Retrying) -> Callable[P, R]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        attempts = Attempt(retrying, args, kwargs)
        for attempt in attempts:
            with attempt:
                attempt.result = function(*args, **kwargs)
        result: R = attempts.result
        return result

    return wrapper


def _coroutine(
    function: Callable[P, Awaitable[R]], retrying: Retrying
) -> Callable[P, Awaitable[R]]:
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            attempts = Attempt(retrying, args, kwargs)
            if not await attempts.ended_async(error):
                raise
        async for attempt in attempts:
            async with attempt:
                attempt.result = await function(*args, **kwargs)
        result: R = attempts.result
        return result

    return wrapper


def _watched_coroutine(
    function: Callable[P, Awaitable[R]], retrying: Retrying
) -> Callable[P, Awaitable[R]]:
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        attempts = Attempt(retrying, args, kwargs)
        async for attempt in attempts:
            async with attempt:
                attempt.result = await function(*args, **kwargs)
        result: R = attempts.result
        return result

    return wrapper


def _generator(function: Any, retrying: Retrying) -> Any:
    return watched_generator(function, lambda *call: _UpToFirstValue(retrying, *call))


def _async_generator(function: Any, retrying: Retrying) -> Any:
    return watched_async_generator(function, lambda *call: _UpToFirstValue(retrying, *call))


class _UpToFirstValue(Watcher):
    """Retry a generator that has yielded nothing: what was taken cannot be taken back."""

    __slots__ = ("attempt", "has_yielded", "retrying")

    def __init__(self, retrying: Retrying, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.attempt = Attempt(retrying, args, kwargs)
        self.has_yielded = False
        self.retrying = retrying

    def due(self) -> None:
        next(self.attempt)

    async def due_async(self) -> None:
        await self.attempt.__anext__()

    def begin(self) -> None:
        if not self.has_yielded:
            self.attempt.begin()

    async def started(self) -> None:
        self.has_yielded = True
        await self.attempt.ended_async(None)

    async def ended(self) -> None:
        if not self.has_yielded:
            await self.started()

    async def failed(self, error: BaseException, *, is_thrown: bool) -> bool:
        if not self.has_yielded:
            return await self.attempt.ended_async(error)
        if isinstance(error, Exception) and not is_thrown and self.retrying.policy.retries(error):
            add_note(error, f"not retried: {self.retrying.name} had already yielded")
        hide_engine(error)
        return False
