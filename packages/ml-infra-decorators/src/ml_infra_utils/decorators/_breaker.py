"""A switch that many functions share, and that keeps calls from a backend that is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.decorators import _clock
from ml_infra_utils.decorators._checks import (
    at_least_one,
    check_callback,
    not_negative,
    seconds,
    type_error,
    value_error,
)
from ml_infra_utils.decorators._circuit import Circuit, Outcome, Request
from ml_infra_utils.decorators._ledger import Ledger
from ml_infra_utils.decorators._limits import MOST_OUTCOMES
from ml_infra_utils.decorators._output import complain, describe
from ml_infra_utils.decorators._process import instruments

if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, Callable, Mapping, TypeVar

    from typing_extensions import ParamSpec

    from ml_infra_utils.decorators._circuit import Position

    P = ParamSpec("P")
    R = TypeVar("R")


class CircuitOpenError(Exception):
    """An attempt was not made, because a `CircuitBreaker` is open.

    Attributes
    ----------
    retry_after : float
        Seconds until the breaker lets a trial through.
    """

    def __init__(self, text: str, retry_after: float) -> None:
        super().__init__(text, retry_after)
        self.retry_after: float = retry_after

    def __str__(self) -> str:
        return str(self.args[0])


class BreakerState:
    """What hooks are told when a `CircuitBreaker` opens or closes.

    Attributes
    ----------
    event : str
        ``"breaker"``.
    name : str
        The name of the breaker.
    before, after : {"closed", "open", "half-open"}
        From where to where it went.
    failures, calls : int
        How many attempts failed, of how many in the window, when it opened.
    """

    event = "breaker"

    def __init__(
        self, name: str, before: Position, after: Position, failures: int, calls: int
    ) -> None:
        self.name: str = name
        self.before: Position = before
        self.after: Position = after
        self.failures: int = failures
        self.calls: int = calls

    def as_dict(self) -> dict[str, Any]:
        """Return the same as JSON data."""
        return {"event": self.event, **vars(self)}

    def __repr__(self) -> str:
        return f"<BreakerState: {self.name[:40]} from {self.before} to {self.after}>"


class CircuitBreaker:
    """Make no attempts for a while when too many fail, over all functions that share it.

    Closed, it lets all attempts through and counts how many fail. When `failure_rate` of those in
    the last `window` seconds failed, of at least `min_calls`, it opens: calls fail at once with a
    `CircuitOpenError` (or their fallback), and the backend has time to recover. After `cooldown`
    it is half-open: it lets `trials` attempts through; if they succeed it closes, and if one fails
    it opens again. An attempt fails if it is one to retry; other errors count neither way.

    ``@breaker`` above a function guards it without retries; ``@retry(breaker=breaker)`` with them.

    Parameters
    ----------
    failure_rate : float
        The share of attempts that opens it, above 0 and at most 1.
    window : float or timedelta
        Seconds that count.
    min_calls : int
        Attempts in the window without which it does not open.
    cooldown : float or timedelta
        Seconds for which it stays open.
    trials : int
        Attempts that have to succeed before it closes.
    name : str
        What errors and hooks call it.
    on_change : callable, optional
        Called with a `BreakerState` when it opens, half-opens or closes; so are instruments.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range; the message names it.

    Notes
    -----
    Threads, tasks, signal handlers and destructors may share a breaker, and a forked child goes on
    with its copy: there is no lock.

    Examples
    --------
    >>> from ml_infra_utils.decorators import CircuitBreaker, retry
    >>> warehouse = CircuitBreaker(failure_rate=0.5, min_calls=2, cooldown=30, name="warehouse")
    >>> @retry(max_attempts=5, delay=0, breaker=warehouse)
    ... def read_table(name):
    ...     raise ConnectionError("no route")
    >>> try:
    ...     read_table("events")
    ... except ConnectionError:
    ...     print(warehouse.position)  # doctest: +ELLIPSIS
    read_table attempt 1/5 failed: no route. Retrying in 0.00 seconds
    read_table failed after 2 attempts: no route (the circuit breaker 'warehouse' is open for ...)
    open
    """

    def __init__(
        self,
        failure_rate: float = 0.5,
        *,
        window: float | timedelta = 60.0,
        min_calls: int = 10,
        cooldown: float | timedelta = 30.0,
        trials: int = 1,
        name: str = "breaker",
        on_change: Callable[[BreakerState], object] | None = None,
    ) -> None:
        self.failure_rate: float = not_negative("failure_rate", failure_rate)
        if not 0 < self.failure_rate <= 1:
            raise value_error("failure_rate", "above 0 and at most 1", failure_rate)
        self.window: float = seconds("window", window)
        if not self.window:
            raise value_error("window", "above 0", window)
        self.min_calls: int = at_least_one("min_calls", min_calls)
        self.cooldown: float = seconds("cooldown", cooldown)
        self.trials: int = at_least_one("trials", trials)
        if not isinstance(name, str):
            raise type_error("name", "a str", name)
        self.name: str = name
        if on_change is not None:
            check_callback("on_change", on_change)
        self._on_change = on_change
        self._is_surely_closed = True  # False says that the ledger has to be asked
        self._ledger = _ledger(
            Circuit(self.failure_rate, self.window, self.min_calls, self.cooldown, self.trials)
        )

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function with each call as one attempt: ``@breaker`` above it, of any kind.

        What `retry` retries by default is a failure: every exception but those that are never
        retried. To choose others, or for a fallback, write
        ``@retry(max_attempts=1, exceptions=…, fallback=…, breaker=breaker)``.

        Raises
        ------
        TypeError
            If what is decorated is no function.

        Examples
        --------
        >>> from ml_infra_utils.decorators import CircuitBreaker
        >>> warehouse = CircuitBreaker(min_calls=1, cooldown=30, name="warehouse")
        >>> @warehouse
        ... def read_table(name):
        ...     raise ConnectionError("no route")
        >>> for _ in range(2):
        ...     try:
        ...         read_table("events")
        ...     except Exception as error:
        ...         print(type(error).__name__)
        ConnectionError
        CircuitOpenError
        """
        from ml_infra_utils.decorators._policy import RetryPolicy
        from ml_infra_utils.decorators._retrying import Retrying
        from ml_infra_utils.decorators._wrappers import apply

        retrying = Retrying(RetryPolicy(max_attempts=1), breaker=self, output=None)
        guarded: Callable[P, R] = apply("breaker", retrying)(function)
        return guarded

    @property
    def position(self) -> Position:
        """Where it stands: ``"closed"``, ``"open"`` or ``"half-open"``."""
        return self._circuit().position(_clock.current.now())

    @property
    def calls(self) -> int:
        """How many attempts of the window it has counted since it last opened or closed."""
        return sum(map(sum, self._circuit().slots.values()))

    def error(self) -> CircuitOpenError:
        """Return the error of an attempt that it does not admit."""
        left = self.seconds_left()
        many = f"is open for {left:.2f} seconds more" if left else "waits for its trials"
        return CircuitOpenError(f"the circuit breaker {self.name!r} {many}", left)

    def seconds_left(self) -> float:
        """Return the seconds until it lets a trial through; 0.0 if it is not open."""
        return self._circuit().seconds_left(_clock.current.now())

    def admits(self) -> bool:
        """Tell whether an attempt may be made now; then its end has to be counted."""
        if self._is_surely_closed:
            return True
        request = Request(_clock.current.now())
        if self._circuit().position(request.now) == "open":
            return False
        self._add(request)
        return request.is_admitted

    def count(self, *, has_failed: bool | None) -> None:
        """Count the end of an attempt that was admitted; None says nothing about the backend."""
        outcome = Outcome(_clock.current.now(), has_failed)
        if has_failed or not self._is_surely_closed:
            self._add(outcome)
        else:  # nothing comes of it
            self._ledger.add(outcome)

    def _add(self, entry: Request | Outcome) -> None:
        """Add what may move it, and tell if it does."""
        self._is_surely_closed = False
        self._ledger.add(entry)
        if self._circuit().opened is None:
            self._is_surely_closed = True
            if self._circuit().opened is not None:  # another thread opened it in between
                self._is_surely_closed = False
        if entry.change is not None:
            self._tell(BreakerState(self.name, *entry.change))

    def _circuit(self) -> Circuit:
        circuit: Circuit = self._ledger.state()
        return circuit

    def _tell(self, state: BreakerState) -> None:
        own = [] if self._on_change is None else [self._on_change]
        for hear in [*own, *instruments.values()]:
            try:
                hear(state)
            except Exception as error:  # noqa: PERF203 - one that fails keeps none from hearing
                what = f"{type(error).__name__}: {describe(error)}"
                complain(f"{self.name}: a hook of the circuit breaker raised {what}")

    def to_dict(self) -> dict[str, Any]:
        """Return its parameters as a document; where it stands belongs to the process."""
        from ml_infra_utils.decorators._documents import header

        names = ("name", "failure_rate", "window", "min_calls", "cooldown", "trials")
        return {**header("circuit-breaker"), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> CircuitBreaker:
        """Return a closed breaker from a document; a key that is left out takes its default.

        Raises
        ------
        ValueError
            If a key is unknown or a value is out of range; the message names the key.
        """
        from ml_infra_utils.decorators._documents import read

        arguments = dict(read(document, "circuit-breaker"))
        arguments.pop("schema", None)
        return cls(**arguments)

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        from ml_infra_utils.decorators._documents import write_json

        return write_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> CircuitBreaker:
        """Return the breaker of JSON text, as `from_dict` does."""
        from ml_infra_utils.decorators._documents import read_json

        return cls.from_dict(read_json(text))

    def __repr__(self) -> str:
        return f"<CircuitBreaker {self.name[:40]!r}: {self.position}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_ledger": self._circuit()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _ledger=_ledger(state["_ledger"]))


def _ledger(circuit: Circuit) -> Ledger:
    return Ledger(circuit, Circuit.after, MOST_OUTCOMES)
