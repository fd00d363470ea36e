"""Count the values of NumPy arrays by the bins of a distribution."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._counts import Bin
from ml_infra_utils.preprocessing._distributions import Numbers, numbers_in_bins
from ml_infra_utils.preprocessing._kernels.blocks import blocks_of
from ml_infra_utils.preprocessing._kernels.transforms import has_finite_sum
from ml_infra_utils.preprocessing._limits import BIN_BITS, BLOCK, SORTED_LENGTH
from ml_infra_utils.preprocessing._times import EARLIEST, LATEST, Times, shift_of, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# The bits of a float64 above those that a bin leaves out; the highest is the sign.
_KEYS = 1 << (64 - BIN_BITS)


def distributions(columns: Iterable[np.ndarray]) -> Iterator[Numbers]:
    """Yield the distribution of all values of each array; NaN is left out."""
    tables = None
    for x in columns:
        if x.size <= SORTED_LENGTH:
            bins = _sorted(x)
        else:
            tables = np.zeros((3, _KEYS), np.uint64) if tables is None else tables
            bins = _tabled(x, tables)
        yield numbers_in_bins(partial(_listed, bins))


def times(microseconds: np.ndarray, kind: str) -> Times:
    """Return the distribution of dates or times, each so many microseconds from 1970 on."""
    values = np.sort(microseconds.clip(EARLIEST, LATEST)) // unit_of(kind)
    if not len(values):
        return Times(kind, 0, {})
    shift = shift_of(int(values[0]), int(values[-1]))
    keys = values >> shift
    firsts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    ends = np.append(firsts, len(keys))[1:]
    bins = zip(*(each.tolist() for each in (ends - firsts, values[firsts], values[ends - 1])))
    return Times(kind, shift, dict(zip(keys[firsts].tolist(), (Bin(*each) for each in bins))))


def _listed(bins: Sequence[np.ndarray]) -> Iterator[Any]:
    return zip(*(each.tolist() for each in bins))


def _sorted(x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the bins that are met, their counts, minima and maxima, by sorting the values."""
    values = np.sort(_present(x.reshape(-1), np.empty(x.size))) + 0.0  # one zero instead of two
    keys = _keys(values.view(np.uint64), np.empty(x.size, np.uint64))
    firsts = np.flatnonzero(np.append(len(keys) > 0, keys[1:] != keys[:-1]))
    ends = np.append(firsts, len(keys))[1:]
    return _numbered(keys[firsts]), ends - firsts, values[firsts], values[ends - 1]


def _tabled(x: np.ndarray, tables: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the same of many values, for which tables of all bins are quicker.

    The tables are full of zeros before and after. Zero is below all bits, those of minima are
    turned over, and so a bin that is not met costs nothing.
    """
    counts, lows, highs = tables[0].view(np.int64), tables[1], tables[2]
    floats, numbers = np.empty(BLOCK), np.empty((2, BLOCK), np.uint64)
    for block in blocks_of(x):
        bits = _present(block, floats).view(np.uint64)
        keys = _keys(bits, numbers[0])
        np.add.at(counts, keys, 1)
        np.maximum.at(highs, keys, bits)
        np.maximum.at(lows, keys, np.invert(bits, out=numbers[1, : len(bits)]))
    met = np.flatnonzero(counts)
    rows = counts[met]
    ends = np.stack([~lows[met], highs[met]]).view(float) + 0.0
    tables[:, met] = 0
    return _numbered(met), rows, ends.min(axis=0), ends.max(axis=0)


def _present(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Return the values that are there as float64 in one piece: themselves, or in `out`."""
    if x.dtype != np.float64 or not x.flags.c_contiguous:
        with np.errstate(over="ignore"):  # of long doubles
            np.copyto(out[: len(x)], x, casting="unsafe")
        x = out[: len(x)]
    return x if has_finite_sum(x) else x[~np.isnan(x)]


def _keys(bits: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write the bits of floats that number their bins."""
    keys = out[: len(bits)]
    np.right_shift(bits, np.uint64(BIN_BITS), out=keys)
    return keys.view(np.int64)


def _numbered(keys: np.ndarray) -> np.ndarray:
    """Return the numbers of bins: those of negative numbers are negative."""
    return np.where(keys < _KEYS // 2, keys, _KEYS // 2 - keys)
