"""Fields that belong to a request or a task rather than to a call."""

from __future__ import annotations

from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Callable, TypeVar, cast

from ml_infra_utils.logging._record.taken import NOTHING, bound_fields, take_from_now_on
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Any

Function = TypeVar("Function", bound=Callable[..., object])

# The blocks that the thread or task is in, and their fields in one mapping: that is read often.
_blocks: ContextVar[tuple[bound, ...]] = ContextVar("blocks", default=())


class bound:  # noqa: N801 # read as a verb: with bound(...)
    """Add fields to every line that is logged inside the block, by whatever logger.

    The fields belong to the thread or the asyncio task that entered the block; tasks that are
    made inside inherit them. Blocks nest, the inner one wins. Also a decorator, for functions and
    coroutine functions; of a generator function, which runs in pieces, it is a TypeError.

    Parameters
    ----------
    **fields : object
        The fields; any name will do.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger, bound
    >>> logger = StructuredLogger("service")
    >>> with bound(request_id="r-1"):
    ...     logger.info("served")
    {..., "message": "served", ..., "request_id": "r-1"}
    """

    def __init__(self, /, **fields: object) -> None:
        self._fields = fields

    def __enter__(self) -> None:
        """Add the fields."""
        take_from_now_on()
        _blocks.set((*_blocks.get(), self))
        bound_fields.set({**bound_fields.get(), **self._fields})

    def __exit__(self, *error: object) -> None:
        """Take them away."""
        blocks = list(_blocks.get())
        # From the end: a block may be entered twice. A generator may be closed behind one that was
        # entered later, or in another context, which does not have its block.
        for index in reversed(range(len(blocks))):
            if blocks[index] is self:
                del blocks[index]
                break
        fields = {key: value for block in blocks for key, value in block._fields.items()}
        _blocks.set(tuple(blocks))
        bound_fields.set(fields or NOTHING)

    def __call__(self, function: Function) -> Function:
        """Give the function with the fields added while it runs."""
        from inspect import isasyncgenfunction, isclass, iscoroutinefunction, isgeneratorfunction

        if isclass(function) or isgeneratorfunction(function) or isasyncgenfunction(function):
            raise TypeError(
                "what bound decorates must be a function or a coroutine function, "
                f"got {described(function)}; use `with bound(...)` inside"
            )
        call = cast("Callable[..., Any]", function)

        async def coroutine(*args: object, **kwargs: object) -> object:
            with bound(**self._fields):
                return await call(*args, **kwargs)

        def plain(*args: object, **kwargs: object) -> object:
            with bound(**self._fields):
                return call(*args, **kwargs)

        return cast("Function", wraps(call)(coroutine if iscoroutinefunction(call) else plain))
