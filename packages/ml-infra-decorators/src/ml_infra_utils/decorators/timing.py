"""Measure how long calls take."""

from __future__ import annotations

__all__ = ["timed", "timer", "timer_with_units"]

TYPE_CHECKING = False  # typing alone takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Callable, TypeVar, overload

    from typing_extensions import ParamSpec

    from ml_infra_utils.decorators._output import Output
    from ml_infra_utils.decorators._stopwatch import GuideUnit, Timed, Unit
    from ml_infra_utils.decorators._timings import Timings

    P = ParamSpec("P")
    R = TypeVar("R")


if TYPE_CHECKING:

    @overload
    def timer(function: Callable[P, R], /) -> Callable[P, R]: ...

    @overload
    def timer(
        *,
        unit: Unit = "seconds",
        output: Output = print,
        record: Timings | None = None,
        name: str | None = None,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def timer(
    function: Callable[P, R] | None = None,
    /,
    *,
    unit: Unit = "seconds",
    output: Output = print,
    record: Timings | None = None,
    name: str | None = None,
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Tell how long each call of the function takes, also when it raises.

    For functions, methods and coroutine functions (from call to result), and for
    generators and async generators (the time inside their body, told at the end).
    As ``@timer`` or ``@timer(...)``; recursive and concurrent calls each count for themselves.

    Parameters
    ----------
    function : callable
        What to measure. Its result, name, signature and docstring are kept.
    unit : str
        ``"nanoseconds"``, ``"microseconds"``, ``"milliseconds"``, ``"seconds"``,
        ``"minutes"``, ``"hours"``, or ``"auto"`` for the largest that gives 1 or more.
    output : callable, logger or None
        Takes the line: `print` by default, a logger (at level info), any function of
        the text, or None for silence.
    record : Timings, optional
        Takes the duration under the name of the function.
    name : str, optional
        What to call the function instead of its own name, which has its class in front.

    Returns
    -------
    callable
        The measured function or, with arguments, the decorator.

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or what is decorated is no function.
    ValueError
        If `unit` is unknown.

    Examples
    --------
    >>> @timer
    ... def train():
    ...     return "model"
    >>> train()  # doctest: +ELLIPSIS
    train took 0... seconds
    'model'
    """
    from ml_infra_utils.decorators._stopwatch import Stopwatch, decorate

    def decorator(function: Callable[P, R]) -> Callable[P, R]:
        return decorate("timer", function, stopwatch, name)

    stopwatch = Stopwatch(unit, output, record)
    return decorator if function is None else decorator(function)


def timer_with_units(
    unit: GuideUnit = "seconds",
    *,
    output: Output = print,
    record: Timings | None = None,
    name: str | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Tell how long each call of the function takes, in one of three units.

    Parameters
    ----------
    unit : str
        ``"seconds"``, ``"milliseconds"`` or ``"microseconds"``; `timer` has more.
    output, record, name
        As in `timer`.

    Returns
    -------
    callable
        The decorator.

    Raises
    ------
    TypeError
        If an argument is of the wrong type, or what is decorated is no function.
    ValueError
        If `unit` is unknown.

    Examples
    --------
    >>> @timer_with_units(unit="milliseconds")
    ... def load():
    ...     return [1, 2, 3]
    >>> load()  # doctest: +ELLIPSIS
    load took ... milliseconds
    [1, 2, 3]
    """
    from ml_infra_utils.decorators._stopwatch import Stopwatch, decorate

    stopwatch = Stopwatch(unit, output, record, ("seconds", "milliseconds", "microseconds"))
    return lambda function: decorate("timer_with_units", function, stopwatch, name)


def timed(
    name: str,
    *,
    unit: Unit = "seconds",
    output: Output = print,
    record: Timings | None = None,
) -> Timed:
    """Tell how long a block of code takes: ``with timed("load") as t: ...``.

    Parameters
    ----------
    name : str
        What the line calls the block.
    unit, output, record
        As in `timer`.

    Returns
    -------
    context manager
        Its ``elapsed`` is a float of seconds: so far within the block, in all after it.

    Raises
    ------
    TypeError, ValueError
        As in `timer`; TypeError also if `name` is no str.
    RuntimeError
        If the same context manager is entered again before it was left.

    Examples
    --------
    >>> with timed("load", unit="auto") as t:  # doctest: +ELLIPSIS
    ...     rows = list(range(1000))
    load took ...seconds
    >>> 0 < t.elapsed < 1
    True
    """
    from ml_infra_utils.decorators._stopwatch import Stopwatch, Timed

    return Timed(name, Stopwatch(unit, output, record))
