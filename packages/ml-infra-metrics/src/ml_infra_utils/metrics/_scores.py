"""The scores of one class against the rest, shared by the states that count classes."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Callable, Hashable, Sequence, overload

from ml_infra_utils.metrics import _formulas as formulas
from ml_infra_utils.metrics._classes import as_positive_class
from ml_infra_utils.metrics._report import ClassificationReport, make_report

if TYPE_CHECKING:
    from typing_extensions import Literal

    from ml_infra_utils.metrics._formulas import ClassCounts, Margins, Ratio

    Average = Literal["binary", "macro", "micro", "weighted"]

_AVERAGES = ("binary", "macro", "micro", "weighted", None)
_PACKAGE = __file__.rpartition("_scores")[0]


class UndefinedMetricWarning(UserWarning):
    """A score of a class that occurs neither among the predictions nor among the labels."""


class ClassScores:
    """Scores that need no more than the counts of each class.

    All take the same parameters. The score of `positive_class` is returned by default;
    ``average`` returns the mean over the classes (``"macro"``), the mean weighted by how often
    each class is a label (``"weighted"``), the score of all decisions pooled (``"micro"``), or
    with None a dict from class to score. ``zero_division`` is the score where the denominator
    is 0; classes whose score is nan are left out of a mean.
    """

    __slots__ = ()

    @property
    def classes(self) -> tuple[Hashable, ...]:
        """The classes, in order."""
        raise NotImplementedError

    @property
    def _margins(self) -> Margins:
        raise NotImplementedError

    def _counts_of(self, positive_class: Hashable) -> ClassCounts:
        """Return the counts of the class; zeros, with a warning, if it never occurs."""
        classes, positive_class = self.classes, as_positive_class(positive_class)
        if positive_class in classes:
            return self._margins.of_class(classes.index(positive_class))
        if classes:
            warn_unseen(positive_class, classes)
        return formulas.ClassCounts(0, 0, 0, self._margins.total)

    def _score(
        self,
        formula: Callable[[ClassCounts], Ratio],
        positive_class: Hashable,
        average: Average | None,
        zero_division: float,
    ) -> float | dict[Hashable, float]:
        if average not in _AVERAGES:
            raise ValueError(
                f"average must be 'binary', 'macro', 'micro', 'weighted' or None, got {average!r}"
            )
        check_zero_division(zero_division)
        if average == "binary":
            return formulas.divide(formula(self._counts_of(positive_class)), zero_division)
        if average is None:
            each = self._margins.each()
            return {
                name: formulas.divide(formula(counts), zero_division)
                for name, counts in zip(self.classes, each)
            }
        return formulas.averaged(formula, self._margins, average, zero_division)

    @overload
    def precision(
        self,
        positive_class: Hashable = ...,
        *,
        average: None,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def precision(
        self,
        positive_class: Hashable = ...,
        *,
        average: Average = ...,
        zero_division: float = ...,
    ) -> float: ...

    def precision(
        self,
        positive_class: Hashable = 1,
        *,
        average: Average | None = "binary",
        zero_division: float = 0.0,
    ) -> float | dict[Hashable, float]:
        """Return TP / (TP + FP), the fraction of positive predictions that are right."""
        return self._score(formulas.precision, positive_class, average, zero_division)

    @overload
    def recall(
        self,
        positive_class: Hashable = ...,
        *,
        average: None,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def recall(
        self,
        positive_class: Hashable = ...,
        *,
        average: Average = ...,
        zero_division: float = ...,
    ) -> float: ...

    def recall(
        self,
        positive_class: Hashable = 1,
        *,
        average: Average | None = "binary",
        zero_division: float = 0.0,
    ) -> float | dict[Hashable, float]:
        """Return TP / (TP + FN), the fraction of positive labels that were found."""
        return self._score(formulas.recall, positive_class, average, zero_division)

    @overload
    def specificity(
        self,
        positive_class: Hashable = ...,
        *,
        average: None,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def specificity(
        self,
        positive_class: Hashable = ...,
        *,
        average: Average = ...,
        zero_division: float = ...,
    ) -> float: ...

    def specificity(
        self,
        positive_class: Hashable = 1,
        *,
        average: Average | None = "binary",
        zero_division: float = 0.0,
    ) -> float | dict[Hashable, float]:
        """Return TN / (TN + FP), the fraction of negative labels that were left alone."""
        return self._score(formulas.specificity, positive_class, average, zero_division)

    @overload
    def f1_score(
        self,
        positive_class: Hashable = ...,
        *,
        average: None,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def f1_score(
        self,
        positive_class: Hashable = ...,
        *,
        average: Average = ...,
        zero_division: float = ...,
    ) -> float: ...

    def f1_score(
        self,
        positive_class: Hashable = 1,
        *,
        average: Average | None = "binary",
        zero_division: float = 0.0,
    ) -> float | dict[Hashable, float]:
        """Return 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall."""
        return self._score(formulas.f1, positive_class, average, zero_division)

    @overload
    def fbeta_score(
        self,
        positive_class: Hashable = ...,
        *,
        beta: float,
        average: None,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def fbeta_score(
        self,
        positive_class: Hashable = ...,
        *,
        beta: float,
        average: Average = ...,
        zero_division: float = ...,
    ) -> float: ...

    def fbeta_score(
        self,
        positive_class: Hashable = 1,
        *,
        beta: float,
        average: Average | None = "binary",
        zero_division: float = 0.0,
    ) -> float | dict[Hashable, float]:
        """Return the F-score in which recall counts beta times as much as precision."""
        return self._score(formulas.fbeta(beta), positive_class, average, zero_division)

    @overload
    def jaccard(
        self,
        positive_class: Hashable = ...,
        *,
        average: None,
        zero_division: float = ...,
    ) -> dict[Hashable, float]: ...

    @overload
    def jaccard(
        self,
        positive_class: Hashable = ...,
        *,
        average: Average = ...,
        zero_division: float = ...,
    ) -> float: ...

    def jaccard(
        self,
        positive_class: Hashable = 1,
        *,
        average: Average | None = "binary",
        zero_division: float = 0.0,
    ) -> float | dict[Hashable, float]:
        """Return TP / (TP + FP + FN), the overlap of predicted and true positives."""
        return self._score(formulas.jaccard, positive_class, average, zero_division)

    def report(self, *, zero_division: float = 0.0) -> ClassificationReport:
        """Return precision, recall, F1 and support of every class, and their averages."""
        check_zero_division(zero_division)
        return make_report(self.classes, self._margins, None, zero_division)


def check_zero_division(zero_division: float) -> None:
    """Raise unless it is 0.0, 1.0 or nan."""
    if not (zero_division in (0, 1) or zero_division != zero_division):
        raise ValueError(f"zero_division must be 0.0, 1.0 or nan, got {zero_division!r}")


def warn_unseen(positive_class: Hashable, classes: Sequence[Hashable]) -> None:
    """Warn of a positive class that is not among the classes seen."""
    warn_undefined(
        f"positive_class {positive_class!r} never occurs; classes seen: {_listed(classes)}"
    )


def _listed(classes: Sequence[Hashable], most: int = 20) -> str:
    shown = ", ".join(map(repr, classes[:most]))
    return f"{shown}, and {len(classes) - most} more" if len(classes) > most else shown


def warn_undefined(message: str) -> None:
    """Warn at the line outside this package that asked for the score."""
    level = 2
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
        level += 1
    warnings.warn(message, UndefinedMetricWarning, stacklevel=level)
