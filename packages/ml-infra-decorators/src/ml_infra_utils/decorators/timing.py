"""Measure how long calls take."""

from __future__ import annotations

from time import perf_counter

from ml_infra_utils.decorators._functions import check_function, name_of

__all__ = ["timer", "timer_with_units"]

TYPE_CHECKING = False  # typing alone takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Callable, TypeVar

    from typing_extensions import ParamSpec

    P = ParamSpec("P")
    R = TypeVar("R")

_PER_SECOND = {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}


def timer(function: Callable[P, R]) -> Callable[P, R]:
    """Print how many seconds each call of the function takes.

    Parameters
    ----------
    function : callable
        What to measure. Its result, name and docstring are kept.

    Returns
    -------
    callable
        The measured function.

    Raises
    ------
    TypeError
        If `function` is a class or not callable.

    Examples
    --------
    >>> @timer
    ... def train():
    ...     return "model"
    >>> train()  # doctest: +ELLIPSIS
    train took 0.0... seconds
    'model'
    """
    check_function(function, "timer")
    return _timed(function, "seconds")


def timer_with_units(unit: str = "seconds") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Print how long each call of the function takes, in a unit of your choice.

    Parameters
    ----------
    unit : str
        ``"seconds"``, ``"milliseconds"`` or ``"microseconds"``.

    Returns
    -------
    callable
        The decorator.

    Raises
    ------
    ValueError
        If `unit` is none of these.

    Examples
    --------
    >>> @timer_with_units(unit="milliseconds")
    ... def load():
    ...     return [1, 2, 3]
    >>> load()  # doctest: +ELLIPSIS
    load took 0.0... milliseconds
    [1, 2, 3]
    """
    if unit not in _PER_SECOND:
        raise ValueError(f"Invalid unit: {unit}. Valid units: {', '.join(_PER_SECOND)}")

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        check_function(function, "timer_with_units")
        return _timed(function, unit)

    return decorate


def _timed(function: Callable[P, R], unit: str) -> Callable[P, R]:
    from functools import wraps

    name = name_of(function)
    factor = _PER_SECOND[unit]

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        start = perf_counter()
        result = function(*args, **kwargs)
        elapsed = (perf_counter() - start) * factor
        print(f"{name} took {elapsed:.4f} {unit}")
        return result

    return wrapper
