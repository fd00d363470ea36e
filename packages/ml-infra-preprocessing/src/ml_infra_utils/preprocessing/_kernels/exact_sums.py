"""Sums of NumPy arrays that are rounded once, as those of `math.fsum` are.

So a list has the same mean and deviation whether it was packed into an array or not.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from ml_infra_utils.preprocessing._kernels.transforms import apply
from ml_infra_utils.preprocessing._limits import PACKED_PIECE

# A piece has fewer values than this power of two.
_PIECE_BITS = PACKED_PIECE.bit_length()


def less(x: np.ndarray, origin: float) -> np.ndarray:
    """Return values less an origin, as floats: integers exactly before they are rounded."""
    out = np.empty(len(x))
    apply(x, [("offset", origin)], out)
    return out


def scaled(x: np.ndarray, exponent: int) -> np.ndarray:
    """Return values multiplied by a power of two, as floats."""
    result: np.ndarray = np.ldexp(x.astype(float, copy=False), exponent)
    return result


def total(x: np.ndarray) -> float:
    """Return the sum of finite values."""
    pieces = range(0, len(x), PACKED_PIECE)
    return math.fsum(
        part
        for start in pieces
        for part in _parts(x[start : start + PACKED_PIECE].astype(float, copy=False))
    )


def squares(x: np.ndarray, mean: float) -> float:
    """Return the sum of the squares of deviations from a mean."""
    parts: list[float] = []
    for start in range(0, len(x), PACKED_PIECE):
        deviations = x[start : start + PACKED_PIECE] - mean
        deviations *= deviations
        parts += _parts(deviations)
    return math.fsum(parts)


def _parts(rest: np.ndarray) -> list[float]:
    """Return numbers whose sum is exactly that of a piece.

    What is left of the values is cut into multiples of a unit, so few that their sum is exact in
    any order, and a rest below the unit, until there is no rest.
    """
    largest = max(-rest.min(), rest.max())
    if not largest:
        return []
    parts, exponent = [], math.frexp(largest)[1]
    multiples, rest = np.empty_like(rest), rest.copy()
    while True:
        # Added to this number, a value is rounded to a multiple of its last digit, the unit.
        shift = math.ldexp(1.5, exponent + _PIECE_BITS - 1)
        np.add(rest, shift, out=multiples)
        np.subtract(multiples, shift, out=multiples)
        parts.append(np.add.reduce(multiples).item())
        np.subtract(rest, multiples, out=rest)
        if not rest.any():
            return parts
        exponent += _PIECE_BITS - sys.float_info.mant_dig  # of half a unit
