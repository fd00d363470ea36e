"""The protocol of scikit-learn's estimators, without scikit-learn.

Parameters, fitting, names of features, kinds of output, and the state of what was learned.
"""

from __future__ import annotations

import inspect
import math
import sys
from decimal import Decimal
from fractions import Fraction
from functools import partial
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._containers.base import are_dicts
from ml_infra_utils.preprocessing._containers.samples import samples_of
from ml_infra_utils.preprocessing._from_summary import features_of
from ml_infra_utils.preprocessing._parameters import NAN_POLICIES, check_choice, warn
from ml_infra_utils.preprocessing._policies import check_values
from ml_infra_utils.preprocessing._serving import rows_of
from ml_infra_utils.preprocessing._state import State, check_same_class, check_same_names, in_line
from ml_infra_utils.preprocessing._values import as_json, name_as_json, name_from_json
from ml_infra_utils.preprocessing._words import listed, nearest, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.base import Container, Suspect
    from ml_infra_utils.preprocessing._from_summary import Features
    from ml_infra_utils.preprocessing.summary import Summary

EstimatorT = TypeVar("EstimatorT", bound="Estimator")

_OUTPUTS = ("default", "pandas", "polars")


class NotFittedError(ValueError, AttributeError):
    """An estimator is used before it is fitted.

    Where scikit-learn is loaded, its own class of this name is raised.
    """


