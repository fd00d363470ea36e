"""Quantile sketches of Apache DataSketches, as bytes: plain values that copy, pickle and merge."""

from __future__ import annotations

import math
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def library() -> Any:
    """Return the library.

    Raises
    ------
    ImportError
        If it is not installed; the message says how to install it.
    """
    try:
        return import_module("datasketches")
    except ImportError as error:
        raise ImportError(
            "sketch_size must be None where datasketches is not installed; install it by "
            "pip install 'ml-infra-preprocessing[sketch]'"
        ) from error


def sketched(values: Any, size: int) -> bytes:
    """Return the KLL sketch of a NumPy array; NaN is left out."""
    import numpy as np

    sketch = library().kll_doubles_sketch(size)
    sketch.update(np.array(values, dtype=np.float64))  # it refuses a read-only array
    return bytes(sketch.serialize())


def merged(sketches: Iterable[bytes]) -> bytes:
    """Return the sketch of all values of some sketches."""
    first, *others = map(_read, sketches)
    for other in others:
        first.merge(other)
    return bytes(first.serialize())


def quantile(sketch: bytes, percent: float) -> float:
    """Return a nearest-rank percentile: a value of the data, whose rank is approximate.

    It is NaN if there was no value.
    """
    read = _read(sketch)
    return math.nan if read.is_empty() else float(read.get_quantile(percent / 100, True))


def rank_error(sketch: bytes) -> float:
    """Return by how much a rank may be off, as a share of all values, with 99 % confidence."""
    return float(_read(sketch).normalized_rank_error(False))


def check(sketch: bytes) -> None:
    """Check that a sketch can be read; without the library, it is kept as it is.

    Raises
    ------
    ValueError
        If it cannot.
    """
    if find_spec("datasketches") is not None:
        _read(sketch)


def _read(sketch: bytes) -> Any:
    try:
        return library().kll_doubles_sketch.deserialize(sketch)
    except IndexError as error:  # its end is missing
        raise ValueError(str(error)) from None
