"""Scores of one class against the rest: the same methods for every state that counts classes.

The words of a method are those of its formula. Each of them takes ``positive_class``, the class to
score; or instead ``average``: the mean over the classes (``"macro"``), the mean weighted by how
often each class is a label (``"weighted"``), the score of all decisions pooled (``"micro"``), or
with None a dict from class to score. ``zero_division`` is the score where the denominator is 0;
classes whose score is nan are left out of a mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Hashable, Protocol, overload

from ml_infra_utils.metrics._formulas import counts as formulas
from ml_infra_utils.metrics._options import check_choice, check_zero_division

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.counts import ClassCounts, Margins, Ratio
    from ml_infra_utils.metrics._types import Average

    Formula = Callable[[ClassCounts], Ratio]

_AVERAGES = ("binary", "macro", "micro", "weighted", None)


class CountsClasses(Protocol):
    """What a state must have to be scored."""

    @property
    def classes(self) -> tuple[Hashable, ...]:
        """The classes, in order."""

    @property
    def _margins(self) -> Margins: ...

    def _counts_of(self, positive_class: Hashable, /) -> ClassCounts: ...


class Score(Protocol):
    """What type checkers see of a method at a state."""

    @overload
    def __call__(
        self,
        positive_class: Hashable = ...,
        *,
        average: None,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def __call__(
        self,
        positive_class: Hashable = ...,
        *,
        average: Average = ...,
        zero_division: float = ...,
    ) -> float: ...


class ScoreMethod(Protocol):
    """What type checkers see of a method in a class."""

    def __get__(self, state: object, kind: type | None = ...) -> Score: ...


def score_of(
    state: CountsClasses,
    formula: Formula,
    positive_class: Hashable,
    average: Average | None,
    zero_division: float,
) -> float | dict[Hashable, float]:
    """Return the score of the positive class, or an average over all, or all of them."""
    check_choice("average", average, _AVERAGES)
    check_zero_division(zero_division)
    if average == "binary":
        return formulas.divide(formula(state._counts_of(positive_class)), zero_division)
    margins = state._margins
    if average is None:
        scores = (formulas.divide(formula(counts), zero_division) for counts in margins.each())
        return dict(zip(state.classes, scores))
    return formulas.averaged(formula, margins, average, zero_division)


def _score_method(name: str, formula: Formula) -> ScoreMethod:
    def method(
        self: CountsClasses,
        positive_class: Hashable = 1,
        *,
        average: Average | None = "binary",
        zero_division: float = 0.0,
    ) -> float | dict[Hashable, float]:
        return score_of(self, formula, positive_class, average, zero_division)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = formula.__doc__
    return method


precision = _score_method("precision", formulas.precision)
recall = _score_method("recall", formulas.recall)
specificity = _score_method("specificity", formulas.specificity)
f1_score = _score_method("f1_score", formulas.f1)
jaccard = _score_method("jaccard", formulas.jaccard)


@overload
def fbeta_score(
    self: CountsClasses,
    positive_class: Hashable = ...,
    *,
    beta: float,
    average: None,
    zero_division: float = ...,
) -> dict[Hashable, float]: ...


@overload
def fbeta_score(
    self: CountsClasses,
    positive_class: Hashable = ...,
    *,
    beta: float,
    average: Average = ...,
    zero_division: float = ...,
) -> float: ...


def fbeta_score(
    self: CountsClasses,
    positive_class: Hashable = 1,
    *,
    beta: float,
    average: Average | None = "binary",
    zero_division: float = 0.0,
) -> float | dict[Hashable, float]:
    """Return the F-score in which recall counts beta times as much as precision."""
    return score_of(self, formulas.fbeta(beta), positive_class, average, zero_division)
