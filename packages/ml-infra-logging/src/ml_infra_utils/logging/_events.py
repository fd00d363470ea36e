"""Events in the life of a model."""

from __future__ import annotations

import logging
import math
import os
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Mapping

from ml_infra_utils.logging._context import bound

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Any

    from ml_infra_utils.logging.structured import StructuredLogger

SCHEMA = "ml-event/1"

_current_run: ContextVar[str | None] = ContextVar("current_run", default=None)


def log_ml_event(
    logger: StructuredLogger,
    event_type: str,
    model_name: str,
    metrics: Mapping[str, object] | None = None,
    **fields: object,
) -> None:
    """Log an event in the life of a model, at level INFO.

    Metrics that are not finite are written as "NaN", "Infinity" and "-Infinity". The line's
    ``_schema`` names the version of its schema, which `ml_event_schema` gives.

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
     "metrics": {"loss": 0.25}}, "_schema": "ml-event/1"}
    """
    _log(logger, event_type, model_name, metrics, fields)


def training_started(
    logger: StructuredLogger,
    model_name: str,
    params: Mapping[str, object] | None = None,
    **fields: object,
) -> None:
    """Log that a training has started, with its parameters.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> training_started(StructuredLogger("train"), "resnet", {"lr": 0.1})
    {..., "context": {"event_type": "training_started", "model_name": "resnet", "metrics": {},
     "params": {"lr": 0.1}}, ...}
    """
    _log(logger, "training_started", model_name, None, {"params": params or {}, **fields})


def epoch_completed(
    logger: StructuredLogger,
    model_name: str,
    epoch: int,
    metrics: Mapping[str, object] | None = None,
    **fields: object,
) -> None:
    """Log that an epoch is done, with its number and metrics.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> epoch_completed(StructuredLogger("train"), "resnet", 3, {"loss": float("nan")})
    {..., "context": {"event_type": "epoch_completed", "model_name": "resnet",
     "metrics": {"loss": "NaN"}, "epoch": 3}, ...}
    """
    _log(logger, "epoch_completed", model_name, metrics, {"epoch": epoch, **fields})


def training_completed(
    logger: StructuredLogger,
    model_name: str,
    metrics: Mapping[str, object] | None = None,
    *,
    seconds: float | None = None,
    **fields: object,
) -> None:
    """Log that a training is done, with its last metrics and how many seconds it took.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> training_completed(StructuredLogger("train"), "resnet", {"f1": 0.9}, seconds=1.5)
    {..., "context": {"event_type": "training_completed", "model_name": "resnet",
     "metrics": {"f1": 0.9}, "seconds": 1.5}, ...}
    """
    _log(logger, "training_completed", model_name, metrics, {"seconds": seconds, **fields})


def prediction_served(
    logger: StructuredLogger,
    model_name: str,
    *,
    seconds: float,
    count: int = 1,
    **fields: object,
) -> None:
    """Log that predictions were served: how many, and in how many seconds.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> prediction_served(StructuredLogger("service"), "resnet", seconds=0.02, count=8)
    {..., "context": {"event_type": "prediction_served", "model_name": "resnet", "metrics": {},
     "seconds": 0.02, "count": 8}, ...}
    """
    _log(
        logger,
        "prediction_served",
        model_name,
        None,
        {"seconds": seconds, "count": count, **fields},
    )


def data_validated(
    logger: StructuredLogger,
    model_name: str,
    dataset: str,
    *,
    valid: bool,
    rows: int | None = None,
    **fields: object,
) -> None:
    """Log that the data for a model was checked, and whether it is valid.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> data_validated(StructuredLogger("train"), "resnet", "train.csv", valid=True, rows=569)
    {..., "context": {"event_type": "data_validated", "model_name": "resnet", "metrics": {},
     "dataset": "train.csv", "valid": true, "rows": 569}, ...}
    """
    given = {"dataset": dataset, "valid": valid, "rows": rows, **fields}
    _log(logger, "data_validated", model_name, None, given)


