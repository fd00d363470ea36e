"""A limit on the time that a coroutine takes, under asyncio and Trio."""

from __future__ import annotations

from ml_infra_utils.decorators._clock import running_trio

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any


class AttemptTimeoutError(TimeoutError):
    """An attempt took longer than its `attempt_timeout`; it is retried, whatever is to be."""


class TimeLimit:
    """Cancels the current task after some seconds, and knows that cancellation from others."""

    def __init__(self, seconds: float) -> None:
        trio = running_trio()
        self._scope: Any = None
        if trio is not None:
            self._scope = trio.move_on_after(seconds)
            self._scope.__enter__()
            return
        import asyncio

        self._task: Any = asyncio.current_task()
        self._cancelled: type[BaseException] = asyncio.CancelledError
        self._has_passed = False
        # From Python 3.11 on, a task counts who has asked to cancel it.
        self._requests = getattr(self._task, "cancelling", int)()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._pass)

    def _pass(self) -> None:
        self._has_passed = True
        self._task.cancel()

    def end(self, error: BaseException | None) -> bool:
        """Lift the limit; True if the error is the cancellation that it asked for."""
        if self._scope is not None:
            self._scope.__exit__(error and type(error), error, error and error.__traceback__)
            return bool(self._scope.cancelled_caught)
        self._timer.cancel()
        if not self._has_passed:
            return False
        requests = getattr(self._task, "uncancel", int)()
        return requests <= self._requests and isinstance(error, self._cancelled)
