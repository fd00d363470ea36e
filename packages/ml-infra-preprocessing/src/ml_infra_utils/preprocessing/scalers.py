"""Scalers: fitted once, on one machine or on many, and applied often."""

from __future__ import annotations

import math
import operator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing._containers.base import named_columns
from ml_infra_utils.preprocessing._estimator import fitted_array
from ml_infra_utils.preprocessing._formulas import (
    Scalars,
    deviation_by,
    to_unit_deviation,
    to_unit_range,
    unit_to_range,
)
from ml_infra_utils.preprocessing._parameters import check_ddof, check_flag, checked_range
from ml_infra_utils.preprocessing._policies import check_constant, check_deviation
from ml_infra_utils.preprocessing._scaler_base import SummaryScaler
from ml_infra_utils.preprocessing.column_summary import statistics_of
from ml_infra_utils.preprocessing.summary import Summary, statistics_for, weighted_summary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from ml_infra_utils.preprocessing._containers.base import Container
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._statistics import Statistics
    from ml_infra_utils.preprocessing.column_summary import ColumnSummary

__all__ = ["MinMaxScaler", "StandardScaler"]


class MinMaxScaler(SummaryScaler):
    """Scale each feature linearly so that its smallest and largest value reach a range.

    It has the methods of scikit-learn's scaler of this name, but needs no scikit-learn, and takes
    arrays, frames and queries of engines. What it learns is a `Summary`. Fitted scalers merge
    (`a + b` and `sum(parts)` are `a.merge(b)`) and become plain JSON.

    Parameters
    ----------
    feature_range : (float, float), default (0, 1)
        The smallest and the largest value of the fit become exactly these.
    clip : bool, default False
        Whether held-out values beyond the range of the fit become its ends.
    columns : str or sequence of str, optional
        The columns of a frame to scale, by default all, which must be numeric. The others pass
        through as they are. They are found by name, wherever they stand.
    nan_policy : {"raise", "omit", "propagate"}, default "raise"
        Missing values are an error; or they stay and are left out of the fit; or one in the fit
        makes all results of its feature NaN. scikit-learn always omits them.
    on_constant : {"raise", "zero"}, default "raise"
        A constant feature is an error, or becomes the low end. scikit-learn does the latter.

    Attributes
    ----------
    summary_ : Summary
        What was learned.
    data_min_, data_max_, data_range_, scale_, min_ : array of shape (n_features,)
        As in scikit-learn. They are tuples where NumPy is not installed.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only if the data of the fit had names.
    n_samples_seen_ : int or array of shape (n_features,)

    Examples
    --------
    >>> import numpy as np
    >>> scaler = MinMaxScaler().fit(np.array([[1.0, 10.0], [3.0, 20.0]]))
    >>> scaler.transform(np.array([[2.0, 25.0]]))
    array([[0.5, 1.5]])
    >>> more = MinMaxScaler().fit(np.array([[0.0, 10.0], [5.0, 30.0]]))
    >>> scaler.merge(more).data_max_
    array([ 5., 30.])
    """

    _kind = "min-max-scaler"
    _served_params = operator.attrgetter(
        "summary_", "feature_range", "clip", "nan_policy", "on_constant"
    )

    def __init__(
        self,
        feature_range: tuple[float, float] = (0, 1),
        *,
        clip: bool = False,
        columns: str | Sequence[str] | None = None,
        nan_policy: Literal["raise", "omit", "propagate"] = "raise",
        on_constant: Literal["raise", "zero"] = "raise",
    ) -> None:
        self.feature_range = feature_range
        self.clip = clip
        self.columns = columns
        self.nan_policy = nan_policy
        self.on_constant = on_constant

    def _check_params(self) -> None:
        super()._check_params()
        checked_range(self.feature_range)
        check_flag("clip", self.clip)

    def _params_as_json(self) -> dict[str, Any]:
        ends = checked_range(self.feature_range)
        return {**super()._params_as_json(), "feature_range": list(ends)}

    def _check_statistics(self, container: Container, statistics: Sequence[Statistics]) -> None:
        if self.on_constant == "raise":
            constant = [each.low == each.high for each in statistics]
            problem = "All values are identical, cannot normalize"
            check_constant(container, constant, statistics, problem)

    def _forward(self, statistics: Statistics, xp: Any) -> list[Step]:
        ends = checked_range(self.feature_range)
        return to_unit_range(statistics, xp) + unit_to_range(ends, clip=bool(self.clip))

    def _formula(self) -> tuple[Any, ...]:
        return checked_range(self.feature_range), bool(self.clip)

    @property
    def data_min_(self) -> Any:
        """The smallest value of each feature."""
        return self._figures("min")

    @property
    def data_max_(self) -> Any:
        """The largest value of each feature."""
        return self._figures("max")

    @property
    def data_range_(self) -> Any:
        """The difference of the two; inf if a float cannot hold it."""
        self._check_fitted()
        return fitted_array(self._ranges())

    @property
    def scale_(self) -> Any:
        """The factor from the data to the range; for a constant feature, as if its range were 1."""
        return fitted_array(self._factors())

    @property
    def min_(self) -> Any:
        """The result of a 0 in the data."""
        low, _ = checked_range(self.feature_range)
        return fitted_array([low - a * scale for a, scale in zip(self.data_min_, self.scale_)])

    def _ranges(self) -> list[float]:
        self._check_fitted()
        statistics = map(statistics_of, self.summary_)
        return [each.high - each.low for each in statistics]

    def _factors(self) -> list[float]:
        low, high = checked_range(self.feature_range)
        return [(high - low) / (spread or 1.0) for spread in self._ranges()]


