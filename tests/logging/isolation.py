"""A plugin of pytest: whatever runs leaves the logging that it found."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from typing import Iterator

import pytest

from ml_infra_utils.logging._output.handlers import DefaultHandler


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Give each test the logging of a fresh interpreter, and take away what it did."""
    root = logging.root
    handlers, level, disabled = root.handlers[:], root.level, logging.root.manager.disable
    factory, show = logging.getLogRecordFactory(), warnings.showwarning
    configured, last_resort = DefaultHandler.configured, logging.lastResort
    hooks = sys.excepthook, threading.excepthook
    known = dict(root.manager.loggerDict)
    yield
    for logger in root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger) and logger.name not in known:
            for handler in logger.handlers[:]:
                logger.removeHandler(handler)
                handler.close()
    root.manager.loggerDict.clear()
    root.manager.loggerDict.update(known)
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.handlers[:] = handlers
    DefaultHandler.configured = configured
    logging.lastResort = last_resort
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    root.setLevel(level)
    root.manager.disable = disabled
    logging.setLogRecordFactory(factory)
    warnings.showwarning = show
