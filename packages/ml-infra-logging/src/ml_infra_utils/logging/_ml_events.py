"""Events in the life of a model."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Dict, Iterable, Iterator

from ml_infra_utils.logging._context import bound
from ml_infra_utils.logging._limits import MAX_ITEMS, MAX_VALUES, METRICS_DEPTH
from ml_infra_utils.logging._progress import Item, checked_interval, checked_total, tracked
from ml_infra_utils.logging._record.taken import bound_fields
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Any

    from ml_infra_utils.logging._logger import StructuredLogger

SCHEMA = "ml-event/1"


def log_ml_event(
    logger: StructuredLogger,
    event_type: str,
    model_name: str,
    metrics: Mapping[str, object] | None = None,
    **fields: object,
) -> None:
    """Log an event in the life of a model, at level INFO.

    Metrics are written as floats; one that is not finite is null, and ``_altered`` has its name.
    The line's ``_schema`` names the version of its schema, which `ml_event_schema` gives.

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
        Further keys of the line's context, of any name but those of these parameters. One that
        the event has already, as ``metrics`` of a helper without metrics, is kept with an
        underscore behind it.

    Raises
    ------
    TypeError
        If the logger is one of the standard library.

    Examples
    --------
    >>> from ml_infra_utils.logging import StructuredLogger
    >>> log_ml_event(StructuredLogger("train"), "epoch_completed", "resnet", {"loss": 0.25})
    {"timestamp": "...", "message": "ML Event: epoch_completed", ...
     "context": {"event_type": "epoch_completed", "model_name": "resnet",
     "metrics": {"loss": 0.25}}, "_schema": "ml-event/1"}
    """
    _log(logger, event_type, model_name, metrics, {}, fields)


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
    own = {"params": {} if params is None else params}
    _log(logger, "training_started", model_name, None, own, fields)


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
     "metrics": {"loss": null}, "epoch": 3}, ...}
    """
    _log(logger, "epoch_completed", model_name, metrics, {"epoch": epoch}, fields)


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
    _log(logger, "training_completed", model_name, metrics, {"seconds": seconds}, fields)


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
    own = {"seconds": seconds, "count": count}
    _log(logger, "prediction_served", model_name, None, own, fields)


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
    own = {"dataset": dataset, "valid": valid, "rows": rows}
    _log(logger, "data_validated", model_name, None, own, fields)


