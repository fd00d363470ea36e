"""What holds for the whole process from when it is said: instruments, and a cap on attempts."""

from __future__ import annotations

from ml_infra_utils.decorators._checks import at_least_one, check_callback

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable

instruments: dict[object, Callable[[Any], object]] = {}
caps: dict[object, int] = {}


class InForce:
    """A setting of the whole process; it ends with its `with` block, or by `end`, or never."""

    def __init__(self, settings: dict[object, Any], value: object) -> None:
        self._settings = settings
        settings[self] = value

    def end(self) -> None:
        """Take the setting back; others that are in force stay."""
        self._settings.pop(self, None)

    def __enter__(self) -> InForce:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()


def instrument(hook: Callable[[Any], object]) -> InForce:
    """Let a hook hear of every call of the process that fails, whatever retries it.

    It hears all that happens from the first failure of a call on: each retry, each further
    attempt, and the success or the end. A call that succeeds at once is not told: it costs nothing.
    `instruments` has ready hooks for the standard library's logging, Prometheus and
    OpenTelemetry.

    Parameters
    ----------
    hook : callable
        Takes a `RetryState`, whose ``event`` says what happened, or the `BreakerState` of a
        `CircuitBreaker` that opens or closes.

    Returns
    -------
    context manager
        The hook is in force from the call on, to the end of the ``with`` block or until ``end()``.

    Raises
    ------
    TypeError
        If `hook` is not callable, or a coroutine function, which nothing could await.

    Examples
    --------
    >>> from ml_infra_utils.decorators import instrument, retry
    >>> @retry(max_attempts=2, delay=0, output=None)
    ... def load():
    ...     raise ConnectionError
    >>> with instrument(lambda state: print(state.event, state.attempt_number)):
    ...     try:
    ...         load()
    ...     except ConnectionError:
    ...         pass
    retry 1
    attempt 2
    give_up 2
    """
    check_callback("hook", hook)
    return InForce(instruments, hook)


def cap_attempts(most: int) -> InForce:
    """Allow no call of the process more attempts than this, whatever its policy says.

    Parameters
    ----------
    most : int
        How many attempts at most, the first one included.

    Returns
    -------
    context manager
        The cap is in force from the call on, to the end of the ``with`` block or until ``end()``.
        Of several caps the lowest holds.

    Raises
    ------
    TypeError, ValueError
        If `most` is no int of 1 or more.

    Examples
    --------
    >>> from ml_infra_utils.decorators import cap_attempts, retry
    >>> @retry(max_attempts=9, delay=0)
    ... def load():
    ...     raise ConnectionError("reset by peer")
    >>> with cap_attempts(2):
    ...     try:
    ...         load()
    ...     except ConnectionError:
    ...         pass
    load attempt 1/9 failed: reset by peer. Retrying in 0.00 seconds
    load failed after 2 attempts: reset by peer (attempts are capped at 2)
    """
    return InForce(caps, at_least_one("most", most))


def disable_retries() -> InForce:
    """Let every call of the process have one attempt only: ``cap_attempts(1)``.

    Returns
    -------
    context manager
        Retries are off from the call on, to the end of the ``with`` block or until ``end()``.

    Examples
    --------
    >>> from ml_infra_utils.decorators import disable_retries, retry
    >>> @retry(delay=60)
    ... def load():
    ...     raise ConnectionError("reset by peer")
    >>> with disable_retries():
    ...     try:
    ...         load()
    ...     except ConnectionError:
    ...         pass
    load failed after 1 attempts: reset by peer (attempts are capped at 1)
    """
    return cap_attempts(1)


def cap() -> int | None:
    """Return the most attempts that a call may have, or None."""
    return min(list(caps.values()), default=None)
