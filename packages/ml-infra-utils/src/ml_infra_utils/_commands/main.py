"""The program `ml-infra`: it finds its commands through entry points, and runs one."""

from __future__ import annotations

import inspect
import os
import sys
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Callable

from ml_infra_utils._commands.running import DEBUG, HOLDS, guarded, run, show, tell

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import typer

PROGRAM = "ml-infra"
GROUP = "ml_infra_utils.commands"
OWN = ("doctor", "state")
HELP = (
    "Everyday helpers for machine-learning infrastructure. "
    f"{DEBUG} shows where an error comes from. "
    "The status is 0 if what was asked for holds, 1 if not, and 2 if it cannot be told."
)


def main() -> int:
    """Run `ml-infra`; return its status."""
    if find_spec("typer") is None:
        return tell("ml-infra needs typer: pip install --upgrade ml-infra-utils")
    return run(program(sys.argv[1:]), PROGRAM, sys.argv[1:])


def program(arguments: list[str]) -> typer.Typer:
    """Return the program with the command that the arguments name, or else with all.

    A command is imported only if it is run, so that one command does not wait for another, and
    none fails because another is broken.
    """
    import typer

    app = typer.Typer(help=HELP, pretty_exceptions_enable=False)

    @app.callback(invoke_without_command=True)
    def options(
        version: bool = typer.Option(False, "--version", help="Print the versions installed."),
    ) -> None:
        if version:
            from ml_infra_utils._commands.installed import versions

            show(versions())
            raise typer.Exit(HOLDS)

    named = next((each for each in arguments if not each.startswith("-")), None)
    found = commands()
    completes = any(name.startswith("_ML_INFRA_COMPLETE") for name in os.environ)
    chosen = [named] if named in found and not completes else sorted({*found, *OWN})
    for name in chosen:
        if name in found:
            _add(app, name, found[name])
    if named not in found or completes:
        _add_own(app)
    return app


def commands() -> dict[str, EntryPoint]:
    """Return the commands of all distributions by name; of two with one name the first."""
    found: dict[str, EntryPoint] = {}
    for distribution in metadata.distributions():
        for point in distribution.entry_points:
            if point.group == GROUP and point.name not in OWN:
                found.setdefault(point.name, point)
    return found


def _add_own(app: typer.Typer) -> None:
    from ml_infra_utils._commands.doctor import doctor
    from ml_infra_utils._commands.states import state

    app.command("doctor")(guarded(doctor))
    app.add_typer(state, name="state")


def _add(app: typer.Typer, name: str, point: EntryPoint) -> None:
    """Add what an entry point names: a program of typer, a command, or a parser of its own."""
    import typer

    try:
        command = point.load()
    except Exception as error:  # of a foreign distribution; the other commands work
        _add_broken(app, name, f"{type(error).__name__}: {error}")
        return
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    elif [*inspect.signature(command).parameters] == ["arguments"]:
        _add_program(app, name, command)
    else:
        app.command(name)(guarded(command))


def _add_program(app: typer.Typer, name: str, program: Callable[[list[str]], int]) -> None:
    """Add a function that takes the arguments as they are, since it parses them itself."""
    import typer

    def passed_on(context: typer.Context) -> int:
        return program(context.args)

    # typer reads annotations of a function made here by their text, and does not find `typer`.
    passed_on.__annotations__ = {"context": typer.Context, "return": int}
    settings: dict[str, Any] = {
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
    summary = (inspect.getdoc(program) or "").partition("\n")[0]
    app.command(name, help=summary, context_settings=settings)(guarded(passed_on))


def _add_broken(app: typer.Typer, name: str, why: str) -> None:
    def broken(arguments: list[str]) -> int:  # noqa: ARG001  # it takes any
        return tell(f"{name} cannot be loaded: {why}")

    broken.__doc__ = f"Cannot be loaded: {why}"
    _add_program(app, name, broken)
