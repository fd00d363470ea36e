"""How a program of ours begins and ends: alone with its repository, and with one clear line."""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tools.git import forget_surroundings
from tools.scratch import remove_left

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def program() -> Iterator[None]:
    """Run a whole program so that it ends with one line, whatever ends it.

    The news may hold letters that the terminal does not have, and whoever reads the output may
    stop reading: neither is a failure of what was asked for. An error that nobody foresaw is a
    defect of these tools; its traceback goes to a file, which the line names.
    """
    forget_surroundings()
    end_in_order()
    remove_left()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit("stopped")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for the flush when Python ends
    except OSError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except Exception as error:
        handle, report = tempfile.mkstemp(prefix="ml-infra-defect-", suffix=".txt")
        os.close(handle)
        Path(report).write_text(traceback.format_exc(), encoding="utf-8")
        sys.exit(f"a defect of tools/: {type(error).__name__}: {error}; please report {report}")


def end_in_order() -> None:
    """Let SIGTERM and SIGHUP do what Ctrl-C does; one that is ignored, as by nohup, stays so."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
