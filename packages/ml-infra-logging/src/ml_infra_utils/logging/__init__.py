"""Structured JSON log lines for training runs and services.

Names are loaded on first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ml_infra_utils.logging._context import bound
    from ml_infra_utils.logging._redaction import Redaction
    from ml_infra_utils.logging.structured import JsonFormatter, StructuredLogger, log_ml_event

    __version__: str

__all__ = [
    "StructuredLogger",
    "JsonFormatter",
    "bound",
    "Redaction",
    "log_ml_event",
]

_HOMES = {
    "bound": "_context",
    "Redaction": "_redaction",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("ml-infra-logging")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module(f"{__name__}.{_HOMES.get(name, 'structured')}")
    globals()[name] = value = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__, "__version__"]
