"""Notice when `logging.config` starts over: it closes all handlers and disables loggers."""

from __future__ import annotations

import logging


class Resets(logging.Handler):
    """A handler that nothing logs to: that it is closed tells of a `dictConfig` or `fileConfig`."""

    count = 0
    _watching: Resets | None = None

    def close(self) -> None:
        """Count one."""
        Resets.count += 1
        Resets._watching = None
        super().close()

    @classmethod
    def watch(cls) -> int:
        """Notice the next one; give how many there have been."""
        if cls._watching is None:
            cls._watching = cls()
        return cls.count
