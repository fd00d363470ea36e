"""Time and retry calls with decorators that stay out of the way.

Names are loaded on first use, so that importing this package costs next to nothing. Type
checkers and editors read the imports below, which never run.
"""

from __future__ import annotations

# Not loaded on first use: the import system would give the name to the module retry.
from ml_infra_utils.decorators.retry import retry

__all__ = [
    "timer",
    "timer_with_units",
    "timed",
    "Timings",
    "Timing",
    "retry",
    "retry_on_condition",
    "retrying",
    "remaining",
    "RetryPolicy",
    "RetryState",
    "RetryControl",
    "StopRetrying",
    "RetryBudget",
    "CircuitBreaker",
    "CircuitOpenError",
    "BreakerState",
    "instrument",
    "disable_retries",
    "cap_attempts",
]

# To import typing costs more than this package. A plain False would hide the names from jedi.
TYPE_CHECKING = bool()  # noqa: UP018  # see above

if TYPE_CHECKING:
    from ml_infra_utils.decorators._breaker import (
        BreakerState,
        CircuitBreaker,
        CircuitOpenError,
    )
    from ml_infra_utils.decorators._budget import RetryBudget
    from ml_infra_utils.decorators._deadline import remaining
    from ml_infra_utils.decorators._durations import Timing
    from ml_infra_utils.decorators._events import RetryState, StopRetrying
    from ml_infra_utils.decorators._policy import RetryPolicy
    from ml_infra_utils.decorators._process import (
        cap_attempts,
        disable_retries,
        instrument,
    )
    from ml_infra_utils.decorators._timings import Timings
    from ml_infra_utils.decorators._wrappers import RetryControl
    from ml_infra_utils.decorators.retry import retry_on_condition, retrying
    from ml_infra_utils.decorators.timing import (
        timed,
        timer,
        timer_with_units,
    )

    __version__: str

_HOMES = {
    "timing": ("timer", "timer_with_units", "timed"),
    "_timings": ("Timings",),
    "_durations": ("Timing",),
    "retry": ("retry_on_condition", "retrying"),
    "_deadline": ("remaining",),
    "_policy": ("RetryPolicy",),
    "_events": ("RetryState", "StopRetrying"),
    "_budget": ("RetryBudget",),
    "_breaker": ("CircuitBreaker", "CircuitOpenError", "BreakerState"),
    "_wrappers": ("RetryControl",),
    "_process": ("instrument", "disable_retries", "cap_attempts"),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("ml-infra-decorators")
        except PackageNotFoundError:
            raise AttributeError(
                "ml-infra-decorators is not installed: it has no version"
            ) from None
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            globals()[name] = value = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
