"""What type checkers and editors read of the names that are loaded on first use."""

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
from ml_infra_utils.decorators._process import cap_attempts, disable_retries, instrument
from ml_infra_utils.decorators._timings import Timings
from ml_infra_utils.decorators.retry import retry, retry_on_condition, retrying
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
    "StopRetrying",
    "RetryBudget",
    "CircuitBreaker",
    "CircuitOpenError",
    "BreakerState",
    "instrument",
    "disable_retries",
    "cap_attempts",
]

def __dir__() -> list[str]: ...
