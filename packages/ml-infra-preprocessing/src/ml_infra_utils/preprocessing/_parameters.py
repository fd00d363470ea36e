"""Check parameters, each with the same words wherever it is taken."""

from __future__ import annotations

import math
import os
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._values import is_number, python_number
from ml_infra_utils.preprocessing._words import described, listed, nearest, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

NAN_POLICIES = ("raise", "omit", "propagate")
ON_CONSTANT = ("raise", "zero")
METHODS = ("nearest_rank", "linear")


def warn(message: str) -> None:
    """Warn in the name of the line that called this package."""
    here = sys._getframe()
    folder = here.f_code.co_filename.rpartition(os.sep)[0] + os.sep
    frame: FrameType | None = here
    level = 1
    while frame is not None and frame.f_code.co_filename.startswith(folder):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Check that a word is one of the choices.

    Raises
    ------
    ValueError
        If it is not; the message suggests the one that is most alike.
    """
    if value not in choices:
        raise ValueError(
            f"{name} must be one of {listed(choices)}, got {shortened(value)}"
            f"{nearest(value, choices)}"
        )


def check_percentiles(lower: float, upper: float) -> None:
    """Check that two percentiles are numbers in order; warn if they look like fractions.

    Raises
    ------
    TypeError
        If one is not a number.
    ValueError
        If not 0 <= lower < upper <= 100.
    """
    try:
        in_order = 0 <= lower < upper <= 100
    except TypeError:
        raise TypeError(
            "lower_percentile and upper_percentile must be numbers, got "
            f"{described(lower)} and {described(upper)}"
        ) from None
    if not in_order:
        raise ValueError(
            "lower_percentile must be less than upper_percentile, both from 0 to 100, got "
            f"lower_percentile={shortened(lower)} and upper_percentile={shortened(upper)}"
        )
    if _are_like_fractions(lower, upper):
        warn(
            f"lower_percentile={shortened(lower)} and upper_percentile={shortened(upper)} look "
            f"like fractions; both are in percent: pass {lower * 100:g} and {upper * 100:g} if "
            "these are meant"
        )


def checked_quantiles(quantile_range: Any, *, is_open: bool = False) -> tuple[float, float]:
    """Return the two ends of a range of quantiles in percent as floats.

    Raises
    ------
    ValueError
        If they are not two numbers in order from 0 to 100; between these, if the range `is_open`.
    """
    ends = quantile_range.tolist() if hasattr(quantile_range, "tolist") else quantile_range
    if isinstance(ends, (list, tuple)) and len(ends) == 2 and all(map(is_number, ends)):
        lower, upper = ends
        if 0 <= lower < upper <= 100 and not (is_open and (lower == 0 or upper == 100)):
            return float(lower), float(upper)
    limits = "between 0 and 100 for unit_variance" if is_open else "from 0 to 100"
    raise ValueError(
        f"quantile_range must be two numbers in order, {limits}, got {described(quantile_range)}"
    )


def warn_of_fractions(quantile_range: tuple[float, float]) -> None:
    """Warn if quantiles in percent look like fractions."""
    lower, upper = quantile_range
    if _are_like_fractions(lower, upper):
        warn(
            f"quantile_range=({lower:g}, {upper:g}) looks like fractions; it is in percent: pass "
            f"({lower * 100:g}, {upper * 100:g}) if that is meant"
        )


def _are_like_fractions(lower: Any, upper: Any) -> bool:
    return bool(
        upper <= 1 and any(isinstance(p, float) and not p.is_integer() for p in (lower, upper))
    )


def checked_range(feature_range: Any) -> tuple[float, float]:
    """Return the two ends of a feature range as floats.

    Raises
    ------
    ValueError
        If it is not two finite numbers in order.
    """
    ends = feature_range.tolist() if hasattr(feature_range, "tolist") else feature_range
    if isinstance(ends, (list, tuple)) and len(ends) == 2 and all(map(is_number, ends)):
        with suppress(OverflowError):  # of an int past the largest float
            low, high = map(float, ends)
            if low < high and math.isfinite(high - low):
                return low, high
    raise ValueError(
        f"feature_range must be two finite numbers in order, got {described(feature_range)}"
    )


def check_flag(name: str, value: Any) -> None:
    """Check that a value is True or False, of Python or of NumPy.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(python_number(value), bool):
        raise ValueError(f"{name} must be True or False, got {described(value)}")


def check_ddof(ddof: Any) -> None:
    """Check that `ddof` is a finite number, of Python or of NumPy.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(python_number(ddof), (int, float)) or not math.isfinite(ddof):
        raise ValueError(f"ddof must be a finite number, got {described(ddof)}")
