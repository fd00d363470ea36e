"""Structured JSON log lines for training runs and services.

Names are loaded on first use, so that importing this package costs next to nothing. Type
checkers and editors read the imports below, which never run.
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

# To import typing costs more than this package. A plain False would hide the names from jedi.
TYPE_CHECKING = bool()  # noqa: UP018  # see above

if TYPE_CHECKING:
    from ml_infra_utils.logging._configure import configure
    from ml_infra_utils.logging._context import bound
    from ml_infra_utils.logging._line.formatter import JsonFormatter
    from ml_infra_utils.logging._line.redaction import Redaction
    from ml_infra_utils.logging._line.shapes import (
        DatadogFormatter,
        EcsFormatter,
        GoogleCloudFormatter,
    )
    from ml_infra_utils.logging._logger import StructuredLogger
    from ml_infra_utils.logging._ml_events import (
        data_validated,
        epoch_completed,
        log_ml_event,
        ml_event_schema,
        prediction_served,
        training_completed,
        training_run,
        training_started,
    )
    from ml_infra_utils.logging._output.durable_file import DurableFileHandler
    from ml_infra_utils.logging._output.queue import BoundedQueueHandler
    from ml_infra_utils.logging._reading.parsed_line import Event
    from ml_infra_utils.logging._reading.reader import (
        EventReader,
        Gap,
        read_events,
    )

    __version__: str

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
