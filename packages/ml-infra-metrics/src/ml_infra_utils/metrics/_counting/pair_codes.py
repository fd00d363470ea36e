"""Pairs of integers as one integer each: quick to keep batch by batch, however many classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Iterable, NamedTuple, Sequence

from ml_infra_utils.metrics._limits import WIDEST_RANGE_OF_PAIRS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ml_infra_utils.metrics._counting.pair_counts import PairCounts
    from ml_infra_utils.metrics._counting.pairs import Pair

    Integers = npt.NDArray[np.int64]


class PairCodes(NamedTuple):
    """Codes ``label * 2**32 + prediction``, and how often each occurs; None for once each."""

    codes: Integers
    counts: Integers | None = None

    def cells(self) -> PairCounts:
        """Return the counts of the pairs, whose codes are all different."""
        labels = (self.codes + (1 << 31)) >> 32  # a negative prediction takes one from its label
        predictions = self.codes - (labels << 32)
        counts = [1] * len(labels) if self.counts is None else self.counts.tolist()
        return dict(zip(zip(labels.tolist(), predictions.tolist()), counts))


def as_pair_codes(
    pair: Pair, known: Integers | None, ignored: Iterable[Hashable]
) -> PairCodes | None:
    """Return the pairs of two columns whose label is not ignored, in their order.

    None means that the general road must count, check or refuse: the columns are no NumPy arrays
    of integers, or hold others than the known ones, which are sorted.
    """
    if not pair.predicted.is_numpy or not pair.actual.is_numpy:
        return None
    predicted, actual = pair.predicted.values, pair.actual.values
    if not len(actual) or any(column.dtype.kind not in "iu" for column in (predicted, actual)):
        return None
    import numpy as np

    kept = np.ones(len(actual), dtype=bool)
    for name in ignored:
        if not isinstance(name, int):
            return None
        kept &= actual != name
    if not kept.all():
        predicted, actual = predicted[kept], actual[kept]
    if not all(_are_known(column, known) for column in (predicted, actual)):
        return None
    return PairCodes((actual.astype(np.int64) << 32) + predicted)


def _are_known(column: Any, known: Integers | None) -> bool:
    if not len(column):
        return True
    low, high = int(column.min()), int(column.max())
    if known is None:
        return -WIDEST_RANGE_OF_PAIRS <= low <= high < WIDEST_RANGE_OF_PAIRS
    if not known[0] <= low <= high <= known[-1]:
        return False
    if known[-1] - known[0] == len(known) - 1:
        return True
    return bool((known[known.searchsorted(column)] == column).all())


def sorted_integers(classes: Sequence[Hashable]) -> Integers | None:
    """Return the classes as known ones, if all are integers that have codes."""
    if not all(type(name) is int and abs(name) < WIDEST_RANGE_OF_PAIRS for name in classes):
        return None
    import numpy as np

    return np.sort(np.array(classes, dtype=np.int64))


def add_codes(parts: Sequence[PairCodes]) -> PairCodes:
    """Return all codes, each once and sorted, with their counts."""
    import numpy as np

    codes = np.concatenate([part.codes for part in parts])
    if all(part.counts is None for part in parts):
        return PairCodes(*np.unique(codes, return_counts=True))
    counts = np.concatenate(
        [np.ones_like(part.codes) if part.counts is None else part.counts for part in parts]
    )
    order = codes.argsort(kind="stable")
    codes, counts = codes[order], counts[order]
    starts = np.flatnonzero(np.diff(codes, prepend=codes[:1] - 1))
    return PairCodes(codes[starts], np.add.reduceat(counts, starts) if len(starts) else counts)
