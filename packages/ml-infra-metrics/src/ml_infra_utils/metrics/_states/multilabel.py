"""Counts of examples that carry any number of labels each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Mapping, NamedTuple, Sequence, overload

from ml_infra_utils.metrics._counting import devices
from ml_infra_utils.metrics._counting.frame_sums import paired_columns, sum_indicators
from ml_infra_utils.metrics._exact_sums import Count, exact_sums, rounded, simplest
from ml_infra_utils.metrics._formulas import counts as formulas
from ml_infra_utils.metrics._formulas.intervals import Interval, wilson
from ml_infra_utils.metrics._options import check_zero_division
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.columns import column_of
from ml_infra_utils.metrics._reading.indicators import paired_indicators
from ml_infra_utils.metrics._reading.numbers import as_weights
from ml_infra_utils.metrics._showing.names import distinct_names, few, shown
from ml_infra_utils.metrics._showing.report import ClassificationReport, make_report
from ml_infra_utils.metrics._states import class_scores
from ml_infra_utils.metrics._states.document_values import (
    decode_classes,
    decode_count,
    encode_classes,
    encode_count,
    refuse,
)
from ml_infra_utils.metrics._states.slices import Slices, as_slicers, sliced
from ml_infra_utils.metrics._states.state import State, Table
from ml_infra_utils.metrics._words import counted, listed

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import NumbersLike


class _Counts(NamedTuple):
    classes: tuple[Hashable, ...]
    hits: tuple[Count, ...]
    predicted: tuple[Count, ...]
    actual: tuple[Count, ...]
    total: Count
    exact: Count  # examples all of whose labels were predicted right


class MultilabelCounts(State):
    """The counts of each label when an example carries any number of labels.

    An immutable value, made by `from_indicators`. Counts of parts add up to those of the
    whole, exactly, in any order.

    Examples
    --------
    >>> import numpy as np
    >>> predictions = np.array([[1, 0, 1], [0, 1, 0]])
    >>> labels = np.array([[1, 0, 0], [0, 1, 0]])
    >>> counts = MultilabelCounts.from_indicators(predictions, labels)
    >>> counts.accuracy(), counts.precision(average="micro")
    (0.5, 0.6666666666666666)
    >>> counts.recall(average=None)
    {0: 1.0, 1: 1.0, 2: 0.0}
    """

    __slots__ = ("_counts",)

    _kind = "multilabel-counts"
    _scores = (
        "accuracy",
        "precision",
        "recall",
        "specificity",
        "f1_score",
        "fbeta_score",
        "jaccard",
        "hamming_loss",
    )
    _errors = ("hamming_loss",)
    _counts: _Counts

    @classmethod
    @takes_y
    def from_indicators(
        cls, predictions: Any, labels: Any, *, sample_weight: NumbersLike | None = None
    ) -> MultilabelCounts:
        """Count two 2-D arrays, or data frames, of 0 and 1.

        Parameters
        ----------
        predictions, labels : array or data frame, shape (n, k)
            1 or True where the example (row) has the label (column). Labels are named by the
            columns of a data frame, else 0..k-1; columns of two frames are paired by name.
        sample_weight : sequence or array of numbers, shape (n,), optional
            The weight of each example, at least 0; by default 1.

        Raises
        ------
        ValueError
            If the shapes or the names of columns differ, or a value is missing or not 0 or 1.
        """
        passed = column_of(predictions), column_of(labels)
        xp = None
        if sample_weight is None and all(table.stays for table in passed):
            xp = devices.shared_namespace(*passed)
        if xp is not None:
            sent = devices.count_indicators(xp, predictions, labels)
            if sent is not None:
                return cls._of_sums(range((len(sent) - 2) // 3), sent)
        names, predicted, actual = paired_indicators(predictions, labels)
        import numpy as np

        everyone = np.ones((len(actual), 1), dtype=bool)
        right = (predicted == actual).all(axis=1, keepdims=True)
        masks = np.hstack([predicted & actual, predicted, actual, everyone, right])
        if sample_weight is None:
            sums: Sequence[Count] = masks.sum(axis=0).tolist()
        else:
            weights = np.asarray(as_weights(sample_weight, len(actual)), dtype=np.float64)
            rows, columns = np.nonzero(masks)
            sums = exact_sums(columns, weights[rows], masks.shape[1])
        return cls._of_sums(names, sums)

    @classmethod
    def _of_sums(cls, names: Sequence[Hashable], sums: Sequence[Count]) -> MultilabelCounts:
        """Make the state of hits, predictions and labels of each label, and all and right rows."""
        k = len(names)
        hits, guesses, truths = (tuple(sums[i * k : (i + 1) * k]) for i in range(3))
        return cls._of(_Counts(tuple(names), hits, guesses, truths, *sums[3 * k :]))

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: Sequence[str],
        labels: Sequence[str],
        by: None = ...,
        *,
        sample_weight: str | None = ...,
    ) -> MultilabelCounts: ...

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: Sequence[str],
        labels: Sequence[str],
        by: str | Sequence[str],
        *,
        sample_weight: str | None = ...,
    ) -> Slices[MultilabelCounts]: ...

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: Sequence[str],
        labels: Sequence[str],
        by: str | Sequence[str] | None = None,
        *,
        sample_weight: str | None = None,
    ) -> MultilabelCounts | Slices[MultilabelCounts]:
        """Count columns of 0 and 1 with one GROUP BY, run where the table is.

        Parameters
        ----------
        frame : data frame or table
            Anything narwhals knows: frames of pandas, Polars (lazy too), PyArrow or Dask,
            relations of DuckDB, PySpark's data frames.
        predictions, labels : sequence of str
            The columns of predicted and of true indicators, paired by place; the columns of the
            labels name the classes.
        by : str or sequence of str, optional
            Columns that slice the table: a state for each value, or tuple of values.
        sample_weight : str, optional
            The column of what each row counts; the engine sums weights as floats.

        Returns
        -------
        MultilabelCounts or Slices
            With ``by``, a mapping from slice to state, sorted, that shows a score of each; a
            missing value is None, the last.

        Raises
        ------
        ValueError
            If a column is unknown or holds a value that is not 0 or 1, there is not one column
            of predictions for each of labels, or a weight is negative.
        TypeError
            If the frame is of no known kind, or a column holds neither numbers nor booleans.

        Examples
        --------
        >>> import polars as pl
        >>> frame = pl.DataFrame({"cat?": [1, 0], "dog?": [1, 1], "cat": [1, 1], "dog": [1, 1]})
        >>> counts = MultilabelCounts.from_frame(frame, ["cat?", "dog?"], ["cat", "dog"])
        >>> counts.recall(average=None)
        {'cat': 0.5, 'dog': 1.0}
        """
        pairs = paired_columns(predictions, labels)
        sums = sum_indicators(frame, pairs, as_slicers(by), sample_weight)
        names = [label for _, label in pairs]
        return sliced(sums, by, partial(cls._of_sums, names), [0] * (3 * len(names) + 2))

    @classmethod
    def _of(cls, counts: _Counts) -> MultilabelCounts:
        self = cls.__new__(cls)
        object.__setattr__(self, "_counts", counts)
        return self

    def __init__(self) -> None:
        raise TypeError("make MultilabelCounts with from_indicators or from_dict")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._of, (self._counts,)

    @property
    def classes(self) -> tuple[Hashable, ...]:
        """The name of each label, shape (k,)."""
        return self._counts.classes

    @property
    def total(self) -> float:
        """The number of examples, or the sum of their weights."""
        return rounded(self._counts.total)

    @property
    def _margins(self) -> formulas.Margins:
        return formulas.Margins(*self._counts[1:5])

    def _counts_of(self, _: Hashable, __: bool) -> formulas.ClassCounts:
        raise ValueError(
            "average must be 'macro', 'micro' or 'weighted' for multilabel data, or None for the "
            "score of each label, got 'binary'"
        )

    precision: class_scores.ScoreMethod = class_scores.precision
    recall: class_scores.ScoreMethod = class_scores.recall
    specificity: class_scores.ScoreMethod = class_scores.specificity
    f1_score: class_scores.ScoreMethod = class_scores.f1_score
    fbeta_score: class_scores.BetaScoreMethod = class_scores.fbeta_score
    jaccard: class_scores.ScoreMethod = class_scores.jaccard

    def accuracy(self, *, zero_division: float = 0.0) -> float:
        """Return the fraction of examples all of whose labels were predicted right."""
        check_zero_division(zero_division)
        return formulas.divide((self._counts.exact, self._counts.total), zero_division)

    def hamming_loss(self, *, zero_division: float = 0.0) -> float:
        """Return the fraction of decisions, one for each label of each example, that are wrong."""
        check_zero_division(zero_division)
        whole = self._margins.pooled()
        return formulas.divide(
            (whole.predicted + whole.actual - 2 * whole.hits, whole.total), zero_division
        )

    def report(
        self, *, only: Iterable[Hashable] | None = None, zero_division: float = 0.0
    ) -> ClassificationReport:
        """Return precision, recall, F1 and support of every label, and their averages.

        Parameters
        ----------
        only : iterable of classes, optional
            The labels that have a row and that averages are over, in this order.
        """
        check_zero_division(zero_division)
        names, margins = class_scores.averaged_classes(self, only)
        return make_report(names, margins, None, zero_division)

    @classmethod
    def _none(cls) -> MultilabelCounts:
        """Return the counts of no examples, which add up with those of any labels."""
        return cls._of(_Counts((), (), (), (), 0, 0))

    def _check_labels(self, other: MultilabelCounts) -> None:
        """Raise unless the labels of both are the same, or one has none."""
        mine, theirs = self.classes, other.classes
        if mine and theirs and mine != theirs:
            raise ValueError(
                "counts must be of the same labels to add up, got "
                f"{listed(mine)} and {listed(theirs)}"
            )

    @property
    def _support(self) -> float:
        return self.total

    def _interval_of(self, score: str, confidence: float, _: Mapping[str, Any]) -> Interval | None:
        if score != "accuracy" or not isinstance(self._counts.total, int):
            return None  # Decisions about one example are not independent.
        return wilson(self.accuracy(), self._counts.total, confidence)

    def __add__(self, other: object) -> MultilabelCounts:
        if not isinstance(other, MultilabelCounts):
            return NotImplemented
        a, b = self._counts, other._counts
        self._check_labels(other)
        if not (a.classes and b.classes):
            return self if a.classes else other
        return self._of(
            _Counts(
                a.classes,
                _added(a.hits, b.hits),
                _added(a.predicted, b.predicted),
                _added(a.actual, b.actual),
                simplest(a.total + b.total),
                simplest(a.exact + b.exact),
            )
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MultilabelCounts):
            return NotImplemented
        return self._counts == other._counts

    def __hash__(self) -> int:
        return hash(self._counts)

    def __repr__(self) -> str:
        labels = counted(len(self.classes), "label")
        return f"<MultilabelCounts of {labels}, total {shown(self.total)}>"

    def _entries(self) -> dict[str, Any]:
        counts = self._counts
        rows = zip(counts.hits, counts.predicted, counts.actual)
        return {
            "classes": encode_classes(counts.classes),
            "counts": [[encode_count(n) for n in row] for row in rows],
            "total": encode_count(counts.total),
            "exact": encode_count(counts.exact),
        }

    @classmethod
    def _from_entries(cls, document: Mapping[str, Any]) -> MultilabelCounts:
        classes = decode_classes(document["classes"])
        rows = [
            [decode_count(n, "counts", i, j) for j, n in enumerate(row)]
            for i, row in enumerate(document["counts"])
        ]
        if len(rows) != len(classes):
            expected = f"have a row for each of {counted(len(classes), 'class', 'classes')}"
            refuse(("counts",), expected, f"{len(rows)}")
        total, exact = (decode_count(document[key], key) for key in ("total", "exact"))
        _check_possible(rows, total, exact)
        hits, predicted, actual = zip(*rows) if rows else ((), (), ())
        return cls._of(_Counts(classes, hits, predicted, actual, total, exact))

    def _table(self) -> Table:
        counts = self._counts
        names = distinct_names(counts.classes)
        labels = list(zip(names, counts.hits, counts.predicted, counts.actual))
        rows = few(labels, lambda label: [label[0], *map(shown, label[1:])])
        return ["", "hits", "predicted", "actual"], rows


def _check_possible(rows: Sequence[Sequence[Count]], total: Count, exact: Count) -> None:
    """Raise unless there are examples with these counts."""
    for i, (hits, predicted, actual) in enumerate(rows):
        if not max(0, predicted + actual - total) <= hits <= min(predicted, actual):
            refuse(
                ("counts", i),
                f"be possible for {shown(total)} examples",
                f"{shown(hits)} hits of {shown(predicted)} predictions and {shown(actual)} labels",
            )
    errors = [predicted + actual - 2 * hits for hits, predicted, actual in rows]
    if not max(errors, default=0) <= total - exact <= sum(errors):
        refuse(
            ("exact",), "agree with the errors of the labels", f"{shown(exact)} of {shown(total)}"
        )


def _added(left: Sequence[Count], right: Sequence[Count]) -> tuple[Count, ...]:
    return tuple(simplest(a + b) for a, b in zip(left, right))
