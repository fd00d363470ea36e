"""The errors of predicted numbers as one mergeable value."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Iterable, Mapping, Sequence, overload

from ml_infra_utils.metrics._counting import devices
from ml_infra_utils.metrics._counting.frame_sums import sum_errors
from ml_infra_utils.metrics._formulas.errors import sums_of_arrays, sums_of_lists
from ml_infra_utils.metrics._formulas.intervals import Interval, quantile
from ml_infra_utils.metrics._limits import LEAST_WEIGHT, ROUNDING_OF_A_MEAN
from ml_infra_utils.metrics._options import check_alpha
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.columns import column_of, same_length
from ml_infra_utils.metrics._reading.numbers import as_integer, as_weights, numbers_of
from ml_infra_utils.metrics._showing.names import shown
from ml_infra_utils.metrics._states.document_values import refuse
from ml_infra_utils.metrics._states.slices import Slices, as_slicers, sliced
from ml_infra_utils.metrics._states.state import State, Table
from ml_infra_utils.metrics._words import counted, described

if TYPE_CHECKING:
    from ml_infra_utils.metrics._reading.numbers import Numbers
    from ml_infra_utils.metrics._types import NumbersLike


_SUMS = (
    "weight",
    "absolute",
    "squared",
    "label_spread",
    "relative",
    "symmetric",
    "largest",
    "label_absolute",
)


@dataclass(frozen=True)
class RegressionErrors(State):
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
    error : float
        The weighted sum of the errors, each a prediction minus its label.
    relative, symmetric : float
        The weighted sums of absolute errors, each over its absolute label, or over the mean of
        absolute prediction and label.
    largest : float
        The largest absolute error of an example whose weight is not 0.
    label_absolute : float
        The weighted sum of the absolute labels.

    Examples
    --------
    >>> monday = RegressionErrors.from_predictions([1e8 + 1, 1e8 + 2], [1e8 + 1, 1e8 + 3])
    >>> tuesday = RegressionErrors.from_predictions([1e8 + 5], [1e8 + 5])
    >>> (monday + tuesday).r2_score
    0.875
    """

    _kind: ClassVar[str] = "regression-errors"
    _scores: ClassVar[tuple[str, ...]] = (
        "mean_absolute_error",
        "mean_squared_error",
        "root_mean_squared_error",
        "r2_score",
        "mean_absolute_percentage_error",
        "weighted_absolute_percentage_error",
        "symmetric_mean_absolute_percentage_error",
        "mean_pinball_loss",
        "max_error",
    )
    _errors: ClassVar[tuple[str, ...]] = tuple(name for name in _scores if name != "r2_score")

    count: int = 0
    weight: float = 0.0
    absolute: float = 0.0
    squared: float = 0.0
    label_mean: float = 0.0
    label_spread: float = 0.0
    error: float = 0.0
    relative: float = 0.0
    symmetric: float = 0.0
    largest: float = 0.0
    label_absolute: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", as_integer(self.count, "count", least=0))
        for name in _SUMS:
            value = getattr(self, name)
            if not (0 <= value < math.inf):
                raise ValueError(
                    f"{name} must be a finite number of at least 0, got {described(value)}"
                )
        for name in ("label_mean", "error"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(
                    f"{name} must be a finite number, got {described(getattr(self, name))}"
                )

    @classmethod
    @takes_y
    def from_predictions(
        cls,
        predictions: NumbersLike,
        labels: NumbersLike,
        *,
        sample_weight: NumbersLike | None = None,
    ) -> RegressionErrors:
        """Sum up the errors of predictions.

        Parameters
        ----------
        predictions, labels : sequence, array or column of numbers, shape (n,)
            Predicted and true value of each example.
        sample_weight : sequence, array or column of numbers, shape (n,), optional
            The weight of each example, at least 0; by default 1.

        Raises
        ------
        ValueError
            If lengths differ, a value is not finite, a weight is negative, or all are below 1e-290.
        TypeError
            If a value is not a number, or a string, set or mapping was passed for the sequence.
        """
        guesses = column_of(predictions).read("predictions", "numbers")
        truths = column_of(labels).read("labels", "numbers")
        xp = devices.shared_namespace(guesses, truths) if sample_weight is None else None
        if xp is not None:
            sent = devices.sum_errors(xp, guesses.values, truths.values)
            if sent is not None:
                return cls(truths.length, *sent)
        predicted, actual = numbers_of(guesses, "predictions"), numbers_of(truths, "labels")
        same_length(len(predicted), len(actual))
        n = len(actual)
        weights = None if sample_weight is None else as_weights(sample_weight, n)
        largest = 1.0
        if weights is not None:
            largest = float(
                max(weights, default=0) if isinstance(weights, list) else weights.max(initial=0.0)
            )
        if not n or not largest:
            return cls(count=n)
        if largest < LEAST_WEIGHT:
            raise ValueError(
                f"sample_weight must have a weight of at least {LEAST_WEIGHT}, got {largest!r} as "
                "the largest; scale all alike: scores do not change"
            )
        return cls._finite(n, _sums(predicted, actual, weights))

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: str,
        labels: str,
        by: None = ...,
        *,
        sample_weight: str | None = ...,
    ) -> RegressionErrors: ...

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: str,
        labels: str,
        by: str | Sequence[str],
        *,
        sample_weight: str | None = ...,
    ) -> Slices[RegressionErrors]: ...

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        predictions: str,
        labels: str,
        by: str | Sequence[str] | None = None,
        *,
        sample_weight: str | None = None,
    ) -> RegressionErrors | Slices[RegressionErrors]:
        """Sum up the errors of two columns with one GROUP BY, run where the table is.

        With weights, a query for the mean label goes before it, so that large labels cost no
        digits.

        Parameters
        ----------
        frame : data frame or table
            Anything narwhals knows: frames of pandas, Polars (lazy too), PyArrow or Dask,
            relations of DuckDB, PySpark's data frames.
        predictions, labels : str
            The columns of predicted and true values.
        by : str or sequence of str, optional
            Columns that slice the table: a state for each value, or tuple of values.
        sample_weight : str, optional
            The column of what each row counts; the engine sums weights as floats.

        Returns
        -------
        RegressionErrors or Slices
            With ``by``, a mapping from slice to state, sorted, that shows a score of each; a
            missing value is None, the last.

        Raises
        ------
        ValueError
            If a column is unknown or holds values that are missing or not finite, or a weight is
            negative.
        TypeError
            If the frame is of no known kind, or a column holds no numbers.

        Examples
        --------
        >>> import polars as pl
        >>> frame = pl.DataFrame({"guess": [1.0, 4.0], "truth": [2.0, 2.0], "city": ["a", "b"]})
        >>> RegressionErrors.from_frame(frame, "guess", "truth").mean_absolute_error
        1.5
        >>> slices = RegressionErrors.from_frame(frame, "guess", "truth", by="city")
        >>> slices.scores("mean_absolute_error").worst.slice
        'b'
        """
        sums = sum_errors(frame, predictions, labels, as_slicers(by), sample_weight)
        return sliced(sums, by, lambda held: cls._finite(held[0], held[1:]), (0, *[0.0] * 10))

    @classmethod
    def _finite(cls, count: int, sums: Iterable[float]) -> RegressionErrors:
        sums = tuple(sums)
        if not all(map(math.isfinite, sums)):
            raise ValueError(
                "predictions and labels must have squared errors that a float can hold, got an "
                "overflow; scale both down"
            )
        return cls(count, *sums)

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

    @property
    def mean_absolute_percentage_error(self) -> float:
        """The mean of the absolute errors, each over its absolute label; nan for no examples.

        A fraction, not percent. A label of 0 counts as 2.2e-16, as in scikit-learn.
        """
        return self.relative / self.weight if self.weight else math.nan

    @property
    def weighted_absolute_percentage_error(self) -> float:
        """The sum of the absolute errors over that of the absolute labels; nan where that is 0."""
        return self.absolute / self.label_absolute if self.label_absolute else math.nan

    @property
    def symmetric_mean_absolute_percentage_error(self) -> float:
        """The mean of the absolute errors, each over the mean of absolute prediction and label.

        In [0, 2]; 0 for a prediction of 0 of a label of 0. nan for no examples.
        """
        return self.symmetric / self.weight if self.weight else math.nan

    @property
    def mean_error(self) -> float:
        """The mean of prediction minus label, which is the bias; nan for no examples."""
        return self.error / self.weight if self.weight else math.nan

    @property
    def max_error(self) -> float:
        """The largest absolute error; nan for no examples."""
        return self.largest if self.weight else math.nan

    def mean_pinball_loss(self, *, alpha: float = 0.5) -> float:
        """Return the mean loss of predictions of a quantile; nan for no examples.

        Parameters
        ----------
        alpha : float, default 0.5
            The quantile, in [0, 1]. A prediction that is too low by one costs alpha, one too high
            1 - alpha. Any can be asked for: the sums of both kinds of errors follow from those
            that are kept.
        """
        check_alpha(alpha)
        if not self.weight:
            return math.nan
        too_high = max(self.absolute + self.error, 0.0) / 2
        too_low = max(self.absolute - self.error, 0.0) / 2
        return (alpha * too_low + (1 - alpha) * too_high) / self.weight

    @property
    def _support(self) -> float:
        return self.weight

    def _interval_of(self, score: str, confidence: float, _: Mapping[str, Any]) -> Interval | None:
        """Return that of the mean absolute error: a normal one of its logarithm."""
        whole = self.count > 1 and self.weight == self.count
        if score != "mean_absolute_error" or not whole or not self.absolute:
            return None
        mean = self.mean_absolute_error
        variance = max(self.mean_squared_error - mean * mean, 0.0) / (self.count - 1)
        reach = math.exp(min(quantile(confidence) * math.sqrt(variance) / mean, 700.0))
        return Interval(mean / reach, mean * reach)

    def __add__(self, other: object) -> RegressionErrors:
        if not isinstance(other, RegressionErrors):
            return NotImplemented
        weight = self.weight + other.weight
        share = other.weight / weight if weight else 0.0
        shift = other.label_mean - self.label_mean
        return self._finite(
            self.count + other.count,
            (
                weight,
                self.absolute + other.absolute,
                self.squared + other.squared,
                self.label_mean + shift * share,
                self.label_spread + other.label_spread + shift * shift * self.weight * share,
                self.error + other.error,
                self.relative + other.relative,
                self.symmetric + other.symmetric,
                max(self.largest, other.largest),
                self.label_absolute + other.label_absolute,
            ),
        )

    def _entries(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def _from_entries(cls, document: Mapping[str, Any]) -> RegressionErrors:
        count, *numbers = (document[field.name] for field in fields(cls))
        errors = cls(count, *map(float, numbers))
        if not errors.count and errors != cls():
            refuse(("count",), "be above 0, as there are sums", "0")
        if abs(errors.error) > errors.absolute * (1 + ROUNDING_OF_A_MEAN):
            refuse(("error",), "be at most the sum of absolute errors", f"{errors.error!r}")
        return errors

    def _table(self) -> Table:
        names = (*self._scores[:6], "mean_error", "max_error")
        rows = [["count", shown(self.count)], ["weight", shown(self.weight)]]
        rows += [[name.replace("_", " "), f"{getattr(self, name):.6g}"] for name in names]
        return ["", "value"], rows

    def __repr__(self) -> str:
        examples = counted(self.count, "example")
        return f"<RegressionErrors of {examples}, mean squared error {self.mean_squared_error:.6g}>"


def _sums(predicted: Numbers, actual: Numbers, weights: Numbers | None) -> Iterable[float]:
    """Return the sums of columns; infinite ones if a float cannot hold them."""
    if isinstance(predicted, list) and isinstance(actual, list):
        try:
            return sums_of_lists(predicted, actual, None if weights is None else list(weights))
        except OverflowError:
            return (math.inf,)
    import numpy as np

    guesses, truths = np.asarray(predicted, np.float64), np.asarray(actual, np.float64)
    shares = None if weights is None else np.asarray(weights, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        return map(float, sums_of_arrays(np, guesses, truths, shares))
