"""Print the lines of a log."""

from __future__ import annotations

import logging
import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from ml_infra_utils.logging._commands.printing import (
    json_of,
    markdown_row,
    print_text,
    report_damage,
)
from ml_infra_utils.logging._commands.running import Format, annotation
from ml_infra_utils.logging._commands.selection import selected_events
from ml_infra_utils.logging._levels import severity
from ml_infra_utils.logging._line.console import one_line, render, shown_fields, wants_colour

if TYPE_CHECKING:
    import argparse
    from typing import Callable

    from ml_infra_utils.logging._reading.parsed_line import Event

KINDS = ((logging.ERROR, "error"), (logging.WARNING, "warning"), (logging.NOTSET, "notice"))


def view(options: argparse.Namespace) -> int:
    """Print the lines; give the exit status."""
    form = Format(options.form)
    events = selected_events(options, options.follow, quiet=sys.stdout.isatty())
    if form is Format.markdown:
        print_text("| time | level | logger | message | fields |\n|:--|:--|:--|:--|:--|")
    text_of = TEXTS[form]
    try:
        for event in events:
            print_text(text_of(event))
    except KeyboardInterrupt:
        report_damage(events.readers, sys.stderr)
        raise
    return report_damage(events.readers, sys.stderr)


def _text(event: Event) -> str:
    """Give a line for people."""
    is_terminal = sys.stdout.isatty()
    width = get_terminal_size().columns if is_terminal else sys.maxsize
    return render(event.raw, width=width, colour=is_terminal and wants_colour())


def _json(event: Event) -> str:
    """Give a line for programs."""
    return json_of(event.raw)


def _markdown(event: Event) -> str:
    """Give a line as the row of a table."""
    time = "" if event.timestamp is None else event.timestamp.isoformat(" ", "milliseconds")
    fields = [f"{name}={value}" for name, value in shown_fields(event.raw)]
    if event.exception is not None:
        fields.append(f"{event.exception.get('type')}: {event.exception.get('message')}")
    cells = (time, event.level, event.logger, event.message, "  ".join(fields))
    return markdown_row(*map(one_line, cells))


def _annotation(event: Event) -> str:
    """Give a line as an annotation of GitHub."""
    number = severity(event.level) if event.level else logging.NOTSET
    kind = next(kind for least, kind in KINDS if number >= least)
    text = render(event.raw, width=sys.maxsize, colour=False)
    return annotation(kind, one_line(event.logger), text)


TEXTS: dict[Format, Callable[[Event], str]] = {
    Format.table: _text,
    Format.json: _json,
    Format.markdown: _markdown,
    Format.github: _annotation,
}