class Estimator(State):
    """What scalers and the clipper share: everything but what they learn, and their formula."""

    # The kind of its documents.
    _kind: str

    nan_policy: str
    columns: Any
    n_features_in_: int
    _sklearn_output_config: dict[str, str]
    # Whether infinities in a fit are an error.
    _is_finite = True
    # The names of the features; None if the data of the fit had none.
    _feature_names: list[Any] | None = None

    # What the subclasses learn.

    def _fit(self, container: Container) -> None:
        """Learn from data, and forget what was learned before."""
        raise NotImplementedError

    def _learn(self, features: Features) -> None:
        """Learn from a summary, and forget what was learned before."""
        raise NotImplementedError

    def _state(self) -> dict[str, Any]:
        """Return the entries of the document that hold what was learned."""
        raise NotImplementedError

    def _set_state(self, document: Mapping[str, Any]) -> None:
        """Learn what the document holds."""
        raise NotImplementedError

    def _merge_state(self, one: Any, other: Any) -> None:
        """Learn what two fitted estimators have learned."""
        raise NotImplementedError

    def _check_params(self) -> None:
        check_choice("nan_policy", self.nan_policy, NAN_POLICIES)

    # Parameters.

    @classmethod
    def _param_names(cls) -> list[str]:
        return sorted(set(inspect.signature(cls).parameters))

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002  # the protocol has it
        """Return the parameters by name."""
        return {name: getattr(self, name) for name in self._param_names()}

    def _params_as_json(self) -> dict[str, Any]:
        """Return the parameters as JSON has them, so that those of equal meaning are equal."""
        params = {
            name: float(value) if isinstance(value, (Fraction, Decimal)) else as_json(value)
            for name, value in self.get_params().items()
            if name != "columns"
        }
        chosen = None if self.columns is None else [name_as_json(name) for name in self._names()]
        return {"columns": chosen, **params}

    def set_params(self: EstimatorT, **params: Any) -> EstimatorT:
        """Set parameters, and return the estimator.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        for name, value in params.items():
            if name not in self._param_names():
                names = self._param_names()
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self!r}. "
                    f"Valid parameters are: {names}{nearest(name, names)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = (
            f"{name}={shortened(value)}"
            for name, value in self.get_params().items()
            if repr(value) != repr(defaults[name].default)
        )
        return in_line(f"{type(self).__name__}({', '.join(changed)})")

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of an estimator; only scikit-learn calls this."""
        utils = import_module("sklearn.utils")
        return utils.Tags(
            estimator_type=None,
            target_tags=utils.TargetTags(required=False),
            transformer_tags=utils.TransformerTags(preserves_dtype=["float64", "float32"]),
            input_tags=utils.InputTags(allow_nan=self.nan_policy != "raise"),
        )

    # Fitting and transforming.

    def fit(self: EstimatorT, X: Any, y: Any = None) -> EstimatorT:  # noqa: ARG002  # the protocol has y
        """Learn from data, and forget what was learned before.

        Parameters
        ----------
        X : array, frame, query of an engine, list of dicts, or rows of numbers
            Shape (n_samples, n_features). A key that a dict lacks is missing there. All columns
            must be numeric, or those that `columns` names.
        y : object
            Ignored; pipelines pass it.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        ValueError
            If `X` is empty, does not have two axes, or has values that the policies refuse.
        TypeError
            If `X` holds a value that is not a number.
        """
        return self._fitted(X, self._fit)

    def _fitted(self: EstimatorT, X: Any, learn: Callable[[Container], None]) -> EstimatorT:
        self._check_params()
        container = samples_of(X, type(self).__name__, self.columns)
        learn(container)
        self._set_features(container)
        return self

    def fit_summary(self: EstimatorT, summary: Summary) -> EstimatorT:
        """Learn from a summary, such as the sum of those of many parts.

        Parameters
        ----------
        summary : Summary
            What `summarize` returns, with `distributions=True` for quantiles and percentiles. All
            columns must be numeric, or those that `columns` names. Numbers 0, 1, 2 … as names, as
            an array has them, are none.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        ValueError
            If a column is empty, or has values that the policies refuse, or a distribution is
            needed and is not there.
        TypeError
            If it is no summary, or a column holds values that are not numbers.

        Examples
        --------
        >>> from ml_infra_utils.preprocessing import MinMaxScaler, summarize
        >>> parts = [summarize([{"age": 20}, {"age": 70}]), summarize([{"age": 40}])]
        >>> MinMaxScaler().fit_summary(sum(parts)).transform({"age": 45})
        {'age': 0.5}
        """
        self._check_params()
        features = features_of(summary, self.columns, self.nan_policy, self._is_finite)
        self._learn(features)
        self._set_features(features)
        return self

    def _set_features(self, container: Container | Features) -> None:
        self.n_features_in_ = container.n_features
        names = _names(container)
        self._feature_names = None if names is None else list(names)

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit to data, with what else `fit` takes, then transform it."""
        return self.fit(X, y, **fit_params).transform(X)

    def transform(self, X: Any) -> Any:
        """Transform data of the features of the fit."""
        raise NotImplementedError

    def _applied(
        self,
        X: Any,
        transformed: Callable[[Container, Suspect | None], Any],
        *,
        named: bool = True,
        finite: bool = True,
    ) -> Any:
        """Return what `transformed` makes of data, in the kind of output that is set.

        Its second argument looks for values to refuse, unless the results prove that there is
        none. With `named`, warn if only one of the fit and `X` has names.
        """
        self._check_fitted()
        rows = rows_of(X, self._names(), self._feature_names is not None)
        container: Any = rows or self._samples(X, may_be_empty=True)
        self._check_features(container, named)
        suspect = partial(check_values, container, self.nan_policy, finite)
        result = transformed(container, None if container.is_lazy else suspect)
        if rows and rows.has_names:
            return result
        # What goes back without names, such as predictions, gets none.
        return result if not named and _names(container) is None else self._output(result)

    def _samples(self, X: Any, may_be_empty: bool = False) -> Container:
        """Return the container of more data: of the columns that were chosen, if any were."""
        if not self.__sklearn_is_fitted__():
            return samples_of(X, type(self).__name__, self.columns, may_be_empty)
        # Keys of dicts have no order, and more of them do no harm.
        by_name = self._feature_names is not None and are_dicts(X)
        is_chosen = self.columns is not None and hasattr(type(X), "columns")
        chosen = self._names() if by_name or is_chosen else None
        return samples_of(X, type(self).__name__, chosen, may_be_empty)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_prepared"}

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            sklearn = sys.modules.get("sklearn.exceptions")
            error = NotFittedError if sklearn is None else sklearn.NotFittedError
            raise error(f"This {type(self).__name__} instance is not fitted yet: call fit first")

    def _check_features(self, container: Container, named: bool = True) -> None:
        fitted, given = self._feature_names, _names(container)
        name = type(self).__name__
        if fitted is not None and given is not None:
            if fitted != list(given):
                raise ValueError(_difference(fitted, list(given)))
        elif fitted is None and given is not None and set(given) == set(self._names()):
            raise ValueError(_difference(self._names(), list(given)))  # numbers in another order
        elif named and given is not None:
            warn(f"X has feature names, but {name} was fitted without feature names")
        elif named and fitted is not None:
            warn(f"X does not have valid feature names, but {name} was fitted with feature names")
        if container.n_features != self.n_features_in_:
            raise ValueError(
                f"X has {container.n_features} features, but {name} is expecting "
                f"{self.n_features_in_} features as input"
            )

    # Output.

    @property
    def feature_names_in_(self) -> Any:
        """The names of the features, if the data of the fit had some."""
        if self._feature_names is None:
            raise AttributeError("feature_names_in_ is there only if the data of the fit had names")
        return _object_array(self._feature_names)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the names of the features after a transform: they stay as they are.

        Columns that `columns` leaves out are among them if `input_features` names them.

        Raises
        ------
        ValueError
            If `input_features` are not those of the fit.
        """
        self._check_fitted()
        fitted = self._feature_names
        if input_features is not None and self.columns is not None:
            missing = [name for name in self._names() if name not in set(input_features)]
            if missing:
                raise ValueError(f"input_features must have every feature, not {listed(missing)}")
            return _object_array(input_features)
        if input_features is None:
            names = [f"x{i}" for i in range(self.n_features_in_)] if fitted is None else fitted
            return _object_array(names)
        if fitted is not None and fitted != list(input_features):
            raise ValueError("input_features is not equal to feature_names_in_")
        if len(input_features) != self.n_features_in_:
            raise ValueError(
                f"input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(input_features)}"
            )
        return _object_array(input_features)

    def set_output(self: EstimatorT, *, transform: str | None = None) -> EstimatorT:
        """Choose the kind of frame that `transform` returns; "default" is the kind of its input.

        Raises
        ------
        ValueError
            If it is not "default", "pandas" or "polars".
        """
        if transform is not None:
            check_choice("transform", transform, _OUTPUTS)
            self._sklearn_output_config = {"transform": transform}
        return self

    def _output(self, result: Any) -> Any:
        kind = getattr(self, "_sklearn_output_config", {}).get("transform")
        if kind is None and "sklearn" in sys.modules:
            kind = sys.modules["sklearn"].get_config()["transform_output"]
        if kind in (None, "default"):
            return result
        import narwhals as nw

        frame: Any = nw.from_native(result, pass_through=True)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
        if isinstance(frame, nw.DataFrame):
            return frame.to_pandas() if kind == "pandas" else frame.to_polars()
        names = list(self.get_feature_names_out())
        if kind == "pandas":
            return import_module("pandas").DataFrame(result, columns=names)
        return import_module("polars").DataFrame(result, schema=names, orient="row")

    # The state, as a value.

    def merge(self: EstimatorT, other: EstimatorT) -> EstimatorT:
        """Return a new estimator, fitted to the data of both.

        The order and the grouping of merges change nothing, but for the last digits of means and
        deviations, and for what the sketches of a clipper approximate.

        Raises
        ------
        TypeError
            If the other is of another class.
        ValueError
            If one is not fitted, or the two have different parameters or features.
        """
        check_same_class(self, other)
        self._check_fitted()
        other._check_fitted()
        mine, theirs = self._params_as_json(), other._params_as_json()
        for name, value in mine.items():
            if value != theirs[name]:
                raise ValueError(
                    f"{name} must be the same in a merge, got {shortened(value)} "
                    f"and {shortened(theirs[name])}"
                )
        if self._feature_names is other._feature_names is None:
            if self.n_features_in_ != other.n_features_in_:
                raise ValueError(
                    "features must be the same in a merge, got "
                    f"{self.n_features_in_} and {other.n_features_in_} of them"
                )
        else:
            check_same_names("features", self._names(), other._names())
        merged = type(self)(**self.get_params())
        merged.n_features_in_ = self.n_features_in_
        merged._feature_names = self._feature_names
        merged._merge_state(self, other)
        return merged

    def to_dict(self) -> dict[str, Any]:
        """Return parameters and what was learned as a document of plain JSON.

        The form is that of the class's schema in the package, such as
        `standard-scaler-1.schema.json`.
        """
        self._check_fitted()
        names = self._feature_names
        return {
            **_documents.header(self._kind),
            "params": self._params_as_json(),
            "features": self.n_features_in_ if names is None else [name_as_json(n) for n in names],
            **self._state(),
        }

    @classmethod
    def from_dict(cls: type[EstimatorT], document: Mapping[str, Any]) -> EstimatorT:
        """Return the fitted estimator that `to_dict` wrote.

        Raises
        ------
        ValueError
            If the document has another form, or entries that no fit leaves; the message names
            the entry.
        """
        document = _documents.read(document, cls._kind)
        params = {
            name: tuple(map(name_from_json, value)) if isinstance(value, list) else value
            for name, value in document["params"].items()
        }
        estimator = cls(**params)
        try:
            estimator._check_params()
        except ValueError as error:
            raise ValueError(f"params.{error}") from None
        features = document["features"]
        if isinstance(features, list):
            estimator._feature_names = list(map(name_from_json, features))
            features = len(features)
        estimator.n_features_in_ = features
        estimator._set_state(document)
        return estimator

    def _names(self) -> list[Any]:
        """Return the names of the features, or their numbers where they have none."""
        names = self._feature_names
        return list(range(self.n_features_in_)) if names is None else list(names)

    def _headline(self) -> str:
        return repr(self)

    def __str__(self) -> str:
        return super().__str__() if self.__sklearn_is_fitted__() else repr(self)

    def _repr_html_(self) -> str:
        if self.__sklearn_is_fitted__():
            return super()._repr_html_()
        return f"<p>{escape(repr(self))}</p>"

    def to_markdown(self) -> str:
        """Return what was learned as a table in Markdown, for a comment on a pull request."""
        self._check_fitted()
        return super().to_markdown()


