"""Typed usage, read by type checkers and run by nobody."""

from __future__ import annotations

import logging
import sys
from typing import Any

from typing_extensions import assert_type

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    EcsFormatter,
    Event,
    EventReader,
    Gap,
    JsonFormatter,
    Redaction,
    StructuredLogger,
    __version__,
    bound,
    configure,
    epoch_completed,
    log_ml_event,
    ml_event_schema,
    read_events,
    training_run,
)
from ml_infra_utils.logging.testing import capture_logs

logger = StructuredLogger("train", log_level="debug")
StructuredLogger("train", logging.DEBUG, stream=sys.stderr)
assert_type(logger.logger, logging.Logger)
assert_type(__version__, str)
logger.info("hello", {"a": 1}, epoch=3)
logger.info("epoch %d of %d", 3, 10, context={"a": 1})
logger.log("warning", "hello", name="resnet", msg=3)
logger.exception(ValueError("no"))
assert_type(logger.bind(fold=1), StructuredLogger)
logger.info("hello", context=3)  # type: ignore[arg-type] # a context is a mapping
logger.set_level(2.5)  # type: ignore[arg-type] # a level is a number or a name

redaction = Redaction(extra=["ssn"], exclude=["token_name"], patterns=["sk-.*"])
logging.StreamHandler().setFormatter(
    JsonFormatter(redaction=redaction, rename={"level": "severity"}, order=["timestamp"])
)
logging.StreamHandler().setFormatter(EcsFormatter(redaction=None))
file = DurableFileHandler("run.jsonl", max_bytes=10**8, fsync=1.0)
assert_type(file.lost, int)
assert_type(configure(output=BoundedQueueHandler(file), format="json"), logging.Handler)

log_ml_event(logger, "epoch_completed", "resnet", {"loss": 0.25}, epoch=3)
epoch_completed(logger, "resnet", 3, {"loss": 0.25})
with training_run(logger, "resnet", lr=0.1) as run, bound(request_id="r"):
    run.epoch_completed(1, {"loss": 0.25})
    assert_type(run.run_id, str)
assert_type(ml_event_schema(), dict[str, Any])

events = read_events("run.jsonl", level="warning", where=lambda event: event.line > 3)
assert_type(events, EventReader)
assert_type(next(events), Event)
assert_type(events.gaps, list[Gap])
assert_type(next(events).metrics, dict[str, float])


@bound(request_id="r")
def serve(count: int) -> str:
    return str(count)


assert_type(serve(3), str)
with capture_logs() as records:
    assert_type(records, list[dict[str, Any]])
