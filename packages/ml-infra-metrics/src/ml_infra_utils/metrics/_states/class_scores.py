"""Scores of one class against the rest: the same methods for every state that counts classes.

The first line of a method's words is that of its formula; the parameters of all are described here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Hashable, Iterable, Protocol, Sequence, overload

from ml_infra_utils.metrics._formulas import counts as formulas
from ml_infra_utils.metrics._formulas.counts import ClassCounts
from ml_infra_utils.metrics._options import (
    CLASS_BY_DEFAULT,
    SCORE_BY_DEFAULT,
    check_choice,
    check_zero_division,
)
from ml_infra_utils.metrics._reading.classes import as_classes
from ml_infra_utils.metrics._undefined import warn_unseen
from ml_infra_utils.metrics._words import described

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.counts import Margins, Ratio
    from ml_infra_utils.metrics._types import Average, AverageOfTables

    Formula = Callable[[ClassCounts], Ratio]

_AVERAGES = ("binary", "macro", "micro", "weighted", None)
_PARAMETERS = """

Parameters
----------
positive_class : hashable, default 1
    The class that counts as positive; all others together are negative.
average : {"binary", "macro", "micro", "weighted", None}, default "binary"
    The score of the positive class; or over all classes the mean, the score of all decisions
    pooled, or the mean weighted by labels; None for a dict of each class's score.
only : iterable of classes, optional
    The classes that averages are over, or that the dict has, in this order; by default all.
    No example is left out: what is predicted as another class stays an error.
zero_division : {0.0, 1.0, nan}, default 0.0
    The score where the denominator is 0; to pass it silences the warning.
    Classes that score nan are left out of means.
"""


class CountsClasses(Protocol):
    """What a state must have to be scored."""

    @property
    def classes(self) -> tuple[Hashable, ...]:
        """The classes, in order."""

    _ignored: frozenset[Hashable]

    @property
    def _margins(self) -> Margins: ...

    def _counts_of(self, positive_class: Hashable, warns: bool, /) -> ClassCounts: ...


class Score(Protocol):
    """What type checkers see of a method at a state."""

    @overload
    def __call__(
        self,
        positive_class: Hashable = ...,
        *,
        average: None,
        only: Iterable[Hashable] | None = ...,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def __call__(
        self,
        positive_class: Hashable = ...,
        *,
        average: Average = ...,
        only: Iterable[Hashable] | None = ...,
        zero_division: float = ...,
    ) -> float: ...


class ScoreMethod(Protocol):
    """What type checkers see of a method in a class."""

    def __get__(self, state: object, kind: type | None = ...) -> Score: ...


class BetaScore(Protocol):
    """What type checkers see of `fbeta_score` at a state."""

    @overload
    def __call__(
        self,
        positive_class: Hashable = ...,
        *,
        beta: float,
        average: None,
        only: Iterable[Hashable] | None = ...,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def __call__(
        self,
        positive_class: Hashable = ...,
        *,
        beta: float,
        average: Average = ...,
        only: Iterable[Hashable] | None = ...,
        zero_division: float = ...,
    ) -> float: ...


class BetaScoreMethod(Protocol):
    """What type checkers see of `fbeta_score` in a class."""

    def __get__(self, state: object, kind: type | None = ...) -> BetaScore: ...


def averaged_classes(
    state: CountsClasses, only: Iterable[Hashable] | None = None, *, warns: bool = True
) -> tuple[Sequence[Hashable], Margins]:
    """Return the classes that averages are over, and their margins.

    By default they are all but those ignored. Warns of one asked for that never occurs.
    """
    margins, ignored = state._margins, state._ignored
    if only is None and not ignored:
        return state.classes, margins
    index = {name: i for i, name in enumerate(state.classes)}
    names: Sequence[Hashable] = [name for name in index if name not in ignored]
    if only is not None:
        names = as_classes(only, "only")
        if not names:
            raise ValueError("only must be at least one class, or None for all, got none")
    counts = [
        margins.of_class(index[name]) if name in index else ClassCounts(0, 0, 0, margins.total)
        for name in names
    ]
    unseen = [i for i, name in enumerate(names) if name not in index]
    if unseen and warns:
        warn_unseen(names[unseen[0]], state.classes, f"only[{unseen[0]}]")
    return names, formulas.Margins(
        [each.hits for each in counts],
        [each.predicted for each in counts],
        [each.actual for each in counts],
        margins.total,
    )


def score_of(
    state: CountsClasses,
    formula: Formula,
    positive_class: Hashable,
    average: AverageOfTables | None,
    only: Iterable[Hashable] | None,
    zero_division: float,
) -> float | dict[Hashable, float]:
    """Return the score of the positive class, or an average over all, or all of them."""
    if average == "samples":
        raise ValueError(
            "average must be 'macro', 'micro' or 'weighted' for counts, or None for a dict, got "
            "'samples', the mean over rows, which counts do not hold; pass 2-D arrays of 0 and 1 "
            "to the function of this name"
        )
    check_choice("average", average, _AVERAGES)
    check_zero_division(zero_division)
    warns = zero_division is SCORE_BY_DEFAULT
    zero_division = float(zero_division)
    if average == "binary":
        if only is not None:
            raise ValueError(
                f"only must be None for average='binary', got {described(only)}; pass average="
            )
        return formulas.divide(formula(state._counts_of(positive_class, warns)), zero_division)
    names, margins = averaged_classes(state, only, warns=warns)
    if average is None:
        scores = (formulas.divide(formula(counts), zero_division) for counts in margins.each())
        return dict(zip(names, scores))
    return formulas.averaged(formula, margins, average, zero_division)


def _score_method(name: str, formula: Formula) -> ScoreMethod:
    def method(
        self: CountsClasses,
        positive_class: Hashable = CLASS_BY_DEFAULT,
        *,
        average: Average | None = "binary",
        only: Iterable[Hashable] | None = None,
        zero_division: float = SCORE_BY_DEFAULT,
    ) -> float | dict[Hashable, float]:
        return score_of(self, formula, positive_class, average, only, zero_division)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"{formula.__doc__}{_PARAMETERS}"
    return method


precision = _score_method("precision", formulas.precision)
recall = _score_method("recall", formulas.recall)
specificity = _score_method("specificity", formulas.specificity)
f1_score = _score_method("f1_score", formulas.f1)
jaccard = _score_method("jaccard", formulas.jaccard)


def _fbeta_score(
    self: CountsClasses,
    positive_class: Hashable = CLASS_BY_DEFAULT,
    *,
    beta: float,
    average: Average | None = "binary",
    only: Iterable[Hashable] | None = None,
    zero_division: float = SCORE_BY_DEFAULT,
) -> float | dict[Hashable, float]:
    """Return the F-score in which recall counts beta times as much as precision.

    Parameters
    ----------
    beta : float
        How many times as much recall counts; 0 gives precision, infinity recall.
    positive_class, average, only, zero_division
        As for `precision`.
    """
    return score_of(self, formulas.fbeta(beta), positive_class, average, only, zero_division)


_fbeta_score.__name__ = _fbeta_score.__qualname__ = "fbeta_score"
fbeta_score: BetaScoreMethod = _fbeta_score
