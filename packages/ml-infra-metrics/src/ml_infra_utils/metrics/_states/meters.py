"""A mutable accumulator around the immutable matrix, for loops and threads."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Hashable, Iterable

from ml_infra_utils.metrics._states.confusion import ConfusionMatrix

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike


class ClassificationMeter:
    """Count batch after batch; the state is a `ConfusionMatrix`.

    Safe to update from several threads; copies and pickles hold what was counted. Between
    processes send the state, which is a value: ``meter.compute()`` where pickle serves,
    ``meter.compute().to_dict()`` as JSON.

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
    >>> meter.compute().accuracy()
    0.75
    >>> meter.reset()
    """

    __slots__ = ("_empty", "_lock", "_matrix")

    _empty: ConfusionMatrix

    def __init__(self, classes: Iterable[Hashable] | None = None) -> None:
        empty = ConfusionMatrix.from_predictions([], [], classes=classes)
        if classes is not None and not empty.classes:
            raise ValueError("classes must be at least one, or None for those that occur")
        self.__setstate__((empty, empty))

    def __getstate__(self) -> tuple[ConfusionMatrix, ConfusionMatrix]:
        return self._empty, self._matrix

    def __setstate__(self, state: tuple[ConfusionMatrix, ConfusionMatrix]) -> None:
        self._empty, self._matrix = state
        self._lock = Lock()

    def update(
        self,
        predictions: ClassesLike,
        labels: ClassesLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> None:
        """Count a batch, as `ConfusionMatrix.from_predictions` does."""
        self.merge(
            ConfusionMatrix.from_predictions(
                predictions,
                labels,
                classes=self._empty.classes or None,
                sample_weight=sample_weight,
            )
        )

    def merge(self, other: ClassificationMeter | ConfusionMatrix) -> None:
        """Add what another meter, or its state, has counted.

        Raises
        ------
        ValueError
            If it has a class that is not among those of this meter.
        TypeError
            If it is neither a meter nor a matrix.
        """
        matrix = other.compute() if isinstance(other, ClassificationMeter) else other
        if not isinstance(matrix, ConfusionMatrix):
            raise TypeError(
                f"other must be a ClassificationMeter or a ConfusionMatrix, got {matrix!r}"
            )
        declared = self._empty.classes
        unknown = [name for name in matrix.classes if name not in declared] if declared else []
        if unknown:
            raise ValueError(f"other holds {unknown[0]!r}, which is not among classes={declared!r}")
        with self._lock:
            self._matrix += matrix

    def compute(self) -> ConfusionMatrix:
        """Return what was counted so far."""
        return self._matrix

    def reset(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self._matrix = self._empty
