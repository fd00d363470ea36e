"""The structured logger, its formatter and the helper for ML events."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Mapping

from ml_infra_utils.logging._handlers import StdoutHandler
from ml_infra_utils.logging._levels import level_number

if TYPE_CHECKING:
    from typing import Any

__all__ = ["JsonFormatter", "StructuredLogger", "log_ml_event"]

RECORD_ATTRIBUTES = frozenset(
    (*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "context", "_fields")
)


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON; works with every handler of the standard library.

    The line has the keys ``timestamp`` (ISO 8601, UTC, the moment the record was made),
    ``level``, ``logger``, ``message``, ``module``, ``function`` and ``line``; ``context`` and
    ``exception`` if the record has them; then each field given with ``extra=``.

    Examples
    --------
    >>> import logging, sys
    >>> handler = logging.StreamHandler(sys.stdout)
    >>> handler.setFormatter(JsonFormatter())
    >>> logger = logging.Logger("train")
    >>> logger.addHandler(handler)
    >>> logger.warning("loss rose to %.1f", 2.5, extra={"epoch": 3})
    {"timestamp": "...", "level": "WARNING", "logger": "train", "message": "loss rose to 2.5",
     "module": "...", "function": "<module>", "line": 1, "epoch": 3}
    """

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, without a line break."""
        attributes = vars(record)
        line: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, timezone.utc).isoformat(
                timespec="microseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "module": record.module,
            "function": record.funcName,
            "line": record.lineno,
        }
        if "context" in attributes:
            line["context"] = attributes["context"]
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        extra = {key: value for key, value in attributes.items() if key not in RECORD_ATTRIBUTES}
        for key, value in {**extra, **attributes.get("_fields", {})}.items():
            line[free_name(key, line)] = value
        return json.dumps(line, default=str)


def free_name(name: str, taken: Mapping[str, object]) -> str:
    """Give the name, followed by as many underscores as make it differ from the taken ones."""
    while name in taken:
        name += "_"
    return name


class StructuredLogger:
    """A logger that writes one JSON object a line to standard output.

    Lines go to whatever `sys.stdout` is at the moment of writing, once, also when the root logger
    has handlers of its own. Making a second logger of the same name adds no second output.

    Parameters
    ----------
    logger_name : str
        Name of the standard library's logger that is used, and of the line's ``logger``.
    log_level : int or str, default logging.INFO
        Records below this level are dropped. A number, or a name in any case.

    Attributes
    ----------
    logger : logging.Logger
        The standard library's logger of that name.

    Raises
    ------
    ValueError
        If the level is unknown; the message lists the known ones.

    Examples
    --------
    >>> logger = StructuredLogger("train")
    >>> logger.info("epoch done", {"epoch": 3}, loss=0.25)
    {"timestamp": "...", "level": "INFO", "logger": "train", "message": "epoch done",
     "module": "...", "function": "<module>", "line": 1, "context": {"epoch": 3}, "loss": 0.25}
    """

    logger: logging.Logger

    def __init__(self, logger_name: str, log_level: int | str = logging.INFO) -> None:
        level = level_number(log_level)
        self.logger = logging.getLogger(logger_name)
        self.logger.setLevel(level)
        self.logger.propagate = False
        if not any(isinstance(handler, StdoutHandler) for handler in self.logger.handlers):
            handler = StdoutHandler()
            handler.setFormatter(JsonFormatter())
            self.logger.addHandler(handler)

    def debug(
        self,
        message: object = None,
        /,
        *args: object,
        context: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Log at level DEBUG, as `log` does."""
        self._log(logging.DEBUG, message, args, context, fields)

    def info(
        self,
        message: object = None,
        /,
        *args: object,
        context: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Log at level INFO, as `log` does."""
        self._log(logging.INFO, message, args, context, fields)

    def warning(
        self,
        message: object = None,
        /,
        *args: object,
        context: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Log at level WARNING, as `log` does."""
        self._log(logging.WARNING, message, args, context, fields)

    def error(
        self,
        message: object = None,
        /,
        *args: object,
        context: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Log at level ERROR, as `log` does."""
        self._log(logging.ERROR, message, args, context, fields)

    def critical(
        self,
        message: object = None,
        /,
        *args: object,
        context: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Log at level CRITICAL, as `log` does."""
        self._log(logging.CRITICAL, message, args, context, fields)

    def log(
        self,
        level: int | str | None = None,
        message: object = None,
        /,
        *args: object,
        context: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Log a message with its context and fields.

        Parameters
        ----------
        level : int or str
            A number, or a name in any case.
        message : object
            The text, or what `str` makes one of.
        *args : object
            A single mapping is the context. Anything else is merged into the message with ``%``,
            as the standard library does.
        context : mapping, optional
            What the line has as ``context``; an empty object if there is none.
        **fields : object
            Further keys of the line. Any name will do: a field named as one of the line's own
            keys is kept with an underscore behind its name.

        Raises
        ------
        ValueError
            If the level is unknown; the message lists the known ones.

        Examples
        --------
        >>> StructuredLogger("train").log("warning", "slow step", seconds=4.2, level="high")
        {"timestamp": "...", "level": "WARNING", "logger": "train", "message": "slow step", ...
         "context": {}, "seconds": 4.2, "level_": "high"}
        """
        number = level_number(fields.pop("level", None) if level is None else level)
        self._log(number, message, args, context, fields)

    def _log(
        self,
        level: int,
        message: object,
        args: tuple[Any, ...],
        context: object,
        fields: dict[str, Any],
    ) -> None:
        """Make the record for the caller two frames up, and have it handled."""
        logger = self.logger
        if not logger.isEnabledFor(level):
            return
        if message is None and "message" in fields:
            message = fields.pop("message")
        if len(args) == 1 and context is None and (args[0] is None or isinstance(args[0], Mapping)):
            context, args = args[0], ()
        caller = sys._getframe(2)
        code = caller.f_code
        record = logger.makeRecord(
            logger.name, level, code.co_filename, caller.f_lineno, message, args, None, code.co_name
        )
        record.context = {} if context is None else context
        record._fields = fields
        logger.handle(record)


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
