"""What tests make columns of: arrays on devices where there are any, and values in turn."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np

if sys.version_info >= (3, 9):
    import array_api_strict

    strict: Any = array_api_strict
else:  # array_api_strict is not published for Python 3.8; NumPy stands in, without devices
    strict = SimpleNamespace(
        asarray=lambda values, dtype=None, **_: np.asarray(values, dtype),
        Device=lambda name: name,
        **{name: getattr(np, name) for name in ("float32", "float64", "int8", "int64", "uint64")},
        bool=np.bool_,
        zeros=np.zeros,
    )


def cycle(values: list[Any], n: int) -> list[Any]:
    """Return n of the values, in an order that does not repeat soon."""
    return [values[(i * i + i // 3) % len(values)] for i in range(n)]
