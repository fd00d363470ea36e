"""What to do with missing, infinite and constant values: the same words everywhere."""

from __future__ import annotations

import difflib
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._sequences import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._affine import Statistics
    from ml_infra_utils.preprocessing._container import Container

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


def settled(
    container: Container,
    found: Sequence[Statistics],
    nan_policy: str,
    action: str,
    finite: bool = True,
) -> Sequence[Statistics]:
    """Return statistics that `nan_policy` allows to go on with.

    Raises
    ------
    ValueError
        If there is no data, values are missing or infinite, or a feature has only missing values.
    """
    ops = container.ops
    if any(ops.any(s.missing) for s in found):
        found = _without_missing(container, found, nan_policy, action)
    for s in found:
        if container.is_lazy and not s.count and not s.missing:
            raise ValueError(f"Cannot {action} empty data")
        for figure in (s.low, s.high, s.mean) if finite else ():
            if figure is not None and not ops.all(ops.isfinite(figure)):
                _refuse_infinite(container)
    return found


def check_known(container: Container, alone: Sequence[Any], action: str) -> None:
    """Refuse features of missing values alone; an entry is a bool, or an array of many.

    Raises
    ------
    ValueError
        If there is such a feature; the message names those that are.
    """
    if any(container.ops.any(each) for each in alone):
        which = container.name_features(alone)
        raise ValueError(f"Cannot {action} only missing values" + (f": {which}" if which else ""))


def check_constant(
    container: Container, constant: Sequence[Any], found: Sequence[Statistics], problem: str
) -> None:
    """Refuse constant features; each entry of `constant` is a bool, or an array of many.

    Raises
    ------
    ValueError
        If a feature is constant; the message names those that are.
    """
    if not any(container.ops.any(each) for each in constant):
        return
    which = container.name_features(constant)
    if not which:
        (s,) = found
        value = s.low if s.low is not None else s.mean
        which = f"each is {value if s.origin is None else s.origin!r}"
    if all(container.ops.all(each.count == 1) for each in found):
        which += " (n_samples=1)"
    raise ValueError(f"{problem}: {which}; on_constant='zero' gives 0 for them")


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
    if not isinstance(_plain(value), bool):
        raise ValueError(f"{name} must be True or False, got {value!r}")


def check_ddof(ddof: Any) -> None:
    """Check that `ddof` is a finite number, of Python or of NumPy.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(_plain(ddof), (int, float)) or not math.isfinite(ddof):
        raise ValueError(f"ddof must be a finite number, got {ddof!r}")


def check_deviation(ddof: float, container: Container, found: Sequence[Statistics]) -> None:
    """Check that every feature has a deviation by n - ddof.

    Raises
    ------
    ValueError
        If one has too few values, or a deviation that a float cannot hold, or `ddof` is no number.
    """
    check_ddof(ddof)
    if any(container.ops.any(each.deviation == math.inf) for each in found):
        raise ValueError("the standard deviation is past the largest float: scale data down first")
    few = [each.count <= ddof for each in found] if ddof != 1 else []
    if any(container.ops.any(each) for each in few):
        which = container.name_features(few)
        raise ValueError(
            f"ddof={ddof} needs more values than that" + (f": {which}" if which else "")
        )


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _without_missing(
    container: Container, found: Sequence[Statistics], nan_policy: str, action: str
) -> Sequence[Statistics]:
    from ml_infra_utils.preprocessing._predicates import Missing
    from ml_infra_utils.preprocessing.findings import FindingsError

    ops = container.ops
    if nan_policy == "raise":
        findings = container.find(Missing(), 10)
        raise FindingsError(
            f"data has {findings}: drop or fill None and NaN, or pass nan_policy='omit'", findings
        )
    if nan_policy == "omit":
        check_known(container, [s.count == 0 for s in found], action)
        return found
    return [
        s._replace(
            **{
                name: ops.where(s.missing > 0, _unknown(figure), figure)
                for name, figure in s._asdict().items()
                if name in ("low", "high", "mean", "deviation") and figure is not None
            }
        )
        for s in found
    ]


def _unknown(figure: Any) -> Any:
    return figure * math.nan if hasattr(figure, "dtype") else math.nan


def _refuse_infinite(container: Container) -> None:
    from ml_infra_utils.preprocessing._predicates import Infinite
    from ml_infra_utils.preprocessing.findings import FindingsError

    findings = container.find(Infinite(), 10)
    if findings:
        raise FindingsError(f"data has {findings}: drop or clip them first", findings)
