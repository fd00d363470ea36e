"""Score the predictions of a file, by slice if asked, and fail below a limit."""

from __future__ import annotations

import math
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple

import typer

from ml_infra_utils.metrics import ConfusionMatrix, RegressionErrors, ScoreHistogram, Slices
from ml_infra_utils.metrics._commands.files import batches
from ml_infra_utils.metrics._commands.limits import limits_of, meant
from ml_infra_utils.metrics._commands.running import (
    CommandError,
    Format,
    Report,
    write_text,
    written_aside,
)
from ml_infra_utils.metrics._tables import as_markdown, as_text
from ml_infra_utils.metrics._words import listed, nearest

if TYPE_CHECKING:
    from typing import Hashable, Iterator, Sequence

# Scores that ask for a positive class or an average; that of a beta has no default.
OF_CLASS = ("precision", "recall", "specificity", "f1_score", "jaccard")
MOST_PROBLEMS = 20
MOST_SLICES = 10_000
Key = Tuple[Any, ...]
Columns = Tuple[List[Any], List[Any]]


class Kind(str, Enum):
    """What a column of predictions holds."""

    classes = "classes"
    scores = "scores"
    numbers = "numbers"


STATES: dict[Kind, Any] = {
    Kind.classes: ConfusionMatrix,
    Kind.scores: ScoreHistogram,
    Kind.numbers: RegressionErrors,
}


class Average(str, Enum):
    """How the scores of several classes become one."""

    macro = "macro"
    micro = "micro"
    weighted = "weighted"


def score(
    file: str = typer.Argument(..., metavar="FILE", help="A table; - is standard input."),
    predicted: str = typer.Option(..., "-p", "--predicted", metavar="COLUMN"),
    label: str = typer.Option(..., "-l", "--label", metavar="COLUMN"),
    by: List[str] = typer.Option([], "--by", metavar="COLUMN", help="Score each slice, too."),
    kind: Kind = typer.Option(Kind.classes, "--kind", help="What was predicted."),
    name: Optional[str] = typer.Option(
        None, "--score", metavar="NAME", help="Which score to show by slice."
    ),
    positive: Optional[str] = typer.Option(
        None, "--positive", metavar="CLASS", help="The class that scores of one class are of."
    ),
    average: Optional[Average] = typer.Option(None, "--average", help="Average over classes."),
    fail_under: List[str] = typer.Option([], "--fail-under", metavar="SCORE=NUMBER"),
    fail_over: List[str] = typer.Option([], "--fail-over", metavar="ERROR=NUMBER"),
    plot: Optional[Path] = typer.Option(None, "--plot", metavar="PICTURE"),
    save: Optional[Path] = typer.Option(None, "--save", help="Keep the counts as a document."),
    text: List[str] = typer.Option([], "--text", metavar="COLUMN", help="Read it as text."),
    form: Format = typer.Option(Format.table, "--format", help="How to print it."),
) -> int:
    """Score the predictions of a table, by slice if asked; fail below or above a limit.

    The status is 1 if a score lies beyond its limit. With --by, each slice must keep the limits
    too, but for what chance explains: one fails if its whole interval lies beyond the limit.
    """
    if positive is not None and average is not None:
        raise CommandError("--positive and --average must not be given together")
    if save is not None and by:
        raise CommandError("--save must not be given with --by: it keeps the counts of all")
    if plot is not None and kind is Kind.numbers and not by:
        raise CommandError("--plot must be given with --by, or for classes or scores")
    names = [each for each in STATES[kind]._scores if each != "fbeta_score"]
    under = limits_of(fail_under, "--fail-under", names)
    over = limits_of(fail_over, "--fail-over", names)
    shown = meant(name, names, "--score") if name else next(iter([*under, *over, names[0]]))
    whole, parts = _counted(file, predicted, label, by, kind, positive, text)
    options = _options(whole, positive, average)
    slices = Slices(parts) if by else None
    problems = list(_problems(whole, slices, under, over, options))
    table: Any
    drawn: Any = whole.roc_curve() if isinstance(whole, ScoreHistogram) else whole
    if slices is not None:
        drawn = table = slices.scores(shown, **options(shown))
        document: dict[str, Any] = {"score": shown, "slices": _rows(table)}
    elif isinstance(whole, ConfusionMatrix):
        table = _Titled(whole.report(), options("f1_score"))
        document = {"report": whole.report().to_dict()}
    else:
        table = _Scores(whole, names)
        document = {"scores": dict(zip(names, map(_finite, (s for _, s, *_ in table.rows))))}
    if plot is not None:
        _draw(drawn, plot)
    if save is not None:
        write_text(save, f"{whole.to_json()}\n")
    return Report(f"scores of {file}", table, document, problems, file).print(form)


def _counted(
    file: str,
    predicted: str,
    label: str,
    by: Sequence[str],
    kind: Kind,
    positive: str | None,
    text: Sequence[str],
) -> tuple[Any, dict[Hashable, Any]]:
    """Count a file; return the state of all, and of each slice in order."""
    states: Dict[Key, Any] = {}
    row = 1
    columns = list(dict.fromkeys([predicted, label, *by]))
    for batch in batches(file, columns, text):
        for column in (predicted, label):
            if None in batch[column]:
                place = row + batch[column].index(None)
                raise CommandError(f"{file}: row {place}, column {column!r} must not be missing")
        for key, (guesses, truths) in _grouped(batch, predicted, label, by).items():
            try:
                state = _state(kind, guesses, truths, positive)
            except (TypeError, ValueError) as error:
                rows = f"rows {row} to {row + len(batch[label]) - 1}"
                raise CommandError(f"{file}: in {rows}, {error}") from error
            states[key] = states[key] + state if key in states else state
        if len(states) > MOST_SLICES:
            raise CommandError(
                f"{file}: --by must name columns of at most {MOST_SLICES:,} slices, "
                f"got {', '.join(by)} with more"
            )
        row += len(batch[label])
    whole = sum(states.values())

    def order(key: Key) -> list[Any]:
        return [(each is None, str(type(each)), each) for each in key]

    ordered = sorted(states, key=order)
    return whole, {key[0] if len(by) == 1 else key: states[key] for key in ordered}


