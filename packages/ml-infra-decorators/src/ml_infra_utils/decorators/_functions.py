"""What a function is called, and how it runs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["function", "coroutine function", "generator", "async generator"]

# The flags of code objects, as in the inspect module, which takes long to import.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def name_of(function: object) -> str:
    """Return the name that messages use; partials are named after their function."""
    while not hasattr(function, "__name__") and hasattr(function, "func"):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))


def kind_of(function: object) -> Kind:
    """Tell how the function runs, also below partials, bound methods and ``__call__``."""
    while hasattr(function, "func"):
        function = function.func
    if not hasattr(function, "__code__"):
        function = type(function).__call__ if callable(function) else None
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    if flags & _COROUTINE or hasattr(function, "_is_coroutine_mark"):
        return "coroutine function"
    if flags & _ASYNC_GENERATOR:
        return "async generator"
    return "generator" if flags & _GENERATOR else "function"
