"""Scale values to a range, to a standard deviation, or into percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ml_infra_utils.preprocessing._containers.kinds import container_of
from ml_infra_utils.preprocessing._containers.lists import Values, quickly_normalized
from ml_infra_utils.preprocessing._formulas import to_unit_deviation, to_unit_range, unit_to_range
from ml_infra_utils.preprocessing._parameters import (
    METHODS,
    NAN_POLICIES,
    ON_CONSTANT,
    check_choice,
    check_percentiles,
    checked_range,
)
from ml_infra_utils.preprocessing._policies import apply_nan_policy, check_constant, check_deviation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal, SupportsFloat

    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._typing import ContainerT, NumberT

    NanPolicy = Literal["raise", "omit", "propagate"]
    OnConstant = Literal["raise", "zero"]

__all__ = ["clip_outliers", "normalize", "standardize"]

_UNIT: tuple[float, float] = (0, 1)


@overload
def normalize(
    data: ContainerT,
    *,
    axis: int | None = 0,
    columns: str | Sequence[str] | None = None,
    feature_range: tuple[float, float] = (0, 1),
    nan_policy: NanPolicy = "raise",
    on_constant: OnConstant = "raise",
    out: Any = None,
) -> ContainerT: ...
@overload
def normalize(
    data: Iterable[SupportsFloat | None],
    *,
    axis: int | None = 0,
    feature_range: tuple[float, float] = (0, 1),
    nan_policy: NanPolicy = "raise",
    on_constant: OnConstant = "raise",
) -> list[float]: ...
def normalize(
    data: Any,
    *,
    axis: int | None = 0,
    columns: str | Sequence[str] | None = None,
    feature_range: tuple[float, float] = _UNIT,
    nan_policy: NanPolicy = "raise",
    on_constant: OnConstant = "raise",
    out: Any = None,
) -> Any:
    """Scale values linearly so that the smallest becomes 0.0 and the largest 1.0.

    Both ends are reached exactly, and the order is kept. Results are finite even if the span of the
    values is too large for a float.

    Parameters
    ----------
    data : iterable of numbers, list of dicts, array, series, frame, or query of an engine
        Shape (n,), an array of any shape, or columns. An iterator is read once.
    axis : int or None, default 0
        The axis of an array along which the samples lie. Each feature is scaled on its own. None
        scales all values together.
    columns : str or sequence of str, optional
        The columns of a frame to scale, by default all numeric ones. The others stay as they are.
    feature_range : (float, float), default (0, 1)
        What the smallest and the largest value become.
    nan_policy : {"raise", "omit", "propagate"}, default "raise"
        Missing values are an error; or they stay and are left out of the statistics; or they make
        all results of their feature NaN. Missing values are None, NaN and `pandas.NA`.
    on_constant : {"raise", "zero"}, default "raise"
        A feature of equal values is an error, or becomes the low end of `feature_range`.
    out : numpy.ndarray, optional
        Where to write the result of a NumPy array; may be `data` itself.

    Returns
    -------
    list of float, or the kind of `data`
        In `feature_range`, without unit. Arrays keep shape, device and float dtype, and integers
        become the default float. Series and frames keep index, names and order. A lazy frame stays
        lazy.

    Raises
    ------
    ValueError
        If `data` is empty, all values of a feature are equal, or some are missing or infinite
        (the message says where).
    TypeError
        If a value is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> normalize([1, 2, 3, 4, 5])
    [0.0, 0.25, 0.5, 0.75, 1.0]
    >>> normalize([10, None, 30], nan_policy="omit", feature_range=(-1, 1))
    [-1.0, None, 1.0]
    """
    is_default = nan_policy == on_constant == "raise" and feature_range is _UNIT
    if is_default and type(data) is list and columns is out is None and not axis:
        quick = quickly_normalized(data)
        if quick is not None:
            return quick
    last: list[Step] = []
    if not is_default:
        check_choice("nan_policy", nan_policy, NAN_POLICIES)
        check_choice("on_constant", on_constant, ON_CONSTANT)
        last = unit_to_range(checked_range(feature_range))
    container = container_of(data, axis=axis, columns=columns, out=out)
    if container.is_empty:
        raise ValueError("Cannot normalize empty data")
    extrema = apply_nan_policy(container, container.extrema(), nan_policy, "normalize")
    if on_constant == "raise":
        constant = [each.low == each.high for each in extrema]
        problem = "All values are identical, cannot normalize"
        check_constant(container, constant, extrema, problem)
    return container.apply([to_unit_range(each, container.xp) + last for each in extrema])


@overload
def standardize(
    data: ContainerT,
    *,
    axis: int | None = 0,
    columns: str | Sequence[str] | None = None,
    ddof: float = 1,
    nan_policy: NanPolicy = "raise",
    on_constant: OnConstant = "raise",
    out: Any = None,
) -> ContainerT: ...
@overload
def standardize(
    data: Iterable[SupportsFloat | None],
    *,
    axis: int | None = 0,
    ddof: float = 1,
    nan_policy: NanPolicy = "raise",
    on_constant: OnConstant = "raise",
) -> list[float]: ...
def standardize(
    data: Any,
    *,
    axis: int | None = 0,
    columns: str | Sequence[str] | None = None,
    ddof: float = 1,
    nan_policy: NanPolicy = "raise",
    on_constant: OnConstant = "raise",
    out: Any = None,
) -> Any:
    """Shift and scale values to mean 0 and sample standard deviation 1.

    The deviation divides by n - 1 (ddof = 1), as `statistics.stdev` does; scikit-learn's
    `StandardScaler` divides by n (ddof = 0). A large mean does not spoil a small deviation, and
    nothing overflows.

    Parameters
    ----------
    data : iterable of numbers, list of dicts, array, series, frame, or query of an engine
        Shape (n,), an array of any shape, or columns. An iterator is read once.
    axis : int or None, default 0
        The axis of an array along which the samples lie. Each feature is scaled on its own. None
        scales all values together.
    columns : str or sequence of str, optional
        The columns of a frame to scale, by default all numeric ones. The others stay as they are.
    ddof : float, default 1
        The deviation divides by n - ddof.
    nan_policy : {"raise", "omit", "propagate"}, default "raise"
        Missing values are an error; or they stay and are left out of the statistics; or they make
        all results of their feature NaN. Missing values are None, NaN and `pandas.NA`.
    on_constant : {"raise", "zero"}, default "raise"
        A feature of equal values is an error, or becomes 0.
    out : numpy.ndarray, optional
        Where to write the result of a NumPy array; may be `data` itself.

    Returns
    -------
    list of float, or the kind of `data`
        In standard deviations from the mean. Arrays keep shape, device and float dtype, and
        integers become the default float. Series and frames keep index, names and order. A lazy
        frame stays lazy.

    Raises
    ------
    ValueError
        If `data` is empty, the deviation of a feature is zero (of a single value too), or some
        values are missing or infinite (the message says where).
    TypeError
        If a value is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> [round(value, 3) for value in standardize([2, 4, 6, 8])]
    [-1.162, -0.387, 0.387, 1.162]
    """
    check_choice("nan_policy", nan_policy, NAN_POLICIES)
    check_choice("on_constant", on_constant, ON_CONSTANT)
    container = container_of(data, axis=axis, columns=columns, out=out)
    if container.is_empty:
        raise ValueError("Cannot standardize empty data")
    if type(ddof) is int and ddof == 1:
        quick = container.quickly_standardized()
        if quick is not None:
            return quick
    statistics = apply_nan_policy(container, container.moments(), nan_policy, "standardize")
    check_deviation(ddof, container, statistics)
    if on_constant == "raise":
        constant = [each.deviation == 0 for each in statistics]
        problem = "Standard deviation is zero, cannot standardize"
        check_constant(container, constant, statistics, problem)
    return container.apply([to_unit_deviation(each, ddof, container.xp) for each in statistics])


@overload
def clip_outliers(
    data: ContainerT,
    lower_percentile: float = 5,
    upper_percentile: float = 95,
    *,
    axis: int | None = 0,
    columns: str | Sequence[str] | None = None,
    method: Literal["nearest_rank", "linear"] = "nearest_rank",
    nan_policy: NanPolicy = "raise",
    out: Any = None,
) -> ContainerT: ...
@overload
def clip_outliers(
    data: Iterable[SupportsFloat],
    lower_percentile: float = 5,
    upper_percentile: float = 95,
    *,
    axis: int | None = 0,
    method: Literal["linear"],
    nan_policy: NanPolicy = "raise",
) -> list[float]: ...
@overload
def clip_outliers(
    data: Iterable[NumberT],
    lower_percentile: float = 5,
    upper_percentile: float = 95,
    *,
    axis: int | None = 0,
    method: Literal["nearest_rank"] = "nearest_rank",
    nan_policy: NanPolicy = "raise",
) -> list[NumberT]: ...
@overload
def clip_outliers(
    data: Iterable[NumberT | None],
    lower_percentile: float = 5,
    upper_percentile: float = 95,
    *,
    axis: int | None = 0,
    method: Literal["nearest_rank", "linear"] = "nearest_rank",
    nan_policy: NanPolicy = "raise",
) -> list[NumberT | float | None]: ...
def clip_outliers(
    data: Any,
    lower_percentile: float = 5,
    upper_percentile: float = 95,
    *,
    axis: int | None = 0,
    columns: str | Sequence[str] | None = None,
    method: Literal["nearest_rank", "linear"] = "nearest_rank",
    nan_policy: NanPolicy = "raise",
    out: Any = None,
) -> Any:
    """Replace values below or above two percentiles by those percentiles.

    By default the bounds are nearest-rank percentiles (`inverted_cdf` in NumPy; definition 1 of
    Hyndman and Fan, 1996): the ceil(n * p / 100)-th smallest value. Thus they are values of the
    data, and ints stay ints.

    Parameters
    ----------
    data : iterable of numbers, list of dicts, array, series, frame, or query of an engine
        Shape (n,), an array of any shape, or columns. Infinities count as numbers. An iterator is
        read once. The chosen columns of a query are collected, since exact percentiles need the
        values; the result is lazy.
    lower_percentile, upper_percentile : float, default 5 and 95
        In percent, 0 <= lower < upper <= 100.
    axis : int or None, default 0
        The axis of an array along which the samples lie. Each feature has its own bounds. None
        takes all values together.
    columns : str or sequence of str, optional
        The columns of a frame to clip, by default all numeric ones. The others stay as they are.
    method : {"nearest_rank", "linear"}, default "nearest_rank"
        Linear interpolates between values (definition 7, the default of NumPy).
    nan_policy : {"raise", "omit", "propagate"}, default "raise"
        Missing values are an error; or they stay and are left out of the percentiles; or they make
        all results of their feature NaN. Missing values are None, NaN and `pandas.NA`.
    out : numpy.ndarray, optional
        Where to write the result of a NumPy array; may be `data` itself.

    Returns
    -------
    list, or the kind of `data`
        The values, none of them beyond the bounds, in the unit of `data`; [] for an empty sequence.

    Raises
    ------
    ValueError
        If the percentiles are out of order or range, values are missing, or an array, series or
        frame is empty.
    TypeError
        If a value or a percentile is not a number, or `data` is not a sequence of values.

    Examples
    --------
    >>> clip_outliers([1, 2, 3, 4, 1000], lower_percentile=20, upper_percentile=80)
    [1, 2, 3, 4, 4]
    """
    check_percentiles(lower_percentile, upper_percentile)
    check_choice("nan_policy", nan_policy, NAN_POLICIES)
    check_choice("method", method, METHODS)
    container = container_of(data, axis=axis, columns=columns, out=out)
    if container.is_empty:
        if isinstance(container, Values):
            return []
        raise ValueError("Cannot clip empty data")
    bounds = container.bounds(lower_percentile, upper_percentile, method)
    return container.clip(apply_nan_policy(container, bounds, nan_policy, "clip", finite=False))
