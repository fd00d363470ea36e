"""Decide whether one model is better than another, from two files of predictions."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any, List, Optional

import typer

from ml_infra_utils import metrics
from ml_infra_utils.metrics import ConfusionMatrix, PairedComparison, Slices
from ml_infra_utils.metrics._commands.files import batches
from ml_infra_utils.metrics._commands.limits import meant
from ml_infra_utils.metrics._commands.running import CommandError, Format, Report
from ml_infra_utils.metrics._commands.score import Average

if TYPE_CHECKING:
    from typing import Iterator

NOT_BETTER = ("worse", "undecided")
_compare: Any = metrics.compare  # its overloads name scores, and the user does so here


def compare(
    a: str = typer.Argument(..., metavar="FILE_A", help="Predictions of the new model."),
    b: str = typer.Argument(..., metavar="FILE_B", help="Predictions of the old model."),
    predicted: str = typer.Option(..., "-p", "--predicted", metavar="COLUMN"),
    label: str = typer.Option(..., "-l", "--label", metavar="COLUMN"),
    by: Optional[str] = typer.Option(None, "--by", metavar="COLUMN", help="Decide each slice."),
    name: str = typer.Option("accuracy", "--score", metavar="NAME", help="Or roc_auc, f1_score."),
    average: Optional[Average] = typer.Option(None, "--average", help="Average over classes."),
    margin: float = typer.Option(0.01, "--margin", help="The loss that does not matter."),
    confidence: float = typer.Option(0.95, "--confidence"),
    text: List[str] = typer.Option([], "--text", metavar="COLUMN", help="Read it as text."),
    form: Format = typer.Option(Format.table, "--format", help="How to print it."),
) -> int:
    """Compare two models by their predictions of the same rows, in the same order.

    The status is 0 if A is better, or not worse by more than the margin; 1 if it is worse or more
    rows are needed. With --by it is 1 only if A is worse in a slice, or in the whole. The columns
    that are compared need memory for all rows.
    """
    names = [*ConfusionMatrix._scores, "roc_auc"]
    chosen = meant(name, names, "--score")
    guesses_a, guesses_b, labels, slices = _columns(a, b, predicted, label, by, text)
    options: dict[str, Any] = {} if average is None else {"average": average.value}
    found: Any = _compare(
        guesses_a, guesses_b, labels, score=chosen, by=slices if by else None, **options
    )
    decided = found.decide(margin=margin, confidence=confidence)
    if isinstance(found, Slices):
        problems = [f"a is worse in slice {key!r}" for key in decided.worse]
        if decided.overall.decision == "worse":
            problems.append("a is worse in the whole")
        rows = [row._asdict() for row in (*decided, decided.overall)]
        report = Report(f"{a} and {b}", decided, {"slices": rows}, problems, a)
        return report.print(form)
    low, high = found.interval(confidence)
    difference = (
        found.accuracy_difference if isinstance(found, PairedComparison) else found.difference
    )
    document = {
        "score": chosen,
        "difference": difference,
        "low": low,
        "high": high,
        "p_value": found.p_value,
        "margin": margin,
        "decision": decided,
    }
    problems = [f"a is {decided} (margin {margin:g})"] if decided in NOT_BETTER else []
    return Report(f"{a} and {b}", _Decided(found, decided, margin), document, problems, a).print(
        form
    )


class _Decided:
    """A comparison and what it comes to."""

    def __init__(self, found: Any, decision: str, margin: float) -> None:
        self._found = found
        self._words = f"a is {decision} than b" if decision in ("better", "worse") else ""
        self._words = self._words or f"a is {decision}"
        self._words += f" (margin {margin:g})"

    def __str__(self) -> str:
        return f"{str(self._found).rstrip()}\n{self._words}"

    def to_markdown(self) -> str:
        return f"{self._found.to_markdown().rstrip()}\n\n{self._words}\n"


def _columns(
    a: str, b: str, predicted: str, label: str, by: str | None, text: List[str]
) -> tuple[List[Any], List[Any], List[Any], List[Any]]:
    """Return the predictions of both, the labels, and the slices; refuse rows that do not match."""
    if a == b == "-":
        raise CommandError("FILE_A and FILE_B must not both be standard input")
    columns = list(dict.fromkeys([predicted, label, *([by] if by else [])]))
    found: tuple[List[Any], ...] = ([], [], [], [])
    pairs = zip_longest(_rows(a, columns, text), _rows(b, columns, text))
    for row, (one, other) in enumerate(pairs, 1):
        if one is None or other is None:
            shorter = a if one is None else b
            raise CommandError(f"{shorter}: has {row - 1} rows, fewer than the other file")
        for column, x, y in zip(columns, one, other):
            if column != predicted and x != y:
                raise CommandError(
                    f"{b}: row {row}, column {column!r} must be {x!r} as in {a}, got {y!r}; "
                    "both files must have the same rows in the same order"
                )
            for file, value in ((a, x), (b, y)):
                if value is None and column != by:
                    raise CommandError(f"{file}: row {row}, column {column!r} must not be missing")
        found[0].append(one[0])
        found[1].append(other[0])
        found[2].append(one[columns.index(label)])
        if by:
            found[3].append(one[columns.index(by)])
    return found[0], found[1], found[2], found[3]


def _rows(file: str, columns: List[str], text: List[str]) -> Iterator[tuple[Any, ...]]:
    for batch in batches(file, columns, text):
        yield from zip(*batch.values())
