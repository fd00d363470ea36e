"""Print the lines of a log for people."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from ml_infra_utils.logging._commands.printing import print_json, print_text, report_damage
from ml_infra_utils.logging._commands.selection import selected_events
from ml_infra_utils.logging._line.console import render, wants_colour

if TYPE_CHECKING:
    import argparse


def view(options: argparse.Namespace) -> int:
    """Print the lines; give the exit status."""
    terminal = sys.stdout.isatty()
    colour = terminal and wants_colour()
    events = selected_events(options, options.follow, quiet=terminal)
    try:
        for event in events:
            if options.json:
                print_json(event.raw)
                continue
            width = get_terminal_size().columns if terminal else sys.maxsize
            print_text(render(event.raw, width=width, colour=colour))
    except KeyboardInterrupt:
        report_damage(events.readers, sys.stderr)
        raise
    return report_damage(events.readers, sys.stderr)
