"""Structured JSON log lines for training runs and services.

Names are loaded on first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ml_infra_utils.logging._configure import configure
    from ml_infra_utils.logging._context import bound
    from ml_infra_utils.logging._ecs import EcsFormatter
    from ml_infra_utils.logging._event import Event
    from ml_infra_utils.logging._events import (
        data_validated,
        epoch_completed,
        ml_event_schema,
        prediction_served,
        training_completed,
        training_run,
        training_started,
    )
    from ml_infra_utils.logging._files import DurableFileHandler
    from ml_infra_utils.logging._queue import BoundedQueueHandler
    from ml_infra_utils.logging._reader import EventReader, Gap, read_events
    from ml_infra_utils.logging._redaction import Redaction
    from ml_infra_utils.logging.structured import JsonFormatter, StructuredLogger, log_ml_event

    __version__: str

__all__ = [
    "StructuredLogger",
    "JsonFormatter",
    "EcsFormatter",
    "configure",
    "bound",
    "Redaction",
    "DurableFileHandler",
    "BoundedQueueHandler",
    "log_ml_event",
    "training_run",
    "training_started",
    "epoch_completed",
    "training_completed",
    "prediction_served",
    "data_validated",
    "ml_event_schema",
    "read_events",
    "Event",
    "EventReader",
    "Gap",
]

_HOMES = {
    "structured": ("StructuredLogger", "JsonFormatter"),
    "_ecs": ("EcsFormatter",),
    "_configure": ("configure",),
    "_context": ("bound",),
    "_redaction": ("Redaction",),
    "_files": ("DurableFileHandler",),
    "_queue": ("BoundedQueueHandler",),
    "_events": (
        "log_ml_event",
        "training_run",
        "training_started",
        "epoch_completed",
        "training_completed",
        "prediction_served",
        "data_validated",
        "ml_event_schema",
    ),
    "_event": ("Event",),
    "_reader": ("read_events", "EventReader", "Gap"),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("ml-infra-logging")
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            globals()[name] = value = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*(name for name in globals() if name.startswith("__")), *__all__, "__version__"]
