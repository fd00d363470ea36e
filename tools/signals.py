"""End a program in order when it is told to, so that what it started is stopped."""

from __future__ import annotations

import signal
from typing import NoReturn


def end_in_order() -> None:
    """Let SIGTERM and SIGHUP do what Ctrl-C does; one that is ignored, as by nohup, stays so."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