class StandardScaler(SummaryScaler):
    """Shift and scale each feature to mean 0 and standard deviation 1.

    It has the methods of scikit-learn's scaler of this name, but needs no scikit-learn, and takes
    arrays, frames and queries of engines. What it learns is a `Summary`. Fitted scalers merge
    (`a + b` and `sum(parts)` are `a.merge(b)`) and become plain JSON.

    Parameters
    ----------
    ddof : float, default 1
        The deviation divides by n - ddof, as in `standardize`. That of scikit-learn divides by n:
        StandardScaler(ddof=0) gives the same results.
    with_mean, with_std : bool, default True
        Whether the mean is subtracted, and whether the deviation becomes 1. Without `with_std` a
        constant feature is no error.
    columns : str or sequence of str, optional
        The columns of a frame to scale, by default all, which must be numeric. The others pass
        through as they are. They are found by name, wherever they stand.
    nan_policy : {"raise", "omit", "propagate"}, default "raise"
        Missing values are an error; or they stay and are left out of the fit; or one in the fit
        makes all results of its feature NaN. scikit-learn always omits them.
    on_constant : {"raise", "zero"}, default "raise"
        A constant feature is an error, or becomes 0. scikit-learn does the latter.

    Attributes
    ----------
    summary_ : Summary
        What was learned.
    mean_, var_, scale_ : array of shape (n_features,)
        As in scikit-learn, with this `ddof`. They are tuples where NumPy is not installed. What the
        transform does not use is None, but for the mean of which the deviation is taken.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only if the data of the fit had names.
    n_samples_seen_ : int or array of shape (n_features,)

    Examples
    --------
    >>> import numpy as np
    >>> scaler = StandardScaler().fit(np.array([[1.0], [2.0], [3.0]]))
    >>> scaler.transform(np.array([[4.0]]))
    array([[2.]])
    >>> StandardScaler.from_dict(scaler.to_dict()).mean_
    array([2.])
    """

    _kind = "standard-scaler"
    _served_params = operator.attrgetter(
        "summary_", "ddof", "with_mean", "with_std", "nan_policy", "on_constant"
    )

    def __init__(
        self,
        *,
        ddof: float = 1,
        with_mean: bool = True,
        with_std: bool = True,
        columns: str | Sequence[str] | None = None,
        nan_policy: Literal["raise", "omit", "propagate"] = "raise",
        on_constant: Literal["raise", "zero"] = "raise",
    ) -> None:
        self.ddof = ddof
        self.with_mean = with_mean
        self.with_std = with_std
        self.columns = columns
        self.nan_policy = nan_policy
        self.on_constant = on_constant

    def _check_params(self) -> None:
        super()._check_params()
        check_ddof(self.ddof)
        check_flag("with_mean", self.with_mean)
        check_flag("with_std", self.with_std)

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> StandardScaler:
        """Learn from data, and forget what was learned before.

        Parameters
        ----------
        X : array, frame, query of an engine, list of dicts, or rows of numbers
            Shape (n_samples, n_features). A key that a dict lacks is missing there. All columns
            must be numeric, or those that `columns` names.
        y : object
            Ignored; pipelines pass it.
        sample_weight : array of shape (n_samples,), or number, optional
            How often each sample counts. Mean and deviation are weighted, and the deviation divides
            by the sum of the weights less `ddof`. A sample of weight 0 is as if it was not there.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        ValueError
            If `X` is empty, does not have two axes, or has values that the policies refuse; or if
            weights are negative, missing, infinite or all 0, or there are more or fewer of them
            than samples.
        TypeError
            If `X` or `sample_weight` holds a value that is not a number, or a query is weighted.
        """
        if sample_weight is None:
            return super().fit(X, y)
        return self._fitted(X, partial(self._fit, summarized=_weighted(sample_weight)))

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> StandardScaler:
        """Learn from more data, in addition to what was learned before.

        Parameters and errors are those of `fit`, except that a feature may be constant or missing
        in one batch. `transform` refuses it, if it is so in all of them. Samples without weights
        count once.
        """
        if sample_weight is None:
            return super().partial_fit(X, y)
        return self._partial_fit(X, _weighted(sample_weight))

    def _statistics_for(self, container: Container, summary: Summary) -> Sequence[Statistics]:
        if not _is_weighted(summary):
            return super()._statistics_for(container, summary)
        # With the deviation by `ddof` at once, since a sample deviation of weights may not exist.
        columns = []
        for column in summary:
            weight: Any = column.count if column.weight is None else column.weight
            deviation = column.std and self._deviation(column)
            columns.append(replace(column, count=weight, std=deviation, half_std=None))
        few = [column.name for column in columns if column.std != column.std]
        if few and self.with_std:
            raise ValueError(
                "ddof must be less than the sum of the weights, got "
                f"{self.ddof}: {named_columns(few)}; ddof=0 fits weights that are shares"
            )
        return statistics_for(container, Summary(columns))

    def _check_statistics(self, container: Container, statistics: Sequence[Statistics]) -> None:
        if not self.with_std:
            return
        check_deviation(self.ddof, container, statistics)
        if self.on_constant == "raise":
            constant = [each.deviation == 0 for each in statistics]
            problem = "Standard deviation is zero, cannot standardize"
            check_constant(container, constant, statistics, problem)

    def _forward(self, statistics: Statistics, xp: Any) -> list[Step]:
        ddof = 1 if _is_weighted(self.summary_) else self.ddof  # of weights it is in already
        return to_unit_deviation(statistics, ddof, xp, self.with_mean, self.with_std)

    def _formula(self) -> tuple[Any, ...]:
        return self.ddof, self.with_mean, self.with_std

    @property
    def mean_(self) -> Any:
        """The mean of each feature; None if it is not used."""
        mean = self._figures("mean")
        return mean if self.with_mean or self.with_std else None

    @property
    def scale_(self) -> Any:
        """The standard deviation of each feature; 1 of a constant one, None if it is not used."""
        scale = [deviation or 1.0 for deviation in self._deviations()]
        return fitted_array(scale) if self.with_std else None

    @property
    def var_(self) -> Any:
        """The variance of each feature; inf if a float cannot hold it, None if it is not used."""
        variance = [deviation * deviation for deviation in self._deviations()]
        return fitted_array(variance) if self.with_std else None

    def _deviations(self) -> list[float]:
        self._check_fitted()
        return [self._deviation(column) for column in self.summary_]

    def _deviation(self, column: ColumnSummary) -> float:
        """Return the deviation of a column by this `ddof`; NaN if there is none."""
        weight = column.count if column.weight is None else column.weight
        statistics = statistics_of(column)
        if column.weight is None:
            if self.ddof == 1 or weight > self.ddof:
                return float(deviation_by(statistics, self.ddof, Scalars))
            return math.nan
        if column.count < 2 or weight <= self.ddof:
            return 0.0 if column.count == 1 else math.nan
        return float(
            deviation_by(statistics, 0, Scalars) * math.sqrt(weight / (weight - self.ddof))
        )


def _is_weighted(summary: Summary) -> bool:
    # What a container measured has no weights. To ask each column would make a thousand of them.
    return summary._measured is None and any(column.weight is not None for column in summary)


def _weighted(sample_weight: Any) -> Callable[[Container], Summary]:
    return partial(weighted_summary_of, sample_weight=sample_weight)
