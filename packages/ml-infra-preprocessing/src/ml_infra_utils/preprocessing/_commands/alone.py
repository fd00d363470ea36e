"""Run the commands of a portion by ``python -m``, without the meta-package.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from ml_infra_utils.preprocessing._commands.running import DEBUG, guarded, run, tell

if TYPE_CHECKING:
    from typing import Sequence

PORTION = __name__.rpartition("._commands")[0]


def main(names: Sequence[str]) -> int:
    """Run the command line; return its status.

    Parameters
    ----------
    names : sequence of str
        The commands: a function of this name in a module of this name, beside this one.
    """
    distribution = PORTION.replace("ml_infra_utils.", "ml-infra-")
    try:
        import typer
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        return tell(f"the commands need typer: pip install '{distribution}[cli]'")
    app = typer.Typer(
        help=f"The commands of {distribution}. {DEBUG} shows where an error comes from.",
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name in names:
        home = import_module(f"{PORTION}._commands.{name}")
        app.command(name)(guarded(getattr(home, name)))
    return run(app, f"python -m {PORTION}", sys.argv[1:])
