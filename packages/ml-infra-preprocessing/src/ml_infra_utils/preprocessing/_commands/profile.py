"""Summarize each column of a file."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

import typer

from ml_infra_utils.preprocessing._commands.running import Format, Report, write_text
from ml_infra_utils.preprocessing._commands.summaries import summary_of_file


def profile(
    file: str = typer.Argument(..., metavar="FILE", help="A table; - is standard input."),
    column: List[str] = typer.Option([], "-c", "--column", metavar="COLUMN", help="Only these."),
    text: List[str] = typer.Option([], "--text", metavar="COLUMN", help="Read it as text."),
    save: Optional[Path] = typer.Option(
        None, "--save", help="Keep the summary as a document, a reference for drift."
    ),
    form: Format = typer.Option(Format.table, "--format", help="How to print it."),
) -> int:
    """Summarize each column of a table: counts, missing values, range, mean, deviation."""
    summary = summary_of_file(file, column or None, text)
    if save is not None:
        write_text(save, f"{summary.to_json()}\n")
    title = f"profile of {file}"
    return Report(title, summary, summary.to_dict(), file=file, is_gate=False).print(form)