def _grouped(
    batch: Mapping[str, List[Any]], predicted: str, label: str, by: Sequence[str]
) -> dict[Key, Columns]:
    if not by:
        return {(): (batch[predicted], batch[label])}
    groups: dict[Key, Columns] = {}
    keys = zip(*(batch[column] for column in by))
    for key, guess, truth in zip(keys, batch[predicted], batch[label]):
        guesses, truths = groups.setdefault(key, ([], []))
        guesses.append(guess)
        truths.append(truth)
    return groups


def _state(kind: Kind, guesses: List[Any], truths: List[Any], positive: str | None) -> Any:
    if kind is Kind.numbers:
        return RegressionErrors.from_predictions(guesses, truths)
    if kind is Kind.classes:
        return ConfusionMatrix.from_predictions(guesses, truths)
    wanted = "1" if positive is None else positive
    labels = [int(_text(truth) == wanted) for truth in truths]
    return ScoreHistogram.from_probabilities(guesses, labels)


def _options(whole: Any, positive: str | None, average: Average | None) -> Any:
    """Return a function from a score to the options that it takes."""
    of_class: dict[str, Any] = {"zero_division": 0.0}
    if isinstance(whole, ConfusionMatrix):
        texts = {_text(each): each for each in whole.classes}
        if positive is not None:
            if positive not in texts:
                raise CommandError(
                    f"--positive must be one of {listed(texts)}, got {positive!r}"
                    f"{nearest(positive, texts)}"
                )
            of_class["positive_class"] = texts[positive]
        elif average is not None:
            of_class["average"] = average.value
        elif set(whole.classes) <= {0, 1}:
            of_class["positive_class"] = 1
        else:
            of_class["average"] = "macro"
    return lambda name: of_class if name in OF_CLASS else {}


def _problems(
    whole: Any,
    slices: Slices[Any] | None,
    under: Mapping[str, float],
    over: Mapping[str, float],
    options: Any,
) -> Iterator[str]:
    """Tell which scores lie beyond their limits, the worst slices first."""
    for limits, sign, words in ((under, 1, "below"), (over, -1, "above")):
        for name, limit in limits.items():
            value = _value(whole, name, options)
            if not sign * value >= sign * limit:
                yield f"{name} {value:.4g} is {words} {limit:g}"
            if slices is None:
                continue
            rows = slices.scores(name, **options(name))
            beyond = [
                each
                for each in rows
                if sign * _best(each, sign) < sign * limit and not math.isnan(each.score)
            ]
            beyond.sort(key=lambda each: sign * each.score)
            for each in beyond[:MOST_PROBLEMS]:
                yield f"{name} {each.score:.4g} of slice {each.slice!r} is {words} {limit:g}"
            if len(beyond) > MOST_PROBLEMS:
                yield f"and {len(beyond) - MOST_PROBLEMS} slices more"


def _best(row: Any, sign: int) -> float:
    """Return the end of the interval on the good side; the score itself if it has none."""
    end: float = row.high if sign > 0 else row.low
    return row.score if math.isnan(end) else end


def _value(whole: Any, name: str, options: Any) -> float:
    value = getattr(whole, name)
    return float(value(**options(name)) if callable(value) else value)


class _Titled:
    """A report, and which scores of one class or average the limits are of."""

    def __init__(self, report: Any, options: Mapping[str, Any]) -> None:
        self._report = report
        self._of = (
            f"average {options['average']}"
            if "average" in options
            else f"positive class {options['positive_class']!r}"
        )

    def __str__(self) -> str:
        return f"{str(self._report).rstrip()}\nLimits of single classes: {self._of}."

    def to_markdown(self) -> str:
        return f"{self._report.to_markdown()}\n\nLimits of single classes: {self._of}.\n"


class _Scores:
    """The scores of a state, with their intervals where they have some."""

    def __init__(self, state: Any, names: Sequence[str]) -> None:
        self.rows: List[Tuple[str, float, float, float]] = []
        for name in names:
            ends = state._interval_of(name, 0.95, {})
            value = _value(state, name, lambda _: {})
            self.rows.append((name, value, *(ends or (math.nan, math.nan))))

    def _texts(self) -> List[List[str]]:
        return [
            [name, *("" if math.isnan(each) else f"{each:.4g}" for each in numbers)]
            for name, *numbers in self.rows
        ]

    def __str__(self) -> str:
        return as_text(("score", "", "low", "high"), self._texts())

    def to_markdown(self) -> str:
        return as_markdown(("score", "", "low", "high"), self._texts())


def _rows(scores: Any) -> List[dict[str, Any]]:
    return [
        {key: _finite(value) for key, value in row._asdict().items()}
        for row in (*scores, scores.overall)
    ]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: Any) -> str:
    """Return a class as it is written: 1 also for true and for 1.0."""
    is_whole = isinstance(value, (bool, float)) and value == int(value)
    return str(int(value)) if is_whole else str(value)


def _draw(shown: Any, path: Path) -> None:
    """Draw a picture, without a screen."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise CommandError("plots need matplotlib: pip install 'ml-infra-metrics[plot]'") from None
    matplotlib.use("Agg")
    with written_aside(path) as aside:
        shown.plot().figure.savefig(aside)
