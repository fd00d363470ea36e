"""Write a contract that a good sample keeps."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

import typer

from ml_infra_utils.preprocessing import Contract
from ml_infra_utils.preprocessing._commands.running import Format, Report, write_text
from ml_infra_utils.preprocessing._commands.summaries import summary_of_file


def infer(
    file: str = typer.Argument(..., metavar="FILE", help="A good table; - is standard input."),
    column: List[str] = typer.Option([], "-c", "--column", metavar="COLUMN", help="Only these."),
    slack: float = typer.Option(0.05, "--slack", help="By which share a range is widened."),
    save: Optional[Path] = typer.Option(None, "--save", help="Keep the contract for check."),
    text: List[str] = typer.Option([], "--text", metavar="COLUMN", help="Read it as text."),
    form: Format = typer.Option(Format.table, "--format", help="How to print it."),
) -> int:
    """Write down what a good table keeps, to check others by; read it before you rely on it."""
    contract = Contract.infer(summary_of_file(file, column or None, text), slack=slack)
    if save is not None:
        write_text(save, f"{contract.to_json()}\n")
    title = f"contract of {file}"
    return Report(title, contract, contract.to_dict(), file=file, is_gate=False).print(form)
