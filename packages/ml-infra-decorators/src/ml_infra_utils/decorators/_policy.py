"""When to retry and how long to wait, as a value: numbers only, no clock."""

from __future__ import annotations

from ml_infra_utils.decorators._checks import (
    at_least_one,
    check_callback,
    not_negative,
    seconds,
    type_error,
    value_error,
)
from ml_infra_utils.decorators._limits import LONGEST_WAIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, Callable, Iterable, Iterator, Literal, Mapping, Sequence, Type, Union

    Draw = Callable[[float, float], float]
    Predicate = Callable[[Exception], object]
    Types = Union[Type[Exception], Sequence[Type[Exception]]]
    Exceptions = Union[Types, Predicate]
    Seconds = Union[float, timedelta]
    WaitFunction = Callable[[Any, int], Union[float, timedelta, None]]
    Jitter = Literal["full", "equal", "decorrelated"]

JITTERS = ("full", "equal", "decorrelated")

TYPES = ("exceptions", "never")
"""The arguments that documents hold as names of exception types."""

_AIRFLOW = "AirflowFailException AirflowRescheduleException AirflowSkipException AirflowTaskTimeout"

NEVER_RETRIED = frozenset(
    f"{module}.{name}"
    for module, names in (
        ("_pytest.outcomes", "Exit"),
        ("airflow.exceptions", _AIRFLOW),
        ("airflow.sdk.exceptions", _AIRFLOW),
        ("billiard.exceptions", "SoftTimeLimitExceeded"),
        ("celery.exceptions", "Ignore Reject Retry SoftTimeLimitExceeded"),
        ("concurrent.futures._base", "CancelledError"),
        ("dramatiq.errors", "Retry"),
        ("huey.exceptions", "CancelExecution RetryTask"),
        ("ml_infra_utils.decorators._events", "StopRetrying"),
        ("rq.timeouts", "BaseTimeoutException"),
        ("unittest.case", "SkipTest"),
    )
    for name in names.split()
)
"""Time limits and orders of others that are an Exception like any other, by name: nothing of them
is imported."""


