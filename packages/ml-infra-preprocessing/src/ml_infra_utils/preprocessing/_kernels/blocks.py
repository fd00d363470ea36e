"""Cut NumPy arrays into blocks that fit into the cache, without a copy of the whole.

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
    """Yield views of arrays of one shape with at most `most` features, and which features.

    A view has two axes where the layout of the memory allows it.
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
    """Tell whether NumPy can view an array as one of shape (n, features)."""
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
    """Yield slices of axis 0, a block each; most blocks can be viewed as rows of a length.

    The order is reversed for a second reading: what was read last may still be in the cache.
    """
    width = math.prod(x.shape[1:])
    tile = 1 if x.ndim == 1 else _tile(width, length)
    size = BLOCK if x.ndim <= 2 else BLOCK // 2  # the other half is for a copy
    height = max(1, size // width // tile * tile)
    edges = {*range(0, len(x), height), len(x)}
    if x.size > 4 * length:  # in a shorter array, another block costs more than it saves
        edges.add(len(x) // tile * tile)
    ordered = sorted(edges)
    slices = [slice(*pair) for pair in zip(ordered, ordered[1:])]
    return reversed(slices) if reverse else iter(slices)


def lanes_of(block: np.ndarray, length: int = REDUCED_ROW) -> np.ndarray:
    """Return a block of p features as rows of p, or of a multiple of p where memory allows it."""
    if block.ndim == 1:
        return block
    width, tile = math.prod(block.shape[1:]), 1
    if block.flags.c_contiguous:
        tile = math.gcd(len(block), _tile(width, length))
    return block.reshape(-1, tile * width)


def _tile(width: int, length: int) -> int:
    return 1 << max(0, (length // width).bit_length() - 1)
