"""The functions that stand in for retried ones, one for each kind."""

from __future__ import annotations

from ml_infra_utils.decorators import _clock
from ml_infra_utils.decorators._awaitables import in_place_of, is_awaitable
from ml_infra_utils.decorators._checks import check_function, is_instance, type_error
from ml_infra_utils.decorators._engine import Attempt
from ml_infra_utils.decorators._events import RAISE
from ml_infra_utils.decorators._generators import (
    Watcher,
    watched_async_generator,
    watched_generator,
)
from ml_infra_utils.decorators._introspection import kind_of, name_of, wraps
from ml_infra_utils.decorators._output import add_note, hide_engine
from ml_infra_utils.decorators._policy import RetryPolicy
from ml_infra_utils.decorators._retrying import split

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, TypeVar

    from typing_extensions import ParamSpec

    from ml_infra_utils.decorators._generators import Steps
    from ml_infra_utils.decorators._retrying import Retrying
    from ml_infra_utils.decorators._statistics import RetryStatistics

    P = ParamSpec("P")
    R = TypeVar("R")

__hidden_from_tracebacks__ = True


PREDICATES = {
    "retry": ("exceptions", ("err", "error", "exc", "exception")),
    "retry_on_condition": ("condition", ("res", "result", "response")),
}
"""The argument that a predicate is meant for, and what its parameter is called where that tells."""


def split_target(first: Any) -> tuple[Any, Any]:
    """Tell ``@retry`` from ``@retry(3)``: return the function, if any, and the attempts."""
    is_value = isinstance(first, type) and issubclass(first, (BaseException, RetryPolicy))
    if (
        is_value
        or is_instance("breaker", first)
        or not (callable(first) or hasattr(type(first), "__get__"))
    ):
        return None, first
    return first, 3


def apply(decorator: str, retrying: Retrying, function: Any = None) -> Any:
    """Return the decorated function or, without one yet, the decorator."""
    if function is None:
        return lambda function: _decorate(decorator, retrying, function)
    decorated = _decorate(decorator, retrying, function)
    argument, parameters = PREDICATES[decorator]
    code = getattr(function, "__code__", None)
    if type(code) is not type(apply.__code__) or code.co_argcount != 1:
        return decorated
    if code.co_name != "<lambda>" and code.co_varnames[0] not in parameters:
        return decorated

    # @retry(lambda error: …) looks like a function that is decorated, until it is called.
    def unless_it_decorates(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], type(unless_it_decorates)):
            raise TypeError(
                f"max_attempts of @{decorator} must be a number, got a function; if that is a "
                f"predicate, give it by name: @{decorator}({argument}=…)"
            )
        return decorated(*args, **kwargs)

    return wraps(unless_it_decorates, decorated)


def _decorate(decorator: str, retrying: Retrying, function: Callable[P, R]) -> Callable[P, R]:
    check_function(function, decorator)
    if retrying.function is not function:
        retrying = retrying.of(function)
    kind = kind_of(function)
    if retrying.condition is not None and "generator" in kind:
        raise TypeError(
            f"@{decorator} looks at a result, and the {kind} {retrying.name!r} has none; use @retry"
        )
    if retrying.fallback is not RAISE and "generator" in kind:
        raise TypeError(
            f"fallback must be left out for the {kind} {retrying.name!r}, which has no result"
        )
    what, instead = f"the {kind} {retrying.name!r}", "make that an `async def`"
    if kind != "coroutine function":
        retrying.check_interruption(what, instead)
    if kind in ("function", "generator"):
        retrying.check_awaiting(what, instead)
    watched = retrying.watches_success
    makers: dict[str, Callable[[Any, Any], Any]] = {
        "function": _watched if watched else _plain,
        "coroutine function": _watched_coroutine if watched else _coroutine,
        "generator": _generator,
        "async generator": _async_generator,
    }
    wrapper = wraps(makers[kind](function, retrying), function)
    wrapper.retry = RetryControl(decorator, retrying, function)
    retried: Callable[P, R] = wrapper
    return retried


class RetryControl:
    """The retry of a function, as its attribute ``retry``.

    A type checker sees the function as it was before it was decorated, so that methods stay
    methods: for it, write ``RetryControl.of(function)`` instead of ``function.retry``.

    Attributes
    ----------
    policy : RetryPolicy
        When it retries.
    statistics : RetryStatistics
        What became of the calls so far that failed at least once.

    Examples
    --------
    >>> from ml_infra_utils.decorators import RetryControl, retry
    >>> @retry(max_attempts=5)
    ... def load(path):
    ...     return path
    >>> RetryControl.of(load).policy.max_attempts
    5
    """

    def __init__(self, decorator: str, retrying: Retrying, function: Callable[..., Any]) -> None:
        self._decorator = decorator
        self._retrying = retrying
        self._function = function

    @staticmethod
    def of(function: Callable[..., Any]) -> RetryControl:
        """Return the attribute ``retry`` of a decorated function or method.

        Raises
        ------
        TypeError
            If the function was not decorated with `retry` or `retry_on_condition`.
        """
        control = getattr(function, "retry", None)
        if not isinstance(control, RetryControl):
            raise type_error("function", "one that is decorated with @retry", function)
        return control

    @property
    def policy(self) -> RetryPolicy:
        return self._retrying.policy

    @property
    def statistics(self) -> RetryStatistics:
        return self._retrying.statistics

    def with_options(self, **options: Any) -> Any:
        """Return the function with other options of its retry, say for one call.

        Of a method, it takes the instance as its first argument. `statistics` are shared.
        """
        retrying = self._retrying.changed(*split("with_options", options))
        return _decorate(self._decorator, retrying, self._function)


