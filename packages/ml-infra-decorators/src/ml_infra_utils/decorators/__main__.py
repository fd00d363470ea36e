"""``python -m ml_infra_utils.decorators simulate``: see what a policy does."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ml_infra_utils.decorators._policy import JITTERS, RetryPolicy
from ml_infra_utils.decorators.testing import simulate

if TYPE_CHECKING:
    from typing import Sequence

NUMBERS = {
    "delay": "SECONDS",
    "backoff": "FACTOR",
    "max_delay": "SECONDS",
    "timeout": "SECONDS",
    "retry_after": "SECONDS",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m ml_infra_utils.decorators")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "simulate", help="print the schedule of a policy whose attempts all fail"
    )
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
    options = parser.parse_args(arguments)
    changes = {
        name: value
        for name in ("max_attempts", *NUMBERS, "jitter", "seed")
        if (value := getattr(options, name)) is not None
    }
    try:
        policy = RetryPolicy()
        if options.policy is not None:
            policy = RetryPolicy.from_json(options.policy.read_text(encoding="utf-8"))
        simulation = simulate(policy.replace(**changes), attempt_seconds=options.attempt_seconds)
    except (OSError, TypeError, ValueError) as error:
        command.error(str(error))
    print(simulation)
    return 0


if __name__ == "__main__":
    sys.exit(main())
