"""Count pairs of integers in NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Hashable, Sequence

from ml_infra_utils.metrics._counting.pair_counts import Counted, PairCounts, PairTable
from ml_infra_utils.metrics._exact_sums import Count, exact_sums
from ml_infra_utils.metrics._limits import (
    CODES_AS_THEY_ARE,
    CODES_IN_CACHE,
    INT64_MAX,
    PAIRED_CODES_IN_CACHE,
    WIDEST_RANGE_OF_CODES,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer[Any]]

_UNSIGNED = {1: "u1", 2: "u2", 4: "u4", 8: "u8"}


def count_arrays(predicted: Integers, actual: Integers) -> Counted:
    """Count pairs of integers or booleans in NumPy arrays of one length."""
    if not actual.size:
        return {}
    return tabulate(*_encode(predicted, actual))


def weigh_arrays(
    predicted: Integers, actual: Integers, weights: npt.NDArray[np.float64]
) -> PairCounts:
    """Sum the weights of pairs, exactly; a pair of weight zero keeps its cell."""
    import numpy as np

    if not actual.size:
        return {}
    predicted, actual, classes = _encode(predicted, actual)
    pairs, codes = np.unique(_pair_codes(predicted, actual, len(classes)), return_inverse=True)
    sums = exact_sums(codes, weights, len(pairs))
    return _cells(pairs, sums, classes)


def count_equal_arrays(predicted: Any, actual: Any) -> int:
    """Count the positions at which two NumPy arrays are equal."""
    import numpy as np

    return int(np.count_nonzero(predicted == actual))


def tabulate(predicted: Integers, actual: Integers, classes: Sequence[Hashable]) -> Counted:
    """Count pairs of codes, which are indices into the classes."""
    width = len(classes)
    if width * width <= max(CODES_AS_THEY_ARE, 4 * actual.size):
        return PairTable(classes, _table(predicted, actual, width).tolist())
    import numpy as np

    codes, counts = np.unique(_pair_codes(predicted, actual, width), return_counts=True)
    return _cells(codes, counts.tolist(), classes)


def _cells(pairs: Integers, counts: Sequence[Count], classes: Sequence[Hashable]) -> PairCounts:
    width = len(classes)
    return {
        (classes[pair // width], classes[pair % width]): n
        for pair, n in zip(pairs.tolist(), counts)
    }


def _pair_codes(predicted: Integers, actual: Integers, width: int) -> npt.NDArray[np.int64]:
    import numpy as np

    codes: npt.NDArray[np.int64] = np.multiply(actual, width, dtype=np.int64)
    codes += predicted
    return codes


def _encode(predicted: Integers, actual: Integers) -> tuple[Integers, Integers, Sequence[Hashable]]:
    """Return both as indices into the classes, and the classes."""
    import numpy as np

    booleans = predicted.dtype.kind == actual.dtype.kind == "b"
    predicted, actual = _bits_as_integers(predicted), _bits_as_integers(actual)
    largest = max(_largest(predicted), _largest(actual))
    if largest < CODES_AS_THEY_ARE:
        return predicted, actual, (False, True) if booleans else range(largest + 1)
    predicted, actual = predicted.astype(np.int64), actual.astype(np.int64)
    low, high = (
        min(int(predicted.min()), int(actual.min())),
        max(int(predicted.max()), int(actual.max())),
    )
    if high - low >= WIDEST_RANGE_OF_CODES:
        classes, codes = np.unique(np.concatenate((predicted, actual)), return_inverse=True)
        return codes[: predicted.size], codes[predicted.size :], classes.tolist()
    predicted -= low
    actual -= low
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[predicted] = True
    seen[actual] = True
    codes = np.cumsum(seen) - 1
    return codes[predicted], codes[actual], (np.flatnonzero(seen) + low).tolist()


def _bits_as_integers(array: Integers) -> Integers:
    import numpy as np

    return array.view(np.uint8) if array.dtype.kind == "b" else array


def _largest(array: Integers) -> int:
    """Return the largest integer, or 2**63 if there is a negative one.

    Read as unsigned, negative integers are the largest, so one pass finds both.
    """
    size = array.dtype.itemsize
    largest = int(array.view(_UNSIGNED[size]).max())
    return INT64_MAX + 1 if array.dtype.kind == "i" and largest >> (8 * size - 1) else largest


def _table(predicted: Integers, actual: Integers, width: int) -> npt.NDArray[np.int64]:
    """Return the dense counts of label * width + prediction, binned block by block."""
    import numpy as np

    if actual.size <= CODES_IN_CACHE:
        return np.bincount(_pair_codes(predicted, actual, width), minlength=width * width)
    kind = np.uint8 if width <= 16 else np.uint16 if width <= 256 else np.uint32
    paired = width <= 16 and actual.size >= PAIRED_CODES_IN_CACHE
    even = actual.size - actual.size % 2 if paired else actual.size
    block = PAIRED_CODES_IN_CACHE if paired else CODES_IN_CACHE
    bins = np.zeros(1 << 16 if paired else width * width, dtype=np.int64)
    for start in range(0, even, block):
        stop = min(start + block, even)
        codes = actual[start:stop].astype(kind)
        np.multiply(codes, kind(width), out=codes)
        np.add(codes, predicted[start:stop], out=codes, casting="unsafe")
        bins += np.bincount(codes.view(np.uint16) if paired else codes, minlength=bins.size)
    if not paired:
        return bins
    square: npt.NDArray[np.int64] = bins.reshape(256, 256)
    folded: npt.NDArray[np.int64] = square.sum(axis=0) + square.sum(axis=1)
    return folded[: width * width] + _table(predicted[even:], actual[even:], width)
