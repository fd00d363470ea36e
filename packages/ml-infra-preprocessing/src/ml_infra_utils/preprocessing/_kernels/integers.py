"""Exact arithmetic of 64-bit integers, which a float would round."""

from __future__ import annotations

from typing import Any

import numpy as np


def holds(dtype: Any, *numbers: Any) -> bool:
    """Tell whether all numbers are integers that an integer dtype holds."""
    ends = np.iinfo(dtype)
    return all(isinstance(n, int) and ends.min <= n <= ends.max for n in numbers)


def is_wide(x: np.ndarray) -> bool:
    """Tell whether an array holds 64-bit integers, some of which a float would round."""
    return x.dtype.kind in "iu" and x.dtype.itemsize == 8


def unsigned(x: Any) -> Any:
    """Return 64-bit integers as unsigned ones, whose differences wrap around to the right ones."""
    if isinstance(x, int):
        return np.uint64(x % 2**64)
    return x.astype(x.dtype.newbyteorder("="), copy=False).view(np.uint64)
