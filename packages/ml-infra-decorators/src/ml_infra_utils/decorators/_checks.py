"""Arguments are checked when decorating, in one clear line each."""

from __future__ import annotations

from ml_infra_utils.decorators._introspection import kind_of

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Iterable, SupportsFloat, SupportsIndex
DESCRIPTORS = (classmethod, staticmethod, property)


def type_error(name: str, expected: str, value: object) -> TypeError:
    """Return the error of an argument of the wrong type."""
    from ml_infra_utils.decorators._words import described

    return TypeError(f"{name} must be {expected}, got {described(value)}")


def value_error(
    name: str, expected: str, value: object, names: Iterable[object] = ()
) -> ValueError:
    """Return the error of an argument that is out of range, or none of the names."""
    from ml_infra_utils.decorators._words import described, nearest

    hint = nearest(value, names)
    return ValueError(f"{name} must be {expected}, got {described(value)}{hint}")


def check_function(function: object, decorator: str) -> None:
    """Raise TypeError unless ``@decorator`` can stand above `function`."""
    if isinstance(function, DESCRIPTORS):
        kind = type(function).__name__
        raise TypeError(f"@{decorator} must stand below @{kind}, got above it: swap the two lines")
    if isinstance(function, type):
        raise TypeError(
            f"what @{decorator} decorates must be a function, got the class "
            f"{function.__name__!r}; decorate its methods instead"
        )
    if callable(function):
        return
    if hasattr(type(function), "__get__"):  # partialmethod, cached_property, singledispatchmethod
        kind = type(function).__name__
        raise TypeError(
            f"@{decorator} must decorate the function inside the {kind}, got the {kind} itself; "
            f"write {kind}(…) around the decorated function"
        )
    raise type_error(f"what @{decorator} decorates", "a function", function)


def check_callback(name: str, value: object) -> None:
    """Raise TypeError unless `value` is a plain callable, which gives its answer at once."""
    _check_callable(name, value)
    kind = kind_of(value)
    if kind != "function":
        from ml_infra_utils.decorators._words import shortened

        raise TypeError(f"{name} must be a plain function, got the {kind} {shortened(value)}")


def is_breaker(value: object) -> bool:
    """Tell whether a value is a CircuitBreaker, which is callable, but decorates only."""
    return hasattr(type(value), "admits")


def _check_callable(name: str, value: object) -> None:
    if is_breaker(value):
        raise TypeError(f"{type_error(name, 'a function', value)}; name it: breaker=…")
    if not callable(value):
        raise type_error(name, "callable", value)


def check_hook(name: str, value: object) -> None:
    """Raise TypeError unless `value` is a function or a coroutine function."""
    _check_callable(name, value)
    kind = kind_of(value)
    if "generator" in kind:
        raise TypeError(f"{name} must be a function or a coroutine function, got the {kind}")


def at_least_one(name: str, value: SupportsIndex) -> int:
    """Return `value` as an int of 1 or more."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise type_error(name, "an int", value)
    number = value.__index__()
    if number < 1:
        raise value_error(name, "at least 1", value)
    return number


def seconds(name: str, value: SupportsFloat | timedelta) -> float:
    """Return a number of seconds, or a timedelta, as a finite float of 0 or more."""
    return not_negative(name, value.total_seconds() if hasattr(value, "total_seconds") else value)


def not_negative(name: str, value: SupportsFloat) -> float:
    """Return `value` as a finite float of 0 or more."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise type_error(name, "a number", value)
    try:
        number = float(value)
    except OverflowError:  # an int of more than 308 digits
        number = float("inf")
    if not 0 <= number < float("inf"):
        raise value_error(name, "finite and not negative", value)
    return number
