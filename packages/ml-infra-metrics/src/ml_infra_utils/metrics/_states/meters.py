"""A meter counts batch after batch around the immutable matrix, for loops and threads."""

from __future__ import annotations

from threading import get_ident
from typing import TYPE_CHECKING, ClassVar, Hashable, Iterable

from ml_infra_utils.metrics._limits import BATCHES_KEPT
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.classes import as_ignored, one_order, order_of
from ml_infra_utils.metrics._reading.columns import as_column
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

    __slots__ = ("_batches", "_empty", "_ignored", "_known")

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # it changes

    def __init__(
        self,
        classes: Iterable[Hashable] | None = None,
        *,
        ignore: Hashable | Iterable[Hashable] | None = None,
    ) -> None:
        empty = ConfusionMatrix.from_predictions([], [], classes=classes)
        if classes is not None and not empty.classes:
            raise ValueError("classes must be at least one, or None for those that occur")
        self.__setstate__((empty, empty, as_ignored(ignore)))

    def __getstate__(self) -> tuple[ConfusionMatrix, ConfusionMatrix, frozenset[Hashable]]:
        return self._empty, self.compute(), self._ignored

    def __setstate__(
        self, state: tuple[ConfusionMatrix, ConfusionMatrix, frozenset[Hashable]]
    ) -> None:
        self._empty, matrix, self._ignored = state
        self._known = frozenset(self._empty.classes)
        self._batches = {get_ident(): _Batches(matrix)}

    @takes_y
    def update(
        self,
        predictions: ClassesLike,
        labels: ClassesLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> None:
        """Count a batch, as `ConfusionMatrix.from_predictions` does."""
        order = one_order(order_of(labels), order_of(predictions))
        matrix = ConfusionMatrix._count(
            as_column(predictions, "predictions"),
            as_column(labels, "labels"),
            self._empty.classes or None,
            self._ignored,
            sample_weight,
            order,
            self._known,
        )
        batches = self._batches.setdefault(get_ident(), _Batches())
        batches.matrices.append(matrix)
        if len(batches.matrices) - batches.summed >= BATCHES_KEPT:
            batches.add_up(all_of_them=False)

    def compute(self) -> ConfusionMatrix:
        """Return what was counted so far."""
        batches = self._batches
        if get_ident() in batches:
            batches[get_ident()].add_up()
        parts = [matrix for each in list(batches.values()) for matrix in list(each.matrices)]
        return ConfusionMatrix._sum([self._empty, *parts])

    def reset(self) -> None:
        """Forget what was counted."""
        self._batches = {}

    def __add__(self, other: object) -> ClassificationMeter:
        if not isinstance(other, (ClassificationMeter, ConfusionMatrix)):
            return NotImplemented
        matrix = other if isinstance(other, ConfusionMatrix) else other.compute()
        merged = self.compute() + matrix
        names = merged.classes if merged._declared else None
        ignored = self._ignored | getattr(other, "_ignored", frozenset())
        meter = type(self)(names, ignore=ignored)
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

    __slots__ = ("is_adding", "matrices", "summed")

    def __init__(self, *matrices: ConfusionMatrix) -> None:
        self.matrices = list(matrices)
        self.is_adding = False
        self.summed = len(matrices)

    def add_up(self, *, all_of_them: bool = True) -> None:
        """Put the sum of all matrices in their place, or of as many as are not much larger."""
        if self.is_adding:  # in a finalizer or a signal handler that interrupts the sum
            return
        self.is_adding = True
        try:
            parts = list(self.matrices)
            start, size = 0, 0
            if not all_of_them:
                start = max(len(parts) - BATCHES_KEPT, 0)
                size = sum(len(matrix._pairs) for matrix in parts[start:])
                while start and len(parts[start - 1]._pairs) <= 2 * size:
                    start -= 1
                    size += len(parts[start]._pairs)
            self.matrices[start : len(parts)] = [ConfusionMatrix._sum(parts[start:])]
            self.summed = start + 1
        finally:
            self.is_adding = False
