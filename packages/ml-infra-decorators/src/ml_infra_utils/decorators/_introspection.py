"""What a function is called, and how it runs."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Literal

    Kind = Literal["function", "coroutine function", "generator", "async generator"]

# The flags of code objects, as in the inspect module, which takes long to import.
_GENERATOR, COROUTINE, _GENERATOR_TO_AWAIT, _ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200

# With the types that they have: a proxy may give something else, whatever it is asked for.
_IDENTITY: dict[str, Any] = {
    "__module__": (str, type(None)),
    "__name__": str,
    "__qualname__": str,
    "__doc__": (str, type(None)),
    "__defaults__": tuple,
    "__kwdefaults__": dict,
    "__type_params__": tuple,
}
if sys.version_info >= (3, 14):
    # Of a function without annotations it is None.
    _IDENTITY["__annotate__"] = (type(lambda: None), type(None))
else:
    _IDENTITY["__annotations__"] = dict


def wraps(wrapper: Any, function: Callable[..., Any]) -> Any:
    """Give the wrapper the identity of the function.

    As functools.wraps, whose module takes longer to import than all of this.
    """
    for name, kind in _IDENTITY.items():
        value = getattr(function, name, None)
        if isinstance(value, kind):
            setattr(wrapper, name, value)
    attributes = getattr(function, "__dict__", None)
    if isinstance(attributes, dict):
        vars(wrapper).update(attributes)
    wrapper.__wrapped__ = function
    return wrapper


def name_of(function: object) -> str:
    """Return the name that messages use: that of a method has its class in front.

    Partials are named after their function, and other objects after their class.
    """
    function = _below_partials(function)
    for attribute in ("__qualname__", "__name__"):
        name = getattr(function, attribute, None)
        if isinstance(name, str):
            return name.rpartition("<locals>.")[2]
    return type(function).__name__


def path_of(function: object) -> str:
    """Return the name of the function with its module in front."""
    module = getattr(_below_partials(function), "__module__", None)
    return f"{module}.{name_of(function)}" if isinstance(module, str) else name_of(function)


def kind_of(function: object) -> Kind:
    """Tell how the function runs, also below partials, bound methods and ``__call__``."""
    function = _below_partials(function)
    flags = _flags_of(function)
    if flags is None and callable(function):
        flags = _flags_of(type(function).__call__)
    flags = flags or 0
    if flags & (COROUTINE | _GENERATOR_TO_AWAIT) or _is_marked(function):
        return "coroutine function"
    if flags & _ASYNC_GENERATOR:
        return "async generator"
    return "generator" if flags & _GENERATOR else "function"


def is_coroutine(code: CodeType) -> bool:
    """Tell whether this is awaited, or may await what it calls."""
    return bool(code.co_flags & (COROUTINE | _GENERATOR_TO_AWAIT | _ASYNC_GENERATOR))


def unwrapped(function: Any) -> Any:
    """Return the function below all decorators, partials and methods."""
    function = _below_partials(function)
    while hasattr(type(function), "__code__") and callable(vars(function).get("__wrapped__")):
        function = _below_partials(vars(function)["__wrapped__"])
    return getattr(function, "__func__", function)


def _flags_of(function: object) -> int | None:
    flags = getattr(getattr(function, "__code__", None), "co_flags", None)
    return flags if isinstance(flags, int) else None


def _is_marked(function: object) -> bool:
    """Tell whether inspect.markcoroutinefunction, or asyncio before it, marked the function."""
    # Both marks are bare objects; a proxy may give something else, whatever it is asked for.
    marks = ("_is_coroutine_marker", "_is_coroutine")
    return any(type(getattr(function, mark, None)) is object for mark in marks)


def _below_partials(function: Any) -> Any:
    functools = sys.modules.get("functools")
    if functools is not None:
        while isinstance(function, functools.partial):
            function = function.func
    return function