def _plain(function: Callable[P, R], retrying: Retrying) -> Callable[P, R]:
    call: Callable[P, Any] = function

    def first_call(*args: P.args, **kwargs: P.kwargs) -> Any:
        """Find out from a first result whether the function returns what is to be awaited."""
        nonlocal call
        result = function(*args, **kwargs)
        if is_awaitable(result):
            return _retried_result(result, Attempt(retrying, args, kwargs), function)
        call = function
        return result

    call = first_call

    # A call that succeeds costs no more than a bare wrapper: no clock, no allocation.
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return call(*args, **kwargs)
        except Exception as error:
            attempts = Attempt(retrying, args, kwargs)
            if not attempts.ended(error):
                raise
        for attempt in attempts:
            with attempt:
                attempt.result = function(*args, **kwargs)
                if is_awaitable(attempt.result):
                    return _retried_result(attempt.result, attempt, function)
        return attempts.result

    return wrapper


def _watched(function: Callable[P, R], retrying: Retrying) -> Callable[P, R]:
    # The same loop by hand: every success goes through it, and `for` and `with` take as long again.
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        attempts = Attempt(retrying, args, kwargs)
        result: Any
        while attempts.due():
            try:
                attempts.begin()
                attempts.result = result = function(*args, **kwargs)
                is_to_be_awaited = is_awaitable(result)
            except BaseException as error:  # noqa: PERF203 - a failed attempt has to wait anyway
                if not attempts.ended(error):
                    raise
            else:
                if is_to_be_awaited:
                    result = _retried_result(result, attempts, function)
                if not attempts.ended(None):
                    return result
        return attempts.result

    return wrapper


def _retried_result(
    awaitable: Awaitable[Any], attempts: Attempt, function: Callable[..., Any]
) -> Awaitable[Any]:
    """Return what is to be awaited for the result of a plain function, with its retries."""

    async def steps() -> Any:
        attempts.take_over(_clock.of_task())
        result: Any = awaitable
        async for attempt in attempts:
            async with attempt:
                if attempt.number > number:
                    result = function(*attempts.args, **attempts.kwargs)
                attempt.result = await result if is_awaitable(result) else result
        return attempts.result

    number = attempts.number
    attempts.hand_over()
    coroutine: Any = steps()
    coroutine.__qualname__ = name_of(function)  # for the warning where nobody awaits it
    return in_place_of(awaitable, coroutine)


def _coroutine(
    function: Callable[P, Awaitable[R]], retrying: Retrying
) -> Callable[P, Awaitable[R]]:
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            attempts = Attempt(retrying, args, kwargs, _clock.of_task())
            if not await attempts.ended_async(error):
                raise
        async for attempt in attempts:
            async with attempt:
                attempt.result = await function(*args, **kwargs)
        return attempts.result

    return wrapper


def _watched_coroutine(
    function: Callable[P, Awaitable[R]], retrying: Retrying
) -> Callable[P, Awaitable[R]]:
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        attempts = Attempt(retrying, args, kwargs, _clock.of_task())
        async for attempt in attempts:
            async with attempt:
                attempt.result = await function(*args, **kwargs)
        return attempts.result

    return wrapper


def _generator(function: Any, retrying: Retrying) -> Any:
    return watched_generator(function, lambda *call: _UpToFirstValue(retrying, *call))


def _async_generator(function: Any, retrying: Retrying) -> Any:
    return watched_async_generator(
        function, lambda args, kwargs: _UpToFirstValue(retrying, args, kwargs, _clock.of_task())
    )


class _UpToFirstValue(Watcher):
    """Retry a generator that has yielded nothing: what was taken cannot be taken back."""

    __slots__ = ("attempt", "has_yielded", "retrying")

    def __init__(
        self,
        retrying: Retrying,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        clock: _clock.Clock | None = None,
    ) -> None:
        self.attempt = Attempt(retrying, args, kwargs, clock)
        self.has_yielded = False
        self.retrying = retrying

    def due(self) -> None:
        next(self.attempt)

    async def due_async(self) -> None:
        await self.attempt.__anext__()

    def begin(self) -> None:
        if not self.has_yielded:
            self.attempt.begin()

    def started(self) -> Steps[None]:
        self.has_yielded = True
        yield from self.attempt.end(None)

    def ended(self) -> Steps[None]:
        if not self.has_yielded:
            yield from self.started()

    def failed(self, error: BaseException, *, is_thrown: bool) -> Steps[bool]:
        if not self.has_yielded:
            return (yield from self.attempt.end(error))
        if isinstance(error, Exception) and not is_thrown and self.retrying.policy.retries(error):
            add_note(error, f"not retried: {self.retrying.name} had already yielded")
        hide_engine(error)
        return False
