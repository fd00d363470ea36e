"""Apply the steps of a transform to arrays, block by block."""

from __future__ import annotations

import math
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_infra_utils.preprocessing._kernels.blocks import lanes_of, parts, rows_of
from ml_infra_utils.preprocessing._kernels.integers import holds, is_wide, unsigned
from ml_infra_utils.preprocessing._limits import BLOCK, LONG_ROW, MAPPED_ROW, SHORT_COLUMN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ml_infra_utils.preprocessing._formulas import Step

_FLOAT64 = np.dtype(np.float64)


class Doubt(IntEnum):
    """What the results of steps leave in doubt about the values."""

    NONE = 0
    MISSING = 1
    INFINITE = 2


def apply(x: np.ndarray, steps: Sequence[Step], out: np.ndarray, *, prove: bool = False) -> Doubt:
    """Apply steps to the values of an array, and write the results into `out`.

    If asked to `prove`, tell whether some values may be missing, or infinite. Of steps that only
    clip, the results say nothing about infinite values.
    """
    doubt, prove = Doubt.NONE, prove and x.dtype.kind == "f"
    # The last steps can turn an infinity into a number, so the results before them are added up.
    affine = next((i for i, (name, *_) in enumerate(steps) if name in ("clip", "minimum")), None)
    if x.dtype is _FLOAT64 is out.dtype and x.ndim == 1 and not prove:
        for source, target in _pairs(x, out):
            for name, *operands in steps:
                _UFUNCS[name](source, *operands, out=target)
                source = target
        return doubt
    # Floats of any size are transformed in float64; integers, which are only clipped, as they are.
    native = out.dtype.newbyteorder("=")
    wide = np.result_type(native, np.float64) if native.kind == "f" else native
    scratch = None if out.dtype == wide else np.empty(min(out.size, BLOCK), wide)
    for source, result, fit in _matched(x, out):
        target = result if scratch is None else scratch[: result.size].reshape(result.shape)
        for place, (name, *operands) in enumerate(steps):
            if prove and place == affine and place:
                doubt = max(doubt, _doubt(target))
            _UFUNCS[name](source, *map(fit, operands), out=target, dtype=wide)
            source = target
        if prove and not affine:
            doubt = max(doubt, _doubt(target))
        if target is not result:
            result[...] = target
    return doubt


def _doubt(block: np.ndarray) -> Doubt:
    """Tell what may be wrong with the values of a block: nothing, if their sum is finite."""
    if has_finite_sum(block):
        return Doubt.NONE
    return Doubt.INFINITE if np.isinf(block).any() else Doubt.MISSING


def has_finite_sum(block: np.ndarray) -> bool:
    """Tell whether the sum of values is finite, so that none of them is missing or infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(np.add.reduce(block, axis=None))


def _offset(x: np.ndarray, origin: Any, out: np.ndarray, dtype: Any = None) -> None:
    """Subtract an origin: exactly, if both are 64-bit integers of one kind."""
    if isinstance(origin, int):
        whole = is_wide(x) and holds(x.dtype, origin)
        origin = origin if whole else float(origin)
    else:
        whole = is_wide(x) and origin.dtype.kind == x.dtype.kind
    if not whole:
        np.subtract(x, origin, out=out, dtype=dtype)
        return
    above = unsigned(x) - unsigned(origin)
    out[...] = above
    below = x < origin  # a value that the fit has not seen may be smaller than its origin
    if below.any():
        out[below] = -np.negative(above[below]).astype(np.float64)


_UFUNCS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "clip": np.clip,
    "divide": np.divide,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "offset": _offset,
    "subtract": np.subtract,
}


def _pairs(x: np.ndarray, out: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    if x.size <= BLOCK:
        return ((x, out),)
    return ((x[rows], out[rows]) for rows in rows_of(x, reverse=True))


def _matched(
    x: np.ndarray, out: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, Callable[[Any], Any]]]:
    """Yield blocks of `x` and `out`, and a function that makes operands fit them."""
    if x.ndim == 1:
        for rows in rows_of(x, reverse=True):
            yield x[rows], out[rows], _itself
        return
    if x.ndim == 2 and x.size <= BLOCK and (len(x) <= SHORT_COLUMN or x.shape[1] >= LONG_ROW):
        yield x, out, _itself
        return
    if x.ndim == 2 and all(each.strides[0] == each.itemsize for each in (x, out)):
        yield from _matched_columns(x, out)
        return
    for both, features in parts(x, out):
        width = features.stop - features.start
        fitted: dict[tuple[int, int], np.ndarray] = {}
        for rows in rows_of(both[0], reverse=True, length=MAPPED_ROW):
            source, result = (lanes_of(each[rows], MAPPED_ROW) for each in both)
            if source.shape != result.shape:
                source, result = (each[rows].reshape(-1, width) for each in both)
            yield source, result, partial(_fit, fitted, features, source.shape[1] // width)
            if not np.may_share_memory(result, out):  # the layout of `out` has no such view
                both[1][rows] = result.reshape(both[1][rows].shape)


def _matched_columns(
    x: np.ndarray, out: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, Callable[[Any], Any]]]:
    """Yield blocks of some columns, or of a part of one, where each lies in one piece."""
    together = max(1, BLOCK // len(x))
    for start in range(0, x.shape[1], together):
        columns = slice(start, start + together)
        some, results = x[:, columns], out[:, columns]
        for row in range(0, len(x), BLOCK):
            rows = slice(row, row + BLOCK)
            yield some[rows], results[rows], partial(_taken, columns)


def _itself(operand: Any) -> Any:
    return operand


def _taken(columns: slice, operand: Any) -> Any:
    return operand[columns] if np.ndim(operand) else operand


def _fit(fitted: dict[tuple[int, int], Any], features: slice, tile: int, operand: Any) -> Any:
    """Return an operand of one entry a feature for rows in which the features repeat."""
    if np.ndim(operand) == 0:
        return operand
    key = (id(operand), tile)
    if key not in fitted:
        fitted[key] = np.tile(operand[features], tile)
    return fitted[key]
