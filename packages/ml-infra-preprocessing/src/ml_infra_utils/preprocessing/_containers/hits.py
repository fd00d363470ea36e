"""Where a predicate holds in the columns of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._limits import BLOCK
from ml_infra_utils.preprocessing._statistics import ColumnPlaces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Hits:
    """How often a predicate holds in each column of a frame, and where it does first.

    To tell which column each hit is of takes longer than to find them all. So the hits wait until
    somebody asks, or until there is a block of them.
    """

    def __init__(self, width: int, limit: int) -> None:
        self.total = 0
        self._limit = limit
        self._counts = np.zeros(width, np.intp)
        self._first: list[list[tuple[int, Any]]] = []
        self._waiting: list[tuple[Sequence[int], int, int, np.ndarray, Any]] = []
        self._number_waiting = 0

    def add(
        self,
        places: Sequence[int],
        start: int,
        mask: np.ndarray,
        values: np.ndarray | Callable[[int, int], Any],
    ) -> None:
        """Add the hits of a mask of the columns at these places, whose first row is `start`.

        The values have the shape of the mask, or are read one by one, by place and row.
        """
        at = np.flatnonzero(mask.T)  # column by column
        if not len(at):
            return
        self.total += len(at)
        self._number_waiting += len(at)
        known = values.T.reshape(-1)[at] if isinstance(values, np.ndarray) else values
        self._waiting.append((places, start, len(mask), at, known))
        if self._number_waiting > BLOCK or callable(known):  # the frame may change later
            self._settle()

    def columns(self, places: Sequence[int], names: Sequence[Any]) -> list[ColumnPlaces]:
        """Return what was found in the columns at these places that have hits."""
        self._settle()
        counts = self._counts.tolist()
        return [
            ColumnPlaces(names[place], counts[place], tuple(self._first[place]))
            for place in places
            if counts[place]
        ]

    def _settle(self) -> None:
        """Count the hits that wait, and keep the first of each column."""
        if not self._first:
            self._first = [[] for _ in self._counts]
        for some, start, height, at, values in self._waiting:
            places = np.asarray(some)
            ends = np.searchsorted(at, np.arange(len(places) + 1) * height)
            counts = np.diff(ends)
            kept = np.minimum(counts, np.maximum(self._limit - self._counts[places], 0))
            self._counts[places] += counts
            columns = np.repeat(np.arange(len(places)), kept)
            # The place of each that is kept among those of its column, and then among all.
            order = np.arange(len(columns)) - np.repeat(np.cumsum(kept) - kept, kept)
            chosen = ends[columns] + order
            rows = (at[chosen] - columns * height + start).tolist()
            where = list(zip(places[columns].tolist(), rows))
            read = (
                [values(*each) for each in where] if callable(values) else values[chosen].tolist()
            )
            for (place, row), value in zip(where, read):
                self._first[place].append((row, value))
        self._waiting, self._number_waiting = [], 0
