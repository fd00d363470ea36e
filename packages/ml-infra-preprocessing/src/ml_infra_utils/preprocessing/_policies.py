"""What to do with missing, infinite and constant values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._parameters import check_ddof
from ml_infra_utils.preprocessing._predicates import Infinite, Missing
from ml_infra_utils.preprocessing.findings import Findings, FindingsError, findings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_infra_utils.preprocessing._containers.base import Container
    from ml_infra_utils.preprocessing._predicates import Predicate
    from ml_infra_utils.preprocessing._statistics import Statistics


def apply_nan_policy(
    container: Container,
    statistics: Sequence[Statistics],
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
    xp = container.xp
    if any(xp.any(s.missing) for s in statistics):
        statistics = _without_missing(container, statistics, nan_policy, action)
    for s in statistics:
        if container.is_lazy and not s.count and not s.missing:
            raise ValueError(f"Cannot {action} empty data")
        for figure in (s.low, s.high, s.mean) if finite else ():
            if figure is not None and not xp.all(xp.isfinite(figure)):
                _refuse_infinite(container)
    return statistics


def check_known(container: Container, alone: Sequence[Any], action: str) -> None:
    """Refuse features of missing values alone; an entry is a bool, or an array of many.

    Raises
    ------
    ValueError
        If there is such a feature; the message names those that are.
    """
    if any(container.xp.any(each) for each in alone):
        which = container.name_features(alone)
        raise ValueError(f"Cannot {action} only missing values" + (f": {which}" if which else ""))


def check_constant(
    container: Container, constant: Sequence[Any], statistics: Sequence[Statistics], problem: str
) -> None:
    """Refuse constant features; each entry of `constant` is a bool, or an array of many.

    Raises
    ------
    ValueError
        If a feature is constant; the message names those that are.
    """
    if not any(container.xp.any(each) for each in constant):
        return
    which = container.name_features(constant)
    if not which:
        (s,) = statistics
        value = s.low if s.low is not None else s.mean
        which = f"each is {value if s.origin is None else s.origin!r}"
    if all(container.xp.all(each.count == 1) for each in statistics):
        which += " (n_samples=1)"
    raise ValueError(f"{problem}: {which}; on_constant='zero' gives 0 for them")


def check_deviation(ddof: float, container: Container, statistics: Sequence[Statistics]) -> None:
    """Check that every feature has a deviation by n - ddof.

    Raises
    ------
    ValueError
        If one has too few values, or a deviation that a float cannot hold, or `ddof` is no number.
    """
    check_ddof(ddof)
    if any(container.xp.any(each.deviation == math.inf) for each in statistics):
        raise ValueError("the standard deviation is past the largest float: scale data down first")
    few = [each.count <= ddof for each in statistics] if ddof != 1 else []
    if any(container.xp.any(each) for each in few):
        which = container.name_features(few)
        raise ValueError(
            f"ddof={ddof} needs more values than that" + (f": {which}" if which else "")
        )


def _without_missing(
    container: Container, statistics: Sequence[Statistics], nan_policy: str, action: str
) -> Sequence[Statistics]:
    xp = container.xp
    if nan_policy == "raise":
        findings = _found_in(container, Missing())
        raise FindingsError(
            f"data has {findings}: drop or fill None and NaN, or pass nan_policy='omit'", findings
        )
    if nan_policy == "omit":
        check_known(container, [s.count == 0 for s in statistics], action)
        return statistics
    return [
        s._replace(
            **{
                name: xp.where(s.missing > 0, _unknown(figure), figure)
                for name, figure in s._asdict().items()
                if name in ("low", "high", "mean", "deviation") and figure is not None
            }
        )
        for s in statistics
    ]


def _unknown(figure: Any) -> Any:
    return figure * math.nan if hasattr(figure, "dtype") else math.nan


def _refuse_infinite(container: Container) -> None:
    findings = _found_in(container, Infinite())
    if findings:
        raise FindingsError(f"data has {findings}: drop or clip them first", findings)


def _found_in(container: Container, predicate: Predicate) -> Findings:
    return findings_of(predicate.noun, container.find(predicate, 10))