class RetryPolicy:
    """When to retry and how long to wait between attempts; `retry` explains each argument.

    A policy does not change, compares by value, and can be kept in a configuration file,
    as JSON (`to_json`, `from_json`) or as a section of TOML or YAML (`to_dict`, `from_dict`).

    Parameters
    ----------
    max_attempts : int or None
        How many attempts at most, the first one included; None for as many as `timeout` allows.
    delay : float or timedelta
        Seconds to wait before the first retry.
    backoff : float
        Each later wait is this many times the one before.
    exceptions : type, tuple or list of types, or predicate
        Which exceptions are retried.
    max_delay : float or timedelta, optional
        No wait is longer than this many seconds.
    jitter : {"full", "equal", "decorrelated"}, optional
        How waits are drawn at random.
    seed : int, optional
        Makes the draws of each call the same.
    timeout : float or timedelta, optional
        Seconds for all attempts and waits together.
    retry_after : float or timedelta, optional
        Heed the wait that the failure asks for, up to this many seconds.
    wait : sequence of float, or callable, optional
        The seconds before each retry, the last for all further ones; or a function that gives
        them, of the failure and the number of the attempt. They take the place of `delay` and
        `backoff`.
    attempt_timeout : float or timedelta, optional
        Seconds for each attempt of a coroutine function.
    never : type, tuple or list of types, optional
        Which exceptions are not retried, whatever `exceptions` says.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range; the message names it.

    Examples
    --------
    >>> policy = RetryPolicy(max_attempts=5, delay=0.5, exceptions=ConnectionError)
    >>> list(policy.waits())
    [0.5, 1.0, 2.0, 4.0]
    >>> policy == RetryPolicy.from_json(policy.to_json())
    True
    >>> policy.replace(max_delay=1.5).max_delay
    1.5
    """

    max_attempts: int | None
    delay: float
    backoff: float
    exceptions: tuple[type[Exception], ...] | Predicate
    max_delay: float | None
    jitter: Jitter | None
    seed: int | None
    timeout: float | None
    retry_after: float | None
    wait: tuple[float, ...] | WaitFunction | None
    attempt_timeout: float | None
    never: tuple[type[Exception], ...]

    def __init__(
        self,
        max_attempts: int | None = 3,
        delay: Seconds = 1.0,
        backoff: float = 2.0,
        exceptions: Exceptions = (Exception,),
        *,
        max_delay: Seconds | None = None,
        jitter: Jitter | None = None,
        seed: int | None = None,
        timeout: Seconds | None = None,
        retry_after: Seconds | None = None,
        wait: Sequence[Seconds] | WaitFunction | None = None,
        attempt_timeout: Seconds | None = None,
        never: Types = (),
    ) -> None:
        for name, value in (("max_attempts", max_attempts), ("delay", delay), ("backoff", backoff)):
            _check_position(name, value)
        if jitter is not None and jitter not in JITTERS:
            expected = f"None or one of {', '.join(map(repr, JITTERS))}"
            raise value_error("jitter", expected, jitter, JITTERS)
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise type_error("seed", "an int or None", seed)
        if max_attempts is not None:
            max_attempts = at_least_one("max_attempts", max_attempts)
        elif timeout is None:
            raise value_error("max_attempts", "an int where there is no timeout", max_attempts)

        def optional(name: str, value: Seconds | None) -> float | None:
            return None if value is None else seconds(name, value)

        # Around the class's own __setattr__, which refuses.
        vars(self).update(
            max_attempts=max_attempts,
            delay=seconds("delay", delay),
            backoff=not_negative("backoff", backoff),
            exceptions=(
                exceptions
                if _is_predicate("exceptions", exceptions)
                else _check_types("exceptions", exceptions)
            ),
            max_delay=optional("max_delay", max_delay),
            jitter=jitter,
            seed=seed,
            timeout=optional("timeout", timeout),
            retry_after=optional("retry_after", retry_after),
            wait=None if wait is None else _check_wait(wait, jitter),
            attempt_timeout=optional("attempt_timeout", attempt_timeout),
            never=_check_types("never", never),
        )

    def retries(self, error: Exception) -> bool:
        """Tell whether this exception is one to retry; a group is, if all in it are."""
        if self._excludes(error):
            return False
        if not isinstance(self.exceptions, tuple):
            return bool(self.exceptions(error))
        if isinstance(error, self.exceptions):
            return True
        members = _members(error)
        return bool(members) and all(map(self.retries, members))

    def _excludes(self, error: BaseException) -> bool:
        """Tell whether an exception, or one in a group, is none that another attempt can mend."""
        if isinstance(error, (RecursionError, *self.never)):
            return True
        names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
        return not NEVER_RETRIED.isdisjoint(names) or any(map(self._excludes, _members(error)))

    def waits(self) -> Iterator[float]:
        """Yield the seconds to wait before each retry, ``max_attempts - 1`` of them."""
        draw, wait = self.drawing()(), self.delay
        for retry in self._retries():
            wait = draw(*self.wait_range(retry, wait))
            yield wait

    def wait_ranges(self) -> Iterator[tuple[float, float]]:
        """Yield the shortest and the longest that each wait can be."""
        longest = self.delay
        for retry in self._retries():
            shortest, longest = self.wait_range(retry, longest)
            yield shortest, longest

    def wait_range(
        self, retry: int, previous: float, base: float | None = None
    ) -> tuple[float, float]:
        """Return the shortest and the longest that a wait can be; `retry` counts from 0.

        `base` is what a wait function gave; without it, the schedule holds.
        """
        limit = LONGEST_WAIT if self.max_delay is None else min(self.max_delay, LONGEST_WAIT)
        if self.jitter == "decorrelated":
            shortest = min(self.delay, limit)
            return shortest, min(max(shortest, previous * (1 + self.backoff)), limit)
        wait = min(self._scheduled(retry) if base is None else base, limit)
        if self.jitter == "full":
            return 0.0, wait
        return (wait / 2 if self.jitter == "equal" else wait), wait

    def drawing(self) -> Callable[[], Draw]:
        """Return what gives each call its draws: a wait between the shortest and the longest."""
        if self.jitter is None:
            return lambda: _longest
        # Imported now: a failure may come when nothing can be imported any more.
        from random import Random

        # Not the generator of the whole program: a retry must not change what a seeded training
        # draws next, nor may workers with one seed wait alike.
        return lambda: Random(self.seed).uniform

    def _retries(self) -> Iterable[int]:
        from itertools import count

        if callable(self.wait):
            raise type_error("wait", "a sequence to be known beforehand", self.wait)
        return count() if self.max_attempts is None else range(self.max_attempts - 1)

    def _scheduled(self, retry: int) -> float:
        if isinstance(self.wait, tuple):
            return self.wait[min(retry, len(self.wait) - 1)]
        try:
            return self.delay * self.backoff**retry
        except OverflowError:
            return LONGEST_WAIT if self.delay else 0.0

    def replace(self, **changes: Any) -> RetryPolicy:
        """Return a policy with some arguments changed."""
        return RetryPolicy(**{**vars(self), **changes})

    __replace__ = replace  # for copy.replace

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as a document; exception types become their dotted names.

        Raises
        ------
        TypeError
            If `exceptions` is a predicate or holds a type that is defined in a function:
            no JSON can name them.
        """
        from ml_infra_utils.decorators._documents import header
        from ml_infra_utils.decorators._exception_names import path_of_type

        if not isinstance(self.exceptions, tuple):
            raise type_error("exceptions", "types to go to JSON", self.exceptions)
        if callable(self.wait):
            raise type_error("wait", "a sequence to go to JSON", self.wait)
        wait = None if self.wait is None else list(self.wait)
        names = {name: [path_of_type(kind) for kind in vars(self)[name]] for name in TYPES}
        return {**header("retry-policy"), **vars(self), **names, "wait": wait}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> RetryPolicy:
        """Return the policy of a document; a key that is left out takes its default.

        The modules of the exception types are imported.

        Raises
        ------
        ValueError
            If a key is unknown, a name is no exception type, or a value is out of range; the
            message names the key.
        """
        from ml_infra_utils.decorators._documents import read
        from ml_infra_utils.decorators._exception_names import type_at

        arguments = dict(read(document, "retry-policy"))
        arguments.pop("schema", None)
        for key in TYPES:
            names = arguments.get(key, ())
            if isinstance(names, str):
                arguments[key] = type_at(names, key)
            elif key in arguments:
                arguments[key] = tuple(
                    type_at(name, f"{key}[{place}]") for place, name in enumerate(names)
                )
        return cls(**arguments)

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        from ml_infra_utils.decorators._documents import write_json

        return write_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> RetryPolicy:
        """Return the policy of JSON text, as `from_dict` does."""
        from ml_infra_utils.decorators._documents import read_json

        return cls.from_dict(read_json(text))

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, RetryPolicy) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        from ml_infra_utils.decorators._words import shortened

        # Only what differs from the defaults: the rest would hide it.
        default = vars(RetryPolicy())
        changed = {name: value for name, value in vars(self).items() if value != default[name]}
        arguments = ", ".join(f"{name}={shortened(value)}" for name, value in changed.items())
        return f"RetryPolicy({arguments if len(arguments) < 180 else arguments[:179] + '…'})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a RetryPolicy does not change; use policy.replace({name}=…)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a RetryPolicy does not change; {name} stays")


def _longest(_shortest: float, longest: float) -> float:
    return longest


def _check_position(name: str, value: object) -> None:
    """Raise TypeError if exceptions, or a predicate, stand in the place of a number."""
    parts = value if isinstance(value, (tuple, list)) and value else (value,)
    are_types = all(isinstance(part, type) and issubclass(part, BaseException) for part in parts)
    if are_types or isinstance(value, type(_check_position)):
        error = type_error(name, "a number", value)
        raise TypeError(f"{error}; say by name what is retried: exceptions=…")


def _check_wait(
    wait: Sequence[Seconds] | WaitFunction, jitter: Jitter | None
) -> tuple[float, ...] | WaitFunction:
    if jitter == "decorrelated":
        raise value_error("jitter", "'full' or 'equal' beside wait, which draws from it", jitter)
    if isinstance(wait, (tuple, list)) and wait:
        return tuple(seconds(f"wait[{place}]", value) for place, value in enumerate(wait))
    if not callable(wait):
        expected = "seconds in a sequence, or a function of the failure and the attempt"
        raise type_error("wait", expected, wait)
    check_callback("wait", wait)
    # Tried once, so that one that gives text does not wait for the first failure to say so.
    try:
        trial = wait(RuntimeError("a trial"), 1)
    except Exception:  # it may need a failure that has more to it
        return wait
    if trial is not None:
        seconds("what wait returns", trial)
    return wait


def _members(error: BaseException) -> Sequence[Any]:
    """Return the exceptions of a group, none of an exception that is no group."""
    return getattr(error, "exceptions", ()) if hasattr(type(error), "derive") else ()


def _is_predicate(name: str, exceptions: object) -> bool:
    """Tell whether a function says what is retried, and not types."""
    if isinstance(exceptions, (type, tuple, list)):
        return False
    if not callable(exceptions):
        expected = "an exception type, a tuple or list of them, or a predicate"
        raise type_error(name, expected, exceptions)
    check_callback(name, exceptions)
    return True


def _check_types(name: str, exceptions: Any) -> tuple[type[Exception], ...]:
    types = tuple(exceptions) if isinstance(exceptions, (tuple, list)) else (exceptions,)
    for kind in types:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise type_error(f"each of {name}", "an exception type", kind)
        if not issubclass(kind, Exception):
            raise TypeError(
                f"each of {name} must be Exception or a type below it, got "
                f"{kind.__name__}: such as Ctrl-C, exits and cancellation are never retried"
            )
    return types
