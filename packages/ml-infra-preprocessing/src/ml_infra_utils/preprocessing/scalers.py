"""Scalers: fitted once, on one machine or on many, and applied often."""

from __future__ import annotations

import math
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ml_infra_utils.preprocessing._containers.samples import samples_of
from ml_infra_utils.preprocessing._estimator import Estimator, fitted_array
from ml_infra_utils.preprocessing._formulas import (
    deviation_by,
    inverse,
    to_unit_deviation,
    to_unit_range,
    unit_to_range,
)
from ml_infra_utils.preprocessing._parameters import (
    ON_CONSTANT,
    check_choice,
    check_ddof,
    check_flag,
    checked_range,
)
from ml_infra_utils.preprocessing._policies import apply_nan_policy, check_constant, check_deviation
from ml_infra_utils.preprocessing._serving import rows_of, server
from ml_infra_utils.preprocessing._words import counted, described, shortened
from ml_infra_utils.preprocessing.summary import (
    Summary,
    statistics_for,
    statistics_of,
    summary_from,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

    from ml_infra_utils.preprocessing._containers.base import Container, Suspect
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._statistics import Statistics

    ScalerT = TypeVar("ScalerT", bound="_Scaler")

_UNPREPARED: tuple[Any, Any] = (None, {})

__all__ = ["MinMaxScaler", "StandardScaler"]


class _Scaler(Estimator):
    """A scaler that learns the summary of the data."""

    on_constant: str
    summary_: Summary

    _name_columns = 2
    # Returns the parameters on which a transform depends.
    _served_params: Callable[[Any], Any]

    def _forward(self, statistics: Statistics, xp: Any) -> list[Step]:
        raise NotImplementedError

    def _check_params(self) -> None:
        super()._check_params()
        check_choice("on_constant", self.on_constant, ON_CONSTANT)

    def _check_statistics(self, container: Container, statistics: Sequence[Statistics]) -> None:
        """Refuse statistics that the formula cannot use."""
        raise NotImplementedError

    def _fit(self, container: Container) -> None:
        summary = summary_of(container)
        statistics = statistics_for(container, summary)
        statistics = apply_nan_policy(container, statistics, self.nan_policy, "fit")
        self._check_statistics(container, statistics)
        self.summary_ = summary
        self._prepare()  # here, since scikit-learn wants a transform to set no attribute

    def partial_fit(self: ScalerT, X: Any, y: Any = None) -> ScalerT:  # noqa: ARG002  # the protocol has y
        """Learn from more data, in addition to what was learned before.

        Parameters and errors are those of `fit`, except that a feature may be constant or missing
        in one batch. `transform` refuses it, if it is so in all of them.
        """
        self._check_params()
        is_fitted = self.__sklearn_is_fitted__()
        container = (
            self._samples(X) if is_fitted else samples_of(X, type(self).__name__, self.columns)
        )
        if is_fitted:
            self._check_features(container)
        summary = summary_of(container)
        statistics = statistics_for(container, summary)
        policy = "raise" if self.nan_policy == "raise" else "propagate"
        apply_nan_policy(container, statistics, policy, "fit")
        if is_fitted:
            summary = self._named(self.summary_).merge(self._named(summary))
        else:
            self._set_features(container)
        self.summary_ = summary
        return self

    def transform(self, X: Any) -> Any:
        """Scale data of the features of the fit.

        Parameters
        ----------
        X : array, frame, query of an engine, dict, list of dicts, or list of rows
            Shape (n_samples, n_features). Dicts are read by feature name, and keep other keys.

        Returns
        -------
        The kind of `X`
            Or the kind that `set_output` names, except for dicts. A lazy frame stays lazy.

        Raises
        ------
        ValueError
            If the features are not those of the fit, or values are infinite, or values are missing
            and nan_policy is "raise". A lazy frame is not searched for such values.
        """
        if type(X) is dict and (served := self._served(X, is_back=False)) is not None:
            return served

        def forward(container: Container, suspect: Suspect | None) -> Any:
            return container.apply(self._steps(container, is_back=False), suspect)

        return self._applied(X, forward)

    def inverse_transform(self, X: Any) -> Any:
        """Scale data back to the unit of the fit.

        Parameters, result and errors are those of `transform`. Data without names needs no warning,
        since the predictions of a model have none.
        """
        if type(X) is dict and (served := self._served(X, is_back=True)) is not None:
            return served

        def back(container: Container, suspect: Suspect | None) -> Any:
            return container.apply(self._steps(container, is_back=True), suspect)

        return self._applied(X, back, named=False)

    def _served(self, row: dict[Any, Any], is_back: bool) -> dict[Any, Any] | None:
        """Return a dict transformed; None if that needs a closer look at the scaler or its values.

        A service calls this for each of its requests, so it does only what one needs.
        """
        summary, kept = self.__dict__.get("_prepared", _UNPREPARED)
        params, serve = kept.get(is_back, _UNPREPARED)
        if params is None or summary is not self.summary_ or params != self._served_params(self):
            if not hasattr(self, "feature_names_in_"):
                return None
            rows: Any = rows_of(row, self._names(), has_names=True)
            serve = server(self._names(), self._steps(rows, is_back))
            self._prepared[1][is_back] = self._served_params(self), serve
        served: dict[Any, Any] | None = serve(row)
        return served

    def _steps(self, container: Container, is_back: bool) -> list[list[Step]]:
        """Return the steps of a transform, which are kept for data of the same layout."""
        summary, steps_of = self.__dict__.get("_prepared", (None, {}))
        if summary is not self.summary_:  # of a document, a copy or a merge
            steps_of = self._prepare()
        key = (container.layout, is_back, self.nan_policy, self.on_constant, *self._formula())
        if container.layout is None:
            return self._new_steps(container, is_back)
        if key not in steps_of:
            steps_of[key] = self._new_steps(container, is_back)
        steps: list[list[Step]] = steps_of[key]
        return steps

    def _prepare(self) -> dict[Any, Any]:
        steps_of: dict[Any, Any] = {}
        self._prepared = self.summary_, steps_of
        return steps_of

    def _formula(self) -> tuple[Any, ...]:
        """Return the parameters of the formula, as values that can be hashed."""
        raise NotImplementedError

    def _new_steps(self, container: Container, is_back: bool) -> list[list[Step]]:
        # A fit has refused already what `nan_policy` refuses, but a document may come from another
        # fit.
        policy = "propagate" if self.nan_policy == "propagate" else "omit"
        statistics = statistics_for(container, self.summary_)
        statistics = apply_nan_policy(container, statistics, policy, "transform")
        self._check_statistics(container, statistics)
        steps = [self._forward(each, container.xp) for each in statistics]
        return [inverse(each) for each in steps] if is_back else steps

    def _figures(self, name: str) -> Any:
        """Return a figure of each feature, as a fitted attribute."""
        self._check_fitted()
        return fitted_array([getattr(column, name) for column in self.summary_])

    @property
    def n_samples_seen_(self) -> Any:
        """How many samples were seen: one number, or one for each feature if they differ."""
        self._check_fitted()
        counts = [column.count for column in self.summary_]
        return counts[0] if len(set(counts)) == 1 else fitted_array(counts)

    def _named(self, summary: Summary) -> Summary:
        """Return the summary with the names of the features, or their numbers if they have none."""
        return Summary(tuple(replace(c, name=n) for c, n in zip(summary, self._names())))

    def _state(self) -> dict[str, Any]:
        return {"summary": self._named(self.summary_).to_dict()}

    def _set_state(self, document: Mapping[str, Any]) -> None:
        summary = summary_from(document["summary"], ("summary",))
        if len(summary) != self.n_features_in_:
            raise ValueError(
                f"summary.columns must have {counted(self.n_features_in_, 'entry', 'entries')}, as "
                f"features says, got {len(summary)}"
            )
        for place, (name, expected) in enumerate(zip(summary.names, self._names())):
            if name != expected:
                raise ValueError(
                    f"summary.columns[{place}].name must be {shortened(expected)}, as features "
                    f"says, got {described(name)}"
                )
        for place, column in enumerate(summary):
            if column.count and column.mean is None:
                path = f"summary.columns[{place}]"
                raise ValueError(f"{path} must have figures, since its count is {column.count}")
        self.summary_ = summary

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        return self._named(self.summary_)._table()

    def _merge_state(self, one: Any, other: Any) -> None:
        self.summary_ = self._named(one.summary_).merge(self._named(other.summary_))


class MinMaxScaler(_Scaler):
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
        As in scikit-learn. They are tuples where NumPy is not loaded.
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
    _served_params = operator.attrgetter("feature_range", "clip", "nan_policy", "on_constant")

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


class StandardScaler(_Scaler):
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
        As in scikit-learn, with this `ddof`. They are tuples where NumPy is not loaded. What the
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
        "ddof", "with_mean", "with_std", "nan_policy", "on_constant"
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

    def _check_statistics(self, container: Container, statistics: Sequence[Statistics]) -> None:
        if not self.with_std:
            return
        check_deviation(self.ddof, container, statistics)
        if self.on_constant == "raise":
            constant = [each.deviation == 0 for each in statistics]
            problem = "Standard deviation is zero, cannot standardize"
            check_constant(container, constant, statistics, problem)

    def _forward(self, statistics: Statistics, xp: Any) -> list[Step]:
        return to_unit_deviation(statistics, self.ddof, xp, self.with_mean, self.with_std)

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
        return [
            deviation_by(statistics_of(column), self.ddof)
            if self.ddof == 1 or column.count > self.ddof
            else math.nan
            for column in self.summary_
        ]
