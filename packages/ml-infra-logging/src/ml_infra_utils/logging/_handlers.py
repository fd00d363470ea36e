"""Where lines go."""

from __future__ import annotations

import logging
import sys


class StdoutHandler(logging.Handler):
    """Write to whatever `sys.stdout` is at the moment of writing."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)
