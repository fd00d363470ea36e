"""Sums of the errors of predicted numbers, from which every score of them follows."""

from __future__ import annotations

import math
from typing import Any, Sequence

from ml_infra_utils.metrics._limits import LEAST_LABEL


def sums_of_lists(
    predicted: Sequence[float], actual: Sequence[float], weights: Sequence[float] | None
) -> tuple[float, ...]:
    """Return the sums of `RegressionErrors` of at least one example, in the order of its fields."""
    weights = [1.0] * len(actual) if weights is None else weights
    errors = [p - y for p, y in zip(predicted, actual)]
    # Distances from one label keep the digits that a large offset would take.
    offsets = [y - actual[0] for y in actual]
    rows = list(zip(weights, errors, predicted, actual))
    weight = math.fsum(weights)
    offset = math.fsum(w * d for w, d in zip(weights, offsets)) / weight
    return (
        weight,
        math.fsum(w * abs(e) for w, e in zip(weights, errors)),
        math.fsum(w * e * e for w, e in zip(weights, errors)),
        actual[0] + offset,
        math.fsum(w * (d - offset) ** 2 for w, d in zip(weights, offsets)),
        math.fsum(w * e for w, e, _, _ in rows),
        math.fsum(w * (abs(e) / max(abs(y), LEAST_LABEL)) for w, e, _, y in rows),
        math.fsum(w * (2 * abs(e) / (abs(p) + abs(y))) for w, e, p, y in rows if e),
        max((abs(e) for w, e, _, _ in rows if w), default=0.0),
        math.fsum(w * abs(y) for w, _, _, y in rows),
    )


def sums_of_arrays(xp: Any, predicted: Any, actual: Any, weights: Any) -> tuple[Any, ...]:
    """Return the same of float64 arrays, as numbers of a library that follows the array API.

    A sum that a float cannot hold is not finite.
    """
    shares = xp.ones_like(actual) if weights is None else weights
    weight = xp.sum(shares)
    errors, offsets = predicted - actual, actual - actual[0]
    offset = xp.sum(offsets * shares) / weight
    absolute, sizes = xp.abs(errors), xp.abs(actual)
    both = xp.abs(predicted) + sizes  # infinite of two large ones, which need not err
    symmetric = 2 * absolute / xp.where(both > 0, both, xp.ones_like(both))
    relative = absolute / xp.maximum(sizes, xp.full_like(sizes, LEAST_LABEL))
    weighing = xp.where(shares > 0, absolute, xp.zeros_like(absolute))
    return (
        weight,
        xp.sum(absolute * shares),
        xp.sum(errors * errors * shares),
        actual[0] + offset,
        xp.sum((offsets - offset) ** 2 * shares),
        xp.sum(errors * shares),
        xp.sum(relative * shares),
        xp.sum(symmetric * shares),
        xp.max(weighing),
        xp.sum(sizes * shares),
    )