def fitted_array(figures: Sequence[Any]) -> Any:
    """Return a figure of each feature as an array, or as a tuple where NumPy is not installed."""
    try:
        import numpy as np
    except ImportError:
        return tuple(figures)
    return np.array([math.nan if figure is None else figure for figure in figures])


def _names(container: Container | Features) -> Sequence[Any] | None:
    return container.names if container.has_names else None


def _object_array(names: Any) -> Any:
    try:
        import numpy as np
    except ImportError:
        return list(names)
    listed_names = list(names)
    array = np.empty(len(listed_names), object)
    for place, name in enumerate(listed_names):  # NumPy would make a second axis of tuples
        array[place] = name
    return array


def _difference(fitted: Sequence[str], given: Sequence[str]) -> str:
    lines = ["The feature names should match those that were passed during fit."]
    unexpected = sorted(set(given) - set(fitted), key=str)
    missing = sorted(set(fitted) - set(given), key=str)
    for headline, names in (
        ("Feature names unseen at fit time:", unexpected),
        ("Feature names seen at fit time, yet now missing:", missing),
    ):
        if names:
            lines += [headline, *(f"- {name}" for name in names[:5])]
            lines += ["- ..."] if len(names) > 5 else []
    if not unexpected and not missing:
        lines.append("Feature names must be in the same order as they were in fit.")
    return "\n".join(lines) + "\n"
