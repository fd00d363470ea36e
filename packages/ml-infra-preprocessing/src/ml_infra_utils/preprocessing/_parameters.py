"""Check what parameters say: the same words everywhere."""

from __future__ import annotations

import difflib
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._values import is_number, python_number

if TYPE_CHECKING:
    from collections.abc import Sequence

NAN_POLICIES = ("raise", "omit", "propagate")
ON_CONSTANT = ("raise", "zero")
METHODS = ("nearest_rank", "linear")


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Check that a word is one of the choices.

    Raises
    ------
    ValueError
        If it is not; the message suggests a near one.
    """
    if value not in choices:
        near = difflib.get_close_matches(str(value), choices, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{name} must be one of {choices}, got {value!r}{hint}")


def check_percentiles(lower: float, upper: float) -> None:
    """Check that two percentiles are numbers in order.

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
            f"lower_percentile and upper_percentile must be numbers, got {lower!r} and {upper!r}"
        ) from None
    if not in_order:
        raise ValueError(
            "percentiles must satisfy 0 <= lower_percentile < upper_percentile <= 100, "
            f"got lower_percentile={lower!r} and upper_percentile={upper!r}"
        )


def checked_range(feature_range: Any) -> tuple[float, float]:
    """Return the two ends of a feature range as floats.

    Raises
    ------
    ValueError
        If it is not two finite numbers in order.
    """
    if hasattr(feature_range, "tolist"):
        feature_range = feature_range.tolist()
    if (
        isinstance(feature_range, (list, tuple))
        and len(feature_range) == 2
        and all(map(is_number, feature_range))
    ):
        with suppress(OverflowError):  # of an int past the largest float
            low, high = map(float, feature_range)
            if low < high and math.isfinite(high - low):
                return low, high
    raise ValueError(f"feature_range must be two finite numbers in order, got {feature_range!r}")


def check_flag(name: str, value: Any) -> None:
    """Check that a value is true or false, of Python or of NumPy.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if not isinstance(python_number(value), bool):
        raise ValueError(f"{name} must be True or False, got {value!r}")


def check_ddof(ddof: Any) -> None:
    """Check that `ddof` is a finite number, of Python or of NumPy.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(python_number(ddof), (int, float)) or not math.isfinite(ddof):
        raise ValueError(f"ddof must be a finite number, got {ddof!r}")
