"""What a retry is told to do: a policy, and who hears of it and is asked when it applies."""

from __future__ import annotations

import sys

from ml_infra_utils.decorators import _clock
from ml_infra_utils.decorators._checks import (
    INSTANCES,
    check_call,
    check_hook,
    check_instance,
    type_error,
)
from ml_infra_utils.decorators._engine import Attempt
from ml_infra_utils.decorators._events import HOOKS, RAISE
from ml_infra_utils.decorators._introspection import COROUTINE, kind_of, name_of
from ml_infra_utils.decorators._lines import LINES, lines_to
from ml_infra_utils.decorators._output import check_output
from ml_infra_utils.decorators._policy import RetryPolicy
from ml_infra_utils.decorators._statistics import RetryStatistics

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Callable, Sequence, TypedDict

    from typing_extensions import Unpack

    from ml_infra_utils.decorators._breaker import CircuitBreaker
    from ml_infra_utils.decorators._budget import RetryBudget
    from ml_infra_utils.decorators._events import Event, Hook
    from ml_infra_utils.decorators._output import Output
    from ml_infra_utils.decorators._policy import (
        Draw,
        Exceptions,
        Jitter,
        Seconds,
        Types,
        WaitFunction,
    )
    from ml_infra_utils.decorators._timings import Timings

    Condition = Callable[[Any], object]

    class UseOptions(TypedDict, total=False):
        """What stands beside a policy: who is told and asked when it applies."""

        name: str | None
        before_attempt: Hook | None
        on_retry: Hook | None
        on_success: Hook | None
        on_give_up: Hook | None
        output: Output
        budget: RetryBudget | None
        breaker: CircuitBreaker | None
        record: Timings | None
        fallback: Any

    class Options(UseOptions, total=False):
        """What `retry` takes by name only: the rest of the policy, and its use."""

        max_delay: Seconds | None
        jitter: Jitter | None
        seed: int | None
        timeout: Seconds | None
        retry_after: Seconds | None
        wait: Sequence[Seconds] | WaitFunction | None
        attempt_timeout: Seconds | None
        never: Types

    class ConditionOptions(Options, total=False):
        """What `retry_on_condition` takes by name only."""

        backoff: float
        exceptions: Exceptions


USES: UseOptions = {
    "name": None,
    "before_attempt": None,
    "on_retry": None,
    "on_success": None,
    "on_give_up": None,
    "output": print,
    "budget": None,
    "breaker": None,
    "record": None,
    "fallback": RAISE,
}
"""The options beside a policy, with their defaults."""


