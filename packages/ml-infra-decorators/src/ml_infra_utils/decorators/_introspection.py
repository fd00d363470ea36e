"""What a function is called, and how it runs."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Literal

    Kind = Literal["function", "coroutine function", "generator", "async generator"]

# The flags of code objects, as in the inspect module, which takes long to import.
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200

_IDENTITY = (
    "__module__",
    "__name__",
    "__qualname__",
    "__doc__",
    "__type_params__",
    "__annotate__" if sys.version_info >= (3, 14) else "__annotations__",
)


def wraps(wrapper: Any, function: Callable[..., Any]) -> Any:
    """Give the wrapper the identity of the function.

    As functools.wraps, whose module takes longer to import than all of this.
    """
    for name in _IDENTITY:
        if hasattr(function, name):
            setattr(wrapper, name, getattr(function, name))
    vars(wrapper).update(getattr(function, "__dict__", {}))
    wrapper.__wrapped__ = function
    return wrapper


def name_of(function: object) -> str:
    """Return the name that messages use; partials are named after their function."""
    function = _below_partials(function)
    return str(getattr(function, "__name__", type(function).__name__))


def kind_of(function: object) -> Kind:
    """Tell how the function runs, also below partials, bound methods and ``__call__``."""
    function = _below_partials(function)
    if not hasattr(function, "__code__"):
        function = type(function).__call__ if callable(function) else None
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    if flags & _COROUTINE or hasattr(function, "_is_coroutine_marker"):
        return "coroutine function"
    if flags & _ASYNC_GENERATOR:
        return "async generator"
    return "generator" if flags & _GENERATOR else "function"


def _below_partials(function: Any) -> Any:
    functools = sys.modules.get("functools")
    if functools is not None:
        while isinstance(function, functools.partial):
            function = function.func
    return function
