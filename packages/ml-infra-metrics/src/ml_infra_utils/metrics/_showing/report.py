"""The table of precision, recall and F1 of every class."""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, Any, Hashable, NamedTuple, Sequence

from ml_infra_utils.metrics._exact_sums import rounded
from ml_infra_utils.metrics._formulas import counts as formulas
from ml_infra_utils.metrics._showing.names import distinct_names, shown
from ml_infra_utils.metrics._tables import as_html, as_markdown, printable
from ml_infra_utils.metrics._words import counted

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.counts import ClassCounts, Margins

_HEADERS = ("precision", "recall", "f1-score", "support")
_FORMULAS = (formulas.precision, formulas.recall, formulas.f1)
_DIGITS = 2


class ReportRow(NamedTuple):
    """The scores of one class, or an average of them."""

    precision: float
    recall: float
    f1_score: float
    support: float


class ClassificationReport(NamedTuple):
    """Precision, recall, F1 and support of every class, and their averages.

    Prints scikit-learn's familiar table; made by `classification_report` and by the
    ``report`` method of `ConfusionMatrix` and `MultilabelCounts`.

    Attributes
    ----------
    classes : dict
        A `ReportRow` for each class; support is how often it is a label.
    averages : dict
        A `ReportRow` for ``"macro avg"`` and ``"weighted avg"``, for multilabel data also for
        ``"micro avg"``.
    accuracy : float or None
        The fraction that is right; None for multilabel data.

    Examples
    --------
    >>> from ml_infra_utils.metrics import ConfusionMatrix
    >>> matrix = ConfusionMatrix.from_predictions([1, 0, 1, 1], [1, 0, 0, 1])
    >>> report = matrix.report()
    >>> report.classes[1].precision
    0.6666666666666666
    >>> report.to_dict()["macro avg"]["recall"]
    0.75
    """

    classes: dict[Any, ReportRow]
    averages: dict[str, ReportRow]
    accuracy: float | None

    @property
    def _of_classes(self) -> dict[str, ReportRow]:
        taken = [*self.averages] if self.accuracy is None else ["accuracy", *self.averages]
        return dict(zip(distinct_names([*self.classes], taken), self.classes.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return the table as nested dicts with scikit-learn's keys, ready for JSON.

        A score that is nan is None, which JSON can hold.
        The key of a class is its text, or its repr where the same text stands for another row.
        """
        rows = {**self._of_classes, **self.averages}
        table: dict[str, Any] = {
            name: dict(zip(_HEADERS, map(_finite, row))) for name, row in rows.items()
        }
        if self.accuracy is not None:
            table["accuracy"] = _finite(self.accuracy)
        return table

    def __repr__(self) -> str:
        f1_score = self.averages["macro avg"].f1_score
        classes = counted(len(self.classes), "class", "classes")
        return f"<ClassificationReport of {classes}, macro average F1 {f1_score:.{_DIGITS}f}>"

    def __str__(self) -> str:
        classes, summary = self._parts()
        rows = [("", *_HEADERS), None, *classes, None, *summary]  # None: an empty line
        width = max(len(printable(row[0])) for row in rows if row)
        return "".join(f"{_aligned(row, width) if row else ''}\n" for row in rows)

    def to_markdown(self) -> str:
        """Return the table in Markdown, for a comment on a pull request."""
        return as_markdown(("", *_HEADERS), chain.from_iterable(self._parts()))

    def _repr_html_(self) -> str:
        return as_html(("", *_HEADERS), chain.from_iterable(self._parts()))

    def _parts(self) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """Return the rows of the classes, and those of accuracy and averages."""
        summary = [_row(name, row) for name, row in self.averages.items()]
        if self.accuracy is not None:
            support = shown(self.averages["macro avg"].support)
            summary.insert(0, ("accuracy", "", "", f"{self.accuracy:.{_DIGITS}f}", support))
        return [_row(name, row) for name, row in self._of_classes.items()], summary


def make_report(
    classes: Sequence[Hashable],
    margins: Margins,
    accuracy: float | None,
    zero_division: float,
) -> ClassificationReport:
    """Return the report of counts; without an accuracy, the pooled scores stand in its place."""

    def row(counts: ClassCounts) -> ReportRow:
        p, r, f1 = (formulas.divide(formula(counts), zero_division) for formula in _FORMULAS)
        return ReportRow(p, r, f1, rounded(counts.actual))

    def average(kind: formulas.Averaging) -> ReportRow:
        p, r, f1 = (formulas.averaged(f, margins, kind, zero_division) for f in _FORMULAS)
        return ReportRow(p, r, f1, rounded(sum(margins.actual)))

    kinds: tuple[formulas.Averaging, ...] = ("macro", "weighted")
    if accuracy is None:
        kinds = ("micro", *kinds)
    return ClassificationReport(
        classes=dict(zip(classes, map(row, margins.each()))),
        averages={f"{kind} avg": average(kind) for kind in kinds},
        accuracy=accuracy,
    )


def _finite(score: float) -> float | None:
    return None if math.isnan(score) else score


def _row(name: str, row: ReportRow) -> tuple[str, ...]:
    return (name, *(f"{value:.{_DIGITS}f}" for value in row[:3]), shown(row.support))


def _aligned(row: Sequence[str], width: int) -> str:
    name, *cells = row
    return f"{printable(name):>{width}} " + "".join(f" {cell:>9}" for cell in cells)
