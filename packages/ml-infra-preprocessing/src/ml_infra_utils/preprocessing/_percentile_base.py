"""What the clipper and the robust scaler share: they learn percentiles.

They are exact, of sketches, or of the distributions of a summary.
"""

from __future__ import annotations

import base64
import math
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ml_infra_utils.preprocessing import _sketch
from ml_infra_utils.preprocessing._counts import Between
from ml_infra_utils.preprocessing._estimator import Estimator, fitted_array
from ml_infra_utils.preprocessing._policies import apply_nan_policy
from ml_infra_utils.preprocessing._statistics import Statistics
from ml_infra_utils.preprocessing._values import as_json, name_as_cell
from ml_infra_utils.preprocessing._words import counted, described, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.base import Container
    from ml_infra_utils.preprocessing._from_summary import Features

    PercentileT = TypeVar("PercentileT", bound="PercentileEstimator")


UNKNOWN = Between(math.nan, math.nan)


class PercentileEstimator(Estimator):
    """An estimator that learns percentiles of each feature.

    They are exact, so that a fit needs all data in memory at once; or with a `sketch_size` a KLL
    sketch is kept, which takes data in parts and merges; or they are those of a summary.
    """

    sketch_size: int | None
    sketches_: tuple[bytes, ...] | None
    _errors: list[float] | None = None
    _columns: list[Statistics]

    # How percentiles are taken.
    _method: str
    # The entries of the document in rising order, each with the field of `_columns`.
    _entries: ClassVar[Mapping[str, str]]

    def _percents(self) -> Mapping[str, float]:
        """Return the percentiles to learn, by the field of `_columns`."""
        raise NotImplementedError

    def _exact(self, container: Container) -> list[Statistics]:
        """Return the exact percentiles of each feature."""
        raise NotImplementedError

    @property
    def partial_fit(self: PercentileT) -> Callable[..., PercentileT]:
        """Learn from more data, in addition to what was learned before.

        Only an estimator with a `sketch_size` has this method, so that `hasattr` tells, as it does
        for scikit-learn's own estimators.

        Raises
        ------
        AttributeError
            If there is no `sketch_size`.
        """
        if self.sketch_size is None:
            raise AttributeError(
                "sketch_size must be an integer for partial_fit, got None; 200 is a good one"
            )
        return self._partial_fit

    @property
    def rank_error_(self) -> float:
        """By how much the rank of a percentile may be off, as a share of all values."""
        self._check_fitted()
        return 0.0 if self.sketches_ is None else _sketch.rank_error(self.sketches_[0])

    @property
    def errors_(self) -> Any:
        """By how much a percentile of each feature may be off; None unless a summary was fitted."""
        self._check_fitted()
        return None if self._errors is None else fitted_array(self._errors)

    def _figures(self, field: str) -> Any:
        """Return a percentile of each feature, as a fitted attribute."""
        self._check_fitted()
        return fitted_array([getattr(column, field) for column in self._columns])

    def _check_params(self) -> None:
        super()._check_params()
        size: Any = self.sketch_size
        if size is not None and (not isinstance(size, Integral) or not 8 <= int(size) <= 65535):
            raise ValueError(
                f"sketch_size must be an integer from 8 to 65535, got {described(size)}"
            )

    def _fit(self, container: Container) -> None:
        if self.sketch_size is not None:
            self._set_sketches(self._sketched(container, self.nan_policy))
            return
        self._columns = self._exact(container)
        self.sketches_ = self._errors = None

    def _learn(self, features: Features) -> None:
        if self.sketch_size is not None:
            raise ValueError(f"sketch_size must be None to fit a summary, got {self.sketch_size}")
        columns, errors = [], []
        for column in features.columns:
            is_unknown = not column.count or (self.nan_policy == "propagate" and column.missing)
            bounds = {
                field: UNKNOWN if is_unknown else column._percentile(percent, self._method)
                for field, percent in self._percents().items()
            }
            figures = {field: each.middle for field, each in bounds.items()}
            columns.append(Statistics(0, 0, **figures))
            errors.append(max(each.most - figures[field] for field, each in bounds.items()))
        self._columns, self._errors, self.sketches_ = columns, errors, None

    def _partial_fit(self: PercentileT, X: Any, y: Any = None) -> PercentileT:  # noqa: ARG002  # the protocol has y
        self._check_params()
        is_fitted = self.__sklearn_is_fitted__()
        container = self._samples(X)
        policy = "raise" if self.nan_policy == "raise" else "propagate"
        if is_fitted:
            self._check_features(container)
            known = self._known_sketches(
                "sketch_size must be set before the first fit, got a fit without a sketch"
            )
            self._set_sketches(known, self._sketched(container, policy))
        else:
            self._set_sketches(self._sketched(container, policy))
            self._set_features(container)
        return self

    def _sketched(self, container: Container, policy: str) -> list[tuple[bytes, bool]]:
        """Return the sketch of each feature, and whether missing values make its figures NaN."""
        _sketch.library()  # the error about the extra comes before one about NumPy, which it brings
        extrema = container.extrema()
        apply_nan_policy(container, extrema, policy, "fit", finite=self._is_finite)
        propagate = self.nan_policy == "propagate"
        return [
            (_sketch.sketched(column, int(self.sketch_size or 0)), propagate and ends.missing > 0)
            for column, ends in zip(container.numpy_columns(), container.per_feature(extrema))
        ]

    def _known_sketches(self, problem: str) -> list[tuple[bytes, bool]]:
        if self.sketches_ is None:
            raise ValueError(problem)
        propagate = self.nan_policy == "propagate"
        unknown = (propagate and column.low != column.low for column in self._columns)
        return list(zip(self.sketches_, unknown))

    def _set_sketches(self, *parts: list[tuple[bytes, bool]]) -> None:
        sketches, columns = [], []
        for feature in zip(*parts):
            sketch = _sketch.merged(part for part, _ in feature)
            is_unknown = any(unknown for _, unknown in feature)
            figures = {
                field: math.nan if is_unknown else _sketch.quantile(sketch, percent)
                for field, percent in self._percents().items()
            }
            sketches.append(sketch)
            columns.append(Statistics(0, 0, **figures))
        self.sketches_, self._columns, self._errors = tuple(sketches), columns, None

    def _merge_state(self, one: Any, other: Any) -> None:
        problem = "sketch_size must be an integer to merge, got None; 200 is a good one"
        if one._errors is not None or other._errors is not None:
            problem += ", and summaries are added before the fit"
        self._set_sketches(*(each._known_sketches(problem) for each in (one, other)))

    def _state(self) -> dict[str, Any]:
        sketches = self.sketches_
        return {
            **{
                entry: [as_json(getattr(column, field)) for column in self._columns]
                for entry, field in self._entries.items()
            },
            "sketches": sketches and [base64.b64encode(sketch).decode() for sketch in sketches],
            "errors": self._errors and list(map(as_json, self._errors)),
        }

    def _set_state(self, document: Mapping[str, Any]) -> None:
        for key in (*self._entries, "sketches", "errors"):
            if document[key] is not None and len(document[key]) != self.n_features_in_:
                entries = counted(self.n_features_in_, "entry", "entries")
                got = len(document[key])
                raise ValueError(f"{key} must have {entries}, as features says, got {got}")
        figures = {key: list(map(_figure, document[key])) for key in self._entries}
        keys = list(figures)
        for lower, upper in zip(keys, keys[1:]):
            for place, (low, high) in enumerate(zip(figures[lower], figures[upper])):
                if not low <= high and not (math.isnan(low) and math.isnan(high)):
                    raise ValueError(
                        f"{lower}[{place}] must be at most {upper}[{place}], {high!r}, got {low!r}"
                    )
        fields = self._entries.values()
        self._columns = [
            Statistics(0, 0, **dict(zip(fields, feature))) for feature in zip(*figures.values())
        ]
        sketches = document["sketches"]
        if sketches is not None:
            sketches = tuple(_sketch_from(place, text) for place, text in enumerate(sketches))
        errors = document["errors"]
        self.sketches_, self._errors = sketches, errors and list(map(_figure, errors))

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        heads = [entry[:-1].replace("_", " ") for entry in self._entries]  # in the singular
        fields = self._entries.values()
        figures = [[getattr(column, field) for field in fields] for column in self._columns]
        if self._errors is not None:
            heads.append("error")
            figures = [[*row, error] for row, error in zip(figures, self._errors)]
        return ["feature", *heads], [
            [name_as_cell(name), *(f"{figure:.6g}" for figure in row)]
            for name, row in zip(self._names(), figures)
        ]


def _figure(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value


def _sketch_from(place: int, text: str) -> bytes:
    try:
        sketch = base64.b64decode(text, validate=True)
        _sketch.check(sketch)
    except ValueError as error:
        raise ValueError(
            f"sketches[{place}] must be a sketch in base64, got {shortened(text)} ({error})"
        ) from None
    return sketch
