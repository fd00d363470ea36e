"""The handler of a logger on its way to another process, as one that is spawned."""

from __future__ import annotations

import logging
import pickle

from ml_infra_utils.logging._failures import complain
from ml_infra_utils.logging._output.handlers import DefaultHandler, LineHandler


def sendable(handler: logging.Handler | None) -> logging.Handler | Packed | None:
    """Give what can be sent for a handler; None if each process has its own default one."""
    if handler is None or type(handler) is DefaultHandler:
        return None
    return handler if isinstance(handler, LineHandler) else Packed(handler)


class Packed:
    """A handler of others: one that writes a file can be made again, since it says which."""

    def __init__(self, handler: logging.Handler) -> None:
        self._said = repr(handler)
        self._data: bytes | None = None
        if isinstance(handler, logging.FileHandler):
            state = {key: value for key, value in vars(handler).items() if key != "lock"}
            # A file that is opened in mode "w" would be empty.
            state.update(stream=None, mode="a")
            try:
                self._data = pickle.dumps((type(handler), state))
            except Exception:
                # A formatter or a filter that cannot be sent.
                return

    def unpacked(self, logger: str) -> logging.Handler | None:
        """Give the handler, or say that there is none."""
        if self._data is None:
            error = TypeError(f"{self._said} cannot be sent to another process")
            complain(f"logger {logger!r}", "writes to its default output", error)
            return None
        kind, state = pickle.loads(self._data)
        handler: logging.Handler = kind.__new__(kind)
        vars(handler).update(state)
        handler.createLock()
        return handler
