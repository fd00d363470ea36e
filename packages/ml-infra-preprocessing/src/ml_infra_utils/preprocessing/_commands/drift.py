"""Say whether the data of a file have moved away from a reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import typer

from ml_infra_utils.preprocessing import Summary
from ml_infra_utils.preprocessing import drift_report as reports
from ml_infra_utils.preprocessing._commands.limits import limits_of
from ml_infra_utils.preprocessing._commands.running import CommandError, Format, Report
from ml_infra_utils.preprocessing._commands.summaries import summary_of_file
from ml_infra_utils.preprocessing._words import shortened

LIMITS = ("psi", "js", "ks", "missing")
BY_DEFAULT = "psi=0.25"


def drift(
    reference: str = typer.Argument(..., metavar="REFERENCE", help="A table, or profile --save."),
    current: str = typer.Argument(..., metavar="CURRENT", help="A table; - is standard input."),
    column: List[str] = typer.Option([], "-c", "--column", metavar="COLUMN", help="Only these."),
    text: List[str] = typer.Option([], "--text", metavar="COLUMN", help="Read it as text."),
    fail_over: List[str] = typer.Option(
        [BY_DEFAULT], "--fail-over", metavar="FIGURE=NUMBER", help="psi, js, ks or missing."
    ),
    form: Format = typer.Option(Format.table, "--format", help="How to print it."),
) -> int:
    """Compare the columns of a table with those of a reference.

    The status is 1 if a column has moved farther than a limit allows, or is lost.
    """
    if reference == current == "-":
        raise CommandError("REFERENCE and CURRENT must not both be standard input")
    limits: dict[str, Any] = dict.fromkeys(LIMITS)
    limits.update(limits_of(fail_over, "--fail-over", LIMITS))
    columns = column or None
    before, after = (_summary(file, columns, text) for file in (reference, current))
    report = reports.drift(before, after, columns=columns, **limits)
    problems = [f"column {shortened(name)} is lost" for name in report.lost]
    problems += [
        f"column {shortened(each.name)}: {', '.join(each.problems)}"
        for each in report
        if each.problems
    ]
    title = f"drift from {reference}"
    return Report(title, report, report.to_dict(), problems, current).print(form)


def _summary(file: str, columns: list[str] | None, text: list[str]) -> Summary:
    """Return the summary of a file, which may be the document of one."""
    if Path(file).suffix.lower() != ".json":
        return summary_of_file(file, columns, text)
    try:
        return Summary.from_json(Path(file).read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{file}: {error}") from error
