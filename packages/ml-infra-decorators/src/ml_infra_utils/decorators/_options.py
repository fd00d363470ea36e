"""The options of every retry, listed once."""

from __future__ import annotations

from ml_infra_utils.decorators._policy import RetryPolicy
from ml_infra_utils.decorators._retrying import Retrying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypedDict

    from ml_infra_utils.decorators._budget import RetryBudget
    from ml_infra_utils.decorators._events import Hook
    from ml_infra_utils.decorators._output import Output
    from ml_infra_utils.decorators._policy import Exceptions, Jitter, Seconds
    from ml_infra_utils.decorators._retrying import Condition
    from ml_infra_utils.decorators._timings import Timings

    class UseOptions(TypedDict, total=False):
        """What stands beside a policy: who is told and asked when it applies."""

        name: str | None
        before_attempt: Hook | None
        on_retry: Hook | None
        on_success: Hook | None
        on_give_up: Hook | None
        output: Output
        budget: RetryBudget | None
        record: Timings | None

    class Options(UseOptions, total=False):
        """What `retry` takes by name only: the rest of the policy, and its use."""

        max_delay: Seconds | None
        jitter: Jitter | None
        seed: int | None
        timeout: Seconds | None
        retry_after: Seconds | None

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
    of_policy, of_use = {}, {}
    uses = Retrying.__init__.__kwdefaults__ or {}
    for option, value in options.items():
        if option in vars(default):
            of_policy[option] = value
        elif option in uses:
            of_use[option] = value
        else:
            from ml_infra_utils.decorators._words import nearest

            hint = nearest(option, (*vars(default), *uses))
            raise TypeError(f"{decorator}() got an unexpected keyword argument {option!r}{hint}")
    if not isinstance(first, RetryPolicy):
        return Retrying(RetryPolicy(first, **of_policy), condition, **of_use)
    for option, value in vars(RetryPolicy(**of_policy)).items():
        if value != getattr(default, option):
            raise TypeError(
                f"{option} must be left to the policy, got {value!r} beside it; "
                f"use policy.replace({option}={value!r})"
            )
    return Retrying(first, condition, **of_use)
