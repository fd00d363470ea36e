"""Functions that count predictions and labels, and return one score of the state.

All scores of one kind have the same parameters and the same body, which are here. A score is
defined by a name and a docstring: a decorator gives it the parameters and the body.
"""

from __future__ import annotations

import math
from functools import wraps
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Hashable,
    Iterable,
    Protocol,
    cast,
    overload,
)

from ml_infra_utils.metrics._counting.pairs import Pair, pair_of
from ml_infra_utils.metrics._counting.short_lists import MISSING, count_one_class, given
from ml_infra_utils.metrics._formulas import counts as formulas
from ml_infra_utils.metrics._formulas.counts import ClassCounts, Ratio
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT, SCORE_BY_DEFAULT, check_zero_division
from ml_infra_utils.metrics._reading.by_name import named, takes_y
from ml_infra_utils.metrics._reading.indicators import paired_indicators
from ml_infra_utils.metrics._reading.numbers import as_weights
from ml_infra_utils.metrics._scoring.scored_labels import ScoredLabels
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._states.multilabel import MultilabelCounts
from ml_infra_utils.metrics._words import described

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import AverageOfTables, ClassesLike, NumbersLike


def state_of(
    pair: Pair,
    sample_weight: NumbersLike | None,
    classes: Iterable[Hashable] | None = None,
    ignore: Hashable | Iterable[Hashable] | None = None,
) -> ConfusionMatrix | MultilabelCounts:
    """Count one class an example, or in tables of indicators any number of labels."""
    if pair.has_table:
        if classes is not None:
            raise ValueError(
                f"classes must be None for tables of 0 and 1, got {described(classes)}; name the "
                "columns instead"
            )
        _refuse_ignore(ignore)
        return MultilabelCounts.from_indicators(
            pair.predicted.values, pair.actual.values, sample_weight=sample_weight
        )
    return ConfusionMatrix._from_pair(
        pair, classes=classes, ignore=ignore, sample_weight=sample_weight
    )


def mean_over_samples(
    formula: Callable[[ClassCounts], Ratio],
    predictions: ClassesLike,
    labels: ClassesLike,
    only: Iterable[Hashable] | None,
    zero_division: float,
    ignore: Hashable | Iterable[Hashable] | None,
    sample_weight: NumbersLike | None,
) -> float:
    """Return the mean over the rows of tables of 0 and 1 of the score of each row's labels."""
    check_zero_division(zero_division)
    if only is not None:
        raise ValueError(
            f"only must be None for average='samples', got {described(only)}; pass only these "
            "columns"
        )
    _refuse_ignore(ignore)
    _, predicted, actual = paired_indicators(predictions, labels)
    import numpy as np

    hits, guesses, truths = (
        flags.sum(axis=1).astype(np.float64) for flags in (predicted & actual, predicted, actual)
    )
    counts: Any = (hits, guesses, truths, actual.shape[1])  # of every row at once
    ratio: Any = formula(ClassCounts(*counts))
    scores = np.full(len(actual), float(zero_division))
    np.divide(ratio[0], ratio[1], out=scores, where=ratio[1] > 0)
    weights = None if sample_weight is None else np.asarray(as_weights(sample_weight, len(scores)))
    defined = ~np.isnan(scores)
    weights = None if weights is None else weights[defined]
    mean = ScoredLabels(scores[defined], defined, weights).mean(scores[defined])
    return float(zero_division) if math.isnan(mean) else mean


def _refuse_ignore(ignore: object) -> None:
    if ignore is not None:
        raise ValueError(
            f"ignore must be None for tables of 0 and 1, got {described(ignore)}; drop such "
            "rows or columns"
        )


class ClassScore(Protocol):
    """A function that scores one class, or averages over all."""

    @overload
    def __call__(
        self,
        predictions: ClassesLike,
        labels: ClassesLike,
        positive_class: Hashable = ...,
        *,
        average: None,
        only: Iterable[Hashable] | None = ...,
        zero_division: float = ...,
        ignore: Hashable | Iterable[Hashable] | None = ...,
        sample_weight: NumbersLike | None = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def __call__(
        self,
        predictions: ClassesLike,
        labels: ClassesLike,
        positive_class: Hashable = ...,
        *,
        average: AverageOfTables = ...,
        only: Iterable[Hashable] | None = ...,
        zero_division: float = ...,
        ignore: Hashable | Iterable[Hashable] | None = ...,
        sample_weight: NumbersLike | None = ...,
    ) -> float: ...


def class_score(words: Callable[[], None]) -> ClassScore:
    """Give a documented name its body: count, and call the method of that name."""

    def score(
        predictions: ClassesLike,
        labels: ClassesLike,
        positive_class: Hashable = CLASS_BY_DEFAULT,
        *,
        average: AverageOfTables | None = "binary",
        only: Iterable[Hashable] | None = None,
        zero_division: float = SCORE_BY_DEFAULT,
        ignore: Hashable | Iterable[Hashable] | None = None,
        sample_weight: NumbersLike | None = None,
    ) -> float | dict[Hashable, float]:
        if (
            positive_class is not CLASS_BY_DEFAULT
            and average == "binary"
            and zero_division is SCORE_BY_DEFAULT
            and sample_weight is None
            and ignore is None
            and only is None
        ):
            counts = count_one_class(predictions, labels, positive_class)
            if counts is not None:
                return formulas.divide(formula(counts), 0.0)
        pair = pair_of(predictions, labels)
        if average == "samples" and pair.has_table:
            return mean_over_samples(
                formula, predictions, labels, only, zero_division, ignore, sample_weight
            )
        state = state_of(pair, sample_weight, ignore=ignore)
        method: Any = getattr(state, name)
        result: float | dict[Hashable, float] = method(
            positive_class, average=average, only=only, zero_division=zero_division
        )
        return result

    name = words.__name__
    formula: Callable[[ClassCounts], Ratio] = getattr(
        formulas, "f1" if name == "f1_score" else name
    )
    general = takes_y(named(score, words))

    @wraps(general)
    def quickly(
        predictions: Any = MISSING, labels: Any = MISSING, /, *others: Any, **options: Any
    ) -> Any:
        if not options and not others:
            counts = count_one_class(predictions, labels)
            if counts is not None:
                part, whole = formula(counts)  # of integers: no closer look as `divide` takes
                return part / whole if whole else 0.0
        return general(*given(predictions, labels), *others, **options)

    return cast("ClassScore", quickly)
