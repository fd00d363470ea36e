"""Arguments are checked when decorating, in one clear line each."""

from __future__ import annotations

from ml_infra_utils.decorators._introspection import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import SupportsFloat, SupportsIndex


DESCRIPTORS = (classmethod, staticmethod, property)


def check_function(function: object, decorator: str) -> None:
    """Raise TypeError unless ``@decorator`` can stand above `function`."""
    if isinstance(function, DESCRIPTORS):
        kind = type(function).__name__
        raise TypeError(f"@{decorator} goes below @{kind}: swap the two lines")
    if isinstance(function, type):
        raise TypeError(
            f"@{decorator} expects a function, got the class {function.__name__!r}; "
            "decorate its methods instead"
        )
    if not callable(function):
        raise TypeError(f"@{decorator} expects a function, got {function!r}")


def check_callback(name: str, value: object) -> None:
    """Raise TypeError unless `value` is a plain callable, which gives its answer at once."""
    if not callable(value):
        raise TypeError(f"{name} must be callable, got {value!r}")
    if kind_of(value) != "function":
        raise TypeError(f"{name} must be a plain function, got the {kind_of(value)} {value!r}")


def at_least_one(name: str, value: SupportsIndex) -> int:
    """Return `value` as an int of 1 or more."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an int, got {value!r}")
    number = value.__index__()
    if number < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return number


def not_negative(name: str, value: SupportsFloat) -> float:
    """Return `value` as a finite float of 0 or more."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an int of more than 308 digits
        number = float("inf")
    if not 0 <= number < float("inf"):
        raise ValueError(f"{name} must be finite and not negative, got {number}")
    return number
