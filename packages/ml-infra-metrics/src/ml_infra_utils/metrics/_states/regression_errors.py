"""The errors of predicted numbers as one mergeable value."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any, Mapping

from ml_infra_utils.metrics._limits import LEAST_WEIGHT
from ml_infra_utils.metrics._reading.columns import as_list, is_numpy, same_length
from ml_infra_utils.metrics._reading.numbers import as_integer, as_numbers, as_weights
from ml_infra_utils.metrics._states import document_values as json

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import NumbersLike

_KIND, _VERSION = "regression-errors", 1


@dataclass(frozen=True)
class RegressionErrors:
    """How far predictions are from labels, and how far the labels are from their mean.

    An immutable value, made by `from_predictions`. Values of parts add up to that of the whole
    up to rounding; the spread of the labels is kept about their mean, so large offsets cost no
    digits (Chan, Golub and LeVeque 1983).

    Attributes
    ----------
    count : int
        The number of examples.
    weight : float
        The sum of their weights; the count if there are none.
    absolute, squared : float
        The weighted sums of absolute and of squared errors.
    label_mean, label_spread : float
        The weighted mean of the labels, and sum of their squared distances from it.

    Examples
    --------
    >>> monday = RegressionErrors.from_predictions([1e8 + 1, 1e8 + 2], [1e8 + 1, 1e8 + 3])
    >>> tuesday = RegressionErrors.from_predictions([1e8 + 5], [1e8 + 5])
    >>> (monday + tuesday).r2_score
    0.875
    """

    count: int = 0
    weight: float = 0.0
    absolute: float = 0.0
    squared: float = 0.0
    label_mean: float = 0.0
    label_spread: float = 0.0

    @classmethod
    def from_predictions(
        cls,
        predictions: NumbersLike,
        labels: NumbersLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> RegressionErrors:
        """Gather the errors of predictions.

        Parameters
        ----------
        predictions, labels : sequence, array or column of numbers, shape (n,)
            Predicted and true value of each example.
        sample_weight : sequence, array or column of numbers, shape (n,), optional
            What each example counts, at least 0; by default 1.

        Raises
        ------
        ValueError
            If lengths differ, a value is not finite, a weight is negative, or all are below 1e-290.
        TypeError
            If a value is not a number, or a string, set or mapping stands for the sequence.
        """
        predicted, actual = as_numbers(predictions, "predictions"), as_numbers(labels, "labels")
        same_length(predicted, actual)
        n = len(actual)
        weights = None if sample_weight is None else as_weights(sample_weight, n)
        largest = 1.0
        if weights is not None:
            largest = float(
                weights.max(initial=0.0) if is_numpy(weights) else max(weights, default=0)
            )
        if not n or not largest:
            return cls(count=n)
        if largest < LEAST_WEIGHT:
            raise ValueError(
                f"sample_weight must have a weight of at least {LEAST_WEIGHT} (scale all alike: "
                f"scores do not change), the largest is {largest!r}"
            )
        gather = _sums_of_arrays if is_numpy(predicted) or is_numpy(actual) else _sums_of_lists
        try:
            sums = gather(predicted, actual, weights)
        except (OverflowError, FloatingPointError):
            sums = (math.inf,)
        if not all(map(math.isfinite, sums)):
            raise ValueError("the squared errors overflow a float; scale both columns down")
        return cls(n, *sums)

    @property
    def mean_absolute_error(self) -> float:
        """The mean of the absolute errors; nan for no examples."""
        return self.absolute / self.weight if self.weight else math.nan

    @property
    def mean_squared_error(self) -> float:
        """The mean of the squared errors; nan for no examples."""
        return self.squared / self.weight if self.weight else math.nan

    @property
    def root_mean_squared_error(self) -> float:
        """The square root of the mean of the squared errors; nan for no examples."""
        return math.sqrt(self.mean_squared_error)

    @property
    def r2_score(self) -> float:
        """The fraction of the variance of the labels that the predictions explain, at most 1.

        Where all labels are equal, 1.0 for no error and 0.0 otherwise; nan for fewer than two
        examples.
        """
        if self.count < 2 or not self.weight:
            return math.nan
        if not self.label_spread:
            return 0.0 if self.squared else 1.0
        return 1 - self.squared / self.label_spread

    def __add__(self, other: object) -> RegressionErrors:
        if not isinstance(other, RegressionErrors):
            return NotImplemented
        weight = self.weight + other.weight
        share = other.weight / weight if weight else 0.0
        shift = other.label_mean - self.label_mean
        return RegressionErrors(
            self.count + other.count,
            weight,
            self.absolute + other.absolute,
            self.squared + other.squared,
            self.label_mean + shift * share,
            self.label_spread + other.label_spread + shift * shift * self.weight * share,
        )

    def __radd__(self, other: object) -> RegressionErrors:
        return self if other == 0 else NotImplemented  # sum() starts with 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for `json.dumps`; the package holds its JSON Schema."""
        return {
            **json.header(_KIND, _VERSION),
            **dict(zip((field.name for field in fields(self)), astuple(self))),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RegressionErrors:
        """Return the errors that `to_dict` wrote.

        Raises
        ------
        ValueError
            If an entry is missing or wrong, such as a sum that is negative or not finite.
        """
        data = json.check_entries(data, _KIND, _VERSION, [field.name for field in fields(cls)])
        numbers = [
            json.decode_number(data.get(name), f"data[{name!r}]", signed=name == "label_mean")
            for name in (field.name for field in fields(cls)[1:])
        ]
        return cls(as_integer(data.get("count"), "data['count']", least=0), *numbers)


def _sums_of_lists(predicted: Any, actual: Any, weights: Any) -> tuple[float, ...]:
    weights = [1.0] * len(actual) if weights is None else as_list(weights)
    errors = [p - y for p, y in zip(predicted, actual)]
    # Distances from one label keep the digits that a large offset would take.
    offsets = [y - actual[0] for y in actual]
    weight = math.fsum(weights)
    offset = math.fsum(w * d for w, d in zip(weights, offsets)) / weight
    return (
        weight,
        math.fsum(w * abs(e) for w, e in zip(weights, errors)),
        math.fsum(w * e * e for w, e in zip(weights, errors)),
        actual[0] + offset,
        math.fsum(w * (d - offset) ** 2 for w, d in zip(weights, offsets)),
    )


def _sums_of_arrays(predicted: Any, actual: Any, weights: Any) -> tuple[float, ...]:
    import numpy as np

    labels = np.asarray(actual, dtype=np.float64)
    shares = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    weight = float(shares.sum())
    with np.errstate(over="raise"):
        errors = np.asarray(predicted, dtype=np.float64) - labels
        offsets = labels - labels[0]
        offset = float((offsets * shares).sum()) / weight
        return (
            weight,
            float((np.abs(errors) * shares).sum()),
            float((errors * errors * shares).sum()),
            float(labels[0]) + offset,
            float(((offsets - offset) ** 2 * shares).sum()),
        )
