"""Arguments are checked when decorating, in one clear line each."""

from __future__ import annotations

import sys

from ml_infra_utils.decorators._introspection import kind_of

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Iterable, SupportsFloat, SupportsIndex

DESCRIPTORS = (classmethod, staticmethod, property)

TAKES = {
    "condition": ("the result",),
    "exceptions": ("the exception",),
    "hook": ("a RetryState or BreakerState",),
    "on_change": ("the BreakerState",),
    "output": ("the text",),
    "wait": ("the failure", "the number of the attempt"),
}
"""What the function is called with that an argument takes; all others with a RetryState."""

INSTANCES = {
    "breaker": ("_breaker", "CircuitBreaker"),
    "budget": ("_budget", "RetryBudget"),
    "record": ("_timings", "Timings"),
}
"""The module and the name of what these arguments take; nothing of them is imported here."""


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
    if callable(function) and not is_instance("breaker", function):
        return
    if hasattr(type(function), "__get__"):  # partialmethod, cached_property, singledispatchmethod
        kind = type(function).__name__
        raise TypeError(
            f"@{decorator} must decorate the function inside the {kind}, got the {kind} itself; "
            f"write {kind}(…) around the decorated function"
        )
    raise type_error(f"what @{decorator} decorates", "a function", function)


def check_callback(name: str, value: object) -> None:
    """Raise TypeError unless `value` is a plain function, which gives its answer at once."""
    check_call(name, value)
    kind = kind_of(value)
    if kind != "function":
        from ml_infra_utils.decorators._words import shortened

        raise TypeError(f"{name} must be a plain function, got the {kind} {shortened(value)}")


def check_hook(name: str, value: object) -> None:
    """Raise TypeError unless `value` is a function or a coroutine function."""
    check_call(name, value)
    kind = kind_of(value)
    if "generator" in kind:
        raise TypeError(f"{name} must be a function or a coroutine function, got the {kind}")


def check_call(name: str, value: object) -> None:
    """Raise TypeError unless `value` can be called with what the argument of this name is for."""
    from ml_infra_utils.decorators._peers import INSTEAD, library_of
    from ml_infra_utils.decorators._signature import misfit

    if is_instance("breaker", value):
        raise TypeError(f"{type_error(name, 'a function', value)}; name it: breaker=…")
    if not callable(value):
        raise type_error(name, "callable", value)
    takes = TAKES.get(name, ("the RetryState",))
    expected = f"a function of {' and '.join(takes)}"
    library = library_of(value)
    if library:
        instead = INSTEAD.get(name, expected)
        raise TypeError(f"{type_error(name, expected, value)} of {library}; here: {instead}")
    if isinstance(value, type) and any("__call__" in vars(each) for each in value.__mro__):
        raise TypeError(f"{type_error(name, expected, value)}; give an instance of it")
    signature = misfit(value, len(takes))
    if signature:
        raise TypeError(f"{name} must be {expected}, got {signature}")


def check_instance(name: str, value: object) -> None:
    """Raise TypeError unless `value` is None or what the argument of this name takes."""
    if value is not None and not is_instance(name, value):
        error = type_error(name, f"a {INSTANCES[name][1]}", value)
        raise TypeError(f"{error}; give an instance of it") if isinstance(value, type) else error


def is_instance(name: str, value: object) -> bool:
    """Tell whether a value is what the argument of this name takes."""
    home, kind = INSTANCES[name]
    module = sys.modules.get(f"{__package__}.{home}")  # whoever has an instance has imported it
    return module is not None and isinstance(value, getattr(module, kind))


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
    number = _float(name, value)
    if not 0 <= number < float("inf"):
        raise value_error(name, "finite and not negative", value)
    return number


def between(name: str, value: SupportsFloat, least: float, most: float) -> float:
    """Return `value` as a float from `least` to `most`."""
    number = _float(name, value)
    if not least <= number <= most:
        raise value_error(name, f"between {least} and {most}", value)
    return number


def _float(name: str, value: SupportsFloat) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise type_error(name, "a number", value)
    try:
        return float(value)
    except TypeError:  # a complex number, before Python 3.10
        raise type_error(name, "a number", value) from None
    except OverflowError:  # an int of more than 308 digits
        return float("inf")
