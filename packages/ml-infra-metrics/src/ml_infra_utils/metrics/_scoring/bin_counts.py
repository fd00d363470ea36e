"""Count positives and negatives by the bin of their probability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Mapping, Sequence

from ml_infra_utils.metrics._counting import devices
from ml_infra_utils.metrics._exact_sums import simplest, sums_of_codes
from ml_infra_utils.metrics._reading.columns import column_of
from ml_infra_utils.metrics._reading.numbers import bits_of
from ml_infra_utils.metrics._scoring.bins import bins_of, lower_ends
from ml_infra_utils.metrics._scoring.scored_labels import read_scored_labels

if TYPE_CHECKING:
    from ml_infra_utils.metrics._exact_sums import Count
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike

    Counts = Sequence[Count]


def count_by_bin(
    probabilities: NumbersLike,
    labels: ClassesLike,
    positive_class: Hashable,
    bins: int,
    sample_weight: NumbersLike | None = None,
    *,
    warns: bool = True,
) -> tuple[Counts, Counts]:
    """Return the number, or weight, of positives and of negatives in each bin.

    Columns on a device are counted there, and only the counts are copied.
    """
    bits = bits_of(probabilities)
    predicted = column_of(probabilities).read("probabilities", "numbers")
    actual = column_of(labels).read("labels")
    xp = devices.shared_namespace(predicted, actual) if sample_weight is None else None
    if xp is not None:
        ends = lower_ends(bins, bits)
        sent = devices.count_bins(xp, predicted.values, actual.values, positive_class, ends)
        if sent is not None:
            return sent[bins:], sent[:bins]
    scores, hits, weights = read_scored_labels(
        predicted, actual, positive_class, sample_weight, "probabilities", warns=warns
    )
    index = bins_of(scores, bins, bits)
    if isinstance(index, list):
        codes: Any = [i + bins * hit for i, hit in zip(index, hits)]
    else:
        codes = index + bins * hits
    counts = sums_of_codes(codes, weights, 2 * bins)
    return counts[bins:], counts[:bins]


def join_by_bin(
    cells: Mapping[tuple[Hashable, int], Count], positive_class: Hashable, bins: int
) -> tuple[Counts, Counts]:
    """Return positives and negatives in each bin, of the counts by label and bin."""
    counts: list[list[Count]] = [[0] * bins, [0] * bins]
    for (label, index), n in cells.items():
        hit = label == positive_class
        counts[hit][index] = simplest(counts[hit][index] + n)
    return counts[True], counts[False]