class Retrying:
    """A policy, and who hears of it and is asked when it applies; iterating makes attempts.

    Made by `retrying`, which explains it.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        condition: Condition | None = None,
        **uses: Unpack[UseOptions],
    ) -> None:
        options: Any = {**USES, **uses}
        name, fallback = options["name"], options["fallback"]
        check_output(options["output"])
        for instance in INSTANCES:
            check_instance(instance, options[instance])
        if name is not None and not isinstance(name, str):
            raise type_error("name", "a str", name)
        if callable(fallback) and fallback is not RAISE:
            if isinstance(fallback, type):
                expected = "a value, or a function of the RetryState that makes one"
                raise type_error("fallback", expected, fallback)
            check_call("fallback", fallback)
        self.policy: RetryPolicy = policy
        self.condition: Condition | None = condition
        self.uses: UseOptions = uses
        self.name: str = "block" if name is None else name
        self.function: Callable[..., Any] | None = None
        self.output: Output = options["output"]
        self.budget: RetryBudget | None = options["budget"]
        self.breaker: CircuitBreaker | None = options["breaker"]
        self.record: Timings | None = options["record"]
        self.fallback: Any = fallback
        self.listeners: dict[Event, list[tuple[str, Hook]]] = _listeners(options)
        self.asks_first: bool = self.breaker is not None or bool(self.listeners["attempt"])
        self.statistics: RetryStatistics = RetryStatistics()
        self.drawing: Callable[[], Draw] = policy.drawing()
        self.asked: Callable[[object], float | None] | None = None
        if policy.retry_after is not None:
            from ml_infra_utils.decorators._retry_after import retry_after

            self.asked = retry_after

    def of(self, function: Callable[..., Any]) -> Retrying:
        """Return the same for a function, by the name of which it goes unless it has one."""
        copy = object.__new__(Retrying)
        name = name_of(function) if self.uses.get("name") is None else self.name
        changes = {"function": function, "name": name, "statistics": RetryStatistics()}
        vars(copy).update(vars(self), **changes)
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        state = {each: vars(self)[each] for each in ("function", "name", "statistics")}
        return _made, (self.policy, self.condition, self.uses), state

    def changed(self, policy: dict[str, Any], uses: dict[str, Any]) -> Retrying:
        """Return one with other options, for the same function and with the same statistics."""
        condition = uses.pop("condition", self.condition)
        new = Retrying(self.policy.replace(**policy), condition, **{**self.uses, **uses})
        new.function, new.statistics = self.function, self.statistics
        new.name = self.name if "name" not in uses else new.name
        return new

    @property
    def watches_success(self) -> bool:
        """Whether there is something to do also when an attempt succeeds."""
        return (
            self.policy.timeout is not None
            or self.policy.attempt_timeout is not None
            or self.condition is not None
            or self.budget is not None
            or self.record is not None
            or self.asks_first
            or bool(self.listeners["success"])
        )

    def check_interruption(self, what: str, instead: str) -> None:
        """Raise TypeError if attempts have a limit, where nothing can interrupt them."""
        if self.policy.attempt_timeout is not None:
            raise TypeError(
                f"attempt_timeout must be left out for {what}: nothing can interrupt it from "
                f"outside; give what it calls a timeout, such as remaining(), or {instead}"
            )

    def check_awaiting(self, what: str, instead: str) -> None:
        """Raise TypeError if there is something to await, which `what` cannot do."""
        awaited = [pair for listeners in self.listeners.values() for pair in listeners]
        for name, function in [*awaited, ("fallback", self.fallback)]:
            if kind_of(function) == "coroutine function":
                raise TypeError(
                    f"{name} must be a plain function for {what}, which cannot await it, "
                    f"got a coroutine function; {instead}"
                )

    def __iter__(self) -> Attempt:
        instead = "write `async for` and `async with attempt`"
        self.check_interruption("`for`", instead)
        self.check_awaiting("`for`", instead)
        if self.policy.delay and _clock.is_in_event_loop() and not _is_in_cell():
            from warnings import warn

            what = f"`for` over retrying(name={self.name!r}) blocks the event loop while it waits"
            warn(f"{what}; {instead}", RuntimeWarning, stacklevel=2)
        return Attempt(self, (), {})

    def __aiter__(self) -> Attempt:
        return Attempt(self, (), {}, _clock.of_task())


def _made(policy: RetryPolicy, condition: Condition | None, uses: UseOptions) -> Retrying:
    return Retrying(policy, condition, **uses)


def plan_of(
    decorator: str,
    first: Any,
    default: RetryPolicy,
    options: dict[str, Any],
    *,
    condition: Condition | None = None,
) -> Retrying:
    """Return what a decorator is to do, from the arguments that were passed.

    `first` is a policy or the number of attempts; `default` is the policy of a call
    without arguments.
    """
    of_policy, of_use = split(decorator, options)
    if not isinstance(first, RetryPolicy):
        return Retrying(default.replace(max_attempts=first, **of_policy), condition, **of_use)
    if of_policy:
        from ml_infra_utils.decorators._words import described, shortened

        option, value = next(iter(of_policy.items()))
        raise TypeError(
            f"{option} must be left to the policy, got {described(value)} beside it; "
            f"use policy.replace({option}={shortened(value)})"
        )
    return Retrying(first, condition, **of_use)


def split(caller: str, options: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the options of a policy, and those that stand beside it."""
    names = (*vars(RetryPolicy()), *USES)
    for option in options:
        if option not in names:
            from ml_infra_utils.decorators._peers import hint_for

            hint = hint_for(option, names)
            raise TypeError(f"{caller}() got an unexpected keyword argument {option!r}{hint}")
    return (
        {option: value for option, value in options.items() if option not in USES},
        {option: value for option, value in options.items() if option in USES},
    )


def _is_in_cell() -> bool:
    """Tell whether the loop stands in a cell of a notebook: those run in an event loop, always."""
    caller = sys._getframe(2)
    return "ipykernel" in sys.modules and not caller.f_code.co_flags & COROUTINE


def _listeners(options: Any) -> dict[Event, list[tuple[str, Hook]]]:
    """Return who hears of each event, by name: the output first, so that its lines are in turn."""
    listeners: dict[Event, list[tuple[str, Hook]]] = {}
    for event, name in HOOKS.items():
        listeners[event] = []
        if event in LINES and options["output"] is not None:
            listeners[event].append(("output", lines_to(options["output"])))
        if options[name] is not None:
            check_hook(name, options[name])
            listeners[event].append((name, options[name]))
    return listeners
