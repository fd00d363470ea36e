"""Fields that belong to a request or a task rather than to a call."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Iterator, Mapping

NOTHING: Mapping[str, object] = {}

bound_fields: ContextVar[Mapping[str, object]] = ContextVar("bound_fields", default=NOTHING)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add fields to every line that is logged inside the block, by whatever logger.

    The fields belong to the thread or the asyncio task that entered the block; tasks that are
    made inside inherit them. Blocks nest, the inner one wins. Also a decorator.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger, bound
    >>> logger = StructuredLogger("service")
    >>> with bound(request_id="r-1"):
    ...     logger.info("served")
    {..., "message": "served", ..., "request_id": "r-1"}
    """
    token = bound_fields.set({**bound_fields.get(), **fields})
    try:
        yield
    finally:
        # An asynchronous generator may be closed in another context, which was never changed.
        with suppress(ValueError):
            bound_fields.reset(token)
