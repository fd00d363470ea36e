"""What type checkers and editors read of the names that are loaded on first use."""

from ml_infra_utils.logging._configure import configure
from ml_infra_utils.logging._context import bound
from ml_infra_utils.logging._line.formatter import JsonFormatter
from ml_infra_utils.logging._line.redaction import Redaction
from ml_infra_utils.logging._line.shapes import EcsFormatter
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

def __dir__() -> list[str]: ...
