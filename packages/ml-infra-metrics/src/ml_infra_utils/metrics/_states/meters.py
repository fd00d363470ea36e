"""Meters, one for each state, that count batch after batch in a loop or in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Iterable

from ml_infra_utils.metrics._counting.pair_codes import (
    PairCodes,
    add_codes,
    as_pair_codes,
    sorted_integers,
)
from ml_infra_utils.metrics._counting.pairs import pair_of
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.classes import (
    as_ignored,
    as_positive_class,
    one_order,
    order_of,
)
from ml_infra_utils.metrics._reading.ignored import without
from ml_infra_utils.metrics._reading.numbers import as_integer
from ml_infra_utils.metrics._scoring.bin_counts import count_by_bin
from ml_infra_utils.metrics._showing.names import shown
from ml_infra_utils.metrics._states.batches import Meter
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._states.multilabel import MultilabelCounts
from ml_infra_utils.metrics._states.regression_errors import RegressionErrors
from ml_infra_utils.metrics._states.score_histogram import ScoreHistogram
from ml_infra_utils.metrics._words import counted

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike


class ClassificationMeter(Meter[ConfusionMatrix]):
    """Count batch after batch; what was counted is a `ConfusionMatrix`.

    A meter accumulates: it changes with each `update`, so it has no hash. Any number of threads
    may update it, and so may finalizers and signal handlers: nothing waits for a lock. Copies and
    pickles hold what was counted. Between processes send the matrix, which is a value:
    ``meter.compute()`` where pickle serves, ``meter.compute().to_json()`` where not.

    Parameters
    ----------
    classes : iterable of hashable, optional
        The classes that may occur, in the order to keep. By default those that occur, sorted.
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out, such as padding labelled -100.

    Raises
    ------
    ValueError
        If classes are given but none is, or one stands twice.

    Examples
    --------
    >>> meter = ClassificationMeter()
    >>> for predictions, labels in [([1, 0], [1, 1]), ([0, 1], [0, 1])]:
    ...     meter.update(predictions, labels)
    >>> meter
    <ClassificationMeter of 2 classes, total 4>
    >>> meter.compute().accuracy()
    0.75
    >>> meter.reset()
    """

    __slots__ = ("_has_codes", "_ignored", "_integers", "_known")

    def __init__(
        self,
        classes: Iterable[Hashable] | None = None,
        *,
        ignore: Hashable | Iterable[Hashable] | None = None,
    ) -> None:
        empty = ConfusionMatrix.from_predictions([], [], classes=classes)
        if classes is not None and not empty.classes:
            raise ValueError("classes must be at least one, or None for those that occur")
        self.__setstate__((empty, as_ignored(ignore), empty))

    def __getstate__(self) -> tuple[Any, ...]:
        return self._empty, self._ignored, self.compute()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        empty, self._ignored, whole = state
        self._known = frozenset(empty.classes)
        self._has_codes: bool | None = None  # not known before there are arrays
        self._integers: Any = None  # the classes declared, as an array
        super().__setstate__((empty, whole))

    @takes_y
    def update(
        self,
        predictions: ClassesLike,
        labels: ClassesLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> None:
        """Count a batch, as `ConfusionMatrix.from_predictions` does."""
        pair = pair_of(predictions, labels).read()
        if sample_weight is None and pair.actual.is_numpy and self._counts_codes():
            codes = as_pair_codes(pair, self._integers, self._ignored)
            if codes is not None:
                self._keep(codes)
                return
        order = one_order(order_of(labels), order_of(predictions))
        names = self._empty.classes or None
        matrix = ConfusionMatrix._count(
            pair, names, self._ignored, sample_weight, order, self._known
        )
        matrix._warn_of_kinds()
        self._keep(matrix)

    def _counts_codes(self) -> bool:
        """Say whether integers in arrays can be kept as codes of pairs."""
        if self._has_codes is None:
            if self._known:
                self._integers = sorted_integers(self._empty.classes)
            self._has_codes = not self._known or self._integers is not None
        return self._has_codes

    def _whole(self, parts: list[Any]) -> ConfusionMatrix:
        summed = self._summed(parts)
        names = self._empty.classes if self._known else None
        matrices = [
            ConfusionMatrix._from_pairs(names, part.cells(), bool(self._known), (), self._ignored)
            if isinstance(part, PairCodes)
            else part
            for part in summed
        ]
        return ConfusionMatrix._sum([self._empty, *matrices])

    def _summed(self, parts: list[Any]) -> list[Any]:
        codes = [part for part in parts if isinstance(part, PairCodes)]
        matrices = [part for part in parts if not isinstance(part, PairCodes)]
        summed: list[Any] = [ConfusionMatrix._sum(matrices)] if matrices else []
        return [*summed, add_codes(codes)] if codes else summed

    def _size_of(self, part: Any) -> int:
        return len(part.codes if isinstance(part, PairCodes) else part._pairs)

    def _going_on_from(self, state: ConfusionMatrix, other: Any) -> ClassificationMeter:
        ignored = self._ignored | getattr(other, "_ignored", frozenset())
        meter = type(self)(state.classes if state._declared else None, ignore=ignored)
        meter._keep(state)
        return meter

    def _held(self, state: ConfusionMatrix) -> str:
        classes = counted(len(state.classes), "class", "classes")
        return f"{classes}, total {shown(state.total)}"


class MultilabelMeter(Meter[MultilabelCounts]):
    """Count batches of 2-D arrays of 0 and 1; what was counted is `MultilabelCounts`.

    It accumulates, merges and is safe from threads as `ClassificationMeter` is. The first batch
    says how many labels there are, and names them.

    Examples
    --------
    >>> import numpy as np
    >>> meter = MultilabelMeter()
    >>> meter.update(np.array([[1, 0], [1, 1]]), np.array([[1, 0], [0, 1]]))
    >>> meter.update(np.array([[0, 1]]), np.array([[1, 1]]))
    >>> meter
    <MultilabelMeter of 2 labels, total 3>
    >>> counts = meter.compute()
    >>> counts.accuracy(), counts.f1_score(average="macro")
    (0.3333333333333333, 0.75)
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(MultilabelCounts._none())

    @takes_y
    def update(
        self, predictions: Any, labels: Any, *, sample_weight: NumbersLike | None = None
    ) -> None:
        """Count a batch, as `MultilabelCounts.from_indicators` does.

        Raises
        ------
        ValueError
            As there, or if the labels are others than those of the batches before.
        """
        counts = MultilabelCounts.from_indicators(predictions, labels, sample_weight=sample_weight)
        for batches in list(self._batches.values()):
            for part in batches.parts[:1]:
                counts._check_labels(part)
        self._keep(counts)

    def _held(self, state: MultilabelCounts) -> str:
        return f"{counted(len(state.classes), 'label')}, total {shown(state.total)}"


