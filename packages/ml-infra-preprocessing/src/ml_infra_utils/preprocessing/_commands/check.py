"""Check a file: against a contract, or by rules that the options say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

import typer

from ml_infra_utils.preprocessing import Contract
from ml_infra_utils.preprocessing._commands.cells import BOOLS, INTEGER, MISSING, NUMBER
from ml_infra_utils.preprocessing._commands.files import Batch, batches
from ml_infra_utils.preprocessing._commands.running import CommandError, Format, Report
from ml_infra_utils.preprocessing._words import counted, listed, nearest
from ml_infra_utils.preprocessing.contract_column import Column

if TYPE_CHECKING:
    from ml_infra_utils.preprocessing import Findings

NUMBERS = ("integer", "float", "number")


def check(
    file: str = typer.Argument(..., metavar="FILE", help="A table; - is standard input."),
    contract: Optional[Path] = typer.Option(
        None, "--contract", metavar="CONTRACT", help="A contract as JSON or TOML."
    ),
    no_missing: bool = typer.Option(False, "--no-missing", help="No column lacks a value."),
    ranges: List[str] = typer.Option(
        [], "--range", metavar="COLUMN=LOW:HIGH", help="Both ends belong to it; either may lack."
    ),
    form: Format = typer.Option(Format.table, "--format", help="How to print it."),
) -> int:
    """Check a table, and tell what is wrong and where; the status is 1 if anything is.

    A contract with unique or monotonic columns or a key needs memory for all rows.
    """
    if (contract is None) is not (no_missing or bool(ranges)):
        raise CommandError("either --contract, or --no-missing or --range must be given")
    rules = None if contract is None else _read(contract)
    limits = dict(map(_range, ranges))
    found: Optional[Findings] = None
    kept: Dict[str, List[Any]] = {}
    for batch in batches(file, raw=()):
        if rules is None:
            rules = _rules(file, batch, limits, no_missing)
        meant = _meant(rules, batch)
        if _sees_all(rules):
            for name, values in meant.items():
                kept.setdefault(name, []).extend(values)
        else:
            part = rules.find(meant)
            found = part if found is None else found.merge(part)
    assert rules is not None  # a file without rows is an error
    if found is None:
        found = rules.find(kept)
    problems = str(found).splitlines() if found else []
    problems = [line.strip() for line in problems[1:] or problems]
    report = Report(f"check of {file}", _Checked(found), found.to_dict(), problems, file)
    return report.print(form)


def _read(path: Path) -> Contract:
    try:
        if path.suffix.lower() == ".toml":
            return Contract.from_toml(path)
        return Contract.from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error


def _range(text: str) -> tuple[str, tuple[float | None, float | None]]:
    name, _, ends = text.rpartition("=")
    low, colon, high = ends.partition(":")
    try:
        limits = float(low) if low else None, float(high) if high else None
    except ValueError:
        colon = ""
    if not name or not colon:
        raise CommandError(f"--range must be COLUMN=LOW:HIGH, got {text!r}")
    return name, limits


def _rules(file: str, batch: Batch, limits: Dict[str, Any], no_missing: bool) -> Contract:
    """Return the contract that the options say, of the columns that the file has."""
    for name in limits:
        if name not in batch:
            raise CommandError(
                f"{file}: has no column {name!r}; there are {listed(batch)}{nearest(name, batch)}"
            )
    columns = {name: Column(nullable=not no_missing) for name in batch}
    columns.update({name: replace(columns[name], range=ends) for name, ends in limits.items()})
    return Contract(columns)


def _sees_all(contract: Contract) -> bool:
    """Tell whether a rule compares rows with each other, so that all must be held at once."""
    columns = contract.columns.values()
    return bool(contract.key) or any(each.unique or each.monotonic for each in columns)


def _meant(contract: Contract, batch: Batch) -> Batch:
    """Return the values that cells mean, by what the contract says of their column.

    What does not fit stays text, and breaks the rule.
    """
    said = {name: contract.columns.get(name, Column()) for name in batch}
    return {
        name: [read(cell) if isinstance(cell, str) else cell for cell in batch[name]]
        for name, read in ((name, _reader(column)) for name, column in said.items())
    }


def _reader(column: Column) -> Callable[[str], Any]:
    kind = column.dtype
    values = column.values or ()
    ends = [end for end in column.range or () if end is not None]
    if kind == "datetime" or any(isinstance(end, datetime) for end in ends):
        return _moment(datetime.fromisoformat)
    if kind == "date" or any(isinstance(end, date) for end in ends):
        return _moment(date.fromisoformat)
    if kind == "bool":
        return lambda cell: None if cell in MISSING else BOOLS.get(cell, cell)
    is_text = column.pattern or column.length or any(isinstance(each, str) for each in values)
    if kind == "text" or (kind is None and is_text):
        return lambda cell: cell or None
    if kind in NUMBERS or ends or values:
        return _float if kind == "float" else _number
    return _number if kind is None else lambda cell: cell or None


def _number(cell: str) -> Any:
    if cell in MISSING:
        return None
    if INTEGER.fullmatch(cell):
        return int(cell)
    return float(cell) if NUMBER.fullmatch(cell) else cell


def _float(cell: str) -> Any:
    value = _number(cell)
    return float(value) if isinstance(value, int) else value


def _moment(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(cell: str) -> Any:
        if cell in MISSING:
            return None
        try:
            return parse(cell)
        except ValueError:
            return cell

    return read


class _Checked:
    """What was looked at; what was found is told line by line."""

    def __init__(self, found: Findings) -> None:
        self._found = found

    def __str__(self) -> str:
        rows, total = counted(self._found.rows, "row"), self._found.total
        return f"{rows} checked, {counted(total, 'breach', 'breaches') if total else 'all is well'}"

    def to_markdown(self) -> str:
        return f"{self}\n\n{self._found.to_markdown()}\n" if self._found else f"{self}\n"
