"""End a program in order when it is told to, so that what it started is stopped."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator


def end_in_order() -> None:
    """Let SIGTERM and SIGHUP do what Ctrl-C does; one that is ignored, as by nohup, stays so."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Run a whole program so: a signal ends it with one word and no traceback."""
    end_in_order()
    try:
        yield
    except KeyboardInterrupt:
        sys.exit("stopped")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
