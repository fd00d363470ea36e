"""What becomes of missing, infinite and constant values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._formulas import deviation_by
from ml_infra_utils.preprocessing._parameters import check_ddof
from ml_infra_utils.preprocessing._predicates import Infinite, Missing
from ml_infra_utils.preprocessing._values import python_number
from ml_infra_utils.preprocessing.findings import FindingsError, findings_of, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._containers.base import Container
    from ml_infra_utils.preprocessing._statistics import Statistics

# Findings in an error keep so many places of each column.
_KEPT = 10


def apply_nan_policy(
    container: Container,
    statistics: Sequence[Statistics],
    nan_policy: str,
    action: str,
    finite: bool = True,
) -> Sequence[Statistics]:
    """Return the statistics to go on with under a `nan_policy`.

    Raises
    ------
    ValueError
        If there is no data, values are missing or infinite, or a feature has only missing values.
    """
    xp = container.xp
    if any(xp.any(each.missing) for each in statistics):
        statistics = _without_missing(container, statistics, nan_policy, action)
    for each in statistics:
        # What a scaler has read from a document may have no counts.
        is_fit = action != "transform"
        if is_fit and container.is_lazy and not each.count and not each.missing:
            raise ValueError(f"Cannot {action} empty data")
        for figure in (each.low, each.high, each.mean) if finite else ():
            if figure is not None and not xp.all(xp.isfinite(figure)):
                _refuse_infinite(container)
    return statistics


def check_values(container: Container, nan_policy: str, finite: bool, is_infinite: bool) -> None:
    """Refuse missing values if `nan_policy` does, and infinite ones if all must be `finite`.

    If none `is_infinite`, that is not looked for.

    Raises
    ------
    ValueError
        If there is such a value.
    """
    if nan_policy == "raise":
        _refuse_missing(container)
    if finite and is_infinite:
        _refuse_infinite(container)


def check_known(container: Container, unknown: Sequence[Any], action: str) -> None:
    """Refuse features that have only missing values.

    Parameters
    ----------
    container : Container
        The data, which names its features.
    unknown : sequence
        Whether a feature has only missing values: a bool of each, or one array of all.
    action : str
        What cannot be done, such as "normalize".

    Raises
    ------
    ValueError
        If there is such a feature; the message names those that are.
    """
    if any(container.xp.any(each) for each in unknown):
        raise ValueError(f"Cannot {action} only missing values{_names(container, unknown)}")


def check_constant(
    container: Container,
    constant: Sequence[Any],
    statistics: Sequence[Statistics],
    problem: str,
    advice: str = "on_constant='zero' gives 0 for them",
) -> None:
    """Refuse constant features.

    Parameters
    ----------
    container : Container
        The data, which names its features.
    constant : sequence
        Whether a feature is constant: a bool of each, or one array of all.
    statistics : sequence of Statistics
        The statistics of the features.
    problem, advice : str
        How the message begins and ends.

    Raises
    ------
    ValueError
        If a feature is constant; the message names those that are.
    """
    if not any(container.xp.any(each) for each in constant):
        return
    which = _names(container, constant)
    if not which:
        which = f": each is {_constant_of(container, *statistics)!r}"
    if all(container.xp.all(each.count == 1) for each in statistics):
        which += " (n_samples=1)"
    raise ValueError(f"{problem}{which}; {advice}")


def check_deviation(ddof: float, container: Container, statistics: Sequence[Statistics]) -> None:
    """Check that every feature has a standard deviation that divides by n - ddof.

    Raises
    ------
    ValueError
        If one has too few values, or a deviation that a float cannot hold, or `ddof` is no number.
    """
    check_ddof(ddof)
    ddof = python_number(ddof)  # an array of the standard refuses those of NumPy
    few = [each.count <= ddof for each in statistics] if ddof != 1 else []
    if any(container.xp.any(each) for each in few):
        raise ValueError(
            f"ddof must be less than the number of values, got {ddof}{_names(container, few)}"
        )
    deviations = [  # those of weights, which may add up to less than 1, divide by n - ddof already
        deviation_by(each, ddof, container.xp)
        if each.half_deviation is not None or ddof > 1
        else each.deviation
        for each in statistics
    ]
    infinite = [each == math.inf for each in deviations]
    if any(container.xp.any(each) for each in infinite):
        raise ValueError(
            "the standard deviation must be at most the largest float, 1.8e308, got a larger one"
            f"{_names(container, infinite)}; scale data down first"
        )


def _constant_of(container: Container, statistics: Statistics) -> Any:
    """Return the value of a constant feature, the only one."""
    relative = statistics.low if statistics.low is not None else statistics.mean
    for figure in (statistics.origin, relative):
        if figure is not None and container.xp.all(figure != 0):
            if not hasattr(figure, "shape"):
                return figure
            number = container.xp.reshape(figure, ())
            return int(number) if "int" in str(number.dtype) else float(number)
    return 0


def _names(container: Container, chosen: Sequence[Any]) -> str:
    names = container.name_features(chosen)
    return f": {names}" if names else ""


def _without_missing(
    container: Container, statistics: Sequence[Statistics], nan_policy: str, action: str
) -> Sequence[Statistics]:
    if nan_policy == "raise":
        _refuse_missing(container)
    if nan_policy == "omit":
        check_known(container, [each.count == 0 for each in statistics], action)
        return statistics
    return [_with_unknown(container, each) for each in statistics]


def _with_unknown(container: Container, statistics: Statistics) -> Statistics:
    """Return statistics that are NaN where a value is missing."""
    return statistics._replace(
        **{
            name: container.xp.where(statistics.missing > 0, _unknown(figure), figure)
            for name, figure in statistics._asdict().items()
            if name in ("low", "high", "mean", "deviation") and figure is not None
        }
    )


def _unknown(figure: Any) -> Any:
    return figure * math.nan if hasattr(figure, "dtype") else math.nan


def _refuse_missing(container: Container) -> None:
    if findings := findings_of(Missing.noun, container.find(Missing(), _KEPT)):
        raise FindingsError(
            f"data must have no missing values, got {told(findings)}; drop or fill None and NaN, "
            "or pass nan_policy='omit'",
            findings,
        )


def _refuse_infinite(container: Container) -> None:
    # A mean of a query may be infinite though no value is.
    if findings := findings_of(Infinite.noun, container.find(Infinite(), _KEPT)):
        raise FindingsError(
            f"data must have no infinite values, got {told(findings)}; drop or clip them first",
            findings,
        )
