"""The functions that stand in for retried ones, one for each kind."""

from __future__ import annotations

from ml_infra_utils.decorators._checks import DESCRIPTORS, check_function
from ml_infra_utils.decorators._engine import Attempt
from ml_infra_utils.decorators._functions import kind_of, name_of, stand_in
from ml_infra_utils.decorators._report import add_note, hide_engine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AsyncGenerator, Awaitable, Callable, Generator, TypeVar

    from typing_extensions import ParamSpec

    from ml_infra_utils.decorators._engine import Retrying

    P = ParamSpec("P")
    R = TypeVar("R")
    Y = TypeVar("Y")
    S = TypeVar("S")

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
    retrying = retrying.named(name_of(function))
    kind = kind_of(function)
    if retrying.condition is not None and "generator" in kind:
        raise TypeError(
            f"@{decorator} looks at a result, and the {kind} {retrying.name!r} has none; use @retry"
        )
    watched = retrying.watches_success
    wrappers: dict[str, Callable[[Any, Retrying], Any]] = {
        "function": _watched if watched else _plain,
        "coroutine function": _watched_coroutine if watched else _coroutine,
        "generator": _generator,
        "async generator": _async_generator,
    }
    wrapper: Callable[P, R] = stand_in(wrappers[kind](function, retrying), function)
    return wrapper


def _plain(function: Callable[P, R], retrying: Retrying) -> Callable[P, R]:
    # The way of a success holds nothing that a bare wrapper does not hold.
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            attempt = Attempt(retrying)
            if not attempt.failed(error):
                raise
        while True:
            attempt.wait()
            try:
                return function(*args, **kwargs)
            except Exception as error:
                if not attempt.failed(error):
                    raise

    return wrapper


def _coroutine(
    function: Callable[P, Awaitable[R]], retrying: Retrying
) -> Callable[P, Awaitable[R]]:
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            attempt = Attempt(retrying)
            if not attempt.failed(error):
                raise
        while True:
            await attempt.wait_async()
            try:
                return await function(*args, **kwargs)
            except Exception as error:
                if not attempt.failed(error):
                    raise

    return wrapper


def _watched(function: Callable[P, R], retrying: Retrying) -> Callable[P, R]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        attempt = Attempt(retrying)
        while True:
            attempt.begin()
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                if not attempt.failed(error):
                    raise
            else:
                if attempt.succeeded(result):
                    return result
            attempt.wait()

    return wrapper


def _watched_coroutine(
    function: Callable[P, Awaitable[R]], retrying: Retrying
) -> Callable[P, Awaitable[R]]:
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        attempt = Attempt(retrying)
        while True:
            attempt.begin()
            try:
                result = await function(*args, **kwargs)
            except BaseException as error:
                if not attempt.failed(error):
                    raise
            else:
                if attempt.succeeded(result):
                    return result
            await attempt.wait_async()

    return wrapper


def _generator(
    function: Callable[P, Generator[Y, S, R]], retrying: Retrying
) -> Callable[P, Generator[Y, S, R]]:
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Generator[Y, S, R]:
        attempt = Attempt(retrying)
        while True:
            generator = function(*args, **kwargs)
            attempt.begin()
            try:
                value = next(generator)
            except StopIteration as stop:
                attempt.succeeded(None)
                result: R = stop.value
                return result
            except BaseException as error:
                if not attempt.failed(error):
                    raise
            else:
                attempt.succeeded(None)
                break
            attempt.wait()
        from_outside = False
        try:
            while True:
                try:
                    sent = yield value
                except GeneratorExit:  # noqa: PERF203 - each yield may raise, by the protocol
                    generator.close()
                    raise
                except BaseException as thrown:
                    from_outside = True
                    value = generator.throw(thrown)
                    from_outside = False
                else:
                    if sent is None:
                        return (yield from generator)
                    value = generator.send(sent)
        except StopIteration as stop:
            result = stop.value
            return result
        except Exception as error:
            if not from_outside:
                _say_that_it_has_yielded(error, retrying)
            hide_engine(error)
            raise

    return wrapper


def _async_generator(
    function: Callable[P, AsyncGenerator[Y, S]], retrying: Retrying
) -> Callable[P, AsyncGenerator[Y, S]]:
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Y, S]:
        attempt = Attempt(retrying)
        while True:
            generator = function(*args, **kwargs)
            attempt.begin()
            try:
                value = await generator.__anext__()
            except StopAsyncIteration:
                attempt.succeeded(None)
                return
            except BaseException as error:
                if not attempt.failed(error):
                    raise
            else:
                attempt.succeeded(None)
                break
            await attempt.wait_async()
        from_outside = False
        try:
            while True:
                try:
                    sent = yield value
                except GeneratorExit:  # noqa: PERF203 - each yield may raise, by the protocol
                    await generator.aclose()
                    raise
                except BaseException as thrown:
                    from_outside = True
                    value = await generator.athrow(thrown)
                    from_outside = False
                else:
                    value = await generator.asend(sent)
        except StopAsyncIteration:
            return
        except Exception as error:
            if not from_outside:
                _say_that_it_has_yielded(error, retrying)
            hide_engine(error)
            raise

    return wrapper


def _say_that_it_has_yielded(error: Exception, retrying: Retrying) -> None:
    if retrying.policy.retries(error):
        add_note(error, f"not retried: {retrying.name} had already yielded")
