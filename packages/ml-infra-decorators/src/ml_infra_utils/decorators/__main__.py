"""The commands of this portion: ``simulate`` a policy, and show the ``timings`` of files.

``python -m ml_infra_utils.decorators`` runs them, and so does ``ml-infra``. They need nothing but
Python.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ml_infra_utils.decorators._policy import JITTERS, RetryPolicy
from ml_infra_utils.decorators._timings import Timings
from ml_infra_utils.decorators.testing import simulate

if TYPE_CHECKING:
    from typing import Any, Callable, NoReturn, Sequence

    from ml_infra_utils.decorators._simulation import Simulation

NUMBERS = {
    "delay": "SECONDS",
    "backoff": "FACTOR",
    "max_delay": "SECONDS",
    "timeout": "SECONDS",
    "retry_after": "SECONDS",
}
SCHEDULES: dict[str, Callable[[Simulation], str]] = {
    "table": str,
    "json": lambda simulation: json.dumps(
        {**asdict(simulation), "steps": [step._asdict() for step in simulation.steps]}
    ),
    "markdown": lambda simulation: f"```\n{simulation}\n```",
    "github": lambda simulation: f"::notice title=simulation::{_escaped(str(simulation))}",
}
TIMINGS: dict[str, Callable[[Timings], str]] = {
    "table": str,
    "json": Timings.to_json,
    "markdown": Timings.to_markdown,
    "github": lambda timings: f"::notice title=timings::{_escaped(str(timings))}",
    "openmetrics": Timings.to_openmetrics,
}


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        self.exit(2, f"error: {line} ({self.prog} --help tells more)\n")


def retry(arguments: list[str]) -> int:
    """See what a retry policy does, before it runs."""
    return _run(arguments, "ml-infra retry", ["simulate"])


def timings(arguments: list[str]) -> int:
    """Add up documents of timings, and show percentiles by name."""
    return _run(["timings", *arguments], "ml-infra", ["timings"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    return _run(arguments, "python -m ml_infra_utils.decorators", ["simulate", "timings"])


def _run(arguments: Sequence[str] | None, program: str, names: Sequence[str]) -> int:
    parser = _Parser(prog=program)
    commands = parser.add_subparsers(dest="command", required=True)
    if "simulate" in names:
        _add_simulate(
            commands.add_parser(
                "simulate", help="print the schedule of a policy whose attempts all fail"
            )
        )
    if "timings" in names:
        _add_timings(commands.add_parser("timings", help="add up documents of timings"))
    options = parser.parse_args(arguments)
    try:
        text = options.text_of(options)
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"  # None, if the caller closed it
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        # The reader, such as `head`, has had enough. Nothing more may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    except (OSError, TypeError, ValueError) as error:
        if options.debug:
            raise
        text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        parser.exit(2, f"error: {' '.join(text.split())}\n")
    return 0


def _add_options(command: argparse.ArgumentParser, formats: dict[str, Any]) -> None:
    command.add_argument("--format", choices=formats, default="table", help="how to print it")
    command.add_argument("--debug", action="store_true", help="show where an error comes from")


def _add_simulate(command: argparse.ArgumentParser) -> None:
    command.set_defaults(text_of=_simulated)
    command.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help="a policy as JSON, which the arguments below change",
    )
    command.add_argument("--max-attempts", type=int, metavar="COUNT")
    for name, metavar in NUMBERS.items():
        command.add_argument(f"--{name.replace('_', '-')}", type=float, metavar=metavar)
    command.add_argument("--jitter", choices=JITTERS)
    command.add_argument("--seed", type=int, metavar="INT")
    command.add_argument(
        "--attempt-seconds",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how long each attempt takes (by default no time)",
    )
    _add_options(command, SCHEDULES)


def _simulated(options: argparse.Namespace) -> str:
    changes = {
        name: value
        for name in ("max_attempts", *NUMBERS, "jitter", "seed")
        if (value := getattr(options, name)) is not None
    }
    policy = RetryPolicy()
    if options.policy is not None:
        policy = RetryPolicy.from_json(options.policy.read_text(encoding="utf-8"))
    simulation = simulate(policy.replace(**changes), attempt_seconds=options.attempt_seconds)
    return SCHEDULES[options.format](simulation)


def _add_timings(command: argparse.ArgumentParser) -> None:
    command.set_defaults(text_of=_timings)
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="what `Timings.to_json` wrote, of each process; - is standard input",
    )
    _add_options(command, TIMINGS)


def _timings(options: argparse.Namespace) -> str:
    return TIMINGS[options.format](sum(map(_read, options.files), Timings()))


def _read(name: str) -> Timings:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return Timings.from_json(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
