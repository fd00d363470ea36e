"""Fit a scaler on a file, and scale a file with one that was fitted."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Any, Dict, List, Optional

import typer

from ml_infra_utils.preprocessing import (
    MinMaxScaler,
    OutlierClipper,
    RobustScaler,
    StandardScaler,
    Summary,
)
from ml_infra_utils.preprocessing._commands.files import STANDARD, batches, kind_of
from ml_infra_utils.preprocessing._commands.running import CommandError, write_text
from ml_infra_utils.preprocessing._commands.summaries import summary_of_file
from ml_infra_utils.preprocessing._commands.writing import written
from ml_infra_utils.preprocessing._words import counted, listed

NUMBERS = ({"int"}, {"float"}, {"int", "float"})


class Fit(str, Enum):
    """The scalers that a file can be fitted with, in one pass."""

    standard = "standard"
    minmax = "minmax"
    robust = "robust"
    clipper = "clipper"


KINDS: Dict[Fit, Any] = {
    Fit.standard: StandardScaler,
    Fit.minmax: MinMaxScaler,
    Fit.robust: RobustScaler,
    Fit.clipper: OutlierClipper,
}
# Those that learn quantiles, which are off by at most 1 % where a file is read in one pass.
OF_QUANTILES = (Fit.robust, Fit.clipper)


class NanPolicy(str, Enum):
    """What becomes of missing values."""

    refuse = "raise"
    omit = "omit"


class OnConstant(str, Enum):
    """What becomes of columns whose values are all the same."""

    refuse = "raise"
    zero = "zero"


def scale(
    file: str = typer.Argument(..., metavar="FILE", help="A table; - is standard input."),
    fit: Optional[Fit] = typer.Option(None, "--fit", help="Learn from the table."),
    state: Optional[Path] = typer.Option(None, "--state", help="Take what was learned before."),
    save: Optional[Path] = typer.Option(None, "--save", help="Keep what was learned."),
    output: Optional[str] = typer.Option(
        None, "-o", "--output", metavar="OUT", help="The scaled table; - is standard output."
    ),
    column: List[str] = typer.Option(
        [], "-c", "--column", metavar="COLUMN", help="Which to fit; by default all of numbers."
    ),
    nan_policy: NanPolicy = typer.Option(NanPolicy.refuse, "--nan-policy"),
    on_constant: OnConstant = typer.Option(OnConstant.refuse, "--on-constant"),
    text: List[str] = typer.Option([], "--text", metavar="COLUMN", help="Read it as text."),
) -> int:
    """Scale the columns of a table; the others stay as they are.

    Either --fit learns from the table, and --save keeps that; or --state reads what was kept. With
    --state and without -o the scaled table is printed as CSV. The quantiles of robust and clipper
    are off by at most 1 %.
    """
    if (fit is None) is (state is None):
        raise CommandError("one of --fit and --state must be given")
    if fit is None and (save is not None or column):
        raise CommandError("--save and --column must be given with --fit")
    if fit is not None and save is None and output is None:
        raise CommandError("--fit must be given with --save or --output")
    if fit is not None and output is not None and file == STANDARD:
        raise CommandError("--fit with --output reads twice, so FILE must not be standard input")
    if fit is not None:
        summary = summary_of_file(file, column or None, text, distributions=fit in OF_QUANTILES)
        options = {"nan_policy": nan_policy.value}
        if fit is not Fit.clipper:
            options["on_constant"] = on_constant.value
        scaler = _fitted(file, KINDS[fit](**options), summary, column)
        if save is not None:
            write_text(save, f"{scaler.to_json()}\n")
    else:
        scaler = _read(str(state))
    if fit is None or output is not None:
        _scale(file, scaler, STANDARD if output is None else output, text)
    return 0


def _fitted(file: str, scaler: Any, summary: Summary, wanted: List[str]) -> Any:
    """Return a scaler that has learned a summary: its columns of numbers."""
    chosen = [each for each in summary if {*each.type.split(" | ")} in NUMBERS]
    if wanted and len(chosen) < len(summary):
        other = next(each for each in summary if each not in chosen)
        raise CommandError(
            f"{file}: column {other.name!r} must hold numbers, got {other.type or 'no values'}"
        )
    if not chosen:
        raise CommandError(f"{file}: has no column of numbers; there are {listed(summary.names)}")
    for each in chosen:
        if each.missing and scaler.nan_policy == "raise":
            missing = counted(each.missing, "missing value")
            raise CommandError(
                f"{file}: column {each.name!r} has {missing}; --nan-policy omit leaves them out"
            )
    try:
        return scaler.set_params(columns=[each.name for each in chosen]).fit_summary(summary)
    except ValueError as error:
        problem = str(error).replace("on_constant='zero'", "--on-constant zero")
        raise CommandError(f"{file}: {problem}") from error


def _read(file: str) -> Any:
    """Return the scaler of a document."""
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{file}: must be a document of JSON ({error})") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    for kind in KINDS.values():
        if isinstance(schema, str) and schema.startswith(f"ml-infra/{kind._kind}/"):
            try:
                scaler = kind.from_dict(document)
            except ValueError as error:
                raise CommandError(f"{file}: {error}") from error
            if not isinstance(document["features"], list):
                raise CommandError(f"{file}: must have names of features, to find the columns by")
            return scaler
    raise CommandError(f"{file}: must be the document of a scaler, got {schema!r} as its schema")


def _scale(file: str, scaler: Any, output: str, text: List[str]) -> None:
    names = scaler.to_dict()["features"]
    # From text to text, what is not scaled stays as it stands.
    is_text = output == STANDARD or kind_of(output)[0] in ("CSV", "TSV")
    row = 1
    with written(output) as write:
        for batch in batches(file, None, text, raw=names if is_text else None):
            lost = [name for name in names if name not in batch]
            if lost:
                raise CommandError(
                    f"{file}: has no column {lost[0]!r}, which the scaler has learned; "
                    f"there are {listed(batch)}"
                )
            for name in names:
                if scaler.nan_policy == "raise" and None in batch[name]:
                    place = row + batch[name].index(None)
                    raise CommandError(
                        f"{file}: row {place}, column {name!r} must not be missing; "
                        "a fit with --nan-policy omit leaves missing values as they are"
                    )
            rows = [dict(zip(names, each)) for each in zip(*(batch[name] for name in names))]
            try:
                scaled = scaler.transform(rows)
            except (TypeError, ValueError) as error:
                where = f"in rows {row} to {row + len(rows) - 1}"
                raise CommandError(f"{file}: {where}, {error}") from error
            for name in names:
                batch[name] = [each[name] for each in scaled]
            write(batch)
            row += len(rows)
