"""Scores of probabilities in bins: a mergeable value whose error is known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Mapping, Sequence, overload

from ml_infra_utils.metrics._counting.frames import count_frame
from ml_infra_utils.metrics._exact_sums import Count, exact_count, rounded, simplest
from ml_infra_utils.metrics._formulas.intervals import Interval
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT, check_choice, check_confidence
from ml_infra_utils.metrics._reading.by_name import takes_y
from ml_infra_utils.metrics._reading.classes import as_ignored, as_positive_class
from ml_infra_utils.metrics._reading.ignored import without
from ml_infra_utils.metrics._reading.numbers import as_integer
from ml_infra_utils.metrics._scoring import areas, thresholds
from ml_infra_utils.metrics._scoring import bins as binning
from ml_infra_utils.metrics._scoring import bounds as binned
from ml_infra_utils.metrics._scoring.bin_counts import count_by_bin, join_by_bin
from ml_infra_utils.metrics._scoring.delong import auc_interval
from ml_infra_utils.metrics._scoring.scored_labels import warn_of_positive_class
from ml_infra_utils.metrics._showing.names import shown
from ml_infra_utils.metrics._showing.threshold_curves import (
    CalibrationCurve,
    PrecisionRecallCurve,
    RocCurve,
)
from ml_infra_utils.metrics._states.confusion import ConfusionMatrix
from ml_infra_utils.metrics._states.document_values import decode_count, encode_count, refuse
from ml_infra_utils.metrics._states.slices import Slices, as_slicers, sliced
from ml_infra_utils.metrics._states.state import State, Table
from ml_infra_utils.metrics._undefined import warn_no_label
from ml_infra_utils.metrics._words import MOST_NAMES, counted

if TYPE_CHECKING:
    from ml_infra_utils.metrics._types import ClassesLike, NumbersLike


class ScoreHistogram(State):
    """How many positives and negatives fall into each of many equal bins of probability.

    An immutable value: histograms of batches, machines or days add up exactly, whatever the
    number of examples. What a bin hides is bounded: `bounds` gives the ends between which the
    score that sees every example lies. With 1000 bins that is usually the third decimal.

    Parameters
    ----------
    positives, negatives : sequence of numbers, shape (bins,)
        Numbers of examples by bin, or sums of their weights, from probability 0 to 1; each bin
        holds its lower end, the last both.

    Raises
    ------
    ValueError
        If the lengths differ, are 0, or a count is negative or not finite.
    TypeError
        If a count is not a number.

    See Also
    --------
    ScoreHistogram.from_probabilities : Bin predicted probabilities.

    Examples
    --------
    >>> monday = ScoreHistogram.from_probabilities([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
    >>> tuesday = ScoreHistogram.from_probabilities([0.7, 0.3], [1, 0])
    >>> (monday + tuesday).roc_auc()
    0.7777777777777778
    >>> (monday + tuesday).bounds("roc_auc")
    Interval(low=0.7777777777777778, high=0.7777777777777778)
    """

    __slots__ = ("_negatives", "_positives")

    _kind = "score-histogram"
    _scores = tuple(binned.SCORES)
    _errors = _scores[2:]  # all but the two areas
    _negatives: tuple[Count, ...]
    _positives: tuple[Count, ...]

    def __init__(
        self, positives: Iterable[float | Count], negatives: Iterable[float | Count]
    ) -> None:
        counts = {
            name: tuple(
                exact_count(n, partial("{}[{}]".format, name, i)) for i, n in enumerate(values)
            )
            for name, values in (("positives", positives), ("negatives", negatives))
        }
        if len(counts["positives"]) != len(counts["negatives"]) or not counts["positives"]:
            raise ValueError(
                "positives and negatives must have the same number of bins, at least 1, got "
                f"{len(counts['positives'])} and {len(counts['negatives'])}"
            )
        object.__setattr__(self, "_positives", counts["positives"])
        object.__setattr__(self, "_negatives", counts["negatives"])

    @classmethod
    @takes_y
    def from_probabilities(
        cls,
        probabilities: NumbersLike,
        labels: ClassesLike,
        positive_class: Hashable = CLASS_BY_DEFAULT,
        *,
        bins: int = 1000,
        ignore: Hashable | Iterable[Hashable] | None = None,
        sample_weight: NumbersLike | None = None,
    ) -> ScoreHistogram:
        """Bin predicted probabilities.

        Parameters
        ----------
        probabilities : sequence, array or column of numbers, shape (n,)
            Predicted probability of the positive class, in [0, 1].
        labels : sequence, array or column, shape (n,)
            True class of each example.
        positive_class : hashable, default 1
            The class that counts as positive; all others together are negative.
        bins : int, default 1000
            How many bins of equal width [0, 1] has; only histograms of equal bins add up.
            A probability that its float type cannot tell from an edge lies on it.
        ignore : class, or list or set of classes, optional
            Examples with such a label are left out: padding such as -100, a class "O".
        sample_weight : sequence, array or column of numbers, shape (n,), optional
            The weight of each example, at least 0; by default 1. Sums are exact.

        Warns
        -----
        UndefinedMetricWarning
            If the positive class never occurs.

        Raises
        ------
        ValueError
            If lengths differ, a probability is not in [0, 1], a weight is negative, or there
            is not at least one bin.
        TypeError
            If a probability is not a number, or a string, set or mapping was passed for
            the sequence.
        """
        bins = as_integer(bins, "bins", least=1)
        labels, probabilities, sample_weight = without(ignore, labels, probabilities, sample_weight)
        return cls._of(*count_by_bin(probabilities, labels, positive_class, bins, sample_weight))

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        probabilities: str,
        labels: str,
        by: None = ...,
        *,
        positive_class: Hashable = ...,
        bins: int = ...,
        ignore: Hashable | Iterable[Hashable] | None = ...,
        sample_weight: str | None = ...,
    ) -> ScoreHistogram: ...

    @overload
    @classmethod
    def from_frame(
        cls,
        frame: Any,
        probabilities: str,
        labels: str,
        by: str | Sequence[str],
        *,
        positive_class: Hashable = ...,
        bins: int = ...,
        ignore: Hashable | Iterable[Hashable] | None = ...,
        sample_weight: str | None = ...,
    ) -> Slices[ScoreHistogram]: ...

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        probabilities: str,
        labels: str,
        by: str | Sequence[str] | None = None,
        *,
        positive_class: Hashable = CLASS_BY_DEFAULT,
        bins: int = 1000,
        ignore: Hashable | Iterable[Hashable] | None = None,
        sample_weight: str | None = None,
    ) -> ScoreHistogram | Slices[ScoreHistogram]:
        """Bin a column of probabilities with one GROUP BY, run where the table is.

        Parameters
        ----------
        frame : data frame or table
            Anything narwhals knows: frames of pandas, Polars (lazy too), PyArrow or Dask,
            relations of DuckDB, PySpark's data frames.
        probabilities, labels : str
            The columns of predicted probabilities of the positive class, and of true classes.
        by : str or sequence of str, optional
            Columns that slice the table: a state for each value, or tuple of values.
        positive_class : hashable, default 1
            The class that counts as positive; all others together are negative.
        bins : int, default 1000
            How many bins of equal width [0, 1] has.
        ignore : class, or list or set of classes, optional
            Examples with such a label are left out: padding such as -100, a class "O".
        sample_weight : str, optional
            The column of what each row counts; the engine sums weights as floats.

        Returns
        -------
        ScoreHistogram or Slices
            With ``by``, a mapping from slice to state, sorted, that shows a score of each; a
            missing value is None, the last.

        Raises
        ------
        ValueError
            If a column is unknown or holds missing values, a probability is not in [0, 1], or a
            weight is negative.
        TypeError
            If the frame is of no known kind, or a column holds no numbers.

        Examples
        --------
        >>> import polars as pl
        >>> frame = pl.DataFrame({"p": [0.9, 0.2, 0.6], "y": [1, 0, 0], "day": [1, 1, 2]})
        >>> ScoreHistogram.from_frame(frame, "p", "y").roc_auc()
        1.0
        >>> ScoreHistogram.from_frame(frame, "p", "y", by="day")[1].total
        2
        """
        bins = as_integer(bins, "bins", least=1)
        positive_class = as_positive_class(positive_class)
        slices: Any = count_frame(
            frame, {"labels": labels}, as_slicers(by), sample_weight, (probabilities, bins)
        )
        ignored = as_ignored(ignore)
        seen = {label for cells in slices.values() for label, _ in cells} - ignored
        warn_of_positive_class(positive_class, seen)

        def histogram(cells: Mapping[Any, Count]) -> ScoreHistogram:
            kept = {cell: n for cell, n in cells.items() if cell[0] not in ignored}
            return cls._of(*join_by_bin(kept, positive_class, bins))

        return sliced(slices, by, histogram, {})

    @classmethod
    def _of(cls, positives: Iterable[Count], negatives: Iterable[Count]) -> ScoreHistogram:
        self = cls.__new__(cls)
        object.__setattr__(self, "_positives", tuple(positives))
        object.__setattr__(self, "_negatives", tuple(negatives))
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._of, (self._positives, self._negatives)

    @property
    def positives(self) -> tuple[float, ...]:
        """The number, or weight, of positives in each bin, from probability 0 to 1."""
        return tuple(map(rounded, self._positives))

    @property
    def negatives(self) -> tuple[float, ...]:
        """The number, or weight, of negatives in each bin, from probability 0 to 1."""
        return tuple(map(rounded, self._negatives))

    @property
    def bins(self) -> int:
        """The number of bins."""
        return len(self._positives)

    @property
    def total(self) -> float:
        """The number of examples, or the sum of their weights."""
        return rounded(simplest(sum(self._positives) + sum(self._negatives)))

    def __add__(self, other: object) -> ScoreHistogram:
        if not isinstance(other, ScoreHistogram):
            return NotImplemented
        if self.bins != other.bins:
            raise ValueError(
                f"histograms must have equal bins to add up, got {self.bins} and {other.bins}"
            )
        return self._of(
            [simplest(a + b) for a, b in zip(self._positives, other._positives)],
            [simplest(a + b) for a, b in zip(self._negatives, other._negatives)],
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScoreHistogram):
            return NotImplemented
        return (self._positives, self._negatives) == (other._positives, other._negatives)

    def __hash__(self) -> int:
        return hash((self._positives, self._negatives))

    def __repr__(self) -> str:
        return f"<ScoreHistogram of {counted(self.bins, 'bin')}, total {shown(self.total)}>"

    def _entries(self) -> dict[str, Any]:
        return {
            "positives": [encode_count(n) for n in self._positives],
            "negatives": [encode_count(n) for n in self._negatives],
        }

    @classmethod
    def _from_entries(cls, document: Mapping[str, Any]) -> ScoreHistogram:
        positives, negatives = (
            [decode_count(n, key, i) for i, n in enumerate(document[key])]
            for key in ("positives", "negatives")
        )
        if len(positives) != len(negatives):
            expected = f"have a count for each of {counted(len(positives), 'bin')} of positives"
            refuse(("negatives",), expected, f"{len(negatives)}")
        return cls._of(positives, negatives)

    def _table(self) -> Table:
        step = -(-self.bins // MOST_NAMES)  # rounded up
        rows = [
            [
                f"{start / self.bins:.4g} to {min(start + step, self.bins) / self.bins:.4g}",
                shown(sum(self._positives[start : start + step])),
                shown(sum(self._negatives[start : start + step])),
            ]
            for start in range(0, self.bins, step)
        ]
        return ["probability", "positives", "negatives"], rows

    def roc_auc(self) -> float:
        """Return the area under the ROC curve, with scores in one bin as ties.

        It differs from the exact area by at most the sum over bins of positives times
        negatives, over twice all positives times all negatives. It is nan, with an
        `UndefinedMetricWarning`, if there are only positives or only negatives.
        """
        return self._bounded("roc_auc").estimate

    def average_precision(self) -> float:
        """Return the average precision, with scores in one bin as ties.

        It is nan, with an `UndefinedMetricWarning`, if there is no positive.
        """
        return self._bounded("average_precision").estimate

    def brier_score(self) -> float:
        """Return the Brier score of the middles of the bins.

        It differs from the exact score by less than the width of a bin; nan for no examples.
        """
        return self._bounded("brier_score").estimate

    def log_loss(self) -> float:
        """Return the mean negative logarithm of the probability given to the true class.

        Examples are taken to lie in the middle of their bin. Near 0 the logarithm is steep, so
        positives in the first bin and negatives in the last set the error; nan for no examples.
        """
        return self._bounded("log_loss").estimate

    def expected_calibration_error(self, *, bins: int = 10) -> float:
        """Return the calibration error, with the middle of each bin for its probabilities.

        It differs from the exact error by at most half the width of a bin of the histogram;
        nan for no examples.

        Parameters
        ----------
        bins : int, default 10
            How many bins the error compares; must divide those of the histogram.
        """
        return binning.calibration_error(self.calibration_curve(bins=bins))

    def maximum_calibration_error(self, *, bins: int = 10) -> float:
        """Return the largest distance of probability and frequency in a bin.

        Exact to half the width of a bin, as `expected_calibration_error` is, of which it has
        the parameters.
        """
        return binning.calibration_error(self.calibration_curve(bins=bins), "maximum")

    def root_mean_square_calibration_error(self, *, bins: int = 10) -> float:
        """Return the root of the mean squared distance of probability and frequency.

        Exact to half the width of a bin, as `expected_calibration_error` is, of which it has
        the parameters.
        """
        return binning.calibration_error(self.calibration_curve(bins=bins), "root mean square")

    def bounds(self, score: str) -> Interval:
        """Return the ends between which the score that sees every example lies.

        Parameters
        ----------
        score : str
            The name of a method: ``"roc_auc"``, ``"average_precision"``, ``"log_loss"``,
            ``"brier_score"``, or a calibration error (of 10 bins).

        Returns
        -------
        Interval
            Named tuple of ``low`` and ``high``; nan where the score is undefined. Where the exact
            score is a rounded sum, the ends lie 1e-12 further apart than the bins say.
        """
        bounded = self._bounded(score)
        return Interval(bounded.low, bounded.high)

    def at(self, threshold: float) -> ConfusionMatrix:
        """Return the matrix of predicting the positive class from a threshold on.

        Parameters
        ----------
        threshold : float
            The least probability that is predicted positive: the lower end of a bin, so a
            multiple of 1 / bins in [0, 1]; at 1.0 none is predicted positive.

        Returns
        -------
        ConfusionMatrix
            Of the classes 0, negative, and 1, positive.

        Raises
        ------
        ValueError
            If the threshold is not in [0, 1], or within a bin, where the histogram cannot tell.

        Examples
        --------
        >>> histogram = ScoreHistogram.from_probabilities([0.9, 0.8, 0.4, 0.1], [1, 0, 1, 0])
        >>> matrix = histogram.at(0.5)
        >>> matrix.precision(), matrix.recall()
        (0.5, 0.5)
        """
        cells = thresholds.cells_at(threshold, self._positives, self._negatives)
        return ConfusionMatrix._from_pairs((0, 1), cells, declared=True)

    def best_f1(self) -> tuple[float, float]:
        """Return the threshold of the largest F1, the lowest of several, and that F1.

        Both are nan, with an `UndefinedMetricWarning`, if there is no positive.
        """
        return thresholds.best_f1(self._positives, self._negatives)

    def precision_at(self, recall: float) -> tuple[float, float]:
        """Return the threshold of the largest precision with at least a recall, and it.

        Parameters
        ----------
        recall : float
            The least recall, above 0 and at most 1.

        Returns
        -------
        tuple of float
            Threshold, the highest of several, and precision; both nan, with an
            `UndefinedMetricWarning`, if there is no positive.
        """
        return thresholds.precision_at(recall, self._positives, self._negatives)

    def least_cost(
        self, *, false_positive: float = 1.0, false_negative: float = 1.0
    ) -> tuple[float, float]:
        """Return the threshold of the least total cost, the lowest of several, and that cost.

        Parameters
        ----------
        false_positive, false_negative : float, default 1.0
            What one such error costs, at least 0.
        """
        return thresholds.least_cost(
            self._positives, self._negatives, false_positive, false_negative
        )

    def interval(self, score: str = "roc_auc", confidence: float = 0.95) -> Interval:
        """Return a confidence interval of the area under the ROC curve.

        Wilson's interval for the number of examples with which a proportion would vary as much
        as the area does (DeLong, DeLong and Clarke-Pearson 1988), scores in one bin as ties.

        Parameters
        ----------
        score : {"roc_auc"}, default "roc_auc"
            The name of the score.
        confidence : float, default 0.95
            How often such intervals hold the true area, between 0 and 1.

        Raises
        ------
        ValueError
            If the score is another, confidence is not between 0 and 1, or the counts are sums
            of weights: the number of examples is unknown then.
        """
        check_choice("score", score, ("roc_auc",), " for an interval")
        check_confidence(confidence)
        if not self._is_whole():
            raise ValueError(
                "counts must be whole for an interval, got sums of weights; count without "
                "sample_weight"
            )
        return auc_interval(self.positives, self.negatives, confidence)

    def _is_whole(self) -> bool:
        return all(isinstance(n, int) for n in (*self._positives, *self._negatives))

    @property
    def _support(self) -> float:
        return self.total

    def _interval_of(self, score: str, confidence: float, _: Mapping[str, Any]) -> Interval | None:
        return self.interval(score, confidence) if score == "roc_auc" and self._is_whole() else None

    def roc_curve(self) -> RocCurve:
        """Return the rates of false and true positives at the lower end of each bin."""
        ranking = binned.ranking(self._positives, self._negatives)
        warn_no_label("roc_curve", areas.missing_label(ranking, needs_negatives=True))
        return RocCurve(*areas.roc_points(ranking))

    def precision_recall_curve(self) -> PrecisionRecallCurve:
        """Return precision and recall at the lower end of each bin."""
        ranking = binned.ranking(self._positives, self._negatives)
        missing = areas.missing_label(ranking, needs_negatives=False)
        warn_no_label("precision_recall_curve", missing)
        return PrecisionRecallCurve(*areas.precision_recall_points(ranking))

    def calibration_curve(self, *, bins: int = 10) -> CalibrationCurve:
        """Return how often positives occur where they are predicted with a probability.

        Parameters
        ----------
        bins : int, default 10
            How many bins the curve has; must divide those of the histogram.
        """
        bins = as_integer(bins, "bins", least=1)
        points = binned.calibration_points(self._positives, self._negatives, bins)
        return CalibrationCurve(*points)

    def _bounded(self, score: str) -> binned.Bounded:
        return binned.bounded(score, self._positives, self._negatives)
