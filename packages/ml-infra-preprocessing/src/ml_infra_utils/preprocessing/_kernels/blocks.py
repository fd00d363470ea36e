"""How NumPy arrays are cut: into blocks that stay in the cache, and with no copy of the whole.

Samples lie along the first axis; the axes after it are features, in C order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._limits import BLOCK, FEATURES_TOGETHER, REDUCED_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np


def parts(
    *arrays: np.ndarray, most: int = FEATURES_TOGETHER, first: int = 0
) -> Iterator[tuple[tuple[np.ndarray, ...], slice]]:
    """Yield views of arrays of one shape with at most so many features, and which these are.

    They have two axes where the memory allows it.
    """
    count, width = (math.prod(arrays[0].shape[axes:]) for axes in (1, 2))
    if count <= most:
        rows = (array.reshape(-1, count) if _are_rows(array) else array for array in arrays)
        yield tuple(rows), slice(first, first + count)
        return
    together = max(1, most // width)
    for start in range(0, arrays[0].shape[1], together):
        some: Any = slice(start, start + together) if width <= most else start
        views = (array[:, some] for array in arrays)
        yield from parts(*views, most=most, first=first + start * width)


def _are_rows(x: np.ndarray) -> bool:
    """Tell whether NumPy can view `x` as (n, features)."""
    axes = [(n, step) for n, step in zip(x.shape[1:], x.strides[1:]) if n > 1]
    return all(step == n * inner for (_, step), (n, inner) in zip(axes, axes[1:]))


def blocks_of(x: np.ndarray) -> Iterator[np.ndarray]:
    """Yield all values of an array of any shape, in blocks of shape (n,)."""
    if x.flags.c_contiguous:
        x = x.reshape(-1)
    if x.ndim == 1:
        for rows in rows_of(x):
            yield x[rows]
    elif x.size <= BLOCK:
        yield x.reshape(-1)
    else:
        height = BLOCK // math.prod(x.shape[1:])
        for start in range(0, len(x), max(1, height)):
            yield from blocks_of(x[start : start + height] if height else x[start])


def rows_of(x: np.ndarray, reverse: bool = False, length: int = REDUCED_ROW) -> Iterator[slice]:
    """Yield the slices of axis 0 that make blocks, most of them whole lanes of a length.

    What is written comes in reverse, since the end, read last, may still be in the cache.
    """
    width = math.prod(x.shape[1:])
    tile = 1 if x.ndim == 1 else _tile(width, length)
    size = BLOCK if x.ndim <= 2 else BLOCK // 2  # to copy
    height = max(1, size // width // tile * tile)
    edges = {*range(0, len(x), height), len(x)}
    if x.size > 4 * length:  # else a block more costs more
        edges.add(len(x) // tile * tile)
    ordered = sorted(edges)
    slices = [slice(*pair) for pair in zip(ordered, ordered[1:])]
    return reversed(slices) if reverse else iter(slices)


def lanes_of(block: np.ndarray, length: int = REDUCED_ROW) -> np.ndarray:
    """Return a block of n features as rows of n, or of a multiple where the memory allows it."""
    if block.ndim == 1:
        return block
    width, tile = math.prod(block.shape[1:]), 1
    if block.flags.c_contiguous:
        tile = math.gcd(len(block), _tile(width, length))
    return block.reshape(-1, tile * width)


def _tile(width: int, length: int) -> int:
    return 1 << max(0, (length // width).bit_length() - 1)
