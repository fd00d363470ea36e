"""Count the values of NumPy arrays by the bins of a distribution."""

from __future__ import annotations

import numpy as np

from ml_infra_utils.preprocessing._distributions import Numbers, numbers_in_bins
from ml_infra_utils.preprocessing._kernels.blocks import blocks_of
from ml_infra_utils.preprocessing._kernels.transforms import has_finite_sum
from ml_infra_utils.preprocessing._limits import BIN_BITS, BLOCK, SORTED_LENGTH

# The bits of a float64 above those that a bin leaves out; the highest is the sign.
_KEYS = 1 << (64 - BIN_BITS)


def distribution(x: np.ndarray) -> Numbers:
    """Return the distribution of all values of an array; NaN is left out."""
    bins = _sorted(x) if x.size <= SORTED_LENGTH else _tabled(x)
    return numbers_in_bins(zip(*(each.tolist() for each in bins)))


def _sorted(x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the bins that are met, their counts, minima and maxima, by sorting the values."""
    values = _present(x.reshape(-1), np.empty(x.size))
    values.sort()
    bits = _bits(values, np.empty(x.size, np.uint64))
    firsts = np.flatnonzero(np.append(len(bits) > 0, bits[1:] != bits[:-1]))
    ends = np.append(firsts, len(bits))[1:]
    return _keys(bits[firsts]), ends - firsts, values[firsts], values[ends - 1]


def _tabled(x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the same of many values, for which a table of all bins is quicker."""
    counts = np.zeros(_KEYS, np.int64)
    lows, highs = np.full(_KEYS, np.inf), np.full(_KEYS, -np.inf)
    floats, keys = np.empty(BLOCK), np.empty(BLOCK, np.uint64)
    for block in blocks_of(x):
        values = _present(block, floats)
        bits = _bits(values, keys)
        np.add.at(counts, bits, 1)
        np.minimum.at(lows, bits, values)
        np.maximum.at(highs, bits, values)
    met = np.flatnonzero(counts)
    return _keys(met), counts[met], lows[met], highs[met]


def _present(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write the values that are there as float64, with one zero instead of two."""
    present = x if has_finite_sum(x) else x[~np.isnan(x)]
    values = out[: len(present)]
    with np.errstate(over="ignore"):  # of long doubles
        np.add(present, 0.0, out=values, casting="unsafe")
    return values


def _bits(values: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write the bits of floats that number their bins."""
    bits = out[: len(values)]
    np.right_shift(values.view(np.uint64), np.uint64(BIN_BITS), out=bits)
    return bits.view(np.int64)


def _keys(bits: np.ndarray) -> np.ndarray:
    """Return the numbers of bins: those of negative numbers are negative."""
    return np.where(bits < _KEYS // 2, bits, _KEYS // 2 - bits)
