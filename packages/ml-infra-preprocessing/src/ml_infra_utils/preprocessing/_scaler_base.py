"""What the scalers share: a formula of figures that were learned, mostly of a summary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ml_infra_utils.preprocessing._estimator import Estimator, fitted_array
from ml_infra_utils.preprocessing._formulas import inverse
from ml_infra_utils.preprocessing._parameters import ON_CONSTANT, check_choice
from ml_infra_utils.preprocessing._policies import apply_nan_policy
from ml_infra_utils.preprocessing._serving import rows_of, server
from ml_infra_utils.preprocessing._words import counted, described, shortened
from ml_infra_utils.preprocessing.summary import (
    Summary,
    statistics_for,
    summary_from,
    summary_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.base import Container, Suspect
    from ml_infra_utils.preprocessing._formulas import Step
    from ml_infra_utils.preprocessing._from_summary import Features
    from ml_infra_utils.preprocessing._statistics import Statistics

    ScalerT = TypeVar("ScalerT", bound="SummaryScaler")


class Scaler(Estimator):
    """A scaler: it applies a formula to figures of each feature."""

    on_constant: str

    # Returns what was learned, and the parameters on which a transform depends.
    _served_params: Callable[[Any], Any]

    @property
    def _learned(self) -> Any:
        """What was learned: another object whenever it has changed."""
        raise NotImplementedError

    def _statistics(self, container: Container) -> Sequence[Statistics]:
        """Return what was learned in the form that a container has."""
        raise NotImplementedError

    def _forward(self, statistics: Statistics, xp: Any) -> list[Step]:
        raise NotImplementedError

    def _check_params(self) -> None:
        super()._check_params()
        check_choice("on_constant", self.on_constant, ON_CONSTANT)

    def _check_statistics(self, container: Container, statistics: Sequence[Statistics]) -> None:
        """Refuse statistics that the formula cannot use."""
        raise NotImplementedError

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
        try:
            params, serve = self._prepared[1][is_back]
        except (AttributeError, KeyError):  # of a document or a copy, or the first row
            self._check_fitted()
            params = None
        if params != self._served_params(self):
            if self._feature_names is None:
                return None
            rows: Any = rows_of(row, self._names(), has_names=True)
            serve = server(self._names(), self._steps(rows, is_back))
            self._prepared[1][is_back] = self._served_params(self), serve
        served: dict[Any, Any] | None = serve(row)
        return served

    def _steps(self, container: Container, is_back: bool) -> list[list[Step]]:
        """Return the steps of a transform, which are kept for data of the same layout."""
        learned, steps_of = self.__dict__.get("_prepared", (None, {}))
        if learned is not self._learned:  # of a document, a copy or a merge
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
        self._prepared = self._learned, steps_of
        return steps_of

    def _formula(self) -> tuple[Any, ...]:
        """Return the parameters of the formula, as values that can be hashed."""
        raise NotImplementedError

    def _new_steps(self, container: Container, is_back: bool) -> list[list[Step]]:
        # A fit has refused already what `nan_policy` refuses, but a document may come from another
        # fit.
        policy = "propagate" if self.nan_policy == "propagate" else "omit"
        statistics = self._statistics(container)
        statistics = apply_nan_policy(container, statistics, policy, "transform")
        self._check_statistics(container, statistics)
        steps = [self._forward(each, container.xp) for each in statistics]
        return [inverse(each) for each in steps] if is_back else steps


class SummaryScaler(Scaler):
    """A scaler that learns the summary of the data."""

    summary_: Summary

    _name_columns = 2

    @property
    def _learned(self) -> Summary:
        return self.summary_

    def _statistics(self, container: Container) -> Sequence[Statistics]:
        return self._statistics_for(container, self.summary_)

    def _statistics_for(self, container: Container, summary: Summary) -> Sequence[Statistics]:
        return statistics_for(container, summary)

    def _fit(
        self, container: Container, summarized: Callable[[Container], Summary] = summary_of
    ) -> None:
        summary = summarized(container)
        statistics = self._statistics_for(container, summary)
        statistics = apply_nan_policy(container, statistics, self.nan_policy, "fit")
        self._check_statistics(container, statistics)
        self.summary_ = summary
        self._prepare()  # here, since scikit-learn wants a transform to set no attribute

    def _learn(self, features: Features) -> None:
        # Without distributions, which take more room than all else in a document.
        columns = [replace(column, distribution=None) for column in features.columns]
        container: Any = features  # it has what a fit asks of one
        self._fit(container, lambda _: Summary(columns))

    def partial_fit(self: ScalerT, X: Any, y: Any = None) -> ScalerT:  # noqa: ARG002  # the protocol has y
        """Learn from more data, in addition to what was learned before.

        Parameters and errors are those of `fit`, except that a feature may be constant or missing
        in one batch. `transform` refuses it, if it is so in all of them.
        """
        return self._partial_fit(X, summary_of)

    def _partial_fit(self: ScalerT, X: Any, summarized: Callable[[Container], Summary]) -> ScalerT:
        self._check_params()
        is_fitted = self.__sklearn_is_fitted__()
        container = self._samples(X)
        if is_fitted:
            self._check_features(container)
        summary = summarized(container)
        statistics = statistics_for(container, summary)
        policy = "raise" if self.nan_policy == "raise" else "propagate"
        apply_nan_policy(container, statistics, policy, "fit")
        if is_fitted:
            summary = self._named(self.summary_).merge(self._named(summary))
        else:
            self._set_features(container)
        self.summary_ = summary
        return self

    def _figures(self, name: str) -> Any:
        """Return a figure of each feature, as a fitted attribute."""
        self._check_fitted()
        return fitted_array([getattr(column, name) for column in self.summary_])

    @property
    def n_samples_seen_(self) -> Any:
        """How many samples were seen: one number, or one for each feature if they differ.

        Of weighted samples it is the sum of the weights.
        """
        self._check_fitted()
        counts = [c.count if c.weight is None else c.weight for c in self.summary_]
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
