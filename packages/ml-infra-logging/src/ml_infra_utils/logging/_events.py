"""Events in the life of a model."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Mapping

if TYPE_CHECKING:
    from ml_infra_utils.logging.structured import StructuredLogger


def log_ml_event(
    logger: StructuredLogger,
    event_type: str,
    model_name: str,
    metrics: Mapping[str, object] | None = None,
    **fields: object,
) -> None:
    """Log an event in the life of a model, at level INFO.

    Parameters
    ----------
    logger : StructuredLogger
        Where to log.
    event_type : str
        What happened, for instance ``"training_completed"``.
    model_name : str
        The model it happened to.
    metrics : mapping, optional
        Names and values of metrics.
    **fields : object
        Further keys of the line's context.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> log_ml_event(StructuredLogger("train"), "epoch_completed", "resnet", {"loss": 0.25})
    {"timestamp": "...", "message": "ML Event: epoch_completed", ...
     "context": {"event_type": "epoch_completed", "model_name": "resnet",
     "metrics": {"loss": 0.25}}}
    """
    context = {
        "event_type": event_type,
        "model_name": model_name,
        "metrics": {} if metrics is None else metrics,
        **fields,
    }
    logger._log(logging.INFO, f"ML Event: {event_type}", (), context, {})
