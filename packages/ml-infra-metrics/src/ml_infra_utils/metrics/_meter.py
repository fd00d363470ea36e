"""A mutable accumulator around the immutable matrix, for loops and threads."""

from __future__ import annotations

from threading import Lock
from typing import Hashable, Iterable

from ml_infra_utils.metrics._confusion import ConfusionMatrix


class ClassificationMeter:
    """Count batch after batch; the state is a `ConfusionMatrix`.

    Safe to update from several threads. Between processes send the state, which is a value:
    ``meter.compute()`` where pickle serves, ``meter.compute().to_dict()`` as JSON.

    Parameters
    ----------
    classes : iterable of hashable, optional
        The classes that may occur, in the order to keep. By default those that occur, sorted.

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

    def __init__(self, classes: Iterable[Hashable] | None = None) -> None:
        self._empty = ConfusionMatrix.from_predictions([], [], classes=classes)
        self._matrix = self._empty
        self._lock = Lock()

    def update(
        self,
        predictions: Iterable[Hashable],
        labels: Iterable[Hashable],
        *,
        sample_weight: Iterable[float] | None = None,
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
        """Add what another meter, or its state, has counted."""
        matrix = other.compute() if isinstance(other, ClassificationMeter) else other
        with self._lock:
            self._matrix += matrix

    def compute(self) -> ConfusionMatrix:
        """Return what was counted so far."""
        return self._matrix

    def reset(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self._matrix = self._empty
