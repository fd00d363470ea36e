"""Which lines of a log a command takes, as its options say."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ml_infra_utils.logging._commands.printing import Progress
from ml_infra_utils.logging._reading.reader import EventReader, open_events

if TYPE_CHECKING:
    import argparse

    from ml_infra_utils.logging._reading.parsed_line import Event

STDIN = Path("/dev/stdin")
POLL = 0.2


def selected_events(
    options: argparse.Namespace, follow: bool = False, quiet: bool = False
) -> EventReader:
    """Open the log and give the events that the options ask for."""
    wanted = [name.partition("=") for name in options.field]
    event_type = getattr(options, "event", None)

    def where(event: Event) -> bool:
        if event_type is not None and event.event_type != event_type:
            return False
        return all(_matches(event, name, sign, text) for name, sign, text in wanted)

    return open_events(
        options.path,
        options.level,
        options.logger,
        options.since,
        where,
        not options.only,
        wait=_wait if follow else None,
        tick=None if follow or quiet else Progress(),
    )


def _wait() -> None:
    sys.stdout.flush()
    time.sleep(POLL)


def _matches(event: Event, name: str, sign: str, text: str) -> bool:
    for place in (event.raw, event.context):
        value: object = place
        for part in [name] if name in place else name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and (not sign or text in (str(value), str(value).lower())):
            return True
    return False
