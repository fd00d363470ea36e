"""Call again what failed."""

from __future__ import annotations

__all__ = ["retry", "retry_on_condition", "retrying"]

TYPE_CHECKING = False  # typing alone takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Callable, Tuple, Type, TypeVar, overload

    from typing_extensions import ParamSpec, Unpack

    from ml_infra_utils.decorators._policy import Exceptions, RetryPolicy, Seconds
    from ml_infra_utils.decorators._retrying import (
        Condition,
        ConditionOptions,
        Options,
        Retrying,
        UseOptions,
    )

    P = ParamSpec("P")
    R = TypeVar("R")
    _Tuple = Tuple[Type[Exception], ...]
else:
    _Tuple = tuple


class _Number(float):
    """A default, which a policy replaces, unlike the same number that was passed."""


class _Types(_Tuple):
    """A default, as `_Number` is."""


_ONE, _TWO, _EVERY, _NONE = _Number(1.0), _Number(2.0), _Types((Exception,)), _Types()


def _passed(**options: Any) -> dict[str, Any]:
    return {
        name: value for name, value in options.items() if not isinstance(value, (_Number, _Types))
    }


if TYPE_CHECKING:

    @overload
    def retry(function: Callable[P, R], /) -> Callable[P, R]: ...

    @overload
    def retry(
        policy: RetryPolicy, /, **options: Unpack[UseOptions]
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...

    @overload
    def retry(
        max_attempts: int | None = 3,
        delay: Seconds = 1.0,
        backoff: float = 2.0,
        exceptions: Exceptions = (Exception,),
        **options: Unpack[Options],
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def retry(
    max_attempts: Any = 3,
    delay: Seconds = _ONE,
    backoff: float = _TWO,
    exceptions: Exceptions = _EVERY,
    **options: Any,
) -> Any:
    """Call the function again when it raises, after waits that grow.

    For functions, methods, coroutine functions, generators and async generators, as
    ``@retry``, ``@retry(...)`` or ``@retry(policy)``. A line is printed before each wait and
    when the attempts are used up; the exception of the last attempt is then raised
    itself, with a note that says how many attempts there were and over how long.

    Parameters
    ----------
    max_attempts : int, None or RetryPolicy
        How many attempts at most, the first one included, None for as many as `timeout`
        allows; or a policy, beside which its own arguments (all down to `never`) are an error.
    delay : float or timedelta
        Seconds to wait before the first retry.
    backoff : float
        Each later wait is this many times the one before.
    exceptions : type, tuple or list of types, or predicate
        What to retry: exception types, or a function that takes the exception and says
        whether to retry. Any other exception passes at once; a group of exceptions, of tasks
        say, is retried if all in it are. KeyboardInterrupt,
        SystemExit, the cancellation of a task, RecursionError, and the time limits and orders of
        celery and others (the guide lists them) are never retried.
    max_delay : float or timedelta, optional
        No wait of the schedule is longer than this many seconds.
    jitter : {"full", "equal", "decorrelated"}, optional
        Draw the waits at random, so that many clients do not return together: from 0 to
        the wait of the schedule ("full"), from half of it ("equal"), or from `delay` to
        ``1 + backoff`` times the wait before ("decorrelated"; Brooker 2015).
    seed : int, optional
        Makes the draws of each call the same, for tests.
    timeout : float or timedelta, optional
        Seconds for all attempts and waits together. A wait that would pass this deadline
        is not begun; an attempt under way is not stopped, but learns from `remaining`
        how long it has. Retries within it, however deep, share the outermost deadline.
    retry_after : float or timedelta, optional
        Where the exception brings a wait along, wait that long at least, with the jitter on
        top; if it is more than `retry_after` seconds, give up at once. It is read from a
        ``retry_after`` attribute or from headers (``Retry-After``, ``retry-after-ms``,
        ``RateLimit-Reset``) of errors of requests, httpx, urllib, aiohttp and botocore.
    wait : sequence of float, or callable, optional
        The seconds before each retry, the last for all further ones; or a function that gives
        them, of the failure (the exception, or the result that met a condition) and the number
        of the attempt: None for what the schedule says. It is tried once when decorating.
    attempt_timeout : float or timedelta, optional
        Seconds for each attempt of a coroutine function. One that takes longer is cancelled and
        fails with a TimeoutError, which is retried whatever `exceptions` says.
    never : type, tuple or list of types, optional
        Which exceptions are not retried, whatever `exceptions` says.
    fallback : object or callable, optional
        What is returned instead of raising the last error when there is no further attempt; a
        function makes it from the `RetryState`, and is awaited if it is a coroutine function.
    name : str, optional
        What lines, notes, hooks and `record` call the function instead of its own name.
    before_attempt, on_retry, on_success, on_give_up : callable, optional
        Called with a `RetryState` before each attempt, before each wait, when an attempt
        succeeds, and when there is no further one. A coroutine function is awaited, where what
        is decorated is one too. If a hook raises, that is reported and the call goes on; only
        `StopRetrying` ends it.
    output : callable, logger or None
        Takes the lines: `print` by default, a logger (warnings, and an error at the
        end), any function of the text, or None for silence.
    budget : RetryBudget, optional
        Limits the retries of all functions that share it.
    breaker : CircuitBreaker, optional
        Makes no attempts for a while when too many fail, over all functions that share it.
    record : Timings, optional
        Takes the duration of each attempt and, as ``"<name> (wait)"``, each wait.

    Returns
    -------
    callable
        The decorated function or, with arguments, the decorator. The function has an attribute
        ``retry``: ``with_options(...)`` gives the function with other options, say for one call;
        ``statistics`` and ``policy`` tell what became of its calls, and how it is retried.

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or what is decorated is no function.
    ValueError
        If a number is out of range: fewer than one attempt, a time or backoff that is
        negative or not finite.

    Notes
    -----
    A generator is started again only as long as it has yielded nothing; after that its
    error passes with a note. `timeout` covers the time to its first value.

    References
    ----------
    M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. Its
    decorrelated jitter has the factor 3, which is that of the default `backoff`.

    Examples
    --------
    >>> answers = iter([ConnectionError("reset by peer"), "model.bin"])
    >>> @retry(max_attempts=3, delay=0.001)
    ... def download():
    ...     answer = next(answers)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> download()
    download attempt 1/3 failed: reset by peer. Retrying in 0.00 seconds
    'model.bin'
    """
    from ml_infra_utils.decorators._policy import RetryPolicy
    from ml_infra_utils.decorators._retrying import plan_of
    from ml_infra_utils.decorators._wrappers import apply, split_target

    function, first = split_target(max_attempts)
    options.update(_passed(delay=delay, backoff=backoff, exceptions=exceptions))
    return apply("retry", plan_of("retry", first, RetryPolicy(), options), function)


if TYPE_CHECKING:

    @overload
    def retry_on_condition(function: Callable[P, R], /) -> Callable[P, R]: ...

    @overload
    def retry_on_condition(
        policy: RetryPolicy, /, *, condition: Condition = ..., **options: Unpack[UseOptions]
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...

    @overload
    def retry_on_condition(
        max_attempts: int | None = 3,
        delay: Seconds = 1.0,
        condition: Condition = ...,
        **options: Unpack[ConditionOptions],
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def retry_on_condition(
    max_attempts: Any = 3,
    delay: Seconds = _ONE,
    condition: Condition = lambda result: result is None,
    *,
    backoff: float = _ONE,
    exceptions: Exceptions = _NONE,
    **options: Any,
) -> Any:
    """Call the function again while its result meets a condition.

    For functions, methods and coroutine functions. A line is printed before each wait
    and when the attempts are used up; the last result is then returned.

    Parameters
    ----------
    max_attempts : int, None or RetryPolicy
        How many attempts at most, the first one included; or a policy, whose exceptions
        are then retried too; as in `retry`.
    delay : float or timedelta
        Seconds to wait before the first retry.
    condition : callable
        Takes the result and says whether to call again; by default, when it is None.
    backoff : float
        Each later wait is this many times the one before.
    exceptions : type, tuple or list of types, or predicate
        Which exceptions to retry as well; by default none.
    max_delay, jitter, seed, timeout, wait, attempt_timeout, fallback, name, output
        As in `retry`.
    budget, breaker, record, before_attempt, on_retry, on_success, on_give_up
        As in `retry`.
    retry_after : float, optional
        As in `retry`; it is read from the result.

    Returns
    -------
    callable
        The decorated function or, with arguments, the decorator.

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or what is decorated is no function or a
        generator.
    ValueError
        If a number is out of range: fewer than one attempt, a time or backoff that is
        negative or not finite.

    Examples
    --------
    >>> states = iter(["queued", "running", "done"])
    >>> @retry_on_condition(max_attempts=5, delay=0.001, condition=lambda state: state != "done")
    ... def job_state():
    ...     return next(states)
    >>> job_state()
    job_state attempt 1/5 met the condition. Retrying in 0.00 seconds
    job_state attempt 2/5 met the condition. Retrying in 0.00 seconds
    'done'
    """
    from ml_infra_utils.decorators._checks import check_callback
    from ml_infra_utils.decorators._policy import RetryPolicy
    from ml_infra_utils.decorators._retrying import plan_of
    from ml_infra_utils.decorators._wrappers import apply, split_target

    check_callback("condition", condition)
    function, first = split_target(max_attempts)
    default = RetryPolicy(backoff=1.0, exceptions=())
    options.update(_passed(delay=delay, backoff=backoff, exceptions=exceptions))
    plan = plan_of("retry_on_condition", first, default, options, condition=condition)
    return apply("retry_on_condition", plan, function)


if TYPE_CHECKING:

    @overload
    def retrying(policy: RetryPolicy, /, **options: Unpack[UseOptions]) -> Retrying: ...

    @overload
    def retrying(
        max_attempts: int | None = 3,
        delay: Seconds = 1.0,
        backoff: float = 2.0,
        exceptions: Exceptions = (Exception,),
        **options: Unpack[Options],
    ) -> Retrying: ...


def retrying(
    max_attempts: Any = 3,
    delay: Seconds = _ONE,
    backoff: float = _TWO,
    exceptions: Exceptions = _EVERY,
    **options: Any,
) -> Retrying:
    """Retry a block of code: ``for attempt in retrying(...): with attempt: ...``.

    In a coroutine, ``async for attempt in retrying(...): async with attempt: ...`` lets other tasks
    run meanwhile.
    The loop ends after the first block that does not raise.

    Parameters
    ----------
    max_attempts : int, None or RetryPolicy
        How many attempts at most, the first one included; or a policy; as in `retry`.
    delay, backoff, exceptions
        As in `retry`.
    name : str, optional
        What lines, notes and hooks call the block: ``"block"`` by default.
    max_delay, jitter, seed, timeout, retry_after, wait, attempt_timeout, output, budget
        As in `retry`.
    breaker, record, before_attempt, on_retry, on_success, on_give_up
        As in `retry`.

    Returns
    -------
    Retrying
        Each loop over it starts anew. The attempts have a ``number``, from 1.

    Raises
    ------
    TypeError, ValueError
        As in `retry`.

    Examples
    --------
    >>> for attempt in retrying(max_attempts=3, delay=0.001, name="upload"):
    ...     with attempt:
    ...         if attempt.number == 1:
    ...             raise ConnectionError("reset by peer")
    upload attempt 1/3 failed: reset by peer. Retrying in 0.00 seconds
    """
    from ml_infra_utils.decorators._policy import RetryPolicy
    from ml_infra_utils.decorators._retrying import plan_of

    if "fallback" in options:
        raise TypeError("fallback must be left out for retrying(), whose block has no result")
    options.update(_passed(delay=delay, backoff=backoff, exceptions=exceptions))
    return plan_of("retrying", max_attempts, RetryPolicy(), options)
