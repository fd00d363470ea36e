"""How far two distributions lie apart."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

from ml_infra_utils.preprocessing._counts import Between
from ml_infra_utils.preprocessing._distributions import Numbers
from ml_infra_utils.preprocessing._limits import GROUPS, LEAST_SHARE, LISTED_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ml_infra_utils.preprocessing._distributions import Texts


def groups_of_numbers(reference: Numbers, current: Numbers) -> list[tuple[int, int]]:
    """Return how many numbers of either fall into each group of the reference.

    The groups are runs of whole bins that hold about a tenth of the reference each; what lies
    below or above the reference's range is a group of its own.
    """
    ends = _ends(reference)
    if not ends:
        return [(0, current.count)]
    counts = [[0, 0] for _ in range(len(ends) + 2)]
    first = next(iter(reference.bins))
    for which, distribution in enumerate((reference, current)):
        for key, each in distribution.bins.items():
            group = 0 if key < first else 1 + bisect_left(ends, key)
            counts[group][which] += each.rows
    return [(old, new) for old, new in counts]


def groups_of_texts(reference: Texts, current: Texts) -> list[tuple[int, int]]:
    """Return how many values of either are equal to each frequent value of the reference.

    The other values of the reference are a group, and so are those that it has not.
    """
    ordered = sorted(reference.counts, key=lambda value: (-reference.counts[value][0], str(value)))
    frequent = ordered[:LISTED_VALUES]
    groups = [
        (reference.counts[value][0], current.counts.get(value, (0, 0))[0]) for value in frequent
    ]
    rare = set(ordered[LISTED_VALUES:])
    new = current.hidden + sum(
        count for value, (count, _) in current.counts.items() if value not in reference.counts
    )
    others = [
        reference.hidden + sum(reference.counts[value][0] for value in rare),
        sum(count for value, (count, _) in current.counts.items() if value in rare),
    ]
    if reference.hidden:  # what is not listed may be one of the values that were left out
        return [*groups, (others[0], others[1] + new)]
    return [*groups, (others[0], others[1]), (0, new)]


def population_stability_index(groups: Sequence[tuple[int, int]]) -> float:
    """Return the sum of (p - q) ln(p / q) over the shares of groups.

    A share is at least 1e-4, so that an empty group has a logarithm.
    """
    shares = [(max(p, LEAST_SHARE), max(q, LEAST_SHARE)) for p, q in _shares(groups)]
    return math.fsum((p - q) * math.log(p / q) for p, q in shares)


def jensen_shannon(groups: Sequence[tuple[int, int]]) -> float:
    """Return the Jensen-Shannon distance of the shares of groups, from 0 to 1.

    It is the root of the divergence with logarithms of base 2.
    """
    terms = []
    for p, q in _shares(groups):
        middle = (p + q) / 2
        terms += [share * math.log2(share / middle) for share in (p, q) if share]
    return math.sqrt(max(0.0, math.fsum(terms) / 2))


def kolmogorov_smirnov(reference: Numbers, current: Numbers) -> Between:
    """Return bounds of the largest difference of the two cumulative shares.

    At the end of a bin both shares are known. Between the smallest and the largest number of a
    bin, a share is somewhere from that before to that after the bin.
    """
    if not reference.count or not current.count:
        return Between(math.nan, math.nan)
    floor = max(reference.floor, current.floor)
    one, other = (Numbers(each.bins, floor) for each in (reference, current))
    least = _largest_difference(_cumulative(one), _cumulative(other))
    places = sorted(
        {end for each in (one, other) for bin_ in each.bins.values() for end in bin_[1:]}
    )
    bounds = zip(_steps(one, places), _steps(other, places))
    most = max(max(a.most - b.least, b.most - a.least) for a, b in bounds)
    return Between(least, min(1.0, max(least, most)))


def _ends(reference: Numbers) -> list[int]:
    """Return the last bins of the groups of the reference."""
    total, before = reference.count, 0
    ends: list[int] = []
    for key, each in reference.bins.items():
        before += each.rows
        if before * GROUPS >= total * (len(ends) + 1):
            ends.append(key)
    return ends


def _shares(groups: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    old, new = (sum(each) or 1 for each in zip(*groups))
    return [(p / old, q / new) for p, q in groups]


def _cumulative(numbers: Numbers) -> list[tuple[int, float]]:
    total, before, shares = numbers.count, 0, []
    for key, each in numbers.bins.items():
        before += each.rows
        shares.append((key, before / total))
    return shares


def _largest_difference(one: Any, other: Any) -> float:
    a, b = dict(one), dict(other)
    largest = p = q = 0.0
    for key in sorted({**a, **b}):
        p, q = a.get(key, p), b.get(key, q)
        largest = max(largest, abs(p - q))
    return largest


def _steps(numbers: Numbers, places: Sequence[float]) -> Iterator[Between]:
    """Yield for each place which share of the numbers is not above it."""
    total, bins = numbers.count, list(numbers.bins.values())
    least = most = started = ended = 0
    for place in places:
        while started < len(bins) and bins[started].low <= place:
            most += bins[started].rows
            started += 1
        while ended < len(bins) and bins[ended].high <= place:
            least += bins[ended].rows
            ended += 1
        yield Between(least / total, most / total)
