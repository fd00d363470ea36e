"""Count and sum up arrays of other libraries where they lie, and copy only the sums.

The arrays follow the array API standard. What does not fit a function here gives None: it is
copied as a whole, and counted or refused as a NumPy array is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Hashable, Sequence

from ml_infra_utils.metrics._counting.arrays import count_arrays
from ml_infra_utils.metrics._formulas.errors import sums_of_arrays
from ml_infra_utils.metrics._limits import WIDEST_RANGE_OF_PAIRS
from ml_infra_utils.metrics._reading.columns import Column, on_host

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import Counted


def shared_namespace(first: Column, second: Column) -> Any:
    """Return the functions for two columns of one library on one device; None for all others.

    The columns were read, so that what is neither a list nor of NumPy stays where it lies.
    """
    arrays = first.values, second.values
    if first.is_list or first.is_numpy or type(arrays[0]) is not type(arrays[1]):
        return None
    if _device_of(arrays[0]) != _device_of(arrays[1]):
        return None
    import array_api_compat

    return array_api_compat.array_namespace(*arrays)


def count_pairs(xp: Any, predicted: Any, actual: Any) -> Counted:
    """Count pairs of integers.

    One small transfer carries the smallest class, the range of classes, and code and count of
    each pair.
    """
    if actual.shape[0] == 0:
        return {}
    booleans = xp.isdtype(predicted.dtype, "bool") and xp.isdtype(actual.dtype, "bool")
    predictions, labels = xp.astype(predicted, xp.int64), xp.astype(actual, xp.int64)
    low = xp.min(xp.stack([xp.min(predictions), xp.min(labels)]))
    high = xp.max(xp.stack([xp.max(predictions), xp.max(labels)]))
    span = high - low + 1
    pairs, counts = xp.unique_counts((labels - low) * span + (predictions - low))
    bounds = xp.stack([low, span])
    sent: list[int] = on_host(xp.concat([bounds, pairs, xp.astype(counts, xp.int64)])).tolist()
    first, width, present = sent[0], sent[1], (len(sent) - 2) // 2
    if not 0 < width < WIDEST_RANGE_OF_PAIRS:
        return count_arrays(on_host(predictions), on_host(labels))
    as_class = bool if booleans else int
    return {
        (as_class(first + code // width), as_class(first + code % width)): n
        for code, n in zip(sent[2 : 2 + present], sent[2 + present :])
    }


def count_indicators(xp: Any, predicted: Any, actual: Any) -> list[int] | None:
    """Return the hits, predictions and labels of each column, then all and right rows."""
    if len(actual.shape) != 2 or predicted.shape != actual.shape:
        return None
    predicted, actual = _as_integers(xp, predicted), _as_integers(xp, actual)
    if predicted is None or actual is None:
        return None
    wrong = xp.any((predicted * (predicted - 1) != 0) | (actual * (actual - 1) != 0))
    right = xp.all(predicted == actual, axis=1)
    sums = [xp.sum(flags, axis=0) for flags in (predicted * actual, predicted, actual)]
    rows = xp.stack([xp.sum(xp.astype(right, xp.int64)), xp.astype(wrong, xp.int64)])
    *counts, exact, is_wrong = on_host(xp.concat([*sums, rows])).tolist()
    return None if is_wrong else [*counts, actual.shape[0], exact]


def count_bins(
    xp: Any, probabilities: Any, labels: Any, positive_class: Hashable, edges: Sequence[float]
) -> list[int] | None:
    """Return how many negatives lie in each bin, whose lower edges are given, then positives.

    None also where there is no positive label, which may have to be warned of.
    """
    if not _are_columns(probabilities, labels) or not isinstance(positive_class, int):
        return None
    actual = _as_integers(xp, labels)
    if actual is None or not xp.isdtype(probabilities.dtype, "real floating"):
        return None
    if probabilities.dtype != xp.float64:
        probabilities = xp.astype(probabilities, xp.float32)  # of which half precision is a part
    starts = xp.asarray(edges, dtype=probabilities.dtype, device=_device_of(probabilities))
    index = xp.astype(xp.searchsorted(starts, probabilities, side="right") - 1, xp.int64)
    hits = xp.astype(actual == int(positive_class), xp.int64)
    are_right = xp.all((probabilities >= 0) & (probabilities <= 1))
    codes, counts = xp.unique_counts(index + len(edges) * hits)
    right = xp.stack([xp.astype(are_right, xp.int64)])
    is_right, *sent = on_host(xp.concat([right, codes, xp.astype(counts, xp.int64)])).tolist()
    held = dict(zip(sent[: len(sent) // 2], sent[len(sent) // 2 :]))
    if not is_right or max(held) < len(edges):
        return None
    return [held.get(code, 0) for code in range(2 * len(edges))]


def sum_errors(xp: Any, predictions: Any, labels: Any) -> list[float] | None:
    """Return the sums of `RegressionErrors`, in the order of its fields."""
    if not _are_columns(predictions, labels):
        return None
    kinds = ("bool", "integral", "real floating")
    if not all(xp.isdtype(column.dtype, kinds) for column in (predictions, labels)):
        return None
    if "float64" not in xp.__array_namespace_info__().dtypes(device=_device_of(labels)):
        return None  # as on Apple's GPUs
    predicted, actual = xp.astype(predictions, xp.float64), xp.astype(labels, xp.float64)
    sums = xp.stack(sums_of_arrays(xp, predicted, actual, None))
    sent: list[float] = on_host(sums).tolist()
    return sent if all(map(math.isfinite, sent)) else None


def _are_columns(first: Any, second: Any) -> bool:
    """Say whether both are columns of one length, of at least one example."""
    return len(first.shape) == 1 and first.shape == second.shape and first.shape[0] > 0


def _as_integers(xp: Any, array: Any) -> Any:
    """Return booleans and integers as int64; None for what must be looked at."""
    return xp.astype(array, xp.int64) if xp.isdtype(array.dtype, ("bool", "integral")) else None


def _device_of(array: Any) -> Any:
    import array_api_compat

    return array_api_compat.device(array)
