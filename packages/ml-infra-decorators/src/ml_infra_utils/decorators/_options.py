"""The options of every retry, listed once."""

from __future__ import annotations

from ml_infra_utils.decorators._policy import RetryPolicy
from ml_infra_utils.decorators._retrying import USES, Retrying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Sequence

    from ml_infra_utils.decorators._policy import (
        Exceptions,
        Jitter,
        Seconds,
        Types,
        WaitFunction,
    )
    from ml_infra_utils.decorators._retrying import Condition, UseOptions

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


def plan_of(
    decorator: str,
    first: Any,
    default: RetryPolicy,
    options: dict[str, Any],
    *,
    condition: Condition | None = None,
) -> Retrying:
    """Return what a decorator is to do, from all its arguments.

    `first` is a policy or the number of attempts; `default` is the policy of a call
    without arguments.
    """
    of_policy, of_use = split(decorator, options)
    if not isinstance(first, RetryPolicy):
        return Retrying(RetryPolicy(first, **of_policy), condition, **of_use)
    for option, value in vars(RetryPolicy(**of_policy)).items():
        if value != getattr(default, option):
            raise TypeError(
                f"{option} must be left to the policy, got {value!r} beside it; "
                f"use policy.replace({option}={value!r})"
            )
    return Retrying(first, condition, **of_use)


def split(caller: str, options: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the options of a policy, and those that stand beside it."""
    names = (*vars(RetryPolicy()), *USES)
    for option in options:
        if option not in names:
            from ml_infra_utils.decorators._words import nearest

            hint = nearest(option, names)
            raise TypeError(f"{caller}() got an unexpected keyword argument {option!r}{hint}")
    return (
        {option: value for option, value in options.items() if option not in USES},
        {option: value for option, value in options.items() if option in USES},
    )
