"""Whether a function takes so many arguments, where that can be known before it is called."""

from __future__ import annotations

import sys
from types import FunctionType, MethodType

from ml_infra_utils.decorators._introspection import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TAKES_MORE = 0x04  # the flag of code objects, as in the inspect module


def misfit(function: Any, count: int) -> str:
    """Return the signature of a function that cannot be called with so many arguments by position.

    Nothing where it can, or where nobody knows: of what is compiled, and of proxies.
    """
    name = name_of(function)
    named: set[str] = set()
    functools: Any = sys.modules.get("functools")
    while functools is not None and isinstance(function, functools.partial):
        hole = getattr(functools, "Placeholder", functools)  # new in Python 3.14
        count += sum(argument is not hole for argument in function.args)
        named.update(function.keywords)
        function = function.func
    function, bound = _in_python(function)
    if not isinstance(function, FunctionType):
        return ""
    code = function.__code__
    end = code.co_argcount
    by_position, by_name = code.co_varnames[:end], code.co_varnames[end:][: code.co_kwonlyargcount]
    given = {*by_position[: bound + count]}
    needed = {*by_position[: end - len(function.__defaults__ or ())]}
    needed.update(each for each in by_name if each not in (function.__kwdefaults__ or {}))
    is_full = bound + count <= end or code.co_flags & _TAKES_MORE
    if is_full and not given & named and needed <= given | named:
        return ""
    return f"{name}({', '.join([*by_position[bound:], *('*' for _ in by_name[:1]), *by_name])})"


def _in_python(function: Any) -> tuple[Any, int]:
    """Return the function that runs, and how many arguments it gets without the caller's."""
    kind = type(function)
    if kind is FunctionType:
        return function, 0
    if kind is MethodType:
        return function.__func__, 1
    if kind is type and function.__new__ is object.__new__:
        return function.__init__, 1
    # As it stands in the class, where a static method is no function.
    calls = [vars(each)["__call__"] for each in kind.__mro__ if "__call__" in vars(each)]
    return calls[0], 1
