"""What may be decorated, and what it is called."""

from __future__ import annotations


def check_function(function: object, decorator: str) -> None:
    """Raise TypeError unless ``@decorator`` can stand above `function`."""
    if isinstance(function, (classmethod, staticmethod)):
        kind = type(function).__name__
        raise TypeError(
            f"@{decorator} goes below @{kind}, next to the function; swap the two lines"
        )
    if isinstance(function, type):
        raise TypeError(
            f"@{decorator} expects a function, got the class {function.__name__!r}; "
            "decorate its methods instead"
        )
    if not callable(function):
        raise TypeError(f"@{decorator} expects a function, got {function!r}")


def name_of(function: object) -> str:
    """Return the name that messages use; partials are named after their function."""
    while not hasattr(function, "__name__") and hasattr(function, "func"):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))
