"""Time and retry calls with decorators that stay out of the way."""

from ml_infra_utils.decorators.retry import retry, retry_on_condition
from ml_infra_utils.decorators.timing import timer, timer_with_units

__all__ = ["timer", "timer_with_units", "retry", "retry_on_condition"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name):
        if name == "__version__":
            from importlib.metadata import version

            return version("ml-infra-decorators")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
