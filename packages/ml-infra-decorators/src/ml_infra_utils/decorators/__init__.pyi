"""What type checkers and editors read of the names that are loaded on first use."""

from ml_infra_utils.decorators._breaker import (
    BreakerState as BreakerState,
    CircuitBreaker as CircuitBreaker,
    CircuitOpenError as CircuitOpenError,
)
from ml_infra_utils.decorators._budget import RetryBudget as RetryBudget
from ml_infra_utils.decorators._deadline import remaining as remaining
from ml_infra_utils.decorators._durations import Timing as Timing
from ml_infra_utils.decorators._events import RetryState as RetryState, StopRetrying as StopRetrying
from ml_infra_utils.decorators._policy import RetryPolicy as RetryPolicy
from ml_infra_utils.decorators._process import (
    cap_attempts as cap_attempts,
    disable_retries as disable_retries,
    instrument as instrument,
)
from ml_infra_utils.decorators._timings import Timings as Timings
from ml_infra_utils.decorators.retry import (
    retry as retry,
    retry_on_condition as retry_on_condition,
    retrying as retrying,
)
from ml_infra_utils.decorators.timing import (
    timed as timed,
    timer as timer,
    timer_with_units as timer_with_units,
)

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
