"""Columns of real numbers: weights, scores, probabilities and regression targets."""

from __future__ import annotations

import math
import sys
from numbers import Integral
from typing import TYPE_CHECKING, Any, List, Sequence, Union

from ml_infra_utils.metrics._limits import BITS_OF_FLOAT64
from ml_infra_utils.metrics._reading.columns import (
    Column,
    column_of,
    on_host,
    step_to_a_column,
)
from ml_infra_utils.metrics._words import described, shortened

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BITS = {
    "float32": 24,
    "float": 24,  # PyArrow's name
    "float16": 11,
    "halffloat": 11,  # PyArrow's name
    "bfloat16": 8,
}
Numbers = Union[List[float], "npt.NDArray[np.float64]"]


def as_integer(value: Any, name: str, *, least: int) -> int:
    """Return an integer of Python or of NumPy as one of Python."""
    is_integer = isinstance(value, Integral) and not isinstance(value, bool)
    if is_integer and value >= least:
        return int(value)
    raise ValueError(f"{name} must be an integer of at least {least}, got {described(value)}")


def as_numbers(values: Any, name: str) -> Numbers:
    """Return finite real numbers as a list or as a float64 array."""
    return numbers_of(column_of(values).read(name, "numbers"), name)


def numbers_of(column: Column, name: str) -> Numbers:
    """Return the numbers of a column that was read."""
    if column.is_list:
        return _as_floats(column.values, name)
    import numpy as np

    array = column.values if column.is_numpy else on_host(column.values)
    numbers = np.asarray(array, dtype=np.float64)
    if not np.isfinite(numbers).all():
        index = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise ValueError(_not_finite(name, index, float(numbers[index])))
    return numbers


def as_weights(sample_weight: Any, n: int) -> Numbers:
    """Return one finite weight of at least 0 for each of n examples."""
    weights = as_numbers(sample_weight, "sample_weight")
    if len(weights) != n:
        raise ValueError(
            f"sample_weight must have one weight for each example, "
            f"got {len(weights)} weights for {n} examples"
        )
    index = first_index(weights, below=0.0, above=sys.float_info.max / (2 * n + 1))
    if index is not None:
        weight = float(weights[index])
        expected = "must be at least 0" if weight < 0 else "must have a sum that a float can hold"
        advice = "" if weight < 0 else "; scale all alike: scores do not change"
        raise ValueError(f"sample_weight {expected}, got {weight!r} at index {index}{advice}")
    return list(map(float, weights)) if isinstance(weights, list) else weights


def bits_of(values: Any) -> int:
    """Return how many bits the significand of the floats has that the caller passed."""
    if isinstance(values, (list, tuple)):
        kinds = {type(value) for value in values}
        return bits_of(values[0]) if len(kinds) == 1 and float not in kinds else BITS_OF_FLOAT64
    kind = str(getattr(values, "dtype", getattr(values, "type", ""))).lower()
    return _BITS.get(kind.rpartition(".")[2], BITS_OF_FLOAT64)


def scaled(weights: Numbers) -> Numbers:
    """Return weights in the same ratios, of which none is too large or too small to multiply."""
    if isinstance(weights, list):
        _, exponent = math.frexp(max(weights, default=0.0))
        return [math.ldexp(weight, -exponent) for weight in weights]
    import numpy as np

    array: npt.NDArray[np.float64] = np.ldexp(weights, -np.frexp(weights.max(initial=0.0))[1])
    return array


def probabilities_of(column: Column, name: str) -> Numbers:
    """Return the numbers of a column that was read, all in [0, 1]."""
    numbers = numbers_of(column, name)
    index = first_index(numbers, below=0.0, above=1.0)
    if index is not None:
        raise ValueError(
            f"{name} must be probabilities in [0, 1], got {float(numbers[index])!r} at index "
            f"{index}; turn decision values into probabilities first, for instance with a sigmoid"
        )
    return numbers


def first_index(numbers: Numbers, below: float, above: float) -> int | None:
    """Return the index of the first number outside [below, above], None if there is none."""
    if isinstance(numbers, list):
        if numbers and (min(numbers) < below or max(numbers) > above):
            return next(i for i, number in enumerate(numbers) if not below <= number <= above)
    elif numbers.size and (numbers.min() < below or numbers.max() > above):
        return int(((numbers < below) | (numbers > above)).argmax())
    return None


def _as_floats(column: Sequence[Any], name: str) -> list[float]:
    try:
        numbers = column if set(map(type, column)) <= {int, float} else _converted(column, name)
        if not all(map(math.isfinite, numbers)):
            index = next(i for i, number in enumerate(numbers) if not math.isfinite(number))
            raise ValueError(_not_finite(name, index, numbers[index]))
    except OverflowError:
        index = next(i for i, number in enumerate(column) if not _fits_float(number))
        raise ValueError(
            f"{name} must hold numbers that a float can hold, got {shortened(column[index])} "
            f"at index {index}"
        ) from None
    return list(numbers)


def _fits_float(number: Any) -> bool:
    try:
        float(number)
    except OverflowError:
        return False
    return True


def _converted(column: Sequence[Any], name: str) -> list[float]:
    numbers = []
    for index, value in enumerate(column):
        number = _as_float(value)
        if number is None:
            step = ""
            if isinstance(value, (list, tuple)):
                step = f"; {step_to_a_column(column, name, 'numbers')}"
            raise TypeError(
                f"{name} must hold numbers, got {described(value)} at index {index}{step}"
            )
        numbers.append(number)
    return numbers


def _as_float(value: Any) -> float | None:
    """Return a number as a float; None for what is none, such as a text or a duration."""
    if isinstance(value, (str, bytes)) or not hasattr(type(value), "__float__"):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _not_finite(name: str, index: int, value: float) -> str:
    return f"{name} must hold finite numbers, got {value} at index {index}"
