"""How far two distributions lie apart, from their counts by group."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Hashable, Mapping, Sequence, Tuple

from ml_infra_utils.metrics._formulas.intervals import Interval
from ml_infra_utils.metrics._limits import GROUPS_OF_A_REFERENCE, LEAST_SHARE
from ml_infra_utils.metrics._words import MOST_NAMES

if TYPE_CHECKING:
    from ml_infra_utils.metrics._formulas.counts import Real

Groups = Sequence[Tuple["Real", "Real"]]  # of the reference, and of what is compared with it


def groups_of_bins(reference: Sequence[Real], current: Sequence[Real]) -> Groups:
    """Return the counts of runs of bins that hold about a tenth of the reference each.

    What lies below or above the range of the reference is a group of its own.
    """
    occupied = [place for place, n in enumerate(reference) if n]
    first, last = occupied[0], occupied[-1]
    total = sum(reference)
    ends: list[int] = []
    for place, before in enumerate(accumulate(reference)):
        if first <= place <= last and before * GROUPS_OF_A_REFERENCE >= total * (len(ends) + 1):
            ends.append(place)
    counts: list[list[Real]] = [[0, 0] for _ in range(len(ends) + 2)]
    for which, bins in enumerate((reference, current)):
        for place, n in enumerate(bins):
            counts[0 if place < first else 1 + bisect_left(ends, place)][which] += n
    return [(old, new) for old, new in counts]


def groups_of_classes(
    reference: Mapping[Hashable, Real], current: Mapping[Hashable, Real]
) -> Groups:
    """Return the counts of each frequent class of the reference.

    Its other classes are a group, and so are those that it has not.
    """
    ordered = sorted(reference, key=lambda name: (-reference[name], repr(name)))
    frequent, rare = ordered[:MOST_NAMES], ordered[MOST_NAMES:]
    counts = [(reference[name], current.get(name, 0)) for name in frequent]
    counts.append((_total(reference, rare), _total(current, rare)))
    new = [name for name in current if name not in reference]
    return [*counts, (0, _total(current, new))]


def population_stability_index(groups: Groups) -> float:
    """Return the sum of (p - q) ln(p / q) over the shares of groups.

    A share is at least 1e-4, so that an empty group has a logarithm.
    """
    shares = [(max(p, LEAST_SHARE), max(q, LEAST_SHARE)) for p, q in _shares(groups)]
    return math.fsum((p - q) * math.log(p / q) for p, q in shares)


def jensen_shannon(groups: Groups) -> float:
    """Return the Jensen-Shannon distance of the shares of groups, from 0 to 1.

    It is the root of the divergence with logarithms of base 2 (Lin 1991).
    """
    terms = []
    for p, q in _shares(groups):
        middle = (p + q) / 2
        terms += [share * math.log2(share / middle) for share in (p, q) if share]
    return math.sqrt(min(1.0, max(0.0, math.fsum(terms) / 2)))


def kolmogorov_smirnov(counts: Groups, *, are_bins: bool) -> Interval:
    """Return bounds of the largest difference of two cumulative shares, in the order of counts.

    At the ends of a bin both shares are known; within it, each is somewhere from that before to
    that after. Classes have nothing within, so that both bounds are the distance itself.
    """
    least = most = p = q = 0.0
    sums = [list(accumulate(column)) for column in zip(*counts)]
    for old, new in zip(*([float(n / column[-1]) for n in column] for column in sums)):
        least = max(least, abs(old - new))
        most = max(most, old - q, new - p)
        p, q = old, new
    return Interval(least, max(least, most) if are_bins else least)


def _total(counts: Mapping[Hashable, Real], names: Sequence[Hashable]) -> Real:
    return sum((counts.get(name, 0) for name in names), 0)


def _shares(groups: Groups) -> list[tuple[float, float]]:
    old, new = (sum(column) for column in zip(*groups))
    return [(float(p / old), float(q / new)) for p, q in groups]
