"""Quantile sketches of Apache DataSketches, as bytes: plain values that copy, pickle and merge."""

from __future__ import annotations

import math
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def _datasketches() -> Any:
    try:
        return import_module("datasketches")
    except ImportError as error:
        raise ImportError(
            "a quantile sketch needs the extra: pip install 'ml-infra-preprocessing[sketch]'"
        ) from error


def sketched(values: Any, size: int) -> bytes:
    """Return the KLL sketch of a NumPy array; NaN is left out."""
    import numpy as np

    sketch = _datasketches().kll_doubles_sketch(size)
    sketch.update(np.array(values, dtype=np.float64))  # it wants an array that it could change
    return bytes(sketch.serialize())


def merged(sketches: Iterable[bytes]) -> bytes:
    """Return the sketch of all values of some sketches."""
    first, *others = map(_read, sketches)
    for other in others:
        first.merge(other)
    return bytes(first.serialize())


def quantile(sketch: bytes, percent: float) -> float:
    """Return a nearest-rank percentile, a value of the data; its rank is approximate.

    It is NaN if there was no value.
    """
    found = _read(sketch)
    return math.nan if found.is_empty() else float(found.get_quantile(percent / 100, True))


def rank_error(sketch: bytes) -> float:
    """Return by how much a rank may be off, as a share of all values, with 99 % confidence."""
    return float(_read(sketch).normalized_rank_error(False))


def _read(sketch: bytes) -> Any:
    return _datasketches().kll_doubles_sketch.deserialize(sketch)
