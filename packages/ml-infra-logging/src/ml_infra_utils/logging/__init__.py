"""Structured JSON log lines for training runs and services.

Names are loaded on first use, so that importing this package costs next to nothing. What type
checkers and editors read is the stub beside this file.
"""

from __future__ import annotations

__all__ = [
    "StructuredLogger",
    "JsonFormatter",
    "EcsFormatter",
    "GoogleCloudFormatter",
    "DatadogFormatter",
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
    "_logger": ("StructuredLogger",),
    "_line.formatter": ("JsonFormatter",),
    "_line.shapes": ("EcsFormatter", "GoogleCloudFormatter", "DatadogFormatter"),
    "_configure": ("configure",),
    "_context": ("bound",),
    "_line.redaction": ("Redaction",),
    "_output.durable_file": ("DurableFileHandler",),
    "_output.queue": ("BoundedQueueHandler",),
    "_ml_events": (
        "log_ml_event",
        "training_run",
        "training_started",
        "epoch_completed",
        "training_completed",
        "prediction_served",
        "data_validated",
        "ml_event_schema",
    ),
    "_reading.reader": ("read_events", "EventReader", "Gap"),
    "_reading.parsed_line": ("Event",),
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("ml-infra-logging")
        except PackageNotFoundError:
            raise AttributeError("ml-infra-logging is not installed: it has no version") from None
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            globals()[name] = value = getattr(import_module(f"{__name__}.{home}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
