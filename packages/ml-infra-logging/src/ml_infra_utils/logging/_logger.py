"""The structured logger."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Mapping

from ml_infra_utils.logging._failures import Failures
from ml_infra_utils.logging._levels import decide, level_number, undecided
from ml_infra_utils.logging._output.forks import setup_lock
from ml_infra_utils.logging._output.handlers import (
    DefaultHandler,
    StreamHandler,
)
from ml_infra_utils.logging._output.homes import attach, find_home, home_of
from ml_infra_utils.logging._output.sending import Packed, sendable
from ml_infra_utils.logging._record.arguments import is_context, taken_out
from ml_infra_utils.logging._record.caller import caller_frame
from ml_infra_utils.logging._record.fields import is_mapping
from ml_infra_utils.logging._record.taken import bound_fields, give
from ml_infra_utils.logging._record.text import text_of
from ml_infra_utils.logging._sampling import Sampling
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Any, TextIO


class StructuredLogger:
    """A logger that writes one JSON object a line.

    Lines go to whatever `sys.stdout` is at the moment of writing, or to the output that
    `configure` has set up; once, also when the root logger has handlers. Making a second logger of
    the same name adds no second output, and handlers of others stay, but for those that write to
    standard output or error as well: they are taken away, with a warning.

    A logging call never raises, whatever it is given, except for an unknown level in `log`.

    Parameters
    ----------
    logger_name : str
        Name of the standard library's logger that is used, and of the line's ``logger``.
    log_level : int or str, optional
        Records below this level are dropped. A number, or a name in any case. By default what a
        logger of this name has already, else what `configure` has set up, else INFO.
    stream : writable text stream, optional
        Where lines go instead.
    handler : logging.Handler, optional
        What writes the lines instead; it gets a `JsonFormatter` if it has no formatter, unless it
        is a `logging.handlers.QueueHandler`, which passes the record on (or drops it, if its
        arguments do not fit the message).

    Attributes
    ----------
    logger : logging.Logger
        The standard library's logger of that name.

    Raises
    ------
    ValueError
        If the level is unknown (the message lists the known ones), or if both `stream` and
        `handler` are given.
    TypeError
        If `stream` or `handler` is none.

    Examples
    --------
    >>> logger = StructuredLogger("train")
    >>> logger.info("epoch done", {"epoch": 3}, loss=0.25)
    {"timestamp": "...", "level": "INFO", "logger": "train", "message": "epoch done",
     "module": "...", "function": "<module>", "line": 1, "context": {"epoch": 3}, "loss": 0.25}
    """

    logger: logging.Logger
    _sampling: Sampling | None = None

    def __init__(
        self,
        logger_name: str,
        log_level: int | str | None = None,
        *,
        stream: TextIO | None = None,
        handler: logging.Handler | None = None,
    ) -> None:
        if stream is not None and handler is not None:
            raise ValueError("stream and handler exclude each other: give one of them")
        if stream is not None and not hasattr(stream, "write"):
            raise TypeError(f"stream must have a method write, got {described(stream)}")
        if handler is not None and not isinstance(handler, logging.Handler):
            raise TypeError(f"handler must be a logging.Handler, got {described(handler)}")
        level = None if log_level is None else level_number(log_level)
        self.logger = logging.getLogger(logger_name)
        self._fields: Mapping[str, object] = {}
        self._losses = Failures("loses records (its attribute `lost` counts them)")
        self.logger.propagate = False
        if stream is not None:
            handler = StreamHandler(stream)
        with setup_lock:
            if level is not None:
                decide(self.logger, level)
            elif DefaultHandler.configured is None and not self.logger.level:
                self.logger.setLevel(logging.INFO)
                undecided.add(self.logger)
            attach(self.logger, handler)

    def set_level(self, level: int | str) -> None:
        """Change the level, of every logger of this name.

        Raises
        ------
        ValueError
            If the level is unknown; the message lists the known ones.

        Examples
        --------
        >>> logger = StructuredLogger("quiet")
        >>> logger.set_level("error")
        >>> logger.warning("not written")
        """
        decide(self.logger, level_number(level))

    def setLevel(self, level: int | str) -> None:  # noqa: N802 # as the standard library has it
        """Change the level, as `set_level` does."""
        self.set_level(level)

    def getEffectiveLevel(self) -> int:  # noqa: N802 # as the standard library has it
        """Give the number of the level that counts: the logger's own, or that of `configure`."""
        return self.logger.getEffectiveLevel()

    def isEnabledFor(self, level: int | str) -> bool:  # noqa: N802 # as the standard library has it
        """Tell whether a record of this level would be written.

        Examples
        --------
        >>> StructuredLogger("quiet", "warning").isEnabledFor("info")
        False
        """
        if self.logger.disabled:
            find_home(self.logger)
        return self.logger.isEnabledFor(level_number(level))

    def hasHandlers(self) -> bool:  # noqa: N802 # as the standard library has it
        """Tell whether the logger has handlers."""
        return self.logger.hasHandlers()

    @property
    def name(self) -> str:
        """The logger's name."""
        return self.logger.name

    @property
    def lost(self) -> int:
        """Records that came to no handler, since a filter failed.

        That there are some is reported on standard error, at most once a minute. Lines that a
        handler could not write are counted in the handler's `lost`.
        """
        return self._losses.count

    def sampled(
        self,
        *,
        every: int | None = None,
        seconds: float | None = None,
        once: bool = False,
    ) -> StructuredLogger:
        """Give a logger that leaves out repeated lines; this one stays as it is.

        Each place in the source is counted apart, whichever of the loggers of one name is called
        there. The field ``left_out`` tells how many lines of the place were left out before; when
        the program ends, a line ``lines left out`` tells of those behind the last one.

        Parameters
        ----------
        every : int, optional
            Write the first line of each so many.
        seconds : float, optional
            Write at most one line in so many seconds.
        once : bool, default False
            Write the first line only.

        Raises
        ------
        ValueError
            If not exactly one of them is given, or it is not positive.

        Examples
        --------
        >>> logger = StructuredLogger("train")
        >>> for step in range(200):
        ...     logger.sampled(every=100).info("step done", step=step)
        {..., "message": "step done", ..., "step": 0}
        {..., "message": "step done", ..., "left_out": 99, "step": 100}
        """
        child = self.bind()
        child._sampling = Sampling(every, seconds, once)
        return child

    def bind(self, /, **fields: object) -> StructuredLogger:
        """Give a logger that adds these fields to every line; this one stays as it is.

        Examples
        --------
        >>> logger = StructuredLogger("train").bind(fold=2)
        >>> logger.info("fitted", seconds=1.5)
        {..., "message": "fitted", ..., "fold": 2, "seconds": 1.5}
        """
        child = type(self).__new__(type(self))
        child.logger = self.logger
        child._fields = {**self._fields, **fields}
        child._sampling = self._sampling
        child._losses = self._losses
        return child

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

    def exception(
        self,
        message: object = None,
        /,
        *args: object,
        context: Mapping[str, object] | None = None,
        **fields: object,
    ) -> None:
        """Log at level ERROR, as `log` does, with the exception that is being handled.

        Examples
        --------
        >>> try:
        ...     1 / 0
        ... except ZeroDivisionError:
        ...     StructuredLogger("train").exception("no loss")
        {"timestamp": "...", "level": "ERROR", ..., "message": "no loss", ..., "exception":
         {"type": "ZeroDivisionError", "message": "division by zero", "frames":
         [{"file": "...", "line": 2, "function": "<module>"}]}}
        """
        fields.setdefault("exc_info", sys.exc_info())
        self._log(logging.ERROR, message, args, context, fields)

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
            The text, or what `str` makes one of. Of a mapping, the keys are fields, and
            ``message`` is the text.
        *args : object
            A single mapping is the context; it is merged into the message, too, if the message
            names keys of it: ``"hi %(name)s"``. Anything else is merged into the message with
            ``%``, as the standard library does.
        context : mapping, optional
            What the line has as ``context``; an empty object if there is none.
        **fields : object
            Further keys of the line. Any name will do: a field named as one of the line's own
            keys is kept with an underscore behind its name. Only these keep the meaning that the
            standard library gives them: ``exc_info`` if it is an exception or a bool,
            ``stack_info`` if it is a bool, ``stacklevel`` if it is a positive int, ``extra`` if it
            is a mapping: fields, too.

        Raises
        ------
        ValueError
            If the level is unknown; the message lists the known ones.

        Examples
        --------
        >>> StructuredLogger("train").log("warning", "slow step", seconds=4.2, level="high")
        {"timestamp": "...", "level": "WARNING", "logger": "train", "message": "slow step", ...
         "context": {}, "seconds": 4.2, "level_": "high",
         "_altered": [{"path": "level_", "what": "renamed from level"}]}
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
        """Make the record, with the place of the first caller outside this package; handle it."""
        logger = self.logger
        try:
            if logger.disabled or not logger.handlers:
                find_home(logger)
            if not logger.isEnabledFor(level):
                return
            if message is None and "message" in fields:
                message = fields.pop("message")
            if len(args) == 1 and context is None:
                if is_context(args[0], message):
                    context, args = args[0], ()
                elif is_mapping(args[0]):
                    context = args[0]
            if is_mapping(fields.get("extra")):
                extra = fields.pop("extra")
                fields = {**{text_of(name): extra[name] for name in extra}, **fields}
            exc_info, stack, depth = taken_out(fields)
            caller = caller_frame(sys._getframe(2), depth)
            code = caller.f_code
            place = code.co_filename, caller.f_lineno
            if self._sampling is not None:
                left_out = self._sampling.left_out(logger, level, (*place, code.co_name))
                if left_out is None:
                    return
                if left_out:
                    fields = {"left_out": left_out, **fields}
            record = logger.makeRecord(
                logger.name, level, *place, message, (), exc_info, code.co_name, None, stack
            )
            # Not above: the record would look into a single argument, which may not bear it.
            record.args = args[0] if len(args) == 1 and is_mapping(args[0]) else args
            record.context = {} if context is None else context
            give(record, {**bound_fields.get(), **self._fields, **fields})
            logger.handle(record)
        except Exception as error:
            self._losses.add(self, error)

    def __reduce__(self) -> tuple[object, ...]:
        logger = self.logger
        level = None if logger in undecided else logger.level
        sent = sendable(home_of(logger))
        return _restored, (type(self), logger.name, level, self._fields, sent)

    def __repr__(self) -> str:
        level = logging.getLevelName(self.logger.getEffectiveLevel())
        return f"<{type(self).__name__} {self.logger.name} ({level})>"


def _restored(
    kind: type[StructuredLogger],
    name: str,
    level: int | None,
    fields: Mapping[str, object],
    sent: logging.Handler | Packed | None,
) -> StructuredLogger:
    """Make a logger that was sent; what this process has already set up for the name stays."""
    if home_of(logging.getLogger(name)) is not None:
        if isinstance(sent, logging.Handler):
            sent.close()
        sent = None
    handler = sent.unpacked(name) if isinstance(sent, Packed) else sent
    return kind(name, level, handler=handler).bind(**fields)
