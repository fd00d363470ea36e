"""What type checkers and editors read of the names that are loaded on first use."""

from ml_infra_utils.logging._configure import configure as configure
from ml_infra_utils.logging._context import bound as bound
from ml_infra_utils.logging._line.formatter import JsonFormatter as JsonFormatter
from ml_infra_utils.logging._line.redaction import Redaction as Redaction
from ml_infra_utils.logging._line.shapes import (
    DatadogFormatter as DatadogFormatter,
    EcsFormatter as EcsFormatter,
    GoogleCloudFormatter as GoogleCloudFormatter,
)
from ml_infra_utils.logging._logger import StructuredLogger as StructuredLogger
from ml_infra_utils.logging._ml_events import (
    data_validated as data_validated,
    epoch_completed as epoch_completed,
    log_ml_event as log_ml_event,
    ml_event_schema as ml_event_schema,
    prediction_served as prediction_served,
    training_completed as training_completed,
    training_run as training_run,
    training_started as training_started,
)
from ml_infra_utils.logging._output.durable_file import DurableFileHandler as DurableFileHandler
from ml_infra_utils.logging._output.queue import BoundedQueueHandler as BoundedQueueHandler
from ml_infra_utils.logging._reading.parsed_line import Event as Event
from ml_infra_utils.logging._reading.reader import (
    EventReader as EventReader,
    Gap as Gap,
    read_events as read_events,
)

__version__: str

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

def __dir__() -> list[str]: ...
