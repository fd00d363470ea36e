"""Time and retry calls with decorators that stay out of the way."""

# The function, at once: left to the import system, the name would mean its module.
from ml_infra_utils.decorators.retry import retry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ml_infra_utils.decorators._budget import RetryBudget
    from ml_infra_utils.decorators._deadline import remaining
    from ml_infra_utils.decorators._engine import RetryState
    from ml_infra_utils.decorators._policy import RetryPolicy
    from ml_infra_utils.decorators._timings import Timing, Timings
    from ml_infra_utils.decorators.retry import retry_on_condition, retrying
    from ml_infra_utils.decorators.timing import timed, timer, timer_with_units

    __version__: str

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
    "RetryBudget",
]

_HOMES = {
    "timer": "timing",
    "timer_with_units": "timing",
    "timed": "timing",
    "Timings": "_timings",
    "Timing": "_timings",
    "retry_on_condition": "retry",
    "retrying": "retry",
    "remaining": "_deadline",
    "RetryPolicy": "_policy",
    "RetryState": "_engine",
    "RetryBudget": "_budget",
}

if not TYPE_CHECKING:

    def __getattr__(name):
        if name == "__version__":
            from importlib.metadata import version

            value = version("ml-infra-decorators")
        elif name in _HOMES:
            from importlib import import_module

            value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
