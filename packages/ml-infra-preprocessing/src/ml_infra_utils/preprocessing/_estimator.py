"""scikit-learn's protocol, without scikit-learn: parameters, fitting, feature names, output."""

from __future__ import annotations

import inspect
import math
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from ml_infra_utils.preprocessing import _json
from ml_infra_utils.preprocessing._containers.samples import samples_of
from ml_infra_utils.preprocessing._parameters import NAN_POLICIES, check_choice
from ml_infra_utils.preprocessing._policies import apply_nan_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.base import Container

EstimatorT = TypeVar("EstimatorT", bound="Estimator")

_VERSION = 1
_OUTPUTS = ("default", "pandas", "polars")


class NotFittedError(ValueError, AttributeError):
    """An estimator is used before it is fitted; scikit-learn's own class where that is loaded."""


class Estimator:
    """What the scalers share: everything but their state and their formula."""

    nan_policy: str
    n_features_in_: int
    feature_names_in_: Any
    _sklearn_output_config: dict[str, str]

    # State, by the subclasses.

    def _fit(self, container: Container) -> None:
        """Replace the state by that of the data."""
        raise NotImplementedError

    def _state(self) -> dict[str, Any]:
        raise NotImplementedError

    def _set_state(self, state: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _merge_state(self, one: Any, other: Any) -> None:
        """Set the state to that of the data of both."""
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

    def _plain_params(self) -> dict[str, Any]:
        """Return the parameters as JSON has them, in which equal ones are equal."""
        return {name: _json.plain(value) for name, value in self.get_params().items()}

    def set_params(self: EstimatorT, **params: Any) -> EstimatorT:
        """Set parameters, and return the estimator.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        for name, value in params.items():
            if name not in self._param_names():
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. "
                    f"Valid parameters are: {self._param_names()}."
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = (
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if repr(value) != repr(defaults[name].default)
        )
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn, which alone calls this, wants to know."""
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
        X : array, frame, query of an engine, or rows of numbers
            Shape (n_samples, n_features). All columns must be numeric.
        y : None
            Ignored; a pipeline passes it.

        Returns
        -------
        The estimator itself.

        Raises
        ------
        ValueError
            If `X` is empty, has not two axes, or has values that the policies refuse.
        TypeError
            If `X` holds what is not a number.
        """
        self._check_params()
        container = samples_of(X, type(self).__name__)
        self._fit(container)
        self._set_features(container)
        return self

    def _set_features(self, container: Container) -> None:
        self.n_features_in_ = container.n_features
        names = _names(container)
        if names is not None:
            self.feature_names_in_ = _object_array(names)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit to data, then transform it."""
        return self.fit(X, y).transform(X)

    def transform(self, X: Any) -> Any:
        """Transform data of the features of the fit."""
        raise NotImplementedError

    def _applied(
        self,
        X: Any,
        steps: Any,
        *,
        named: bool = True,
        finite: bool = True,
    ) -> Any:
        """Return `steps(container)` of checked data, in the kind of output that is set.

        What is `named` warns if it has no names where the fit had some, or the other way round.
        """
        self._check_fitted()
        container = samples_of(X, type(self).__name__)
        self._check_features(container, named)
        if not container.is_lazy:
            policy = "raise" if self.nan_policy == "raise" else "propagate"
            apply_nan_policy(container, container.extrema(), policy, "transform", finite)
        return self._output(steps(container))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            sklearn = sys.modules.get("sklearn.exceptions")
            error = NotFittedError if sklearn is None else sklearn.NotFittedError
            raise error(f"This {type(self).__name__} instance is not fitted yet: call fit first")

    def _check_features(self, container: Container, named: bool = True) -> None:
        fitted, given = getattr(self, "feature_names_in_", None), _names(container)
        name = type(self).__name__
        if fitted is not None and given is not None:
            if list(fitted) != list(given):
                raise ValueError(_difference(list(fitted), list(given)))
        elif named and given is not None:
            warnings.warn(
                f"X has feature names, but {name} was fitted without feature names", stacklevel=4
            )
        elif named and fitted is not None:
            warnings.warn(
                f"X does not have valid feature names, but {name} was fitted with feature names",
                stacklevel=4,
            )
        if container.n_features != self.n_features_in_:
            raise ValueError(
                f"X has {container.n_features} features, but {name} is expecting "
                f"{self.n_features_in_} features as input"
            )

    # Output.

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the names of the features, which a transform keeps.

        Raises
        ------
        ValueError
            If `input_features` are not those of the fit.
        """
        self._check_fitted()
        fitted = getattr(self, "feature_names_in_", None)
        if input_features is None:
            names = [f"x{i}" for i in range(self.n_features_in_)] if fitted is None else fitted
            return _object_array(names)
        if fitted is not None and list(fitted) != list(input_features):
            raise ValueError("input_features is not equal to feature_names_in_")
        if len(input_features) != self.n_features_in_:
            raise ValueError(
                f"input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(input_features)}"
            )
        return _object_array(input_features)

    def set_output(self: EstimatorT, *, transform: str | None = None) -> EstimatorT:
        """Choose what `transform` returns: "default" is the kind of container that came in.

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

    # State that moves.

    def merge(self: EstimatorT, other: EstimatorT) -> EstimatorT:
        """Return a new estimator, fitted to the data of both.

        Raises
        ------
        TypeError
            If the other is of another class.
        ValueError
            If one is not fitted, or the two have different parameters or features.
        """
        if type(other) is not type(self):
            raise TypeError(f"cannot merge a {type(self).__name__} with a {type(other).__name__}")
        self._check_fitted()
        other._check_fitted()
        mine, theirs = self._plain_params(), other._plain_params()
        different = [name for name in mine if mine[name] != theirs[name]]
        if different:
            raise ValueError(
                f"cannot merge: parameters differ: {different[0]}={mine[different[0]]!r} "
                f"and {different[0]}={theirs[different[0]]!r}"
            )
        features = [getattr(one, "feature_names_in_", None) for one in (self, other)]
        names = [None if each is None else list(each) for each in features]
        if names[0] != names[1] or self.n_features_in_ != other.n_features_in_:
            raise ValueError(
                f"cannot merge states of different features: {names[0] or self.n_features_in_} "
                f"and {names[1] or other.n_features_in_}"
            )
        merged = type(self)(**self.get_params())
        merged.n_features_in_ = self.n_features_in_
        if features[0] is not None:
            merged.feature_names_in_ = features[0]
        merged._merge_state(self, other)
        return merged

    def to_dict(self) -> dict[str, Any]:
        """Return parameters and state as plain JSON, which `from_dict` reads.

        The schema is `state-1.schema.json` in the package.
        """
        self._check_fitted()
        names = getattr(self, "feature_names_in_", None)
        return {
            "format": self._format(),
            "version": _VERSION,
            "params": self._plain_params(),
            "features": self.n_features_in_ if names is None else [str(name) for name in names],
            "state": self._state(),
        }

    @classmethod
    def from_dict(cls: type[EstimatorT], state: Mapping[str, Any]) -> EstimatorT:
        """Return the fitted estimator that `to_dict` wrote.

        Raises
        ------
        ValueError
            If the state is of another class or a newer version, or has missing, unknown or wrong
            entries.
        """
        _json.check_header(state, cls._format(), _VERSION, {"params", "features", "state"})
        _json.check_keys("params", state["params"], cls._param_names())
        params = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in state["params"].items()
        }
        estimator = cls(**params)
        estimator._check_params()
        features = state["features"]
        if isinstance(features, list):
            names = [_json.text("a name in features", name) for name in features]
            if len(set(names)) < len(names):
                raise ValueError(f"features must have different names, got {names}")
            estimator.feature_names_in_ = _object_array(names)
            features = len(names)
        estimator.n_features_in_ = _json.count("features", features, 1)
        estimator._set_state(state["state"])
        return estimator

    @classmethod
    def _format(cls) -> str:
        return f"ml_infra_utils.preprocessing.{cls.__name__}"


def fitted_array(figures: Sequence[Any]) -> Any:
    """Return one figure a feature as a fitted attribute: an array, where NumPy is loaded."""
    if "numpy" not in sys.modules:
        return tuple(figures)
    import numpy as np

    return np.array([math.nan if figure is None else figure for figure in figures])


def _names(container: Container) -> Sequence[str] | None:
    return container.names if container.has_names else None


def _object_array(names: Any) -> Any:
    if "numpy" not in sys.modules:
        return list(names)
    import numpy as np

    return np.array(list(names), dtype=object)


def _difference(fitted: Sequence[str], given: Sequence[str]) -> str:
    lines = ["The feature names should match those that were passed during fit."]
    unexpected = sorted(set(given) - set(fitted))
    missing = sorted(set(fitted) - set(given))
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
