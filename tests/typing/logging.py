"""Typed usage, read by type checkers and run by nobody."""

from __future__ import annotations

import logging

from typing_extensions import assert_type

from ml_infra_utils.logging import JsonFormatter, StructuredLogger, __version__, log_ml_event

logger = StructuredLogger("train", log_level="debug")
StructuredLogger("train", logging.DEBUG)
assert_type(logger.logger, logging.Logger)
assert_type(__version__, str)
logger.info("hello", {"a": 1}, epoch=3)
logger.info("epoch %d of %d", 3, 10, context={"a": 1})
logger.log("warning", "hello", name="resnet", msg=3)
logger.info("hello", context=3)  # type: ignore[arg-type] # a context is a mapping
logging.StreamHandler().setFormatter(JsonFormatter())
log_ml_event(logger, "epoch_completed", "resnet", {"loss": 0.25}, epoch=3)
