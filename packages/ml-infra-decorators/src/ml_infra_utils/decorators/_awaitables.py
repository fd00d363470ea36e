"""What plain functions return for somebody else to await."""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Awaitable, Coroutine, TypeVar

    from typing_extensions import TypeGuard

    R = TypeVar("R")

# What functions return most often: to ask a type for what it does not have takes long.
_PLAIN = frozenset([type(None), bool, int, float, str, bytes, list, tuple, dict, set])


def is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    """Tell whether there is nothing to do with a value but to await it.

    That is a coroutine, a future of asyncio, or an object that has no other public attribute. The
    futures of Dask, the references of Ray and their like are values of their own, which are also
    passed to other functions: what awaits them in a coroutine function is retried.
    """
    kind = type(value)  # and not the value, which may be a proxy
    if kind in _PLAIN or not hasattr(kind, "__await__"):
        return False
    if hasattr(kind, "cr_await"):  # also of a coroutine that Cython compiled
        return True
    if _is_future(value):
        return True
    return not hasattr(kind, "__aenter__") and all(name.startswith("_") for name in dir(value))


def in_place_of(value: Awaitable[Any], steps: Coroutine[Any, Any, R]) -> Awaitable[R]:
    """Return the coroutine as what the value is: a future runs by itself, before it is awaited."""
    if not _is_future(value):
        return steps
    future: Any = value
    task: Awaitable[R] = future.get_loop().create_task(steps)  # which may not run yet
    return task


def _is_future(value: object) -> bool:
    return hasattr(type(value), "_asyncio_future_blocking")  # as asyncio.isfuture has it
