"""A meter counts batch after batch around the immutable matrix, for loops and threads."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, ClassVar, Hashable, Iterable

from ml_infra_utils.metrics._limits import BATCHES_KEPT
from ml_infra_utils.metrics._showing.names import shown
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._words import counted, described

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike


class ClassificationMeter:
    """Count batch after batch; what was counted is a `ConfusionMatrix`.

    A meter accumulates: it changes with each `update`, so it has no hash. Any number of threads
    may update it, and so may finalizers and signal handlers: nothing waits for a lock. Copies and
    pickles hold what was counted. Between processes send the matrix, which is a value:
    ``meter.compute()`` where pickle serves, ``meter.compute().to_json()`` where not.

    Parameters
    ----------
    classes : iterable of hashable, optional
        The classes that may occur, in the order to keep. By default those that occur, sorted.

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

    __slots__ = ("_batches", "_empty")

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # it changes

    def __init__(self, classes: Iterable[Hashable] | None = None) -> None:
        empty = ConfusionMatrix.from_predictions([], [], classes=classes)
        if classes is not None and not empty.classes:
            raise ValueError("classes must be at least one, or None for those that occur")
        self.__setstate__((empty, empty))

    def __getstate__(self) -> tuple[ConfusionMatrix, ConfusionMatrix]:
        return self._empty, self.compute()

    def __setstate__(self, state: tuple[ConfusionMatrix, ConfusionMatrix]) -> None:
        self._empty, matrix = state
        self._batches = {get_ident(): _Batches(matrix)}

    def update(
        self,
        predictions: ClassesLike,
        labels: ClassesLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> None:
        """Count a batch, as `ConfusionMatrix.from_predictions` does."""
        matrix = ConfusionMatrix.from_predictions(
            predictions,
            labels,
            classes=self._empty.classes or None,
            sample_weight=sample_weight,
        )
        batches = self._batches.setdefault(get_ident(), _Batches())
        batches.matrices.append(matrix)
        if len(batches.matrices) > BATCHES_KEPT:
            batches.add_up()

    def compute(self) -> ConfusionMatrix:
        """Return what was counted so far."""
        batches = self._batches
        if get_ident() in batches:
            batches[get_ident()].add_up()
        parts = [matrix for each in list(batches.values()) for matrix in list(each.matrices)]
        return sum(parts, self._empty)

    def reset(self) -> None:
        """Forget what was counted."""
        self._batches = {}

    def __add__(self, other: object) -> ClassificationMeter:
        if not isinstance(other, (ClassificationMeter, ConfusionMatrix)):
            return NotImplemented
        matrix = other if isinstance(other, ConfusionMatrix) else other.compute()
        merged = self.compute() + matrix
        meter = type(self)(merged.classes if merged._declared else None)
        meter._batches[get_ident()].matrices.append(merged)
        return meter

    def __radd__(self, other: object) -> ClassificationMeter:
        return self + ConfusionMatrix() if isinstance(other, int) and other == 0 else NotImplemented

    def merge(self, other: ClassificationMeter | ConfusionMatrix) -> ClassificationMeter:
        """Return a new meter that goes on from what both have counted, as ``+`` and ``sum`` do.

        Raises
        ------
        ValueError
            If the other has a class that is not among those declared.
        TypeError
            If it is neither a meter nor a matrix.
        """
        if not isinstance(other, (ClassificationMeter, ConfusionMatrix)):
            raise TypeError(
                f"other must be a ClassificationMeter or a ConfusionMatrix, got {described(other)}"
            )
        return self + other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ClassificationMeter):
            return NotImplemented
        return (self._empty, self.compute()) == (other._empty, other.compute())

    def __repr__(self) -> str:
        matrix = self.compute()
        classes = counted(len(matrix.classes), "class", "classes")
        return f"<{type(self).__name__} of {classes}, total {shown(matrix.total)}>"


class _Batches:
    """What one thread has counted: that thread alone appends and adds up, all others read.

    Each change is one step for a reader, so no lock is needed.
    """

    __slots__ = ("is_adding", "matrices")

    def __init__(self, *matrices: ConfusionMatrix) -> None:
        self.matrices = list(matrices)
        self.is_adding = False

    def add_up(self) -> None:
        """Put the sum of all matrices in their place."""
        if self.is_adding:  # in a finalizer or a signal handler that interrupts the sum
            return
        self.is_adding = True
        try:
            first, *others = self.matrices
            self.matrices[: 1 + len(others)] = [sum(others, first)]
        finally:
            self.is_adding = False
