"""Call again what failed."""

from __future__ import annotations

import time

from ml_infra_utils.decorators._functions import check_function, name_of
from ml_infra_utils.decorators._schedule import Schedule

__all__ = ["retry", "retry_on_condition"]

TYPE_CHECKING = False  # typing alone takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Callable, Tuple, Type, TypeVar, Union

    from typing_extensions import ParamSpec

    P = ParamSpec("P")
    R = TypeVar("R")
    ExceptionTypes = Union[Type[Exception], Tuple[Type[Exception], ...]]


def retry(
    max_attempts: int = 3,
    delay: float = 1.0,
    backoff: float = 2.0,
    exceptions: ExceptionTypes = (Exception,),
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Call the function again when it raises, after waits that grow.

    A status line is printed before each wait and when the attempts are used up;
    the exception of the last attempt is then raised as it is.

    Parameters
    ----------
    max_attempts : int
        How many calls at most, the first one included.
    delay : float
        Seconds to wait before the first retry.
    backoff : float
        Each later wait is this many times the one before.
    exceptions : type or tuple of types
        What to retry. Any other exception passes at once.

    Returns
    -------
    callable
        The decorator.

    Raises
    ------
    TypeError
        If an argument has the wrong type, or a class is decorated.
    ValueError
        If `max_attempts` is below 1, or `delay` or `backoff` is negative or not finite.

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
    schedule = Schedule(max_attempts, delay, backoff)
    retried = _exception_types(exceptions)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        from functools import wraps

        check_function(function, "retry")
        name = name_of(function)

        def wait_after(error: Exception, attempt: int) -> bool:
            """Wait for the next attempt, or return False if there is none."""
            if not isinstance(error, retried):
                return False
            if attempt == max_attempts:
                print(f"{name} failed after {max_attempts} attempts: {error}")
                return False
            wait = schedule.wait(attempt)
            print(
                f"{name} attempt {attempt}/{max_attempts} failed: {error}. "
                f"Retrying in {wait:.2f} seconds"
            )
            time.sleep(wait)
            return True

        @wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            attempt = 1
            while True:
                try:
                    return function(*args, **kwargs)
                except Exception as error:
                    if not wait_after(error, attempt):
                        raise
                attempt += 1

        return wrapper

    return decorate


def retry_on_condition(
    max_attempts: int = 3,
    delay: float = 1.0,
    condition: Callable[[Any], object] = lambda result: result is None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Call the function again while its result meets a condition.

    Parameters
    ----------
    max_attempts : int
        How many calls at most, the first one included.
    delay : float
        Seconds to wait before each retry.
    condition : callable
        Takes the result and says whether to call again; by default, when it is None.

    Returns
    -------
    callable
        The decorator. The decorated function returns the last result
        when the attempts are used up.

    Raises
    ------
    TypeError
        If an argument has the wrong type, or a class is decorated.
    ValueError
        If `max_attempts` is below 1, or `delay` is negative or not finite.

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
    schedule = Schedule(max_attempts, delay, backoff=1.0)
    if not callable(condition):
        raise TypeError(f"condition must be callable, got {condition!r}")

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        from functools import wraps

        check_function(function, "retry_on_condition")
        name = name_of(function)

        @wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            attempt = 1
            while True:
                result = function(*args, **kwargs)
                if not condition(result):
                    return result
                if attempt == max_attempts:
                    print(f"{name} exhausted {max_attempts} attempts")
                    return result
                wait = schedule.wait(attempt)
                print(
                    f"{name} attempt {attempt}/{max_attempts} met the condition. "
                    f"Retrying in {wait:.2f} seconds"
                )
                time.sleep(wait)
                attempt += 1

        return wrapper

    return decorate


def _exception_types(exceptions: object) -> tuple[type[Exception], ...]:
    types = exceptions if isinstance(exceptions, tuple) else (exceptions,)
    for kind in types:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise TypeError(f"exceptions must be exception types, got {kind!r}")
        if not issubclass(kind, Exception):
            raise TypeError(
                f"exceptions must not hold {kind.__name__}: retrying it would swallow "
                "Ctrl-C, exits and cancellation; use Exception or a type below it"
            )
    return types
