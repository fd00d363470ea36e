"""Structured JSON log lines for training runs and services.

Names are loaded on first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ml_infra_utils.logging.structured import JsonFormatter, StructuredLogger, log_ml_event

    __version__: str

__all__ = ["StructuredLogger", "JsonFormatter", "log_ml_event"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("ml-infra-logging")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ml_infra_utils.logging import structured

    globals()[name] = value = getattr(structured, name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__, "__version__"]
