"""The command line: which commands there are, and their options."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ml_infra_utils.logging._commands.plot import plot as draw_plot
from ml_infra_utils.logging._commands.running import DEBUG, Format, fail, guarded
from ml_infra_utils.logging._commands.selection import STDIN
from ml_infra_utils.logging._commands.summary import summary as print_summary
from ml_infra_utils.logging._commands.view import view as print_view

if TYPE_CHECKING:
    from typing import NoReturn, Sequence


def logs(arguments: list[str]) -> int:
    """View, summarize and plot logs of JSON lines."""
    return _run(arguments, "ml-infra logs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit status."""
    given = sys.argv[1:] if arguments is None else [*arguments]
    try:
        left = [each for each in given if each != DEBUG]
        return guarded(_run)(left, "python -m ml_infra_utils.logging")
    except Exception as error:
        return fail(error, DEBUG in given)


def _run(arguments: Sequence[str], program: str) -> int:
    options = _parser(program).parse_args(arguments)
    status: int = options.run(options)
    return status


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message} ({self.prog} --help tells more)\n")


def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program,
        description=f"Look into logs of JSON lines. {DEBUG} shows where an error comes from.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    view = commands.add_parser("view", help="print the lines for people")
    view.add_argument(
        "--follow", action="store_true", help="go on as lines are added; wait for a log to come"
    )
    view.add_argument("--event", metavar="TYPE", help="only ML events of this type")
    view.set_defaults(run=print_view)
    summary = commands.add_parser("summary", help="count levels and events, show last metrics")
    summary.set_defaults(run=print_summary)
    plot = commands.add_parser("plot", help="draw the curve of a metric")
    plot.add_argument("--metric", help="its name, for instance loss; without it, list all names")
    plot.add_argument("--model", help="only the curves of this model")
    plot.add_argument("--output", type=Path, help="where to draw it; run.jsonl.loss.png by default")
    plot.set_defaults(run=draw_plot)
    for command in (view, summary, plot):
        command.add_argument(
            "path",
            type=_log,
            nargs="+",
            help="a log, plain or gzip, or a folder of logs; - is standard input",
        )
        command.add_argument("--level", default=0, help="only this level and above")
        command.add_argument("--logger", help="only this logger and those below it")
        command.add_argument(
            "--since",
            metavar="TIME",
            help="nothing older: ISO 8601, UTC, or ago: 90s, 15m, 1h, 2d, 1w",
        )
        command.add_argument(
            "--grep", metavar="PATTERN", help="only lines as printed that match: (?i)error"
        )
        command.add_argument(
            "--field",
            action="append",
            default=[],
            metavar="NAME[=VALUE]",
            help="only lines that have this field, or with this value; context.epoch goes deeper",
        )
        command.add_argument(
            "--only", action="store_true", help="not what was rotated away (run.jsonl.1 …)"
        )
        command.add_argument(
            "--format",
            dest="form",
            choices=[form.value for form in Format],
            default=Format.table.value,
            help="for a terminal, for programs, for a pull request, or as annotations of GitHub",
        )
        command.add_argument(
            "--json",
            dest="form",
            action="store_const",
            const=Format.json.value,
            help="the same as --format json",
        )
    return parser


def _log(text: str) -> Path:
    return STDIN if text == "-" else Path(text)