class training_run:  # noqa: N801 # read as a verb: with training_run(...)
    """Log the start and the end of what happens inside the block, also if it fails.

    Every line that is logged inside has the field ``run_id``, and ``parent_run_id`` if a run's id
    is bound already. The end has how many seconds it took and the outcome: ``"succeeded"``,
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
        self._is_used = False
        self._bound: AbstractContextManager[None]

    def __enter__(self) -> training_run:
        """Log the event training_started."""
        if self._is_used:
            raise RuntimeError("a training_run is entered once: make one for each run")
        self._is_used = True
        outside = bound_fields.get()
        above = {"parent_run_id": outside["run_id"]} if "run_id" in outside else {}
        self._bound = bound(run_id=self.run_id, **above)
        self._bound.__enter__()
        self._started = time.monotonic()
        training_started(self._logger, self._model_name, self._params)
        return self

    def epoch_completed(
        self, /, epoch: int, metrics: Mapping[str, object] | None = None, **fields: object
    ) -> None:
        """Log the event epoch_completed, and remember the metrics."""
        shown: Any = _as_floats(metrics)
        # Not a subclass, which may refuse to be read.
        if type(shown) is dict:
            self.metrics.update(shown)
        own = {"epoch": epoch}
        _log(self._logger, "epoch_completed", self._model_name, shown, own, fields)

    def track(
        self,
        /,
        items: Iterable[Item],
        *,
        total: int | None = None,
        every: float = 10.0,
        name: str = "steps",
    ) -> Iterator[Item]:
        """Give the items, and tell how far the loop is.

        A terminal shows a bar on standard error. The log has an event ``training_progress`` every
        so many seconds and at the end, also if the loop is left early: its context has ``name``,
        how many are ``done`` of the ``total``, ``seconds`` and ``per_second``.

        Parameters
        ----------
        items : iterable
            What is gone through.
        total : int, optional
            How many there are, if `len` cannot tell.
        every : float, default 10.0
            Seconds between two events.
        name : str, default "steps"
            What the items are.

        Raises
        ------
        ValueError
            If `every` is no positive number, or `total` can be no number of items.

        Examples
        --------
        >>> from ml_infra_utils.logging import StructuredLogger
        >>> with training_run(StructuredLogger("train"), "resnet") as run:
        ...     for batch in run.track(range(100), name="batches"):
        ...         pass
        {..., "message": "ML Event: training_started", ...}
        {..., "message": "ML Event: training_progress", ... "name": "batches", "done": 100,
         "total": 100, "seconds": ..., "per_second": ...}, "run_id": "...", ...}
        {..., "message": "ML Event: training_completed", ...}
        """
        known = checked_total(total, items)

        def report(done: int, total: int | None, seconds: float) -> None:
            rate = done / seconds if seconds > 0 else None
            far = {"name": name, "done": done, "total": total}
            own = {**far, "seconds": seconds, "per_second": rate}
            _log(self._logger, "training_progress", self._model_name, None, own, {})

        return tracked(items, known, checked_interval(every), report)

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
        own = {"seconds": seconds, "outcome": outcome}
        _log(self._logger, "training_completed", self._model_name, self.metrics, own, {}, error)
        self._bound.__exit__(None, None, None)


def ml_event_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) of the lines that `log_ml_event` makes.

    It holds for values of the types that the parameters of the helpers have. Any other value is
    written as fields are: a `decimal.Decimal` as text, for instance, which is no number of seconds
    and no metric of an `Event`.

    Examples
    --------
    >>> ml_event_schema()["title"]
    'ml-event/1'
    """
    import json
    from pkgutil import get_data

    data = get_data("ml_infra_utils.logging", "schemas/ml-event-1.schema.json")
    schema: dict[str, Any] = json.loads(data or b"{}")
    return schema


class _Clash(Dict[str, object]):
    """The context of an event with fields that have names of its own: the encoder renames those."""

    def __init__(self, own: Mapping[str, object], fields: Mapping[str, object]) -> None:
        super().__init__({**fields, **own})
        self._pairs = [*own.items(), *fields.items()]

    def items(self) -> Any:
        return self._pairs


def _log(
    logger: StructuredLogger,
    event_type: str,
    model_name: str,
    metrics: Mapping[str, object] | None,
    own: Mapping[str, object],
    fields: Mapping[str, object],
    error: BaseException | None = None,
) -> None:
    given: object = logger
    if isinstance(given, logging.Logger):
        raise TypeError(
            f"logger must be a StructuredLogger, got the standard library's {described(logger)}"
        )
    context = {
        "event_type": event_type,
        "model_name": model_name,
        "metrics": {} if metrics is None else _as_floats(metrics),
        **own,
    }
    if context.keys().isdisjoint(fields):
        context.update(fields)
    else:
        context = _Clash(context, fields)
    level = logging.INFO if error is None else logging.ERROR
    more = {"_schema": SCHEMA, "exc_info": error}
    logger._log(level, "ML Event: %s", (event_type,), context, more)


def _as_floats(metrics: object) -> object:
    """Give metrics as floats, so that each has one type in all lines; texts and None stay."""
    return _Floats().of(metrics)


class _Floats:
    """Make floats of as many values as a line can have; the encoder leaves out the others."""

    def __init__(self) -> None:
        self._room = MAX_VALUES

    def of(self, value: Any, depth: int = METRICS_DEPTH) -> object:
        kind = type(value)
        if kind is float or kind is str or value is None:
            return value
        try:
            if depth and self._room >= 0:
                if issubclass(kind, Mapping):
                    items = [*islice(value.items(), MAX_ITEMS + 1)]
                    self._room -= len(items)
                    return {name: self.of(item, depth - 1) for name, item in items}
                if kind in (list, tuple):
                    self._room -= len(value)
                    return [self.of(item, depth - 1) for item in islice(value, MAX_ITEMS + 1)]
            return float(value)
        except Exception:
            # No number, or one that cannot be read: the line says what can be said of it.
            return value
