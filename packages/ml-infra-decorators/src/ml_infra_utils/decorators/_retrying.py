"""What a retry is told to do: a policy, and who hears of it and is asked when it applies."""

from __future__ import annotations

import sys

from ml_infra_utils.decorators import _clock
from ml_infra_utils.decorators._checks import check_hook, type_error
from ml_infra_utils.decorators._engine import Attempt
from ml_infra_utils.decorators._events import HOOKS
from ml_infra_utils.decorators._introspection import COROUTINE, kind_of, name_of
from ml_infra_utils.decorators._lines import LINES, lines_to
from ml_infra_utils.decorators._output import check_output

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any, Callable

    from ml_infra_utils.decorators._budget import RetryBudget
    from ml_infra_utils.decorators._events import Event, Hook
    from ml_infra_utils.decorators._output import Output
    from ml_infra_utils.decorators._policy import RetryPolicy
    from ml_infra_utils.decorators._timings import Timings

    Condition = Callable[[Any], object]


class Retrying:
    """A policy, and who hears of it and is asked when it applies; iterating makes attempts.

    Made by `retrying`, which explains it.
    """

    def __init__(
        self,
        policy: RetryPolicy,
        condition: Condition | None = None,
        *,
        name: str | None = None,
        before_attempt: Hook | None = None,
        on_retry: Hook | None = None,
        on_success: Hook | None = None,
        on_give_up: Hook | None = None,
        output: Output = print,
        budget: RetryBudget | None = None,
        record: Timings | None = None,
    ) -> None:
        check_output(output)
        if budget is not None and not hasattr(budget, "withdraw"):
            raise type_error("budget", "a RetryBudget", budget)
        if record is not None and not hasattr(record, "observe"):
            raise type_error("record", "a Timings", record)
        if name is not None and not isinstance(name, str):
            raise type_error("name", "a str", name)
        hooks = (before_attempt, on_retry, on_success, on_give_up)
        self.policy: RetryPolicy = policy
        self.name: str = "block" if name is None else name
        self.has_name: bool = name is not None
        self.function: Callable[..., Any] | None = None
        self.condition: Condition | None = condition
        self.listeners: dict[Event, list[tuple[str, Hook]]] = _listeners(output, hooks)
        self.output: Output = output
        self.budget: RetryBudget | None = budget
        self.record: Timings | None = record

    def of(self, function: Callable[..., Any]) -> Retrying:
        """Return the same for a function, by the name of which it goes unless it has one."""
        copy = object.__new__(Retrying)
        name = self.name if self.has_name else name_of(function)
        vars(copy).update(vars(self), function=function, name=name)
        return copy

    @property
    def watches_success(self) -> bool:
        """Whether there is something to do also when an attempt succeeds."""
        return (
            self.policy.timeout is not None
            or self.condition is not None
            or self.budget is not None
            or self.record is not None
            or bool(self.listeners["attempt"] or self.listeners["success"])
        )

    def check_form(self, what: str, instead: str) -> None:
        """Raise TypeError if a hook has to be awaited, which `what` cannot do."""
        for listeners in self.listeners.values():
            for name, hear in listeners:
                if kind_of(hear) == "coroutine function":
                    raise TypeError(
                        f"{name} must be a plain function for {what}, which cannot await it, "
                        f"got a coroutine function; {instead}"
                    )

    def __iter__(self) -> Attempt:
        instead = "write `async for` and `async with attempt`"
        self.check_form("`for`", instead)
        if self.policy.delay and _clock.is_in_event_loop() and not _is_in_cell():
            from warnings import warn

            what = f"`for` over retrying(name={self.name!r}) blocks the event loop while it waits"
            warn(f"{what}; {instead}", RuntimeWarning, stacklevel=2)
        return Attempt(self, (), {})

    def __aiter__(self) -> Attempt:
        return Attempt(self, (), {})


def _is_in_cell() -> bool:
    """Tell whether the loop stands in a cell of a notebook: those run in an event loop, always."""
    caller = sys._getframe(2)
    return "ipykernel" in sys.modules and not caller.f_code.co_flags & COROUTINE


def _listeners(
    output: Output, hooks: tuple[Hook | None, ...]
) -> dict[Event, list[tuple[str, Hook]]]:
    """Return who hears of each event, by name: the output first, so that its lines are in turn."""
    listeners: dict[Event, list[tuple[str, Hook]]] = {}
    for (event, name), hook in zip(HOOKS.items(), hooks):
        listeners[event] = []
        if event in LINES and output is not None:
            listeners[event].append(("output", lines_to(output)))
        if hook is not None:
            check_hook(name, hook)
            listeners[event].append((name, hook))
    return listeners
