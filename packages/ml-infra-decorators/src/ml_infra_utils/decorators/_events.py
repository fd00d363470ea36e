"""What happens to a call, one event after the other, and what hooks are told of it."""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Callable, Literal, Mapping

    Event = Literal["attempt", "retry", "success", "give_up"]
    Hook = Callable[["RetryState"], Any]  # what it returns is awaited if it is a coroutine

HOOKS: dict[Event, str] = {
    "attempt": "before_attempt",
    "retry": "on_retry",
    "success": "on_success",
    "give_up": "on_give_up",
}
"""The argument that takes the hook of each event."""


class RAISE:
    """What stands for a fallback where there is none: the last error is raised."""


class StopRetrying(Exception):  # noqa: N818 - an order, not an error
    """Raise it, and there is no further attempt: in a hook, or in what is retried.

    In a hook it ends the call as if the attempts were used up: the last error is raised, with
    the reason in its note. Raised by what is retried, it passes at once.

    Examples
    --------
    >>> from ml_infra_utils.decorators import StopRetrying, retry
    >>> def unless_shutting_down(state):
    ...     raise StopRetrying("shutting down")
    >>> @retry(on_retry=unless_shutting_down, delay=0)
    ... def load():
    ...     raise ConnectionError("reset by peer")
    >>> try:
    ...     load()
    ... except ConnectionError as error:
    ...     print(repr(error))
    load attempt 1/3 failed: reset by peer. Retrying in 0.00 seconds
    load failed after 1 attempts: reset by peer (on_retry stopped it: shutting down)
    ConnectionError('reset by peer')
    """


class RetryState:
    """What hooks are told of a call.

    Attributes
    ----------
    event : {"attempt", "retry", "success", "give_up"}
        An attempt is about to start, or it failed and there will be another one, or it
        succeeded, or it failed and was the last.
    name : str
        The name of the function or block.
    function : callable or None
        What is retried, as it was before it was decorated; None for a block.
    args : tuple
        The positional arguments of the call.
    kwargs : dict
        The keyword arguments of the call.
    attempt_number : int
        The attempt that this is about, from 1.
    max_attempts : int or None
        How many there may be; None for as many as the timeout allows.
    error : Exception or None
        What it raised.
    result : object
        What it returned; None if it raised or has not started.
    wait : float
        Seconds until the next attempt; 0.0 if there is none.
    waited : float
        Seconds waited before, in all.
    elapsed : float
        Seconds since the first attempt failed.
    stopped_by : str
        Why there is no further attempt, where they are not used up.
    """

    event: Event
    name: str
    function: Callable[..., Any] | None
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    attempt_number: int
    max_attempts: int | None
    error: Exception | None
    result: Any
    wait: float
    waited: float
    elapsed: float
    stopped_by: str

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)

    def as_dict(self) -> dict[str, Any]:
        """Return the same as JSON data: errors by type and message, values of the call shortened.

        Examples
        --------
        >>> from ml_infra_utils.decorators import retry
        >>> @retry(max_attempts=2, delay=0, output=None, on_retry=lambda state: seen.append(state))
        ... def load(path):
        ...     raise OSError("no disk")
        >>> seen = []
        >>> try:
        ...     load("a.csv")
        ... except OSError:
        ...     print(seen[0].as_dict()["args"], seen[0].as_dict()["error"])
        ["'a.csv'"] {'type': 'OSError', 'message': 'no disk'}
        """
        from ml_infra_utils.decorators._introspection import path_of
        from ml_infra_utils.decorators._output import describe
        from ml_infra_utils.decorators._words import shortened

        error = self.error and {"type": type(self.error).__name__, "message": describe(self.error)}
        return {
            **vars(self),
            "function": self.function and path_of(self.function),
            "args": [shortened(value) for value in self.args],
            "kwargs": {name: shortened(value) for name, value in self.kwargs.items()},
            "error": error,
            "result": None if self.result is None else shortened(self.result),
        }

    def __repr__(self) -> str:
        from ml_infra_utils.decorators._words import shortened

        return (
            f"<RetryState: {self.event} of {self.name[:40]}, attempt {self.attempt_number}, "
            f"error {shortened(self.error)}>"
        )