class HistogramMeter(Meter[ScoreHistogram]):
    """Bin batches of probabilities; what was counted is a `ScoreHistogram`.

    It accumulates, merges and is safe from threads as `ClassificationMeter` is.

    Parameters
    ----------
    positive_class : hashable, default 1
        The class that counts as positive; all others together are negative.
    bins : int, default 1000
        How many bins of equal width [0, 1] has.
    ignore : class, or list or set of classes, optional
        Examples with such a label are left out, such as padding labelled -100.

    Raises
    ------
    ValueError
        If there is not at least one bin.

    Examples
    --------
    >>> meter = HistogramMeter()
    >>> for probabilities, labels in [([0.9, 0.2], [1, 0]), ([0.6, 0.7], [0, 1])]:
    ...     meter.update(probabilities, labels)
    >>> meter
    <HistogramMeter of total 4>
    >>> histogram = meter.compute()
    >>> histogram.roc_auc(), round(histogram.brier_score(), 3)
    (1.0, 0.125)
    """

    __slots__ = ("_ignored", "_positive_class")

    def __init__(
        self,
        positive_class: Hashable = 1,
        *,
        bins: int = 1000,
        ignore: Hashable | Iterable[Hashable] | None = None,
    ) -> None:
        none = [0] * as_integer(bins, "bins", least=1)
        super().__init__(ScoreHistogram._of(none, none))
        self._positive_class = as_positive_class(positive_class)
        self._ignored = as_ignored(ignore)

    def __getstate__(self) -> tuple[Any, ...]:
        return self._empty, self._positive_class, self._ignored, self.compute()

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        empty, self._positive_class, self._ignored, whole = state
        super().__setstate__((empty, whole))

    @takes_y
    def update(
        self,
        probabilities: NumbersLike,
        labels: ClassesLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> None:
        """Bin a batch, as `ScoreHistogram.from_probabilities` does.

        A batch without a positive label is nothing to warn of.
        """
        bins = self._empty.bins
        labels, probabilities, sample_weight = without(
            self._ignored, labels, probabilities, sample_weight
        )
        counts = count_by_bin(
            probabilities, labels, self._positive_class, bins, sample_weight, warns=False
        )
        self._keep(ScoreHistogram._of(*counts))


class RegressionMeter(Meter[RegressionErrors]):
    """Sum up the errors of batches; what was summed up is `RegressionErrors`.

    It accumulates, merges and is safe from threads as `ClassificationMeter` is.

    Examples
    --------
    >>> meter = RegressionMeter()
    >>> for predictions, labels in [([2.0, 5.0], [1.0, 5.0]), ([4.0], [6.0])]:
    ...     meter.update(predictions, labels)
    >>> meter
    <RegressionMeter of total 3>
    >>> errors = meter.compute()
    >>> errors.mean_absolute_error, round(errors.r2_score, 3)
    (1.0, 0.643)
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(RegressionErrors())

    @takes_y
    def update(
        self,
        predictions: NumbersLike,
        labels: NumbersLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> None:
        """Sum up the errors of a batch, as `RegressionErrors.from_predictions` does."""
        self._keep(
            RegressionErrors.from_predictions(predictions, labels, sample_weight=sample_weight)
        )