class training_run:  # noqa: N801 # read as a verb: with training_run(...)
    """Log the start and the end of what happens inside the block, also if it fails.

    Every line that is logged inside has the field ``run_id``, and ``parent_run_id`` if the run is
    inside another. The end has how many seconds it took and the outcome: ``"succeeded"``,
    ``"failed"`` with the exception at level ERROR, or ``"interrupted"``. Exceptions pass.

    Parameters
    ----------
    logger : StructuredLogger
        Where to log.
    model_name : str
        The model that is trained.
    **params : object
        Parameters of the training, for the event ``training_started``.

    Attributes
    ----------
    run_id : str
        Sixteen hexadecimal digits.
    metrics : dict
        The last value of each metric, for the event ``training_completed``.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> logger = StructuredLogger("train")
    >>> with training_run(logger, "resnet", lr=0.1) as run:
    ...     run.epoch_completed(1, {"loss": 0.25})
    {..., "message": "ML Event: training_started", ... "params": {"lr": 0.1}}, "run_id": "...", ...}
    {..., "message": "ML Event: epoch_completed", ... "epoch": 1}, "run_id": "...", ...}
    {..., "message": "ML Event: training_completed", ... "metrics": {"loss": 0.25}, "seconds": ...,
     "outcome": "succeeded"}, "run_id": "...", ...}
    """

    def __init__(self, logger: StructuredLogger, model_name: str, /, **params: object) -> None:
        self.run_id: str = os.urandom(8).hex()
        self.metrics: dict[str, object] = {}
        self._logger = logger
        self._model_name = model_name
        self._params = params
        self._bound: AbstractContextManager[None]

    def __enter__(self) -> training_run:
        """Log the event training_started."""
        parent = _current_run.get()
        self._token = _current_run.set(self.run_id)
        above = {} if parent is None else {"parent_run_id": parent}
        self._bound = bound(run_id=self.run_id, **above)
        self._bound.__enter__()
        self._started = time.monotonic()
        training_started(self._logger, self._model_name, self._params)
        return self

    def epoch_completed(
        self, epoch: int, metrics: Mapping[str, object] | None = None, **fields: object
    ) -> None:
        """Log the event epoch_completed, and remember the metrics."""
        if isinstance(metrics, Mapping):
            self.metrics.update(metrics)
        epoch_completed(self._logger, self._model_name, epoch, metrics, **fields)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Log the event training_completed."""
        outcome = "succeeded"
        if error is not None:
            outcome = "failed" if isinstance(error, Exception) else "interrupted"
        seconds = time.monotonic() - self._started
        fields = {"seconds": seconds, "outcome": outcome}
        _log(self._logger, "training_completed", self._model_name, self.metrics, fields, error)
        self._bound.__exit__(None, None, None)
        _current_run.reset(self._token)


def ml_event_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of the lines that `log_ml_event` makes.

    Examples
    --------
    >>> ml_event_schema()["title"]
    'ml-event/1'
    """
    import json
    from pathlib import Path

    file = Path(__file__).with_name("ml-event-1.schema.json")
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def _log(
    logger: StructuredLogger,
    event_type: str,
    model_name: str,
    metrics: Mapping[str, object] | None,
    fields: Mapping[str, object],
    error: BaseException | None = None,
) -> None:
    context = {
        "event_type": event_type,
        "model_name": model_name,
        "metrics": _readable(metrics),
        **fields,
    }
    level = logging.INFO if error is None else logging.ERROR
    more = {"_schema": SCHEMA, "exc_info": error}
    logger._log(level, "ML Event: %s", (event_type,), context, more)


def _readable(metrics: Any) -> object:
    """Give the metrics with a name for each that is not finite; JSON has no number for it."""
    if metrics is None:
        return {}
    try:
        return {name: _named(value) for name, value in metrics.items()}
    except Exception:
        # No mapping: the encoder writes what can be written of it.
        return metrics


def _named(value: Any) -> object:
    if type(value) in (int, bool, str):
        return value
    try:
        number = float(value)
    except Exception:
        return value
    if math.isfinite(number) or isinstance(value, str):
        return value
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"
