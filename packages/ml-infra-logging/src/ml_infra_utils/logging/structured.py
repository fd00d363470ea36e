"""The three names of the guide: the logger, its formatter and the function for ML events."""

from __future__ import annotations

from ml_infra_utils.logging._line.formatter import JsonFormatter
from ml_infra_utils.logging._logger import StructuredLogger
from ml_infra_utils.logging._ml_events import log_ml_event

__all__ = ["JsonFormatter", "StructuredLogger", "log_ml_event"]
