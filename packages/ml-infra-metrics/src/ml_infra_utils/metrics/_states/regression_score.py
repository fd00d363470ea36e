"""Functions that sum up errors and return one score of them, of one target or of several."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Callable, Hashable, Iterable, Protocol, overload

from ml_infra_utils.metrics._options import check_choice
from ml_infra_utils.metrics._reading.by_name import named, takes_y
from ml_infra_utils.metrics._reading.columns import column_names, column_of, same_length
from ml_infra_utils.metrics._reading.indicators import places_of
from ml_infra_utils.metrics._reading.numbers import as_numbers
from ml_infra_utils.metrics._scoring.score_tables import is_table, read_table
from ml_infra_utils.metrics._states.regression_errors import RegressionErrors

if TYPE_CHECKING:
    from typing import Literal

    from ml_infra_utils.metrics._types import NumbersLike, SupportsArray

    Targets = NumbersLike | Iterable[Iterable[float]] | SupportsArray
    Averaging = Literal["macro"] | NumbersLike | None


class RegressionScore(Protocol):
    """A function that scores predicted numbers."""

    @overload
    def __call__(
        self,
        predictions: Targets,
        labels: Targets,
        *,
        average: None,
        sample_weight: NumbersLike | None = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def __call__(
        self,
        predictions: Targets,
        labels: Targets,
        *,
        average: Literal["macro"] | NumbersLike = ...,
        sample_weight: NumbersLike | None = ...,
    ) -> float: ...


def regression_score(words: Callable[[], None]) -> RegressionScore:
    """Give a documented name its body: sum up the errors, and take the property of that name."""

    def score(
        predictions: Targets,
        labels: Targets,
        *,
        average: Averaging = "macro",
        sample_weight: NumbersLike | None = None,
    ) -> Any:
        def of_target(guesses: Any, truths: Any) -> float:
            errors = RegressionErrors.from_predictions(guesses, truths, sample_weight=sample_weight)
            result: float = getattr(errors, name)
            return result

        return over_targets(of_target, predictions, labels, average)

    name = words.__name__
    return takes_y(named(score, words))


def over_targets(
    score: Callable[[Any, Any], float], predictions: Any, labels: Any, average: Averaging
) -> float | dict[Hashable, float]:
    """Return the score of a column of numbers, or the average over those of several targets."""
    if isinstance(average, str):
        check_choice("average", average, ("macro", None), ", or a weight for each target")
    names, columns = _read_targets(predictions, labels)
    scores = [score(*pair) for pair in columns]
    if average is None:
        return dict(zip(names, scores))
    if isinstance(average, str):
        return math.fsum(scores) / len(scores) if len(scores) > 1 else scores[0]
    weights = as_numbers(average, "average")
    if len(weights) != len(scores) or min(weights) < 0 or not sum(weights):
        raise ValueError(
            f"average must have a weight of at least 0 for each of {len(scores)} targets, not all "
            f"0, got {list(weights)[:20]}"
        )
    return math.fsum(w * x for w, x in zip(weights, scores)) / math.fsum(weights)


def _read_targets(
    predictions: Any, labels: Any
) -> tuple[Iterable[Hashable], list[tuple[Any, Any]]]:
    """Return the names of the targets, and predictions and labels of each."""
    passed = {"predictions": column_of(predictions), "labels": column_of(labels)}
    if not any(map(is_table, passed.values())):
        return (0,), [(predictions, labels)]
    for name, column in passed.items():
        if not is_table(column):
            raise ValueError(
                f"{name} must have a column for each target, as the other has, got one dimension"
            )
    guesses, truths = read_table(predictions, "predictions"), read_table(labels, "labels")
    same_length(len(guesses), len(truths))
    if guesses.shape != truths.shape or not truths.shape[1]:
        raise ValueError(
            "predictions and labels must have one column for each target, got "
            f"{guesses.shape[1]} and {truths.shape[1]} columns"
        )
    guessed, named_ones = column_names(predictions), column_names(labels)
    if guessed and named_ones and tuple(guessed) != tuple(named_ones):
        guesses = guesses[:, places_of(guessed, named_ones)]
    names = named_ones or guessed or range(truths.shape[1])
    return names, list(zip(guesses.T, truths.T))
