"""Probabilities in bins of equal width or mass: their sums, and how well they are calibrated."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import Any, Iterable, List, Sequence, Tuple

from ml_infra_utils.metrics._limits import BITS_OF_FLOAT64
from ml_infra_utils.metrics._options import check_threshold
from ml_infra_utils.metrics._words import described

Columns = Tuple[List[float], List[float], List[float]]


def bins_of(probabilities: Any, bins: int, bits: int = BITS_OF_FLOAT64) -> Any:
    """Return the index of each probability's bin: the last whose lower end is not above it.

    The lower ends are those of `lower_ends`.
    """
    edges = lower_ends(bins, bits)
    if isinstance(probabilities, list):
        return [bisect_right(edges, p) - 1 for p in probabilities]
    import numpy as np

    if bits < BITS_OF_FLOAT64:
        return np.searchsorted(np.array(edges), probabilities, side="right") - 1
    ends = np.array([*edges, math.inf])
    index = np.minimum((probabilities * bins).astype(np.intp), bins - 1)
    index -= probabilities < ends[index]  # The product may be rounded up or
    index += probabilities >= ends[index + 1]  # down: 0.29 * 100 is less than 29.
    return index


@lru_cache(maxsize=4)  # a meter asks for the same with each batch
def lower_ends(bins: int, bits: int = BITS_OF_FLOAT64) -> Sequence[float]:
    """Return where bins of equal width begin.

    The ends are rounded to floats of as many bits as the probabilities had, so that 0.7 of single
    precision lies on the edge 0.7.
    """
    return tuple(_round_to(i / bins, bits) for i in range(bins))


def _round_to(value: float, bits: int) -> float:
    """Return the nearest float whose significand has so many bits."""
    fraction, exponent = math.frexp(value)
    return math.ldexp(round(math.ldexp(fraction, bits)), exponent - bits)


def edge_of(threshold: Any, bins: int) -> int:
    """Return the number of bins below a threshold; raise where it lies within a bin."""
    check_threshold(threshold)
    index = round(float(threshold) * bins)
    if abs(threshold - index / bins) > 2**-50:
        raise ValueError(
            f"threshold must be the end of one of {bins} bins, such as {index / bins!r}, "
            f"got {described(threshold)}"
        )
    return index


def bins_of_equal_mass(probabilities: Any, weights: Any, bins: int) -> Any:
    """Return the index of each probability's bin, so that all bins weigh about the same.

    Equal probabilities share a bin: the one in which the middle of their weight lies.
    """
    if isinstance(probabilities, list):
        sums: dict[float, Any] = {}
        for p, weight in zip(probabilities, weights or [1] * len(probabilities)):
            sums[p] = sums.get(p, 0) + weight
        distinct = sorted(sums)
        shares = [sums[p] for p in distinct]
        index = dict(zip(distinct, _bins_of_middles(shares, accumulate(shares), bins)))
        return [index[p] for p in probabilities]
    import numpy as np

    values, places = np.unique(probabilities, return_inverse=True)
    masses = np.bincount(places, weights=weights, minlength=len(values))
    middles = _bins_of_middles(masses.tolist(), np.cumsum(masses).tolist(), bins)
    return np.array(middles, dtype=np.intp)[places]


def _bins_of_middles(shares: Sequence[Any], ends: Iterable[Any], bins: int) -> list[int]:
    """Return in which bin of the whole the middle of each share lies, by where it ends."""
    ends = list(ends)
    whole = 2 * ends[-1] if ends else 0
    return [
        min(int((2 * end - share) * bins // whole), bins - 1) if whole else 0
        for share, end in zip(shares, ends)
    ]


def sums_by_bin(
    probabilities: Any, hits: Any, weights: Any, *, bins: int, bits: int, strategy: str = "uniform"
) -> Columns:
    """Return the sums by bin: of probabilities, of positives, and of all.

    Bins have equal width, or with the strategy "quantile" equal mass.
    """
    if strategy == "uniform":
        index = bins_of(probabilities, bins, bits)
    else:
        index = bins_of_equal_mass(probabilities, weights, bins)
    if not isinstance(probabilities, list):
        import numpy as np

        shares = np.ones(len(index), dtype=np.int64) if weights is None else weights
        return (
            np.bincount(index, weights=probabilities * shares, minlength=bins).tolist(),
            np.bincount(index, weights=hits * shares, minlength=bins).tolist(),
            np.bincount(index, weights=weights, minlength=bins).tolist(),
        )
    sums: Columns = ([0] * bins, [0] * bins, [0] * bins)
    for i, p, hit, weight in zip(index, probabilities, hits, weights or [1] * len(index)):
        sums[0][i] += weight * p
        sums[1][i] += weight * hit
        sums[2][i] += weight
    return sums


def calibration_points(
    probabilities: Sequence[float], positives: Sequence[float], weights: Sequence[float]
) -> Columns:
    """Return mean probability, fraction of positives and weight of each bin that is not empty.

    What is passed are sums by bin: of probabilities, of positives, and of all.
    """
    rows = [row for row in zip(probabilities, positives, weights) if row[2]]
    return (
        [p / w for p, _, w in rows],
        [hits / w for _, hits, w in rows],
        [w for _, _, w in rows],
    )


def calibration_error(points: Columns, norm: str = "mean") -> float:
    """Return the distances of probability and frequency of all bins as one number.

    The norm is their "mean" or the "root mean square", weighted by bin, or the "maximum". It is
    nan where every bin is empty.
    """
    weights = points[2]
    if not weights:
        return math.nan
    distances = [abs(p - f) for p, f in zip(*points[:2])]
    if norm == "maximum":
        return max(distances)
    power = 1 if norm == "mean" else 2
    total = math.fsum(w * d**power for w, d in zip(weights, distances)) / math.fsum(weights)
    return total if norm == "mean" else math.sqrt(total)
